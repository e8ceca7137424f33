//! What keeps a run from doing harm: the circuit breaker, the question before it costs something, the lock on accounts.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use crate::mock::APP;
use crate::mock::Mock;
use crate::program::Place;
use crate::turn;

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
    let _turn = turn::turn();
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
    let _turn = turn::turn();
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
    let _turn = turn::turn();
    let mock = Mock::start(&[]);
    let (first, second) = (Place::new(), Place::new());
    let text = profile(&format!("url = \"{}\"", mock.url()), "", 6);
    fs::write(first.path().join("test.toml"), &text).expect("the folder can be read and written");
    let arguments = ["--profile", "test.toml", "--out", "runs", "--quiet"];
    let running = first.start(first.command(&[], &arguments));
    // Once it has its folder it has its accounts.
    let begun = crate::program::within(std::time::Duration::from_secs(20), || {
        first.path().join("runs").exists().then_some(())
    });
    assert!(begun.is_some(), "the first run begins");
    let ended = second.run_profile(&text, &[]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    let holder = format!("process {}", running.child.id());
    assert!(ended.stderr.contains(&holder), "{}", ended.said());
    // Other accounts of the same target are free.
    let others = text.replace("accounts = 2000", "accounts = 2000\nprefix = \"other_\"");
    let third = Place::new().run_profile(&others.replace("\"6s\"", "\"1s\""), &[]);
    assert!(matches!(third.code, Some(0 | 4)), "{}", third.said());
    let ended = running.finish(std::time::Duration::from_secs(60));
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    // And after its end, so are its own.
    let after = second.run_profile(&text.replace("\"6s\"", "\"1s\""), &[]);
    assert!(matches!(after.code, Some(0 | 4)), "{}", after.said());
    // The run that was refused has sent nothing: 40 logins a second, for 6 s and twice for 1 s.
    assert_eq!(mock.books().login.attempts, 320);
}

/// Logins of more accounts than the caps allow: the mock's own count never passes them, and refusals cost nothing.
#[test]
fn caps_hold_against_the_targets_own_count_and_refusals_give_back_what_they_reserved() {
    let _turn = turn::turn();
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
    let _turn = turn::turn();
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
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
        let summary = crate::summary(&place.run_folder());
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
