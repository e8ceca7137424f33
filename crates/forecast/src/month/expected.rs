//! The month in closed form: the same quantities as simulated, on average over all seeds.
//!
//! `docs/mau.md` derives the formulas. Kicks, UserSigs and sessions online have none here: they hang on the order of app
//! starts within a day.

use jiff::tz::TimeZone;

use super::calendar::WALL_MINUTES;
use super::{Guests, LoginAt, Model, Policy, Retry};
use trtc_base::beta::Nodes;

/// Averages over all seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// Accounts that open the app at least once.
    pub opened: f64,
    /// Accounts that log in with success at least once: the MAU.
    pub mau: f64,
    /// Accounts that log in with success, by day.
    pub dau: Vec<f64>,
    /// App starts.
    pub starts: f64,
    /// Login attempts at app starts and after their failures, and at switches and theirs. Not those after kicks and
    /// network losses.
    pub attempts: f64,
    /// Switches to a second account that were tried.
    pub switches: f64,
    /// Login attempts at app starts and after their failures in each minute.
    pub logins: Vec<f64>,
    /// Standard deviation of the MAU of one seed.
    pub mau_deviation: f64,
}

/// Averages of one policy's month.
#[must_use]
pub fn expected(model: &Model, policy: &Policy) -> Expected {
    let chances = Chances::of(model, policy);
    let days = model.calendar.days().len();
    let (known, guests) = (1.0 - model.behaviour.guests, model.behaviour.guests);
    let second_of = known * model.behaviour.second_account;
    let opened = Reach::of(model, &vec![1.0; days]);
    let main = Reach::of(model, &chances.some_success);
    let second = Reach::of(model, &chances.some_switch);
    let fresh = policy.guests == Guests::Fresh;
    let starts_by_day: Vec<f64> = (opened.by_day.iter())
        .map(|active| active * model.activity.starts_per_day)
        .collect();
    let successes: Vec<f64> = (starts_by_day.iter().zip(&chances.success))
        .map(|(starts, success)| starts * success)
        .collect();
    let guest_mau = if fresh {
        successes.iter().sum::<f64>()
    } else {
        main.accounts
    };
    let dau = (0..days).map(|day| {
        let guest = if fresh {
            successes[day]
        } else {
            main.by_day[day]
        };
        known * main.by_day[day] + guests * guest + second_of * second.by_day[day]
    });
    let sum = |each: &[f64]| -> f64 {
        let of_day = starts_by_day.iter().zip(each);
        of_day.map(|(starts, each)| starts * each).sum()
    };
    let tried = sum(&chances.switch);
    Expected {
        opened: opened.accounts + second_of * second.accounts,
        mau: known * main.accounts + guests * guest_mau + second_of * second.accounts,
        dau: dau.collect(),
        starts: starts_by_day.iter().sum(),
        attempts: sum(&chances.attempts) + second_of * sum(&chances.switch_attempts),
        switches: second_of * tried,
        logins: by_minute(model, &starts_by_day, &chances.attempts),
        mau_deviation: deviation(model, &main, &second, policy.guests),
    }
}

/// What one app start, or one day with app starts, comes to: by day of the period.
struct Chances {
    /// The chance that an app start logs in with success.
    success: Vec<f64>,
    /// The chance that a day with app starts has such a one.
    some_success: Vec<f64>,
    /// The chance that an app start of someone with two accounts is a switch.
    switch: Vec<f64>,
    /// The chance that a day with app starts has a successful switch.
    some_switch: Vec<f64>,
    /// Login attempts of an app start, and of a switch for each app start.
    attempts: Vec<f64>,
    switch_attempts: Vec<f64>,
}

impl Chances {
    fn of(model: &Model, policy: &Policy) -> Self {
        let behaviour = &model.behaviour;
        let needed = match policy.login {
            LoginAt::Start => 1.0,
            LoginAt::FirstUse => behaviour.needs_rtc,
        };
        let errors = behaviour.ticket_errors + behaviour.other_errors;
        let more = f64::from(behaviour.retries);
        // Of one login while nothing is down: the chance of success in the end, and the attempts after the first.
        let (good, again) = match policy.retry {
            Retry::Ticket => (
                1.0 - errors + behaviour.ticket_errors * (1.0 - errors),
                behaviour.ticket_errors,
            ),
            Retry::Any => (
                1.0 - errors.powf(more + 1.0),
                (1..=behaviour.retries)
                    .map(|k| errors.powf(f64::from(k)))
                    .sum(),
            ),
        };
        let retried = match policy.retry {
            Retry::Ticket => 0.0,
            Retry::Any => more,
        };
        let down: Vec<f64> = (0..model.calendar.days().len())
            .map(|day| share_down(model, day))
            .collect();
        let of_days =
            |of: &dyn Fn(f64) -> f64| -> Vec<f64> { down.iter().map(|o| of(*o)).collect() };
        let some = |success: f64| {
            let more_starts = model.activity.starts_per_day - 1.0;
            1.0 - (1.0 - success) * (-more_starts * success).exp()
        };
        let success = |o: f64| needed * (1.0 - o) * good;
        let attempts = |o: f64| 1.0 + (1.0 - o) * again + o * retried;
        let switch = |o: f64| success(o) * behaviour.switches;
        Self {
            success: of_days(&success),
            some_success: of_days(&|o| some(success(o))),
            switch: of_days(&switch),
            some_switch: of_days(&|o| some(switch(o) * (1.0 - o) * good)),
            attempts: of_days(&|o| needed * attempts(o)),
            switch_attempts: of_days(&|o| switch(o) * attempts(o)),
        }
    }
}

