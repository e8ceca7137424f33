//! What a simulated month adds up to.

use super::Calendar;

/// Why a login was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The app started, or needed it for the first time.
    Start,
    /// The UserSig had expired or was refused: a new one, and a login.
    Ticket,
    /// Any other failed login, by apps that try again on any error.
    Retry,
    /// The person switched to another account.
    Switch,
    /// The person logged in again after a kick.
    Kick,
    /// The app logged in again by itself after a kick.
    Fight,
    /// The network was lost, and the app called login.
    Network,
    /// An outage ended, and the app called login.
    Outage,
}

impl Cause {
    /// Every cause, in the order in which they are told.
    pub const ALL: [Self; 8] = [
        Self::Start,
        Self::Ticket,
        Self::Retry,
        Self::Switch,
        Self::Kick,
        Self::Fight,
        Self::Network,
        Self::Outage,
    ];

    /// One word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Ticket => "ticket",
            Self::Retry => "retry",
            Self::Switch => "switch",
            Self::Kick => "kick",
            Self::Fight => "fight",
            Self::Network => "network",
            Self::Outage => "outage",
        }
    }
}

/// What a load run plays for an app start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A session that ends by itself.
    Login,
    /// A session that goes on as another account.
    Switch,
    /// A session that another device ends.
    Kicked,
    /// A session that begins with an expired UserSig.
    Expired,
    /// A session that loses its network and comes back.
    Reconnect,
}

impl Scenario {
    /// Every scenario.
    pub const ALL: [Self; 5] = [
        Self::Login,
        Self::Switch,
        Self::Kicked,
        Self::Expired,
        Self::Reconnect,
    ];

    /// Where its arrivals are counted; none for `login`, which has a place of its own.
    pub(super) const fn rarer(self) -> Option<usize> {
        (self as usize).checked_sub(1)
    }

    /// Its name in a load profile.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Switch => "switch",
            Self::Kicked => "kicked",
            Self::Expired => "expired",
            Self::Reconnect => "reconnect",
        }
    }
}

/// A minute of the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Minute {
    /// Arrivals of the scenario `login`. Each arrival is a login attempt, and begins a session.
    pub(super) logins: u32,
    /// By how much the sessions online change beside the arrivals: less by those that end or never began.
    pub(super) change: i32,
}

