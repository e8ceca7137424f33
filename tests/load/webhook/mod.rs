//! A webhook receiver hears exactly what the plan's sessions cause: signed, in order, each event once.

mod receiver;
mod rooms;

use std::collections::BTreeMap;
use std::net::TcpListener;

use crate::program::Place;
use crate::turn;
use receiver::{Books, Receiver};
use trtc_load::plan::{Arrival, Plan, Told};
use trtc_load::profile::{Overrides, Profile, Source};
use trtc_load::recorder::{Ended, Recording, StageSet, Tally};
use trtc_load::scenario::{Ending, KickedPerson, Play};
use trtc_load::session::{Class, Operation};
use trtc_load::usersig::Platform;

/// The token that signs. It is no secret of anybody.
const TOKEN: &str = "xxxxyyyy";

/// Every kind that a webhook can be told of.
const SCENARIOS: &str = r#"[[scenarios]]
name = "login"
weight = 4
dwell = { uniform = ["0ms", "600ms"] }
logout = 0.4
[[scenarios]]
name = "switch"
weight = 2
dwell = "300ms"
logout = 0.5
[[scenarios]]
name = "kicked"
weight = 3
dwell = "300ms"
reaction = "200ms"
relogin = 0.7
fights = 1
[[scenarios]]
name = "devices"
weight = 1
devices = ["web", "android", "iphone", "windows"]
pause = "100ms"
dwell = "200ms"
[[scenarios]]
name = "expired"
weight = 1
dwell = "200ms"
[[scenarios]]
name = "reconnect"
weight = 1
dwell = "200ms"
away = "300ms"
[[scenarios]]
name = "absent"
weight = 1
dwell = "100ms"
"#;

fn profile(url: &str, webhook: &str) -> String {
    format!(
        r#"
version = 1
seed = 5
budgets = ["callback p50 < 1s"]
[target]
url = "{url}"
dialect = "tencent-webhook"
heartbeat_limit = "1s"
[webhook]
path = "/im/callback"
{webhook}
[[apps]]
sdk_app_id = 1400000001
[population]
accounts = 3000
platforms = {{ android = 1, iphone = 1, ipad = 1, windows = 1, mac = 1, web = 1 }}
{SCENARIOS}[[stages]]
name = "peak"
for = "5s"
rate = 120
[limits]
drain = "20s"
"#
    )
}

struct Run {
    ours: Recording,
    theirs: Books,
    plan: Plan,
    profile: Profile,
}

/// Plays that profile against a receiver in which every `slow`th callback sleeps for 3 s.
fn played(webhook: &str, token: Option<&str>, slow: Option<u64>) -> Run {
    let _turn = turn::shared();
    let receiver = Receiver::start(token, slow);
    let place = Place::new();
    let text = profile(&receiver.url, webhook);
    let ended = place.run_profile(&text, &[]);
    // How well the generator fared (exit 4), and whether the budget held (1), is not asked here.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.not_started(StageSet::All), 0);
    assert_eq!(ours.accounts(), 0, "nobody has logged in anywhere");
    let source = Source {
        file: "test.toml".into(),
        name: "test".into(),
        dir: ".".into(),
    };
    let profile = Profile::parse(&text, &source, &Overrides::default()).expect("it has just run");
    let plan = Plan::new(&profile).expect("it has just run");
    let theirs = receiver.stop();
    assert_eq!(
        theirs.wrong,
        Vec::<String>::new(),
        "the receiver's complaints"
    );
    Run {
        ours,
        theirs,
        plan,
        profile,
    }
}

/// What is told of one arrival beside its own session.
fn beside(run: &Run, arrival: &Arrival) -> Told {
    let shares = run.profile.webhook().shares;
    let rules = run.profile.target().rules.devices;
    run.plan.told(arrival, shares, rules)
}

