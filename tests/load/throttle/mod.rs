//! A target that asks to slow down is obeyed: the account waits as long as it is told, and nobody logs in by itself.

mod gate;

use std::collections::HashMap;
use std::sync::Arc;

use crate::program::Place;
use crate::turn;
use axum::extract::State;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use trtc_load::clock::{Clock, unix_millis};
use trtc_load::profile::Latency;
use trtc_load::recorder::{Reason, Recording, StageSet};
use trtc_load::session::{Class, Operation};

/// How a target asks to slow down.
#[derive(Clone, Copy)]
struct Refusal {
    status: u16,
    retry_after: Option<After>,
    code: i64,
    /// How long the account must stay away, in seconds. Up to one less for a date, which has whole seconds.
    wait: u64,
}

/// The two forms of `Retry-After`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Seconds,
    Date,
}

impl Refusal {
    /// When the account may come again, in microseconds since the run's start, and the header that says so.
    fn asks(self, clock: &Clock) -> (u64, HeaderMap) {
        let in_seconds = clock.now().0 + self.wait * 1_000_000;
        let (until, value) = match self.retry_after {
            None => return (in_seconds, HeaderMap::new()),
            Some(After::Seconds) => (in_seconds, self.wait.to_string()),
            Some(After::Date) => {
                let now = unix_millis();
                let date = now / 1_000 + self.wait;
                let stamp = i64::try_from(date).map(Timestamp::from_second);
                let stamp = stamp.expect("it fits").expect("a time of this century");
                let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&stamp);
                let left = date * 1_000 - now;
                // The millisecond that was rounded down may be over.
                let until = clock.now().0 + left.saturating_sub(1) * 1_000;
                (until, text.expect("it can be written"))
            }
        };
        let value = value.parse().expect("a header's value");
        (until, HeaderMap::from_iter([(RETRY_AFTER, value)]))
    }
}

#[derive(Debug, Default)]
struct Books {
    requests: u64,
    refused: u64,
    /// Logins of an account that came before its wait was over.
    too_early: u64,
    /// Until when each account was told to wait, in microseconds.
    until: HashMap<String, u64>,
}

#[derive(Clone)]
struct Desk {
    refusal: Refusal,
    clock: Clock,
    books: Arc<Mutex<Books>>,
}

/// Refuses each account's first login, and takes the later ones.
async fn login(
    State(desk): State<Desk>,
    Json(body): Json<Value>,
) -> (StatusCode, HeaderMap, String) {
    let user = body["user_id"].as_str().unwrap_or_default().to_owned();
    let now = desk.clock.now().0;
    let mut books = desk.books.lock();
    books.requests += 1;
    let Some(until) = books.until.get(&user).copied() else {
        books.refused += 1;
        let Refusal { status, code, .. } = desk.refusal;
        let (until, headers) = desk.refusal.asks(&desk.clock);
        books.until.insert(user, until);
        let status = StatusCode::from_u16(status).expect("a status");
        return (status, headers, json!({"code": code}).to_string());
    };
    // The run counts from when it read the refusal, so later than here.
    books.too_early += u64::from(now < until);
    let body = json!({"code": 0, "token": "t", "user_id": user});
    (StatusCode::OK, HeaderMap::new(), body.to_string())
}

/// Plays the rest of a profile against a service of these routes.
fn played_against(routes: Router, profile: &str) -> Recording {
    let _turn = turn::shared();
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n\
         [[apps]]\nsdk_app_id = 1\nkey = {{ text = \"nobody checks it\" }}\n{profile}"
    );
    let ended = place.run_profile(&profile, &["--target", &format!("http://{address}")]);
    // What is throttled is an error, and too many of them break a run unasked.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    runtime.shutdown_background();
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    ours
}

/// Plays 25 arrivals a second of 25 accounts for 6 s: each account comes due every second.
fn played(refusal: Refusal) -> (Recording, Books) {
    let books = Arc::new(Mutex::new(Books::default()));
    let desk = Desk {
        refusal,
        clock: Clock::start(),
        books: books.clone(),
    };
    let routes = Router::new()
        .route("/v1/login", post(login))
        .with_state(desk);
    let profile = "[target]\nurl = \"http://127.0.0.1:1\"\nconnection = \"keep\"\n[population]\naccounts = 25\n\
         [[scenarios]]\nname = \"login\"\ndwell = \"0s\"\nself_info = false\npush = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"6s\"\nrate = 25\nspacing = \"even\"\n";
    let ours = played_against(routes, profile);
    let books = std::mem::take(&mut *books.lock());
    (ours, books)
}

/// The arrivals whose accounts were told to wait, which are all that did not start.
fn told_to_wait(ours: &Recording) -> u64 {
    let not_started = ours.not_started_by_reason();
    let waited = not_started
        .iter()
        .filter(|((_, reason), _)| *reason == Reason::ToldToWait)
        .map(|(_, count)| count)
        .sum();
    assert_eq!(waited, ours.not_started(StageSet::All));
    waited
}

fn obeys(refusal: Refusal) {
    let (ours, theirs) = played(refusal);
    let by_class = ours.by_class(Operation::Login, StageSet::All);
    let of = |class: Class| by_class[class.index()];
    assert_eq!(theirs.refused, 25, "every account was refused once");
    assert_eq!(
        theirs.too_early, 0,
        "and stayed away as long as it was told"
    );
    assert_eq!(of(Class::Throttled), 25);
    assert_eq!(of(Class::Success), theirs.requests - 25);
    assert_eq!(
        of(Class::Failed) + of(Class::Timeout) + of(Class::Expected),
        0
    );
    // Nothing goes out but what is planned: no second login by itself.
    assert_eq!(
        ours.by_class(Operation::Relogin, StageSet::All),
        [0; Class::ALL.len()]
    );
    assert_eq!(ours.started(StageSet::All), theirs.requests);
    // An account comes due each second, so it misses as many arrivals as it waits seconds, or one more or less.
    let waited = told_to_wait(&ours);
    let expected = 25 * refusal.wait.min(5);
    assert!(
        waited.abs_diff(expected) <= 25,
        "{waited} against {expected}"
    );
    assert_eq!(ours.started(StageSet::All) + waited, 150);
    // A refusal is quick, and is no login: only successes are in its latency.
    let felt = ours.latency(Operation::Login, StageSet::All, Latency::Felt);
    assert_eq!(felt.count(), of(Class::Success));
}

#[test]
fn a_429_is_obeyed_for_as_long_as_its_header_says() {
    obeys(Refusal {
        status: 429,
        retry_after: Some(After::Seconds),
        code: 0,
        wait: 2,
    });
}

#[test]
fn a_429_is_obeyed_until_the_date_in_its_header() {
    obeys(Refusal {
        status: 429,
        retry_after: Some(After::Date),
        code: 0,
        wait: 3,
    });
}

#[test]
fn a_503_is_obeyed_until_the_date_in_its_header() {
    obeys(Refusal {
        status: 503,
        retry_after: Some(After::Date),
        code: 0,
        wait: 2,
    });
}

#[test]
fn a_503_is_obeyed_for_as_long_as_its_header_says() {
    obeys(Refusal {
        status: 503,
        retry_after: Some(After::Seconds),
        code: 70500,
        wait: 1,
    });
}

#[test]
fn a_frequency_code_without_a_header_is_obeyed_for_the_documented_time() {
    // 72010 names no time: the account stays away for the rest of this run.
    obeys(Refusal {
        status: 200,
        retry_after: None,
        code: 72010,
        wait: 10,
    });
}
