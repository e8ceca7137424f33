//! The table `[activity]`: how many accounts there are, and how often they come.

use jiff::civil::Date;

use super::super::solve::{Impossible, Known, solve};
use super::super::{Activity, Calendar};
use trtc_base::config::{FaultKind, Form, Key, Raw, Table, Value};
use trtc_base::section;
use trtc_base::units::Micros;

const STARTS_PER_DAY: f64 = 3.0;

/// The most accounts that a month may have.
const MOST: f64 = 2e9;

/// The most that a weight of a day or an hour may be.
const HEAVIEST: f64 = 100.0;

const WEIGHT: Form = Form::Number(0.0, HEAVIEST);

section! {
    /// How many accounts there are, how often they come, and when in a day. Of `accounts`, `dau`, `mau` and `concentration`
    /// any two or three are given, and the others are solved for.
    pub(super) ACTIVITY {
        /// Accounts at the period's start.
        ACCOUNTS: f64 = number("accounts", 1.0, MOST).otherwise("solved for");
        /// Accounts active on a day, on average.
        DAU: f64 = number("dau", 1.0, MOST).otherwise("solved for");
        /// Accounts active in the period.
        MAU: f64 = number("mau", 1.0, MOST).otherwise("solved for");
        /// How alike accounts are: small means few heavy users and many idle ones.
        CONCENTRATION: f64 = number("concentration", 0.001, 100_000.0).otherwise("solved for, or assumed");
        /// Accounts that come new on each day.
        NEW_PER_DAY: u64 = whole("new_accounts_per_day", 0, 100_000_000).or("0");
        /// App starts of an account on a day on which it is active.
        STARTS: f64 = number("starts_per_day", 1.0, 50.0).otherwise("3, assumed");
        /// How active Monday to Sunday are, beside each other.
        WEEKDAYS: Vec<f64> = own("weekdays", Form::List(&WEIGHT, 7, 7), |value| weights(value, 7, "Monday to Sunday"))
            .or("[1, 1, 1, 1, 1, 1, 1]");
        /// Days with a factor of their own instead of their weekday's.
        HOLIDAYS: Raw = raw("holidays", Form::List(&Form::Table(&HOLIDAY), 0, usize::MAX)).otherwise("none");
        /// How many app starts the hours 0 to 23 have, beside each other.
        HOURS: Vec<f64> = own("hours", Form::List(&WEIGHT, 24, 24), |value| weights(value, 24, "for the hours 0 to 23"))
            .otherwise("a curve that is busiest from 20 to 22 o'clock, assumed");
        /// The share of a day's app starts in its busiest hour: the hours are made steeper or flatter.
        PEAK_HOUR_SHARE: f64 = share("peak_hour_share").otherwise("as `hours` have it");
        /// How long sessions last.
        SESSION: (Micros, Micros) = own("session", Form::Table(&LENGTH), session).otherwise("8 minutes on average, at most 2 hours, assumed");
    }
}

section! {
    /// A day with a factor of its own.
    HOLIDAY {
        /// Which day of the period.
        DATE: Raw = raw("date", DAY).needed("\"2026-12-25\"");
        /// How active it is.
        FACTOR: f64 = number("factor", 0.0, HEAVIEST).needed("1.5");
    }
}

/// How a file writes a day.
const DAY: Form = Form::Like("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date");

section! {
    /// How long sessions last: exponential, cut at its longest.
    LENGTH {
        /// On average.
        MEAN: Micros = span("mean", Micros::from_secs(1), Micros::from_secs(86_400)).needed("\"8m\"");
        /// At most.
        MAX: Micros = span("max", Micros::from_secs(1), Micros::from_secs(86_400)).needed("\"2h\"");
    }
}

/// `{ mean = "8m", max = "2h" }`
fn session(value: &Value<'_>) -> Option<(Micros, Micros)> {
    let table = value.open(&LENGTH)?;
    let (mean, max) = (table.read(&MEAN), table.read(&MAX));
    Some((mean?, max?))
}

