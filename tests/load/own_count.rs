//! The circle: a run keeps its logins as a log, `mau` counts it, and the mock's own books, asked for as Tencent's
//! `getappinfo` by an administrator, say the same to the unit.

use std::fs;

use serde_json::{Value, json};

use crate::mock::{APP, Mock};
use crate::program::{Ended, Place};
use crate::turn;
use trtc_load::recorder::Recording;

/// Logins that succeed, fail, come twice a day and end others' sessions.
fn profile(url: &str) -> String {
    format!(
        "version = 1\nseed = 5\nbudgets = []\n[target]\nurl = \"{url}\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 40\n\
         [[scenarios]]\nname = \"login\"\nweight = 3\ndwell = \"100ms\"\n\
         [[scenarios]]\nname = \"kicked\"\nweight = 1\ndwell = \"100ms\"\nreaction = \"100ms\"\n\
         [[stages]]\nname = \"peak\"\nfor = \"3s\"\nrate = 30\n[limits]\ndrain = \"10s\"\n"
    )
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|fault| panic!("{fault}: {}", ended.said()))
}

/// The sum of a number over the days that both know: a run at Beijing's midnight has two.
fn sum(days: &Value, what: &str, side: &str) -> u64 {
    let days = days.as_array().expect("a list of days");
    days.iter().filter_map(|day| day[what][side].as_u64()).sum()
}

/// What `mau` finds of a log beside the count of the profile's target, and how it ended.
fn held_against(place: &Place, log: &str) -> (Value, Ended) {
    let judge = ["--against-profile", "test.toml", "--tolerance", "0"];
    let shown = ["--time-zone", "Asia/Shanghai", "--output", "json"];
    let asked = place.run(&[&["mau", log], &judge[..], &shown[..]].concat());
    (json_of(&asked), asked)
}

#[test]
fn a_run_s_log_and_the_target_s_own_count_of_it_are_one_to_the_unit() {
    let _turn = turn::shared();
    let mock = Mock::start(&["--error-rate", "0.1"]);
    let place = Place::new();
    let ended = place.run_profile(&profile(&mock.url()), &["--logins", "logins.csv"]);
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let theirs = mock.books();
    let (found, asked) = held_against(&place, "logins.csv");
    let against = &found["against"];
    let days = &against["days"];
    // Four books: the run's recording, its log, the mock's counters, the mock's days.
    for side in ["log", "tencent"] {
        assert_eq!(sum(days, "logins", side), ours.logins(), "{side} {days}");
    }
    assert_eq!(theirs.login.successes, ours.logins());
    let rows = &found["rows"];
    assert_eq!(rows["logins"], ours.logins());
    assert!(rows["failures"].as_u64() > Some(0), "{rows}");
    assert_eq!(found["apps"][0]["mau_to_date"], ours.accounts());
    if days.as_array().map(Vec::len) == Some(1) {
        for side in ["log", "tencent"] {
            assert_eq!(sum(days, "accounts", side), ours.accounts());
        }
    }
    assert_eq!(against["app"], APP.to_string());
    let all = days.as_array().map(Vec::len);
    assert_eq!(against["agreeing"], json!(all), "{against}");
    assert_eq!(against["differing"], json!(0));
    assert_eq!(asked.code, Some(0), "{}", asked.said());
    // The most online at once: the mock's days begin with nobody online here.
    let most = days[0]["peak_online"]["tencent"]
        .as_u64()
        .expect("a number");
    assert!(most > 0 && most <= ours.accounts(), "{days}");
    // The administrator's UserSig and the key appear nowhere.
    let text = fs::read_to_string(place.path().join("logins.csv")).expect("it is there");
    for text in [&asked.stdout, &asked.stderr, &text] {
        let is_told = text.contains(crate::program::KEY) || text.contains("eJ");
        assert!(!is_told, "{text}");
    }
}

