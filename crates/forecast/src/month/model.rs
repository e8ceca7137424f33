//! The activity model: who is there, when they open the app, and what an app start leads to.
//!
//! `docs/mau.md` has the formulas.

use super::Calendar;

/// A month profile, checked and solved. One that exists is valid.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the profile is called.
    pub name: String,
    /// What every account's month is drawn from.
    pub seed: u64,
    /// The period.
    pub calendar: Calendar,
    /// How many accounts there are, and how often they come.
    pub activity: Activity,
    /// When in a day, and for how long.
    pub day: DayShape,
    /// What an app start leads to, and what goes wrong.
    pub behaviour: Behaviour,
    /// Times when logins fail.
    pub outages: Vec<Outage>,
    /// Login policies to compare; the first one is the one that the month is told for.
    pub policies: Vec<Policy>,
    /// The billing policy that the profile names.
    pub bill: Option<String>,
    /// What the program assumed or solved for, as sentences.
    pub assumptions: Vec<String>,
}

/// How many accounts there are, and how often they open the app.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Accounts at the period's start.
    pub accounts: u64,
    /// Accounts that are new on each day; each opens the app on its first day.
    pub new_per_day: u64,
    /// The mean over accounts of the chance to be active on a day, in 0..1.
    pub daily_share: f64,
    /// How alike accounts are: a + b of the Beta distribution of that chance, above 0.
    pub concentration: f64,
    /// How much more active each day of the period is than their mean, which is 1.
    pub day_factors: Vec<f64>,
    /// App starts of an account on a day on which it is active: one, and a Poisson number more; at least 1.
    pub starts_per_day: f64,
}

/// When app starts happen, and how long sessions last.
#[derive(Clone, Debug, PartialEq)]
pub struct DayShape {
    /// The share of app starts in each minute of the day on the person's own wall; 1,440 of them, which sum to 1.
    pub minutes: Vec<f64>,
    /// Where people are.
    pub zones: Vec<Zone>,
    /// Mean length of a session before it is cut at `session_max`, in seconds.
    pub session_mean: f64,
    /// The longest session, in seconds.
    pub session_max: u32,
}

/// People in one time zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// The zone.
    pub zone: jiff::tz::TimeZone,
    /// Their share of all accounts, in 0..=1; all zones sum to 1.
    pub share: f64,
}

/// What an app start leads to. Shares are in 0..=1.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// The share of app starts that come to need RTC or Chat.
    pub needs_rtc: f64,
    /// The share of accounts that are guests.
    pub guests: f64,
    /// The share of accounts, guests apart, with a second device.
    pub second_device: f64,
    /// The share of those accounts' app starts on the second device.
    pub on_second: f64,
    /// Platforms of devices, with shares that sum to 1.
    pub platforms: Vec<(String, f64)>,
    /// Which devices of one account may be online together.
    pub kick: KickRule,
    /// The share of persons, guests apart, with a second account.
    pub second_account: f64,
    /// The share of those persons' app starts in which they switch to it.
    pub switches: f64,
    /// Network losses in an hour online.
    pub losses_per_hour: f64,
    /// The share of logins answered that the UserSig is no good (6206, 70001).
    pub ticket_errors: f64,
    /// The share of logins that fail otherwise.
    pub other_errors: f64,
    /// The share of persons who log in again after a kick.
    pub relogin: f64,
    /// How many seconds that takes them.
    pub reaction: u32,
    /// How many seconds an app that logs in by itself after a kick takes.
    pub fight_every: u32,
    /// How often an app that tries again on any error does so.
    pub retries: u32,
    /// How many seconds it waits before.
    pub retry_after: u32,
    /// How long a UserSig lives, in seconds.
    pub ticket_lives: u32,
    /// How many seconds after an outage everybody is back.
    pub back_within: u32,
}

/// Which devices of one account may be online together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KickRule {
    /// One device of each platform.
    OnePerPlatform,
    /// One device in all.
    One,
    /// As many as there are.
    All,
}

/// A time in which logins fail. At its start everybody who is online is cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// Its first second, from the period's start.
    pub from: u32,
    /// The first second after it.
    pub until: u32,
    /// The share of logins that fail meanwhile, and of sessions that are cut off, in 0..=1.
    pub share: f64,
}

/// When an app calls login. The first of each is what the SDK's documents advise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// When a login happens.
    pub login: LoginAt,
    /// Who guests are.
    pub guests: Guests,
    /// What follows a network loss.
    pub network: OnLoss,
    /// What follows a failed login.
    pub retry: Retry,
    /// What follows a kick.
    pub kicked: OnKick,
}

/// When a login happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginAt {
    /// When the app needs it.
    FirstUse,
    /// When the app starts, needed or not.
    Start,
}

/// Who guests are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guests {
    /// One UserID for each installation.
    Stable,
    /// A new UserID each time.
    Fresh,
}

/// What follows a network loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnLoss {
    /// The SDK reconnects by itself.
    Reconnect,
    /// The app calls login again.
    Relogin,
}

/// What follows a failed login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// A new UserSig and one more login, only on 6206 and 70001.
    Ticket,
    /// More logins on any error.
    Any,
}

/// What follows a kick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnKick {
    /// A person who wants to logs in again.
    Person,
    /// Both apps log in again by themselves, in turn.
    Fight,
}

impl Model {
    /// Accounts that exist at some time of the period.
    #[must_use]
    pub fn people(&self) -> u64 {
        let days = self.calendar.days().len() as u64;
        self.activity.accounts + self.activity.new_per_day * days
    }

    /// The two parameters of the Beta distribution of an account's daily chance.
    #[must_use]
    pub fn beta(&self) -> (f64, f64) {
        self.activity.beta()
    }
}

impl Activity {
    /// The two parameters of the Beta distribution of an account's daily chance.
    #[must_use]
    pub fn beta(&self) -> (f64, f64) {
        let a = self.daily_share * self.concentration;
        (a, (1.0 - self.daily_share) * self.concentration)
    }
}
