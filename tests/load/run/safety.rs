//! What keeps a run from doing harm: the circuit breaker, the question before it costs something, the lock on accounts.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::mock::{APP, Mock};
use crate::program::{Place, Running, within};
use crate::{skip, turn};

fn profile(target: &str, more: &str, seconds: u32) -> String {
    format!(
        "version = 1\nbudgets = []\n[target]\n{target}\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 2000\n[[scenarios]]\nname = \"login\"\ndwell = \"100ms\"\n\
         [[stages]]\nname = \"peak\"\nfor = \"{seconds}s\"\nrate = 40\nspacing = \"even\"\n{more}\n"
    )
}

const FAILING: &str = "url = \"mock\"\n[target.mock]\nerror_rate = 0.9";
const BREAKER: &str = "[safety]\nbreaker = { errors = \"50%\", for = \"2s\" }";

#[test]
fn a_target_that_does_little_but_fail_ends_the_run_early_and_breaks_it() {
    let _turn = turn::shared();
    let place = Place::new();
    let ended = place.run_profile(&profile(FAILING, BREAKER, 60), &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(ended.stdout.contains("circuit breaker"), "{}", ended.said());
    for file in ["summary.json", "report.html"] {
        let text = fs::read_to_string(place.run_folder().join(file))
            .expect("the folder can be read and written");
        assert!(text.contains("the circuit breaker: "), "{file}");
    }
    let timeline = fs::read_to_string(place.run_folder().join("timeline.csv"))
        .expect("the folder can be read and written");
    let seconds = timeline.lines().count() - 1;
    assert!(seconds < 20, "{seconds} seconds of 60 were played");
}

#[test]
fn a_target_that_is_well_runs_to_the_end_under_the_same_rule() {
    let _turn = turn::shared();
    let place = Place::new();
    let ended = place.run_profile(&profile("url = \"mock\"", BREAKER, 4), &[]);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert!(
        !ended.stdout.contains("circuit breaker"),
        "{}",
        ended.said()
    );
}

/// No packet may go there: the address is of a block that belongs to nobody (RFC 5737), and the run ends before it connects.
#[test]
fn off_this_machine_nothing_is_sent_before_somebody_agrees() {
    let place = Place::new();
    let target = "url = \"http://192.0.2.1:80\"\nallow_hosts = [\"192.0.2.1\"]";
    let ended = place.run_profile(&profile(target, "", 1), &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    for words in ["--yes", "40 accounts", "192.0.2.1", "caps.max_mau"] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
    }
    assert!(!place.path().join("runs").exists(), "nothing was begun");
}

#[test]
fn two_runs_do_not_share_the_accounts_of_one_target() {
    let _turn = turn::shared();
    let mock = Mock::start(&[]);
    let (first, second) = (Place::new(), Place::new());
    let text = profile(&format!("url = \"{}\"", mock.url()), "", 6);
    let running = begun(&first, &text);
    let ended = second.run_profile(&text, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    let holder = format!("process {}", running.child.id());
    assert!(ended.stderr.contains(&holder), "{}", ended.said());
    // Other accounts of the same target are free.
    let others = text.replace("accounts = 2000", "accounts = 2000\nprefix = \"other_\"");
    let third = Place::new().run_profile(&others.replace("\"6s\"", "\"1s\""), &[]);
    assert!(matches!(third.code, Some(0 | 4)), "{}", third.said());
    let ended = running.finish(Duration::from_secs(60));
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    // And after its end, so are its own.
    let after = second.run_profile(&text.replace("\"6s\"", "\"1s\""), &[]);
    assert!(matches!(after.code, Some(0 | 4)), "{}", after.said());
    // The run that was refused has sent nothing: 40 logins a second, for 6 s and twice for 1 s.
    assert_eq!(mock.books().login.attempts, 320);
}

/// Starts a run of `text` in `place`, and waits until it has its accounts: it makes its folder afterwards.
fn begun(place: &Place, text: &str) -> Running {
    fs::write(place.path().join("test.toml"), text).expect("the folder can be read and written");
    let arguments = ["--profile", "test.toml", "--out", "runs", "--quiet"];
    let running = place.start(place.command(&[], &arguments));
    let has_begun = within(Duration::from_secs(20), || {
        place.path().join("runs").exists().then_some(())
    });
    assert!(has_begun.is_some(), "the first run begins");
    running
}

/// The same port of this machine under other names, other folders for temporary files, and names of accounts that are the
/// same for another prefix and another count.
#[test]
fn accounts_are_locked_by_what_they_are_and_not_by_how_they_are_written() {
    let _turn = turn::shared();
    let mock = Mock::start(&[]);
    let port = mock.url().rsplit_once(':').map(|(_, port)| port.to_owned());
    let port = port.expect("a mock has a port");
    let first = Place::new();
    let text = profile(&format!("url = \"{}\"", mock.url()), "", 60);
    let running = begun(&first, &text);
    let holder = format!("process {}", running.child.id());
    let elsewhere = Place::new();
    for host in ["localhost", "LocalHost.", "[::ffff:127.0.0.1]", "127.0.0.1"] {
        let place = Place::new();
        let url = format!("url = \"http://{host}:{port}\"");
        let overlapping =
            profile(&url, "", 1).replace("accounts = 2000", "accounts = 200\nprefix = \"load_0\"");
        fs::write(place.path().join("test.toml"), &overlapping)
            .expect("the folder can be read and written");
        let arguments = ["--profile", "test.toml", "--out", "runs", "--quiet"];
        let mut command = place.command(&[], &arguments);
        command
            .env("XDG_RUNTIME_DIR", elsewhere.path())
            .env("TMPDIR", elsewhere.path());
        let ended = place.start(command).finish(Duration::from_secs(60));
        assert_eq!(ended.code, Some(3), "{host}: {}", ended.said());
        for words in [&holder, "load_0000 to load_0199", "load_0000 to load_1999"] {
            assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
        }
    }
    // A run that is killed has no accounts any more.
    drop(running);
    let after = Place::new().run_profile(&text.replace("\"60s\"", "\"1s\""), &[]);
    assert!(matches!(after.code, Some(0 | 4)), "{}", after.said());
}

#[test]
fn runs_that_take_new_accounts_share_none_and_go_on_side_by_side() {
    let _turn = turn::shared();
    let mock = Mock::start(&[]);
    let (first, second) = (Place::new(), Place::new());
    let text = profile(&format!("url = \"{}\"", mock.url()), "", 8)
        .replace("accounts = 2000", "accounts = 2000\nfresh = true");
    let running = begun(&first, &text);
    // A second tells the accounts of one run from those of the next.
    let started = trtc_load::clock::unix_now();
    let next = within(Duration::from_secs(5), || {
        (trtc_load::clock::unix_now() > started).then_some(())
    });
    assert!(next.is_some(), "time goes on");
    let beside = second.run_profile(&text.replace("\"8s\"", "\"1s\""), &[]);
    assert!(matches!(beside.code, Some(0 | 4)), "{}", beside.said());
    let ended = running.finish(Duration::from_secs(60));
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert_eq!(mock.books().registered, 360, "320 and 40 accounts");
}

/// No packet may go there: the proxy's address is of a block that belongs to nobody, and the run ends before it connects.
#[test]
fn a_target_on_this_machine_behind_a_proxy_elsewhere_is_asked_about_as_one_elsewhere() {
    for url in ["mock", "http://127.0.0.1:1", "http://localhost:1"] {
        let place = Place::new();
        let target = format!(
            "url = \"{url}\"\nproxy = \"http://192.0.2.1:3128\"\nallow_hosts = [\"192.0.2.1\"]"
        );
        let ended = place.run_profile(&profile(&target, "", 1), &[]);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        for words in ["--yes", "40 accounts", "192.0.2.1:3128"] {
            assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
        }
        assert!(!place.path().join("runs").exists(), "nothing was begun");
    }
}

/// What the program says on its terminal, a pseudo terminal of Python's, once `answer` was typed. Its last line is the exit
/// code. None, said loudly, where there is no Python.
fn said_on_a_terminal(place: &Place, answer: &str) -> Option<String> {
    let script = r#"
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
said, typed = b"", False
while True:
    try:
        read = os.read(terminal, 4096)
    except OSError:
        break
    if not read:
        break
    said += read
    if not typed and b" to go on: " in said:
        os.write(terminal, sys.argv[1].encode() + b"\n")
        typed = True
code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
sys.stdout.buffer.write(said)
print(f"\nexit {code}")
"#;
    let wrapper = ["python3", "-c", script, answer];
    let arguments = ["--profile", "test.toml", "--out", "runs", "--quiet"];
    let mut command = place.command(&wrapper, &arguments);
    let Ok(output) = command.output() else {
        skip::skipped("the question on a terminal: python3 is missing");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The name belongs to nobody by its definition (RFC 6761 section 6.4): who gets past the question meets the resolver.
#[test]
fn on_a_terminal_the_hosts_name_typed_is_consent_and_nothing_else_is() {
    let target = "url = \"http://nohost.invalid\"\nallow_hosts = [\"nohost.invalid\"]";
    for (answer, exit, words) in [
        ("NoHost.invalid", "exit 3", "address cannot be found"),
        ("yes", "exit 2", "the host's name was not typed"),
        ("", "exit 2", "the host's name was not typed"),
    ] {
        let place = Place::new();
        fs::write(place.path().join("test.toml"), profile(target, "", 1))
            .expect("the folder can be read and written");
        let Some(said) = said_on_a_terminal(&place, answer) else {
            return;
        };
        let question = "register 40 accounts and cost 40 MAU at http://nohost.invalid:80";
        for words in [question, "type nohost.invalid to go on", words, exit] {
            assert!(said.contains(words), "{answer}: {words}: {said}");
        }
        assert!(!place.path().join("runs").exists(), "nothing was begun");
    }
}

/// Logins of more accounts than the caps allow: the mock's own count never passes them, and refusals cost nothing.
#[test]
fn caps_hold_against_the_targets_own_count_and_refusals_give_back_what_they_reserved() {
    let _turn = turn::shared();
    for (cap, arguments) in [
        ("max_mau", &[][..]),
        (
            "max_registered_accounts",
            &["--max-logins-per-second", "10"][..],
        ),
    ] {
        let mock = Mock::start(&[&["--service-time", "20ms", "--seed", "3"], arguments].concat());
        let place = Place::new();
        let caps = format!("[caps]\n{cap} = 50");
        let ended = place.run_profile(
            &profile("url = \"mock\"", &caps, 30),
            &["--target", &mock.url()],
        );
        assert_eq!(ended.code, Some(4), "{}", ended.said());
        let words = format!("stopped at a cap: caps.{cap}");
        assert!(ended.stdout.contains(&words), "{}", ended.said());
        let books = mock.books();
        // All of it was used: what was refused has registered nobody.
        assert_eq!((books.registered, books.login.successes), (50, 50), "{cap}");
        let refused = books.login.attempts - books.login.successes;
        assert_eq!(refused > 0, !arguments.is_empty(), "{cap}");
    }
}

/// Where a target that redirects points to, nothing arrives.
#[test]
fn a_redirect_is_a_failed_step_and_is_not_followed() {
    let _turn = turn::shared();
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a free port");
    elsewhere
        .set_nonblocking(true)
        .expect("a listener can be set");
    let address = elsewhere.local_addr().expect("a bound port has an address");
    for status in [301, 302, 307, 308] {
        let redirects = Redirects::start(status, &format!("http://{address}/v1/login"));
        let place = Place::new();
        let target = format!("url = \"http://{}\"", redirects.address);
        let ended = place.run_profile(&profile(&target, "", 1), &[]);
        // Every login fails, and errors never pass in silence.
        assert!(matches!(ended.code, Some(1 | 4)), "{}", ended.said());
        let summary = crate::run_folder::summary(&place.run_folder());
        let login = &summary["operations"][0]["measured"];
        assert_eq!(login["classes"]["failed"], 40, "{login}");
        let words = format!("HTTP {status}");
        assert!(ended.stdout.contains(&words), "{}", ended.said());
        assert!(redirects.asked() >= 40);
    }
    let came = elsewhere.accept();
    assert!(came.is_err(), "somebody followed: {came:?}");
}

/// A server that answers every request with a redirect. It ends with the process; its threads hold nothing else.
struct Redirects {
    address: std::net::SocketAddr,
    asked: Arc<AtomicU64>,
}

impl Redirects {
    fn start(status: u16, location: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port has an address");
        let asked = Arc::new(AtomicU64::new(0));
        let answer = format!(
            "HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let counts = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut request = [0; 4096];
                // A preflight connects and says nothing.
                if stream.read(&mut request).is_ok_and(|read| read > 0) {
                    counts.fetch_add(1, Ordering::Relaxed);
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}
