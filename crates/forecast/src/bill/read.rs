//! From a policy's tables to a [`Policy`], with every fault told on the way.

use super::policy::{Beyond, Charge, CountedCharge, Tier, What};
use super::{Billable, Fault, Measure, Money, Policy, Rounding, Source, Window};
use trtc_base::config::{
    FaultKind, Faults, Form, Raw, Section, Table, Value, check_unique, check_version, tables,
    tables_of,
};
use trtc_base::section;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

/// The word for what is charged and not known.
const UNKNOWN: &str = "unknown";

/// The highest count that a file may name: more than there are people, devices and sessions.
const HIGHEST_COUNT: i64 = 1_000_000_000_000;

/// How a file writes an amount: digits, and at most one point.
const AMOUNT: Form = Form::Either(&[
    Form::Number(0.0, 1e9),
    Form::Like("^[0-9]+(\\.[0-9]+)?$", "the same as text"),
]);

const AMOUNT_OR_UNKNOWN: Form = Form::Either(&[AMOUNT, Form::Just(UNKNOWN)]);

section! {
    /// A billing policy: what a month's accounts cost.
    BILL {
        /// The version of the file's format.
        FORMAT: i64 = whole("version", VERSION, VERSION).needed("1");
        /// Its name, in reports.
        NAME: String = text("name").needed("\"our contract\"");
        /// The code of its currency.
        CURRENCY: String = own("currency", Form::Like("^[A-Z]{3}$", "three capital letters"), currency).needed("\"USD\"");
        /// What makes an account billable.
        BILLABLE: Billable = one_of("billable").needed("\"login\"");
        /// What accounts are counted over.
        WINDOW: Window = own("window", Form::Either(&[Form::Just("calendar-month"), Form::Table(&PACKAGE)]), window)
            .needed("\"calendar-month\"");
        /// What there is to know about the window.
        WINDOW_NOTE: String = text("window_note").otherwise("nothing");
        /// Where the numbers are from.
        SOURCE: Source = own("source", Form::Table(&ORIGIN), source).otherwise("nobody says");
        /// What a reader of a bill should know.
        NOTES: Vec<String> = own("notes", Form::List(&Form::Text, 0, usize::MAX), notes).or("[]");
        /// How a bill's sum is rounded.
        ROUNDING: Rounding = own("rounding", Form::Table(&ROUNDS), rounding).otherwise("it is not");
        /// The positions of the bill.
        CHARGES: Raw = raw("charges", tables_of(&Form::Table(&CHARGE))).needed("[[charges]]");
    }
}

section! {
    /// A window that is a package's.
    PACKAGE {
        /// The day of a month on which the package began.
        FROM_DAY: u8 = whole("package_from_day", 1, 31).needed("15");
    }
}

section! {
    /// Where a policy's numbers are from.
    ORIGIN {
        /// A page, a contract.
        WHERE: String = text("where").needed("\"our contract\"");
        /// Its date, as exact as it is known.
        DATE: String = text("date").needed("\"2026-01-31\"");
    }
}

section! {
    /// How a bill's sum is rounded.
    ROUNDS {
        /// To so many decimals.
        DECIMALS: u32 = whole("decimals", 0, 9).needed("2");
        /// Which way.
        HOW: Raw = raw("how", Form::OneOf(ways)).needed("\"half-up\"");
    }
}

section! {
    /// One position of a bill: a fee, or a charge by a count.
    CHARGE {
        /// Its name.
        CHARGE_NAME: String = word("name").needed("\"plan\"");
        /// What it costs each month, whatever is counted.
        FEE: Raw = raw("fee", AMOUNT_OR_UNKNOWN).otherwise("a charge by a count");
        /// What it counts.
        PER: Measure = one_of("per").otherwise("a fee");
        /// How many are included.
        QUOTA: Option<u64> = own("quota", Form::Either(&[Form::Whole(0, HIGHEST_COUNT), Form::Just(UNKNOWN)]), quota).or("0");
        /// How many are sold together: what is begun is paid whole.
        BLOCK: u64 = whole("block", 1, HIGHEST_COUNT).or("1");
        /// What each block beyond the quota costs.
        PRICE: Raw = raw("price", AMOUNT_OR_UNKNOWN).otherwise("`tiers` or `refused_with`");
        /// What each block costs, by how many there are.
        TIERS: Raw = raw("tiers", tables_of(&Form::Table(&TIER))).otherwise("`price` or `refused_with`");
        /// The code with which logins beyond the quota are refused.
        REFUSED_WITH: u32 = whole("refused_with", 1, 999_999).otherwise("`price` or `tiers`");
    }
}

section! {
    /// A part of what is beyond a quota.
    TIER {
        /// The last count that belongs to it, the quota's included.
        UP_TO: u64 = whole("up_to", 1, HIGHEST_COUNT).otherwise("no end; only the last");
        /// What each block costs.
        TIER_PRICE: Money = own("price", AMOUNT, exact_money).needed("0.015");
    }
}

impl Policy {
    /// Every key of a billing policy.
    pub const KEYS: &Section = &BILL;
}

fn ways() -> Vec<&'static str> {
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

fn notes(value: &Value<'_>) -> Option<Vec<String>> {
    let note = |note: &Value<'_>| note.text().map(str::to_owned);
    value.list()?.iter().map(note).collect()
}

fn currency(value: &Value<'_>) -> Option<String> {
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
fn window(value: &Value<'_>) -> Option<Window> {
    if !value.is_table() {
        return value.one_of(&[("calendar-month", Window::CalendarMonth)]);
    }
    let table = value.open(&PACKAGE)?;
    table.read(&FROM_DAY).map(Window::PackageFromDay)
}

fn source(value: &Value<'_>) -> Option<Source> {
    let table = value.open(&ORIGIN)?;
    let (place, date) = (table.read(&WHERE), table.read(&DATE));
    Some(Source {
        place: place?,
        date: date?,
    })
}

fn rounding(value: &Value<'_>) -> Option<Rounding> {
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
fn quota(value: &Value<'_>) -> Option<Option<u64>> {
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

fn exact_money(value: &Value<'_>) -> Option<Money> {
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
