//! Bugs that were seen once, each with a test named after what went wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use trtc_load::recorder::{Recording, Tally};
use trtc_load::session::Operation;

/// 200 arrivals of one scenario in 4 s; `more` belongs to the scenario, `budgets` to the profile.
fn profile(kind: &str, more: &str, budgets: &str) -> String {
    format!(
        r#"
version = 1
seed = 3
budgets = [{budgets}]
[target]
url = "http://127.0.0.1:1"
dialect = "session"
timeout = "2s"
notice_limit = "1s"
[[apps]]
sdk_app_id = {APP}
key = {{ env = "TRTC_LOAD_KEY" }}
[population]
accounts = 5000
prefix = "r_"
[[scenarios]]
name = "{kind}"
weight = 1
dwell = "300ms"
{more}
[[stages]]
name = "peak"
for = "4s"
rate = 50
spacing = "even"
"#
    )
}

/// A target that says yes to everything, until `word` comes over its push channel right after it opens.
struct Fake {
    url: String,
    logins: Arc<AtomicU64>,
    runtime: tokio::runtime::Runtime,
}

#[derive(Clone)]
struct Manner {
    logins: Arc<AtomicU64>,
    /// Sent on each push channel as it opens.
    word: Option<&'static str>,
    /// Who it says has logged in, where that is not who did.
    says: Option<&'static str>,
    channel: StatusCode,
}

impl Fake {
    fn start(word: Option<&'static str>, says: Option<&'static str>, channel: StatusCode) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let logins = Arc::new(AtomicU64::new(0));
        let manner = Manner {
            logins: logins.clone(),
            word,
            says,
            channel,
        };
        let listening = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listening.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = Router::new()
            .route("/v1/login", post(login))
            .route("/text/v1/login", post(login_by_text))
            .route("/v1/events", get(events))
            .with_state(manner);
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            url: format!("http://{address}"),
            logins,
            runtime,
        }
    }

    fn end(self) -> u64 {
        let logins = self.logins.load(Ordering::Relaxed);
        self.runtime.shutdown_background();
        logins
    }
}

async fn login(State(manner): State<Manner>, Json(asked): Json<Value>) -> Json<Value> {
    let nth = manner.logins.fetch_add(1, Ordering::Relaxed);
    let user_id = manner.says.map_or(asked["user_id"].clone(), Into::into);
    Json(json!({ "code": 0, "token": format!("t{nth}"), "user_id": user_id }))
}

/// The same, with its code as a text where a number is documented.
async fn login_by_text(manner: State<Manner>, asked: Json<Value>) -> Json<Value> {
    let Json(mut answer) = login(manner, asked).await;
    answer["code"] = json!("0");
    Json(answer)
}

async fn events(State(manner): State<Manner>, upgrade: WebSocketUpgrade) -> Response {
    if manner.channel != StatusCode::OK {
        return axum::response::IntoResponse::into_response(manner.channel);
    }
    upgrade.on_upgrade(move |socket| talk(socket, manner.word))
}

async fn talk(mut socket: WebSocket, word: Option<&'static str>) {
    if let Some(word) = word
        && socket.send(Message::text(word)).await.is_err()
    {
        return;
    }
    while let Some(Ok(_)) = socket.recv().await {}
}

