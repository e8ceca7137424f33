//! Every request that left has an outcome: all scenarios over every push channel, fast and slow, through a counter that
//! knows neither the program nor the mock. The counts are equal to the unit.

use std::time::Duration;

use crate::counting::{Counted, Counter, Slow};
use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use trtc_load::recorder::{Ended, Recording, StageSet, Tally};
use trtc_load::session::{Class, Operation};

/// Where the mock takes what.
const PATHS: [(&str, &[Operation]); 7] = [
    (
        "POST /v1/login",
        &[
            Operation::Login,
            Operation::Switch,
            Operation::Provoke,
            Operation::Relogin,
        ],
    ),
    (
        "GET /v1/self",
        &[Operation::SelfInfo, Operation::Watch, Operation::InFlight],
    ),
    ("POST /v1/logout", &[Operation::Logout]),
    ("POST /v1/reconnect", &[Operation::Reconnect]),
    ("GET /v1/events", &[Operation::Push]),
    ("GET /v1/status", &[Operation::Status]),
    ("GET /v1/poll", &[Operation::LongPoll]),
];

/// Every scenario that logs in, in its variants.
const SCENARIOS: [&str; 9] = [
    "name = \"login\"\nlogout = 0.5",
    "name = \"switch\"",
    "name = \"other-switch\"\nkind = \"switch\"\nhow = \"logout_then_login\"",
    "name = \"kicked\"\nreaction = \"200ms\"\nin_flight = 0.5\nrelogin = 0.7\nlogout = 0.5",
    "name = \"fight\"\nkind = \"kicked\"\nreaction = \"100ms\"\nfights = 2",
    "name = \"expired\"",
    "name = \"reconnect\"\naway = \"400ms\"\nreaction = \"200ms\"\nkicked_meanwhile = 0.5\nlogout = 0.5",
    "name = \"devices\"\ndevices = [\"android\", \"web\", \"web\", \"ipad\"]\npause = \"200ms\"\nlogout = 0.5",
    "name = \"absent\"",
];

/// Each fifth request of a path takes longer than a stay, and less than a session may be silent.
const SLOW: Slow = Slow {
    every: 5,
    by: Duration::from_millis(900),
};

/// Those of them that can be played by devices without a channel: nobody there could be told of a kick.
const UNTOLD: [&str; 6] = [
    SCENARIOS[0],
    SCENARIOS[1],
    SCENARIOS[2],
    SCENARIOS[5],
    "name = \"reconnect\"\naway = \"400ms\"",
    SCENARIOS[8],
];

/// Devices that open no channel.
const SILENT: &str = "push = false\n";

fn profile(dialect: &str, push: &str) -> String {
    let all = match (push, dialect) {
        (SILENT, _) => &UNTOLD[..],
        // A device that only ever reads looks the same when it is silent: such a profile is refused.
        (_, "session-sse") => &SCENARIOS[..SCENARIOS.len() - 1],
        _ => &SCENARIOS,
    };
    let scenarios: String = all
        .iter()
        .map(|scenario| {
            format!("[[scenarios]]\n{scenario}\n{push}weight = 1\ndwell = \"600ms\"\nwatch = 0.3\n")
        })
        .collect();
    format!(
        "version = 1\nseed = 3\nbudgets = []\n\
         [target]\nurl = \"mock\"\ndialect = \"{dialect}\"\nnotice_limit = \"8s\"\nheartbeat_limit = \"10s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n{}\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 30\nspacing = \"even\"\n[limits]\ndrain = \"30s\"\n",
        scenarios
    )
}

/// Plays all of it in one dialect. Gives our recording and the other's counts.
fn played(dialect: &str, push: &str, slow: Option<Slow>) -> (Recording, Counted) {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms", "--heartbeat-limit", "10s"]);
    let counter = Counter::before(mock.url().trim_start_matches("http://"), slow);
    let place = Place::new();
    let ended = place.run_profile(&profile(dialect, push), &["--target", &counter.url()]);
    // How well the generator fared (exit 4) is not asked here, and nothing is promised that could be broken.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert!(!ended.stdout.contains("unaccounted"), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.started(StageSet::All), 90, "30 a second for 3 s");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    (ours, counter.counted())
}

/// Our three counts of a path's requests: what the kernel took, the outcomes of that, and the steps with a sent time.
fn counts(ours: &Recording, operations: &[Operation]) -> [u64; 3] {
    let mut sums = [0; 3];
    for operation in operations {
        let departed = ours.counts().departures.get(operation);
        let departed = departed.copied().unwrap_or_default();
        let exchanged = ours.counts().exchanges.get(operation);
        let attempts = exchanged.map_or(0, |exchange| exchange.attempts);
        for (sum, count) in sums
            .iter_mut()
            .zip([departed.handed, departed.booked, attempts])
        {
            *sum += count;
        }
    }
    sums
}