#[test]
fn a_login_that_the_log_lacks_is_found_beside_the_target_s_own_count() {
    let _turn = turn::shared();
    let mock = Mock::start(&[]);
    let place = Place::new();
    let ended = place.run_profile(&profile(&mock.url()), &["--logins", "logins.csv"]);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let text = fs::read_to_string(place.path().join("logins.csv")).expect("it is there");
    let mut without: Vec<&str> = text.lines().collect();
    let last = without.iter().rposition(|row| row.ends_with(",ok"));
    without.remove(last.expect("a login"));
    fs::write(place.path().join("less.csv"), without.join("\n")).expect("it is writable");
    let (found, less) = held_against(&place, "less.csv");
    let against = &found["against"];
    let logins = |side| sum(&against["days"], "logins", side);
    assert_eq!(logins("log") + 1, logins("tencent"), "{against}");
    // Today's numbers are not final, so a difference of today proves nothing; it is shown all the same.
    let is_one_day = against["days"].as_array().map(Vec::len) == Some(1);
    let agreeing = against["agreeing"].as_u64().expect("a number");
    assert_eq!(agreeing > 0, !is_one_day, "{against}");
    assert_ne!(less.code, Some(0), "{}", less.said());
}

#[test]
fn a_log_of_logins_is_refused_where_nobody_logs_in_and_where_a_file_is_there() {
    let place = Place::new();
    let requests = "version = 1\n[target]\nurl = \"mock\"\ndialect = \"tencent-rest\"\n\
        [[apps]]\nsdk_app_id = 7\nkey = { env = \"TRTC_LOAD_KEY\" }\n[population]\naccounts = 10\n\
        [[scenarios]]\nname = \"ask\"\nkind = \"requests\"\nsteps = [\"status\"]\n\
        [[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 1\n";
    let ended = place.run_profile(requests, &["--logins", "logins.csv"]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(ended.stderr.contains("nobody logs in"), "{}", ended.said());
    fs::write(place.path().join("old.csv"), "mine").expect("it is writable");
    let ended = place.run_profile(&profile("mock"), &["--logins", "old.csv"]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(ended.stderr.contains("there already"), "{}", ended.said());
    let kept = fs::read_to_string(place.path().join("old.csv")).expect("it is there");
    assert_eq!(kept, "mine");
    assert!(!place.path().join("runs").exists(), "nothing was begun");
}

#[test]
fn the_count_is_asked_for_on_this_machine_or_where_allow_hosts_says_so() {
    let place = Place::new();
    let row = "time,user_id,sdkappid,result\n2026-11-30T16:00:00Z,a,1400000001,ok\n";
    fs::write(place.path().join("logins.csv"), row).expect("it is writable");
    for (url, said) in [
        ("http://192.0.2.1:80", "allow_hosts = [\"192.0.2.1\"]"),
        ("mock", "it is the built-in mock"),
        ("http://127.0.0.1:1", "does not accept a connection"),
    ] {
        fs::write(place.path().join("test.toml"), profile(url)).expect("it is writable");
        let ended = place.run(&["mau", "logins.csv", "--against-profile", "test.toml"]);
        assert!(matches!(ended.code, Some(2 | 3)), "{}", ended.said());
        assert!(ended.stderr.contains(said), "{url}: {}", ended.said());
    }
}

#[test]
fn an_administrator_who_is_none_is_told_what_to_look_at() {
    let mock = Mock::start(&[]);
    let place = Place::new();
    let row = "time,user_id,sdkappid,result\n2026-11-30T16:00:00Z,a,1400000001,ok\n";
    fs::write(place.path().join("logins.csv"), row).expect("it is writable");
    let text = profile(&mock.url());
    fs::write(place.path().join("test.toml"), text).expect("it is writable");
    let mut command = place.command(
        &[],
        &["mau", "logins.csv", "--against-profile", "test.toml"],
    );
    command.env("TRTC_LOAD_KEY", crate::program::KEY.replace('5', "6"));
    let ended = place
        .start(command)
        .finish(std::time::Duration::from_secs(30));
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    for words in ["ErrorCode", "refused with 70", "key"] {
        assert!(ended.stderr.contains(words), "{}", ended.said());
    }
}
