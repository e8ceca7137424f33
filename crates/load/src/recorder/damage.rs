//! What does not fit in a recording, and where it was seen first.

use std::fmt;

/// The file that is wrong, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    file: &'static str,
    what: String,
}

impl Damage {
    pub(super) const fn of(file: &'static str, what: String) -> Self {
        Self { file, what }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.file, self.what)
    }
}
