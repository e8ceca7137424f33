//! A service that answers a long poll without a body where there is nothing new: every notice is heard all the same.

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use trtc_load::recorder::{Recording, StageSet, Tally};
use trtc_load::session::{Class, Operation};

use crate::mock::APP;
use crate::program::Place;
use crate::turn;

const DIALECT: &str = r#"
version = 1
name = "quiet"
[operations.login]
method = "POST"
path = "/login"
body = '{"user":"{user_id}","device":"{device_id}"}'
take = { token = "/token" }
[operations.provoke]
as = "login"
[push]
kind = "long_poll"
path = "/events?since={cursor}"
first_cursor = "0"
headers = { Authorization = "{token}" }
limit = "5s"
cursor = "/next"
events = [{ pointer = "/event", equals = "kicked", means = "kicked" }]
"#;

/// Arrivals of a run: 40 a second for one.
const ALL: u64 = 40;

/// The service: who is online by which token, and whether it was kicked.
struct Desk {
    /// What it answers where there is nothing new.
    nothing: StatusCode,
    sessions: Mutex<HashMap<String, (String, bool)>>,
    quiet: AtomicU64,
    told: AtomicU64,
}

async fn login(State(desk): State<Arc<Desk>>, Json(asked): Json<Value>) -> Json<Value> {
    let user = asked["user"].as_str().unwrap_or_default().to_owned();
    let mut sessions = desk.sessions.lock().expect("no thread panicked");
    for (other, is_kicked) in sessions.values_mut() {
        *is_kicked |= *other == user;
    }
    let token = format!("t{}", sessions.len());
    sessions.insert(token.clone(), (user, false));
    Json(json!({ "token": token }))
}

/// Holds a poll for a tenth of a second, and tells of a kick once.
async fn events(
    State(desk): State<Arc<Desk>>,
    Query(asked): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let token = headers["authorization"]
        .to_str()
        .unwrap_or_default()
        .to_owned();
    // Nothing new moves nobody on.
    assert_eq!(asked["since"], "0");
    for _ in 0..10 {
        let is_kicked = {
            let mut sessions = desk.sessions.lock().expect("no thread panicked");
            sessions
                .get_mut(&token)
                .is_some_and(|(_, kicked)| std::mem::take(kicked))
        };
        if is_kicked {
            desk.told.fetch_add(1, Ordering::Relaxed);
            return Json(json!({ "event": "kicked", "next": "1" })).into_response();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    desk.quiet.fetch_add(1, Ordering::Relaxed);
    desk.nothing.into_response()
}

fn check(nothing: StatusCode, keys: &str) {
    let _turn = turn::shared();
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let desk = Arc::new(Desk {
        nothing,
        sessions: Mutex::default(),
        quiet: AtomicU64::new(0),
        told: AtomicU64::new(0),
    });
    let routes = Router::new()
        .route("/login", post(login))
        .route("/events", get(events))
        .with_state(desk.clone());
    // It ends with its runtime.
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let place = Place::new();
    let dialect = format!("{DIALECT}{keys}\n");
    fs::write(place.path().join("quiet.toml"), dialect).expect("the folder is writable");
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n\
         [target]\nurl = \"http://{address}\"\ndialect = \"./quiet.toml\"\nnotice_limit = \"3s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 2000\n\
         [[scenarios]]\nname = \"kicked\"\ndwell = \"400ms\"\nrelogin = 0.0\nself_info = false\nlogout = 0\n\
         [[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = {ALL}\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &[]);
    runtime.shutdown_background();
    // How well the generator fared (exit 4) is not asked here.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let notices = ours.by_class(Operation::KickNotice, StageSet::All);
    let told = desk.told.load(Ordering::Relaxed);
    assert_eq!(notices[Class::Success.index()], ALL, "{}", ended.said());
    assert_eq!((told, notices.iter().sum::<u64>()), (ALL, ALL));
    // Each of them waited through several polls without a word.
    assert!(desk.quiet.load(Ordering::Relaxed) > 2 * ALL);
    let polls = ours.by_class(Operation::LongPoll, StageSet::All);
    assert!(polls[Class::Success.index()] > 2 * ALL, "{polls:?}");
    for class in [Class::Failed, Class::Timeout, Class::Throttled] {
        assert_eq!(polls[class.index()], 0, "{class:?}: {}", ended.said());
    }
    for tally in [Tally::NoticeLost, Tally::ChannelGivenUp] {
        let count = ours.counts().tallies.get(&tally).copied();
        assert_eq!(count.unwrap_or(0), 0, "{tally:?}");
    }
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
}

#[test]
fn a_long_poll_that_is_answered_204_is_asked_again_and_hears_its_notice() {
    check(StatusCode::NO_CONTENT, "");
}

#[test]
fn a_long_poll_that_is_answered_with_an_empty_200_is_asked_again_and_hears_its_notice() {
    check(StatusCode::OK, "");
}

#[test]
fn a_long_poll_that_is_answered_304_is_asked_again_where_the_dialect_says_so() {
    check(StatusCode::NOT_MODIFIED, "nothing_new = [204, 304]");
}
