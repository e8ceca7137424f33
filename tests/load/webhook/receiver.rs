//! A webhook receiver with a memory: it checks each request whole, and what it has heard of each account before.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::Uri;
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use trtc_load::clock;

/// How far `RequestTime` may be off, in seconds. Source: Live's copy of the overview page.
const WINDOW: u64 = 60;

/// The acknowledgement.
const OK: &str = r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}"#;

/// What it heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Books {
    /// Requests by `Action/Reason`, and apart those that kicked.
    pub(crate) told: BTreeMap<&'static str, u64>,
    /// Requests that it slept over.
    pub(crate) slept: u64,
    /// Events that it had heard before.
    pub(crate) twice: u64,
    /// What was not as documented, at most a few.
    pub(crate) wrong: Vec<String>,
    heard: u64,
    accounts: HashMap<String, Account>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Account {
    online: bool,
    last: Option<(&'static str, u64)>,
}

/// A running receiver. It ends when this is dropped.
pub(crate) struct Receiver {
    pub(crate) url: String,
    books: Arc<Mutex<Books>>,
    runtime: Runtime,
}

#[derive(Clone)]
struct Desk {
    books: Arc<Mutex<Books>>,
    token: Option<&'static str>,
    slow: Option<u64>,
}

impl Receiver {
    /// Starts one on a free port. It expects signatures where it has a token, and sleeps over every `slow`th request.
    pub(crate) fn start(token: Option<&str>, slow: Option<u64>) -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let books = Arc::new(Mutex::new(Books::default()));
        let desk = Desk {
            books: books.clone(),
            token: token.map(|_| super::TOKEN),
            slow,
        };
        let routes = Router::new().fallback(post(take)).with_state(desk);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            url: format!("http://{address}"),
            books,
            runtime,
        }
    }

    /// Ends it, and gives its books.
    pub(crate) fn stop(self) -> Books {
        self.runtime.shutdown_background();
        self.books.lock().clone()
    }
}

async fn take(
    State(desk): State<Desk>,
    uri: Uri,
    RawQuery(query): RawQuery,
    body: String,
) -> String {
    let sleeps = {
        let mut books = desk.books.lock();
        books.heard += 1;
        if let Err(wrong) = books.hear(&desk, uri.path(), &query.unwrap_or_default(), &body)
            && books.wrong.len() < 5
        {
            books.wrong.push(format!("{wrong}: {uri} {body}"));
        }
        let sleeps = desk
            .slow
            .is_some_and(|every| books.heard.is_multiple_of(every));
        books.slept += u64::from(sleeps);
        sleeps
    };
    if sleeps {
        tokio::time::sleep(Duration::from_secs(3)).await;
    }
    OK.to_owned()
}

impl Books {
    fn hear(&mut self, desk: &Desk, path: &str, query: &str, body: &str) -> Result<(), String> {
        if path != "/im/callback" {
            return Err("another path".into());
        }
        check_query(query, desk.token)?;
        let event = read(body)?;
        let account = self.accounts.entry(event.account.clone()).or_default();
        let what = match (event.what, event.kicked) {
            ("Login/Register", true) => "Login/Register and KickedDevice",
            (what, false) => what,
            (_, true) => return Err("a device was kicked by no login".into()),
        };
        *self.told.entry(what).or_default() += 1;
        if account.last == Some((what, event.time)) {
            self.twice += 1;
            return Ok(());
        }
        if account.last.is_some_and(|(_, last)| event.time < last) {
            return Err("an event is older than the one before it".into());
        }
        // An old SDK's kick is told twice, with one time: the newcomer's login, then the victim's logout.
        let is_of_kick = account
            .last
            .is_some_and(|(last, time)| last.ends_with("KickedDevice") && time == event.time);
        account.last = Some((what, event.time));
        match (what, account.online) {
            ("Login/Register", false) => account.online = true,
            ("Login/Register and KickedDevice", true) => {}
            ("Logout/Unregister", true) if is_of_kick => {}
            ("Logout/Unregister" | "Disconnect/LinkClose" | "Disconnect/TimeOut", true) => {
                account.online = false
            }
            (_, online) => return Err(format!("out of order: online was {online}")),
        }
        Ok(())
    }
}

