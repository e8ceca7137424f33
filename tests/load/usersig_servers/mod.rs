//! UserSigs from servers on Tencent's official packages: what they issued and what we counted agree by kind, and each
//! step has the time that was its own.

mod server;
mod stopping;

use std::time::Duration;

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use server::{Language, Server};
use trtc_load::profile::Latency;
use trtc_load::recorder::{Ended, Recording, StageSet, Tally};
use trtc_load::session::{Class, Operation};

const LOGIN: &str = "[[scenarios]]\nname = \"login\"\ndwell = \"200ms\"\n";

const ALL_SCENARIOS: &str = r#"
[[scenarios]]
name = "login"
dwell = "200ms"
[[scenarios]]
name = "switch"
dwell = "200ms"
[[scenarios]]
name = "kicked"
dwell = "200ms"
reaction = "200ms"
[[scenarios]]
name = "expired"
dwell = "200ms"
"#;

/// Plays `scenarios` for 4 s against the mock and `server`.
fn played(scenarios: &str, server: &Server) -> (Recording, trtc_load::dialect::wire::Stats) {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms"]);
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 11\nbudgets = []\n[target]\nurl = \"mock\"\n[usersig]\nurl = \"{}\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 2000\n{scenarios}\
         [[stages]]\nname = \"peak\"\nfor = \"4s\"\nrate = 50\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n",
        server.url
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here. UserSigs that are worth nothing are errors, which break a run
    // unasked; how many there were of each kind is what is counted.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.not_started(StageSet::All), 0);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    (ours, mock.books())
}

fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

fn tally(ours: &Recording, tally: Tally) -> u64 {
    ours.counts().tallies.get(&tally).copied().unwrap_or(0)
}

fn kinds_agree(language: Language) {
    let Some(server) = Server::start(language, &["--faults"]) else {
        return;
    };
    let (ours, mock) = played(LOGIN, &server);
    let theirs = server.books();
    let arrivals = ours.started(StageSet::All);
    assert_eq!(arrivals, 200, "50 a second for 4 s");
    // A login that is refused with 70001 leads to one more UserSig, and never to a third.
    let again: u64 = ours
        .by_class(Operation::Relogin, StageSet::All)
        .iter()
        .sum();
    assert!(again >= 15, "{again} logins were refused as expired");
    assert_eq!(theirs["requests"], arrivals + again);
    for (kind, counted) in [
        ("right", Tally::UsersigRight),
        ("expired", Tally::UsersigExpired),
        ("other_user", Tally::UsersigWrongUser),
        ("other_app", Tally::UsersigWrongApp),
        ("bad_signature", Tally::UsersigBadSignature),
        ("not_one", Tally::UsersigNotOne),
    ] {
        assert!(theirs[kind] >= 15, "{kind}: {theirs:?}");
        assert_eq!(tally(&ours, counted), theirs[kind], "{kind}");
    }
    let right = of_class(&ours, Operation::Usersig, Class::Success);
    assert_eq!(right, theirs["right"]);
    assert_eq!(
        of_class(&ours, Operation::Usersig, Class::Failed),
        theirs["requests"] - theirs["right"]
    );
    // Every UserSig was shown to the mock, which let in those that are right.
    assert_eq!(mock.login.attempts, theirs["requests"]);
    assert_eq!(mock.login.successes, theirs["right"]);
}

#[test]
fn what_the_official_python_package_issues_is_checked_and_counted_by_kind() {
    kinds_agree(Language::Python);
}

#[test]
fn what_the_official_npm_package_issues_is_checked_and_counted_by_kind() {
    kinds_agree(Language::Node);
}

#[test]
fn a_slow_server_shows_in_usersig_and_sign_in_and_not_in_login() {
    const DELAY: u64 = 60_000;
    let Some(server) = Server::start(Language::Node, &["--delay-ms", "60"]) else {
        return;
    };
    let (ours, _) = played(LOGIN, &server);
    let mean = |operation: Operation| {
        let felt = ours.latency(operation, StageSet::All, Latency::Felt);
        assert_eq!(felt.count(), 200, "{operation}");
        felt.mean().expect("it has samples").0
    };
    let [usersig, login, sign_in] =
        [Operation::Usersig, Operation::Login, Operation::SignIn].map(mean);
    assert!(usersig >= DELAY, "usersig {usersig} us");
    assert!(login < DELAY / 2, "login {login} us");
    // login is due when the UserSig was there, so the two add up: each mean is rounded to a microsecond.
    assert!(
        sign_in.abs_diff(usersig + login) <= 2,
        "{sign_in} is not {usersig} + {login}"
    );
    // The sum is no request: the target saw one login for each.
    assert_eq!(ours.counts().exchanges.get(&Operation::SignIn), None);
}

#[test]
fn every_device_that_logs_in_asks_once_and_again_only_for_what_has_expired() {
    let Some(server) = Server::start(Language::Python, &[]) else {
        return;
    };
    let (ours, mock) = played(ALL_SCENARIOS, &server);
    let ok = |operation| of_class(&ours, operation, Class::Success);
    let count = |operation| ours.by_class(operation, StageSet::All).iter().sum::<u64>();
    // `login`, `switch`, the rival's `provoke` and the `relogin` after an expired UserSig each show a new one. A kicked
    // person comes back with the one that is still valid.
    let expired = of_class(&ours, Operation::Login, Class::Expected);
    assert!(expired > 10 && count(Operation::Switch) > 10 && count(Operation::Provoke) > 10);
    let expected = ok(Operation::Login) + ok(Operation::Switch) + ok(Operation::Provoke) + expired;
    assert_eq!(ok(Operation::Usersig), expected);
    assert_eq!(server.books()["requests"], expected);
    assert_eq!(tally(&ours, Tally::UsersigRight), expected);
    assert_eq!(count(Operation::SignIn), ours.started(StageSet::All));
    assert_eq!(ok(Operation::SignIn), ours.started(StageSet::All));
    let logins = [
        Operation::Login,
        Operation::Switch,
        Operation::Provoke,
        Operation::Relogin,
    ];
    assert_eq!(
        mock.login.successes,
        logins.into_iter().map(ok).sum::<u64>()
    );
}

#[test]
fn a_server_that_is_not_there_ends_the_run_before_it_starts() {
    let Some(server) = Server::start(Language::Node, &[]) else {
        return;
    };
    // Nobody listens there any more.
    let gone = Server::gone(server, Duration::from_secs(10));
    let _turn = turn::shared();
    let place = Place::new();
    let profile = format!(
        "version = 1\nbudgets = []\n[target]\nurl = \"mock\"\n[usersig]\nurl = \"{gone}\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 20\n{LOGIN}[[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 5\n"
    );
    let ended = place.run_profile(&profile, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.stderr.contains(&gone), "{}", ended.said());
}
