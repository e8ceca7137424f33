//! Simulated months against numeric integrals that this test makes by itself, over many kinds of apps; shards that add
//! up; and what login policies change.

use std::num::NonZero;
use std::sync::atomic::AtomicU64;

use trtc_load::forecast::month::{Cause, Model, Tally, expected, simulate};

/// An app: what the month profile says of it, and the same as plain numbers for the oracle.
#[derive(Clone, Debug)]
struct App {
    seed: u64,
    month: &'static str,
    zone: &'static str,
    days: usize,
    /// Monday is 0: the weekday of the month's first day.
    first_weekday: usize,
    accounts: f64,
    dau: f64,
    concentration: f64,
    new_per_day: f64,
    weekdays: [f64; 7],
    starts: f64,
    needs_rtc: f64,
    guests: f64,
    second_account: f64,
    switches: f64,
    ticket_errors: f64,
    other_errors: f64,
    login: &'static str,
    guests_are: &'static str,
    retry: &'static str,
}

const PLAIN: App = App {
    seed: 1,
    month: "2026-12",
    zone: "Asia/Shanghai",
    days: 31,
    first_weekday: 1,
    accounts: 12_000.0,
    dau: 2_400.0,
    concentration: 3.0,
    new_per_day: 0.0,
    weekdays: [1.0; 7],
    starts: 3.0,
    needs_rtc: 1.0,
    guests: 0.0,
    second_account: 0.0,
    switches: 0.0,
    ticket_errors: 0.0,
    other_errors: 0.0,
    login: "start",
    guests_are: "stable",
    retry: "ticket",
};

impl App {
    fn profile(&self) -> String {
        format!(
            "version = 1\nseed = {}\n[month]\nmonth = \"{}\"\ntime_zone = \"{}\"\n\
             [activity]\naccounts = {}\ndau = {}\nconcentration = {}\nnew_accounts_per_day = {}\nweekdays = {:?}\n\
             starts_per_day = {}\n\
             [behaviour]\nneeds_rtc = {}\nguests = {}\nsecond_account = {}\nswitches = {}\nticket_errors = {}\n\
             other_errors = {}\nretries = 3\n\
             [[policies]]\nname = \"one\"\nlogin = \"{}\"\nguests = \"{}\"\nretry = \"{}\"\n",
            self.seed,
            self.month,
            self.zone,
            self.accounts,
            self.dau,
            self.concentration,
            self.new_per_day,
            self.weekdays,
            self.starts,
            self.needs_rtc,
            self.guests,
            self.second_account,
            self.switches,
            self.ticket_errors,
            self.other_errors,
            self.login,
            self.guests_are,
            self.retry,
        )
    }

    fn model(&self) -> Model {
        Model::parse(&self.profile(), "test.toml", "test").unwrap_or_else(|faults| {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            unreachable!("{faults:?}\n{}", self.profile())
        })
    }

    fn factors(&self) -> Vec<f64> {
        let of = |day: usize| self.weekdays[(self.first_weekday + day) % 7];
        let mean = (0..self.days).map(of).sum::<f64>() / self.days as f64;
        (0..self.days).map(|day| of(day) / mean).collect()
    }
}

/// What the oracle expects, and its standard deviations.
#[derive(Debug)]
struct Oracle {
    mau: f64,
    mau_error: f64,
    logins_of_starts: f64,
    starts: f64,
    starts_error: f64,
    dau: Vec<f64>,
}

/// The mean over accounts of `f`, by the midpoint rule in the logit of an account's chance. Its density is normalised by
/// the same rule, so that no special function is needed.
fn mean(a: f64, b: f64, f: &dyn Fn(f64) -> f64) -> f64 {
    let (from, to) = (-40.0 / a.min(1.0), 40.0 / b.min(1.0));
    let steps = 8_000;
    let width = (to - from) / f64::from(steps);
    let (mut sum, mut all) = (0.0, 0.0);
    for step in 0..steps {
        let x = from + (f64::from(step) + 0.5) * width;
        let (ln_p, ln_q) = (-(-x).exp().ln_1p(), -x.exp().ln_1p());
        let weight = (a * ln_p + b * ln_q).exp();
        all += weight;
        sum += weight * f(ln_p.exp());
    }
    sum / all
}

