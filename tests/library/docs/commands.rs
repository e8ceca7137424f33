//! Command lines and flags.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use trtc_load::cli::Cli;

use super::pieces::faults_of_piece;
use super::{between, document, documents, fenced, root, spans};

/// The words of a line as a shell takes them, up to a comment. Variables stand for a time.
fn words(line: &str) -> Vec<String> {
    let (mut found, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in line.chars().chain([' ']) {
        match (c, quote) {
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => found.extend(word.take()),
            ('#', None) if word.is_none() => break,
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    for word in &mut found {
        if word.starts_with('$') {
            "2030-01-31T09:30:00Z".clone_into(word);
        }
    }
    found
}

/// What our program is called with in a line of a shell; none where the line calls something else.
fn arguments(line: &str) -> Option<Vec<String>> {
    let words = words(line);
    let of_cargo = ["cargo", "run", "--release", "--"];
    let begins = |with: &[&str]| {
        words
            .iter()
            .map(String::as_str)
            .take(with.len())
            .eq(with.iter().copied())
    };
    let given = if begins(&["trtc-load"]) {
        &words[1..]
    } else if begins(&of_cargo) {
        &words[of_cargo.len()..]
    } else {
        return None;
    };
    let program = ["trtc-load".to_owned()];
    Some(program.into_iter().chain(given.iter().cloned()).collect())
}

#[test]
fn every_command_line_of_the_docs_is_one_that_the_program_takes() {
    let mut checked = 0;
    for (name, text) in documents() {
        let (blocks, rest) = fenced(&text);
        let indented = rest.lines().filter_map(|line| line.strip_prefix("    "));
        let fenced_lines = blocks
            .iter()
            .filter(|(kind, _)| kind.is_empty())
            .flat_map(|(_, block)| block.lines());
        // A pipe or a list of commands is as many lines.
        let lines = fenced_lines
            .chain(indented)
            .flat_map(|line| line.split(" | ").flat_map(|part| part.split(" && ")));
        for line in lines {
            let Some(arguments) = arguments(line.trim()) else {
                continue;
            };
            checked += 1;
            if let Err(fault) = Cli::try_parse_from(&arguments) {
                let is_asked = matches!(
                    fault.kind(),
                    ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
                );
                assert!(is_asked, "{name}: {line}\n{fault}");
            }
        }
    }
    assert!(checked > 20, "{checked} command lines were found");
}

/// Every long flag of the program and of its commands.
fn flags_of(command: &clap::Command, into: &mut BTreeSet<String>) {
    let long = command.get_arguments().filter_map(clap::Arg::get_long);
    into.extend(long.map(|name| format!("--{name}")));
    for inner in command.get_subcommands() {
        flags_of(inner, into);
    }
}

/// What the scripts of a folder, and of the one that their parts lie in, read of flags.
fn flags_of_scripts(folder: &Path) -> BTreeSet<String> {
    let folders = [folder.to_owned(), folder.join("peers")];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let paths = files.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_script = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str());
        path.is_file() && matches!(ending, None | Some("sh" | "py"))
    };
    let texts = paths
        .filter(is_script)
        .filter_map(|path| fs::read_to_string(path).ok());
    let words = |text: String| -> Vec<String> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        words
            .filter(|word| word.starts_with("--"))
            .map(str::to_owned)
            .collect()
    };
    texts.flat_map(words).collect()
}

/// The flags that a text names.
fn flags_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '=' | '`' | '|' | ',' | '/'))
        .filter(|word| {
            let name = word.strip_prefix("--").unwrap_or_default();
            name.starts_with(|c: char| c.is_ascii_lowercase())
        })
}

#[test]
fn every_flag_that_the_docs_name_is_one_of_the_program_that_it_is_named_for() {
    let mut ours = BTreeSet::new();
    flags_of(&Cli::command(), &mut ours);
    let mut checked = 0;
    for (name, text) in documents() {
        for span in spans(&text) {
            let program = span.split(' ').next().unwrap_or_default();
            // What stands behind a lone `--` is another program's.
            let known = if program == "--" {
                continue;
            } else if program == "trtc-load" {
                ours.clone()
            } else if program.starts_with("--") {
                // A flag alone is one of the program, or of the scripts that the document is about.
                let folder = root().join(&name);
                let folder = folder.parent().filter(|folder| *folder != root());
                ours.union(&folder.map(flags_of_scripts).unwrap_or_default())
                    .cloned()
                    .collect()
            } else if root().join(program).is_file() {
                // A script that only calls another one reads its flags there.
                let script = root().join(program);
                flags_of_scripts(script.parent().unwrap())
            } else {
                continue;
            };
            for flag in flags_in(&span) {
                checked += 1;
                assert!(known.contains(flag), "{name}: `{span}`: {flag}");
            }
        }
    }
    assert!(checked > 40, "{checked} flags were found");
}

#[test]
fn the_flags_and_keys_of_the_mock_that_push_lists_side_by_side_are_one_setting() {
    let mut flags = BTreeSet::new();
    flags_of(&Cli::command(), &mut flags);
    let text = document("docs/push.md");
    let table = between(&text, "| `[target.mock]` |", "\n\n");
    let mut pairs = BTreeMap::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells = spans(row);
        let key = cells[0].split(' ').next().unwrap_or_default().to_owned();
        let faults = faults_of_piece(&format!("[target.mock]\n{}", cells[0]));
        assert!(faults.is_empty(), "{faults:?}");
        assert!(flags.contains(&cells[1]), "{}", cells[1]);
        pairs.insert(format!("--{}", key.replace('_', "-")), cells[1].clone());
    }
    assert!(pairs.iter().all(|(key, flag)| key == flag), "{pairs:?}");
    assert!(pairs.len() > 2);
}