pub(super) fn read(
    table: &Table<'_>,
    calendar: Option<&Calendar>,
    assumed: &mut Vec<String>,
) -> Option<Activity> {
    let amount = |key: &Key<f64>| table.given(key);
    let (accounts, dau, mau) = (amount(&ACCOUNTS), amount(&DAU), amount(&MAU));
    let concentration = table.given(&CONCENTRATION);
    let (new, starts) = (table.read(&NEW_PER_DAY), table.given(&STARTS));
    let factors = factors(table, calendar?)?;
    let known = Known {
        accounts: accounts?,
        dau: dau?,
        mau: mau?,
        concentration: concentration?,
        new_per_day: new? as f64,
    };
    let impossible = |fault: Impossible| {
        table.fault(FaultKind::ImpossibleActivity, fault.what, fault.remedy);
    };
    refuse_everything(&known, table)?;
    let solved = solve(&known, &factors).map_err(impossible).ok()?;
    assumed.extend(solved.assumed);
    if known.accounts.is_none() {
        assumed.push(format!("accounts {:.0}: solved for", solved.accounts));
    }
    assumed.push(format!(
        "daily share {:.4}, concentration {:.3}: solved for",
        solved.daily_share, solved.concentration
    ));
    let starts_per_day = starts?.unwrap_or_else(|| {
        assumed.push(format!(
            "{STARTS_PER_DAY} app starts on an active day: assumed"
        ));
        STARTS_PER_DAY
    });
    Some(Activity {
        accounts: whole(solved.accounts),
        new_per_day: new?,
        daily_share: solved.daily_share,
        concentration: solved.concentration,
        day_factors: factors,
        starts_per_day,
    })
}

/// All four together leave nothing to solve for, and hardly ever agree.
fn refuse_everything(known: &Known, table: &Table<'_>) -> Option<()> {
    let all = known.accounts.is_some() && known.dau.is_some() && known.mau.is_some();
    if all && known.concentration.is_some() {
        table.fault(
            FaultKind::ImpossibleActivity,
            "`accounts`, `dau`, `mau` and `concentration` are all given: any three fix the fourth",
            "remove `concentration`, or the one you know least",
        );
        return None;
    }
    Some(())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of accounts"
)]
fn whole(accounts: f64) -> u64 {
    accounts.round() as u64
}

/// How much more active each day is than their mean, by weekday and by holiday.
fn factors(table: &Table<'_>, calendar: &Calendar) -> Option<Vec<f64>> {
    let weekdays = table.read(&WEEKDAYS)?;
    let holidays = table.find(&HOLIDAYS);
    let holidays = holidays.map_or(Some(Vec::new()), |value| holidays_of(value, calendar))?;
    let factor = |day: &super::super::Day| {
        let holiday = holidays.iter().find(|(date, _)| *date == day.date);
        holiday.map_or(weekdays[day.weekday()], |(_, factor)| *factor)
    };
    let factors: Vec<f64> = calendar.days().iter().map(factor).collect();
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    Some(factors.iter().map(|factor| factor / mean).collect())
}

/// So many numbers of 0 to 100, not all 0.
fn weights(value: &Value<'_>, many: usize, which: &str) -> Option<Vec<f64>> {
    let list = value.list()?;
    let numbers: Vec<_> = list
        .iter()
        .map(|item| item.number(0.0..=HEAVIEST))
        .collect();
    let numbers: Vec<f64> = numbers.into_iter().collect::<Option<_>>()?;
    if numbers.len() != many || numbers.iter().all(|number| *number <= 0.0) {
        value.fault(
            FaultKind::WeightsForm,
            format!(
                "`{}` has {} numbers, {} of them above 0",
                value.path(),
                numbers.len(),
                numbers.iter().filter(|number| **number > 0.0).count()
            ),
            format!("write {many} of them, {which}, not all 0"),
        );
        return None;
    }
    Some(numbers)
}

/// `{ date = "2026-12-25", factor = 1.5 }`: the day's own factor instead of its weekday's.
fn holidays_of(value: &Value<'_>, calendar: &Calendar) -> Option<Vec<(Date, f64)>> {
    let list = value.list()?;
    let mut taken = Vec::new();
    let read: Vec<_> = list
        .iter()
        .map(|item| {
            let table = item.open(&HOLIDAY)?;
            let date = table
                .must(&DATE)
                .and_then(|value| new_day(value, calendar, &mut taken));
            let factor = table.read(&FACTOR);
            Some((date?, factor?))
        })
        .collect();
    read.into_iter().collect()
}

/// A date of the period that is not among those that are taken.
fn new_day(value: &Value<'_>, calendar: &Calendar, taken: &mut Vec<Date>) -> Option<Date> {
    let date = day(value, calendar)?;
    if taken.contains(&date) {
        let what = format!("`{}` is {date}, which has a factor already", value.path());
        value.fault(FaultKind::NoDay, what, "write each date once");
        return None;
    }
    taken.push(date);
    Some(date)
}

/// A date of the period.
fn day(value: &Value<'_>, calendar: &Calendar) -> Option<Date> {
    let text = value.text()?;
    let date = text.parse::<Date>().ok();
    let date = date.filter(|date| calendar.days().iter().any(|day| day.date == *date));
    if date.is_none() {
        let what = format!(
            "`{}` is \"{text}\", which is no day of the period",
            value.path()
        );
        value.fault(FaultKind::NoDay, what, "write a date of it: \"2026-12-25\"");
    }
    date
}
