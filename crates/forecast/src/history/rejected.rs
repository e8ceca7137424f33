//! Rows that are no logins although they should be: counted by reason, with the first of each.
//!
//! In: a row's fault. Out: counts with a place to look at. Nothing is lost in silence.

use std::fmt;

/// Why a row is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It has fewer columns than are needed.
    TooShort,
    /// A cell that is needed holds a line break: a quote before it is not closed.
    LineBreak,
    /// The account's cell is empty.
    NoAccount,
    /// The time's cell is empty.
    NoTime,
    /// The time's cell is in no form that is known.
    UnknownTime,
    /// Before 2010: a clock that was never set.
    TooEarly,
    /// More than a day after the clock of this machine, and after the month of the day that was asked for.
    Future,
    /// Of a month that came when 120 others were there already.
    TooManyMonths,
}

/// Every reason, in the order of their numbers.
const REASONS: [Reason; 8] = [
    Reason::TooShort,
    Reason::LineBreak,
    Reason::NoAccount,
    Reason::NoTime,
    Reason::UnknownTime,
    Reason::TooEarly,
    Reason::Future,
    Reason::TooManyMonths,
];

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too few columns",
            Self::LineBreak => "a line break in the account or the time: a quote is not closed",
            Self::NoAccount => "no account",
            Self::NoTime => "no time",
            Self::UnknownTime => "a time that is not understood",
            Self::TooEarly => "a time before 2010",
            Self::Future => "a time in the future",
            Self::TooManyMonths => "a month beyond the first 120",
        })
    }
}

/// The rows of one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: Reason,
    /// How many.
    pub rows: u64,
    /// The file of the first.
    pub file: String,
    /// The line of the first, from 1.
    pub line: u64,
    /// The cell in question of the first; empty where none is.
    pub cell: String,
}

/// Counts rows that are left out.
#[derive(Debug, Default)]
pub(super) struct Rejects {
    found: [Option<Rejected>; REASONS.len()],
}

impl Rejects {
    /// Counts a row that stands in `file` on `line`.
    pub(super) fn add(&mut self, reason: Reason, (file, line): (&str, u64), cell: &[u8]) {
        let Some(place) = self.found.get_mut(reason as usize) else {
            return;
        };
        match place {
            Some(found) => found.rows += 1,
            None => {
                let text = String::from_utf8_lossy(cell);
                let cell = text.chars().take(60).collect();
                *place = Some(Rejected {
                    reason,
                    rows: 1,
                    file: file.to_owned(),
                    line,
                    cell,
                });
            }
        }
    }

    /// Those that were found, the commonest first.
    pub(super) fn all(&self) -> Vec<Rejected> {
        let mut all: Vec<Rejected> = self.found.iter().flatten().cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.rows));
        all
    }

    /// The rows of all reasons.
    pub(super) fn rows(&self) -> u64 {
        self.found.iter().flatten().map(|one| one.rows).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_its_own_place_and_keeps_its_first_row() {
        let mut rejects = Rejects::default();
        for (at, reason) in (1..).zip(REASONS) {
            rejects.add(reason, ("a.csv", at), b"x");
        }
        rejects.add(Reason::NoTime, ("b.csv", 99), b"y");
        let all = rejects.all();
        assert_eq!((all.len(), rejects.rows()), (8, 9));
        assert_eq!(
            (all[0].reason, all[0].rows, all[0].line),
            (Reason::NoTime, 2, 4)
        );
        assert_eq!(all[0].cell, "x");
    }
}
