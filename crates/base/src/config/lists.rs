//! Lists of tables that have names.

use std::collections::BTreeSet;

use super::{FaultKind, Form, Key, Raw, Table, Value};

/// A name that budgets and reports use as one word.
pub fn name<'d>(value: &Value<'d>) -> Option<&'d str> {
    let text = value.text()?;
    let plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if !plain || text.len() > 40 {
        let what = format!("`{}` is {text:?}, which is no name", value.path());
        value.fault(
            FaultKind::NoName,
            what,
            "write one word of at most 40 letters, digits, `-`, `_` or `.`",
        );
        return None;
    }
    Some(text)
}

/// The most tables of a list.
const MOST_TABLES: usize = 64;

/// A list of one to 64 tables with these keys.
#[must_use]
pub const fn tables_of(each: &'static Form) -> Form {
    Form::List(each, 1, MOST_TABLES)
}

/// The tables of a list that must have one to 64 of them.
pub fn tables<'d>(root: &Table<'d>, key: &Key<Raw>) -> Option<Vec<Value<'d>>> {
    let (value, key) = (root.must(key)?, key.name());
    let list = value.list()?;
    if list.is_empty() {
        value.fault(
            FaultKind::ListEmpty,
            format!("`{key}` is empty"),
            format!("add at least one [[{key}]]"),
        );
        return None;
    }
    if list.len() > MOST_TABLES {
        value.fault(
            FaultKind::ListTooLong,
            format!("`{key}` has {} entries", list.len()),
            format!("keep at most {MOST_TABLES}"),
        );
        return None;
    }
    Some(list)
}

/// Tells when a name stands twice.
pub fn check_unique<'d>(names: impl Iterator<Item = (&'d str, Value<'d>)>) {
    let mut seen = BTreeSet::new();
    for (name, value) in names {
        if !seen.insert(name) {
            value.fault(
                FaultKind::NameTwice,
                format!(
                    "`{}` is \"{name}\", which another has already",
                    value.path()
                ),
                "give it a name of its own",
            );
        }
    }
}

/// The version of a file's format, which must be the one that this program reads.
pub fn check_version(root: &Table<'_>, key: &Key<i64>, version: i64) {
    let Some(value) = root.must(key) else {
        return;
    };
    if value.as_whole() != Some(version) {
        value.fault(
            FaultKind::Version,
            "the file's version is not one that this program reads",
            format!("write `version = {version}`; this program reads version {version} only"),
        );
    }
}
