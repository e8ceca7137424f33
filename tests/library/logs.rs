//! `trtc-load mau`: a login log in, what a person and a program read out, files and exit codes.

use std::fmt::Write;
use std::fs;
use std::time::Duration;

use crate::golden::golden;
use crate::program::{Ended, Place};
use serde_json::Value;

/// October and November 2026 of two apps: account `n` of 60 comes on every day that `n % 12 + 1` divides, at `n % 24` o'clock.
/// Every tenth row is a failure. The last row is close to midnight.
fn log() -> String {
    let mut text = String::from("user_id,login_time,sdkappid,code\n");
    let mut row = 0;
    for month in [10, 11] {
        for day in 1..=41 - month {
            for account in (0..60).filter(|account| day % (account % 12 + 1) == 0) {
                row += 1;
                let (app, code) = (
                    1_400_000_001 + account % 2,
                    if row % 10 == 0 { 6206 } else { 0 },
                );
                writeln!(
                    text,
                    "u{account},2026-{month}-{day:02} {:02}:59:59,{app},{code}",
                    account % 24
                )
                .unwrap();
            }
        }
    }
    text
}

/// A folder with the log, and what `trtc-load mau` says of it.
fn mau(arguments: &[&str]) -> (Place, Ended) {
    let place = Place::new();
    fs::write(place.path().join("logins.csv"), log()).unwrap();
    let ended = place.run(&[&["mau"], arguments].concat());
    (place, ended)
}

fn json(ended: &Ended) -> Value {
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    serde_json::from_str(&ended.stdout).unwrap_or_else(|fault| panic!("{fault}: {}", ended.said()))
}

#[test]
fn a_month_that_is_over_is_told_as_it_was() {
    let (_, ended) = mau(&[
        "logins.csv",
        "--as-of",
        "2026-11-30",
        "--time-zone",
        "Asia/Shanghai",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    golden("mau.txt", &ended.stdout);
}

#[test]
fn the_document_has_the_counts_of_the_rows() {
    let (_, ended) = mau(&["logins.csv", "--as-of", "2026-11-20", "--output", "json"]);
    let found = json(&ended);
    assert_eq!(
        (&found["version"], &found["month"], &found["as_of"]),
        (&1.into(), &"2026-11".into(), &"2026-11-20".into())
    );
    // The oracle: the same rows, one by one.
    let mut active = std::collections::BTreeSet::new();
    let (mut logins, mut failures) = (0, 0);
    for row in log().lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        if cells[3] != "0" {
            failures += 1;
            continue;
        }
        logins += 1;
        if cells[1] > "2026-11" && cells[1] < "2026-11-21" {
            active.insert((cells[2].to_owned(), cells[0].to_owned()));
        }
    }
    assert_eq!(found["rows"]["logins"], logins);
    assert_eq!(found["rows"]["failures"], failures);
    let of = |app: &str| active.iter().filter(|(own, _)| own == app).count();
    for (at, app, want) in [
        (0, Value::Null, active.len()),
        (1, "1400000001".into(), of("1400000001")),
        (2, "1400000002".into(), of("1400000002")),
    ] {
        let row = &found["apps"][at];
        assert_eq!((&row["app"], &row["mau_to_date"]), (&app, &want.into()));
        assert_eq!(row["dau"].as_array().unwrap().len(), 20);
        let low = row["outlook"]["likely_95"][0].as_u64().unwrap();
        assert!(low >= want as u64, "{row}");
    }
}

#[test]
fn standard_input_is_read_like_a_file() {
    let (place, file) = mau(&["logins.csv", "--as-of", "2026-11-20", "--output", "json"]);
    let piped = place.command(
        &["sh", "-c", "gzip -c logins.csv | \"$@\"", "sh"],
        &["mau", "-", "--as-of", "2026-11-20", "--output", "json"],
    );
    let piped = place.start(piped).finish(Duration::from_secs(90));
    let (file, piped) = (json(&file), json(&piped));
    assert_eq!(
        (&piped["files"][0]["name"], &piped["files"][0]["packed"]),
        (&"standard input".into(), &"gzip".into())
    );
    assert_eq!(
        (&file["apps"], &file["rows"]),
        (&piped["apps"], &piped["rows"])
    );
}

#[test]
fn a_month_profile_is_written_once() {
    let (place, ended) = mau(&["logins.csv", "--as-of", "2026-11-20", "--fit", "month.toml"]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    let text = fs::read_to_string(place.path().join("month.toml")).unwrap();
    let profile: toml::Table = text.parse().unwrap();
    assert_eq!(profile["month"]["month"].as_str(), Some("2026-12"));
    for key in ["mau", "dau", "new_accounts_per_day", "starts_per_day"] {
        let is_there = profile["activity"].get(key).is_some() || text.contains(&format!("`{key}`"));
        assert!(is_there, "{key} is there, or said to be missing\n{text}");
    }
    assert_eq!(profile["activity"]["hours"].as_array().unwrap().len(), 24);
    // The circle closes: the month of that profile has the log's accounts.
    let month = json(&place.run(&["month", "--profile", "month.toml", "--output", "json"]));
    for of in ["mau", "mean_dau"] {
        let want = profile["activity"][of.trim_start_matches("mean_")]
            .as_float()
            .unwrap();
        let expected = month["month"][of]["expected"].as_f64().unwrap();
        // The profile has one decimal; the rest of the 2 % is for the search that solves for the number of accounts.
        assert!(
            (expected / want - 1.0).abs() < 0.02,
            "{of}: {expected} for {want}\n{text}"
        );
    }
    let again = place.run(&[
        "mau",
        "logins.csv",
        "--as-of",
        "2026-11-20",
        "--fit",
        "month.toml",
    ]);
    assert_eq!(again.code, Some(2), "{}", again.said());
    assert!(again.stderr.contains("month.toml\n"), "{}", again.said());
}

#[test]
fn what_is_wrong_with_the_arguments_is_said_with_a_way_out() {
    for (arguments, said) in [
        (&["none.csv"][..], "none.csv\n"),
        (
            &["logins.csv", "--as-of", "2026-12-24"],
            "--as-of\n  2026-12-24 is not in the log, which goes from 2026-10-01",
        ),
        (
            &["logins.csv", "--time-zone", "Shanghai"],
            "such as `Asia/Shanghai`",
        ),
        (
            &["logins.csv", "--account", "who"],
            "logins.csv:1\n  no column is called `who`",
        ),
        (&["logins.csv", "--bad-rows", "200"], "--bad-rows\n"),
        (&["logins.csv", "--delimiter", ",,"], "one character"),
        (&["logins.csv", "--success", "good"], "--success WORD"),
    ] {
        let (_, ended) = mau(arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.contains(said), "{}", ended.said());
    }
}
