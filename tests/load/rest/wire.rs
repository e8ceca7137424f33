//! The requests themselves, as they come over the wire, and what Tencent's own package says of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::post;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::runtime::Runtime;
use trtc_load::clock;

use crate::mock::APP;
use crate::program::{KEY, Place};
use crate::rest::{ACCOUNT, MANY, ONLINE, profile};
use crate::{skip, turn};

/// A request as it came over the wire.
#[derive(Clone, Debug)]
struct Heard {
    /// When, in seconds of 1970.
    at: u64,
    uri: Uri,
    body: String,
}

impl Heard {
    fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }

    /// The one value of a parameter.
    fn value(&self, name: &str) -> &str {
        let pairs = self.query().split('&');
        let mut values = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let value = values.next().unwrap_or_else(|| panic!("{name}: {self:?}"));
        assert_eq!(values.next(), None, "{name}: {self:?}");
        value
    }
}

/// A service that agrees to everything and remembers it.
struct Listener {
    url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    runtime: Runtime,
}

impl Listener {
    fn start() -> Self {
        let runtime = Runtime::new().expect("threads can be started");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let routes = Router::new()
            .fallback(post(hear))
            .with_state(Arc::clone(&heard));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self {
            url: format!("http://{address}"),
            heard,
            runtime,
        }
    }

    fn stop(self) -> Vec<Heard> {
        self.runtime.shutdown_background();
        self.heard.lock().clone()
    }
}

async fn hear(State(heard): State<Arc<Mutex<Vec<Heard>>>>, uri: Uri, body: String) -> &'static str {
    let at = clock::unix_now().0;
    heard.lock().push(Heard { at, uri, body });
    r#"{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ResultItem":[{"ResultCode":0,"AccountStatus":"Imported"}]}"#
}

/// The requests of 100 arrivals over 5 s, with UserSigs that are valid for 2 s, as they came over the wire.
fn wire(scenarios: &str, requests: usize) -> Vec<Heard> {
    let _turn = turn::shared();
    let listener = Listener::start();
    let place = Place::new();
    let target = ["--target", &listener.url.clone()];
    let ended = place.run_profile(&profile(scenarios, "", 20), &target);
    let heard = listener.stop();
    assert_eq!(heard.len(), requests, "{}", ended.said());
    heard
}

/// What a UserSig says, and whether the package makes the same of it.
#[derive(Debug, serde::Deserialize)]
struct Checked {
    time: u64,
    expire: u64,
    right: bool,
}

/// What Tencent's npm package makes of `queries`. None, said loudly, where it cannot be had.
fn checked_by_npm(queries: &[&str]) -> Option<Vec<Checked>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/usersig_servers/start.sh");
    let mut child = Command::new(script)
        .arg("--check")
        .env("TRTC_LOAD_KEY", KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a script of this repository starts");
    // Where it ends before it reads, there is no answer either.
    let mut stdin = child.stdin.take().expect("its input is a pipe");
    let written = stdin.write_all((queries.join("\n") + "\n").as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends with its input");
    if written.is_err() || !output.status.success() {
        skip::skipped("UserSigs by the official npm package: node or the package is missing");
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let read = |line| serde_json::from_str(line).expect("each line is JSON");
    Some(text.lines().map(read).collect())
}

#[test]
fn the_administrators_user_sigs_on_the_wire_are_those_that_the_official_package_makes() {
    let heard = wire(ACCOUNT, 400);
    let mut one_each: BTreeMap<&str, &Heard> = BTreeMap::new();
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for request in &heard {
        let sig = request.value("usersig");
        one_each.entry(sig).or_insert(request);
        last.insert(sig, request.at);
        let (app, admin) = (request.value("sdkappid"), request.value("identifier"));
        assert_eq!((app, admin), (APP.to_string().as_str(), "administrator"));
    }
    let queries: Vec<_> = one_each.values().map(|one| one.query()).collect();
    let Some(checked) = checked_by_npm(&queries) else {
        return;
    };
    assert_eq!(checked.len(), queries.len());
    assert!(
        checked.len() >= 3,
        "made anew in 5 s: {} times",
        checked.len()
    );
    for ((sig, first), found) in one_each.iter().zip(&checked) {
        assert!(found.right && found.expire == 2, "{found:?} {sig}");
        let end = found.time + found.expire;
        assert!(
            found.time <= first.at && last[sig] <= end,
            "{found:?} {last:?}"
        );
    }
    // The check can fail: a UserSig of another administrator is not right.
    let other = queries[0].replace("identifier=administrator", "identifier=somebody");
    let found = checked_by_npm(&[&other]).expect("it was there a moment ago");
    assert!(!found[0].right);
}

#[test]
fn no_two_requests_have_the_same_random_number_and_a_query_names_500_accounts() {
    let heard = wire(ONLINE, 100);
    let numbers: BTreeSet<u32> = heard
        .iter()
        .map(|request| request.value("random").parse().expect("32 bits"))
        .collect();
    assert_eq!(numbers.len(), heard.len());
    let population: BTreeSet<String> = (0..600).map(|n| format!("load_{n:03}")).collect();
    let queries = heard
        .iter()
        .filter(|request| request.uri.path().ends_with("/query_online_status"));
    let mut count = 0;
    for query in queries {
        let body: Value = serde_json::from_str(&query.body).expect("a body is JSON");
        let list = body["To_Account"].as_array().expect("a list");
        let names: BTreeSet<String> = list
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        assert_eq!((list.len(), names.len()), (500, 500));
        assert!(names.is_subset(&population));
        count += 1;
    }
    assert_eq!(count, 100);
}

#[test]
fn a_check_names_a_hundred_accounts_each_in_an_object_of_its_own() {
    let heard = wire(MANY, 200);
    let population: BTreeSet<String> = (0..600).map(|n| format!("load_{n:03}")).collect();
    for (command, list) in [
        ("/multiaccount_import", "AccountList"),
        ("/account_check", "CheckItem"),
    ] {
        let asked = heard.iter().filter(|one| one.uri.path().ends_with(command));
        let mut count = 0;
        for one in asked {
            let body: Value = serde_json::from_str(&one.body).expect("a body is JSON");
            let items = body[list].as_array().expect("a list");
            let names: BTreeSet<_> = items
                .iter()
                .filter_map(|item| item["UserID"].as_str().map(str::to_owned))
                .collect();
            assert_eq!((items.len(), names.len()), (100, 100), "{command}");
            assert!(names.is_subset(&population), "{command}");
            count += 1;
        }
        assert_eq!(count, 100, "{command}");
    }
}
