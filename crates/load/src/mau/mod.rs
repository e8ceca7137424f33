//! Monthly active users: what the run did, and what a month of the configured activity would do.
//!
//! In: a [`Recording`] and the profile's [`Activity`]. Out: [`Mau`]. Never here: chance, prices, calendars.
//!
//! `docs/mau.md` derives the formula.

use crate::profile::Activity;
use crate::recorder::{Recording, StageSet};
use crate::session::{Class, Operation};
use trtc_base::beta::share_reached;
use trtc_usersig::SdkAppId;

/// What the run costs in monthly active users, and what a month would.
#[derive(Clone, Debug, PartialEq)]
pub struct Mau {
    /// As observed in the run.
    pub observed: Observed,
    /// As configured for a month.
    pub expected: Expected,
    /// That month, if the app behaved as the run did; none when no arrival was started or no login was tried.
    pub behaved: Option<Behaved>,
}

/// What the run did: each distinct account that logged in with success is active in the month of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// By app, in the profile's order.
    pub apps: Vec<AppMau>,
    /// Distinct accounts with at least one successful login, all apps. Accounts of different apps are different.
    pub accounts: u64,
    /// Successful logins, all apps.
    pub logins: u64,
    /// Successful logins for each account; none when no account logged in.
    pub logins_per_account: Option<f64>,
    /// Logins that the documented session rules would not have made.
    pub logins_beyond_rules: u64,
}

/// One app's share of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppMau {
    /// The app.
    pub app: SdkAppId,
    /// Distinct accounts with at least one successful login.
    pub accounts: u64,
    /// Successful logins.
    pub logins: u64,
}

/// What the configured activity makes of the configured population in a month. It is no measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Accounts, all apps.
    pub population: u64,
    /// Days of the month.
    pub days: u32,
    /// Accounts that are active on a day, on average.
    pub daily: f64,
    /// Accounts that are active at least once in the month, on average.
    pub monthly: f64,
}

/// The configured month with the run's behaviour in it: each active day of an account is like one arrival of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Behaved {
    /// Successful logins for each arrival that was started, relogins and switches with them.
    pub logins_per_arrival: f64,
    /// The share of `login` steps that got in, or were refused as their scenario wants, in 0..=1.
    pub let_in: f64,
    /// Successful logins in the month.
    pub logins: f64,
    /// Accounts that get in at least once in the month.
    pub monthly: f64,
}

impl Mau {
    /// What share of the configured month's active users the run's accounts are; none when the month has none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "accounts are far below 2^53")]
    pub fn share_of_month(&self) -> Option<f64> {
        let month = self.expected.monthly;
        (month > 0.0).then(|| self.observed.accounts as f64 / month)
    }
}

