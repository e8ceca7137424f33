//! The shipped profiles as they are shipped: each is run by its name, beside the very program that its first lines name, and
//! what was counted on both sides agrees.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::ChildStdin;
use std::process::ChildStdout;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use crate::program::Place;
use crate::program::within;
use crate::turn;
use serde_json::Value;
use tempfile::TempDir;
use trtc_load::profile::shipped;
use trtc_load::recorder::Ended;
use trtc_load::recorder::Recording;
use trtc_load::recorder::StageSet;
use trtc_load::recorder::Tally;
use trtc_load::session::Class;
use trtc_load::session::Operation;

/// What a profile asks to be started beside it. It ends when this is dropped.
struct Beside {
    child: Child,
    leash: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// Where it says that it listens.
    url: String,
}

impl Beside {
    /// Starts `command` as the profile's first lines have it, with more arguments. None, said loudly, where what it needs
    /// is missing.
    fn start(profile: &str, command: &str, more: &[&str]) -> Option<Self> {
        assert!(first_lines(profile).contains(command), "{profile}");
        let mut words = command.split(' ');
        let script = words.next().unwrap_or(command);
        let mut child = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
            .args(words)
            .args(more)
            .env_remove("TRTC_LOAD_KEY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a script of this repository starts");
        let leash = child.stdin.take();
        let mut stdout = BufReader::new(child.stdout.take().expect("its output is a pipe"));
        let mut line = String::new();
        // What it installs bounds its own waits.
        let _ = stdout.read_line(&mut line);
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let beside = Self {
            child,
            leash,
            stdout,
            url: url.clone().unwrap_or_default(),
        };
        if url.is_none() {
            crate::skip::skipped(&format!("profile {profile}: {command} does not start here"));
            return None;
        }
        Some(beside)
    }

