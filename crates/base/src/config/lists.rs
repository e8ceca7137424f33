//! Lists of tables that have names.

use std::collections::BTreeSet;

use super::{FaultKind, Table, Value};

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

/// The tables of a list that must have one to 64 of them.
pub fn tables<'d>(root: &Table<'d>, key: &str) -> Option<Vec<Value<'d>>> {
    let value = root.need(key, &format!("[[{key}]]"))?;
    let list = value.list()?;
    if list.is_empty() {
        value.fault(
            FaultKind::ListEmpty,
            format!("`{key}` is empty"),
            format!("add at least one [[{key}]]"),
        );
        return None;
    }
    if list.len() > 64 {
        value.fault(
            FaultKind::ListTooLong,
            format!("`{key}` has {} entries", list.len()),
            "keep at most 64",
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