#[expect(
    clippy::too_many_lines,
    reason = "one formula after the other, beside each other"
)]
fn oracle(app: &App, (a, b): (f64, f64)) -> Oracle {
    let factors = app.factors();
    let active = |p: f64, day: usize| (p * factors[day]).min(1.0);
    let errors = app.ticket_errors + app.other_errors;
    let needed = if app.login == "start" {
        1.0
    } else {
        app.needs_rtc
    };
    let good = if app.retry == "any" {
        1.0 - errors.powi(4)
    } else {
        1.0 - app.other_errors - app.ticket_errors * errors
    };
    let success = needed * good;
    let some = |each: f64| 1.0 - (1.0 - each) * (-(app.starts - 1.0) * each).exp();
    let once = |chance: f64, from: usize, p: f64| -> f64 {
        let idle = (from..app.days).map(|day| 1.0 - active(p, day) * chance);
        1.0 - idle.product::<f64>()
    };
    let main = some(success);
    let main_share = mean(a, b, &|p| once(main, 0, p));
    let mut main_mau = app.accounts * main_share;
    let switched = some(success * app.switches * good);
    let mut second_mau = app.accounts * mean(a, b, &|p| once(switched, 0, p));
    for day in 0..app.days {
        if app.new_per_day > 0.0 {
            // The first day is sure.
            main_mau += app.new_per_day
                * mean(a, b, &|p| {
                    1.0 - (1.0 - main) * (1.0 - once(main, day + 1, p))
                });
            second_mau += app.new_per_day
                * mean(a, b, &|p| {
                    1.0 - (1.0 - switched) * (1.0 - once(switched, day + 1, p))
                });
        }
    }
    let there = |day: usize| app.accounts + app.new_per_day * day as f64;
    let days: Vec<f64> = (0..app.days)
        .map(|day| there(day) * mean(a, b, &|p| active(p, day)) + app.new_per_day)
        .collect();
    let starts = days.iter().sum::<f64>() * app.starts;
    let fresh = app.guests_are == "fresh";
    let (known, guests) = (1.0 - app.guests, app.guests);
    let guest_mau = if fresh {
        guests * starts * success
    } else {
        guests * main_mau
    };
    // App starts of one account: the variance given its chance, and that of the mean over accounts.
    let square = app.starts * app.starts + app.starts - 1.0;
    let of_one = |p: f64| (0..app.days).map(|day| active(p, day)).sum::<f64>() * app.starts;
    let within = mean(a, b, &|p| {
        let day = |day| active(p, day) * (square - active(p, day) * app.starts * app.starts);
        (0..app.days).map(day).sum()
    });
    let between = mean(a, b, &|p| of_one(p).powi(2)) - mean(a, b, &of_one).powi(2);
    let one = within + between;
    let people = app.accounts + app.new_per_day * app.days as f64;
    let accounts_error = people * (0.25 + known * app.second_account);
    let fresh_error = if fresh { guests * people * one } else { 0.0 };
    let again = if app.retry == "any" {
        (1..=3).map(|k| errors.powi(k)).sum::<f64>()
    } else {
        app.ticket_errors
    };
    let second_of = known * app.second_account;
    let tries = starts * needed * (1.0 + again) * (1.0 + second_of * good * app.switches);
    Oracle {
        mau: known * main_mau + guest_mau + second_of * second_mau,
        mau_error: (accounts_error + fresh_error).sqrt(),
        logins_of_starts: tries,
        starts,
        starts_error: (people * one).sqrt(),
        dau: days
            .iter()
            .map(|opened| {
                let guest = if fresh { app.starts * success } else { main };
                opened * (known * main + guests * guest + second_of * switched)
            })
            .collect(),
    }
}

#[expect(clippy::too_many_lines, reason = "a list of apps")]
fn apps() -> Vec<App> {
    let week = [0.8, 0.9, 1.0, 1.0, 1.1, 1.3, 1.2];
    let wild = [0.2, 0.2, 0.2, 0.2, 1.0, 4.0, 4.0];
    let mut apps = vec![
        PLAIN,
        App {
            dau: 600.0,
            ..PLAIN
        },
        App {
            dau: 6_000.0,
            ..PLAIN
        },
        App {
            dau: 9_600.0,
            concentration: 1.0,
            ..PLAIN
        },
        App {
            concentration: 0.3,
            ..PLAIN
        },
        App {
            concentration: 50.0,
            ..PLAIN
        },
        App {
            weekdays: week,
            ..PLAIN
        },
        App {
            weekdays: wild,
            ..PLAIN
        },
        App {
            weekdays: wild,
            dau: 4_800.0,
            concentration: 1.5,
            ..PLAIN
        },
        App {
            new_per_day: 160.0,
            ..PLAIN
        },
        App {
            new_per_day: 160.0,
            weekdays: week,
            needs_rtc: 0.4,
            login: "first-use",
            ..PLAIN
        },
        App {
            starts: 1.0,
            ..PLAIN
        },
        App {
            starts: 8.0,
            ..PLAIN
        },
        App {
            starts: 1.0,
            needs_rtc: 0.3,
            login: "first-use",
            ..PLAIN
        },
        App {
            needs_rtc: 0.1,
            login: "first-use",
            ..PLAIN
        },
        App {
            needs_rtc: 0.1,
            login: "start",
            ..PLAIN
        },
        App {
            guests: 0.3,
            ..PLAIN
        },
        App {
            guests: 0.3,
            guests_are: "fresh",
            ..PLAIN
        },
        App {
            second_account: 0.4,
            switches: 0.2,
            ..PLAIN
        },
        App {
            other_errors: 0.2,
            ticket_errors: 0.1,
            starts: 1.5,
            ..PLAIN
        },
        App {
            other_errors: 0.2,
            ticket_errors: 0.1,
            starts: 1.5,
            retry: "any",
            ..PLAIN
        },
        App {
            month: "2026-02",
            days: 28,
            first_weekday: 6,
            weekdays: week,
            zone: "Europe/Berlin",
            ..PLAIN
        },
        App {
            month: "2026-03",
            first_weekday: 6,
            zone: "Europe/Berlin",
            ..PLAIN
        },
        App {
            month: "2026-10",
            first_weekday: 3,
            zone: "America/New_York",
            weekdays: wild,
            ..PLAIN
        },
    ];
    for (seed, app) in (100..).zip(&mut apps) {
        app.seed = seed;
    }
    apps
}

