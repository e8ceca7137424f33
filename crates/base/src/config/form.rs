//! How a value is written.

use super::{Section, Written};
use crate::units::Micros;

/// How a value is written: what a JSON Schema and a row of the docs say of it.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// `true` or `false`.
    Flag,
    /// Text that is not empty.
    Text,
    /// Text that may be empty.
    AnyText,
    /// A name of one word.
    Word,
    /// Text that the pattern (a regular expression of JSON Schema) describes, and what it is in words.
    Like(&'static str, &'static str),
    /// A whole number, from and to.
    Whole(i64, i64),
    /// A number, from and to.
    Number(f64, f64),
    /// A share in 0..=1, or in per cent.
    Share,
    /// A span of time, from and to.
    Span(Micros, Micros),
    /// One of these names.
    OneOf(fn() -> Vec<&'static str>),
    /// This text and no other.
    Just(&'static str),
    /// A table with these keys.
    Table(&'static Section),
    /// A table whose keys the file chooses; every value has that form.
    Map(&'static Form),
    /// A table whose keys are these names; every value has that form.
    Names(fn() -> Vec<&'static str>, &'static Form),
    /// A list of at least and at most so many of that form.
    List(&'static Form, usize, usize),
    /// Any of these.
    Either(&'static [Form]),
}

/// A kind of thing of which there are a few, each with the name that files have for it.
pub trait Named: Copy + PartialEq + 'static {
    /// All of them with their names.
    const NAMED: &'static [(&'static str, Self)];

    /// The names.
    #[must_use]
    fn names() -> Vec<&'static str> {
        Self::NAMED.iter().map(|(name, _)| *name).collect()
    }

    /// All of them.
    fn all() -> impl Iterator<Item = Self> {
        Self::NAMED.iter().map(|(_, one)| *one)
    }

    /// Its name in files.
    #[must_use]
    fn name(self) -> &'static str {
        let own = Self::NAMED.iter().find(|(_, one)| *one == self);
        own.map_or("", |(name, _)| name)
    }

    /// The one of that name.
    #[must_use]
    fn named(name: &str) -> Option<Self> {
        let found = Self::NAMED.iter().find(|(known, _)| *known == name);
        found.map(|(_, one)| *one)
    }
}

impl Form {
    /// What it is, in words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Text | Self::AnyText => "text".to_owned(),
            Self::Word => "one word".to_owned(),
            Self::Like(_, words) => (*words).to_owned(),
            Self::Whole(i64::MIN, i64::MAX) => "a whole number".to_owned(),
            Self::Whole(least, most) if least == most => format!("`{least}`"),
            Self::Whole(least, most) => format!("a whole number, {least} to {most}"),
            Self::Number(least, most) => format!("a number, {least} to {most}"),
            Self::Share => "a share: `0.02` or `\"2%\"`".to_owned(),
            Self::Span(least, most) => {
                let (least, most) = (least.written(), most.written());
                format!("a span, `{least}` to `{most}`")
            }
            Self::OneOf(names) => {
                let names: Vec<_> = names().iter().map(|name| format!("`\"{name}\"`")).collect();
                names.join(", ")
            }
            Self::Just(text) => format!("`\"{text}\"`"),
            Self::Table(section) => {
                let keys: Vec<_> = section
                    .keys()
                    .map(|about| format!("`{}`", about.name))
                    .collect();
                format!("a table: {}", keys.join(", "))
            }
            Self::Map(each) => format!("a table of names, each {}", each.words()),
            Self::Names(names, each) => {
                let names: Vec<_> = names().iter().map(|name| format!("`{name}`")).collect();
                format!("a table of {}, each {}", names.join(", "), each.words())
            }
            Self::List(each, least, most) => {
                let many = match (*least, *most) {
                    (0, usize::MAX) => "a list".to_owned(),
                    (0, most) => format!("a list of at most {most}"),
                    (least, usize::MAX) => format!("a list of at least {least}"),
                    (least, most) if least == most => format!("a list of {least}"),
                    (least, most) => format!("a list of {least} to {most}"),
                };
                format!("{many}, each {}", each.words())
            }
            Self::Either(forms) => {
                let all: Vec<_> = forms.iter().map(Self::words).collect();
                all.join("; or ")
            }
        }
    }

    /// The keys of the table that it is.
    pub(super) const fn section(&self) -> Option<&'static Section> {
        if let Self::Table(section) = self {
            Some(section)
        } else {
            None
        }
    }

    /// Whether a file writes it under headers of its own: `[name]` or `[[name]]`.
    pub(super) const fn is_tables(&self) -> bool {
        matches!(
            self,
            Self::Table(_)
                | Self::Map(_)
                | Self::Names(_, Self::Table(_))
                | Self::List(Self::Table(_), ..)
        )
    }
}