/// A target without notices made the rival's next step late, and the run invalid instead of broken.
#[test]
fn a_kick_notice_that_never_comes_is_the_targets_fault_and_not_lag() {
    let _turn = turn::shared();
    // Three instances of each platform may be online together, so the rival's login ends nothing.
    let mock = Mock::start(&["--web-instances", "3", "--native-instances", "3"]);
    let place = Place::new();
    let budgets = r#""kick_notice errors < 5%", "login p95 < 500ms", "self_info p95 < 500ms""#;
    let text = profile("kicked", "reaction = \"100ms\"", budgets);
    let ended = place.run_profile(&text, &["--target", &mock.url()]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert_eq!(
        mock.books().kicks,
        0,
        "nobody was kicked, so nobody was told"
    );
    let recording = Recording::read(&place.run_folder()).expect("a recording");
    let lag = recording.lag(None, trtc_load::recorder::StageSet::All);
    // The notice's limit of 1 s would be in it.
    let largest = lag.quantile(0.99).expect("steps were sent");
    assert!(largest.as_secs_f64() < 0.5, "{largest}");
}

/// A target that said `user_sig_expired` after every login got a login for each, thousands a second.
#[test]
fn word_of_an_expired_user_sig_that_is_valid_breaks_a_rule_and_leads_to_no_login() {
    let _turn = turn::shared();
    let fake = Fake::start(
        Some(r#"{"event":"user_sig_expired"}"#),
        None,
        StatusCode::OK,
    );
    let place = Place::new();
    let text = profile("login", "self_info = false", "\"login p95 < 500ms\"");
    let ended = place.run_profile(&text, &["--target", &fake.url]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert_eq!(fake.end(), 200, "one login an arrival\n{}", ended.said());
    assert!(
        ended
            .stdout
            .contains("a notice came without a cause: 200 of 200 checks"),
        "{}",
        ended.said()
    );
}

/// The account in a login's answer was taken and never looked at.
#[test]
fn a_login_that_is_answered_with_another_account_breaks_a_rule() {
    let _turn = turn::shared();
    let fake = Fake::start(None, Some("somebody_else"), StatusCode::OK);
    let place = Place::new();
    let text = profile("login", "self_info = false", "\"login p95 < 500ms\"");
    let ended = place.run_profile(&text, &["--target", &fake.url]);
    fake.end();
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(
        ended
            .stdout
            .contains("self_info named another account than the one logged in: 200 of 200 checks"),
        "{}",
        ended.said()
    );
}

/// A code that was written as a text was taken for the number, and nobody was told.
#[test]
fn a_code_that_is_written_as_a_text_is_a_success_and_is_counted() {
    let _turn = turn::shared();
    let fake = Fake::start(None, None, StatusCode::OK);
    let place = Place::new();
    let dialect = r#"
        version = 1
        name = "text"
        like = "session"
        [operations.login]
        method = "POST"
        path = "/text/v1/login"
        headers = { Content-Type = "application/json" }
        body = '{"user_id":"{user_id}","user_sig":"{user_sig}"}'
        success = { status = 200, pointer = "/code", equals = 0 }
        take = { token = "/token" }
    "#;
    std::fs::write(place.path().join("text.toml"), dialect).expect("it is writable");
    let more = "self_info = false\npush = false";
    let text =
        profile("login", more, "\"login p95 < 500ms\"").replace("\"session\"", "\"text.toml\"");
    let ended = place.run_profile(&text, &["--target", &fake.url]);
    assert_eq!(fake.end(), 200, "{}", ended.said());
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let recording = Recording::read(&place.run_folder()).expect("a recording");
    let tallies = &recording.counts().tallies;
    assert_eq!(tallies.get(&Tally::CodeAsText), Some(&200), "{tallies:?}");
    let told = "codes written as text where a number is documented";
    assert!(ended.stdout.contains(told), "{}", ended.said());
}

/// A push channel that was refused left no trace: every login was fine and the run kept.
#[test]
fn a_refused_push_channel_is_a_failed_step_with_its_status() {
    let _turn = turn::shared();
    let fake = Fake::start(None, None, StatusCode::FORBIDDEN);
    let place = Place::new();
    let text = profile("login", "self_info = false", "\"push errors < 5%\"");
    let ended = place.run_profile(&text, &["--target", &fake.url]);
    fake.end();
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(ended.stdout.contains("HTTP 403"), "{}", ended.said());
    let recording = Recording::read(&place.run_folder()).expect("a recording");
    let pushes = recording.counts().exchanges.get(&Operation::Push);
    assert_eq!(
        pushes.map(|push| (push.attempts, push.answers)),
        Some((200, 200))
    );
}

/// Any refusal counted as the expected one, so a target that never looks at the expiry passed.
#[test]
fn a_refusal_for_another_reason_is_not_the_one_that_expired_expects() {
    let _turn = turn::shared();
    let mock = Mock::start(&["--always", "70003"]);
    let place = Place::new();
    let text = profile("expired", "", "\"login errors < 5%\"");
    let ended = place.run_profile(&text, &["--target", &mock.url()]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
}

/// A dialect file without an end was read until memory was gone, and a folder was called no profile.
#[test]
fn a_file_that_is_no_regular_file_is_refused_by_what_it_is() {
    let place = Place::new();
    let text = profile("login", "", "").replace("\"session\"", "\"/dev/zero\"");
    let ended = place.run_profile(&text, &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(ended.stderr.contains("no regular file"), "{}", ended.said());
    let ended = place.run(&["plan", "--profile", "."]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(ended.stderr.contains("folder"), "{}", ended.said());
}

/// A seed beyond TOML's whole numbers made a run that could not be read back.
#[test]
fn a_seed_that_the_resolved_profile_cannot_hold_is_refused() {
    let ended = Place::new().run(&[
        "plan",
        "--profile",
        "quick",
        "--seed",
        "9223372036854775808",
    ]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
}
