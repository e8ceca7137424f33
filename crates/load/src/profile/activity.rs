//! The table `[activity]`: what a month looks like, for the expectation "as configured".

use trtc_base::config::{Table, Writer};
use trtc_base::section;

section! {
    /// What a month looks like, for the MAU that a run expects "as configured".
    pub(super) ACTIVITY {
        /// Mean share of accounts that are active on a day. The ends are no shares that a Beta distribution can have.
        DAILY_SHARE: f64 = number("daily_share", 0.0001, 0.9999).or("0.2");
        /// How alike accounts are: small means few heavy users and many idle ones.
        CONCENTRATION: f64 = number("concentration", 0.01, 10_000.0).or("3");
        /// Days of the month.
        DAYS: u32 = whole("days", 28, 31).or("30");
    }
}

/// What a month looks like, for the expectation "as configured".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    /// Mean share of accounts that are active on a day, in 0..1.
    pub daily_share: f64,
    /// How alike accounts are: the sum of the Beta's parameters, above 0. Small: few heavy users, many idle ones.
    pub concentration: f64,
    /// Days of the month.
    pub days: u32,
}

impl Activity {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let daily_share = table.read(&DAILY_SHARE);
        let concentration = table.read(&CONCENTRATION);
        let days = table.read(&DAYS);
        Some(Self {
            daily_share: daily_share?,
            concentration: concentration?,
            days: days?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[activity]");
        out.put(&DAILY_SHARE, &self.daily_share);
        out.put(&CONCENTRATION, &self.concentration);
        out.put(&DAYS, &self.days);
    }
}