fn lived(model: &Model) -> Vec<Tally> {
    let threads = NonZero::new(2).unwrap();
    simulate(model, 0..model.people(), threads, &AtomicU64::new(0))
}

/// Five standard errors: of some 800 comparisons with fixed seeds none should be off by chance.
const ERRORS: f64 = 5.0;

#[test]
fn simulated_months_are_what_integrals_say_within_their_sampling_error() {
    for app in apps() {
        let model = app.model();
        let want = oracle(&app, model.beta());
        let tally = lived(&model).remove(0);
        let near = |got: f64, want: f64, error: f64, what: &str| {
            assert!(
                (got - want).abs() < ERRORS * error,
                "{what}: {got} for {want} +- {error}: {app:?}"
            );
        };
        near(tally.mau as f64, want.mau, want.mau_error, "MAU");
        near(
            tally.starts as f64,
            want.starts,
            want.starts_error,
            "app starts",
        );
        let logins = [Cause::Start, Cause::Ticket, Cause::Retry, Cause::Switch];
        let logins: u64 = logins.iter().map(|cause| tally.of(*cause)).sum();
        // Retries near the month's end fall out of it: at most some seconds of 31 days.
        near(
            logins as f64,
            want.logins_of_starts,
            want.starts_error * 1.5,
            "logins",
        );
        for (day, (got, want_day)) in tally.dau.iter().zip(&want.dau).enumerate() {
            let spread = if app.guests_are == "fresh" { 12.0 } else { 1.0 };
            near(
                *got as f64,
                *want_day,
                (want_day * spread).sqrt() + 1.0,
                &format!("DAU of day {day}"),
            );
        }
    }
}

#[test]
fn a_device_that_opens_the_app_counts_once_and_needs_no_login() {
    for app in apps() {
        let tally = lived(&app.model()).remove(0);
        // Nobody has a second device here, and a second account is on the same one.
        assert_eq!(tally.devices_opened, tally.opened - tally.second, "{app:?}");
    }
    // With two devices each start of an app that logs in at its start is a login: two counts of one thing.
    let devices = |needs_rtc: f64, login: &'static str| {
        let app = App {
            needs_rtc,
            login,
            ..PLAIN
        };
        let text = app.profile();
        let text = text.replace("retries = 3", "second_device = 0.5\non_second = 0.3");
        let model = Model::parse(&text, "test.toml", "test").unwrap();
        let tally = lived(&model).remove(0);
        assert!(tally.devices_opened > tally.opened, "{text}");
        (tally.devices_opened, tally.devices)
    };
    let (opened, logged_in) = devices(1.0, "start");
    assert_eq!(opened, logged_in);
    // The same luck, and nobody logs in.
    assert_eq!(devices(0.0, "first-use"), (opened, 0));
}

#[test]
fn the_closed_form_is_what_integrals_say() {
    for app in apps() {
        let model = app.model();
        let want = oracle(&app, model.beta());
        let got = expected(&model, &model.policies[0]);
        // Both integrals are good to 1e-5 where a day's factor bends them, and far better elsewhere.
        let near = |got: f64, want: f64, what: &str| {
            assert!(
                (got / want - 1.0).abs() < 1e-4,
                "{what}: {got} for {want}: {app:?}"
            );
        };
        near(got.mau, want.mau, "MAU");
        near(got.starts, want.starts, "app starts");
        near(got.attempts, want.logins_of_starts, "logins");
        for (got, want) in got.dau.iter().zip(&want.dau) {
            near(*got, *want, "DAU");
        }
        let by_minute: f64 = got.logins.iter().sum();
        let starts_alone = App {
            second_account: 0.0,
            ..app.clone()
        };
        near(
            by_minute,
            oracle(&starts_alone, model.beta()).logins_of_starts,
            "logins by minute",
        );
    }
}
