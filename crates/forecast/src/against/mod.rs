//! A login log beside the service's own count of the same days.
//!
//! In: the days of a log, and the days as the service counted them, both cut where the service cuts them. Out: a
//! [`Comparison`]: what agrees, what differs, and why that may be. Never here: how either was read or fetched.

mod compare;
mod month;
mod reason;

use jiff::civil::Date;

pub use compare::{Comparison, DayRow, Pair, Standing, Zoned, compare};
pub use month::{MonthCheck, MonthCounted, check_month};
pub use reason::Reason;

/// One day as the service counted it. None of a number that it did not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceDay {
    /// The day.
    pub date: Date,
    /// Accounts that logged in.
    pub login_users: Option<u64>,
    /// Accounts that were active, whatever the service means by that.
    pub active: Option<u64>,
    /// Logins.
    pub logins: Option<u64>,
    /// The most accounts online at once.
    pub most_online: Option<u64>,
}

impl ServiceDay {
    /// The accounts to lay a log's beside: those that logged in, and where that is not told those that were active.
    #[must_use]
    pub fn accounts(&self) -> Option<u64> {
        self.login_users.or(self.active)
    }

    /// Whether it has numbers and all of them are 0, as those of a day are before it was counted.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        let known = [self.login_users, self.active, self.logins, self.most_online];
        let mut known = known.into_iter().flatten().peekable();
        known.peek().is_some() && known.all(|number| number == 0)
    }
}

/// When it is where the service counts days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Today.
    pub today: Date,
    /// The hour of the day, 0 to 23.
    pub hour: i8,
}

/// The hour from which yesterday's numbers are there. Source: tencentcloud.com/document/product/1047/34579.
const READY_AT: i8 = 10;

impl Now {
    /// Whether the service may not have counted `date` to its end yet.
    fn may_lack(self, date: Date) -> bool {
        let is_yesterday = date.tomorrow().is_ok_and(|next| next == self.today);
        date >= self.today || is_yesterday && self.hour < READY_AT
    }
}
