//! The table `[population]`: the simulated accounts.

use super::shares::shares;
use trtc_base::config::{FaultKind, Form, Table, Value, Writer};
use trtc_base::section;
use trtc_usersig::{Platform, UserId};

/// Accounts in an app, at most.
const MOST_ACCOUNTS: i64 = 1_000_000_000;

/// Bytes that tell the accounts of one run from those of another.
const RUN_TAG: usize = 6;

/// The most that a weight may be.
const HEAVIEST: f64 = 1e9;

section! {
    /// The simulated accounts.
    pub(super) POPULATION {
        /// Accounts in each app.
        ACCOUNTS: u64 = whole("accounts", 1, MOST_ACCOUNTS).needed("10000");
        /// The text before the number in a UserID; numbers are zero-padded to one width.
        PREFIX: String = any_text("prefix").or("\"load_\"");
        /// Whether every run has new accounts, each of which costs MAU.
        FRESH: bool = flag("fresh").or("false");
        /// The platforms of devices, with their weights.
        PLATFORMS: Vec<(Platform, f64)> = own("platforms", Form::Names(platforms, &Form::Number(0.0, HEAVIEST)), read_platforms)
            .or("{ android = 1 }");
    }
}

fn platforms() -> Vec<&'static str> {
    Platform::ALL.map(Platform::name).to_vec()
}

/// The simulated accounts.
#[derive(Clone, Debug)]
pub struct Population {
    /// Accounts in each app, at least 1.
    pub accounts: u64,
    /// The text before the number in a UserID; numbers are zero-padded to one width.
    pub prefix: String,
    /// The platforms of devices with their shares, which sum to 1.
    pub platforms: Vec<(Platform, f64)>,
    /// The same accounts from run to run, or new ones, which cost MAU.
    pub freshness: Freshness,
}

/// Whether a run uses the accounts of earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The same accounts in every run.
    SameEveryRun,
    /// Accounts that no earlier run used: each costs an MAU.
    NewEveryRun,
}

impl Population {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let accounts = table.read(&ACCOUNTS);
        let (fresh, prefix) = (table.read(&FRESH), table.read(&PREFIX));
        let platforms = table.read(&PLATFORMS);
        let population = Self {
            accounts: accounts?,
            prefix: prefix?,
            platforms: platforms?,
            freshness: if fresh? {
                Freshness::NewEveryRun
            } else {
                Freshness::SameEveryRun
            },
        };
        population.check_user_ids(table);
        Some(population)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[population]");
        out.put(&ACCOUNTS, &self.accounts);
        out.put(&PREFIX, &self.prefix);
        out.put(&FRESH, &(self.freshness == Freshness::NewEveryRun));
        let platforms = self.platforms.iter();
        let platforms = platforms.map(|(platform, share)| format!("{platform} = {share}"));
        let platforms = platforms.collect::<Vec<_>>().join(", ");
        out.put_as(&PLATFORMS, &format!("{{ {platforms} }}"));
    }

    /// Tells when the longest UserID of the population would be none.
    fn check_user_ids(&self, table: &Table<'_>) {
        let digits = self.accounts.to_string().len();
        let tag = match self.freshness {
            Freshness::SameEveryRun => 0,
            Freshness::NewEveryRun => RUN_TAG,
        };
        let longest = format!("{}{}", self.prefix, "0".repeat(tag + digits));
        let Err(fault) = UserId::new(&longest) else {
            return;
        };
        let room = UserId::MAX_BYTES.saturating_sub(tag + digits);
        let place = table.find(&PREFIX).map_or(table.at(), Value::at);
        table.fault_at(FaultKind::UserIds,
            place,
            format!("`population.prefix` and the number make no UserID: {fault}"),
            format!("write at most {room} of a-z A-Z 0-9 _ -; numbers take {digits}, new accounts in every run {RUN_TAG} more"),
        );
    }
}

/// `{ android = 5, web = 2 }`
fn read_platforms(value: &Value<'_>) -> Option<Vec<(Platform, f64)>> {
    let table = value.table(&platforms())?;
    let weights: Vec<_> = table
        .iter()
        .filter_map(|(name, weight)| Some((Platform::named(name)?, weight.number(0.0..=HEAVIEST)?)))
        .collect();
    if weights.len() < table.iter().count() {
        // Told already.
        return None;
    }
    let only: Vec<_> = weights.iter().map(|(_, weight)| *weight).collect();
    let shares = shares(&only, value)?;
    let platforms = weights.into_iter().zip(shares);
    Some(
        platforms
            .map(|((platform, _), share)| (platform, share))
            .collect(),
    )
}
