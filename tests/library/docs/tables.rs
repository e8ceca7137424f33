//! Names that a table or a list of the docs has in full: shipped files, exit codes, rooms, phases.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory;
use trtc_load::cli::Cli;
use trtc_load::error::Exit;
use trtc_load::forecast::{bill, month};
use trtc_load::plan::Plan;
use trtc_load::profile;
use trtc_load::profile::{Overrides, Profile, Source};
use trtc_load::recorder::{COUNTERS, HISTOGRAMS};
use trtc_load::report::FORMATS;
use trtc_load::session::Phase;

use super::{between, document, root, spans};

#[test]
fn the_shipped_profiles_are_those_that_the_readme_lists() {
    let readme = document("README.md");
    let listed = between(&readme, "\nShipped: ", "\n\n");
    let listed: BTreeSet<String> = spans(listed)
        .into_iter()
        .filter(|span| !span.contains(' '))
        .collect();
    let shipped = profile::SHIPPED.iter().chain(month::SHIPPED);
    let shipped: BTreeSet<String> = shipped.map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, shipped);
}

#[test]
fn the_bills_that_are_shipped_are_those_that_the_docs_list() {
    let text = document("docs/billing.md");
    let named: BTreeSet<String> = spans(&text).into_iter().collect();
    for (name, _) in bill::SHIPPED {
        assert!(
            named.contains(*name),
            "docs/billing.md does not name {name}"
        );
    }
}

/// That a run leaves these and no others is held by the tests that make runs.
#[test]
fn the_files_that_a_run_leaves_are_those_that_the_readme_lists() {
    let readme = document("README.md");
    let said = between(&readme, "A run leaves a folder under", "\n\n");
    let listed: BTreeSet<String> = spans(said)
        .into_iter()
        .filter(|span| span.contains('.') && !span.contains('/'))
        .collect();
    let mut left: BTreeSet<&str> = FORMATS.iter().map(|format| format.file).collect();
    left.extend([HISTOGRAMS, COUNTERS, "profile.toml", "mock.json"]);
    let left: BTreeSet<String> = left.into_iter().map(str::to_owned).collect();
    assert_eq!(listed, left);
}

#[test]
fn the_arrivals_of_shipped_profiles_in_the_measurements_are_those_of_their_plans() {
    let told = document("docs/measurements.md");
    for name in ["peak", "soak", "tls-storm"] {
        let source = Source {
            file: name.into(),
            name: name.into(),
            dir: root().into(),
        };
        let text = profile::shipped(name).unwrap();
        let read = Profile::parse(text, &source, &Overrides::default()).unwrap();
        let arrivals = Plan::new(&read).unwrap().foresight(&read).arrivals;
        let spelt = format!("{},{:03}", arrivals / 1000, arrivals % 1000);
        assert!(told.contains(&spelt), "{name} has {spelt} arrivals");
    }
}

/// The first cells of a table's rows, below its head and its rule.
fn first_cells(table: &str) -> impl Iterator<Item = &str> {
    let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        row.trim_matches('|')
            .split('|')
            .next()
            .unwrap_or_default()
            .trim()
    })
}

const EXITS: [Exit; 5] = [
    Exit::Kept,
    Exit::Broken,
    Exit::BadInput,
    Exit::CouldNotRun,
    Exit::Invalid,
];

/// Its place in [`EXITS`]: a new one is a fault of the compiler here.
const fn place(exit: Exit) -> usize {
    match exit {
        Exit::Kept => 0,
        Exit::Broken => 1,
        Exit::BadInput => 2,
        Exit::CouldNotRun => 3,
        Exit::Invalid => 4,
    }
}

#[test]
fn the_exit_codes_of_the_readme_and_of_the_help_are_those_of_the_program() {
    let codes: Vec<String> = EXITS.iter().map(|exit| (*exit as u8).to_string()).collect();
    assert_eq!(EXITS.map(place), [0, 1, 2, 3, 4]);
    let readme = document("README.md");
    let table = between(&readme, "\n| exit |", "\n\n");
    let table = format!("| exit |{table}");
    let listed: Vec<&str> = first_cells(&table).collect();
    assert_eq!(listed, codes);
    let help = Cli::command().render_long_help().to_string();
    let said = between(&help, "Exit codes: ", "\n\n").replace('\n', " ");
    let said: Vec<&str> = said
        .split([' ', ',', '(', ')'])
        .filter(|word| word.chars().all(|c| c.is_ascii_digit()) && !word.is_empty())
        .collect();
    assert_eq!(said, codes);
}

#[test]
fn the_crates_and_rooms_of_the_architecture_are_the_folders_of_the_program() {
    let text = document("ARCHITECTURE.md");
    for (head, folder) in [("| crate |", "crates"), ("| room |", "crates/load/src")] {
        let table = between(&text, &format!("\n{head}"), "\n\n");
        let listed: BTreeSet<String> = first_cells(&format!("{head}{table}"))
            .flat_map(spans)
            .collect();
        let there: BTreeSet<String> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().display().to_string())
            .filter(|name| name != "lib.rs")
            .collect();
        assert_eq!(listed, there);
    }
}

#[test]
fn what_a_change_touches_is_two_files_at_most_and_they_are_there() {
    let text = document("CONTRIBUTING.md");
    let table = between(&text, "\n| change | files |", "\n\n");
    let rows: Vec<&str> = table.lines().skip(2).collect();
    assert!(rows.len() > 5, "{rows:?}");
    for row in rows {
        let files = spans(row).into_iter().filter(|span| span.contains('/'));
        let files: Vec<_> = files.filter(|file| file.contains('.')).collect();
        assert!((1..=2).contains(&files.len()), "{row}");
        for file in files {
            assert!(root().join(&file).is_file(), "{file}");
        }
    }
}

#[test]
fn the_phases_that_the_docs_list_are_those_that_are_recorded() {
    let phases: BTreeSet<&str> = Phase::ALL.iter().map(|phase| phase.name()).collect();
    let text = document("docs/recording.md");
    let row = between(&text, "| `phase.OPERATION.PHASE.STAGE` |", "|\n");
    let listed = spans(row);
    assert_eq!(
        listed.iter().map(String::as_str).collect::<BTreeSet<_>>(),
        phases
    );
    let text = document("docs/summary.md");
    let row = between(&text, "`phase` (", ")");
    assert_eq!(row.split(", ").collect::<BTreeSet<_>>(), phases);
}
