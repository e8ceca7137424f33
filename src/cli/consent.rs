//! A person's word before a run costs something elsewhere.

use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;

use super::profile::Planned;
use crate::engine::Cost;
use crate::error::Problem;
use crate::plan::Foresight;

/// Asks for the target's name where a run could register accounts or cost MAU off this machine. Nothing was sent so far.
///
/// # Errors
/// Where the answer is another one, or nobody can be asked.
pub(super) fn ask(planned: &Planned) -> Result<(), Problem> {
    let Some(url) = planned.profile.target().elsewhere() else {
        return Ok(());
    };
    let cost = cost_of(planned, &planned.plan.foresight(&planned.profile));
    if cost == Cost::default() {
        return Ok(());
    }
    let words = words(cost);
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Problem::bad_input(
            "--yes",
            format!("this run can {words} at {url}, and nobody can be asked"),
            "say --yes if that is meant, and set caps.max_mau and caps.max_registered_accounts",
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

/// What the whole run can cost, its caps kept: accounts that log in, and accounts that it registers.
pub(super) fn cost_of(planned: &Planned, foresight: &Foresight) -> Cost {
    let profile = &planned.profile;
    let dialect = &profile.target().dialect;
    let mut registrations = 0_u64;
    let mut logs_in = false;
    for (scenario, seen) in profile.scenarios().iter().zip(&foresight.scenarios) {
        let each = Cost::of(scenario, dialect);
        logs_in |= each.logins > 0;
        let all = each.registrations.saturating_mul(seen.arrivals);
        registrations = registrations.saturating_add(all);
    }
    let caps = profile.caps();
    let logins = if logs_in { foresight.accounts } else { 0 };
    let most = |cost: u64, cap: Option<u64>| cap.map_or(cost, |cap| cap.min(cost));
    Cost {
        logins: most(logins, caps.max_mau),
        // No more accounts than there are, however often they come.
        registrations: most(
            registrations.min(foresight.population),
            caps.max_registered_accounts,
        ),
    }
}

fn words(cost: Cost) -> String {
    let Cost {
        logins,
        registrations,
    } = cost;
    if logins == 0 {
        format!("register {registrations} accounts")
    } else {
        format!("register {registrations} accounts and cost {logins} MAU")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_names_registrations_where_nobody_logs_in_too() {
        for (logins, registrations, said) in [
            (0, 300, "register 300 accounts"),
            (40, 50, "register 50 accounts and cost 40 MAU"),
        ] {
            let cost = Cost {
                logins,
                registrations,
            };
            assert_eq!(words(cost), said);
        }
    }
}
