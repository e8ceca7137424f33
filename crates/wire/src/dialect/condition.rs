//! What an answer must have beside its code to be a success.

use super::lookup::{EVERY_ITEM, Found, Slot};
use super::request::Expected;

/// Something that must be so in an answer. Where its pointer has `*`, in every item of the list.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) slot: Slot,
    pub(super) must: Must,
}

/// What must be so at a pointer.
#[derive(Debug)]
pub(super) enum Must {
    /// One of these stands there.
    Be(Vec<Expected>),
    /// Something stands there.
    Exist,
    /// Nothing stands there.
    BeAbsent,
}

/// How a condition is broken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// What should stand there is missing: the place.
    Lacks(Box<str>),
    /// Something else stands there: in words.
    Is(String),
    /// Another number stands there than the one of a success: a code.
    Code(i64),
}

impl Condition {
    /// How what stands at its `pointer` breaks it, in an answer to a request that named so many accounts in a list.
    pub(super) fn broken_by(
        &self,
        found: &Found<'_>,
        pointer: &str,
        named: usize,
    ) -> Option<Broken> {
        let Found::Each(items) = found else {
            return self.must.broken_by(found, pointer);
        };
        let mut broken = items
            .iter()
            .filter_map(|item| self.must.broken_by(item, pointer));
        broken
            .next()
            .or_else(|| self.must.lacks_items(items.len(), pointer, named))
    }
}

impl Must {
    fn broken_by(&self, found: &Found<'_>, pointer: &str) -> Option<Broken> {
        match self {
            Self::Be(expected) if expected.iter().any(|one| one.is(found)) => None,
            Self::Be(_) | Self::Exist if *found == Found::Nothing => {
                Some(Broken::Lacks(pointer.into()))
            }
            Self::Be(expected) => Some(match (expected.as_slice(), found) {
                ([Expected::Whole(_)], Found::Whole(code)) => Broken::Code(*code),
                _ => Broken::Is(format!("{pointer} is {found}")),
            }),
            Self::Exist => None,
            Self::BeAbsent if *found == Found::Nothing => None,
            // What stands there may be another for each account: it is not repeated.
            Self::BeAbsent => Some(Broken::Is(format!("{pointer} is there"))),
        }
    }

    /// A list that tells of fewer accounts than it was asked for hides what became of the others.
    fn lacks_items(&self, items: usize, pointer: &str, named: usize) -> Option<Broken> {
        let list = pointer
            .split_once(EVERY_ITEM)
            .map_or(pointer, |(list, _)| list);
        let list = list.trim_end_matches('/');
        match self {
            Self::Be(_) | Self::Exist if items < named => Some(Broken::Lacks(
                format!("an item of {list} for each account").into(),
            )),
            Self::Be(_) | Self::Exist | Self::BeAbsent => None,
        }
    }
}

#[cfg(test)]
mod tests;
