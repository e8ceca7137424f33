//! TLS against nginx: what it logged of connections and handshakes, and what we counted, agree to the unit.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::program::{Ended, Place, within};
use crate::turn;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use trtc_load::child::Supervised;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::{Class, Operation, Phase};

/// A running nginx. It ends when this is dropped.
struct Nginx {
    _child: Supervised,
    folder: TempDir,
    port: u16,
}

/// What nginx logged.
#[derive(Debug, PartialEq, Eq)]
struct Log {
    requests: u64,
    connections: u64,
    /// Connections whose first request says so.
    resumed: u64,
    /// Requests in HTTP/2.
    http2: u64,
}

impl Nginx {
    /// Starts one on a free port. None, said loudly, where it cannot be had.
    fn start() -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let folder = TempDir::new().expect("a temporary folder can be made");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nginx/start.sh");
        let mut command = Command::new(script);
        command
            .args(["--port", &port.to_string(), "--dir"])
            .arg(folder.path());
        let (child, mut stdout) = Supervised::start(&mut command, Duration::from_secs(10))
            .expect("a script of this repository starts");
        let mut line = String::new();
        let _ = stdout.read_line(&mut line);
        let nginx = Self {
            _child: child,
            folder,
            port,
        };
        if !line.starts_with("listening on ") {
            crate::skip::skipped("nginx with openssl is missing: install nginx-light");
            return None;
        }
        Some(nginx)
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The connections that it has accepted, this question's among them.
    fn accepted(&self) -> u64 {
        let socket = self.folder.path().join("status.sock");
        let mut stream = UnixStream::connect(socket).expect("nginx listens there");
        let request = b"GET / HTTP/1.1\r\nHost: nginx\r\nConnection: close\r\n\r\n";
        stream.write_all(request).expect("nginx reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it is text");
        let (_, counts) = answer
            .split_once("server accepts handled requests\n")
            .unwrap_or_else(|| panic!("no counts: {answer}"));
        let accepted = counts.split_whitespace().next().map(str::parse);
        accepted.expect("a count").expect("a number")
    }

    /// Its log, once it has written `requests` lines: a line is written when its answer has gone.
    fn log(&self, requests: u64) -> Log {
        let path = self.folder.path().join("access.log");
        let read = || fs::read_to_string(&path).unwrap_or_default();
        let _ = within(Duration::from_secs(10), || {
            (read().lines().count() as u64 >= requests).then_some(())
        });
        let text = read();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(' ').collect()).collect();
        assert!(lines.iter().all(|line| line[2] == "TLSv1.3"), "{text}");
        let first = lines.iter().filter(|line| line[1] == "1");
        let connections: BTreeSet<&str> = lines.iter().map(|line| line[0]).collect();
        Log {
            requests: lines.len() as u64,
            connections: connections.len() as u64,
            resumed: first.filter(|line| line[3] == "r").count() as u64,
            http2: lines.iter().filter(|line| line[4] == "HTTP/2.0").count() as u64,
        }
    }
}

/// A run that has ended.
struct Played {
    place: Place,
    ended: Ended,
    /// The connections that nginx accepted for it.
    accepted: u64,
}

/// A budget on handshakes that every run here keeps.
const EASY: &str = "login tls p50 < 5s";

/// Plays 150 sessions with a network loss each: two requests, each over a connection of its own.
fn played(nginx: &Nginx, connection: &str, tls: &str) -> Played {
    played_by(nginx, (connection, tls, ""), EASY)
}

