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
        let (key, value) = moved_entry(entry, &place);
        document.entry(key).or_insert(value);
    }
}

/// The tables of a shipped dialect, with those that it takes from another.
fn shipped(name: &str) -> Option<DeTable<'static>> {
    let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
    let mut document = DeTable::parse(text).ok()?.into_inner();
    let older = document.get("like");
    let older = older.and_then(|like| shipped(like.get_ref().as_str()?));
    for (key, value) in older.unwrap_or_default() {
        document.entry(key).or_insert(value);
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