/// What one policy made of a month, or of a part of the accounts. Parts add up exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Accounts that opened the app at least once. Second accounts count when they were used.
    pub opened: u64,
    /// Accounts that logged in with success at least once: the MAU.
    pub mau: u64,
    /// Those of them that are guests.
    pub guests: u64,
    /// Those of them that are a person's second account.
    pub second: u64,
    /// Devices on which an account logged in with success at least once.
    pub devices: u64,
    /// Devices on which the app was opened at least once, by whomever, logged in or not.
    pub devices_opened: u64,
    /// Accounts that opened the app, by day.
    pub opened_by_day: Vec<u64>,
    /// Accounts that logged in with success, by day.
    pub dau: Vec<u64>,
    /// Accounts whose first successful login of the period was on that day: their sum up to a day is the MAU so far.
    pub first_logins: Vec<u64>,
    /// App starts.
    pub starts: u64,
    /// Login attempts by cause, in the order of [`Cause::ALL`].
    pub causes: [u64; 8],
    /// Attempts among them that failed.
    pub failed: u64,
    /// Sessions that another device ended.
    pub kicks: u64,
    /// Sessions that the SDK brought back without a login.
    pub reconnects: u64,
    /// UserSigs that a server had to issue.
    pub tickets: u64,
    /// Logins for which the account's UserSig had expired, and a new one was asked for first.
    pub expired: u64,
    /// What happens in each minute that happens at every app start.
    pub(super) minutes: Vec<Minute>,
    /// Arrivals of the rarer scenarios in each minute: those after the first of [`Scenario::ALL`].
    pub(super) rarer: [Vec<u32>; 4],
    /// Login attempts in each minute that are no arrivals of their own: retries, switches, rivals, relogins.
    pub(super) others: Vec<u32>,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(calendar: &Calendar) -> Self {
        let (days, minutes) = (calendar.days().len(), calendar.minutes() as usize);
        Self {
            opened: 0,
            mau: 0,
            guests: 0,
            second: 0,
            devices: 0,
            devices_opened: 0,
            opened_by_day: vec![0; days],
            dau: vec![0; days],
            first_logins: vec![0; days],
            starts: 0,
            causes: [0; 8],
            failed: 0,
            kicks: 0,
            reconnects: 0,
            tickets: 0,
            expired: 0,
            minutes: vec![Minute::default(); minutes],
            rarer: std::array::from_fn(|_| vec![0; minutes]),
            others: vec![0; minutes],
        }
    }

    /// Adds what other accounts did. Counts by minute stop at their largest value, which some four billion logins in one
    /// minute would reach.
    pub fn add(&mut self, other: &Self) {
        let single = [
            (&mut self.opened, other.opened),
            (&mut self.mau, other.mau),
            (&mut self.guests, other.guests),
            (&mut self.second, other.second),
            (&mut self.devices, other.devices),
            (&mut self.devices_opened, other.devices_opened),
            (&mut self.starts, other.starts),
            (&mut self.failed, other.failed),
            (&mut self.kicks, other.kicks),
            (&mut self.reconnects, other.reconnects),
            (&mut self.tickets, other.tickets),
            (&mut self.expired, other.expired),
        ];
        for (sum, more) in single {
            *sum += more;
        }
        let days = self.opened_by_day.iter_mut().zip(&other.opened_by_day);
        let days = days.chain(self.dau.iter_mut().zip(&other.dau));
        let days = days.chain(self.first_logins.iter_mut().zip(&other.first_logins));
        for (sum, more) in days.chain(self.causes.iter_mut().zip(&other.causes)) {
            *sum += more;
        }
        let rarer = self.rarer.iter_mut().zip(&other.rarer);
        let rarer = rarer.flat_map(|(sum, more)| sum.iter_mut().zip(more));
        for (sum, more) in self.others.iter_mut().zip(&other.others).chain(rarer) {
            *sum = sum.saturating_add(*more);
        }
        for (sum, more) in self.minutes.iter_mut().zip(&other.minutes) {
            sum.logins = sum.logins.saturating_add(more.logins);
            sum.change = sum.change.saturating_add(more.change);
        }
    }

    /// Login attempts in all.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.causes.iter().sum()
    }

    /// Login attempts of one cause.
    #[must_use]
    pub const fn of(&self, cause: Cause) -> u64 {
        self.causes[cause as usize]
    }

    /// Arrivals of one scenario that a load run would play, in each minute.
    #[must_use]
    pub fn arrivals(&self, scenario: Scenario) -> Vec<u64> {
        match scenario.rarer() {
            None => self
                .minutes
                .iter()
                .map(|minute| u64::from(minute.logins))
                .collect(),
            Some(place) => self.rarer[place]
                .iter()
                .map(|count| u64::from(*count))
                .collect(),
        }
    }

    /// Arrivals of all scenarios in each minute.
    #[must_use]
    pub fn all_arrivals(&self) -> Vec<u64> {
        let mut sums = vec![0; self.minutes.len()];
        for scenario in Scenario::ALL {
            for (sum, count) in sums.iter_mut().zip(self.arrivals(scenario)) {
                *sum += count;
            }
        }
        sums
    }

    /// Login attempts in each minute.
    #[must_use]
    pub fn logins(&self) -> Vec<u64> {
        let arrivals = self.all_arrivals().into_iter().zip(&self.others);
        arrivals
            .map(|(arrivals, others)| arrivals + u64::from(*others))
            .collect()
    }

    /// Sessions online at the end of each minute.
    #[must_use]
    pub fn online(&self) -> Vec<u64> {
        let mut now = 0_i64;
        let minutes = self.all_arrivals().into_iter().zip(&self.minutes);
        let after = minutes.map(|(arrivals, minute)| {
            now += arrivals.cast_signed() + i64::from(minute.change);
            now.max(0).unsigned_abs()
        });
        after.collect()
    }
}
