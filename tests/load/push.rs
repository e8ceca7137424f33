//! Push channels of every kind against the mock: each kick is told once, a channel that is cut is reopened without a
//! login, and notices that the mock loses, delays or doubles are counted as it counted them.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use trtc_load::dialect::wire::Stats;
use trtc_load::profile::Latency;
use trtc_load::recorder::{Ended, Recording, StageSet, Tally};
use trtc_load::session::{Class, Operation, Phase};

/// The file of the dialect whose close code tells of a kick.
const CLOSES: &str = "./closes.toml";

const SESSION_CLOSES: &str = r#"
version = 1
name = "session-closes"
like = "session"
[push]
kind = "websocket"
path = "/v1/events"
headers = { Authorization = "Bearer {token}" }
error_code = "/code"
events = [{ pointer = "/event", equals = "kicked_offline", means = "kicked" }]
closes = [{ code = 4001, means = "kicked" }]
"#;

/// Arrivals of a run.
const ALL: u64 = 90;

/// A profile that plays `scenario` 60 times a second for 1.5 s, in `dialect`.
fn profile(dialect: &str, scenario: &str, budgets: &str) -> String {
    format!(
        "version = 1\nseed = 3\nbudgets = [{budgets}]\n\
         [target]\nurl = \"mock\"\ndialect = \"{dialect}\"\nnotice_limit = \"1s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n[[scenarios]]\n{scenario}\n\
         [[stages]]\nname = \"peak\"\nfor = \"1500ms\"\nrate = 60\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    )
}

/// Plays `scenario` against a mock with these arguments.
fn played(dialect: &str, scenario: &str, arguments: &[&str]) -> (Recording, Stats) {
    let _turn = turn::shared();
    let mock = Mock::start(&[&["--service-time", "2ms"], arguments].concat());
    let place = Place::new();
    fs::write(place.path().join(CLOSES), SESSION_CLOSES).expect("the folder is writable");
    let profile = profile(dialect, scenario, "");
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here.
    // Notices that are lost or late, and channels that are cut, are errors that no budget has to ask about.
    let is_troubled = arguments
        .iter()
        .any(|one| matches!(*one, "--notice-lost" | "--cut-channels"));
    let expected = if is_troubled { 1 } else { 0 };
    let as_expected = ended.code == Some(expected) || ended.code == Some(4);
    assert!(as_expected, "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.started(StageSet::All), ALL, "60 a second for 1.5 s");
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
fn every_kick_is_told(dialect: &str, arguments: &[&str]) -> Stats {
    let (ours, theirs) = played(dialect, KICKED, arguments);
    assert_eq!(*ours.ended(), Ended::Completed);
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
    // A channel that ends after its session was ended is no failure.
    assert_eq!(of_class(&ours, Operation::Push, Class::Failed), 0);
    for tally in [Tally::NoticeLost, Tally::NoticeLate, Tally::NoticeTwice] {
        assert_eq!(tallied(&ours, tally), 0, "{tally:?}");
    }
    theirs
}

#[test]
fn on_a_web_socket_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session", &[]);
    assert_eq!(theirs.polls.attempts, 0);
}

#[test]
fn where_a_message_tells_a_plain_close_frame_after_it_is_no_second_notice() {
    every_kick_is_told(CLOSES, &["--notice-by", "message"]);
}

#[test]
fn a_close_code_alone_tells_every_kick_once() {
    every_kick_is_told(CLOSES, &["--notice-by", "close"]);
}

#[test]
fn a_message_and_the_close_code_after_it_tell_every_kick_once() {
    every_kick_is_told(CLOSES, &["--notice-by", "both"]);
}

#[test]
fn on_an_event_stream_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session-sse", &[]);
    // Each session opens one, and so tries the token of each that was kicked.
    assert_eq!(
        theirs.events.attempts,
        theirs.login.successes + theirs.kicks
    );
    assert_eq!(theirs.polls.attempts, 0);
}

#[test]
fn on_a_long_poll_every_kick_is_told_once() {
    let theirs = every_kick_is_told("session-poll", &[]);
    assert_eq!(theirs.events.attempts, 0);
    assert!(theirs.polls.successes >= theirs.kicks);
}

#[test]
fn a_status_that_is_asked_for_tells_every_kick_once() {
    let theirs = every_kick_is_told("session-status", &[]);
    assert_eq!(theirs.events.attempts, 0);
    assert!(theirs.polls.successes >= theirs.kicks);
}

fn faulty_notices_are_counted(dialect: &str, way: &str) {
    let arguments = [
        "--notice-by",
        way,
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
    let failed = of_class(&ours, Operation::KickNotice, Class::Failed);
    assert_eq!(failed, twice, "one failed step for each second notice");
    let timeouts = of_class(&ours, Operation::KickNotice, Class::Timeout);
    assert_eq!(timeouts, lost + late);
}

#[test]
fn notices_lost_late_and_twice_on_a_web_socket_are_those_that_the_mock_lost_delayed_and_doubled() {
    faulty_notices_are_counted("session", "message");
}

#[test]
fn notices_that_are_doubled_before_the_close_code_count_as_twice_and_the_code_does_not() {
    faulty_notices_are_counted(CLOSES, "both");
}

#[test]
fn notices_lost_late_and_twice_on_an_event_stream_are_those_that_the_mock_lost_delayed_and_doubled()
{
    faulty_notices_are_counted("session-sse", "message");
}

fn cut_channels_come_back(dialect: &str) -> Stats {
    // All are there from 1.5 s on, and come back at most 625 ms after the cut: a second before the first one leaves.
    let scenario = "name = \"login\"\ndwell = \"4s\"";
    let (ours, theirs) = played(dialect, scenario, &["--cut-channels", "2500ms"]);
    assert_eq!(theirs.channels_cut, ALL, "{theirs:?}");
    // Each device that was cut came back by its token, once, and nobody logged in for that.
    assert_eq!((theirs.login.attempts, theirs.login.successes), (ALL, ALL));
    assert_eq!(theirs.reconnect.successes, theirs.channels_cut);
    assert_eq!(ok(&ours, Operation::Reconnect), theirs.channels_cut);
    assert_eq!(theirs.events.successes, ALL + theirs.channels_cut);
    assert_eq!(ok(&ours, Operation::Push), ALL + theirs.channels_cut);
    // Each cut is told, as a step that failed.
    let failed = of_class(&ours, Operation::Push, Class::Failed);
    let ends: u64 = ours.counts().channel_ends.values().sum();
    assert_eq!((failed, ends), (theirs.channels_cut, theirs.channels_cut));
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

#[test]
fn on_an_event_stream_the_broadcast_reaches_everybody_and_is_no_kick() {
    // All are there from 1.5 s on, and nobody leaves before 3 s; it is sent from 1.7 s to 2.7 s.
    let scenario = "name = \"login\"\ndwell = \"3s\"";
    let (ours, theirs) = played("session-sse", scenario, &["--broadcast-after", "1700ms"]);
    assert_eq!(theirs.broadcasts, ALL);
    assert_eq!(tallied(&ours, Tally::Broadcast), ALL);
    assert_eq!((theirs.kicks, theirs.login.attempts), (0, ALL));
}

/// Asked at once, and 500, 1000 and 1500 ms later: the stay ends as far from the polls around it as can be, so that their
/// number is known beforehand.
const FOUR_POLLS: &str = "name = \"login\"\ndwell = \"1750ms\"";

#[test]
fn plain_polls_are_steps_and_as_many_as_the_mock_read() {
    let (ours, theirs) = played("session-status", FOUR_POLLS, &[]);
    assert_eq!(
        (theirs.polls.attempts, theirs.polls.successes),
        (4 * ALL, 4 * ALL)
    );
    let by_class = ours.by_class(Operation::Status, StageSet::All);
    assert_eq!(by_class.iter().sum::<u64>(), theirs.polls.attempts);
    assert_eq!(ok(&ours, Operation::Status), theirs.polls.successes);
    let felt = ours.latency(Operation::Status, StageSet::All, Latency::Felt);
    let first_byte = ours.phase(Operation::Status, Phase::FirstByte, StageSet::All);
    assert_eq!((felt.count(), first_byte.count()), (4 * ALL, 4 * ALL));
    assert_eq!(ok(&ours, Operation::Push), 0, "polls are never opened");
}

#[test]
fn budgets_on_the_status_that_is_asked_for_are_known_after_the_run() {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms"]);
    let place = Place::new();
    let budgets = "\"status p95 < 500ms\", \"status errors < 1%\"";
    let profile = profile("session-status", FOUR_POLLS, budgets);
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let kept = |sentence: &str| (sentence.to_owned(), "kept".to_owned(), 4 * ALL);
    let expected = [kept("status p95 < 500ms"), kept("status errors < 1%")];
    assert_eq!(budgets_found(&place), expected, "{}", ended.said());
}

/// The sentence, the state and the samples of each budget that the profile writes.
fn budgets_found(place: &Place) -> Vec<(String, String, u64)> {
    let summary = fs::read(place.run_folder().join("summary.json")).expect("the run has a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("it is JSON");
    let budgets = summary["budgets"].as_array().expect("a list");
    let written = budgets.iter().filter(|budget| budget["implied"] == false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let found = written.map(|budget| {
        let samples = budget["samples"].as_u64().unwrap_or_default();
        (text(&budget["sentence"]), text(&budget["state"]), samples)
    });
    found.collect()
}

/// Logs everybody in, and answers 500 to whoever asks for news. Counts those.
async fn serve_without_news(listener: tokio::net::TcpListener, asked: Arc<AtomicU64>) {
    let login = async |Json(asked): Json<Value>| {
        Json(json!({"code": 0, "token": "t", "user_id": asked["user_id"]}))
    };
    let yes = async || Json(json!({"code": 0}));
    let no = get(move || async move {
        asked.fetch_add(1, Ordering::Relaxed);
        StatusCode::INTERNAL_SERVER_ERROR
    });
    let routes = Router::new()
        .route("/v1/login", post(login))
        .route("/v1/reconnect", post(yes))
        .route("/v1/status", no.clone())
        .route("/v1/poll", no);
    // It ends with its runtime.
    let _ = axum::serve(listener, routes).await;
}

/// Plays devices that stay for longer than they try to come back. Gives how it ended, and the polls that the target read.
fn played_without_news(
    place: &Place,
    dialect: &str,
    budgets: &str,
) -> (crate::program::Ended, u64) {
    let _turn = turn::shared();
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(AtomicU64::new(0));
    runtime.spawn(serve_without_news(listener, asked.clone()));
    let scenario = "name = \"login\"\ndwell = \"11s\"\nself_info = false";
    let profile = profile(dialect, scenario, budgets);
    let ended = place.run_profile(&profile, &["--target", &format!("http://{address}")]);
    runtime.shutdown_background();
    (ended, asked.load(Ordering::Relaxed))
}

/// Whether a run was broken: exit 1, unless this machine was too busy for it to prove anything.
fn is_broken(ended: &crate::program::Ended) -> bool {
    ended.code == Some(1) || ended.code == Some(4) && ended.stdout.contains("the generator")
}

/// The first poll, and those after 0.5, 1, 2 and 4 s, each up to a quarter later: all within 9.5 s.
const POLLS_OF_A_DEVICE: u64 = 5;

#[test]
fn a_target_that_fails_every_status_breaks_the_budget_on_its_errors() {
    let place = Place::new();
    let (ended, asked) = played_without_news(&place, "session-status", "\"status errors < 1%\"");
    assert!(is_broken(&ended), "{}", ended.said());
    let (_, state, _) = &budgets_found(&place)[0];
    assert_eq!(state, "broken", "{}", ended.said());
    assert!(
        ended.stdout.contains("status errors < 1%"),
        "{}",
        ended.said()
    );
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(asked, POLLS_OF_A_DEVICE * ALL);
    assert_eq!(of_class(&ours, Operation::Status, Class::Failed), asked);
    assert_eq!(tallied(&ours, Tally::ChannelGivenUp), ALL);
}

#[test]
fn long_polls_that_fail_are_steps_of_their_own_and_have_no_latency() {
    let place = Place::new();
    let (ended, asked) = played_without_news(&place, "session-poll", "");
    assert!(is_broken(&ended), "{}", ended.said());
    assert!(ended.stdout.contains("long_poll"), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(asked, POLLS_OF_A_DEVICE * ALL);
    assert_eq!(of_class(&ours, Operation::LongPoll, Class::Failed), asked);
    assert_eq!(tallied(&ours, Tally::ChannelGivenUp), ALL);
    let plain = ours.by_class(Operation::Status, StageSet::All);
    assert_eq!(plain, [0; Class::ALL.len()]);
    for latency in [Latency::Felt, Latency::Served] {
        let long = ours.latency(Operation::LongPoll, StageSet::All, latency);
        assert_eq!(long.count(), 0);
    }
}
