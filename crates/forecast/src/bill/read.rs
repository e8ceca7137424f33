//! From a policy's tables to a [`Policy`], with every fault told on the way.

use super::keys::{
    BILL, BILLABLE, BLOCK, CHARGE, CHARGE_NAME, CHARGES, CURRENCY, DATE, DECIMALS, ENDS, FEE,
    FORMAT, FROM_DAY, HIGHEST_COUNT, HOW, NAME, NOTES, ORIGIN, PACKAGE, PER, PRICE, QUOTA,
    REFUSED_WITH, ROUNDING, ROUNDS, SOURCE, TIER, TIER_PRICE, TIERS, UNKNOWN, UP_TO, VERSION,
    WHERE, WINDOW, WINDOW_NOTE,
};
use super::policy::{Beyond, Charge, CountedCharge, Tier, What};
use super::window::PackageEnd;
use super::{Fault, Measure, Money, Policy, Rounding, Source, Window};
use trtc_base::config::{
    FaultKind, Faults, Section, Table, Value, check_unique, check_version, tables,
};

impl Policy {
    /// Every key of a billing policy.
    pub const KEYS: &Section = &BILL;
}

pub(super) fn ways() -> Vec<&'static str> {
    Rounding::WAYS.iter().map(|(name, _)| *name).collect()
}

pub(super) fn policy(text: &str, file: &str) -> Result<Policy, Vec<Fault>> {
    let faults = Faults::new(file, text);
    let policy = faults.parse().and_then(|document| {
        let root = Table::root(&faults, &document, &BILL);
        read(&root)
    });
    let found = faults.into_sorted();
    match policy {
        Some(policy) if found.is_empty() => Ok(policy),
        Some(_) | None => Err(found),
    }
}

fn read(root: &Table<'_>) -> Option<Policy> {
    check_version(root, &FORMAT, VERSION);
    let (name, currency) = (root.read(&NAME), root.read(&CURRENCY));
    let (billable, window) = (root.read(&BILLABLE), root.read(&WINDOW));
    let (window_note, source) = (root.given(&WINDOW_NOTE), root.given(&SOURCE));
    let (notes, rounding) = (root.read(&NOTES), root.given(&ROUNDING));
    let charges = charges(root);
    Some(Policy {
        name: name?,
        currency: currency?,
        billable: billable?,
        window: window?,
        window_note: window_note?,
        source: source?,
        notes: notes?,
        rounding: rounding?,
        charges: charges?,
    })
}

pub(super) fn notes(value: &Value<'_>) -> Option<Vec<String>> {
    let note = |note: &Value<'_>| note.text().map(str::to_owned);
    value.list()?.iter().map(note).collect()
}

pub(super) fn currency(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        value.fault(
            FaultKind::NoName,
            format!(
                "`{}` is {}, which is no currency's code",
                value.path(),
                value.shown()
            ),
            "write its three capital letters, such as \"USD\" or \"CNY\"",
        );
        return None;
    }
    Some(text.to_owned())
}

/// `"calendar-month"`, or `{ package_from_day = 15 }`
pub(super) fn window(value: &Value<'_>) -> Option<Window> {
    if !value.is_table() {
        return value.one_of(&[("calendar-month", Window::CalendarMonth)]);
    }
    let table = value.open(&PACKAGE)?;
    let (from_day, ends) = (table.read(&FROM_DAY), table.read(&ENDS));
    Some(match ends? {
        PackageEnd::DayBefore => Window::PackageFromDay(from_day?),
        PackageEnd::SameDay => Window::PackageToSameDay(from_day?),
    })
}

pub(super) fn source(value: &Value<'_>) -> Option<Source> {
    let table = value.open(&ORIGIN)?;
    let (place, date) = (table.read(&WHERE), table.read(&DATE));
    Some(Source {
        place: place?,
        date: date?,
    })
}

pub(super) fn rounding(value: &Value<'_>) -> Option<Rounding> {
    let table = value.open(&ROUNDS)?;
    let decimals = table.read(&DECIMALS);
    let how = table
        .must(&HOW)
        .and_then(|value| value.one_of(Rounding::WAYS));
    Some(Rounding {
        decimals: decimals?,
        how: how?,
    })
}

fn charges(root: &Table<'_>) -> Option<Vec<Charge>> {
    let list = tables(root, &CHARGES)?;
    let named = list.iter().filter_map(|value| value.as_entry("name"));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let charges: Vec<_> = list.iter().map(charge).collect();
    charges.into_iter().collect()
}

fn charge(value: &Value<'_>) -> Option<Charge> {
    let table = value.open(&CHARGE)?;
    let name = table.read(&CHARGE_NAME);
    let what = match (table.find(&FEE), table.find(&PER)) {
        (Some(fee), None) => fee_of(&table, fee),
        (None, Some(per)) => counted(&table, per),
        (Some(_), Some(_)) => form(
            &table,
            "has both a `fee` and a `per`",
            "make two charges of it",
        ),
        (None, None) => form(
            &table,
            "has neither a `fee` nor a `per`",
            "add `fee = 399`, or `per = \"mau\"` with a `price`",
        ),
    };
    Some(Charge {
        name: name?,
        what: what?,
    })
}

/// Tells that a charge does not say one thing.
fn form<T>(table: &Table<'_>, what: &str, remedy: &str) -> Option<T> {
    table.fault(FaultKind::ChargeForm, format!("the charge {what}"), remedy);
    None
}

