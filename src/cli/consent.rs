//! A person's word before a run costs something elsewhere.

use std::io::BufRead;
use std::io::IsTerminal;
use std::io::Write;

use super::plan::accounts_that_log_in;
use super::profile::Planned;
use crate::error::Problem;
use crate::profile::Place;

/// Asks for the target's name where a run could register accounts or cost MAU off this machine. Nothing was sent so far.
///
/// # Errors
/// Where the answer is another one, or nobody can be asked.
pub(super) fn ask(planned: &Planned) -> Result<(), Problem> {
    let Place::Url(url) = &planned.profile.target().place else {
        return Ok(());
    };
    let foresight = planned.plan.foresight(&planned.profile);
    let accounts = accounts_that_log_in(planned, &foresight);
    if url.is_loopback() || accounts == 0 {
        return Ok(());
    }
    let cap = planned.profile.caps().max_mau;
    let accounts = cap.map_or(accounts, |cap| cap.min(accounts));
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Problem::bad_input(
            "--yes",
            format!(
                "this run can register {accounts} accounts and cost {accounts} MAU at {url}, and nobody can be asked"
            ),
            "say --yes if that is meant, and set caps.max_mau",
        ));
    }
    // Nobody is left to ask where standard error is closed; the answer is then another one.
    let _ = write!(
        std::io::stderr(),
        "this run can register {accounts} accounts and cost {accounts} MAU at {url}\ntype {} to go on: ",
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
