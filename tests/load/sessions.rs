//! Sessions that lose their network: they come back by their token, cost no login and no MAU, and end when they have been
//! silent for too long. The mock's own books agree to the unit.

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::{Ended, Recording, StageSet};
use trtc_load::session::{Class, Operation};

/// Plays `scenario` 40 times a second for 3 s against a mock that gives silent sessions up after 2 s.
fn played(scenario: &str) -> (Recording, Stats) {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms", "--heartbeat-limit", "2s"]);
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\nheartbeat_limit = \"2s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n[[scenarios]]\n{scenario}\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 40\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here, and nothing is promised that could be broken.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.started(StageSet::All), 120, "40 a second for 3 s");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    (ours, mock.books())
}

fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

fn comes_back(cut: &str) {
    let scenario = format!(
        "name = \"reconnect\"\ncut = \"{cut}\"\naway = {{ uniform = [\"100ms\", \"500ms\"] }}\ndwell = \"200ms\""
    );
    let (ours, theirs) = played(&scenario);
    let ok = |operation| of_class(&ours, operation, Class::Success);
    // One login each, and none for the return: the mock read as many, and knows as many accounts.
    assert_eq!((theirs.login.attempts, theirs.login.successes), (120, 120));
    assert_eq!((ok(Operation::Login), ours.logins()), (120, 120));
    assert_eq!(theirs.accounts[&APP], ours.accounts());
    assert_eq!(theirs.accounts[&APP], 120, "no account came twice");
    // One return each, accepted, with a channel of its own and the same account in it.
    assert_eq!(
        (theirs.reconnect.attempts, theirs.reconnect.successes),
        (120, 120)
    );
    assert_eq!(ok(Operation::Reconnect), 120);
    assert_eq!(theirs.events.successes, 240);
    assert_eq!(ok(Operation::Push), 240);
    // The mock takes the questions in the middle of stays for what they are: who is logged in.
    let watched = ok(Operation::Watch);
    assert_eq!(theirs.self_info.successes, 240 + watched);
    assert_eq!(ok(Operation::SelfInfo), 240);
    assert_eq!(theirs.kicks, 0);
}

#[test]
fn a_session_whose_connections_were_reset_comes_back_without_a_login() {
    comes_back("rst");
}

#[test]
fn a_session_whose_connections_were_closed_comes_back_without_a_login() {
    comes_back("fin");
}

/// A device without a push channel has none to lose: it comes back once, and asks for nothing more.
#[test]
fn a_session_without_a_push_channel_comes_back_once() {
    let (ours, theirs) =
        played("name = \"reconnect\"\npush = false\naway = \"200ms\"\ndwell = \"900ms\"");
    assert_eq!(
        (theirs.reconnect.attempts, theirs.reconnect.successes),
        (120, 120)
    );
    assert_eq!(of_class(&ours, Operation::Reconnect, Class::Success), 120);
    assert_eq!((theirs.events.attempts, theirs.login.attempts), (0, 120));
    assert!(
        ours.counts().tallies.is_empty(),
        "{:?}",
        ours.counts().tallies
    );
}

#[test]
fn a_device_that_vanished_has_no_session_after_the_heartbeat_limit() {
    let (ours, theirs) = played("name = \"absent\"\ndwell = \"200ms\"");
    assert_eq!(theirs.login.successes, 120);
    // Asked once while online, and once after: refused then.
    assert_eq!(of_class(&ours, Operation::SelfInfo, Class::Success), 120);
    assert_eq!(of_class(&ours, Operation::SelfInfo, Class::Expected), 120);
    // And some were asked in the middle of their stay.
    let watched = of_class(&ours, Operation::Watch, Class::Success);
    assert_eq!(theirs.self_info.attempts, 240 + watched);
    assert_eq!(theirs.self_info.successes, 120 + watched);
    assert_eq!(theirs.live_sessions, 0);
    assert_eq!(theirs.reconnect.attempts, 0);
}
