//! A TOML file that a person wrote, read with its lines, so that every fault of it can be told at once.
//!
//! In: the file's text. Out: its tables and values one by one, and a list of [`Fault`]s. Never here: what the values
//! mean.

mod form;
mod hidden;
mod key;
mod kind;
mod lists;
mod reference;
mod schema;
mod section;
mod table;
mod value;
mod words;
mod written;

pub use form::{Form, Named};
pub use hidden::{HIDDEN, address, hidden, without};
pub use key::{About, Absent, Key, Raw};
pub use kind::{FaultKind, Reader};
pub use lists::{check_unique, check_version, name, tables, tables_of};
pub use reference::reference;
pub use schema::schema;
pub use section::Section;
pub use table::Table;
pub use value::Value;
pub use words::{nearest, parse_share, parse_span};
pub use written::{Writer, Written, list};

use std::cell::RefCell;
use std::fmt;

use toml::de::DeTable;

use crate::error::Explain;

/// The most syntax errors that are told of one file: those after the first few follow from them.
const SYNTAX_ERRORS: usize = 3;

/// One thing that is wrong in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    kind: FaultKind,
    file: Box<str>,
    line: usize,
    what: Box<str>,
    remedy: Box<str>,
}

impl Fault {
    /// What sort of fault it is.
    #[must_use]
    pub const fn kind(&self) -> FaultKind {
        self.kind
    }

    /// The line it is in, from 1; 0 where it is an argument's.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Explain for Fault {
    fn place(&self) -> String {
        if self.line == 0 {
            return self.file.to_string();
        }
        format!("{}:{}", self.file, self.line)
    }

    fn remedy(&self) -> String {
        self.remedy.to_string()
    }
}

/// A byte of the file: where a fault is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At(pub usize);

/// The faults of one file, found so far.
#[derive(Debug)]
pub struct Faults<'t> {
    file: &'t str,
    text: &'t str,
    found: RefCell<Vec<Fault>>,
}

impl<'t> Faults<'t> {
    /// None yet. `file` is the name that messages show.
    #[must_use]
    pub const fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: RefCell::new(Vec::new()),
        }
    }

    /// Adds one. What looks like a secret in its words is not repeated: a key may stand anywhere by a slip.
    pub fn add(&self, kind: FaultKind, at: At, what: impl Into<String>, remedy: impl Into<String>) {
        self.found.borrow_mut().push(Fault {
            kind,
            file: self.file.into(),
            line: self.line_of(at),
            what: hidden(&what.into()).into(),
            remedy: hidden(&remedy.into()).into(),
        });
    }

    /// Adds one that is not in a file: `place` is an argument.
    pub fn add_argument(
        &self,
        kind: FaultKind,
        place: &str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.found.borrow_mut().push(Fault {
            kind,
            file: place.into(),
            line: 0,
            what: hidden(&what.into()).into(),
            remedy: hidden(&remedy.into()).into(),
        });
    }

    /// Adds those of another file that this one names.
    pub fn add_all(&self, faults: Vec<Fault>) {
        self.found.borrow_mut().extend(faults);
    }

    /// The file's tables, or none where its syntax is wrong.
    pub fn parse(&self) -> Option<DeTable<'t>> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in errors.iter().take(SYNTAX_ERRORS) {
            let at = At(error.span().map_or(0, |span| span.start));
            self.add(
                FaultKind::Syntax,
                at,
                format!("this is not TOML: {}", one_line(error.message())),
                SYNTAX_REMEDY,
            );
        }
        errors.is_empty().then(|| document.into_inner())
    }

    /// All of them: this file's by line, then those of the files that it names. Empty when the file is good.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Fault> {
        let own = self.file;
        let mut found = self.found.into_inner();
        found.sort_by_key(|fault| (*fault.file != *own, fault.line));
        let mut each: Vec<Fault> = Vec::with_capacity(found.len());
        for fault in found {
            // A table may have been read twice. A file's faults are few.
            if !each.contains(&fault) {
                each.push(fault);
            }
        }
        each
    }

    /// The place `lines` lines into the text that is quoted at `at`. One in single quotes, or that stands in another file,
    /// has one line.
    fn below(&self, at: At, lines: usize) -> At {
        let quoted = self.text.get(at.0..).unwrap_or_default();
        if !quoted.starts_with("\"\"\"") && !quoted.starts_with("'''") {
            return at;
        }
        // The line break right after three quotes is no part of the text.
        let opens = ["\"\"\"\n", "\"\"\"\r\n", "'''\n", "'''\r\n"];
        let lines = lines + usize::from(opens.iter().any(|open| quoted.starts_with(open)));
        let breaks = quoted
            .match_indices('\n')
            .map(|(offset, _)| at.0 + offset + 1);
        At([at.0]
            .into_iter()
            .chain(breaks)
            .take(lines + 1)
            .last()
            .unwrap_or(at.0))
    }

    /// The line of a byte, from 1.
    fn line_of(&self, at: At) -> usize {
        let before = self.text.as_bytes().iter().take(at.0);
        1 + before.filter(|byte| **byte == b'\n').count()
    }
}

const SYNTAX_REMEDY: &str = "write `key = value`, text in quotes, and a table's name in [brackets]";

fn one_line(message: &str) -> String {
    message
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_is_told_with_its_line() {
        let faults = Faults::new("x.toml", "a = 1\nb = = 2\n");
        assert!(faults.parse().is_none());
        let faults = faults.into_sorted();
        assert_eq!(faults[0].place(), "x.toml:2");
        assert!(
            faults[0].to_string().starts_with("this is not TOML: "),
            "{}",
            faults[0]
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_a_syntax_error_in_its_second_line() {
        let faults = Faults::new("x.toml", "a = 1\n\na = 2\n");
        assert!(faults.parse().is_none());
        assert_eq!(faults.into_sorted()[0].place(), "x.toml:3");
    }

    #[test]
    fn faults_come_by_line_each_once_whatever_order_they_were_found_in() {
        let faults = Faults::new("x.toml", "a\nb\nc\n");
        for at in [4, 0, 4, 2] {
            faults.add(FaultKind::WrongType, At(at), "wrong", "mend it");
        }
        let lines: Vec<_> = faults.into_sorted().iter().map(Fault::line).collect();
        assert_eq!(lines, [1, 2, 3]);
    }
}