/// The share of a day's app starts that meet an outage which fails them.
fn share_down(model: &Model, day: usize) -> f64 {
    if model.outages.is_empty() {
        return 0.0;
    }
    let shares = day_curve(model, day);
    let first = model.calendar.days()[day].first_minute;
    let minutes = (first..).zip(&shares);
    let down = minutes.map(|(minute, share)| {
        let up: f64 = (model.outages.iter())
            .map(|outage| 1.0 - outage.share * overlap(minute * 60, outage.from, outage.until))
            .product();
        share * (1.0 - up)
    });
    down.sum()
}

/// The part of the minute that starts at second `from` within `begin..end`.
fn overlap(from: u32, begin: u32, end: u32) -> f64 {
    let seconds = (from + 60).min(end).saturating_sub(from.max(begin));
    f64::from(seconds.min(60)) / 60.0
}

/// The share of a day's app starts in each of its minutes.
fn day_curve(model: &Model, day: usize) -> Vec<f64> {
    let mut shares = vec![0.0; model.calendar.days()[day].minutes as usize];
    for zone in &model.day.zones {
        let curve = zone_curve(model, &zone.zone, day);
        for (sum, share) in shares.iter_mut().zip(curve) {
            *sum += zone.share * share;
        }
    }
    shares
}

/// The share of the app starts of people in `zone` in each of a day's minutes. The day is the app's: what is past its
/// midnight there wraps around.
pub(super) fn zone_curve(model: &Model, zone: &TimeZone, day: usize) -> Vec<f64> {
    let of_day = &model.calendar.days()[day];
    let ahead = model.calendar.ahead_of(zone, day);
    let mut shares = vec![0.0; of_day.minutes as usize];
    for (own, share) in (0_i32..).zip(&model.day.minutes) {
        let wall = (own + ahead).rem_euclid(i32::from(WALL_MINUTES));
        let wall = u16::try_from(wall).unwrap_or(0);
        // A minute that the wall shows twice has half of its app starts each time.
        for which in 0..2 {
            let minute = usize::from(of_day.minute_of_wall(wall, which));
            if let Some(sum) = shares.get_mut(minute) {
                *sum += share / 2.0;
            }
        }
    }
    shares
}

fn by_minute(model: &Model, starts: &[f64], attempts: &[f64]) -> Vec<f64> {
    let days = starts.iter().zip(attempts).enumerate();
    let minutes = days.flat_map(|(day, (starts, attempts))| {
        let curve = day_curve(model, day);
        curve
            .into_iter()
            .map(move |share| share * starts * attempts)
    });
    minutes.collect()
}

/// How many accounts something happens to, when it happens on a day with app starts by some chance.
struct Reach {
    /// To how many at least once.
    accounts: f64,
    /// To how many of those there at the start, as a share.
    share: f64,
    /// To how many on each day.
    by_day: Vec<f64>,
}

impl Reach {
    /// `chances` by day. Newcomers are active on their first day.
    fn of(model: &Model, chances: &[f64]) -> Self {
        let activity = &model.activity;
        let (accounts, new) = (activity.accounts as f64, activity.new_per_day as f64);
        let days = chances.len();
        let (mut share, mut first_days) = (0.0, 0.0);
        let mut by_day = vec![0.0; days];
        for node in Nodes::of(activity.beta()) {
            // The logarithm of the chance that nothing happens after a day.
            let mut idle = 0.0;
            for day in (0..days).rev() {
                let active = (node.chance * activity.day_factors[day]).min(1.0);
                by_day[day] += node.weight * active;
                first_days -= node.weight * (1.0 - chances[day]) * f64::exp_m1(idle);
                idle += (-active * chances[day]).ln_1p();
            }
            share -= node.weight * idle.exp_m1();
        }
        first_days += chances.iter().sum::<f64>();
        let by_day = by_day.iter().enumerate().map(|(day, active)| {
            let there = accounts + new * day as f64;
            (there * active + new) * chances[day]
        });
        Self {
            accounts: accounts * share + new * first_days,
            share,
            by_day: by_day.collect(),
        }
    }
}

/// The standard deviation of one seed's MAU: accounts are independent of each other, persons with two are counted as
/// if both were always active together, and guests with fresh UserIDs as Poisson numbers.
fn deviation(model: &Model, main: &Reach, second: &Reach, guests_are: Guests) -> f64 {
    let accounts = model.activity.accounts as f64;
    let behaviour = &model.behaviour;
    let (known, guests) = (1.0 - behaviour.guests, behaviour.guests);
    let binomial = |share: f64| share * (1.0 - share);
    let both = 4.0 * known * behaviour.second_account * binomial(second.share);
    let of_guests = if guests_are == Guests::Fresh {
        let starts: f64 = main.by_day.iter().sum::<f64>() * model.activity.starts_per_day;
        // A person's days vary too: at most by as much again as their number squared.
        let days = main.by_day.len() as f64;
        guests * starts * (1.0 + days * model.activity.starts_per_day)
    } else {
        0.0
    };
    let one = binomial(main.share) + both;
    (accounts * one + of_guests + model.activity.new_per_day as f64).sqrt()
}