struct Heard {
    account: String,
    what: &'static str,
    kicked: bool,
    time: u64,
}

/// The query, parameter by parameter in the documented order.
fn check_query(query: &str, token: Option<&str>) -> Result<(), String> {
    let pairs: Vec<(&str, &str)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
    let mut expected = vec![
        "SdkAppid",
        "CallbackCommand",
        "contenttype",
        "ClientIP",
        "OptPlatform",
    ];
    if token.is_some() {
        expected.extend(["Sign", "RequestTime"]);
    }
    if names != expected {
        return Err(format!("parameters {names:?}"));
    }
    let value = |name: &str| {
        pairs
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| *value)
    };
    let platforms = ["Web", "Android", "IOS", "Windows", "Mac", "iPad"];
    if value("SdkAppid") != "1400000001"
        || value("CallbackCommand") != "State.StateChange"
        || value("contenttype") != "json"
        || value("ClientIP").parse::<std::net::Ipv4Addr>().is_err()
        || !platforms.contains(&value("OptPlatform"))
    {
        return Err("a parameter's value".into());
    }
    let Some(token) = token else {
        return Ok(());
    };
    let time = value("RequestTime");
    let digest = Sha256::digest(format!("{token}{time}"));
    let sign: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let off = time
        .parse::<u64>()
        .map_or(u64::MAX, |time| time.abs_diff(clock::unix_now().0));
    if sign != value("Sign") || off > WINDOW {
        return Err("Sign or RequestTime".into());
    }
    Ok(())
}

/// The body, member by member in the documented order and types.
fn read(body: &str) -> Result<Heard, String> {
    let document: Value = serde_json::from_str(body).map_err(|fault| fault.to_string())?;
    let kicked = document.get("KickedDevice");
    let mut members = vec![
        "CallbackCommand",
        "EventTime",
        "Info",
        "Action",
        "To_Account",
        "Reason",
    ];
    if kicked.is_some() {
        members.extend(["KickedDevice", "Platform"]);
    }
    let written: Vec<&str> = body
        .split('"')
        .collect::<Vec<_>>()
        .windows(2)
        .filter(|pair| pair[1].starts_with(':'))
        .map(|pair| pair[0])
        .collect();
    if written != members {
        return Err(format!("members {written:?}"));
    }
    if let Some(kicked) = kicked {
        let platform = kicked[0]["Platform"].as_str().unwrap_or_default();
        let known = ["iOS", "Android", "Web", "Windows", "iPad", "Mac", "Linux"];
        if kicked.as_array().map(Vec::len) != Some(1) || !known.contains(&platform) {
            return Err("KickedDevice".into());
        }
    }
    let info = &document["Info"];
    let what = match (info["Action"].as_str(), info["Reason"].as_str()) {
        (Some("Login"), Some("Register")) => "Login/Register",
        (Some("Logout"), Some("Unregister")) => "Logout/Unregister",
        (Some("Disconnect"), Some("LinkClose")) => "Disconnect/LinkClose",
        (Some("Disconnect"), Some("TimeOut")) => "Disconnect/TimeOut",
        other => return Err(format!("action and reason {other:?}")),
    };
    let time = document["EventTime"].as_u64().ok_or("EventTime")?;
    let now = clock::unix_millis();
    if document["CallbackCommand"] != "State.StateChange" || time > now || now - time > 60_000 {
        return Err("CallbackCommand or EventTime".into());
    }
    Ok(Heard {
        account: info["To_Account"].as_str().ok_or("To_Account")?.to_owned(),
        what,
        kicked: kicked.is_some(),
        time,
    })
}
