//! A target that is too busy for those who want news, or come back: they wait as long as it says.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use parking_lot::Mutex;
use serde_json::{Value, json};
use trtc_load::clock::Clock;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::{Class, Operation};

use crate::throttle::{played_against, told_to_wait};

/// A service that takes every login up to `logins` of an account, and turns away each session's first request for news.
#[derive(Clone)]
struct Gate {
    logins: u64,
    returns: bool,
    clock: Clock,
    books: Arc<Mutex<GateBooks>>,
}

#[derive(Debug, Default)]
struct GateBooks {
    /// Logins of each account, refused ones among them.
    logins: HashMap<String, u64>,
    /// When each session was turned away, in microseconds.
    turned_away: HashMap<String, u64>,
    /// Requests of such a session before its wait was over.
    too_early: u64,
}

/// What a gate asks those to wait whom it turns away, in seconds.
const GATE_WAIT: u64 = 2;

impl Gate {
    fn busy() -> Response {
        let wait = [(RETRY_AFTER, GATE_WAIT.to_string())];
        (StatusCode::TOO_MANY_REQUESTS, wait).into_response()
    }

    /// Notes whether a session that was told to wait comes too early.
    fn came(&self, headers: &HeaderMap) -> Option<u64> {
        let now = self.clock.now().0;
        let mut books = self.books.lock();
        let at = books.turned_away.get(&token(headers)).copied();
        books.too_early += u64::from(at.is_some_and(|at| now < at + GATE_WAIT * 1_000_000));
        at
    }

    /// Whether a session is turned away: the first time.
    fn turns_away(&self, headers: &HeaderMap) -> bool {
        if self.came(headers).is_some() {
            return false;
        }
        let now = self.clock.now().0;
        self.books.lock().turned_away.insert(token(headers), now);
        true
    }

    async fn login(State(gate): State<Self>, Json(body): Json<Value>) -> Response {
        let user = body["user_id"].as_str().unwrap_or_default().to_owned();
        let mut books = gate.books.lock();
        let logins = books.logins.entry(user.clone()).or_default();
        *logins += 1;
        if *logins > gate.logins {
            return Self::busy();
        }
        let token = format!("{user}-{logins}");
        Json(json!({"code": 0, "token": token, "user_id": user})).into_response()
    }

    async fn reconnect(State(gate): State<Self>, headers: HeaderMap) -> Response {
        gate.came(&headers);
        if gate.returns {
            Json(json!({"code": 0})).into_response()
        } else {
            Self::busy()
        }
    }

    async fn events(
        State(gate): State<Self>,
        headers: HeaderMap,
        socket: WebSocketUpgrade,
    ) -> Response {
        if gate.returns && gate.turns_away(&headers) {
            return Self::busy();
        }
        socket.on_upgrade(async |mut socket| while let Some(Ok(_)) = socket.recv().await {})
    }

    async fn status(State(gate): State<Self>, headers: HeaderMap) -> Response {
        if gate.turns_away(&headers) {
            return Self::busy();
        }
        Json(json!({"code": 0, "event": "none"})).into_response()
    }

    fn played(&self, profile: &str) -> (Recording, GateBooks) {
        let routes = Router::new()
            .route("/v1/login", post(Self::login))
            .route("/v1/reconnect", post(Self::reconnect))
            .route("/v1/events", get(Self::events))
            .route("/v1/status", get(Self::status))
            .with_state(self.clone());
        let ours = played_against(routes, profile);
        (ours, std::mem::take(&mut *self.books.lock()))
    }
}

fn token(headers: &HeaderMap) -> String {
    let bearer = headers.get(AUTHORIZATION).map(HeaderValue::as_bytes);
    String::from_utf8_lossy(bearer.unwrap_or_default()).into_owned()
}

/// A gate that lets everybody in, and turns away whoever first asks for news.
fn turns_channels_away() -> Gate {
    Gate {
        logins: u64::MAX,
        returns: true,
        clock: Clock::start(),
        books: Arc::default(),
    }
}

