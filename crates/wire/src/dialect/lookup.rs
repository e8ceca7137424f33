//! A few fields of a JSON text by their pointers (RFC 6901), found in one pass without building the document.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::surrogate;
use crate::session::Code;

mod items;

pub(super) use items::EVERY_ITEM;
use items::Items;

/// The most bytes of an error code's name that are kept.
const LONGEST_CODE: usize = 64;

/// What stands at a pointer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Found<'a> {
    /// Nothing: no such field.
    Nothing,
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number in the range of `i64`.
    Whole(i64),
    /// True or false.
    Flag(bool),
    /// Another number, in decimal.
    Number(Box<str>),
    /// Null.
    Null,
    /// A list.
    List,
    /// An object.
    Object,
    /// What stands there in each item of a list, where the pointer has `*`.
    Each(Vec<Found<'a>>),
}

/// The most characters that are shown of a text that a target wrote.
const SHOWN: usize = 40;

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("not there"),
            Self::Text(text) if text.chars().nth(SHOWN).is_none() => write!(f, "{text:?}"),
            Self::Text(text) => {
                let start: String = text.chars().take(SHOWN).collect();
                write!(f, "{start:?}..")
            }
            Self::Whole(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => f.write_str(number),
            Self::Null => f.write_str("null"),
            Self::List => f.write_str("a list"),
            Self::Object => f.write_str("an object"),
            Self::Each(items) => write!(f, "{} items", items.len()),
        }
    }
}

impl Found<'_> {
    /// As an error code.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Whole(number) => Some(Code::Number(*number)),
            Self::Text(name) if !name.is_empty() => {
                let end = name.floor_char_boundary(LONGEST_CODE);
                Some(Code::from(&name[..end]))
            }
            Self::Text(_)
            | Self::Nothing
            | Self::Flag(_)
            | Self::Number(_)
            | Self::Null
            | Self::List
            | Self::Object
            | Self::Each(_) => None,
        }
    }

    /// As text to hand on.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Nothing
            | Self::Flag(_)
            | Self::Number(_)
            | Self::Null
            | Self::List
            | Self::Object
            | Self::Each(_) => None,
        }
    }

    /// The same, held by itself.
    fn into_owned(self) -> Found<'static> {
        match self {
            Self::Text(text) => Found::Text(Cow::Owned(text.into_owned())),
            Self::Nothing => Found::Nothing,
            Self::Whole(number) => Found::Whole(number),
            Self::Flag(flag) => Found::Flag(flag),
            Self::Number(number) => Found::Number(number),
            Self::Null => Found::Null,
            Self::List => Found::List,
            Self::Object => Found::Object,
            Self::Each(items) => Found::Each(items.into_iter().map(Found::into_owned).collect()),
        }
    }
}

/// The body is not one JSON text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotJson;

/// Which fields to find: pointers as a tree, each with its place among the results.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    root: Node,
    /// The pointers, each at the place of its result.
    wanted: Vec<Box<str>>,
}

#[derive(Debug, Default)]
struct Node {
    places: Vec<usize>,
    children: Vec<Child>,
    /// Below `*`: the same of every item of a list.
    items: Option<Box<Items>>,
}

#[derive(Debug)]
struct Child {
    key: Box<str>,
    /// The key as a list's index, where it is one.
    index: Option<usize>,
    node: Node,
}

/// A pointer's place among the results of its lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// Whether `text` is a pointer: empty, or begins with a slash and has `~` only as `~0` or `~1`.
pub(super) fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1);
    (text.is_empty() || text.starts_with('/'))
        && escapes.into_iter().all(|rest| rest.starts_with(['0', '1']))
}

impl Lookup {
    /// Adds a pointer; what stands there is found at the returned place.
    pub(super) fn add(&mut self, pointer: &str) -> Slot {
        let place = self.wanted.len();
        let mut node = &mut self.root;
        for token in pointer.split('/').skip(1) {
            if token == EVERY_ITEM {
                let items = node.items.get_or_insert_default();
                items.places.push(place);
                node = &mut items.node;
                continue;
            }
            let key = token.replace("~1", "/").replace("~0", "~");
            let known = node.children.iter().position(|child| *child.key == *key);
            let at = known.unwrap_or_else(|| {
                node.children.push(Child::new(&key));
                node.children.len() - 1
            });
            node = &mut node.children[at].node;
        }
        node.places.push(place);
        self.wanted.push(pointer.into());
        Slot(place)
    }

    /// Whether one list is asked for one of its items and for all of them.
    pub(super) fn mixes_items(&self) -> bool {
        self.root.mixes_items()
    }

    /// The pointer of `slot`.
    pub(super) fn pointer(&self, slot: Slot) -> &str {
        self.wanted.get(slot.0).map_or("", |pointer| pointer)
    }

