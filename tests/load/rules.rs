//! Nobody is accused who is innocent: honest servers in trouble, and not one session rule that they broke.

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::{program, turn};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::routing::post;
use tokio::runtime::Runtime;
use trtc_load::recorder::{Ended, Invariant, Recording, StageSet, Tally};
use trtc_load::session::{Cause, Class, Code, Operation};

/// Every scenario that has a rule, together; `heartbeat` is how long the target keeps a silent device.
const ALL_RULES: &str = r#"
[[scenarios]]
name = "login"
logout = 0.5
dwell = "400ms"
watch = 1
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
watch = 1
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
watch = 0.5
weight = 3
[[scenarios]]
name = "absent"
dwell = "200ms"
[[scenarios]]
name = "refused"
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

/// Plays `profile` against a target.
fn played(profile: &str, url: &str) -> (program::Ended, Recording) {
    let _turn = turn::shared();
    let place = Place::new();
    let ended = place.run_profile(profile, &["--target", url]);
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    (ended, ours)
}

/// Plays `scenarios` against a mock in this trouble, and gives its recording: without a single breach.
fn acquitted(scenarios: &str, trouble: &[&str]) -> Recording {
    let honest = ["--service-time", "2ms", "--heartbeat-limit", "2s"];
    let mock = Mock::start(&[&honest, trouble].concat());
    let (ended, ours) = played(&profile(scenarios), &mock.url());
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
    // Each was checked, but for one that asks by name and one that looks accounts up: this dialect goes by tokens, and cannot.
    for rule in Invariant::ALL {
        let checks = ours.counts().checks_of(rule).unwrap_or(0);
        let cannot = [
            Invariant::RefusedLoginMakesNoSession,
            Invariant::LoginSignsUp,
        ];
        assert_eq!(
            checks == 0,
            cannot.contains(&rule),
            "{rule:?}: {checks} checks"
        );
    }
}

/// 120 arrivals, seven flaws by turns: 18 of the first, 17 of each other. Three are expired.
#[test]
fn bad_user_sigs_are_shown_by_turns_and_cost_nothing_where_they_are_refused() {
    let refused = "[[scenarios]]\nname = \"refused\"";
    let ours = played(&profile(refused), &Mock::start(&[]).url()).1;
    let of = |code: i64| {
        let causes = ours.counts().causes.iter();
        let of = |cause: &Cause| *cause == Cause::Code(Code::Number(code));
        let found = causes.filter(|((operation, class, cause), _)| {
            *operation == Operation::Login && *class == Class::Expected && of(cause)
        });
        found.map(|(_, count)| *count).sum::<u64>()
    };
    let found = [70001, 70013, 70014, 70009, 70020].map(of);
    assert_eq!(found, [18 + 17 + 17, 17, 17, 17, 17]);
    let rule = Invariant::BadTicketIsRefused;
    assert_eq!(ours.counts().checks_of(rule), Some(120));
    assert_eq!((ours.accounts(), ours.breaches().len()), (0, 0));
}

/// Lets everybody in, and counts.
async fn let_in(asked: Arc<AtomicU64>, listener: tokio::net::TcpListener) {
    let login = move || {
        asked.fetch_add(1, Ordering::Relaxed);
        async { r#"{"code":0,"token":"t","user_id":""}"# }
    };
    let _ = axum::serve(listener, Router::new().route("/v1/login", post(login))).await;
}

/// Who was let in is an active user of the month: it is billed, and it counts against the cap.
#[test]
fn bad_user_sigs_that_are_taken_break_the_rule_and_count_in_mau_and_caps() {
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let asked = Arc::new(AtomicU64::new(0));
    runtime.spawn(let_in(asked.clone(), listener));
    let refused = "[[scenarios]]\nname = \"refused\"\nself_info = false\npush = false";
    let url = format!("http://{address}");
    let (ended, ours) = played(&profile(refused), &url);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    let broken = |ours: &Recording| {
        let breaches = ours.counts().breaches.get(&Invariant::BadTicketIsRefused);
        breaches.copied().unwrap_or(0)
    };
    assert_eq!((broken(&ours), ours.accounts()), (120, 120));
    assert_eq!(asked.swap(0, Ordering::Relaxed), 120);
    let capped = format!("{}[caps]\nmax_mau = 10\n", profile(refused));
    let (_, ours) = played(&capped, &url);
    assert_eq!(*ours.ended(), Ended::Cap("caps.max_mau".into()));
    assert_eq!((asked.load(Ordering::Relaxed), ours.accounts()), (10, 10));
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
