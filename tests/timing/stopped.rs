//! A generator that is stopped for two seconds says so: what was late, what was in flight, and that it proves nothing.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use trtc_load::clock::Clock;
use trtc_load::profile::Latency;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::Operation;
use trtc_load::units::Micros;

use crate::program::{Ended, Place, within};
use crate::run_folder::summary;
use crate::turn;

const BOUND: Duration = Duration::from_secs(30);
/// How long the service takes for a login.
const SERVICE: Duration = Duration::from_millis(200);
/// How long the generator is stopped.
const STOPPED: Duration = Duration::from_secs(2);

/// A service that notes when it answered each login, by a clock of its own.
#[derive(Clone)]
struct Desk {
    clock: Clock,
    answered: Arc<Mutex<Vec<Micros>>>,
}

async fn login(State(desk): State<Desk>, Json(body): Json<Value>) -> Json<Value> {
    tokio::time::sleep(SERVICE).await;
    desk.answered.lock().push(desk.clock.now());
    Json(json!({"code": 0, "token": "t", "user_id": body["user_id"]}))
}

/// Every thread of a process is stopped.
fn is_stopped(process: u32) -> bool {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the run is alive");
    tasks.filter_map(Result::ok).all(|task| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ")
            .is_some_and(|(_, after)| after.starts_with('T'))
    })
}

/// 200 logins a second for 5 s. 400 arrivals come due in two seconds; with 600 slots none waits for another to end.
fn profile(url: &str) -> String {
    format!(
        "version = 1\nbudgets = []\n[target]\nurl = \"{url}\"\nconnection = \"keep\"\n\
         [[apps]]\nsdk_app_id = 1\nkey = {{ text = \"nobody checks it\" }}\n[population]\naccounts = 5000\n\
         [[scenarios]]\nname = \"login\"\nslots = 600\ndwell = \"0s\"\nself_info = false\npush = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"5s\"\nrate = 200\nspacing = \"even\"\n"
    )
}

/// A run whose generator was stopped, and what the service saw of it.
struct Stopped {
    place: Place,
    ended: Ended,
    /// How long it was stopped: from when all of it was to when it was let go.
    least: Micros,
    /// From before the signal was sent to well after: a busy machine may wake it late.
    most: Micros,
    /// Logins that the service answered meanwhile: they were in flight.
    sure: u64,
    /// With those that it answered shortly before: they may have been.
    possible: u64,
}

impl Stopped {
    fn run() -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let desk = Desk {
            clock: Clock::start(),
            answered: Arc::default(),
        };
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let routes = Router::new()
            .route("/v1/login", post(login))
            .with_state(desk.clone());
        runtime.spawn(async move { axum::serve(listener, routes).await });
        let place = Place::new();
        let running = place.start_profile(&[], &profile(&url), &[]);
        let id = running.child.id();
        let process = Pid::from_raw(i32::try_from(id).expect("a process id"));
        let is_under_way = within(BOUND, || (desk.answered.lock().len() >= 100).then_some(()));
        is_under_way.expect("the run is under way");

        let before = desk.clock.now();
        kill(process, Signal::SIGSTOP).expect("the run is alive");
        within(BOUND, || is_stopped(id).then_some(())).expect("it stops");
        let stopped = desk.clock.now();
        let _ = within(STOPPED, || None::<()>);
        let end = desk.clock.now();
        kill(process, Signal::SIGCONT).expect("the run is alive");
        let ended = running.finish(BOUND);
        runtime.shutdown_background();
        let answered = desk.answered.lock().clone();
        let since = |from: Micros| {
            let among = answered.iter().filter(|at| (from..end).contains(at));
            among.count() as u64
        };
        Self {
            place,
            ended,
            least: end.since(stopped),
            most: end.since(before).plus(Micros::from_millis(500)),
            sure: since(stopped),
            possible: since(before.since(Micros::from_millis(250))),
        }
    }
}

#[test]
fn a_generator_that_is_stopped_for_two_seconds_says_so_and_proves_nothing() {
    let _turn = turn::alone();
    let run = Stopped::run();
    assert_eq!(run.ended.code, Some(4), "{}", run.ended.said());
    let said = &run.ended.stdout;
    assert!(said.contains("the generator stood still for 2"), "{said}");
    let folder = run.place.run_folder();
    let ours = Recording::read(&folder).expect("the run has a recording");
    assert_delays(&ours, &run);
    assert_seconds(&ours);

    let marked = ours.in_flight(Operation::Login);
    let Stopped { sure, possible, .. } = run;
    assert!(sure >= 20, "200 a second for 0.2 s are in flight: {sure}");
    assert!(
        (sure..=possible).contains(&marked),
        "{sure} {marked} {possible}"
    );
    assert_eq!(summary(&folder)["generator"]["in_flight"], marked);
    let words = format!("{marked} steps were in flight while the generator stood still");
    assert!(said.contains(&words), "{said}");
    let page = fs::read_to_string(folder.join("report.html")).expect("the run has a page");
    assert!(page.contains(&words));
}

fn assert_delays(ours: &Recording, run: &Stopped) {
    let (least, most) = (run.least, run.most);
    let lengths = ours.standstills().iter().map(|one| one.length());
    let longest = lengths.max().expect("a standstill");
    // The beat that was missing was due up to 10 ms after the stop.
    let beat = Micros::from_millis(10);
    assert!(longest.plus(beat) >= least && longest <= most, "{longest}");
    let second = ours.seconds().iter().map(|second| second.stood_still).max();
    assert!(second >= Some(longest), "{second:?}");
    // An arrival comes every 5 ms, so one was due at most that long after the stop; the timer adds 2 ms at most.
    let lag = ours
        .lag(None, StageSet::All)
        .max()
        .expect("steps were sent");
    let late = lag.plus(Micros::from_millis(7));
    assert!(late >= least && lag <= most, "{lag}");
    // Felt: who came due in the stop's first S - 0.8 s waited longer than a second, the service's 0.2 s included.
    let felt = ours.latency(Operation::Login, StageSet::All, Latency::Felt);
    let waited = felt.at_least(Micros::from_secs(1));
    let came = least.since(Micros::from_millis(800)).0 / 5_000;
    assert!(waited >= came, "{waited} of {came}");
    assert!(felt.max() >= Some(lag), "{:?}", felt.max());
}

/// The standstill is told in the second in which it ended, and no second tells of arrivals that started after it.
fn assert_seconds(ours: &Recording) {
    let stills = ours.standstills().iter();
    let still = stills.max_by_key(|one| one.length()).expect("a standstill");
    let told = ours.seconds().iter();
    let told = told.filter(|second| second.stood_still >= still.length());
    let told: Vec<u64> = told.map(|second| second.second).collect();
    assert_eq!(told, [still.until.whole_secs()]);
    let (mut next, mut started) = (0, 0);
    for second in ours.seconds() {
        assert_eq!(
            second.second + 1 - second.covers,
            next,
            "no gap, no overlap"
        );
        next = second.second + 1;
        let ends = Micros::from_secs(next);
        assert!(ends <= still.from || ends > still.until, "{next} s");
        started += second.started;
        if ends <= still.from {
            // 200 come due a second. A second that ends 200 ms late or more is a standstill of its own.
            assert!(started <= next * 200 + 40, "{started} by {next} s");
        }
    }
    assert_eq!(started, 1_000, "200 a second for 5 s");
}
