//! What the tables say: counts that add up, what is missing, what is preliminary, and which run it was.

use std::path::Path;

use super::sample::{HOSTILE, Run, Sample};
use super::{SMALL, SMALL_RUN, read};
use serde_json::Value;
use tempfile::TempDir;
use trtc_load::report::{terminal, write_all};
use trtc_load::terminal::Paint;

#[test]
fn the_counts_of_the_tables_add_up_to_those_of_the_summary() {
    let (files, _) = &*SMALL_RUN;
    let summary: Value = serde_json::from_str(files.text("summary.json")).unwrap();
    let operations = files.text("operations.csv");
    let mut csv = csv::Reader::from_reader(operations.as_bytes());
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    for operation in summary["operations"].as_array().unwrap() {
        let name = operation["operation"].as_str().unwrap();
        let count = |stage: &str| -> u64 {
            rows.iter()
                .filter(|row| &row[0] == name && &row[1] == "all" && &row[2] == stage)
                .map(|row| row[4].parse::<u64>().unwrap())
                .sum()
        };
        assert_eq!(
            Some(count("all")),
            operation["measured"]["count"].as_u64(),
            "{name}"
        );
        for stage in operation["stages"].as_array().unwrap() {
            let of = stage["stage"].as_str().unwrap();
            assert_eq!(
                Some(count(of)),
                stage["steps"]["count"].as_u64(),
                "{name} {of}"
            );
        }
    }
    let timeline = files.text("timeline.csv");
    let mut csv = csv::Reader::from_reader(timeline.as_bytes());
    let seconds: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let sum = |column: usize| -> u64 {
        seconds
            .iter()
            .map(|row| row[column].parse::<u64>().unwrap())
            .sum()
    };
    let arrivals = &summary["arrivals"];
    assert_eq!(Some(sum(2)), arrivals["due"].as_u64());
    assert_eq!(Some(sum(3)), arrivals["started"].as_u64());
    assert_eq!(Some(sum(4)), arrivals["not_started"].as_u64());
    assert_eq!(Some(sum(5)), summary["peaks"]["steps"].as_u64());
}

#[test]
fn what_is_missing_is_empty_in_tables_null_in_json_and_a_dash_for_people() {
    let (files, _) = &*SMALL_RUN;
    let timeline = files.text("timeline.csv");
    let mut csv = csv::Reader::from_reader(timeline.as_bytes());
    let header = csv.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|one| one == name).unwrap();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    // Nobody looked at the generator in second 3, and nothing logs out in this script.
    assert_eq!(&rows[3][column("process_cpu_cores")], "");
    assert_ne!(&rows[4][column("process_cpu_cores")], "");
    assert!(
        rows.iter()
            .all(|row| row[column("logout_felt_p99_ms")].is_empty())
    );
    // The drain has no stage and no login.
    let last = rows.last().unwrap();
    assert_eq!(
        (&last[column("stage")], &last[column("login_felt_p50_ms")]),
        ("", "")
    );

    let summary: Value = serde_json::from_str(files.text("summary.json")).unwrap();
    assert_eq!(summary["generator"]["throttled_s"], Value::Null);
    let short = Sample { rate: 3, ..SMALL };
    let (_short_folder, short) = super::folder(short);
    let text = terminal(&short.findings(), Path::new("x"), Paint::Plain);
    let preliminary = unknown_line(&text);
    assert!(!preliminary.contains('\u{2013}'), "{preliminary}");
    let nothing = TempDir::new().unwrap();
    let nothing = Run::of_logins(&[], nothing.path());
    let text = terminal(&nothing.findings(), Path::new("x"), Paint::Plain);
    let unknown = unknown_line(&text);
    assert!(unknown.contains('\u{2013}'), "{unknown}");
    assert!(!text.contains("preliminary"), "{text}");
    assert!(files.text("report.html").contains('\u{2013}'));
}

#[test]
fn what_too_few_samples_say_is_shown_and_marked_as_preliminary() {
    let folder = TempDir::new().unwrap();
    // 20 logins of 40 ms: the budget on p99 needs 299.
    let run = Run::of_logins(&[40; 20], folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    let text = terminal(&run.findings(), folder.path(), Paint::Plain);
    assert!(unknown_line(&text).contains(" 40.0ms* "), "{text}");
    assert!(text.contains("\n* preliminary: too few samples"), "{text}");
    let summary: Value = serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let budget = &summary["budgets"][0];
    assert_eq!(
        (&budget["state"], &budget["measured"]),
        (&Value::from("unknown"), &Value::from(40.0))
    );
    let page = read(folder.path(), "report.html");
    assert!(page.contains("40.0ms<small>preliminary</small>"));
    let (decided, _) = &*SMALL_RUN;
    let summary: Value = serde_json::from_str(decided.text("summary.json")).unwrap();
    let budgets = summary["budgets"].as_array().unwrap();
    // Nothing but what nobody writes and too few steps tried.
    let few = budgets.iter().filter(|one| one["state"] == "not checked");
    let few = few.filter(|one| !one["measured"].is_null()).count();
    let marked = decided.text("report.html").matches("preliminary").count();
    assert_eq!(marked, few);
}

#[test]
fn every_row_of_a_table_names_its_run_and_the_labels() {
    let (files, _) = &*SMALL_RUN;
    // The note's `=` is its own, and would end its key.
    let note = HOSTILE.replace('=', "\\=").replace(';', "\\;");
    let labels = format!("commit=4f2a91c;note={note}");
    for file in ["operations.csv", "timeline.csv"] {
        let mut csv = csv::Reader::from_reader(files.text(file).as_bytes());
        let header = csv.headers().unwrap().clone();
        let run = header.iter().position(|one| one == "run").unwrap();
        assert_eq!(
            header.iter().skip(run).collect::<Vec<_>>(),
            ["run", "labels"]
        );
        for row in csv.records().map(Result::unwrap) {
            assert_eq!(row.len(), header.len(), "{file}");
            assert_eq!(
                (&row[run], &row[run + 1]),
                ("peak-20260131T120000Z", labels.as_str()),
                "{file}"
            );
        }
    }
}

fn unknown_line(text: &str) -> &str {
    let mut lines = text.lines();
    lines.find(|line| line.starts_with("unknown")).unwrap()
}
