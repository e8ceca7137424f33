//! The table `[population]`.

use super::super::{Freshness, Population};
use super::shares::shares;
use trtc_base::config::{FaultKind, Table, Value};
use trtc_usersig::{Platform, UserId};

const KEYS: &[&str] = &["accounts", "prefix", "fresh", "platforms"];

/// Accounts in an app, at most.
const MOST_ACCOUNTS: u64 = 1_000_000_000;

/// Bytes that tell the accounts of one run from those of another.
const RUN_TAG: usize = 6;

pub(super) fn read(root: &Table<'_>) -> Option<Population> {
    let table = root.need("population", "[population]")?.table(KEYS)?;
    let accounts = table
        .need("accounts", "accounts = 10000")
        .and_then(|value| value.whole(1..=MOST_ACCOUNTS));
    let freshness = table.get_or("fresh", Freshness::SameEveryRun, |value| {
        Some(if value.flag()? {
            Freshness::NewEveryRun
        } else {
            Freshness::SameEveryRun
        })
    });
    let prefix = table.get_or("prefix", "load_".to_owned(), |value| {
        Some(value.any_text()?.to_owned())
    });
    let platforms = table.get_or("platforms", vec![(Platform::Android, 1.0)], read_platforms);
    let population = Population {
        accounts: accounts?,
        prefix: prefix?,
        platforms: platforms?,
        freshness: freshness?,
    };
    check_user_ids(&table, &population);
    Some(population)
}

/// Tells when the longest UserID of the population would be none.
fn check_user_ids(table: &Table<'_>, population: &Population) {
    let digits = population.accounts.to_string().len();
    let tag = match population.freshness {
        Freshness::SameEveryRun => 0,
        Freshness::NewEveryRun => RUN_TAG,
    };
    let longest = format!("{}{}", population.prefix, "0".repeat(tag + digits));
    let Err(fault) = UserId::new(&longest) else {
        return;
    };
    let room = UserId::MAX_BYTES.saturating_sub(tag + digits);
    let place = table.get("prefix").map_or(table.at(), Value::at);
    table.fault_at(FaultKind::UserIds,
        place,
        format!("`population.prefix` and the number make no UserID: {fault}"),
        format!("write at most {room} of a-z A-Z 0-9 _ -; numbers take {digits}, new accounts in every run {RUN_TAG} more"),
    );
}

/// `{ android = 5, web = 2 }`
fn read_platforms(value: &Value<'_>) -> Option<Vec<(Platform, f64)>> {
    let table = value.table(&Platform::ALL.map(Platform::name))?;
    let weights: Vec<_> = table
        .iter()
        .filter_map(|(name, weight)| Some((Platform::named(name)?, weight.number(0.0..=1e9)?)))
        .collect();
    if weights.len() < table.iter().count() {
        // Told already.
        return None;
    }
    let only: Vec<_> = weights.iter().map(|(_, weight)| *weight).collect();
    let shares = shares(&only, value)?;
    Some(
        weights
            .into_iter()
            .zip(shares)
            .map(|((platform, _), share)| (platform, share))
            .collect(),
    )
}
