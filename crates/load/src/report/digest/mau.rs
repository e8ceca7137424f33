//! Monthly active users: as this run observed them, and as the profile's month would make them.

use serde::Serialize;

use crate::report::Findings;

/// Monthly active users.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct MauBlock {
    pub(in crate::report) as_observed: Observed,
    pub(in crate::report) as_configured: Configured,
    /// The configured month with this run's behaviour in it; none when nothing was played.
    pub(in crate::report) month_as_observed: Option<Behaved>,
}

/// What this run made billable.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Observed {
    /// Distinct accounts with at least one successful login.
    pub(in crate::report) accounts: u64,
    /// What share of the configured month's active users they are.
    pub(in crate::report) share_of_month: Option<f64>,
    /// Successful logins.
    pub(in crate::report) logins: u64,
    /// Successful logins for each such account; none without one.
    pub(in crate::report) logins_per_account: Option<f64>,
    /// Logins that the documented rules would not have made.
    pub(in crate::report) logins_beyond_rules: u64,
    pub(in crate::report) apps: Vec<AppRow>,
}

/// Accounts and logins of one app.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct AppRow {
    pub(in crate::report) sdk_app_id: u32,
    pub(in crate::report) accounts: u64,
    pub(in crate::report) logins: u64,
}

/// What a month of the profile's activity is expected to make billable. No measurement.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Configured {
    /// Accounts of the population, all apps.
    pub(in crate::report) population: u64,
    /// Days of the month.
    pub(in crate::report) days: u32,
    /// Expected accounts that are active on a day.
    pub(in crate::report) daily: f64,
    /// Expected accounts that are active at least once in the month.
    pub(in crate::report) monthly: f64,
}

/// A month whose every active day is like one arrival of the run.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Behaved {
    /// Successful logins for each arrival.
    pub(in crate::report) logins_per_arrival: f64,
    /// The share of `login` steps that got in, or were refused as their scenario wants.
    pub(in crate::report) let_in: f64,
    /// Expected successful logins.
    pub(in crate::report) logins: f64,
    /// Expected accounts that get in at least once.
    pub(in crate::report) monthly: f64,
}

pub(super) fn block(findings: &Findings<'_>) -> MauBlock {
    let (observed, expected) = (&findings.mau.observed, &findings.mau.expected);
    let apps = observed.apps.iter().map(|app| AppRow {
        sdk_app_id: app.app.0,
        accounts: app.accounts,
        logins: app.logins,
    });
    MauBlock {
        as_observed: Observed {
            accounts: observed.accounts,
            share_of_month: findings.mau.share_of_month(),
            logins: observed.logins,
            logins_per_account: observed.logins_per_account,
            logins_beyond_rules: observed.logins_beyond_rules,
            apps: apps.collect(),
        },
        as_configured: Configured {
            population: expected.population,
            days: expected.days,
            daily: expected.daily,
            monthly: expected.monthly,
        },
        month_as_observed: findings.mau.behaved.map(|behaved| Behaved {
            logins_per_arrival: behaved.logins_per_arrival,
            let_in: behaved.let_in,
            logins: behaved.logins,
            monthly: behaved.monthly,
        }),
    }
}
