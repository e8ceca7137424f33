//! A UserSig server that stops issuing in the middle of a run: from there on nobody logs in, and the run is broken.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::{fs, thread};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use trtc_load::clock::unix_now;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::{Class, Operation};
use trtc_load::usersig::{Key, SdkAppId, UserId, sign};

use crate::mock::{APP, Mock};
use crate::program::{Ended, KEY, Place};
use crate::turn;
use crate::usersig_servers::{LOGIN, of_class};

/// UserSigs that it issues before it stops.
const ISSUED: u64 = 60;

/// Arrivals of a run: 50 a second for 3 s.
const ARRIVALS: u64 = 150;

/// How it stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stops {
    /// It is gone, and takes its connections with it.
    Dies,
    /// It answers 500.
    Fails,
    /// It answers with a code that is none of success.
    Refuses,
    /// A page stands before it.
    ShowsAPage,
    /// It answers yes, and leaves the UserSig out.
    LeavesItOut,
}

#[derive(Clone)]
struct Desk {
    stops: Stops,
    asked: Arc<AtomicU64>,
    /// Ends the server.
    end: mpsc::Sender<()>,
}

async fn issue(State(desk): State<Desk>, Json(asked): Json<Value>) -> Response {
    if desk.asked.fetch_add(1, Ordering::Relaxed) < ISSUED {
        let user = UserId::new(asked["userId"].as_str().unwrap_or_default()).expect("a UserID");
        let sig = sign(SdkAppId(APP), &user, &Key::new(KEY), unix_now(), 86_400);
        return Json(json!({"code": 0, "data": {"userSig": sig}})).into_response();
    }
    match desk.stops {
        Stops::Dies => {
            // Whoever comes second finds nobody to tell.
            let _ = desk.end.send(());
            pending().await
        }
        Stops::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Stops::Refuses => Json(json!({"code": 1, "message": "no"})).into_response(),
        Stops::ShowsAPage => Html("<html><body>Back soon</body></html>").into_response(),
        Stops::LeavesItOut => Json(json!({"code": 0, "data": {}})).into_response(),
    }
}

/// Plays `LOGIN` with one budget, on `login`, against a server that stops so.
fn nobody_logs_in_without_one(stops: Stops) {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms"]);
    let (end, ended) = mpsc::channel();
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let desk = Desk {
        stops,
        asked: Arc::default(),
        end: end.clone(),
    };
    let routes = Router::new()
        .route("/usersig", post(issue))
        .with_state(desk);
    runtime.spawn(async move { axum::serve(listener, routes).await });
    let undertaker = thread::spawn(move || {
        let _ = ended.recv();
        runtime.shutdown_background();
    });
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 11\nbudgets = [\"login p50 < 4s\"]\n[target]\nurl = \"mock\"\n\
         [usersig]\nurl = \"http://{address}\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 2000\n{LOGIN}\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 50\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    let _ = end.send(());
    undertaker.join().expect("it only waits");

    // Every login that went out was quick: a budget on them alone would be kept.
    assert!(is_broken(&ended), "{}", ended.said());
    assert_eq!(broken_budgets(&place), ["usersig errors < 1%"]);
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.started(StageSet::All), ARRIVALS);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    let ok = |operation| of_class(&ours, operation, Class::Success);
    let all = |operation| ours.by_class(operation, StageSet::All).iter().sum::<u64>();
    let taken = ok(Operation::Usersig);
    // One that dies may take answers with it that were on their way.
    let is_right = if stops == Stops::Dies {
        (1..=ISSUED).contains(&taken)
    } else {
        taken == ISSUED
    };
    assert!(is_right, "{taken} of {ISSUED} were taken");
    let books = mock.books();
    assert_eq!(books.login.attempts, taken);
    assert_eq!(books.login.successes, taken);
    assert_eq!(
        (all(Operation::Login), ok(Operation::Login)),
        (taken, taken)
    );
    assert_eq!(all(Operation::Relogin), 0, "nobody logs in by itself");
    for operation in [Operation::Usersig, Operation::SignIn] {
        assert_eq!(all(operation), ARRIVALS, "{operation}");
        assert_eq!(ok(operation), taken, "{operation}");
        let failed = of_class(&ours, operation, Class::Failed);
        assert_eq!(failed, ARRIVALS - taken, "{operation}");
    }
}

/// Whether a run was broken: exit 1, unless this machine was too busy for it to prove anything.
fn is_broken(ended: &Ended) -> bool {
    ended.code == Some(1) || ended.code == Some(4) && ended.stdout.contains("the generator")
}

/// The sentences of the budgets that were broken.
fn broken_budgets(place: &Place) -> Vec<String> {
    let summary = fs::read(place.run_folder().join("summary.json")).expect("the run has a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("it is JSON");
    let budgets = summary["budgets"].as_array().expect("a list");
    let broken = budgets.iter().filter(|budget| budget["state"] == "broken");
    broken
        .map(|budget| budget["sentence"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn once_the_server_is_gone_no_login_goes_out_and_the_run_is_broken() {
    nobody_logs_in_without_one(Stops::Dies);
}

#[test]
fn once_the_server_fails_no_login_goes_out_and_the_run_is_broken() {
    nobody_logs_in_without_one(Stops::Fails);
}

#[test]
fn once_the_server_refuses_with_a_code_no_login_goes_out_and_the_run_is_broken() {
    nobody_logs_in_without_one(Stops::Refuses);
}

#[test]
fn once_a_page_stands_before_the_server_no_login_goes_out_and_the_run_is_broken() {
    nobody_logs_in_without_one(Stops::ShowsAPage);
}

#[test]
fn once_the_server_leaves_the_user_sig_out_no_login_goes_out_and_the_run_is_broken() {
    nobody_logs_in_without_one(Stops::LeavesItOut);
}