fn check(dialect: &str, push: &str, slow: Option<Slow>) {
    let (ours, theirs) = played(dialect, push, slow);
    for (path, operations) in PATHS {
        let count = theirs.get(path).copied().unwrap_or(0);
        let said = format!("{dialect} {push} {slow:?} {path}: {theirs:?}");
        assert_eq!(counts(&ours, operations), [count; 3], "{said}");
    }
    // What nobody cut and nobody broke has no such outcome.
    for operation in Operation::ALL {
        let by_class = ours.by_class(operation, StageSet::All);
        let cut = by_class[Class::Cut.index()];
        let is_polled = matches!(operation, Operation::Status | Operation::LongPoll);
        assert!(cut == 0 || is_polled, "{operation}: {by_class:?}");
        assert_eq!(
            by_class[Class::Failed.index()],
            0,
            "{dialect} {operation}: {:?}",
            ours.counts().causes
        );
        assert_eq!(by_class[Class::Timeout.index()], 0, "{dialect} {operation}");
    }
    check_the_plan(&ours, dialect);
    let tallies = &ours.counts().tallies;
    for tally in [Tally::NoticeLost, Tally::NoticeLate] {
        assert_eq!(tallies.get(&tally), None, "{dialect} {slow:?}: {tallies:?}");
    }
}

/// Nothing went wrong, so everything was sent that was planned, and nothing more but polls, and the questions that a victim
/// keeps in flight until it is struck.
fn check_the_plan(ours: &Recording, dialect: &str) {
    let counts = ours.counts();
    assert!(counts.unsent.is_empty(), "{dialect}: {:?}", counts.unsent);
    for operation in Operation::ALL {
        let planned = counts.as_planned.get(&operation).copied().unwrap_or(0);
        let exchange = counts.exchanges.get(&operation);
        let sent = exchange.map_or(0, |exchange| exchange.attempts);
        let said = format!("{dialect} {operation}: {planned} planned, {sent} sent");
        match operation {
            Operation::Status | Operation::LongPoll | Operation::Register | Operation::InFlight => {
                assert_eq!(planned, 0, "{said}");
            }
            Operation::KickNotice => {
                let heard: u64 = ours.by_class(operation, StageSet::All).iter().sum();
                assert_eq!(planned, heard, "{said}");
            }
            Operation::Usersig
            | Operation::Login
            | Operation::SignIn
            | Operation::SelfInfo
            | Operation::Watch
            | Operation::Push
            | Operation::Switch
            | Operation::Provoke
            | Operation::Relogin
            | Operation::Reconnect
            | Operation::Logout
            | Operation::AccountCheck
            | Operation::RegisterMany
            | Operation::AppInfo
            | Operation::Callback => assert_eq!(planned, sent, "{said}"),
        }
    }
}

/// Fast and slow.
fn all_scenarios(dialect: &str, push: &str) {
    for slow in [None, Some(SLOW)] {
        check(dialect, push, slow);
    }
}

#[test]
fn over_a_web_socket_every_request_has_an_outcome() {
    all_scenarios("session", "");
}

#[test]
fn over_an_event_stream_every_request_has_an_outcome() {
    all_scenarios("session-sse", "");
}

#[test]
fn over_long_polls_every_request_has_an_outcome() {
    all_scenarios("session-poll", "");
}

#[test]
fn over_plain_polls_every_request_has_an_outcome() {
    all_scenarios("session-status", "");
}

#[test]
fn without_a_push_channel_every_request_has_an_outcome() {
    all_scenarios("session", SILENT);
}

/// An administrator's requests about accounts, of which nobody logs in.
#[test]
fn of_an_administrators_requests_every_one_has_an_outcome() {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "1ms"]);
    let counter = Counter::before(mock.url().trim_start_matches("http://"), Some(SLOW));
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\ndialect = \"tencent-rest\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n[population]\naccounts = 600\n\
         [[scenarios]]\nname = \"account\"\nkind = \"requests\"\n\
         steps = [\"register\", \"account_check\", \"status\", \"provoke\"]\n\
         [[stages]]\nname = \"peak\"\nfor = \"2s\"\nrate = 20\nspacing = \"even\"\n\
         [limits]\ndrain = \"30s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &counter.url()]);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let theirs = counter.counted();
    for (command, operation) in [
        ("im_open_login_svc/account_import", Operation::Register),
        ("im_open_login_svc/account_check", Operation::AccountCheck),
        ("openim/query_online_status", Operation::Status),
        ("im_open_login_svc/kick", Operation::Provoke),
    ] {
        let count = theirs.get(&format!("POST /v4/{command}"));
        let count = count.copied().unwrap_or(0);
        assert_eq!(
            counts(&ours, &[operation]),
            [count; 3],
            "{operation}: {theirs:?}"
        );
        assert_eq!(count, 40, "20 a second for 2 s");
    }
}
