//! The schemas and pages that are made from the declarations of keys: the same files pass and fail as with the readers, and
//! the pages in docs/ are those.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jsonschema::Validator;
use trtc_load::cli::schema::{File, json, page};
use trtc_load::config::FaultKind;
use trtc_load::dialect::{Dialect, Fault};
use trtc_load::error::Explain;
use trtc_load::forecast::{bill, month};
use trtc_load::profile::{Overrides, Profile, Source};
use trtc_load::{dialect, profile};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn validator(file: File) -> Validator {
    let schema = serde_json::from_str(&json(file)).expect("a schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("a schema of its draft");
    jsonschema::draft202012::new(&schema).expect("a schema")
}

/// What a TOML file says, as JSON; none: it is no TOML.
fn as_json(text: &str) -> Option<serde_json::Value> {
    let document: toml::Table = toml::from_str(text).ok()?;
    serde_json::to_value(document).ok()
}

fn shipped(file: File) -> Vec<(String, String)> {
    let all = match file {
        File::Profile => profile::SHIPPED,
        File::Dialect => dialect::SHIPPED,
        File::Month => month::SHIPPED,
        File::Bill => bill::SHIPPED,
    };
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    all.iter().map(owned).collect()
}

const fn folder(file: File) -> &'static str {
    match file {
        File::Profile => "tests/bad_profiles",
        File::Dialect => "tests/bad_dialects",
        File::Month => "tests/bad_months",
        File::Bill => "tests/bad_bills",
    }
}

/// The kinds of fault that the reader finds in a file.
fn faults(file: File, text: &str, dir: &Path) -> Vec<FaultKind> {
    let found = match file {
        File::Profile => {
            let source = Source {
                file: "x.toml".into(),
                name: "x".into(),
                dir: dir.to_owned(),
            };
            Profile::parse(text, &source, &Overrides::default()).err()
        }
        File::Dialect => Dialect::parse(text, "x.toml").err(),
        File::Month => month::Model::parse(text, "x.toml", "x").err(),
        File::Bill => bill::Policy::parse(text, "x.toml").err(),
    };
    let own = |fault: &Fault| fault.place().starts_with("x.toml:");
    let found = found.unwrap_or_default().into_iter().filter(own);
    found.map(|fault| fault.kind()).collect()
}

/// Kinds that a schema can tell too: those of one key, whatever the others are.
const fn is_of_one_key(kind: FaultKind) -> bool {
    matches!(
        kind,
        FaultKind::UnknownKey
            | FaultKind::Version
            | FaultKind::WrongType
            | FaultKind::EmptyText
            | FaultKind::NoSpan
            | FaultKind::UnknownName
            | FaultKind::NoName
            | FaultKind::ListEmpty
            | FaultKind::ListTooLong
            | FaultKind::NoPointer
            | FaultKind::NoMonth
            | FaultKind::StepCount
            | FaultKind::DeviceCount
    )
}

#[test]
fn what_the_program_ships_passes_its_schema() {
    for file in File::ALL {
        let validator = validator(file);
        let all = shipped(file);
        assert!(!all.is_empty());
        for (name, text) in all {
            let read = as_json(&text).expect("TOML");
            let wrong: Vec<_> = validator
                .iter_errors(&read)
                .map(|one| one.to_string())
                .collect();
            assert!(wrong.is_empty(), "{name}: {wrong:?}");
        }
    }
}

#[test]
fn a_fault_of_one_key_is_found_by_the_schema_too() {
    for file in File::ALL {
        let validator = validator(file);
        let dir = root().join(folder(file));
        let mut checked = 0;
        for entry in fs::read_dir(&dir).expect("the folder is there") {
            let path = entry.expect("the folder is readable").path();
            let text = fs::read_to_string(&path).unwrap_or_default();
            let is_toml = path.extension().is_some_and(|ending| ending == "toml");
            let name = path.display().to_string();
            let (true, Some(read)) = (is_toml && !name.ends_with(".dialect.toml"), as_json(&text))
            else {
                continue;
            };
            // A dialect that is like another has most of its keys there.
            if read.get("like").is_some() {
                continue;
            }
            let kinds = faults(file, &text, &dir);
            let told: Vec<_> = kinds.iter().filter(|kind| is_of_one_key(**kind)).collect();
            if !told.is_empty() {
                checked += 1;
                assert!(!validator.is_valid(&read), "{name}: {told:?}");
            }
        }
        assert!(checked > 4, "{file:?}: {checked}");
    }
}

#[test]
fn what_the_schema_refuses_the_reader_refuses() {
    // The other way round: every bad file is refused by its reader, so this asks of the good ones, each key of which is
    // written wrongly in turn.
    for file in File::ALL {
        let validator = validator(file);
        for (name, text) in shipped(file) {
            let lines: Vec<&str> = text.lines().collect();
            for (nth, line) in lines.iter().enumerate() {
                let Some((key, _)) = line.split_once(" = ") else {
                    continue;
                };
                if key.trim_start().starts_with('#')
                    || line.ends_with(['[', '{', '('])
                    || line.contains("\"\"\"")
                {
                    continue;
                }
                let mut changed = lines.clone();
                let wrong = format!("{key} = [[[]]]");
                changed[nth] = &wrong;
                let changed = changed.join("\n");
                let Some(read) = as_json(&changed) else {
                    continue;
                };
                let schema = validator.is_valid(&read);
                let reader = faults(file, &changed, &root().join("profiles")).is_empty();
                assert_eq!(schema, reader, "{name}: `{wrong}`");
            }
        }
    }
}

#[test]
fn the_pages_in_the_docs_are_made_from_the_declarations() {
    for file in File::ALL {
        let path = root().join(format!("docs/keys-{}.md", file.name()));
        let want = page(file);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &want).expect("the folder is writable");
        }
        let got = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            got == want,
            "{} is not what the program says: UPDATE_GOLDEN=1, then read the diff",
            path.display()
        );
    }
}