/// Reads the run's monthly active users off its recording, and expects those of a month.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "populations are far below 2^53")]
pub fn estimate(recording: &Recording, activity: &Activity) -> Mau {
    let meta = recording.meta();
    let counts = recording.counts();
    let (accounts, logins) = (recording.accounts(), recording.logins());
    let apps = meta.apps.iter().enumerate().map(|(place, app)| {
        let count = counts.apps.get(place).copied().unwrap_or_default();
        AppMau {
            app: *app,
            accounts: count.accounts,
            logins: count.logins,
        }
    });
    let population = meta.accounts_per_app.saturating_mul(meta.apps.len() as u64);
    Mau {
        observed: Observed {
            apps: apps.collect(),
            accounts,
            logins,
            logins_per_account: (accounts > 0).then(|| logins as f64 / accounts as f64),
            logins_beyond_rules: counts.logins_beyond_rules,
        },
        expected: Expected {
            population,
            days: activity.days,
            daily: population as f64 * activity.daily_share,
            monthly: population as f64 * monthly_share(activity),
        },
        behaved: behaved(recording, activity, population as f64),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]
fn behaved(recording: &Recording, activity: &Activity, population: f64) -> Option<Behaved> {
    let arrivals = recording.started(StageSet::All);
    let classes = recording.by_class(Operation::Login, StageSet::All);
    let tried: u64 = classes.iter().sum();
    if arrivals == 0 || tried == 0 {
        return None;
    }
    let good = classes[Class::Success.index()] + classes[Class::Expected.index()];
    let let_in = good as f64 / tried as f64;
    let logins_per_arrival = recording.logins() as f64 / arrivals as f64;
    let active_days = population * activity.daily_share * f64::from(activity.days);
    Some(Behaved {
        logins_per_arrival,
        let_in,
        logins: active_days * logins_per_arrival,
        monthly: population * share_reached(beta(activity), activity.days, let_in),
    })
}

/// The share of accounts that are active at least once in a month, when each account's daily chance is drawn once from
/// Beta(a, b): 1 - B(a, b + D) / B(a, b). In 0..=1.
///
/// The quotient of Beta functions is a product of `days` factors, which neither overflows nor needs gamma functions.
/// Source: the beta-binomial distribution at zero successes (Skellam 1948).
#[must_use]
pub fn monthly_share(activity: &Activity) -> f64 {
    let (a, b) = beta(activity);
    let idle: f64 = (0..activity.days)
        .map(|day| (b + f64::from(day)) / (a + b + f64::from(day)))
        .product();
    1.0 - idle
}

/// The two parameters of the distribution of an account's daily chance.
fn beta(activity: &Activity) -> (f64, f64) {
    let a = activity.daily_share * activity.concentration;
    (a, (1.0 - activity.daily_share) * activity.concentration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::AppIx;
    use crate::recorder::{Ended, Event, Recorder, Tick, example};
    use trtc_base::chance::Bits;

    fn activity(daily_share: f64, concentration: f64, days: u32) -> Activity {
        Activity {
            daily_share,
            concentration,
            days,
        }
    }

    #[test]
    fn a_month_of_one_day_is_a_day_and_extremes_are_none_and_all() {
        for (share, concentration, days, want) in [
            (0.2, 3.0, 1, 0.2),
            (0.2, 3.0, 0, 0.0),
            (0.0, 3.0, 30, 0.0),
            (1.0, 3.0, 30, 1.0),
            // Accounts that are all alike: the binomial, 1 - 0.9^30.
            (0.1, 1e12, 30, 1.0 - 0.9_f64.powi(30)),
            // Accounts that are active either always or never.
            (0.1, 1e-12, 30, 0.1),
        ] {
            let got = monthly_share(&activity(share, concentration, days));
            // 30 products of relative error 2^-52, and 1e-11 from the limits in concentration.
            assert!(
                (got - want).abs() < 1e-9,
                "{share} {concentration} {days}: {got}"
            );
        }
    }

    #[test]
    fn the_closed_form_equals_the_integral_over_all_accounts() {
        for (share, concentration, days) in [(0.5, 4.0, 28), (0.4, 10.0, 31), (0.3, 20.0, 30)] {
            let (a, b) = (share * concentration, (1.0 - share) * concentration);
            let density = |p: f64| p.powf(a - 1.0) * (1.0 - p).powf(b - 1.0);
            let all = simpson(density);
            let idle = simpson(|p| density(p) * (1.0 - p).powi(days)) / all;
            let got = monthly_share(&activity(share, concentration, days.unsigned_abs()));
            // a, b >= 2 keep the density's slope bounded: Simpson's rule on 20,000 steps is good to 1e-8 at least.
            assert!(
                (got - (1.0 - idle)).abs() < 1e-7,
                "{share} {concentration}: {got}"
            );
        }
    }

    fn simpson(f: impl Fn(f64) -> f64) -> f64 {
        let steps = 20_000_u32;
        let width = 1.0 / f64::from(steps);
        let weight = |step: u32| match step {
            0 => 1.0,
            last if last == steps => 1.0,
            odd if odd % 2 == 1 => 4.0,
            _ => 2.0,
        };
        let sum: f64 = (0..=steps)
            .map(|step| weight(step) * f(f64::from(step) * width))
            .sum();
        sum * width / 3.0
    }

    #[test]
    fn a_seeded_population_lives_the_month_that_the_closed_form_expects() {
        // Beta(1, b) is drawn by inversion: 1 - u^(1/b). a = 1 means share = 1 / concentration.
        let (concentration, days, population) = (8.0, 30_u32, 40_000_u32);
        let mut dice = Bits(7);
        let mut active = 0_u32;
        for _ in 0..population {
            let chance = 1.0 - dice.unit().powf(1.0 / (concentration - 1.0));
            // Every day is drawn, so that each account uses the same number of draws.
            let days_active = (0..days).filter(|_| dice.unit() < chance).count();
            active += u32::from(days_active > 0);
        }
        let want = monthly_share(&activity(1.0 / concentration, concentration, days));
        let got = f64::from(active) / f64::from(population);
        // Four standard errors of a share: a wrong seed fails once in 16,000.
        let tolerance = 4.0 * (want * (1.0 - want) / f64::from(population)).sqrt();
        assert!(
            (got - want).abs() < tolerance,
            "{got} for {want} +- {tolerance}, seed 7"
        );
    }

    #[test]
    fn days_on_which_a_login_may_fail_bring_fewer_accounts_in() {
        let (share, concentration, days) = (0.2, 10.0, 30);
        let (a, b) = (share * concentration, (1.0 - share) * concentration);
        for let_in in [1.0, 0.9, 0.25] {
            let density = |p: f64| p.powf(a - 1.0) * (1.0 - p).powf(b - 1.0);
            let out = simpson(|p| density(p) * (1.0 - p * let_in).powi(days));
            let want = 1.0 - out / simpson(density);
            let got = share_reached((a, b), days.unsigned_abs(), let_in);
            // As above: Simpson's rule is good to 1e-7 here.
            assert!((got - want).abs() < 1e-7, "{let_in}: {got} for {want}");
        }
        let whole = monthly_share(&activity(share, concentration, 30));
        assert!((share_reached((a, b), 30, 1.0) - whole).abs() < 1e-9);
        assert!(share_reached((a, b), 30, 0.0).abs() < 1e-12);
    }

    #[test]
    fn an_account_that_logs_in_twice_is_one_active_user_and_two_logins() {
        let folder = tempfile::TempDir::new().unwrap();
        let recorder = Recorder::new(example::meta(), folder.path(), 1).unwrap();
        for account in [3, 4, 3] {
            let app = AppIx(0);
            recorder.record(Event::LoggedIn { app, account });
        }
        recorder.record(Event::LoginBeyondRules);
        recorder.finish(Tick::default(), &Ended::Completed).unwrap();
        let run = Recording::read(folder.path()).unwrap();
        let mau = estimate(&run, &activity(0.1, 2.0, 30));
        assert_eq!((mau.observed.accounts, mau.observed.logins), (2, 3));
        assert_eq!(mau.observed.logins_per_account, Some(1.5));
        assert_eq!(mau.observed.logins_beyond_rules, 1);
        assert_eq!((mau.expected.population, mau.expected.days), (1_000, 30));
        assert!((mau.expected.daily - 100.0).abs() < 1e-9);
        assert!(mau.expected.monthly > 100.0 && mau.expected.monthly < 1_000.0);
        let share = mau.share_of_month().unwrap();
        assert!((share - 2.0 / mau.expected.monthly).abs() < 1e-12);
        assert_eq!(mau.behaved, None, "no arrival was started");
    }

    #[test]
    fn a_run_without_a_login_has_no_logins_per_account_rather_than_zero() {
        let folder = tempfile::TempDir::new().unwrap();
        let recorder = Recorder::new(example::meta(), folder.path(), 1).unwrap();
        recorder.finish(Tick::default(), &Ended::Completed).unwrap();
        let run = Recording::read(folder.path()).unwrap();
        let mau = estimate(&run, &activity(0.1, 2.0, 30));
        assert_eq!(mau.observed.logins_per_account, None);
    }
}
