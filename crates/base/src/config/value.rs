//! Values that know where they stand and complain for themselves.

use std::fmt::Display;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::DeValue;

use super::words::span_in_seconds;
use super::{At, FaultKind, Faults, Table, nearest, parse_share, parse_span};
use crate::units::Micros;

/// A value of a table or a list.
#[derive(Clone, Debug)]
pub struct Value<'d> {
    pub(super) faults: &'d Faults<'d>,
    pub(super) path: String,
    pub(super) at: At,
    pub(super) value: &'d DeValue<'d>,
}

impl<'d> Value<'d> {
    /// How messages name it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands.
    #[must_use]
    pub const fn at(&self) -> At {
        self.at
    }

    /// The faults of its file.
    #[must_use]
    pub const fn faults(&self) -> &'d Faults<'d> {
        self.faults
    }

    /// Tells a fault of this value.
    pub fn fault(&self, kind: FaultKind, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.add(kind, self.at, what, remedy);
    }

    /// Tells a fault at the byte `offset` of this value's text.
    pub fn fault_inside(
        &self,
        kind: FaultKind,
        offset: usize,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let text = self.as_text().unwrap_or_default();
        let lines = text
            .bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count();
        self.faults
            .add(kind, self.faults.below(self.at, lines), what, remedy);
    }

    fn wrong_type<T>(&self, wanted: &str, example: &str) -> Option<T> {
        let what = format!(
            "`{}` is {} but must be {wanted}",
            self.path,
            kind(self.value)
        );
        self.fault(
            FaultKind::WrongType,
            what,
            format!("write it like {example}"),
        );
        None
    }

