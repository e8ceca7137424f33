//! A person's word before a run costs somebody something elsewhere.

use std::io::{BufRead, IsTerminal, Write};

use crate::run::{Planned, cost_of, kicked_by};
use trtc_base::error::Problem;
use trtc_base::figure;
use trtc_load_core::engine::Cost;

/// Asks for the target's name where a run could register accounts, cost MAU or end people's sessions off this machine.
/// Nothing was sent so far.
///
/// # Errors
/// Where the answer is another one, or nobody can be asked.
pub(super) fn ask(planned: &Planned) -> Result<(), Problem> {
    let Some(url) = planned.profile.target().elsewhere() else {
        return Ok(());
    };
    let foresight = planned.plan.foresight(&planned.profile);
    let cost = cost_of(planned, &foresight);
    let Some(words) = words(cost, kicked_by(planned, &foresight)) else {
        return Ok(());
    };
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Problem::bad_input(
            "--yes",
            format!("this run can {words} at {url}, and nobody can be asked"),
            "say --yes if that is meant, and set caps.max_mau and caps.max_registered_accounts; kicks have no cap, so name accounts of your own",
        ));
    }
    // Nobody is left to ask where standard error is closed; the answer is then another one.
    let _ = write!(
        std::io::stderr(),
        "this run can {words} at {url}\ntype {} to go on: ",
        url.host
    );
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    if read.is_ok() && answer.trim().eq_ignore_ascii_case(&url.host) {
        return Ok(());
    }
    Err(Problem::bad_input(
        "consent",
        "the host's name was not typed, so nothing was sent",
        "run it again and type the name, or say --yes",
    ))
}

/// What a run can do elsewhere; none: nothing that costs anybody anything.
fn words(cost: Cost, kicked: u64) -> Option<String> {
    let Cost {
        logins,
        registrations,
    } = cost;
    let mut all = Vec::new();
    if cost != Cost::default() {
        all.push(format!("register {registrations} accounts"));
    }
    if logins > 0 {
        all.push(format!("cost {logins} MAU"));
    }
    if kicked > 0 {
        all.push(format!("end the sessions of {kicked} accounts"));
    }
    (!all.is_empty()).then(|| figure::listed(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_names_registrations_and_kicks_where_nobody_logs_in_too() {
        for (logins, registrations, kicked, said) in [
            (0, 0, 0, None),
            (0, 300, 0, Some("register 300 accounts")),
            (40, 50, 0, Some("register 50 accounts and cost 40 MAU")),
            (0, 0, 20, Some("end the sessions of 20 accounts")),
            (
                0,
                30,
                20,
                Some("register 30 accounts and end the sessions of 20 accounts"),
            ),
        ] {
            let cost = Cost {
                logins,
                registrations,
            };
            assert_eq!(words(cost, kicked).as_deref(), said);
        }
    }
}
