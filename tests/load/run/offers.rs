//! `plan` tells what a run would do, in numbers that can be worked out by hand, and sends nothing.

use std::net::TcpListener;

use serde_json::Value;

use crate::program::Place;

/// 10 s of 10 arrivals a second and 5 s of 20, evenly: the n-th is due when n of them should have come.
const PROFILE: &str = r#"
version = 1
seed = 5
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { env = "TRTC_LOAD_KEY" }
[population]
accounts = 500
[[scenarios]]
name = "kicked"
dwell = "1s"
reaction = "500ms"
self_info = false
fights = 1
[[stages]]
name = "warm-up"
for = "10s"
rate = 10
spacing = "even"
[[stages]]
name = "peak"
for = "5s"
rate = 20
spacing = "even"
"#;

/// A row of the table: the words, and the number after them.
fn row<'t>(table: &'t str, words: &str) -> &'t str {
    let line = table
        .lines()
        .find(|line| line.starts_with(words))
        .unwrap_or_else(|| panic!("no {words} in\n{table}"));
    line[words.len()..]
        .split_whitespace()
        .next()
        .unwrap_or_default()
}

#[test]
fn a_plan_is_what_a_hand_calculation_says_in_both_forms_and_sends_nothing() {
    let place = Place::new();
    std::fs::write(place.path().join("test.toml"), PROFILE).expect("the folder is writable");
    let service = TcpListener::bind("127.0.0.1:0").expect("a free port");
    service
        .set_nonblocking(true)
        .expect("it can be asked without waiting");
    let url = format!("http://{}", service.local_addr().expect("it is bound"));
    let plan = ["plan", "--profile", "test.toml", "--target", &url];
    let (text, json) = (
        place.run(&plan),
        place.run(&[&plan[..], &["--output", "json"]].concat()),
    );
    assert_eq!(
        (text.code, text.stderr.as_str()),
        (Some(0), ""),
        "{}",
        text.said()
    );
    assert_eq!(
        (json.code, json.stderr.as_str()),
        (Some(0), ""),
        "{}",
        json.said()
    );
    assert!(service.accept().is_err(), "nobody came");
    assert_eq!(
        std::fs::read_dir(place.path()).expect("readable").count(),
        3,
        "the profile and two outputs, no run"
    );

    let whole: Value = serde_json::from_str(&json.stdout).expect("a document");
    // 10 s x 10/s, then 5 s x 20/s.
    assert_eq!(whole["stages"][0]["arrivals"], 100);
    assert_eq!(whole["stages"][1]["arrivals"], 100);
    for (name, words, value) in [
        ("arrivals", "arrivals  ", 200_u64),
        // The first login, the rival's, the return, and one fight more; the last three are kicks.
        ("logins", "logins expected, of every kind", 4 * 200),
        ("kicks", "kicks expected", 3 * 200),
        ("population", "accounts in the population", 500),
        // One account each, and the walk comes to none of the 500 twice.
        ("accounts_touched", "accounts registered if new", 200),
        // An arrival means to stay 1 s, twice 0.5 s to react, and 1 s; its 4 logins and its end are given 0.1 s each:
        // 3.5 s, in which 20/s x 3.5 s = 70 others come.
        (
            "sessions_online_at_once",
            "sessions online at once, at most",
            70,
        ),
        // A quarter and 8 more for a slower target: 70 + 17 + 8.
        ("slots", "slots  ", 95),
    ] {
        assert_eq!(whole[name], value, "{name} of {whole:#}");
        assert_eq!(
            row(&text.stdout, words),
            value.to_string(),
            "{words} of\n{}",
            text.stdout
        );
    }
    assert_derived(&whole, &text.stdout);
}

/// What follows from the 95 slots and the 200 accounts.
fn assert_derived(whole: &Value, text: &str) {
    // Two devices a slot; an eighth more for short second connections; 64 for the program itself.
    assert_eq!(whole["descriptors"]["needed"], 190 + 190 / 8 + 64);
    assert_eq!(
        row(text, "descriptors needed"),
        (190 + 190 / 8 + 64).to_string()
    );
    // The login's connection is the channel, and all arrivals have two devices: 2 x 70 are open. How long a closed one takes
    // a port is this machine's setting; in the busiest second come 20 arrivals, with 4 logins, the check of a dead token, and its push channel.
    let ports = &whole["ports"];
    assert_eq!(ports["open"], 140);
    if ports["time_wait_s"] == 1.0 {
        assert_eq!(ports["time_wait"], 20 * (4 + 1 + 1));
    }
    assert_eq!(ports["pairs"], 1);
    let needed = ports["needed"].as_u64().expect("a count");
    assert_eq!(
        row(text, "ports needed, to one address"),
        needed.to_string()
    );
    let memory = whole["memory"]["needed_bytes"].as_u64().expect("bytes");
    assert_eq!(row(text, "memory needed, MiB"), (memory >> 20).to_string());
    assert_eq!(whole["mau"]["of_this_run"], 200);
    assert_eq!(row(text, "MAU that the run itself costs"), "200");
    let month = whole["mau"]["of_a_month_as_configured"]
        .as_f64()
        .expect("a number");
    assert!(month > 200.0 && month < 500.0, "{month}");
    assert_eq!(
        row(text, "MAU of a month, as configured"),
        format!("{month:.0}")
    );
}