fn fee_of(table: &Table<'_>, fee: &Value<'_>) -> Option<What> {
    let others = [
        QUOTA.name(),
        BLOCK.name(),
        PRICE.name(),
        TIERS.name(),
        REFUSED_WITH.name(),
    ];
    if others.iter().any(|key| table.get(key).is_some()) {
        return form(
            table,
            "has a `fee`, which is the same each month, and a key of charges by a count",
            "keep the `fee` alone, and make a second charge with `per` of the rest",
        );
    }
    money(fee).map(What::Fee)
}

fn counted(table: &Table<'_>, per: &Value<'_>) -> Option<What> {
    let (per, quota, block) = (PER.of(per), table.read(&QUOTA), table.read(&BLOCK));
    let beyond = match (
        table.find(&PRICE),
        table.find(&TIERS),
        table.find(&REFUSED_WITH),
    ) {
        (Some(price), None, None) => money(price).map(Beyond::Price),
        (None, Some(_), None) => tiers(table, quota, block),
        (None, None, Some(code)) => check_refused(table, per, quota)
            .and_then(|()| REFUSED_WITH.of(code).map(Beyond::Refused)),
        _ => form(
            table,
            "must have one of `price`, `tiers` and `refused_with`: what happens beyond its quota",
            "write one of them; a price that nobody told is `price = \"unknown\"`",
        ),
    };
    Some(What::Counted(CountedCharge {
        per: per?,
        quota: quota?,
        block: block?,
        beyond: beyond?,
    }))
}

/// Tells of a charge that refuses logins and has a key that then means nothing.
fn check_refused(
    table: &Table<'_>,
    per: Option<Measure>,
    quota: Option<Option<u64>>,
) -> Option<()> {
    if table.find(&BLOCK).is_some() {
        return form(
            table,
            "has a `block`, which is sold, and refuses what is beyond its quota",
            "remove `block`, or give it a `price`",
        );
    }
    if per == Some(Measure::PeakOnline) {
        return form(
            table,
            "refuses logins by the sessions online at once, which is no quota of a plan",
            "write `per = \"mau\"` or `per = \"peak-dau\"`",
        );
    }
    if table.find(&QUOTA).is_none() || quota == Some(None) {
        return form(
            table,
            "refuses what is beyond its quota, and has no known quota",
            "write the quota as a number",
        );
    }
    Some(())
}

fn tiers(table: &Table<'_>, quota: Option<Option<u64>>, block: Option<u64>) -> Option<Beyond> {
    let list = tables(table, &TIERS)?;
    let read: Vec<_> = list.iter().map(tier).collect();
    let read: Vec<Tier> = read.into_iter().collect::<Option<_>>()?;
    let Some(mut from) = quota? else {
        return form(
            table,
            "has tiers, which begin at its quota, and a quota that is not known",
            "write the quota as a number",
        );
    };
    let block = block?;
    let last = list.len() - 1;
    for (place, (value, tier)) in list.iter().zip(&read).enumerate() {
        let wrong = match tier.up_to {
            None if place == last => None,
            None => Some("has no `up_to`, and another tier follows".to_owned()),
            Some(_) if place == last => {
                Some("is the last and has an `up_to`: nothing is said beyond it".to_owned())
            }
            Some(up_to) if up_to <= from => {
                Some(format!("ends at {up_to}, and begins after {from}"))
            }
            Some(up_to) if !(up_to - from).is_multiple_of(block) => Some(format!(
                "is {} long, which is not in whole blocks of {block}",
                up_to - from
            )),
            Some(_) => None,
        };
        if let Some(wrong) = wrong {
            let remedy = "let each `up_to` be whole blocks above the one before it, the first above the quota, and the last tier without one";
            value.fault(
                FaultKind::TierBounds,
                format!("`{}` {wrong}", value.path()),
                remedy,
            );
        }
        from = tier.up_to.unwrap_or(from);
    }
    Some(Beyond::Tiers(read))
}

fn tier(value: &Value<'_>) -> Option<Tier> {
    let table = value.open(&TIER)?;
    let (up_to, price) = (table.given(&UP_TO), table.read(&TIER_PRICE));
    Some(Tier {
        up_to: up_to?,
        price: price?,
    })
}

/// How many are included; none: it is not known.
pub(super) fn quota(value: &Value<'_>) -> Option<Option<u64>> {
    if value.as_text() == Some(UNKNOWN) {
        return Some(None);
    }
    value.whole(0..=HIGHEST_COUNT.unsigned_abs()).map(Some)
}

/// An exact amount, or the word that says that there is one and it is not known.
fn money(value: &Value<'_>) -> Option<Option<Money>> {
    if value.as_text() == Some(UNKNOWN) {
        return Some(None);
    }
    amount(value, ", or \"unknown\"").map(Some)
}

pub(super) fn exact_money(value: &Value<'_>) -> Option<Money> {
    amount(value, "")
}

/// An exact amount. `or` is what else may stand there, for the message.
fn amount(value: &Value<'_>, or: &str) -> Option<Money> {
    let money = value.as_written().and_then(Money::parse);
    if money.is_none() {
        value.fault(
            FaultKind::NoMoney,
            format!(
                "`{}` is {}, which is no exact amount",
                value.path(),
                value.shown()
            ),
            format!("write {}{or}", Money::FORM),
        );
    }
    money
}