fn played_by(nginx: &Nginx, (connection, tls, route): (&str, &str, &str), budget: &str) -> Played {
    let _turn = turn::shared();
    let place = Place::new();
    let profile = format!(
        r#"
version = 1
budgets = ["{budget}"]
[target]
url = "https://localhost:{}"
dialect = "gateway"
connection = "{connection}"
{route}
[target.tls]
{tls}
[[apps]]
sdk_app_id = 1
key = {{ text = "no key is checked there" }}
[population]
accounts = 2000
[[scenarios]]
name = "reconnect"
dwell = "100ms"
away = "100ms"
[[stages]]
name = "peak"
for = "3s"
rate = 50
spacing = "even"
"#,
        nginx.port
    );
    let before = nginx.accepted();
    let ended = place.run_profile(&profile, &[]);
    // The look whether the target is there, which a proxy gets in its place, and the question after the run.
    let others = if route.contains("proxy = ") { 1 } else { 2 };
    Played {
        accepted: nginx.accepted() - before - others,
        place,
        ended,
    }
}

/// The recording of a run that could be made, and how often each phase was gone through: connect and TLS, in both steps.
fn counted(played: &Played) -> (Recording, [u64; 2]) {
    let Played { place, ended, .. } = played;
    // How well the generator fared (exit 4) is not asked here.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let count = |phase| {
        let of = |operation| ours.phase(operation, phase, StageSet::All).count();
        of(Operation::Login) + of(Operation::Reconnect)
    };
    let phases = [count(Phase::Connect), count(Phase::Tls)];
    (ours, phases)
}

fn successes(ours: &Recording, operation: Operation) -> u64 {
    ours.by_class(operation, StageSet::All)[Class::Success.index()]
}

#[test]
fn connects_and_handshakes_are_those_that_nginx_logged_and_a_device_resumes_its_own() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let ca = format!("ca = \"{}\"", nginx.ca().display());
    let run = played(&nginx, "close", &ca);
    let (ours, phases) = counted(&run);
    assert_eq!(run.accepted, 300);
    assert_eq!(successes(&ours, Operation::Login), 150);
    assert_eq!(successes(&ours, Operation::Reconnect), 150);
    assert_eq!(phases, [300, 300]);
    // Every login is a device's first handshake; the return resumes it.
    let expected = Log {
        requests: 300,
        connections: 300,
        resumed: 150,
        http2: 0,
    };
    assert_eq!(nginx.log(300), expected);
}

#[test]
fn without_resumption_nginx_sees_whole_handshakes_only() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let tls = format!("ca = \"{}\"\nresumption = false", nginx.ca().display());
    let run = played(&nginx, "close", &tls);
    assert_eq!(counted(&run).1, [300, 300]);
    assert_eq!(run.accepted, 300);
    let log = nginx.log(300);
    assert_eq!((log.connections, log.resumed), (300, 0));
}

#[test]
fn a_kept_connection_shakes_hands_once_until_the_network_cuts_it() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let run = played(&nginx, "keep", "insecure = true");
    let (_, phases) = counted(&run);
    let log = nginx.log(300);
    assert_eq!(phases, [log.connections, log.connections]);
    assert_eq!(run.accepted, log.connections);
    // A slot keeps its connection for its next arrival's login; every return is over a new one.
    assert!((150..300).contains(&log.connections), "{log:?}");
    assert_eq!(log.requests, 300);
}

#[test]
fn http_2_is_agreed_on_in_the_handshake_and_resumes_as_well() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let ca = format!("ca = \"{}\"", nginx.ca().display());
    let route = "http = \"2\"\ndns = \"each\"\nsource_addresses = [\"127.0.0.2\", \"127.0.0.3\"]";
    let run = played_by(&nginx, ("close", &ca, route), EASY);
    let (ours, phases) = counted(&run);
    assert_eq!(run.accepted, 300);
    assert_eq!(successes(&ours, Operation::Reconnect), 150);
    assert_eq!(phases, [300, 300]);
    let looked_up = ours.phase(Operation::Login, Phase::Dns, StageSet::All);
    assert_eq!(looked_up.count(), 150);
    let expected = Log {
        requests: 300,
        connections: 300,
        resumed: 150,
        http2: 300,
    };
    assert_eq!(nginx.log(300), expected);
}

