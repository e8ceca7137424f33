//! A log beside Tencent's own count, as the document says it.

use serde::Serialize;

use crate::against::{Comparison, DayRow, MonthCheck, Pair, Standing};

/// Tencent's count of the days, and what came of laying the log beside it.
#[derive(Clone, Debug)]
pub struct Against {
    /// Where the count is from: a file's name, an address.
    pub source: String,
    /// The app of the log that was compared; none for all rows.
    pub app: Option<String>,
    /// The share of Tencent's number by which a day may differ; none where that was not said.
    pub tolerance: Option<f64>,
    /// The days.
    pub compared: Comparison,
    /// Whether the projection rests on them; none where no day of its month is known to both.
    pub month: Option<MonthCheck>,
}

/// The zone that Tencent's days begin in.
const DAYS_OF: &str = "Asia/Shanghai";

#[derive(Serialize)]
pub(super) struct AgainstTencent {
    pub(super) source: String,
    pub(super) app: Option<String>,
    pub(super) days_of: &'static str,
    pub(super) tolerance: Option<f64>,
    pub(super) agreeing: usize,
    pub(super) differing: usize,
    pub(super) not_judged: usize,
    pub(super) days: Vec<Day>,
    pub(super) log_days_before: u64,
    pub(super) log_days_after: u64,
    pub(super) reasons: Vec<Why>,
    pub(super) projection: Option<Month>,
}

#[derive(Serialize)]
pub(super) struct Day {
    pub(super) date: String,
    pub(super) accounts: Beside,
    pub(super) logins: Beside,
    pub(super) log_failures: Option<u64>,
    pub(super) tencent_active: Option<u64>,
    pub(super) peak_online: Beside,
    standing: &'static str,
    /// For people.
    #[serde(skip)]
    pub(super) stands: &'static str,
    pub(super) reasons: Vec<&'static str>,
    /// For people.
    #[serde(skip)]
    pub(super) words: Vec<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Beside {
    pub(super) log: Option<u64>,
    pub(super) tencent: Option<u64>,
    /// The log's less Tencent's.
    pub(super) difference: Option<i128>,
    /// The same as a share of Tencent's.
    pub(super) share: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Why {
    reason: &'static str,
    pub(super) said: String,
}

#[derive(Serialize)]
pub(super) struct Refuting {
    date: String,
    accounts: u64,
}

#[derive(Serialize)]
pub(super) struct Month {
    days: usize,
    log_mean: f64,
    tencent_mean: f64,
    missing_at_least: u64,
    surplus_at_least: u64,
    /// The day that refutes the projection.
    refuted_by: Option<Refuting>,
    pub(super) said: Vec<String>,
}

impl AgainstTencent {
    pub(super) fn of(against: &Against) -> Self {
        let compared = &against.compared;
        Self {
            source: against.source.clone(),
            app: against.app.clone(),
            days_of: DAYS_OF,
            tolerance: against.tolerance,
            agreeing: compared.count(Standing::Agrees),
            differing: compared.count(Standing::Differs),
            not_judged: compared.count(Standing::NotJudged),
            days: compared.days.iter().map(Day::of).collect(),
            log_days_before: compared.beyond[0],
            log_days_after: compared.beyond[1],
            reasons: compared
                .reasons
                .iter()
                .map(|reason| Why {
                    reason: reason.key(),
                    said: reason.to_string(),
                })
                .collect(),
            projection: against.month.as_ref().map(Month::of),
        }
    }
}

impl Day {
    fn of(day: &DayRow) -> Self {
        Self {
            date: day.date.to_string(),
            accounts: Beside::of(day.accounts),
            logins: Beside::of(day.logins),
            log_failures: day.failures,
            tencent_active: day.active,
            peak_online: Beside::of(Pair {
                log: None,
                service: day.most_online,
            }),
            standing: day.standing.key(),
            stands: day.standing.word(),
            reasons: day.reasons.iter().map(|reason| reason.key()).collect(),
            words: day.reasons.iter().map(|reason| reason.words()).collect(),
        }
    }
}

impl Beside {
    fn of(pair: Pair) -> Self {
        Self {
            log: pair.log,
            tencent: pair.service,
            difference: pair.difference(),
            share: pair.share(),
        }
    }
}

impl Month {
    fn of(check: &MonthCheck) -> Self {
        Self {
            days: check.days,
            log_mean: check.log_mean,
            tencent_mean: check.service_mean,
            missing_at_least: check.missing_at_least,
            surplus_at_least: check.surplus_at_least,
            refuted_by: check.refuted_by.map(|(date, accounts)| Refuting {
                date: date.to_string(),
                accounts,
            }),
            said: check.said.clone(),
        }
    }
}
