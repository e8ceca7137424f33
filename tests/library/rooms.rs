//! The order of the rooms: each imports only from rooms before it, so that data walks one way.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Rooms in the order data walks them. A room may import from the rows before its own, never from its row or after.
const ROOMS: &[&[&str]] = &[
    &["shown"],
    &["units", "clock", "error"],
    &["identity"],
    &["session"],
    &["dialect"],
    &["profile"],
    &["bill"],
    &["month"],
    &["history"],
    &["plan"],
    &["recorder"],
    &["mau"],
    &["verdict"],
    &["target"],
    &["mock", "engine"],
    &["report"],
    &["cli"],
    &["fuzzing"],
];

/// Inside the first row: a clock reads in units.
const WITHIN_ROW: &[(&str, &str)] = &[("clock", "units")];

/// The only rooms that the mock may know: it shares wire shapes with the rest, and no rule.
const MOCK_MAY_USE: &[&str] = &["units", "clock", "error", "identity", "dialect"];

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|row| row.contains(&room))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

/// Every room that `text` names after `crate::`. A braced import of the root names none, so it is a room called `{`.
fn named_rooms(text: &str) -> BTreeSet<String> {
    text.match_indices("crate::")
        .filter(|(at, _)| {
            !text[..*at].ends_with(|before: char| {
                before.is_alphanumeric() || before == '_' || before == '$'
            })
        })
        .map(|(at, found)| {
            let rest = &text[at + found.len()..];
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            rest[..end.max(1)].to_owned()
        })
        .collect()
}

fn room_of(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let first = path
        .strip_prefix(root)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

fn wrong_imports(room: &str, text: &str) -> Vec<String> {
    let own = rank(room);
    named_rooms(text)
        .into_iter()
        .filter(|named| named != room && !WITHIN_ROW.contains(&(room, named)))
        .filter(|named| match (own, rank(named)) {
            (Some(own), Some(other)) => {
                other >= own || (room == "mock" && !MOCK_MAY_USE.contains(&named.as_str()))
            }
            _ => true,
        })
        .collect()
}

#[test]
fn every_room_imports_only_from_rooms_before_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for path in sources(&root) {
        let room = room_of(&path);
        if room == "main" || room == "lib" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for named in wrong_imports(&room, &text) {
            faults.push(format!("{} names crate::{named}", path.display()));
        }
        rooms.insert(room);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let known: BTreeSet<String> = ROOMS
        .iter()
        .flat_map(|row| row.iter().map(|room| (*room).to_owned()))
        .collect();
    assert_eq!(
        rooms, known,
        "every room of src stands in ROOMS, and every room of ROOMS in src"
    );
}

#[test]
fn an_import_from_a_later_room_and_a_braced_root_import_are_found() {
    assert_eq!(
        wrong_imports("plan", "use crate::engine::Stop;"),
        ["engine"]
    );
    assert_eq!(wrong_imports("plan", "use crate::{units::Micros};"), ["{"]);
    assert_eq!(
        wrong_imports("mock", "use crate::session::Code;"),
        ["session"]
    );
    assert_eq!(wrong_imports("engine", "use crate::mock::Mock;"), ["mock"]);
    assert!(
        wrong_imports(
            "engine",
            "use crate::target::Endpoint;\nlet x = other_crate::cli::f();"
        )
        .is_empty()
    );
}
