//! What every format of a month tells: one struct, so that they cannot differ.

use serde::Serialize;

use super::{MonthFindings, PolicyMonth};
use crate::bill::Invoice;
use crate::month::{Busiest, Calendar, Cause, Guests, LoginAt, OnKick, OnLoss, Policy, Retry};

/// The month.
#[derive(Debug, Serialize)]
pub(super) struct Digest {
    pub(super) version: u32,
    pub(super) name: String,
    pub(super) seed: u64,
    pub(super) first_day: String,
    pub(super) last_day: String,
    pub(super) time_zone: String,
    pub(super) days: usize,
    /// Accounts that exist at some time of the period, second accounts apart.
    pub(super) people: u64,
    pub(super) accounts_at_start: u64,
    pub(super) assumptions: Vec<String>,
    pub(super) took_s: f64,
    /// The first policy's month.
    pub(super) month: Month,
    /// Every policy beside the first one.
    pub(super) policies: Vec<PolicyRow>,
    pub(super) by_day: Vec<DayRow>,
}

/// One policy's month.
#[derive(Debug, Serialize)]
pub(super) struct Month {
    pub(super) policy: String,
    pub(super) mau: Compared,
    pub(super) opened: Compared,
    pub(super) app_starts: Compared,
    pub(super) mean_dau: Compared,
    pub(super) highest_dau: u64,
    pub(super) of_guests: u64,
    pub(super) of_second_accounts: u64,
    pub(super) devices: u64,
    pub(super) logins: u64,
    pub(super) logins_failed: u64,
    /// Logins at app starts and at switches with what followed their failures; the closed form has these only.
    pub(super) logins_of_starts_and_switches: Compared,
    pub(super) by_cause: Vec<(&'static str, u64)>,
    pub(super) kicks: u64,
    pub(super) reconnects: u64,
    pub(super) usersigs_issued: u64,
    pub(super) usersigs_found_expired: u64,
    pub(super) busiest_minute: Peak,
    pub(super) busiest_hour: Peak,
    pub(super) busiest_day: Peak,
    pub(super) most_online: Peak,
    pub(super) bill: Option<Invoice>,
}

/// A number as simulated and in closed form.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Compared {
    pub(super) simulated: u64,
    /// Its mean over all seeds.
    pub(super) expected: f64,
    /// Two standard deviations of one seed; none where there is no formula for it.
    pub(super) within: Option<f64>,
}

/// When it was busiest.
#[derive(Debug, Serialize)]
pub(super) struct Peak {
    /// When it begins, on the wall of the app's zone.
    pub(super) at: String,
    /// Logins in it, or sessions online.
    pub(super) count: u64,
    /// The same in a second, on average.
    pub(super) per_second: f64,
}

/// A policy beside the first one.
#[derive(Debug, Serialize)]
pub(super) struct PolicyRow {
    pub(super) policy: String,
    pub(super) mau: u64,
    pub(super) mau_expected: f64,
    pub(super) mau_difference: i64,
    pub(super) logins: u64,
    pub(super) logins_difference: i64,
    /// Logins a second in its busiest minute.
    pub(super) peak_logins_per_second: f64,
    pub(super) kicks: u64,
    pub(super) usersigs_issued: u64,
    pub(super) bill: Option<String>,
    pub(super) bill_difference: Option<String>,
    pub(super) currency: Option<String>,
    /// What is other than with the first one, and what that does to the MAU.
    pub(super) because: Vec<&'static str>,
}

/// A day of the first policy's month.
#[derive(Debug, Serialize)]
pub(super) struct DayRow {
    pub(super) date: String,
    pub(super) opened: u64,
    pub(super) dau: u64,
    pub(super) dau_expected: f64,
    pub(super) mau_so_far: u64,
    pub(super) logins: u64,
    pub(super) most_online: u64,
}

impl Digest {
    pub(super) fn of(findings: &MonthFindings<'_>) -> Self {
        let model = findings.model;
        let days = model.calendar.days();
        let date = |day: Option<&crate::month::Day>| {
            day.map_or_else(String::new, |day| day.date.to_string())
        };
        let zone = model.calendar.zone();
        let first = &findings.first;
        Self {
            version: 1,
            name: model.name.clone(),
            seed: model.seed,
            first_day: date(days.first()),
            last_day: date(days.last()),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            days: days.len(),
            people: model.people(),
            accounts_at_start: model.activity.accounts,
            assumptions: model.assumptions.clone(),
            took_s: (findings.took * 1_000.0).round() / 1_000.0,
            month: Month::of(&model.calendar, first),
            policies: findings
                .months()
                .map(|month| PolicyRow::of(month, first))
                .collect(),
            by_day: day_rows(&model.calendar, first),
        }
    }
}

