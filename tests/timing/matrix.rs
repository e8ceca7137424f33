//! Against a login service that nobody here has written: the counts of a run are what the service's own database says.

use crate::program::Place;
use crate::service::Service;
use crate::skip::skipped;
use crate::turn;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::{Class, Operation};

/// 15 s of 5 arrivals a second over 200 accounts, of which none comes twice: about 75 arrivals.
const PROFILE: &str = r#"
version = 1
seed = 3
budgets = ["login p95 < 5s", "arrivals started > 90%"]
[target]
url = "http://127.0.0.1:8008"
dialect = "matrix"
timeout = "10s"
notice_limit = "10s"
[[apps]]
sdk_app_id = 1400000001
key = { env = "TRTC_LOAD_KEY" }
[population]
accounts = 200
prefix = "load_"
[[scenarios]]
name = "login"
weight = 1
dwell = { uniform = ["1s", "3s"] }
logout = 0.4
[[scenarios]]
name = "kicked"
weight = 1
dwell = "1s"
reaction = "500ms"
relogin = 0.7
logout = 0.4
[[stages]]
name = "peak"
for = "15s"
rate = 5
[limits]
drain = "30s"
"#;

/// Devices that the run left signed in. A login makes one, with its access token; a logout takes it away; leaving
/// takes nothing away. The kick of this service signs all devices of the account out: the victim's, and the rival's,
/// whose login the run counts as a `login` too. The victim that comes back signs its device in again.
fn devices_left(recording: &Recording) -> u64 {
    let count = |operation| successes(recording, operation);
    count(Operation::Login) + count(Operation::Relogin)
        - count(Operation::Logout)
        - 2 * count(Operation::Provoke)
}

fn successes(recording: &Recording, operation: Operation) -> u64 {
    recording.by_class(operation, StageSet::All)[Class::Success.index()]
}

#[test]
fn a_homeservers_database_holds_the_accounts_and_sessions_that_the_run_says() {
    let _turn = turn::alone();
    let place = Place::new();
    let service = match Service::start(&place.path().join("synapse")) {
        Ok(service) => service,
        Err(reason) => return skipped(&format!("a run against a homeserver: {reason}")),
    };
    let ended = place.run_profile(PROFILE, &["--target", &service.url]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    let recording = Recording::read(&place.run_folder()).expect("the run has a recording");
    let [users, devices, tokens] = service.stop_and_count();

    let arrivals = recording.started(StageSet::All);
    assert!(arrivals > 50, "{arrivals}");
    assert_eq!(
        users,
        successes(&recording, Operation::Register),
        "users are our registrations"
    );
    assert_eq!(users, arrivals, "each arrival had an account of its own");
    assert_eq!(users, recording.accounts(), "each of them logged in");
    assert_eq!(
        devices,
        devices_left(&recording),
        "devices left signed in\n{}",
        ended.said()
    );
    assert_eq!(tokens, devices, "each with one access token");
    assert!(
        devices > 10 && devices < users,
        "{devices} of {users}: some left, some are out"
    );

    let kicks = successes(&recording, Operation::Provoke);
    assert!(kicks > 15, "{kicks}");
    assert_eq!(
        successes(&recording, Operation::KickNotice),
        kicks,
        "every victim heard of its kick"
    );
    assert!(
        successes(&recording, Operation::Relogin) > 5
            && successes(&recording, Operation::Logout) > 5
    );
}
