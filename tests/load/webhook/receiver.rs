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
    /// Logins that kicked, by how many.
    pub(crate) victims: BTreeMap<usize, u64>,
    /// Logins that kicked a device of another platform.
    pub(crate) crossed: u64,
    /// Statuses that were set.
    pub(crate) statuses: BTreeMap<String, u64>,
    /// Requests that it slept over.
    pub(crate) slept: u64,
    /// Events that it had heard before.
    pub(crate) twice: u64,
    /// What was not as documented, at most a few.
    pub(crate) wrong: Vec<String>,
    heard: u64,
    accounts: HashMap<String, Account>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Account {
    /// The platforms of its sessions.
    online: Vec<String>,
    last: Option<(&'static str, u64, String)>,
    /// Victims that an older SDK has still to tell the logout of.
    kicked: Vec<String>,
}

impl Account {
    /// Takes a session of that platform away. Whether there was one.
    fn loses(&mut self, platform: &str) -> bool {
        let found = self.online.iter().position(|one| one == platform);
        found.map(|place| self.online.remove(place)).is_some()
    }
}

/// Whether no two devices of these platforms are online together by the documents' default, the dual-platform policy.
fn exclude_each_other(one: &str, other: &str) -> bool {
    (one == "Web") == (other == "Web")
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
        let platform = check_query(query, desk.token)?;
        let event = read(body)?;
        let account = self.accounts.entry(event.account.clone()).or_default();
        let what = match (event.what, event.kicked.is_empty()) {
            ("Login/Register", false) => "Login/Register and KickedDevice",
            (what, true) => what,
            (_, false) => return Err("a device was kicked by no login".into()),
        };
        *self.told.entry(what).or_default() += 1;
        let this = (what, event.time, platform.clone());
        if account.last.as_ref() == Some(&this) {
            self.twice += 1;
            return Ok(());
        }
        let before = account.last.replace(this).map_or(0, |(_, time, _)| time);
        if event.time < before {
            return Err("an event is older than the one before it".into());
        }
        let is_right = match what {
            "Login/Register" => {
                account.online.push(platform);
                true
            }
            "Login/Register and KickedDevice" => {
                *self.victims.entry(event.kicked.len()).or_default() += 1;
                self.crossed += u64::from(event.kicked.iter().any(|one| *one != platform));
                let all_were_there = event.kicked.iter().all(|one| account.loses(one));
                let all_had_to_go = event
                    .kicked
                    .iter()
                    .all(|one| exclude_each_other(one, &platform));
                // Whoever could not stay beside the newcomer is named: a list that is cut short leaves somebody.
                let nobody_is_left = !account
                    .online
                    .iter()
                    .any(|one| exclude_each_other(one, &platform));
                account.kicked.extend(event.kicked);
                account.online.push(platform);
                all_were_there && all_had_to_go && nobody_is_left
            }
            "CustomStatusChange/SetCustomStatus" => {
                let status = event.status.ok_or("CustomStatus")?;
                *self.statuses.entry(status).or_default() += 1;
                account.online.contains(&platform)
            }
            // An old SDK's kick is told again, with one time: the newcomer's login, then each victim's logout.
            "Logout/Unregister" if event.time == before && account.kicked.contains(&platform) => {
                let place = account.kicked.iter().position(|one| *one == platform);
                place.map(|place| account.kicked.remove(place)).is_some()
            }
            "Logout/Unregister" | "Disconnect/LinkClose" | "Disconnect/TimeOut" => {
                account.loses(&platform)
            }
            _ => false,
        };
        if is_right {
            return Ok(());
        }
        Err(format!("out of order: online were {:?}", account.online))
    }
}

struct Heard {
    account: String,
    what: &'static str,
    /// Platforms, as the body names them.
    kicked: Vec<String>,
    status: Option<String>,
    time: u64,
}

/// The query, parameter by parameter in the documented order. Gives the platform, as a body names it.
fn check_query(query: &str, token: Option<&str>) -> Result<String, String> {
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
    let platform = value("OptPlatform").replace("IOS", "iOS");
    let Some(token) = token else {
        return Ok(platform);
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
    Ok(platform)
}

/// The body, member by member in the documented order and types.
fn read(body: &str) -> Result<Heard, String> {
    let document: Value = serde_json::from_str(body).map_err(|fault| fault.to_string())?;
    let kicked = document.get("KickedDevice").and_then(Value::as_array);
    let status = document["Info"].get("CustomStatus");
    let mut members = vec![
        "CallbackCommand",
        "EventTime",
        "Info",
        "Action",
        "To_Account",
        "Reason",
    ];
    members.extend(status.map(|_| "CustomStatus"));
    if let Some(kicked) = kicked {
        members.push("KickedDevice");
        members.extend(kicked.iter().map(|_| "Platform"));
    }
    // An escaped quote ends no text.
    let plain = body.replace("\\\"", "");
    let written: Vec<&str> = plain
        .split('"')
        .collect::<Vec<_>>()
        .windows(2)
        .filter(|pair| pair[1].starts_with(':'))
        .map(|pair| pair[0])
        .collect();
    if written != members {
        return Err(format!("members {written:?}"));
    }
    let name = |one: &Value| one["Platform"].as_str().unwrap_or_default().to_owned();
    let victims: Vec<String> = kicked.into_iter().flatten().map(name).collect();
    let known = ["iOS", "Android", "Web", "Windows", "iPad", "Mac", "Linux"];
    let are_known = victims.iter().all(|one| known.contains(&one.as_str()));
    if !are_known || (kicked.is_some() && victims.is_empty()) {
        return Err("KickedDevice".into());
    }
    let info = &document["Info"];
    let what = match (info["Action"].as_str(), info["Reason"].as_str()) {
        (Some("Login"), Some("Register")) => "Login/Register",
        (Some("CustomStatusChange"), Some("SetCustomStatus")) => {
            "CustomStatusChange/SetCustomStatus"
        }
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
        kicked: victims,
        status: status.and_then(Value::as_str).map(str::to_owned),
        time,
    })
}