/// What the receiver must hear of the plan: events by action, reason and whether they kicked.
fn told_by(run: &Run) -> BTreeMap<&'static str, u64> {
    let plan = &run.plan;
    let mut told = BTreeMap::new();
    let mut add = |what, count| *told.entry(what).or_default() += count;
    for arrival in plan.arrivals() {
        let itinerary = &arrival.itinerary;
        let beside = beside(run, &arrival);
        let sets = u64::from(beside.status.is_some());
        add("CustomStatusChange/SetCustomStatus", sets);
        let play = &plan.scenarios()[usize::from(arrival.scenario.0)].play;
        let is_web = plan.platform(arrival.app, arrival.accounts[0]) == Platform::Web;
        let ends = match (play, itinerary.ending) {
            // A browser's silence is a lost link.
            (Play::Absent(_), _) if is_web => "Disconnect/LinkClose",
            (Play::Absent(_), _) => "Disconnect/TimeOut",
            (_, Ending::Logout) => "Logout/Unregister",
            (_, Ending::Leave) => "Disconnect/LinkClose",
        };
        add(ends, 1);
        add("Login/Register", 1);
        match play {
            Play::Switch(_) => {
                add("Logout/Unregister", 1);
                add("Login/Register", 1);
            }
            Play::Kicked(kicked) => {
                let returns = match itinerary.kicked_person {
                    KickedPerson::ComesBack => u64::from(kicked.fights) + 1,
                    KickedPerson::StaysAway => 0,
                };
                add("Login/Register and KickedDevice", 1 + returns);
                add("Login/Register", u64::from(beside.second.is_some()));
            }
            Play::Reconnect(_) => {
                add("Disconnect/LinkClose", 1);
                add("Login/Register", 1);
            }
            // The web stays beside the phone; the two native devices that follow kick the one before them. So two end.
            Play::Devices(_) => {
                add("Login/Register", 1);
                add("Login/Register and KickedDevice", 2);
                add(ends, 1);
            }
            Play::Login(_)
            | Play::Expired(_)
            | Play::Absent(_)
            | Play::Refused(_)
            | Play::Room(_)
            | Play::Requests(_) => {}
        }
    }
    told
}

fn of_class(ours: &Recording, class: Class) -> u64 {
    ours.by_class(Operation::Callback, StageSet::All)[class.index()]
}

fn again(ours: &Recording) -> u64 {
    let tallies = &ours.counts().tallies;
    tallies.get(&Tally::CallbackAgain).copied().unwrap_or(0)
}

#[test]
fn every_session_of_the_plan_is_told_once_signed_and_in_order() {
    let token = format!("token = {{ text = \"{TOKEN}\" }}");
    let run = played(&token, Some(TOKEN), None);
    let expected = told_by(&run);
    assert_eq!(expected.len(), 6, "{expected:?}");
    assert_eq!(run.theirs.told, expected);
    let all: u64 = expected.values().sum();
    assert_eq!(of_class(&run.ours, Class::Success), all);
    let exchange = run.ours.counts().exchanges[&Operation::Callback];
    assert_eq!((exchange.attempts, exchange.answers), (all, all));
    assert_eq!(run.theirs.twice, 0);
    check_kicks(&run);
    let mut statuses = BTreeMap::new();
    for arrival in run.plan.arrivals() {
        if let Some(status) = beside(&run, &arrival).status {
            *statuses.entry(status.to_owned()).or_default() += 1_u64;
        }
    }
    assert!(statuses.len() >= 3, "{statuses:?}");
    assert_eq!(run.theirs.statuses, statuses);
}

/// The receiver's own count of victims and of kicks across platforms is the plan's. Which of an account's devices had to go it
/// has checked by the documents' policy.
fn check_kicks(run: &Run) {
    let (mut victims, mut crossed) = (BTreeMap::new(), 0_u64);
    for arrival in run.plan.arrivals() {
        let own = run.plan.platform(arrival.app, arrival.accounts[0]);
        let beside = beside(run, &arrival);
        match &run.plan.scenarios()[usize::from(arrival.scenario.0)].play {
            Play::Kicked(kicked) => {
                let is_other = beside.rival != own;
                let second = beside.second.is_some_and(|second| second != beside.rival);
                let returns = u64::from(arrival.itinerary.returns(kicked.fights));
                *victims
                    .entry(1 + usize::from(beside.second.is_some()))
                    .or_default() += 1;
                *victims.entry(1).or_default() += returns;
                crossed += u64::from(is_other || second) + u64::from(is_other) * returns;
            }
            Play::Devices(_) => {
                *victims.entry(1).or_default() += 2;
                crossed += 2;
            }
            Play::Login(_)
            | Play::Switch(_)
            | Play::Expired(_)
            | Play::Reconnect(_)
            | Play::Absent(_)
            | Play::Requests(_)
            | Play::Refused(_)
            | Play::Room(_) => {}
        }
    }
    assert!(
        victims[&1] > 50 && victims[&2] > 10 && crossed > 50,
        "{victims:?}, {crossed}"
    );
    assert_eq!(
        (&run.theirs.victims, run.theirs.crossed),
        (&victims, crossed)
    );
}

