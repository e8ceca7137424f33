//! What a run's reports say, as files and on the terminal: golden files on a scripted recording, and their contracts.

mod charts;
mod sample;
mod script;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::golden::golden;
use sample::{HOSTILE, Run, Sample, Target};
use serde_json::Value;
use tempfile::TempDir;
use trtc_load::error::Exit;
use trtc_load::report::{FORMATS, Format, terminal, write_all};
use trtc_load::terminal::Paint;

/// Small enough for a person to read its golden files.
const SMALL: Sample = Sample {
    target: Target::Failing,
    rate: 60,
    peak: 10,
};

/// The small run and its files, made once for all tests that only read them.
static SMALL_RUN: LazyLock<(Files, Run)> = LazyLock::new(|| {
    let (folder, run) = folder(SMALL);
    let content = |format: &Format| (format.file, read(folder.path(), format.file));
    (Files(FORMATS.iter().map(content).collect()), run)
});

/// What a run's files say, by name.
struct Files(BTreeMap<&'static str, String>);

impl Files {
    fn text(&self, file: &str) -> &str {
        self.0.get(file).map_or("", String::as_str)
    }
}

fn folder(sample: Sample) -> (TempDir, Run) {
    let folder = TempDir::new().unwrap();
    let run = Run::of(sample, folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    (folder, run)
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn tables_and_summary_are_those_of_the_golden_files() {
    let (files, run) = &*SMALL_RUN;
    for file in [
        "operations.csv",
        "timeline.csv",
        "summary.json",
        "rules.csv",
        "planned.csv",
        "channel_ends.csv",
        "junit.xml",
        "summary.md",
    ] {
        golden(&format!("report/{file}"), files.text(file));
    }
    let text = terminal(&run.findings(), Path::new("reports/sample"), Paint::Plain);
    golden("report/terminal.txt", &text);
}

#[test]
fn a_merged_run_shows_its_coverage_and_its_shards_in_every_format() {
    let folder = TempDir::new().unwrap();
    let run = Run::merged(SMALL, folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    golden("report/shards.csv", &read(folder.path(), "shards.csv"));
    let text = terminal(&run.findings(), Path::new("reports/sample"), Paint::Plain);
    golden("report/terminal-merged.txt", &text);
    let summary: Value = serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let coverage = &summary["coverage"];
    // 800 arrivals came due in each of the two, as planned.
    assert_eq!(coverage["observed"], 1_600);
    assert_eq!(coverage["planned"], 2_400);
    assert_eq!(coverage["shards"][1]["observed"], Value::Null);
    let page = read(folder.path(), "report.html");
    assert!(page.contains("<h2>Shards</h2>"));
    for words in ["missing", "the generator sent too late", "2 of 3 shards"] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn every_format_is_written_whole_and_has_a_test() {
    let (folder, _) = folder(SMALL);
    let tested = [
        "report.html",
        "summary.json",
        "operations.csv",
        "timeline.csv",
        "shards.csv",
        "rules.csv",
        "planned.csv",
        "channel_ends.csv",
        "junit.xml",
        "summary.md",
    ];
    let files: BTreeSet<&str> = FORMATS.iter().map(|format| format.file).collect();
    assert_eq!(
        files,
        BTreeSet::from(tested),
        "a format needs a golden file or a contract"
    );
    for format in FORMATS {
        assert!(
            !read(folder.path(), format.file).is_empty(),
            "{}",
            format.name
        );
    }
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".unfinished"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn writing_again_gives_the_same_bytes() {
    let (folder, run) = folder(SMALL);
    let before: Vec<String> = FORMATS
        .iter()
        .map(|format| read(folder.path(), format.file))
        .collect();
    write_all(folder.path(), &run.findings()).unwrap();
    for (format, before) in FORMATS.iter().zip(before) {
        assert_eq!(read(folder.path(), format.file), before, "{}", format.name);
    }
}

#[test]
fn evidence_that_cannot_be_written_is_a_run_that_could_not_be_made() {
    let (_, run) = &*SMALL_RUN;
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a file");
    fs::write(&file, "").unwrap();
    let problem = write_all(&file, &run.findings()).unwrap_err();
    assert_eq!(problem.exit, Exit::CouldNotRun);
    assert!(problem.what.contains("the evidence could not be written"));

    // A folder where a file should be: the format is named, and nothing half-written stays.
    let taken = TempDir::new().unwrap();
    fs::create_dir(taken.path().join("timeline.csv")).unwrap();
    let problem = write_all(taken.path(), &run.findings()).unwrap_err();
    assert!(problem.place.ends_with("timeline.csv"));
    assert!(!taken.path().join("timeline.csv.unfinished").exists());
}

#[test]
fn a_rule_that_nothing_checked_reads_so_in_every_format() {
    let (files, run) = &*SMALL_RUN;
    let text = terminal(&run.findings(), Path::new("x"), Paint::Plain);
    // The sample asks who is logged in and whether ended tokens are refused, and nothing else.
    assert!(
        text.contains("\nnot checked: self_info is empty after a failed login; "),
        "{text}"
    );
    let summary: Value = serde_json::from_str(files.text("summary.json")).unwrap();
    let rules = summary["invariants"].as_array().unwrap();
    let of = |state: &str| rules.iter().filter(|one| one["state"] == state).count();
    assert_eq!(
        (of("broken"), of("kept"), of("not checked")),
        (1, 1, rules.len() - 2)
    );
    for rule in rules {
        let name = rule["invariant"].as_str().unwrap();
        let state = rule["state"].as_str().unwrap();
        let checks = rule["checks"].as_u64().unwrap();
        assert_eq!(state == "not checked", checks == 0, "{rule}");
        let row = format!("{state},{checks},{},", rule["breaches"]);
        assert!(files.text("rules.csv").contains(&row), "{row}");
        let skipped = format!("name=\"{name}\"><skipped message=\"not checked: 0 checks\"/>");
        let is_skipped = files.text("junit.xml").contains(&skipped);
        assert_eq!(is_skipped, checks == 0, "{skipped}");
        let span = format!("<span class=\"state {state}\">{state}</span></td>");
        assert!(files.text("report.html").contains(&span), "{span}");
        assert!(
            files.text("summary.md").contains(&format!("| {state} | ")),
            "{state}"
        );
    }
    for file in ["report.html", "summary.md", "junit.xml"] {
        assert!(!files.text(file).contains("no breach"), "{file}");
    }
}

#[test]
fn a_page_shows_hostile_text_as_text_and_loads_nothing() {
    let (files, _) = &*SMALL_RUN;
    let page = files.text("report.html");
    assert!(!page.contains(HOSTILE));
    assert!(!page.contains("<img"));
    for file in ["junit.xml", "summary.md"] {
        assert!(!files.text(file).contains(HOSTILE), "{file}");
        assert!(!files.text(file).contains("<img"), "{file}");
    }
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)"));
    // One script: the page's own.
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</script").count(), 1);
    for load in [
        "src=", "href=", "<link", "<iframe", "<img", "@import", "url(", "fetch(", "XMLHttp",
        "import(",
    ] {
        let own = page.replace("&lt;img src=x", "");
        assert!(!own.contains(load), "{load}");
    }
    assert!(page.contains("default-src 'none'"));
    // The one address on the page is the target's, as text.
    assert_eq!(
        page.matches("http://").count(),
        page.matches("http://127.0.0.1:8080").count()
    );
    assert_eq!(page.matches("https://").count(), 0);
}

#[test]
fn the_banner_says_the_outcome_the_exit_code_and_the_reason() {
    for (target, word, style, exit) in [
        (Target::Healthy, "KEPT", "kept", 0),
        (Target::Failing, "BROKEN", "broken", 1),
    ] {
        let sample = Sample {
            target,
            rate: 200,
            peak: 10,
        };
        let (folder, run) = folder(sample);
        let page = read(folder.path(), "report.html");
        let banner = format!(
            "<header class=\"banner {style}\"><p class=\"word\">{word}<small>exit code {exit}"
        );
        assert!(page.contains(&banner), "{word}");
        let text = terminal(&run.findings(), Path::new("x"), Paint::Plain);
        assert!(text.starts_with(&format!("{word}  ")), "{text}");
        assert_eq!(
            text.lines().last(),
            Some(format!("{word}  exit {exit}").as_str())
        );
    }
}

#[test]
fn the_terminal_never_needs_more_than_80_columns() {
    for rate in [3, 300] {
        let (_folder, run) = folder(Sample { rate, ..SMALL });
        let text = terminal(&run.findings(), Path::new("reports/sample"), Paint::Plain);
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let coloured = terminal(&run.findings(), Path::new("reports/sample"), Paint::Colour);
        assert!(coloured.contains("\u{1b}["));
    }
}

#[test]
fn every_field_of_the_summary_is_documented() {
    fn fields(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields_of) => {
                for (name, value) in fields_of {
                    into.insert(name.clone());
                    fields(value, into);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| fields(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let folder = TempDir::new().unwrap();
    let run = Run::merged(SMALL, folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    let summary: Value = serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let mut names = BTreeSet::new();
    fields(&summary, &mut names);
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/summary.md");
    let document = fs::read_to_string(document).unwrap();
    let missing: Vec<&String> = names
        .iter()
        .filter(|name| !document.contains(&format!("`{name}`")))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/summary.md does not say {missing:?}"
    );
}

#[test]
fn latencies_in_every_file_are_those_of_the_sorted_samples() {
    let folder = TempDir::new().unwrap();
    let millis: Vec<u64> = (1..=200).rev().collect();
    let run = Run::of_logins(&millis, folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    // Nearest rank over 1..=200 ms. A histogram of 3 digits is at most 0.1% too high; max and mean are exact.
    let wanted = [
        ("p50", 100.0),
        ("p90", 180.0),
        ("p95", 190.0),
        ("p99", 198.0),
        ("p99.9", 200.0),
    ];
    let exact = [("max", 200.0), ("mean", 100.5)];
    let summary: Value = serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    let felt = &summary["operations"][0]["measured"]["felt"];
    let table = read(folder.path(), "operations.csv");
    let mut csv = csv::Reader::from_reader(table.as_bytes());
    let header = csv.headers().unwrap().clone();
    let row = csv.records().map(Result::unwrap).next().unwrap();
    let cell = |name: &str| -> f64 {
        let column = header
            .iter()
            .position(|one| one == format!("felt_{name}_ms"));
        row[column.unwrap()].parse().unwrap()
    };
    for (name, want) in wanted.into_iter().chain(exact) {
        for got in [felt[name].as_f64().unwrap(), cell(name)] {
            let most = if exact.contains(&(name, want)) {
                want
            } else {
                want * 1.001
            };
            assert!(
                (want..=most + 1e-9).contains(&got),
                "{name}: {got} for {want}"
            );
        }
    }
}

#[test]
fn a_run_without_a_step_is_reported_all_the_same_and_proves_nothing() {
    let folder = TempDir::new().unwrap();
    let run = Run::of_logins(&[], folder.path());
    write_all(folder.path(), &run.findings()).unwrap();
    let text = terminal(&run.findings(), folder.path(), Paint::Plain);
    assert!(text.ends_with("\nINVALID  exit 4\n"), "{text}");
    assert!(text.contains("0 accounts logged in"));
    let summary: Value = serde_json::from_str(&read(folder.path(), "summary.json")).unwrap();
    assert_eq!(summary["operations"], Value::Array(Vec::new()));
    assert_eq!(summary["peaks"]["lag_p99_ms"], Value::Null);
    assert_eq!(summary["arrivals"]["started_share"], Value::Null);
    assert_eq!(summary["generator"]["cpu_cores_mean"], Value::Null);
    assert_eq!(read(folder.path(), "operations.csv").lines().count(), 1);
    assert!(read(folder.path(), "report.html").contains("class=\"banner invalid\""));
}