fn of(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

/// Where news comes from in `dialect`, which `operation` asks for.
fn a_channel_waits(dialect: &str, operation: Operation) {
    // Long enough to come back once.
    let (ours, theirs) = turns_channels_away().played(&format!(
        "[target]\nurl = \"http://127.0.0.1:1\"\ndialect = \"{dialect}\"\n[population]\naccounts = 1000\n\
         [[scenarios]]\nname = \"login\"\ndwell = \"4s\"\nself_info = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 25\nspacing = \"even\"\n"
    ));
    assert_eq!(ours.started(StageSet::All), 25);
    assert_eq!(theirs.turned_away.len(), 25);
    assert_eq!(theirs.too_early, 0, "{theirs:?}");
    assert_eq!(of(&ours, operation, Class::Throttled), 25);
    assert!(of(&ours, operation, Class::Success) >= 25, "they came back");
    assert_eq!(of(&ours, Operation::Reconnect, Class::Success), 25);
    assert_eq!(theirs.logins.values().sum::<u64>(), 25);
}

/// Every account comes due each second, as for refused logins, and every session is turned away once.
fn accounts_wait(dialect: &str, operation: Operation) {
    let (ours, theirs) = turns_channels_away().played(&format!(
        "[target]\nurl = \"http://127.0.0.1:1\"\ndialect = \"{dialect}\"\n[population]\naccounts = 25\n\
         [[scenarios]]\nname = \"login\"\ndwell = \"100ms\"\nself_info = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"6s\"\nrate = 25\nspacing = \"even\"\n"
    ));
    let started = ours.started(StageSet::All);
    let waited = told_to_wait(&ours);
    assert_eq!(started + waited, 150);
    assert_eq!(of(&ours, operation, Class::Throttled), started);
    assert_eq!(theirs.logins.values().sum::<u64>(), started);
    // Each comes in its first, fourth and perhaps not before its seventh second; or one later.
    assert!((50..=75).contains(&started), "{started} started");
}

#[test]
fn a_web_socket_that_is_told_to_wait_is_opened_no_sooner() {
    a_channel_waits("session", Operation::Push);
}

#[test]
fn a_device_whose_poll_is_told_to_wait_asks_again_no_sooner() {
    a_channel_waits("session-status", Operation::Status);
}

#[test]
fn an_account_whose_web_socket_is_told_to_wait_comes_no_sooner() {
    accounts_wait("session", Operation::Push);
}

#[test]
fn an_account_whose_poll_is_told_to_wait_comes_no_sooner() {
    accounts_wait("session-status", Operation::Status);
}

#[test]
fn a_target_too_busy_to_tell_of_a_kick_breaks_no_rule_and_gets_no_second_login() {
    // The person's login and the rival's are taken; then the way back and the login after it are not.
    let gate = Gate {
        logins: 2,
        returns: false,
        clock: Clock::start(),
        books: Arc::default(),
    };
    let (ours, theirs) = gate.played(
        "[target]\nurl = \"http://127.0.0.1:1\"\nkicked_while_away = \"on_login\"\n[population]\naccounts = 1000\n\
         platforms = { web = 1, iphone = 1 }\n\
         [[scenarios]]\nname = \"reconnect\"\nkicked_meanwhile = 1.0\ndwell = \"200ms\"\naway = \"400ms\"\n\
         reaction = \"200ms\"\nself_info = false\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 15\nspacing = \"even\"\n",
    );
    assert_eq!(ours.started(StageSet::All), 45);
    assert_eq!(of(&ours, Operation::Login, Class::Success), 90);
    assert_eq!(of(&ours, Operation::Reconnect, Class::Throttled), 45);
    assert_eq!(of(&ours, Operation::Relogin, Class::Throttled), 45);
    assert_eq!(theirs.logins.len(), 45);
    assert!(
        theirs.logins.values().all(|logins| *logins == 3),
        "{theirs:?}"
    );
}
