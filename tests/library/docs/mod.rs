//! What the docs say and a program can check: links, commands, flags, keys, names in tables.

mod commands;
mod links;
mod pieces;
mod tables;

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document of the repository: its path from the root, and its text.
fn documents() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["", "docs", "fuzz", "benches/peers", "reports"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 15, "the documents are not where they were");
    found.sort();
    found
}

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The part of `text` from `begin` on, up to `end`.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(begin)
        .unwrap_or_else(|| panic!("{begin:?} is not there any more"));
    rest.split_once(end).map_or(rest, |(part, _)| part)
}

/// The fenced blocks of a document with what stands behind the fence, and the text without them.
fn fenced(text: &str) -> (Vec<(String, String)>, String) {
    let (mut blocks, mut rest, mut open) = (Vec::new(), String::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some((kind.to_owned(), String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, block))) => {
                block.push_str(line);
                block.push('\n');
            }
            (None, None) => {
                rest.push_str(line);
                rest.push('\n');
            }
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    (blocks, rest)
}

/// What stands between backticks, outside of fenced blocks.
fn spans(text: &str) -> Vec<String> {
    let (_, text) = fenced(text);
    // A span may go over a line's end.
    let odd = text.split('`').skip(1).step_by(2);
    odd.map(|span| span.replace('\n', " ")).collect()
}
