//! Push channels of every kind against the mock: each kick is told once, a channel that is cut is reopened without a
//! login, and notices that the mock loses, delays or doubles are counted as it counted them.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/mock.rs"]
mod mock;
#[path = "support/program.rs"]
mod program;
#[path = "support/turn.rs"]
mod turn;

use mock::APP;
use mock::Mock;
use program::Place;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::Recording;
use trtc_load::recorder::StageSet;
use trtc_load::recorder::Tally;
use trtc_load::session::Class;
use trtc_load::session::Operation;

/// Arrivals of a run.
const ALL: u64 = 90;

/// Plays `scenario` 30 times a second for 3 s, in `dialect`, against a mock with these arguments.
fn played(dialect: &str, scenario: &str, arguments: &[&str]) -> (Recording, Stats) {
    let _turn = turn::turn();
    let mock = Mock::start(&[&["--service-time", "2ms"], arguments].concat());
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\ndialect = \"{dialect}\"\nnotice_limit = \"1s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n[[scenarios]]\n{scenario}\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 30\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here, and nothing is promised that could be broken.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.started(StageSet::All), ALL, "30 a second for 3 s");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    (ours, mock.books())
}

fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

fn ok(ours: &Recording, operation: Operation) -> u64 {
    of_class(ours, operation, Class::Success)
}

fn tallied(ours: &Recording, tally: Tally) -> u64 {
    ours.counts().tallies.get(&tally).copied().unwrap_or(0)
}

const KICKED: &str = "name = \"kicked\"\ndwell = \"200ms\"\nrelogin = 0.5";

/// Half of the kicked come back, and kick the rival in turn.
fn every_kick_is_told(dialect: &str) -> Stats {
    let (ours, theirs) = played(dialect, KICKED, &[]);
    assert!(theirs.kicks > ALL && theirs.kicks < 2 * ALL, "{theirs:?}");
    assert_eq!(
        theirs.kicks_announced,
        theirs.kicks,
        "{theirs:?} {:?} notices {:?}",
        ours.counts().tallies,
        ours.by_class(Operation::KickNotice, StageSet::All)
    );
    assert_eq!(ok(&ours, Operation::KickNotice), theirs.kicks);
    assert_eq!(ok(&ours, Operation::Push), theirs.events.successes);
    for tally in [Tally::NoticeLost, Tally::NoticeLate, Tally::NoticeTwice] {
        assert_eq!(tallied(&ours, tally), 0, "{tally:?}");
    }
    theirs
}

#[test]
fn on_a_web_socket_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session");
    assert_eq!(theirs.polls.attempts, 0);
}

#[test]
fn on_an_event_stream_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session-sse");
    assert_eq!(theirs.events.attempts, theirs.login.successes);
    assert_eq!(theirs.polls.attempts, 0);
}

#[test]
fn on_a_long_poll_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session-poll");
    assert_eq!(theirs.events.attempts, 0);
    assert!(theirs.polls.successes >= theirs.kicks);
}

#[test]
fn a_status_that_is_asked_for_tells_every_kick_once() {
    let theirs = every_kick_is_told("session-status");
    assert_eq!(theirs.events.attempts, 0);
    assert!(theirs.polls.successes >= theirs.kicks);
}

fn faulty_notices_are_counted(dialect: &str) {
    let arguments = [
        "--notice-lost",
        "0.2",
        "--notice-late",
        "0.3",
        "--notice-late-by",
        "1300ms",
        "--notice-twice",
        "0.3",
        "--seed",
        "5",
    ];
    // The one who is kicked stays away, and listens for as long as the winner stays.
    let scenario = "name = \"kicked\"\ndwell = \"2500ms\"\nrelogin = 0";
    let (ours, theirs) = played(dialect, scenario, &arguments);
    assert_eq!(theirs.kicks, ALL);
    let (lost, late, twice) = (
        theirs.notices_lost,
        theirs.notices_late,
        theirs.notices_twice,
    );
    assert!(lost > 0 && late > 0 && twice > 0, "{theirs:?}");
    assert_eq!(tallied(&ours, Tally::NoticeLost), lost);
    assert_eq!(tallied(&ours, Tally::NoticeLate), late);
    assert_eq!(tallied(&ours, Tally::NoticeTwice), twice);
    // What comes after the limit was no success when the limit was up, however it ends.
    let timely = ALL - lost - late;
    assert_eq!(ok(&ours, Operation::KickNotice), timely);
    let timeouts = of_class(&ours, Operation::KickNotice, Class::Timeout);
    assert_eq!(timeouts, lost + late);
}

#[test]
fn notices_lost_late_and_twice_on_a_web_socket_are_those_that_the_mock_lost_delayed_and_doubled() {
    faulty_notices_are_counted("session");
}

#[test]
fn notices_lost_late_and_twice_on_an_event_stream_are_those_that_the_mock_lost_delayed_and_doubled()
{
    faulty_notices_are_counted("session-sse");
}

fn cut_channels_come_back(dialect: &str) -> Stats {
    let scenario = "name = \"login\"\ndwell = \"3s\"";
    let (ours, theirs) = played(dialect, scenario, &["--cut-channels", "2500ms"]);
    assert!(theirs.channels_cut >= 60, "{theirs:?}");
    // Each device that was cut came back by its token, once, and nobody logged in for that.
    assert_eq!((theirs.login.attempts, theirs.login.successes), (ALL, ALL));
    assert_eq!(theirs.reconnect.successes, theirs.channels_cut);
    assert_eq!(ok(&ours, Operation::Reconnect), theirs.channels_cut);
    assert_eq!(theirs.events.successes, ALL + theirs.channels_cut);
    assert_eq!(ok(&ours, Operation::Push), ALL + theirs.channels_cut);
    assert_eq!(theirs.accounts[&APP], ours.accounts());
    theirs
}

#[test]
fn web_sockets_that_are_cut_are_reopened_without_a_login() {
    cut_channels_come_back("session");
}

#[test]
fn event_streams_that_are_cut_go_on_from_their_last_event() {
    let theirs = cut_channels_come_back("session-sse");
    assert_eq!(theirs.channels_resumed, theirs.channels_cut);
}
