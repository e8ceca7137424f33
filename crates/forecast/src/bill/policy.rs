//! A billing policy: what makes an account billable, over which window, and what is charged.

use serde::Serialize;
use trtc_base::config::Named;

use super::{BillFault, Fault, Money, Rounding, WindowDays, read};

/// How a service bills one app. One that exists is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(super) name: String,
    pub(super) currency: String,
    pub(super) billable: Billable,
    pub(super) window: Window,
    pub(super) window_note: Option<String>,
    pub(super) source: Option<Source>,
    pub(super) notes: Vec<String>,
    pub(super) rounding: Option<Rounding>,
    pub(super) charges: Vec<Charge>,
}

impl Policy {
    /// Reads a policy. `file` is the name that messages show.
    ///
    /// # Errors
    /// Every fault of the text, with its line.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Fault>> {
        read::policy(text, file)
    }

    /// What the invoice calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Three letters, such as USD.
    #[must_use]
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// What makes an account billable.
    #[must_use]
    pub const fn billable(&self) -> Billable {
        self.billable
    }

    /// What accounts are counted over.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// Where its numbers are from, where the file says it.
    #[must_use]
    pub const fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// What its charges count, each once.
    #[must_use]
    pub fn measures(&self) -> Vec<Measure> {
        let of = |measure: &Measure| {
            self.charges
                .iter()
                .any(|charge| charge.per() == Some(*measure))
        };
        Measure::all().filter(of).collect()
    }

    /// The same with another price of one charge, for what your contract says.
    ///
    /// # Errors
    /// When no charge has that name, or the charge has no single price.
    pub fn with_price(mut self, charge: &str, price: Money) -> Result<Self, BillFault> {
        let found = self.charge(charge)?;
        let before = match &mut found.what {
            What::Fee(fee) => fee.replace(price),
            What::Counted(counted) => match &mut counted.beyond {
                Beyond::Price(old) => old.replace(price),
                Beyond::Tiers(_) | Beyond::Refused(_) => {
                    return Err(BillFault::NoSinglePrice(charge.to_owned()));
                }
            },
        };
        let before = before.map_or_else(|| "unknown".to_owned(), |before| before.to_string());
        let said = format!("the price of `{charge}` was set to {price}; the policy has {before}");
        self.notes.push(said);
        Ok(self)
    }

    /// The same with another quota of one charge, for what your contract says.
    ///
    /// # Errors
    /// When no charge has that name, or the charge is a fee, or it has tiers.
    pub fn with_quota(mut self, charge: &str, quota: u64) -> Result<Self, BillFault> {
        let found = self.charge(charge)?;
        let before = match &mut found.what {
            What::Counted(counted) if !matches!(counted.beyond, Beyond::Tiers(_)) => {
                counted.quota.replace(quota)
            }
            What::Counted(_) | What::Fee(_) => {
                return Err(BillFault::NoSingleQuota(charge.to_owned()));
            }
        };
        let before = before.map_or_else(|| "unknown".to_owned(), |before| before.to_string());
        let said = format!("the quota of `{charge}` was set to {quota}; the policy has {before}");
        self.notes.push(said);
        Ok(self)
    }

    /// The same with a note of the days that its window has in one month, for the invoice.
    #[must_use]
    pub fn for_days(mut self, days: WindowDays) -> Self {
        let WindowDays { first, last } = days;
        let count = days.count();
        let until = match self.window {
            Window::PackageFromDay(_) => " 23:59:59",
            Window::CalendarMonth | Window::PackageToSameDay(_) => "",
        };
        self.notes.push(format!(
            "this window is {first} to {last}{until}, {count} days"
        ));
        self
    }

    fn charge(&mut self, name: &str) -> Result<&mut Charge, BillFault> {
        let known: Vec<_> = self
            .charges
            .iter()
            .map(|charge| charge.name.clone())
            .collect();
        let found = self.charges.iter_mut().find(|charge| charge.name == name);
        found.ok_or_else(|| BillFault::NoSuchCharge {
            name: name.to_owned(),
            known,
        })
    }
}

/// What makes an account billable in a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Billable {
    /// A login that succeeded.
    Login,
    /// A login that succeeded, or a token that was refreshed.
    LoginOrRefresh,
    /// Each device on which a login succeeded: an account on two devices counts twice.
    Device,
    /// The app was opened, with or without a login.
    Open,
    /// Each device on which the app was opened, with or without a login.
    DeviceOpen,
}

impl Named for Billable {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("login", Self::Login),
        ("login-or-refresh", Self::LoginOrRefresh),
        ("device", Self::Device),
        ("open", Self::Open),
        ("device-open", Self::DeviceOpen),
    ];
}

impl Billable {
    /// In plain words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Login => "each account that logged in",
            Self::LoginOrRefresh => "each account that logged in or refreshed a token",
            Self::Device => "each device that logged in",
            Self::Open => "each account that opened the app, logged in or not",
            Self::DeviceOpen => "each device that opened the app, logged in or not",
        }
    }
}

/// What accounts are counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// A calendar month.
    CalendarMonth,
    /// From this day of a month, 1 to 31, to the end of the day before it of the next; a shorter month's last day stands
    /// for a day that it lacks.
    PackageFromDay(u8),
    /// From this day of a month to that same day of the next: both have it.
    PackageToSameDay(u8),
}

/// Where a policy's numbers are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// A page, a contract.
    #[serde(rename = "where")]
    pub place: String,
    /// Its date, as exact as it is known.
    pub date: String,
}

/// What a charge counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    /// Distinct billable accounts of the window.
    Mau,
    /// Distinct billable accounts of the window's highest day.
    PeakDau,
    /// The most sessions online at once in the window.
    PeakOnline,
}

impl Named for Measure {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("mau", Self::Mau),
        ("peak-dau", Self::PeakDau),
        ("peak-online", Self::PeakOnline),
    ];
}

impl Measure {
    /// In plain words.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Mau => "accounts active in the month",
            Self::PeakDau => "accounts active on the highest day",
            Self::PeakOnline => "sessions online at once",
        }
    }
}

/// One position of the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) name: String,
    pub(super) what: What,
}

impl Charge {
    pub(super) const fn per(&self) -> Option<Measure> {
        match &self.what {
            What::Fee(_) => None,
            What::Counted(counted) => Some(counted.per),
        }
    }
}

/// What a charge is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The same each month. None: there is one, and it is not known.
    Fee(Option<Money>),
    /// By a count.
    Counted(CountedCharge),
}

/// A charge by a count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CountedCharge {
    pub(super) per: Measure,
    /// What is included. None: it is not known.
    pub(super) quota: Option<u64>,
    /// How many are sold together: what is begun is paid whole. At least 1.
    pub(super) block: u64,
    pub(super) beyond: Beyond,
}

/// What happens beyond the quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// Each block costs this. None: it costs something, and it is not known.
    Price(Option<Money>),
    /// Each block costs what its tier says. Ascending, the last without an end.
    Tiers(Vec<Tier>),
    /// Logins are refused with this code.
    Refused(u32),
}

/// A part of what is beyond the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tier {
    /// The last count that belongs to it, the quota's included. None: no end.
    pub(super) up_to: Option<u64>,
    pub(super) price: Money,
}