#[test]
fn a_token_that_is_not_there_is_found_before_anything_is_sent() {
    let service = TcpListener::bind("127.0.0.1:0").expect("a free port");
    service
        .set_nonblocking(true)
        .expect("it can be asked without waiting");
    let url = format!("http://{}", service.local_addr().expect("it is bound"));
    let place = Place::new();
    std::fs::write(place.path().join("empty"), " \n").expect("the folder is writable");
    for (source, what) in [
        (
            "env = \"TRTC_LOAD_NO_SUCH_TOKEN\"",
            "the environment variable TRTC_LOAD_NO_SUCH_TOKEN is not set",
        ),
        ("file = \"empty\"", "it is empty"),
    ] {
        let text = profile(&url, &format!("token = {{ {source} }}"));
        let ended = place.run_profile(&text, &[]);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        let said = format!("error: webhook.token\n  {what}\n  try: ");
        assert!(ended.stderr.starts_with(&said), "{}", ended.said());
        assert!(!place.path().join("runs").exists(), "no run was begun");
        let came = service.accept().map(|(_, from)| from);
        assert!(came.is_err(), "{came:?} came");
    }
}

#[test]
fn a_source_address_of_a_family_in_which_nobody_answers_is_refused_before_the_run() {
    let service = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", service.local_addr().expect("it is bound"));
    let place = Place::new();
    let sources = format!("url = \"{url}\"\nsource_addresses = [\"127.0.0.2\", \"::1\"]");
    let text = profile(&url, "").replace(&format!("url = \"{url}\""), &sources);
    let ended = place.run_profile(&text, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    // Where this machine has no IPv6, that is what is told of it.
    let said = "error: target.source_addresses: ::1\n  ";
    assert!(ended.stderr.starts_with(said), "{}", ended.said());
    assert!(!place.path().join("runs").exists(), "no run was begun");
}

#[test]
fn an_old_sdks_victim_is_told_to_have_logged_out() {
    let run = played("legacy_sdk = true", None, None);
    let mut expected = told_by(&run);
    check_kicks(&run);
    let victims = run.theirs.victims.iter();
    let victims: u64 = victims.map(|(each, kicks)| *each as u64 * kicks).sum();
    *expected.entry("Logout/Unregister").or_default() += victims;
    assert_eq!(run.theirs.told, expected);
}

#[test]
fn what_the_receiver_sleeps_over_are_the_timeouts_and_nothing_is_sent_again() {
    let run = played("", None, Some(100));
    let all: u64 = told_by(&run).values().sum();
    assert_eq!(run.theirs.slept, all / 100);
    assert!(run.theirs.slept >= 10, "{}", run.theirs.slept);
    assert_eq!(of_class(&run.ours, Class::Timeout), run.theirs.slept);
    assert_eq!(of_class(&run.ours, Class::Success), all - run.theirs.slept);
    assert_eq!((again(&run.ours), run.theirs.twice), (0, 0));
}

#[test]
fn with_retries_each_timeout_is_told_once_more_and_the_receiver_sees_it_twice() {
    let run = played("retries = 1", None, Some(100));
    let once: u64 = told_by(&run).values().sum();
    let twice = run.theirs.twice;
    assert!(twice >= 10, "{twice}");
    assert_eq!(again(&run.ours), twice);
    assert_eq!(of_class(&run.ours, Class::Timeout), run.theirs.slept);
    let exchange = run.ours.counts().exchanges[&Operation::Callback];
    assert_eq!(exchange.attempts, once + twice);
    assert_eq!(run.theirs.told.values().sum::<u64>(), once + twice);
}
