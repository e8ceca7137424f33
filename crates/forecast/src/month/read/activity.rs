//! The table `[activity]`: how many accounts there are, and how often they come.

use jiff::civil::Date;

use super::super::solve::{Impossible, Known, solve};
use super::super::{Activity, Calendar};
use trtc_base::config::{FaultKind, Table, Value};

pub(super) const KEYS: &[&str] = &[
    "accounts",
    "dau",
    "mau",
    "concentration",
    "new_accounts_per_day",
    "starts_per_day",
    "weekdays",
    "holidays",
    "hours",
    "peak_hour_share",
    "session",
];

const STARTS_PER_DAY: f64 = 3.0;

/// The most accounts that a month may have.
const MOST: f64 = 2e9;

pub(super) fn read(
    root: &Table<'_>,
    calendar: Option<&Calendar>,
    assumed: &mut Vec<String>,
) -> Option<Activity> {
    let value = root.need("activity", "[activity]")?;
    let table = value.table(KEYS)?;
    let amount = |key: &str| table.get_or(key, None, |value| value.number(1.0..=MOST).map(Some));
    let (accounts, dau, mau) = (amount("accounts"), amount("dau"), amount("mau"));
    let concentration = table.get_or("concentration", None, |value| {
        value.number(0.001..=100_000.0).map(Some)
    });
    let new = table.get_or("new_accounts_per_day", 0, |value| {
        value.whole(0..=100_000_000_u64)
    });
    let starts = table.get_or("starts_per_day", None, |value| {
        value.number(1.0..=50.0).map(Some)
    });
    let factors = factors(&table, calendar?)?;
    let known = Known {
        accounts: accounts?,
        dau: dau?,
        mau: mau?,
        concentration: concentration?,
        new_per_day: new? as f64,
    };
    let impossible = |fault: Impossible| {
        value.fault(FaultKind::ImpossibleActivity, fault.what, fault.remedy);
    };
    refuse_everything(&known, value)?;
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
fn refuse_everything(known: &Known, value: &Value<'_>) -> Option<()> {
    let all = known.accounts.is_some() && known.dau.is_some() && known.mau.is_some();
    if all && known.concentration.is_some() {
        value.fault(
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
    let weekdays = table.get_or("weekdays", vec![1.0; 7], |value| {
        weights(value, 7, "Monday to Sunday")
    })?;
    let holidays = table.get_or("holidays", Vec::new(), |value| holidays(value, calendar))?;
    let factor = |day: &super::super::Day| {
        let holiday = holidays.iter().find(|(date, _)| *date == day.date);
        holiday.map_or(weekdays[day.weekday()], |(_, factor)| *factor)
    };
    let factors: Vec<f64> = calendar.days().iter().map(factor).collect();
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    Some(factors.iter().map(|factor| factor / mean).collect())
}

/// So many numbers of 0 to 100, not all 0.
pub(super) fn weights(value: &Value<'_>, many: usize, which: &str) -> Option<Vec<f64>> {
    let list = value.list()?;
    let numbers: Vec<_> = list.iter().map(|item| item.number(0.0..=100.0)).collect();
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
fn holidays(value: &Value<'_>, calendar: &Calendar) -> Option<Vec<(Date, f64)>> {
    let list = value.list()?;
    let mut taken = Vec::new();
    let read: Vec<_> = list
        .iter()
        .map(|item| {
            let table = item.table(&["date", "factor"])?;
            let date = table
                .need("date", "date = \"2026-12-25\"")
                .and_then(|value| new_day(value, calendar, &mut taken));
            let factor = table
                .need("factor", "factor = 1.5")
                .and_then(|value| value.number(0.0..=100.0));
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
