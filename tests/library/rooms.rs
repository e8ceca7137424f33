//! The order of the rooms: each imports only from rooms before it, so that data walks one way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms of `crates/load` in the order data walks them. A room may import from the rows before its own, never from its row or
/// after. What crates may know of each other stands in their Cargo.toml.
const ROOMS: &[&[&str]] = &[
    &["session"],
    &["scenario"],
    &["profile"],
    &["plan"],
    &["recorder"],
    &["mau"],
    &["verdict"],
    &["client"],
    &["engine"],
    &["report"],
    &["fuzzing"],
];

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|row| row.contains(&room))
}

pub(super) fn sources(folder: &Path) -> Vec<PathBuf> {
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

/// Where the rooms are.
fn rooms() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/load/src")
}

fn room_of(path: &Path) -> String {
    let first = path
        .strip_prefix(rooms())
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
        .filter(|named| named != room)
        .filter(|named| match (own, rank(named)) {
            (Some(own), Some(other)) => other >= own,
            _ => true,
        })
        .collect()
}

#[test]
fn every_room_imports_only_from_rooms_before_it() {
    let mut faults = Vec::new();
    let mut found = BTreeSet::new();
    for path in sources(&rooms()) {
        let room = room_of(&path);
        if room == "lib" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for named in wrong_imports(&room, &text) {
            faults.push(format!("{} names crate::{named}", path.display()));
        }
        found.insert(room);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let known: BTreeSet<String> = ROOMS
        .iter()
        .flat_map(|row| row.iter().map(|room| (*room).to_owned()))
        .collect();
    assert_eq!(
        found, known,
        "every room of crates/load stands in ROOMS, and every room of ROOMS there"
    );
}

#[test]
fn an_import_from_a_later_room_and_a_braced_root_import_are_found() {
    assert_eq!(
        wrong_imports("plan", "use crate::engine::Stop;"),
        ["engine"]
    );
    assert_eq!(wrong_imports("plan", "use crate::{session::Code};"), ["{"]);
    assert_eq!(
        wrong_imports("engine", "use crate::report::html;"),
        ["report"]
    );
    assert!(
        wrong_imports(
            "engine",
            "use crate::client::Endpoint;\nlet x = other_crate::cli::f();"
        )
        .is_empty()
    );
}

/// The mock shares words and wire shapes with a load, and knows no rule of a session and no documented code: who checks whom
/// must not be wrong in the same way.
#[test]
fn the_mock_knows_no_words_for_what_a_load_finds() {
    let mock = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/mock/src");
    let named: Vec<_> = sources(&mock)
        .into_iter()
        .filter(|path| {
            fs::read_to_string(path)
                .unwrap()
                .contains("trtc_wire::session")
        })
        .collect();
    assert!(named.is_empty(), "{named:?}");
}

/// `fuzz/` is a workspace of its own, which no build here looks at.
#[test]
fn what_the_fuzzing_targets_take_from_the_crates_is_there() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/src");
    let text = fs::read_to_string(fuzz.join("lib.rs")).unwrap();
    let paths = text.lines().filter_map(|line| {
        let path = line.trim().strip_prefix("#[path = \"")?;
        path.strip_suffix("\"]")
    });
    let paths: Vec<_> = paths.collect();
    assert!(!paths.is_empty());
    for path in paths {
        assert!(fuzz.join(path).is_file(), "{path}");
    }
}
