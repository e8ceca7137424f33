//! Outputs that a person reads as a diff when they change: `UPDATE_GOLDEN=1 cargo test` rewrites them.

use std::fmt::Write;

use crate::golden::golden;
use trtc_load::session::{Input, State};

#[test]
fn the_session_rules_are_the_table_in_the_golden_file() {
    let mut table = String::from("state           input            next\n");
    for state in State::ALL {
        for input in Input::ALL {
            let state_name = format!("{state:?}");
            let input_name = format!("{input:?}");
            writeln!(
                table,
                "{state_name:<15} {input_name:<16} {}",
                state.on(input)
            )
            .unwrap();
        }
    }
    golden("session.txt", &table);
}
