//! Links, anchors, and the files, tests and benches that the docs name.

use std::fs;

use super::{document, documents, fenced, root, spans};
use crate::rooms::sources;

/// A heading as a link names it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_link_to_a_file_and_every_anchor_resolves() {
    let mut links = 0;
    for (name, text) in documents() {
        let folder = root().join(&name);
        let folder = folder.parent().unwrap();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if target.contains("://") {
                continue;
            }
            links += 1;
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = if file.is_empty() {
                root().join(&name)
            } else {
                folder.join(file)
            };
            assert!(path.exists(), "{name}: {target}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&path).unwrap();
                let mut headings = text.lines().filter(|line| line.starts_with('#'));
                let is_there = headings.any(|line| anchor(line.trim_start_matches('#')) == heading);
                assert!(is_there, "{name}: {target}");
            }
        }
    }
    assert!(links > 40, "{links} links were found");
}

/// Whether `cargo test --test NAME [FILTER]` finds something: a module of that name, where the filter ends in colons.
fn is_test(name: &str, filter: Option<&str>) -> bool {
    let Ok(main) = fs::read_to_string(root().join("tests").join(name).join("main.rs")) else {
        return false;
    };
    filter.is_none_or(|filter| {
        let module = filter.trim_end_matches("::");
        main.contains(&format!("\nmod {module};"))
    })
}

#[test]
fn every_test_that_the_docs_name_is_one() {
    let files = ["tests", "crates"].map(|folder| sources(&root().join(folder)));
    let texts = files.iter().flatten().map(fs::read_to_string);
    let program: String = texts.map(|text| text.expect("it is a text")).collect();
    let is_test_name = |span: &str| {
        span.matches('_').count() >= 5
            && span
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let mut checked = 0;
    for (name, text) in documents() {
        if name == "CHANGELOG.md" {
            continue;
        }
        for span in spans(&text).iter().filter(|span| is_test_name(span)) {
            checked += 1;
            let declared = format!("#[test]\nfn {span}()");
            assert!(program.contains(&declared), "{name}: `{span}` is no test");
        }
    }
    assert!(checked > 15, "{checked} names were found");
}

#[test]
fn every_test_every_bench_and_every_file_of_the_repository_that_the_docs_name_exists() {
    const FOLDERS: &[&str] = &[
        "tests/",
        "benches/",
        "docs/",
        "profiles/",
        "src/",
        "crates/",
        "fuzz/",
        ".ci/",
    ];
    let mut checked = 0;
    let manifest = document("Cargo.toml");
    for (name, text) in documents() {
        // What was there once is said in the changelog.
        if name == "CHANGELOG.md" {
            continue;
        }
        let blocks = fenced(&text).0.into_iter().map(|(_, block)| block);
        let lines = spans(&text)
            .into_iter()
            .chain(blocks.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()));
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            for (at, word) in words.iter().enumerate() {
                if FOLDERS.iter().any(|folder| word.starts_with(folder)) {
                    let path = word.trim_end_matches([',', '.', ';', ':', '/']);
                    // Capitals stand for names that the reader fills in.
                    let is_capital =
                        |part: &str| part.len() > 2 && part.chars().all(|c| c.is_ascii_uppercase());
                    if path.contains(['*', '{', '<']) || path.split(['/', '.']).any(is_capital) {
                        continue;
                    }
                    checked += 1;
                    assert!(root().join(path).exists(), "{name}: `{line}`: {path}");
                }
                let Some(named) = words.get(at + 1) else {
                    continue;
                };
                if *word == "--test" && words[0] == "cargo" {
                    checked += 1;
                    let filter = words.get(at + 2).filter(|next| !next.starts_with('-'));
                    assert!(is_test(named, filter.copied()), "{name}: `{line}`");
                }
                if *word == "--bench" && words[0] == "cargo" {
                    checked += 1;
                    let row = format!("[[bench]]\nname = \"{named}\"");
                    assert!(manifest.contains(&row), "{name}: `{line}`");
                }
            }
        }
    }
    assert!(checked > 40, "{checked} names were found");
}
