//! Nobody is accused who is innocent: honest servers in trouble, and not one session rule that they broke.

use crate::mock::APP;
use crate::mock::Mock;
use crate::program::Place;
use crate::turn;
use trtc_load::recorder::Recording;
use trtc_load::recorder::StageSet;
use trtc_load::recorder::Tally;

/// Every scenario that has a rule, together; `heartbeat` is how long the target keeps a silent device.
const ALL_RULES: &str = r#"
[[scenarios]]
name = "login"
logout = 0.5
dwell = "400ms"
[[scenarios]]
name = "switch"
dwell = "200ms"
[[scenarios]]
name = "logout-then-login"
kind = "switch"
how = "logout_then_login"
dwell = "200ms"
[[scenarios]]
name = "kicked"
fights = 2
in_flight = 0.3
reaction = "100ms"
dwell = "200ms"
[[scenarios]]
name = "expired"
dwell = "200ms"
[[scenarios]]
name = "reconnect"
kicked_meanwhile = 0.5
away = "300ms"
reaction = "100ms"
dwell = "300ms"
[[scenarios]]
name = "devices"
devices = ["android", "web", "web", "ipad"]
pause = "200ms"
logout = 0.5
dwell = "600ms"
weight = 3
[[scenarios]]
name = "absent"
dwell = "200ms"
"#;

/// A profile of `scenarios`, 40 arrivals a second for 3 s, with limits that a target in trouble exceeds.
fn profile(scenarios: &str) -> String {
    format!(
        "version = 1\nseed = 7\nbudgets = []\n\
         [target]\nurl = \"mock\"\ntimeout = \"1s\"\nnotice_limit = \"500ms\"\nheartbeat_limit = \"2s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 4000\nprefix = \"r_\"\n{scenarios}\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 40\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    )
}

/// Plays `scenarios` against a mock in this trouble, and gives its recording: without a single breach.
fn acquitted(scenarios: &str, trouble: &[&str]) -> Recording {
    let _turn = turn::shared();
    let honest = ["--service-time", "2ms", "--heartbeat-limit", "2s"];
    let mock = Mock::start(&[&honest, trouble].concat());
    let place = Place::new();
    let ended = place.run_profile(&profile(scenarios), &["--target", &mock.url()]);
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.started(StageSet::All), 120, "{}", ended.said());
    assert!(mock.books().login.successes > 0, "{}", ended.said());
    assert!(ours.breaches().is_empty(), "{:#?}", ours.breaches());
    ours
}

fn not_judged(ours: &Recording) -> u64 {
    let tallies = &ours.counts().tallies;
    tallies.get(&Tally::RuleNotJudged).copied().unwrap_or(0)
}

const DEVICES: &str = "[[scenarios]]\nname = \"devices\"\ndevices = [\"android\", \"web\", \"web\", \"ipad\"]\n\
                       pause = \"300ms\"\ndwell = \"1s\"";

/// Every notice comes 300 ms after the limit.
const LATE: [&str; 4] = ["--notice-late", "1", "--notice-late-by", "800ms"];

/// The newcomer's login was carried out and its answer is lost: whoever had to go hears so, for a cause.
#[test]
fn a_kick_by_a_login_whose_answer_was_lost_has_a_cause() {
    let ours = acquitted(DEVICES, &[&LATE[..], &["--cut-after", "0.3"]].concat());
    assert!(not_judged(&ours) > 0, "{:?}", ours.counts().tallies);
}

/// Answers wait for 2.5 s, beyond the timeout, and notices do not.
#[test]
fn a_kick_by_a_login_whose_answer_came_too_late_has_a_cause() {
    let ours = acquitted(DEVICES, &[&LATE[..], &["--stall", "1s+2500ms"]].concat());
    assert!(not_judged(&ours) > 0, "{:?}", ours.counts().tallies);
}

#[test]
fn a_target_without_trouble_breaks_no_rule() {
    let ours = acquitted(ALL_RULES, &[]);
    assert_eq!(not_judged(&ours), 0);
}

#[test]
fn a_target_that_stalls_breaks_no_rule() {
    acquitted(ALL_RULES, &["--stall", "1s+2500ms"]);
}

#[test]
fn a_target_that_cuts_requests_before_it_reads_them_breaks_no_rule() {
    acquitted(ALL_RULES, &["--cut-before", "0.2", "--seed", "5"]);
}

#[test]
fn a_target_that_carries_out_and_cuts_the_answer_breaks_no_rule() {
    acquitted(ALL_RULES, &["--cut-after", "0.2", "--seed", "5"]);
}

#[test]
fn a_target_that_fails_now_and_then_breaks_no_rule() {
    acquitted(ALL_RULES, &["--error-rate", "0.2", "--seed", "5"]);
}

#[test]
fn a_target_whose_notices_are_lost_late_and_told_twice_breaks_no_rule() {
    let trouble =
        "--notice-late 0.3 --notice-late-by 800ms --notice-lost 0.2 --notice-twice 0.2 --seed 5";
    acquitted(ALL_RULES, &trouble.split(' ').collect::<Vec<_>>());
}
