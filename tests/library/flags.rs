//! The flags that take a value of a person's own take one that begins with a hyphen: a UserID may, and so may a column.

use clap::{Arg, Command, CommandFactory, Parser};
use trtc_load::cli::Cli;

/// What a value is called that is a text of a person's own. Paths are none of these: `./-x` is another spelling of them.
const TEXTS: &[&str] = &[
    "ID",
    "NAME",
    "VAR",
    "COLUMN",
    "WORD",
    "CHAR",
    "KEY=VALUE",
    "CHARGE=AMOUNT",
    "CHARGE=N",
];
/// What a number is called: one below zero is refused for what it is.
const NUMBERS: &[&str] = &["N", "SECONDS", "PERCENT", "FACTOR", "CODE"];

fn each(command: &Command, look: &mut impl FnMut(&Command, &Arg)) {
    for arg in command.get_arguments() {
        look(command, arg);
    }
    for sub in command.get_subcommands() {
        each(sub, look);
    }
}

#[test]
fn every_flag_with_a_value_of_a_persons_own_takes_one_that_begins_with_a_hyphen() {
    let (mut texts, mut numbers) = (0, 0);
    each(&Cli::command(), &mut |command, arg| {
        let named = arg.get_value_names().unwrap_or_default();
        let is = |all: &[&str]| named.iter().any(|name| all.contains(&name.as_str()));
        let place = format!("{} --{}", command.get_name(), arg.get_id());
        let any = arg.is_allow_hyphen_values_set();
        if is(TEXTS) {
            texts += 1;
            assert!(any, "{place}");
        } else if is(NUMBERS) {
            numbers += 1;
            assert!(any || arg.is_allow_negative_numbers_set(), "{place}");
        }
    });
    assert!(texts > 8 && numbers > 8, "{texts} {numbers}");
}

#[test]
fn a_number_below_zero_is_refused_as_one_and_not_as_a_flag() {
    for line in [
        "trtc-load --seed -5",
        "trtc-load bill --policy x --peak-dau -5",
    ] {
        let fault = Cli::try_parse_from(line.split(' '))
            .unwrap_err()
            .to_string();
        assert!(fault.contains("invalid value '-5'"), "{fault}");
    }
}
