//! What a run leaves behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::program::Place;
use crate::run_folder::{assert_all_files_are_there, profile, reports, summary};
use crate::turn;

fn contents(folder: &Path) -> BTreeMap<&'static str, Vec<u8>> {
    let read = |file| {
        (
            file,
            fs::read(folder.join(file)).expect("the report is there"),
        )
    };
    reports().into_iter().map(read).collect()
}

#[test]
fn the_shipped_quick_profile_keeps_its_budgets_and_its_reports_can_be_rebuilt_byte_for_byte() {
    let _turn = turn::alone();
    let place = Place::new();
    let labels = ["--label", "build=1234", "--label", "team=chat & co"];
    let ended = place.run(&[&["--profile", "quick", "--out", "runs"][..], &labels].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.said());

    let (first, last) = (ended.stdout.lines().next(), ended.stdout.lines().last());
    assert!(
        first.is_some_and(|line| line.starts_with("KEPT  quick")),
        "{}",
        ended.said()
    );
    assert_eq!(last, Some("KEPT  exit 0"));
    for word in [
        "login p99 < 250ms in peak",
        "kick_notice",
        "relogin",
        "arrivals",
    ] {
        assert!(ended.stdout.contains(word), "{word}\n{}", ended.said());
    }
    assert!(
        ended.stderr.contains("peak"),
        "progress is shown, not on standard output\n{}",
        ended.said()
    );

    let folder = place.run_folder();
    assert_all_files_are_there(&folder);
    let whole = summary(&folder);
    assert_eq!(whole["verdict"]["outcome"], "kept");
    assert_eq!(whole["run"]["labels"][0]["name"], "build");
    assert_eq!(whole["run"]["labels"][0]["value"], "1234");
    assert_eq!(whole["run"]["labels"][1]["value"], "chat & co");
    assert_eq!(whole["arrivals"]["due"], whole["arrivals"]["started"]);
    let html = fs::read_to_string(folder.join("report.html")).expect("the report is text");
    for word in ["KEPT", "build", "1234", "team"] {
        assert!(html.contains(word), "{word} is in the report");
    }

    let before = contents(&folder);
    for file in reports() {
        fs::remove_file(folder.join(file)).expect("a report can be removed");
    }
    let name = folder
        .strip_prefix(place.path())
        .expect("the folder is in the place");
    let rebuilt = place.run(&["report", &name.to_string_lossy()]);
    assert_eq!(rebuilt.code, Some(0), "{}", rebuilt.said());
    assert_eq!(rebuilt.stdout, ended.stdout);
    for (file, content) in contents(&folder) {
        assert!(before[file] == content, "{file} is not what it was");
    }
}

#[test]
fn a_program_reads_the_summary_on_standard_output_and_nothing_else_anywhere() {
    let _turn = turn::alone();
    let place = Place::new();
    let budgets = r#"["login p95 < 1s", "arrivals started > 90%"]"#;
    let ended = place.run_profile(
        &profile(budgets, "{}", (50, 2)),
        &["--output", "json", "--seed", "99"],
    );
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert_eq!(ended.stderr, "");
    let folder = place.run_folder();
    let file = fs::read_to_string(folder.join("summary.json")).expect("the run has a summary");
    assert_eq!(ended.stdout.trim_end(), file.trim_end());
    let whole = summary(&folder);
    assert_eq!(whole["run"]["seed"], 99);
    assert_eq!(whole["arrivals"]["started"], 100);
    assert_eq!(whole["operations"][0]["operation"], "login");
    assert_eq!(whole["operations"][0]["attempts"], 100);
}
