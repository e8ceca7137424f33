//! Every way in which a run does not prove what it should: its exit code, and the words that help.

use std::io::ErrorKind;
use std::net::TcpListener;

use crate::program::{Ended, Place};
use crate::run_folder::{profile, summary};
use crate::turn;

/// A service that notes whether anybody ever connected.
struct Unvisited(TcpListener);

impl Unvisited {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("it can be asked without waiting");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("it is bound"))
    }

    fn assert_nobody_came(&self) {
        let came = self.0.accept().map(|(_, from)| from);
        assert!(
            came.as_ref()
                .is_err_and(|none| none.kind() == ErrorKind::WouldBlock),
            "{came:?} came"
        );
    }
}

/// One problem is three lines: the place, what is wrong, what to do.
fn assert_problem(ended: &Ended, place: &str, what: &str) {
    let lines: Vec<&str> = ended.stderr.lines().collect();
    let [first, second, third] = lines[..] else {
        panic!("three lines, not\n{}", ended.said())
    };
    assert!(
        first.starts_with("error: ") && first.contains(place),
        "{}",
        ended.said()
    );
    assert!(second.contains(what), "{}", ended.said());
    assert!(third.trim_start().starts_with("try: "), "{}", ended.said());
    assert_eq!(ended.stdout, "", "{}", ended.said());
}

#[test]
fn a_bad_profile_is_refused_with_every_fault_and_nothing_is_sent() {
    let service = Unvisited::new();
    let place = Place::new();
    let bad = profile("[\"login p99 < 250\"]", "{}", (50, 1)).replace("rate = 50", "rate = -1");
    let ended = place.run_profile(&bad, &["--target", &service.url()]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert_eq!(
        ended.stderr.matches("error: test.toml:").count(),
        2,
        "{}",
        ended.said()
    );
    assert_eq!(
        ended.stderr.matches("\n  try: ").count(),
        2,
        "{}",
        ended.said()
    );
    service.assert_nobody_came();
    assert!(!place.path().join("runs").exists(), "no run was begun");
}

#[test]
fn what_cannot_be_run_says_where_what_and_what_to_do() {
    let place = Place::new();
    let good = profile("[]", "{}", (50, 1));
    // A port that was free a moment ago.
    let nobody = Unvisited::new().url();
    let ended = place.run_profile(&good, &["--target", &nobody]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert_problem(&ended, &nobody, "does not accept a connection");

    let ended = place.run(&["--profile", "test.toml", "--out", "test.toml"]);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert_problem(&ended, "test.toml", "folder cannot be made");

    let ended = place.run(&["--profile", "nowhere", "--quiet"]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert_problem(&ended, "nowhere", "no such profile");

    for (arguments, place_of_it, what) in [
        (
            &["--profile", "month.toml"][..],
            "month.toml",
            "is of a month",
        ),
        (&["month", "--profile", "quick"], "quick", "is of a run"),
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert_problem(&ended, place_of_it, what);
    }

    let keyless = good.replace("TRTC_LOAD_KEY", "TRTC_LOAD_NO_SUCH_KEY");
    let ended = place.run_profile(&keyless, &[]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert_problem(&ended, "1400000001", "TRTC_LOAD_NO_SUCH_KEY is not set");

    let ended = place.run(&["report", "nowhere"]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert_problem(&ended, "nowhere", "cannot be read");

    for arguments in [
        &["--no-such-flag"][..],
        &["--label", "no equals sign"],
        &["plan", "--output", "xml"],
    ] {
        let ended = place.run(arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.starts_with("error: "), "{}", ended.said());
    }
    for arguments in ["--help", "--version"] {
        let ended = place.run(&[arguments]);
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (Some(0), ""),
            "{}",
            ended.said()
        );
    }
}

#[test]
fn a_broken_budget_and_one_without_enough_samples_have_exit_codes_of_their_own() {
    let _turn = turn::shared();
    let place = Place::new();
    // Each login takes 80 ms at least, and 100 of them are enough for a p95 (59), not for a p99.9 (2,995).
    let slow = "{ service_time = \"80ms\" }";
    let ended = place.run_profile(&profile("[\"login p95 < 40ms\"]", slow, (50, 2)), &[]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(ended.stdout.starts_with("BROKEN"), "{}", ended.said());
    let budget = &summary(&place.run_folder())["budgets"][0];
    assert_eq!(budget["state"], "broken");
    assert_eq!(budget["samples"], 100);
    assert!(budget["measured"].as_f64() >= Some(80.0), "{budget:#}");

    let place = Place::new();
    let ended = place.run_profile(&profile("[\"login p99.9 < 2s\"]", slow, (50, 2)), &[]);
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(ended.stdout.starts_with("INVALID"), "{}", ended.said());
    let budget = &summary(&place.run_folder())["budgets"][0];
    assert_eq!(budget["state"], "unknown");
    assert_eq!(
        (&budget["samples"], &budget["needed"]),
        (&100.into(), &2_995.into())
    );
}
