//! `like = "session"`: what a file leaves out comes from a shipped dialect, and from the one that this is like.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::super::shipped::SHIPPED;
use trtc_base::config::{At, FaultKind, Faults};

/// The names of the shipped dialects.
pub(super) fn shipped_names() -> Vec<&'static str> {
    SHIPPED.iter().map(|(name, _)| *name).collect()
}

/// Adds what `document` leaves out. A fault of it is one of `like`: in that file it is where nothing is wrong, and in
/// this one it is nowhere else.
pub(super) fn inherit<'t>(document: &mut DeTable<'t>, faults: &Faults<'t>) {
    let Some(like) = document.get("like") else {
        return;
    };
    let place = like.span();
    let Some(base) = like.get_ref().as_str().and_then(shipped) else {
        return faults.add(
            FaultKind::LikeUnknown,
            At(place.start),
            "`like` is not the name of a shipped dialect",
            format!("write one of: {}", shipped_names().join(", ")),
        );
    };
    for entry in base {
        fill_in(document, moved_entry(entry, &place));
    }
}

/// The tables of which a file may change one entry and keep the others.
const BY_ENTRY: &[&str] = &["operations", "regions", "limits"];

/// Takes an entry of the base where `document` has none of its own.
fn fill_in<'t>(document: &mut DeTable<'t>, (key, value): Entry<'t>) {
    let is_by_entry = BY_ENTRY.contains(&key.get_ref().as_ref());
    match (document.get_mut(&**key.get_ref()), value) {
        (None, value) => {
            document.insert(key, value);
        }
        (Some(own), value) if is_by_entry => {
            if let (DeValue::Table(own), DeValue::Table(base)) = (own.get_mut(), value.into_inner())
            {
                fill_in_entries(own, base);
            }
        }
        (Some(_), _) => {}
    }
}

/// Takes the entries of the base that are not there, and removes those that are `false`: the service does not have them.
fn fill_in_entries<'t>(own: &mut DeTable<'t>, base: DeTable<'t>) {
    for (name, one) in base {
        let is_left_out = own
            .get(&**name.get_ref())
            .is_some_and(|written| matches!(written.get_ref(), DeValue::Boolean(false)));
        if is_left_out {
            own.remove(&**name.get_ref());
        } else {
            own.entry(name).or_insert(one);
        }
    }
}

/// The tables of a shipped dialect, with those that it takes from another.
fn shipped(name: &str) -> Option<DeTable<'static>> {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    let mut document = DeTable::parse(text).ok()?.into_inner();
    let older = document.get("like");
    let older = older.and_then(|like| shipped(like.get_ref().as_str()?));
    for entry in older.unwrap_or_default() {
        fill_in(&mut document, entry);
    }
    Some(document)
}

/// A key and its value.
type Entry<'t> = (Spanned<DeString<'t>>, Spanned<DeValue<'t>>);

fn moved_entry<'t>((key, value): Entry<'t>, place: &Range<usize>) -> Entry<'t> {
    let key = Spanned::new(place.clone(), key.into_inner());
    (key, moved(value, place))
}

/// The same value at another place of the text.
fn moved<'t>(value: Spanned<DeValue<'t>>, place: &Range<usize>) -> Spanned<DeValue<'t>> {
    let value = match value.into_inner() {
        DeValue::Array(items) => {
            DeValue::Array(items.into_iter().map(|item| moved(item, place)).collect())
        }
        DeValue::Table(entries) => {
            let entries = entries.into_iter();
            let entries = entries.map(|entry| moved_entry(entry, place));
            DeValue::Table(entries.collect())
        }
        plain @ (DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)) => plain,
    };
    Spanned::new(place.clone(), value)
}
