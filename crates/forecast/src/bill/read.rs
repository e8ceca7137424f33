//! From a policy's tables to a [`Policy`], with every fault told on the way.

use super::policy::{Beyond, Charge, CountedCharge, Tier, What};
use super::{Billable, Fault, Measure, Money, Policy, Rounding, Source, Window};
use trtc_base::config::{FaultKind, Faults, Table, Value, check_unique, name, tables};

/// The versions of the format that this program reads.
const VERSION: i64 = 1;

const KEYS: &[&str] = &[
    "version",
    "name",
    "currency",
    "billable",
    "window",
    "window_note",
    "source",
    "notes",
    "rounding",
    "charges",
];

const CHARGE_KEYS: &[&str] = &[
    "name",
    "fee",
    "per",
    "quota",
    "block",
    "price",
    "tiers",
    "refused_with",
];

/// The word for what is charged and not known.
const UNKNOWN: &str = "unknown";

/// The highest count that a file may name: more than there are people, devices and sessions.
const HIGHEST_COUNT: u64 = 1_000_000_000_000;

pub(super) fn policy(text: &str, file: &str) -> Result<Policy, Vec<Fault>> {
    let faults = Faults::new(file, text);
    let policy = faults.parse().and_then(|document| {
        let root = Table::root(&faults, &document, KEYS);
        read(&root)
    });
    let found = faults.into_sorted();
    match policy {
        Some(policy) if found.is_empty() => Ok(policy),
        Some(_) | None => Err(found),
    }
}

fn read(root: &Table<'_>) -> Option<Policy> {
    root.check_version(VERSION);
    let name = root
        .need("name", "name = \"our contract\"")
        .and_then(Value::text);
    let currency = root
        .need("currency", "currency = \"USD\"")
        .and_then(currency);
    let billable = root
        .need("billable", "billable = \"login\"")
        .and_then(|value| {
            value.one_of(
                &Billable::ALL
                    .iter()
                    .map(|kind| (kind.name(), *kind))
                    .collect::<Vec<_>>(),
            )
        });
    let window = root
        .need("window", "window = \"calendar-month\"")
        .and_then(window);
    let note = |value: &Value<'_>| value.text().map(|text| Some(text.to_owned()));
    let window_note = root.get_or("window_note", None, note);
    let source = root.get_or("source", None, |value| source(value).map(Some));
    let notes = root.get_or("notes", Vec::new(), |value| {
        value
            .list()?
            .iter()
            .map(|note| note.text().map(str::to_owned))
            .collect()
    });
    let rounding = root.get_or("rounding", None, |value| rounding(value).map(Some));
    let charges = charges(root);
    Some(Policy {
        name: name?.to_owned(),
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
    let table = value.table(&["package_from_day"])?;
    let day = table.need("package_from_day", "package_from_day = 15")?;
    day.whole(1..=31).map(Window::PackageFromDay)
}

fn source(value: &Value<'_>) -> Option<Source> {
    let table = value.table(&["where", "date"])?;
    let place = table
        .need("where", "where = \"our contract\"")
        .and_then(Value::text);
    let date = table
        .need("date", "date = \"2026-01-31\"")
        .and_then(Value::text);
    Some(Source {
        place: place?.to_owned(),
        date: date?.to_owned(),
    })
}

fn rounding(value: &Value<'_>) -> Option<Rounding> {
    let table = value.table(&["decimals", "how"])?;
    let decimals = table
        .need("decimals", "decimals = 2")
        .and_then(|value| value.whole(0..=9));
    let how = table
        .need("how", "how = \"half-up\"")
        .and_then(|value| value.one_of(Rounding::WAYS));
    Some(Rounding {
        decimals: decimals?,
        how: how?,
    })
}

fn charges(root: &Table<'_>) -> Option<Vec<Charge>> {
    let list = tables(root, "charges")?;
    let named = list.iter().filter_map(|value| value.as_entry("name"));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let charges: Vec<_> = list.iter().map(charge).collect();
    charges.into_iter().collect()
}

fn charge(value: &Value<'_>) -> Option<Charge> {
    let table = value.table(CHARGE_KEYS)?;
    let name = table.need("name", "name = \"plan\"").and_then(name);
    let what = match (table.get("fee"), table.get("per")) {
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
        name: name?.to_owned(),
        what: what?,
    })
}

/// Tells that a charge does not say one thing.
fn form<T>(table: &Table<'_>, what: &str, remedy: &str) -> Option<T> {
    table.fault(FaultKind::ChargeForm, format!("the charge {what}"), remedy);
    None
}

fn fee_of(table: &Table<'_>, fee: &Value<'_>) -> Option<What> {
    let others = ["quota", "block", "price", "tiers", "refused_with"];
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
    let measures: Vec<_> = Measure::ALL.iter().map(|per| (per.name(), *per)).collect();
    let per = per.one_of(&measures);
    let quota = table.get_or("quota", Some(0), |value| {
        if value.as_text() == Some(UNKNOWN) {
            return Some(None);
        }
        value.whole(0..=HIGHEST_COUNT).map(Some)
    });
    let block = table.get_or("block", 1, |value| value.whole(1..=HIGHEST_COUNT));
    let beyond = match (
        table.get("price"),
        table.get("tiers"),
        table.get("refused_with"),
    ) {
        (Some(price), None, None) => money(price).map(Beyond::Price),
        (None, Some(_), None) => tiers(table, quota, block),
        (None, None, Some(code)) => check_refused(table, per, quota)
            .and_then(|()| code.whole(1..=999_999).map(Beyond::Refused)),
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
    if table.get("block").is_some() {
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
    if table.get("quota").is_none() || quota == Some(None) {
        return form(
            table,
            "refuses what is beyond its quota, and has no known quota",
            "write the quota as a number",
        );
    }
    Some(())
}

fn tiers(table: &Table<'_>, quota: Option<Option<u64>>, block: Option<u64>) -> Option<Beyond> {
    let list = tables(table, "tiers")?;
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
    let table = value.table(&["up_to", "price"])?;
    let up_to = table.get_or("up_to", None, |value| {
        value.whole(1..=HIGHEST_COUNT).map(Some)
    });
    let price = table.need("price", "price = 0.015").and_then(exact_money);
    Some(Tier {
        up_to: up_to?,
        price: price?,
    })
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