    /// Reads `body`. It must be UTF-8 throughout, also where nobody reads it; half a surrogate pair is read as U+FFFD,
    /// wherever it stands.
    pub(super) fn read<'a>(&self, body: &'a [u8]) -> Result<Fields<'a>, NotJson> {
        let text = std::str::from_utf8(body).map_err(|_| NotJson)?;
        self.read_text(text).or_else(|fault| {
            let mended = surrogate::mended(text).ok_or(fault)?;
            let Fields(found) = self.read_text(&mended)?;
            let found = found.into_iter().map(Found::into_owned);
            Ok(Fields(found.collect()))
        })
    }

    fn read_text<'a>(&self, body: &'a str) -> Result<Fields<'a>, NotJson> {
        let mut found = vec![Found::Nothing; self.wanted.len()];
        let mut json = serde_json::Deserializer::from_str(body);
        let walk = Walk {
            node: &self.root,
            found: &mut found,
        };
        walk.deserialize(&mut json).map_err(|_| NotJson)?;
        json.end().map_err(|_| NotJson)?;
        Ok(Fields(found))
    }
}

impl Node {
    fn mixes_items(&self) -> bool {
        let Some(items) = &self.items else {
            return self.children.iter().any(|child| child.node.mixes_items());
        };
        !self.children.is_empty() || items.node.mixes_items()
    }

    /// Takes back what was found below it.
    fn forget_below(&self, found: &mut [Found<'_>]) {
        for place in self.items.iter().flat_map(|items| &items.places) {
            found[*place] = Found::Nothing;
        }
        for child in &self.children {
            for place in &child.node.places {
                found[*place] = Found::Nothing;
            }
            child.node.forget_below(found);
        }
    }
}

impl Child {
    fn new(key: &str) -> Self {
        let plain = key == "0" || !key.starts_with(['0', '+']);
        Self {
            key: key.into(),
            index: key.parse().ok().filter(|_| plain),
            node: Node::default(),
        }
    }
}

/// What a lookup found.
#[derive(Debug, PartialEq)]
pub(super) struct Fields<'a>(Vec<Found<'a>>);

impl<'a> Fields<'a> {
    /// What stands at the pointer of `slot`.
    pub(super) fn at(&self, slot: Slot) -> &Found<'a> {
        self.0.get(slot.0).unwrap_or(&Found::Nothing)
    }
}

struct Walk<'n, 'f, 'a> {
    node: &'n Node,
    found: &'f mut Vec<Found<'a>>,
}

impl<'a> Walk<'_, '_, 'a> {
    fn put(self, value: &Found<'a>) {
        for place in &self.node.places {
            self.found[*place] = value.clone();
        }
    }
}

impl<'a> DeserializeSeed<'a> for Walk<'_, '_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<(), D::Error> {
        // A key that stands twice counts the last time, with nothing of what its first value held.
        self.node.forget_below(self.found);
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.put(&Found::Flag(value));
        Ok(())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.put(&Found::Whole(value));
        Ok(())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        let huge = || Found::Number(value.to_string().into());
        self.put(&i64::try_from(value).map_or_else(|_| huge(), Found::Whole));
        Ok(())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.put(&number(value));
        Ok(())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.put(&Found::Text(Cow::Owned(value.to_owned())));
        Ok(())
    }

    fn visit_borrowed_str<E: Error>(self, value: &'a str) -> Result<(), E> {
        self.put(&Found::Text(Cow::Borrowed(value)));
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.put(&Found::Null);
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'a>>(self, mut items: S) -> Result<(), S::Error> {
        if let Some(every) = &self.node.items {
            every.read(items, self.found)?;
            self.put(&Found::List);
            return Ok(());
        }
        let mut index = 0;
        loop {
            let child = self
                .node
                .children
                .iter()
                .find(|child| child.index == Some(index));
            let more = match child {
                Some(child) => items
                    .next_element_seed(Walk {
                        node: &child.node,
                        found: &mut *self.found,
                    })?
                    .is_some(),
                None => items.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
            index += 1;
        }
        self.put(&Found::List);
        Ok(())
    }

    fn visit_map<M: MapAccess<'a>>(self, mut entries: M) -> Result<(), M::Error> {
        while let Some(key) = entries.next_key::<Key<'a>>()? {
            match self.node.children.iter().find(|child| *child.key == *key.0) {
                Some(child) => entries.next_value_seed(Walk {
                    node: &child.node,
                    found: &mut *self.found,
                })?,
                None => {
                    entries.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.put(&Found::Object);
        Ok(())
    }
}

/// From here on a float does not hold every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A number that is not written as a whole one: `-0`, `0e0` and `7.0` are whole all the same.
fn number(value: f64) -> Found<'static> {
    let whole = format!("{value:.0}").parse().ok();
    let whole = whole.filter(|_| value.fract() == 0.0 && value.abs() < EXACT);
    whole.map_or_else(|| Found::Number(value.to_string().into()), Found::Whole)
}

/// An object's key, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests;
