//! Whether a projection rests on what the service counts too.
//!
//! Distinct accounts of a month are at least those of its busiest day, and at most the sum of its days. What the service says
//! of the days bounds the month from both sides, whoever is right about a single one.

use jiff::civil::Date;

use super::{Comparison, DayRow, Reason, Standing};
use trtc_base::figure;

/// What was said of a month from the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MonthCounted {
    /// Its first day.
    pub first: Date,
    /// The last day that counts.
    pub as_of: Date,
    /// Distinct accounts up to it.
    pub to_date: u64,
    /// The month's end as it is projected: the highest that 19 of 20 such months reach; none where it is not projected.
    pub highest_end: Option<f64>,
}

/// How the days that a projection rests on stand beside the service's.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthCheck {
    /// The days of the month up to its last that counts, which both cover.
    pub days: usize,
    /// The log's mean of accounts on them.
    pub log_mean: f64,
    /// The service's.
    pub service_mean: f64,
    /// Accounts that the log certainly lacks: the service's busiest day less the log's whole month.
    pub missing_at_least: u64,
    /// Accounts that the log certainly has too many: its month less the sum of the service's days, where all are known.
    pub surplus_at_least: u64,
    /// The busiest day of the service beyond the last that counts, where the projected month cannot hold it.
    pub refuted_by: Option<(Date, u64)>,
    /// What that means, in one sentence for each finding.
    pub said: Vec<String>,
}

/// The largest share by which means may differ and still be called the same, where no tolerance is given.
const SAME: f64 = 0.01;

/// Checks what was said of a month. None where no day of it is known to both.
#[must_use]
pub fn check_month(
    month: &MonthCounted,
    compared: &Comparison,
    tolerance: Option<f64>,
) -> Option<MonthCheck> {
    // A day that the service has not counted to its end, or not at all, bounds nothing.
    let is_counted = |day: &&DayRow| {
        let unfinished = [Reason::NotReady, Reason::Blank];
        day.accounts.service.is_some() && !day.reasons.iter().any(|one| unfinished.contains(one))
    };
    let of_month = |day: &&DayRow| day.date.first_of_month() == month.first && is_counted(day);
    let known: Vec<&DayRow> = compared.days.iter().filter(of_month).collect();
    let rests_on: Vec<&DayRow> = known
        .iter()
        .copied()
        .filter(|day| day.date <= month.as_of && day.accounts.log.is_some())
        .filter(|day| day.standing != Standing::NotJudged)
        .collect();
    let mean =
        |of: &dyn Fn(&DayRow) -> Option<u64>| mean(rests_on.iter().filter_map(|day| of(day)));
    let (log_mean, service_mean) = (
        mean(&|day| day.accounts.log)?,
        mean(&|day| day.accounts.service)?,
    );
    let upto = || known.iter().filter(|day| day.date <= month.as_of);
    let accounts = |day: &DayRow| day.accounts.service.unwrap_or(0);
    let most = upto().map(|day| accounts(day)).max().unwrap_or(0);
    let has_all = upto().count() == usize::from(month.as_of.day().unsigned_abs());
    let sum: u64 = upto().map(|day| accounts(day)).sum();
    let after = known.iter().filter(|day| day.date > month.as_of);
    let busiest = after.max_by_key(|day| accounts(day));
    let mut check = MonthCheck {
        days: rests_on.len(),
        log_mean,
        service_mean,
        missing_at_least: most.saturating_sub(month.to_date),
        surplus_at_least: if has_all {
            month.to_date.saturating_sub(sum)
        } else {
            0
        },
        refuted_by: busiest
            .map(|day| (day.date, accounts(day)))
            .filter(|(_, most)| is_above(*most, month.highest_end)),
        said: Vec::new(),
    };
    check.said = said(&check, tolerance.unwrap_or(SAME));
    Some(check)
}

#[expect(clippy::cast_precision_loss, reason = "accounts are far below 2^53")]
fn is_above(most: u64, highest: Option<f64>) -> bool {
    highest.is_some_and(|highest| most as f64 > highest)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a mean of counts far below 2^53"
)]
fn mean(counts: impl Iterator<Item = u64>) -> Option<f64> {
    let counts: Vec<u64> = counts.collect();
    (!counts.is_empty()).then(|| counts.iter().sum::<u64>() as f64 / counts.len() as f64)
}

fn said(check: &MonthCheck, same: f64) -> Vec<String> {
    let days = match check.days {
        1 => "the 1 day".to_owned(),
        days => format!("the {days} days"),
    };
    let means = format!(
        "on {days} of the month that both cover the log has {} accounts a day and Tencent {}",
        figure::whole(check.log_mean),
        figure::whole(check.service_mean)
    );
    let off = (check.log_mean - check.service_mean) / check.service_mean.max(1.0);
    let meaning = if off.abs() <= same {
        "what is projected rests on days that Tencent counts too".to_owned()
    } else {
        let (less, low) = if off < 0.0 {
            ("fewer", "low")
        } else {
            ("more", "high")
        };
        format!(
            "{} {less}, so the month is projected too {low}; by how much days alone do not say, for accounts come on several",
            figure::share(Some(off.abs()))
        )
    };
    let mut said = vec![format!("{means}: {meaning}")];
    if check.missing_at_least > 0 {
        said.push(format!(
            "Tencent's busiest day alone has more accounts than the log has for the whole month so far: at least {} are not \
             in the log",
            figure::count(check.missing_at_least)
        ));
    }
    if check.surplus_at_least > 0 {
        said.push(format!(
            "the log has more accounts for the month so far than all of Tencent's days together: at least {} are not \
             accounts to Tencent",
            figure::count(check.surplus_at_least)
        ));
    }
    if let Some((date, accounts)) = check.refuted_by {
        said.push(format!(
            "on {date} Tencent counted {}, more than the month's end is projected to have at most (95 %): the projection is \
             refuted",
            figure::count(accounts)
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::against::Pair;

    fn day(nth: i8, (log, service): (u64, u64), standing: Standing, reasons: &[Reason]) -> DayRow {
        DayRow {
            date: date(2026, 11, nth),
            accounts: Pair {
                log: Some(log),
                service: Some(service),
            },
            logins: Pair::default(),
            failures: None,
            active: None,
            most_online: None,
            standing,
            reasons: reasons.to_vec(),
        }
    }

    #[test]
    fn a_day_that_the_service_has_not_counted_says_nothing_of_the_month() {
        for (standing, reason) in [
            (Standing::NotJudged, Reason::NotReady),
            (Standing::Differs, Reason::Blank),
        ] {
            let compared = Comparison {
                days: vec![
                    day(1, (100, 100), Standing::Agrees, &[]),
                    day(2, (100, 0), standing, &[reason]),
                ],
                beyond: [0; 2],
                reasons: vec![reason],
            };
            let month = MonthCounted {
                first: date(2026, 11, 1),
                as_of: date(2026, 11, 2),
                to_date: 150,
                highest_end: None,
            };
            let check = check_month(&month, &compared, None).unwrap();
            // 50 of the 150 accounts may have come on the second day.
            assert_eq!((check.days, check.surplus_at_least), (1, 0), "{reason:?}");
            assert!((check.service_mean - 100.0).abs() < 1e-9, "{check:?}");
        }
    }
}
