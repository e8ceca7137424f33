//! Rows of a recording whose keys this program does not know: a later one wrote them.

use std::collections::BTreeMap;
use std::fmt;

use super::key::Key;

/// Kinds that are told apart. A damaged file must not fill memory.
const KINDS: usize = 100;
/// Kinds that are named to people.
const NAMED: usize = 3;

/// What was passed over, and how often it was counted. Nothing that a reader says of such a recording is all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    rows: BTreeMap<String, u64>,
    others: u64,
}

impl Unknown {
    /// Whether every row was known.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.rows.is_empty()
    }

    /// The value of a key in `list` that is known; one that is not is noted with its count.
    pub(super) fn sift<'a, T>(
        &mut self,
        list: &'static str,
        key: &'a Key<T>,
        count: u64,
    ) -> Option<&'a T> {
        match key {
            Key::Known(value) => Some(value),
            Key::Unknown(text) => {
                self.note(list, text, count);
                None
            }
        }
    }

    /// Notes a row of `list`.
    pub(super) fn note(&mut self, list: &'static str, key: &str, count: u64) {
        let kind = format!("{list} {key}");
        if let Some(sum) = self.rows.get_mut(&kind) {
            *sum = sum.saturating_add(count);
        } else if self.rows.len() < KINDS {
            self.rows.insert(kind, count);
        } else {
            self.others = self.others.saturating_add(count);
        }
    }
}

impl fmt::Display for Unknown {
    /// `tallies polls_cut (12), causes {"stalled":3} (1) and 4 more kinds`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.rows.iter().take(NAMED);
        let named: Vec<String> = named
            .map(|(kind, count)| format!("{kind} ({count})"))
            .collect();
        f.write_str(&named.join(", "))?;
        match self.rows.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, " and {more} more kinds"),
        }
    }
}
