//! Why there is no invoice.

use std::fmt;
use trtc_base::config::Named;

use super::{Billable, Measure};
use trtc_base::config::nearest;
use trtc_base::error::Explain;

/// Why a policy could not be changed, or no invoice could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillFault {
    /// No charge has that name.
    NoSuchCharge {
        /// The name that was given.
        name: String,
        /// Those that the policy has.
        known: Vec<String>,
    },
    /// The charge of that name has tiers, or refuses.
    NoSinglePrice(String),
    /// The charge of that name is a fee, or has tiers.
    NoSingleQuota(String),
    /// The policy counts what the usage does not tell.
    NotCounted {
        /// The charge that counts it.
        charge: String,
        /// What it counts.
        measure: Measure,
        /// Of which kind of activity.
        billable: Billable,
    },
    /// More accounts on a day than in the whole window.
    MoreOnADay {
        /// On the highest day.
        on_day: u64,
        /// In the window.
        in_month: u64,
    },
    /// The accounts so far are fewer than the day before.
    SoFarFalls {
        /// That day of the window, from 1.
        day: u32,
    },
    /// An amount of more digits than can be held exactly.
    TooLarge {
        /// The charge, or what else is added up.
        what: String,
    },
    /// Two invoices whose amounts cannot be compared.
    Currencies(String, String),
}

impl fmt::Display for BillFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchCharge { name, .. } => write!(f, "the policy has no charge `{name}`"),
            Self::NoSinglePrice(name) => {
                write!(
                    f,
                    "the charge `{name}` has no single price: it has tiers, or refuses logins"
                )
            }
            Self::NoSingleQuota(name) => {
                write!(
                    f,
                    "the charge `{name}` has no single quota: it is a fee, or has tiers"
                )
            }
            Self::NotCounted {
                charge,
                measure,
                billable,
            } => {
                let (words, kind) = (measure.words(), billable.name());
                write!(
                    f,
                    "the charge `{charge}` counts {words} (billable: {kind}), and that is not known"
                )
            }
            Self::MoreOnADay { on_day, in_month } => {
                write!(
                    f,
                    "{on_day} accounts are active on one day, and {in_month} in the whole month"
                )
            }
            Self::SoFarFalls { day } => {
                write!(
                    f,
                    "the accounts active so far are fewer on day {day} than the day before"
                )
            }
            Self::TooLarge { what } => {
                write!(
                    f,
                    "the amount of {what} has more digits than can be held exactly"
                )
            }
            Self::Currencies(one, two) => write!(f, "one bill is in {one} and the other in {two}"),
        }
    }
}

impl Explain for BillFault {
    fn place(&self) -> String {
        match self {
            Self::NoSuchCharge { .. } | Self::NoSinglePrice(_) | Self::NoSingleQuota(_) => {
                "the policy's charges".into()
            }
            Self::NotCounted { .. } | Self::MoreOnADay { .. } | Self::SoFarFalls { .. } => {
                "what was used".into()
            }
            Self::TooLarge { .. } | Self::Currencies(..) => "the bill".into(),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::NoSuchCharge { name, known } => nearest(name, known.iter().map(String::as_str)).map_or_else(
                || format!("name one of: {}", known.join(", ")),
                |meant| format!("did you mean `{meant}`?"),
            ),
            Self::NoSinglePrice(_) | Self::NoSingleQuota(_) => {
                "write it into a policy file of your own".into()
            }
            Self::NotCounted { measure: Measure::Mau, .. } => "give the number (`--mau N`)".into(),
            Self::NotCounted { measure: Measure::PeakDau, .. } => {
                "give the numbers by day (`--dau N,N,..`) or the highest (`--peak-dau N`)".into()
            }
            Self::NotCounted { measure: Measure::PeakOnline, .. } => {
                "give the number (`--peak-online N`)".into()
            }
            Self::MoreOnADay { .. } => "give numbers of one month and one kind: who is active on a day is active in its month".into(),
            Self::SoFarFalls { .. } => {
                "give distinct accounts from the first day up to each day, which never fall".into()
            }
            Self::TooLarge { .. } => "check the counts and the price: 28 digits are enough for any bill".into(),
            Self::Currencies(..) => "compare policies of one currency".into(),
        }
    }
}
