//! A key of a table, declared once: from its declaration come its reading, its bounds, what holds where it is left out,
//! its line in a resolved file, its part of the JSON Schema and its row in the docs.
//!
//! In: a table of a file. Out: the key's value. Never here: what several keys mean together.

use toml::de::DeTable;

use super::lists::name;
use super::{At, FaultKind, Faults, Form, Named, Table, Value};
use crate::units::Micros;

/// What is known of a key beside the type of its value.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// How a file spells it.
    pub name: &'static str,
    /// What it means, in a sentence or a few.
    pub says: &'static str,
    /// How its value is written.
    pub form: Form,
    /// What holds where it is left out.
    pub absent: Absent,
}

/// What holds where a key is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It must be there; an example of its value.
    Fault(&'static str),
    /// This value, as a file would write it.
    Value(&'static str),
    /// What these words say.
    Words(&'static str),
}

/// A key whose value is a `T`.
#[derive(Debug)]
pub struct Key<T: 'static> {
    /// What is known of it.
    pub about: About,
    read: Read<T>,
}

/// A key that its table's reader reads by itself: what it means depends on other keys.
#[derive(Clone, Copy, Debug)]
pub struct Raw;

#[derive(Debug)]
enum Read<T: 'static> {
    ByForm(fn(&Value<'_>, Form) -> Option<T>),
    Own(fn(&Value<'_>) -> Option<T>),
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Read<T> {}

impl<T> Clone for Key<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Key<T> {}

impl Key<bool> {
    /// True or false.
    #[must_use]
    pub const fn flag(name: &'static str) -> Self {
        Self::formed(name, Form::Flag, |value, _| value.flag())
    }
}

impl Key<f64> {
    /// A number in that range.
    #[must_use]
    pub const fn number(name: &'static str, least: f64, most: f64) -> Self {
        Self::formed(name, Form::Number(least, most), |value, form| {
            let Form::Number(least, most) = form else {
                return None;
            };
            value.number(least..=most)
        })
    }

    /// A share in 0..=1, as a number or in per cent.
    #[must_use]
    pub const fn share(name: &'static str) -> Self {
        Self::formed(name, Form::Share, |value, _| value.share())
    }
}

impl Key<Micros> {
    /// A span of time in that range.
    #[must_use]
    pub const fn span(name: &'static str, least: Micros, most: Micros) -> Self {
        Self::formed(name, Form::Span(least, most), |value, form| {
            let Form::Span(least, most) = form else {
                return None;
            };
            value.span(least..=most)
        })
    }
}

impl Key<String> {
    /// Text that is not empty.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::formed(name, Form::Text, |value, _| value.text().map(str::to_owned))
    }

    /// Text that may be empty.
    #[must_use]
    pub const fn any_text(name: &'static str) -> Self {
        Self::formed(name, Form::AnyText, |value, _| {
            value.any_text().map(str::to_owned)
        })
    }

    /// A name of one word.
    #[must_use]
    pub const fn word(key: &'static str) -> Self {
        Self::formed(key, Form::Word, |value, _| name(value).map(str::to_owned))
    }
}

impl<T: TryFrom<i64>> Key<T> {
    /// A whole number in that range, all of which `T` holds.
    #[must_use]
    pub const fn whole(name: &'static str, least: i64, most: i64) -> Self {
        Self::formed(name, Form::Whole(least, most), |value, form| {
            let Form::Whole(least, most) = form else {
                return None;
            };
            T::try_from(value.whole(least..=most)?).ok()
        })
    }
}

impl<T: Named> Key<T> {
    /// One of the names of `T`.
    #[must_use]
    pub const fn one_of(name: &'static str) -> Self {
        Self::formed(name, Form::OneOf(T::names), |value, _| {
            value.one_of(T::NAMED)
        })
    }
}

impl Key<Raw> {
    /// One that its table's reader finds and reads.
    #[must_use]
    pub const fn raw(name: &'static str, form: Form) -> Self {
        Self::own(name, form, |_| Some(Raw))
    }

    /// A table of its own.
    #[must_use]
    pub const fn table(name: &'static str, section: &'static super::Section) -> Self {
        Self::raw(name, Form::Table(section))
    }
}

impl<T> Key<T> {
    /// One with a reader of its own. `form` says how its value is written.
    #[must_use]
    pub const fn own(name: &'static str, form: Form, read: fn(&Value<'_>) -> Option<T>) -> Self {
        Self::new(name, form, Read::Own(read))
    }

    const fn formed(
        name: &'static str,
        form: Form,
        read: fn(&Value<'_>, Form) -> Option<T>,
    ) -> Self {
        Self::new(name, form, Read::ByForm(read))
    }

    const fn new(name: &'static str, form: Form, read: Read<T>) -> Self {
        let about = About {
            name,
            says: "",
            form,
            absent: Absent::Words("nothing"),
        };
        Self { about, read }
    }

    /// What it means.
    #[must_use]
    pub const fn says(mut self, says: &'static str) -> Self {
        self.about.says = says;
        self
    }

    /// It must be there; an example of its value.
    #[must_use]
    pub const fn needed(mut self, example: &'static str) -> Self {
        self.about.absent = Absent::Fault(example);
        self
    }

    /// Left out, it has this value, as a file would write it.
    #[must_use]
    pub const fn or(mut self, literal: &'static str) -> Self {
        self.about.absent = Absent::Value(literal);
        self
    }

    /// Left out, it is as these words say.
    #[must_use]
    pub const fn otherwise(mut self, words: &'static str) -> Self {
        self.about.absent = Absent::Words(words);
        self
    }

    /// How a file spells it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.about.name
    }

    /// What that value is; none where a fault was told.
    pub fn of(&self, value: &Value<'_>) -> Option<T> {
        match self.read {
            Read::ByForm(read) => read(value, self.about.form),
            Read::Own(read) => read(value),
        }
    }

    /// What it is where it is left out; none where a file must have it or words say what holds.
    #[must_use]
    pub fn usual(&self) -> Option<T> {
        let Absent::Value(literal) = self.about.absent else {
            return None;
        };
        let text = format!("{} = {literal}", self.about.name);
        let faults = Faults::new(self.about.name, &text);
        let document = DeTable::parse(&text).ok()?.into_inner();
        let table = Table::any(&faults, String::new(), At(0), &document);
        self.of(table.get(self.about.name)?)
    }
}

impl<'d> Table<'d> {
    /// The value of `key`, or the one that it has where it is left out; none where a fault was told.
    pub fn read<T>(&self, key: &Key<T>) -> Option<T> {
        match (self.find(key), key.about.absent) {
            (Some(value), _) => key.of(value),
            (None, Absent::Value(literal)) => {
                let usual = key.usual();
                if usual.is_none() {
                    let what = format!("the default of `{}`, {literal}, is none", key.name());
                    self.fault(
                        FaultKind::Missing,
                        what,
                        "write the key; report this as a bug",
                    );
                }
                usual
            }
            (None, Absent::Fault(_)) => {
                self.must(key);
                None
            }
            (None, Absent::Words(_)) => {
                debug_assert!(false, "`{}` has no default to read", key.name());
                None
            }
        }
    }

    /// The value of `key`, where it is there.
    pub fn given<T>(&self, key: &Key<T>) -> Option<Option<T>> {
        match self.find(key) {
            Some(value) => key.of(value).map(Some),
            None => Some(None),
        }
    }

    /// The value of `key`, or `usual` where it is left out.
    pub fn read_or<T>(&self, key: &Key<T>, usual: T) -> Option<T> {
        self.given(key).map(|given| given.unwrap_or(usual))
    }

    /// What stands at `key`.
    #[must_use]
    pub fn find<T>(&self, key: &Key<T>) -> Option<&Value<'d>> {
        self.get(key.name())
    }

    /// The table at `key`, which is one; an empty one where it is left out and may be.
    pub fn open(&self, key: &Key<Raw>) -> Option<Self> {
        let Form::Table(section) = key.about.form else {
            return None;
        };
        match (self.find(key), key.about.absent) {
            (None, Absent::Value(_) | Absent::Words(_)) => Some(self.empty(key.name())),
            (None, Absent::Fault(_)) => {
                self.must(key);
                None
            }
            (Some(value), _) => value.open(section),
        }
    }

    /// What stands at `key`, or a fault that shows `example`: it is needed here, and not everywhere.
    pub fn need<T>(&self, key: &Key<T>, example: &'static str) -> Option<&Value<'d>> {
        self.find(key).or_else(|| self.must(&key.needed(example)))
    }

    /// What stands at `key`, or a fault with an example of it.
    pub fn must<T>(&self, key: &Key<T>) -> Option<&Value<'d>> {
        let value = self.find(key);
        if value.is_none() {
            let path = self.path_of(key.name());
            let what = format!("`{path}` is missing");
            self.fault(FaultKind::Missing, what, key.about.remedy());
        }
        value
    }
}

impl About {
    /// What to add where it is missing.
    fn remedy(&self) -> String {
        let example = match self.absent {
            Absent::Fault(example) => example,
            Absent::Value(_) | Absent::Words(_) => "..",
        };
        if self.form.is_tables() {
            return format!("add `{example}`");
        }
        format!("add `{} = {example}`", self.name)
    }
}