    /// Its text, where it is one; complains about nothing.
    #[must_use]
    pub fn as_text(&self) -> Option<&'d str> {
        self.value.as_str()
    }

    /// True or false, where it is; complains about nothing.
    #[must_use]
    pub fn as_flag(&self) -> Option<bool> {
        self.value.as_bool()
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// Whether it is a table.
    #[must_use]
    pub fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Text that is not empty.
    pub fn text(&self) -> Option<&'d str> {
        let Some(text) = self.value.as_str() else {
            return self.wrong_type("text", "`\"text\"`");
        };
        if text.is_empty() {
            self.fault(
                FaultKind::EmptyText,
                format!("`{}` is empty", self.path),
                "write a text in the quotes, or remove the key",
            );
            return None;
        }
        Some(text)
    }

    /// Text that may be empty.
    pub fn any_text(&self) -> Option<&'d str> {
        self.value
            .as_str()
            .or_else(|| self.wrong_type("text", "`\"text\"`"))
    }

    /// Yes or no.
    pub fn flag(&self) -> Option<bool> {
        self.value
            .as_bool()
            .or_else(|| self.wrong_type("true or false", "`true`"))
    }

    /// A whole number, where it is one; complains about nothing.
    #[must_use]
    pub fn as_whole(&self) -> Option<i64> {
        let integer = self.value.as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// The digits of a decimal number as the person wrote them, or a text; complains about nothing. An exact amount is
    /// read from them: a float would not hold it.
    #[must_use]
    pub fn as_written(&self) -> Option<&'d str> {
        match self.value {
            DeValue::String(text) => Some(text),
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str()),
            DeValue::Float(float) => Some(float.as_str()),
            DeValue::Integer(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        }
    }

    /// A whole number in `range`.
    pub fn whole<T>(&self, range: RangeInclusive<T>) -> Option<T>
    where
        T: TryFrom<i64> + PartialOrd + Display,
    {
        if !self.value.is_integer() {
            return self.wrong_type("a whole number", &format!("`{}`", range.start()));
        }
        let number = self.as_whole().and_then(|number| T::try_from(number).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.outside(&range);
        }
        number
    }

    /// A number in `range`, with or without a fraction.
    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let Some(number) = self.as_number() else {
            return self.wrong_type("a number", &format!("`{}`", range.start()));
        };
        if !range.contains(&number) {
            self.outside(&range);
            return None;
        }
        Some(number)
    }

    /// A share in 0..=1, as a number or as text in per cent.
    pub fn share(&self) -> Option<f64> {
        let Some(share) = self.as_number().or_else(|| parse_share(self.as_text()?)) else {
            return self.wrong_type("a share", "`0.02` or `\"2%\"`");
        };
        if !(0.0..=1.0).contains(&share) {
            self.fault(
                FaultKind::OutOfRange,
                format!("`{}` is {}, outside 0 to 1", self.path, self.shown()),
                "write a share between 0 and 1, such as `0.02`, or in per cent, such as `\"2%\"`",
            );
            return None;
        }
        Some(share)
    }

    /// A span of time in `range`.
    pub fn span(&self, range: RangeInclusive<Micros>) -> Option<Micros> {
        let text = self.as_text().unwrap_or_default();
        if span_in_seconds(text).is_none() {
            let what = format!(
                "`{}` is {}, which is no span of time",
                self.path,
                self.shown()
            );
            self.fault(
                FaultKind::NoSpan,
                what,
                "write a number and its unit in quotes: \"250ms\", \"5s\", \"2m\"",
            );
            return None;
        }
        // None: longer than any may be.
        let span = parse_span(text).filter(|span| range.contains(span));
        if span.is_none() {
            self.outside(&range);
        }
        span
    }

    /// One of these names.
    pub fn one_of<T: Copy>(&self, names: &[(&str, T)]) -> Option<T> {
        let Some(text) = self.value.as_str() else {
            let all: Vec<_> = names.iter().map(|(name, _)| *name).collect();
            let first = all.first().copied().unwrap_or_default();
            let wanted = format!("one of: {}", all.join(", "));
            return self.wrong_type(&wanted, &format!("`\"{first}\"`"));
        };
        let text = if text.is_empty() { self.text()? } else { text };
        let found = names.iter().find(|(name, _)| *name == text);
        if found.is_none() {
            self.unknown_name(text, names.iter().map(|(name, _)| *name));
        }
        found.map(|(_, value)| *value)
    }

    /// Tells that `word` is none of the known names.
    pub fn unknown_name<'k>(&self, word: &str, known: impl Iterator<Item = &'k str> + Clone) {
        let list: Vec<_> = known.clone().collect();
        let remedy = nearest(word, known).map_or_else(
            || format!("write one of: {}", list.join(", ")),
            |meant| format!("did you mean `{meant}`? Known: {}", list.join(", ")),
        );
        self.fault(
            FaultKind::UnknownName,
            format!("`{}` is \"{word}\", which is not known", self.path),
            remedy,
        );
    }

    /// The value of `key`, where this is a table that has it; complains about nothing.
    #[must_use]
    pub fn as_entry(&self, key: &str) -> Option<Self> {
        let entries = self.value.as_table()?;
        let table = Table::any(self.faults, self.path.clone(), self.at, entries);
        table.get(key).cloned()
    }

    /// A table which may have these keys.
    pub fn table(&self, known: &[&str]) -> Option<Table<'d>> {
        let table = self.free_table()?;
        table.check_keys(known);
        Some(table)
    }

    /// A table whose keys are names that the file chooses.
    pub fn free_table(&self) -> Option<Table<'d>> {
        let Some(entries) = self.value.as_table() else {
            return self.wrong_type("a table", "`{ key = value }`");
        };
        Some(Table::any(self.faults, self.path.clone(), self.at, entries))
    }

    /// A list's values.
    pub fn list(&self) -> Option<Vec<Self>> {
        let Some(items) = self.value.as_array() else {
            return self.wrong_type("a list", "`[ .. ]`");
        };
        let item = |(index, item): (usize, &'d Spanned<DeValue<'d>>)| Self {
            faults: self.faults,
            path: format!("{}[{}]", self.path, index + 1),
            at: At(item.span().start),
            value: item.get_ref(),
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    fn as_number(&self) -> Option<f64> {
        let float = self
            .value
            .as_float()
            .and_then(|float| float.as_str().parse().ok());
        #[expect(
            clippy::cast_precision_loss,
            reason = "whole numbers here are far below 2^53"
        )]
        let whole = || self.as_whole().map(|whole| whole as f64);
        float.or_else(whole)
    }

    fn outside<T: Display>(&self, range: &RangeInclusive<T>) {
        let (from, to) = (range.start(), range.end());
        self.fault(
            FaultKind::OutOfRange,
            format!(
                "`{}` is {}, outside {from} to {to}",
                self.path,
                self.shown()
            ),
            format!("write a value from {from} to {to}"),
        );
    }

    /// The value as the person wrote it, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.value {
            DeValue::String(text) => format!("\"{text}\""),
            DeValue::Integer(integer) => integer.to_string(),
            DeValue::Float(float) => float.as_str().to_owned(),
            DeValue::Boolean(flag) => flag.to_string(),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                kind(self.value).to_owned()
            }
        }
    }
}

const fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