#[test]
fn a_certificate_that_nobody_vouches_for_fails_every_login_and_says_why() {
    let (Some(nginx), Some(other)) = (Nginx::start(), Nginx::start()) else {
        return;
    };
    let ca = format!("ca = \"{}\"", other.ca().display());
    let Played {
        place,
        ended,
        accepted,
    } = played(&nginx, "close", &ca);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(
        ended.stdout.contains("certificate refused"),
        "{}",
        ended.said()
    );
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(
        ours.by_class(Operation::Login, StageSet::All)[Class::Failed.index()],
        150
    );
    assert_eq!(
        ours.phase(Operation::Login, Phase::Connect, StageSet::All)
            .count(),
        150
    );
    // None got as far as a request: the access log knows nothing of them.
    assert_eq!(accepted, 150);
    assert_eq!(nginx.log(0).connections, 0);
    assert_eq!(
        ours.phase(Operation::Login, Phase::Tls, StageSet::All)
            .count(),
        0
    );
}

/// Whether a run was broken: exit 1, unless this machine was too busy for it to prove anything.
fn is_broken(ended: &Ended) -> bool {
    ended.code == Some(1) || ended.code == Some(4) && ended.stdout.contains("the generator")
}

#[test]
fn handshakes_that_are_slower_than_their_budget_break_it() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let ca = format!("ca = \"{}\"", nginx.ca().display());
    // No handshake with a signature and a round trip takes so little.
    let budget = "login tls p50 < 10us";
    let Played { place, ended, .. } = played_by(&nginx, ("close", &ca, ""), budget);
    assert!(is_broken(&ended), "{}", ended.said());
    assert!(ended.stdout.contains(budget), "{}", ended.said());
    let summary = fs::read(place.run_folder().join("summary.json")).expect("the run has a summary");
    let summary: Value = serde_json::from_slice(&summary).expect("it is JSON");
    let found = &summary["budgets"][0];
    assert_eq!(
        (&found["sentence"], &found["state"]),
        (&json!(budget), &json!("broken"))
    );
}

/// Carries connections to whoever is named by CONNECT, and counts those. It ends with its runtime.
async fn carry(listener: tokio::net::TcpListener, carried: Arc<AtomicU64>) {
    while let Ok((device, _)) = listener.accept().await {
        let carried = carried.clone();
        tokio::spawn(async move {
            let mut device = tokio::io::BufReader::new(device);
            let mut request = String::new();
            // Nothing but the head comes before the answer to it.
            while !request.ends_with("\r\n\r\n") {
                if device.read_line(&mut request).await? == 0 {
                    return Ok(());
                }
            }
            let target = request.split(' ').nth(1).unwrap_or_default();
            let mut target = TcpStream::connect(target).await?;
            carried.fetch_add(1, Ordering::Relaxed);
            device
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            tokio::io::copy_bidirectional(&mut device, &mut target).await?;
            std::io::Result::Ok(())
        });
    }
}

#[test]
fn through_a_proxy_each_connection_shakes_hands_with_the_target_and_a_device_resumes_its_own() {
    let Some(nginx) = Nginx::start() else {
        return;
    };
    let runtime = Runtime::new().expect("threads can be started");
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let route = format!(
        "proxy = \"http://{}\"",
        listener.local_addr().expect("it is bound")
    );
    let carried = Arc::new(AtomicU64::new(0));
    runtime.spawn(carry(listener, carried.clone()));
    let ca = format!("ca = \"{}\"", nginx.ca().display());
    let run = played_by(&nginx, ("close", &ca, &route), EASY);
    let (ours, phases) = counted(&run);
    runtime.shutdown_background();
    assert_eq!(successes(&ours, Operation::Login), 150);
    assert_eq!(successes(&ours, Operation::Reconnect), 150);
    assert_eq!(phases, [300, 300]);
    assert_eq!((carried.load(Ordering::Relaxed), run.accepted), (300, 300));
    let log = nginx.log(300);
    assert_eq!((log.connections, log.resumed), (300, 150));
}
