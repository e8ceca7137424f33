//! The schemas and pages that are made from the declarations of keys: the same files pass and fail as with the readers, and
//! the pages in docs/ are those.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jsonschema::Validator;
use trtc_load::cli::schema::{File, json, page};
use trtc_load::config::{FaultKind, Form, Section, Written};
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

/// Where a table stands in a file: keys and places in lists.
type Trail = Vec<Step>;

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Nth(usize),
}

/// Every table of `value` that `section` describes, with its place.
fn tables(
    section: &'static Section,
    value: &toml::Value,
    at: &Trail,
) -> Vec<(Trail, &'static Section)> {
    let Some(table) = value.as_table() else {
        return Vec::new();
    };
    let mut found = vec![(at.clone(), section)];
    for about in section.keys() {
        let Some(value) = table.get(about.name) else {
            continue;
        };
        let at: Trail = at
            .iter()
            .cloned()
            .chain([Step::Key(about.name.to_owned())])
            .collect();
        match (about.form, value) {
            (Form::Table(section), value) => found.extend(tables(section, value, &at)),
            (Form::List(Form::Table(section), ..), toml::Value::Array(list)) => {
                for (nth, value) in list.iter().enumerate() {
                    let at: Trail = at.iter().cloned().chain([Step::Nth(nth)]).collect();
                    found.extend(tables(section, value, &at));
                }
            }
            _ => {}
        }
    }
    found
}

fn put(value: &mut toml::Value, at: &[Step], key: &str, new: toml::Value) {
    let mut here = value;
    for step in at {
        here = match step {
            Step::Key(key) => here.get_mut(key).expect("it was there"),
            Step::Nth(nth) => here.get_mut(*nth).expect("it was there"),
        };
    }
    let table = here.as_table_mut().expect("it was a table");
    table.insert(key.to_owned(), new);
}

/// Values that `form` allows, and values that it does not.
fn edges(form: Form) -> (Vec<toml::Value>, Vec<toml::Value>) {
    let text = |text: &str| toml::Value::from(text);
    match form {
        Form::Whole(least, most) => (
            vec![least.into(), most.into()],
            [least.checked_sub(1), most.checked_add(1)]
                .into_iter()
                .flatten()
                .map(Into::into)
                .collect(),
        ),
        Form::Number(least, most) => (
            vec![least.into(), most.into()],
            vec![(least - 0.5).into(), (most * 1.5).into()],
        ),
        Form::Share => (
            vec![0.0.into(), 1.0.into(), 1.into(), text("0%"), text("2.5 %")],
            vec![(-0.1).into(), 1.1.into(), text("2"), text("-1%")],
        ),
        // How long it is a schema cannot say.
        Form::Span(least, most) => (
            vec![
                text(least.written().trim_matches('"')),
                text(most.written().trim_matches('"')),
            ],
            vec![text("5"), text("-1s"), text("1d"), 5.into()],
        ),
        Form::OneOf(names) => (
            names().into_iter().map(text).collect(),
            vec![text("no-such-name"), true.into()],
        ),
        Form::Flag => (
            vec![true.into(), false.into()],
            vec![text("true"), 1.into()],
        ),
        Form::Word => (
            vec![text("a-b_c.9")],
            vec![text("a b"), text(&"x".repeat(41)), text("")],
        ),
        Form::Text
        | Form::AnyText
        | Form::Like(..)
        | Form::Just(_)
        | Form::Table(_)
        | Form::Map(_)
        | Form::Names(..)
        | Form::List(..)
        | Form::Either(_) => (Vec::new(), Vec::new()),
    }
}

/// Kinds that say that a value is none of its key, and nothing of other keys.
const fn is_of_a_value(kind: FaultKind) -> bool {
    is_of_one_key(kind)
        || matches!(
            kind,
            FaultKind::OutOfRange
                | FaultKind::NoMoney
                | FaultKind::NoCode
                | FaultKind::LikeUnknown
                | FaultKind::StepUnknown
                | FaultKind::LoginAs
                | FaultKind::AsOther
        )
}

/// Kinds that say that the key has no meaning beside the others.
const fn is_of_other_keys(kind: FaultKind) -> bool {
    matches!(kind, FaultKind::KeyOfAnotherKind | FaultKind::ChargeForm)
}

#[test]
fn reader_and_schema_draw_the_same_line_at_the_ends_of_every_range_and_at_every_name() {
    let dir = root().join("profiles");
    for file in File::ALL {
        let validator = validator(file);
        let mut checked = 0;
        for (name, text) in shipped(file) {
            let whole = toml::Value::Table(toml::from_str(&text).expect("TOML"));
            for (at, section) in tables(file.keys(), &whole, &Vec::new()) {
                for about in section.keys() {
                    let (good, bad) = edges(about.form);
                    let all = good
                        .into_iter()
                        .map(|one| (one, true))
                        .chain(bad.into_iter().map(|one| (one, false)));
                    for (value, is_good) in all {
                        let mut changed = whole.clone();
                        put(&mut changed, &at, about.name, value.clone());
                        let text = toml::to_string(&changed).expect("TOML");
                        let place = format!("{name}, {at:?}, {} = {value}", about.name);
                        let read = as_json(&text).expect("TOML");
                        let told = faults(file, &text, &dir);
                        let reader = !told.iter().any(|kind| is_of_a_value(*kind));
                        // A key that means nothing where it stands is refused, and its value not looked at.
                        let is_read = !told.iter().any(|kind| is_of_other_keys(*kind));
                        assert!(!is_read || reader == is_good, "{place}: {told:?}");
                        assert_eq!(validator.is_valid(&read), is_good, "{place}");
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 60, "{file:?}: {checked}");
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

/// The table of codes is no file of anybody's, so no command prints it.
#[test]
fn the_page_of_the_codes_is_made_from_their_table() {
    let path = root().join("docs/codes.md");
    let want = trtc_load::session::codes_page();
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &want).expect("the folder is writable");
    }
    let got = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        got == want,
        "{} is not what the table says: UPDATE_GOLDEN=1, then read the diff",
        path.display()
    );
}