impl Month {
    fn of(calendar: &Calendar, month: &PolicyMonth<'_>) -> Self {
        let (tally, expected) = (&month.tally, &month.expected);
        let alone = |simulated: u64, expected: f64| Compared {
            simulated,
            expected,
            within: None,
        };
        let of_starts = [Cause::Start, Cause::Ticket, Cause::Retry, Cause::Switch];
        let of_starts: u64 = of_starts.iter().map(|cause| tally.of(*cause)).sum();
        let days = tally.dau.len().max(1) as u64;
        let mean = |dau: &[f64]| dau.iter().sum::<f64>() / dau.len().max(1) as f64;
        let peak = |busiest: &Busiest, seconds: f64| Peak::of(calendar, busiest, seconds);
        Self {
            policy: month.policy.name.clone(),
            mau: Compared {
                within: Some(2.0 * expected.mau_deviation),
                ..alone(tally.mau, expected.mau)
            },
            opened: alone(tally.opened, expected.opened),
            app_starts: alone(tally.starts, expected.starts),
            mean_dau: alone(
                (tally.dau.iter().sum::<u64>() + days / 2) / days,
                mean(&expected.dau),
            ),
            highest_dau: tally.dau.iter().copied().max().unwrap_or(0),
            of_guests: tally.guests,
            of_second_accounts: tally.second,
            devices: tally.devices,
            logins: tally.attempts(),
            logins_failed: tally.failed,
            logins_of_starts_and_switches: alone(of_starts, expected.attempts),
            by_cause: Cause::ALL
                .iter()
                .map(|cause| (cause.word(), tally.of(*cause)))
                .collect(),
            kicks: tally.kicks,
            reconnects: tally.reconnects,
            usersigs_issued: tally.tickets,
            usersigs_found_expired: tally.expired,
            busiest_minute: peak(&month.peaks.minute, 60.0),
            busiest_hour: peak(&month.peaks.hour, 3_600.0),
            busiest_day: peak(&month.peaks.day, 86_400.0),
            most_online: peak(&month.peaks.online, 1.0),
            bill: month.invoice.clone(),
        }
    }
}

impl Peak {
    fn of(calendar: &Calendar, busiest: &Busiest, seconds: f64) -> Self {
        let wall = calendar.wall(busiest.minute);
        Self {
            at: wall.map_or_else(String::new, |wall| {
                wall.strftime("%Y-%m-%d %H:%M").to_string()
            }),
            count: busiest.count,
            per_second: busiest.count as f64 / seconds,
        }
    }
}

impl PolicyRow {
    fn of(month: &PolicyMonth<'_>, first: &PolicyMonth<'_>) -> Self {
        let difference = |this: u64, that: u64| this.cast_signed() - that.cast_signed();
        let bills = month.invoice.as_ref().zip(first.invoice.as_ref());
        let more = bills.and_then(|(this, that)| this.more_than(that).ok().flatten());
        Self {
            policy: month.policy.name.clone(),
            mau: month.tally.mau,
            mau_expected: month.expected.mau,
            mau_difference: difference(month.tally.mau, first.tally.mau),
            logins: month.tally.attempts(),
            logins_difference: difference(month.tally.attempts(), first.tally.attempts()),
            peak_logins_per_second: month.peaks.minute.count as f64 / 60.0,
            kicks: month.tally.kicks,
            usersigs_issued: month.tally.tickets,
            bill: month
                .invoice
                .as_ref()
                .and_then(|bill| bill.total)
                .map(|total| total.to_string()),
            bill_difference: more.map(|more| more.to_string()),
            currency: month.invoice.as_ref().map(|bill| bill.currency.clone()),
            because: because(month.policy, first.policy),
        }
    }
}

/// What is other in `this` than in `first`, and what it does.
fn because(this: &Policy, first: &Policy) -> Vec<&'static str> {
    let mut words = Vec::new();
    if this.login != first.login {
        words.push(match this.login {
            LoginAt::Start => {
                "logs in at every app start: accounts that never need it are billed too"
            }
            LoginAt::FirstUse => {
                "logs in when it is needed: accounts that never need it are not billed"
            }
        });
    }
    if this.guests != first.guests {
        words.push(match this.guests {
            Guests::Fresh => "a guest is a new account at each login, and each is billed",
            Guests::Stable => "a guest is one account however often they come",
        });
    }
    if this.network != first.network {
        words.push(match this.network {
            OnLoss::Relogin => {
                "login after each network loss: more logins, of accounts that are counted already"
            }
            OnLoss::Reconnect => "network losses cost no login",
        });
    }
    if this.retry != first.retry {
        words.push(match this.retry {
            Retry::Any => "tries again on any error: more logins, and accounts whose only logins failed get in",
            Retry::Ticket => "tries again on 6206 and 70001 only: accounts whose only logins failed otherwise stay out",
        });
    }
    if this.kicked != first.kicked {
        words.push(match this.kicked {
            OnKick::Fight => "both sides log in again in turn: logins and kicks, of accounts that are counted already",
            OnKick::Person => "a kicked person logs in again by wish",
        });
    }
    words
}

fn day_rows(calendar: &Calendar, month: &PolicyMonth<'_>) -> Vec<DayRow> {
    let tally = &month.tally;
    let (online, logins) = (tally.online(), tally.logins());
    let mut so_far = 0;
    let rows = calendar.days().iter().enumerate().map(|(at, day)| {
        let minutes = day.first_minute as usize..(day.first_minute + day.minutes) as usize;
        let of = |days: &[u64]| days.get(at).copied().unwrap_or(0);
        so_far += of(&tally.first_logins);
        let logins = logins.get(minutes.clone()).unwrap_or(&[]);
        let online = online.get(minutes).unwrap_or(&[]);
        DayRow {
            date: day.date.to_string(),
            opened: of(&tally.opened_by_day),
            dau: of(&tally.dau),
            dau_expected: month.expected.dau.get(at).copied().unwrap_or(0.0),
            mau_so_far: so_far,
            logins: logins.iter().sum(),
            most_online: online.iter().copied().max().unwrap_or(0),
        }
    });
    rows.collect()
}