    /// Ends it, and gives what it says at its end.
    fn last_words(mut self) -> String {
        self.leash = None;
        let mut said = String::new();
        self.stdout
            .read_to_string(&mut said)
            .expect("it speaks in text");
        said
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.leash = None;
        let ended = within(Duration::from_secs(10), || {
            self.child.try_wait().ok().flatten()
        });
        if ended.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The comment that a shipped profile begins with.
fn first_lines(profile: &str) -> String {
    let text = shipped(profile).unwrap_or_else(|| panic!("{profile} is shipped"));
    let comment = text.lines().take_while(|line| line.starts_with('#'));
    comment.collect::<Vec<_>>().join("\n")
}

/// Runs the shipped profile to its end: nothing failed, no rule was broken, and every budget had its samples. How fast a
/// busy machine was (exit 4) is not asked.
fn ran(profile: &str, arguments: &[&str]) -> Recording {
    let place = Place::new();
    let run = ["--profile", profile, "--out", "runs", "--quiet"];
    let ended = place.run(&[&run, arguments].concat());
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let folder = place.run_folder();
    let ours = Recording::read(&folder).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed, "{}", ended.said());
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    for operation in Operation::ALL {
        let failed = of_class(&ours, operation, Class::Failed);
        assert_eq!(failed, 0, "{operation}: {}", ended.said());
    }
    let summary = fs::read_to_string(folder.join("summary.json")).expect("the run has a summary");
    let summary: Value = serde_json::from_str(&summary).expect("the summary is JSON");
    let budgets = summary["budgets"].as_array().expect("budgets are a list");
    assert!(!budgets.is_empty());
    for budget in budgets {
        let [samples, needed] = ["samples", "needed"].map(|name| budget[name].as_u64());
        assert!(samples.is_some() && samples >= needed, "{budget}");
    }
    ours
}

fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

fn attempts(ours: &Recording, operation: Operation) -> u64 {
    let exchange = ours.counts().exchanges.get(&operation);
    exchange.map_or(0, |exchange| exchange.attempts)
}

/// The JSON document at `url`.
fn fetched(url: &str) -> BTreeMap<String, u64> {
    let (address, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an address and a path");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .and_then(|()| stream.write_all(request.as_bytes()))
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("it answers in text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).expect("the books are JSON")
}

#[test]
fn the_profiles_that_need_nothing_run_as_they_are() {
    for (profile, wanted) in [
        ("reconnect", Operation::Reconnect),
        ("tencent-rest", Operation::Status),
        ("devices", Operation::KickNotice),
    ] {
        let _turn = turn::shared();
        assert!(first_lines(profile).contains("Needs nothing"), "{profile}");
        let ours = ran(profile, &[]);
        assert!(of_class(&ours, wanted, Class::Success) > 0, "{profile}");
    }
}

/// A profile's `usersig.url` stands in the file alone, so this takes the port that it names.
#[test]
fn usersig_server_runs_beside_the_server_that_it_names_and_both_count_the_same() {
    const PORT: u16 = 9101;
    let _turn = turn::shared();
    let free = TcpListener::bind(("127.0.0.1", PORT));
    drop(free.unwrap_or_else(|fault| {
        panic!("port {PORT}, which profiles/usersig-server.toml names, is taken: {fault}")
    }));
    let command = "tests/usersig_servers/start.sh --python";
    let Some(server) = Beside::start("usersig-server", command, &[]) else {
        return;
    };
    assert_eq!(server.url, format!("http://127.0.0.1:{PORT}"));
    let ours = ran("usersig-server", &[]);
    let theirs = fetched(&format!("{}/stats", server.url));
    let asked = attempts(&ours, Operation::Usersig);
    assert!(asked > 1_000, "{asked} UserSigs were asked for");
    assert_eq!((theirs["requests"], theirs["right"]), (asked, asked));
    let right = ours.counts().tallies.get(&Tally::UsersigRight).copied();
    assert_eq!(right, Some(asked));
}

#[test]
fn webhook_storm_runs_beside_the_receiver_that_it_names_and_both_count_the_same() {
    let _turn = turn::shared();
    let command = "tests/webhook/receiver.py";
    let Some(receiver) = Beside::start("webhook-storm", command, &["--port", "0"]) else {
        return;
    };
    let ours = ran("webhook-storm", &["--target", &receiver.url.clone()]);
    let heard: BTreeMap<String, u64> =
        serde_json::from_str(&receiver.last_words()).expect("what it heard is JSON");
    let told = attempts(&ours, Operation::Callback);
    assert!(told > 5_000, "{told} callbacks were sent");
    assert_eq!(heard["all"], told, "{heard:?}");
    let as_documented = [
        "Login/Register",
        "Disconnect/LinkClose",
        "Logout/Unregister",
    ];
    let known: u64 = as_documented.iter().map(|kind| heard[*kind]).sum();
    assert_eq!(known, told, "nothing else was told: {heard:?}");
}

#[test]
fn tls_storm_runs_beside_the_gateway_that_it_names_and_both_count_the_same() {
    let _turn = turn::shared();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let port = free.expect("a free port").port().to_string();
    let folder = TempDir::new().expect("a temporary folder can be made");
    let dir = folder.path().display().to_string();
    let more = ["--port", &port, "--dir", &dir];
    let Some(nginx) = Beside::start("tls-storm", "tests/nginx/start.sh", &more) else {
        return;
    };
    let ours = ran("tls-storm", &["--target", &nginx.url.clone()]);
    let counted = |operation| attempts(&ours, operation);
    let paths = [
        ("/v1/login", counted(Operation::Login)),
        ("/v1/reconnect", counted(Operation::Reconnect)),
        ("/v1/logout", counted(Operation::Logout)),
    ];
    let all: u64 = paths.iter().map(|(_, count)| count).sum();
    let log = || fs::read_to_string(folder.path().join("access.log")).unwrap_or_default();
    // A line is written when its answer has gone.
    let written = within(Duration::from_secs(10), || {
        (log().lines().count() as u64 >= all).then_some(())
    });
    assert!(written.is_some(), "{all} requests are logged");
    let text = log();
    let logged = |path: &str| text.lines().filter(|line| line.ends_with(path)).count() as u64;
    for (path, count) in paths {
        assert_eq!(logged(path), count, "{path}");
    }
    assert_eq!(text.lines().count() as u64, all);
    assert!(paths[0].1 > 3_500 && paths[1].1 > 500, "{paths:?}");
}
