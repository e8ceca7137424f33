//! The tables `[limits]` and `[caps]`: what a run may use, and where it stops.

use crate::scenario::Scenario;
use trtc_base::config::{FaultKind, Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;

/// The most accounts that a cap may name: more than there are people.
const MOST: i64 = 1_000_000_000_000;

section! {
    /// What the generator may use, and how much of the plan it must have played.
    pub(super) LIMITS {
        /// The most slots of all scenarios together: arrivals in play at once. One process of the reference machine has
        /// descriptors for as many as are usual.
        SLOTS: u32 = whole("slots", 1, 1_000_000).or("20000");
        /// How long sessions may go on after the schedule's end.
        DRAIN: Micros = span("drain", Micros::ZERO, Micros::from_secs(86_400)).otherwise("as long as the longest planned session needs");
        /// The share of the whole plan's arrivals that merged shards must have observed.
        LEAST_COVERAGE: f64 = share("least_coverage").or("1");
    }
}

section! {
    /// Where the run stops by itself.
    pub(super) CAPS {
        /// The most distinct accounts that may log in, over all apps.
        MAX_MAU: u64 = whole("max_mau", 0, MOST).otherwise("no cap");
        /// The most accounts that the run may register.
        MAX_REGISTERED: u64 = whole("max_registered_accounts", 0, MOST).otherwise("no cap");
    }
}

/// What the generator may use, and how much of the plan it must have played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The most slots of all scenarios together.
    pub slots: u32,
    /// How long sessions may go on after the schedule's end; none: as long as the longest planned session needs.
    pub drain: Option<Micros>,
    /// The share of the whole plan's arrivals that merged shards must have observed, in 0..=1.
    pub least_coverage: f64,
}

/// Where the run stops by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// The most distinct accounts that may log in, over all apps.
    pub max_mau: Option<u64>,
    /// The most accounts that the run may register.
    pub max_registered_accounts: Option<u64>,
}

impl Limits {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (slots, drain) = (table.read(&SLOTS), table.given(&DRAIN));
        let least_coverage = table.read(&LEAST_COVERAGE);
        Some(Self {
            slots: slots?,
            drain: drain?,
            least_coverage: least_coverage?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[limits]");
        out.put(&SLOTS, &self.slots);
        out.put_given(&DRAIN, self.drain.as_ref());
        out.put(&LEAST_COVERAGE, &self.least_coverage);
    }

    /// A drain that ends before an absence does leaves the one thing that its scenario asks unasked.
    pub(super) fn check_drain(&self, table: &Table<'_>, scenarios: &[Scenario]) {
        let longest = scenarios.iter().filter_map(Scenario::silence).max();
        if let (Some(longest), Some(drain), Some(value)) = (longest, self.drain, table.find(&DRAIN))
            && drain < longest
        {
            value.fault(
                FaultKind::DrainTooShort,
                format!(
                    "the run's drain of {drain} ends before an absent device's session does, after {longest}"
                ),
                format!("write \"{}s\" or more, remove it, or lower `target.heartbeat_limit`", longest.whole_secs() + 1),
            );
        }
    }
}

impl Caps {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (max_mau, max_registered) = (table.given(&MAX_MAU), table.given(&MAX_REGISTERED));
        Some(Self {
            max_mau: max_mau?,
            max_registered_accounts: max_registered?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[caps]");
        out.put_given(&MAX_MAU, self.max_mau.as_ref());
        out.put_given(&MAX_REGISTERED, self.max_registered_accounts.as_ref());
    }
}
