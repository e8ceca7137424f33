//! The table `[behaviour]`: what an app start leads to, and what goes wrong.

use super::super::{Behaviour, KickRule};
use crate::dialect::document::{FaultKind, Table, Value};
use crate::units::Micros;

const KEYS: &[&str] = &[
    "needs_rtc",
    "guests",
    "second_device",
    "on_second",
    "platforms",
    "kick",
    "second_account",
    "switches",
    "losses_per_hour",
    "ticket_errors",
    "other_errors",
    "relogin",
    "reaction",
    "fight_every",
    "retries",
    "retry_after",
    "usersig_days",
    "back_within",
];

const RULES: &[(&str, KickRule)] = &[
    ("one-per-platform", KickRule::OnePerPlatform),
    ("one", KickRule::One),
    ("all", KickRule::All),
];

/// What most apps are like, as far as anybody says: every number here is to be replaced by one's own.
fn default() -> Behaviour {
    Behaviour {
        needs_rtc: 0.6,
        guests: 0.0,
        second_device: 0.15,
        on_second: 0.3,
        platforms: vec![
            ("android".to_owned(), 0.5),
            ("iphone".to_owned(), 0.3),
            ("web".to_owned(), 0.2),
        ],
        kick: KickRule::OnePerPlatform,
        second_account: 0.02,
        switches: 0.2,
        losses_per_hour: 0.5,
        ticket_errors: 0.001,
        other_errors: 0.002,
        relogin: 0.5,
        reaction: 5,
        fight_every: 2,
        retries: 5,
        retry_after: 1,
        ticket_lives: 7 * 86_400,
        back_within: 60,
    }
}

pub(super) fn read(root: &Table<'_>) -> Option<Behaviour> {
    root.get_or("behaviour", default(), |value| {
        let table = value.table(KEYS)?;
        let default = default();
        let share = |key: &str, default: f64| table.get_or(key, default, Value::share);
        let seconds = |key: &str, default: u32| {
            table.get_or(key, default, |value| {
                let span = value.span(Micros::from_secs(1)..=Micros::from_secs(86_400))?;
                u32::try_from(span.whole_secs()).ok()
            })
        };
        let shares = [
            share("needs_rtc", default.needs_rtc),
            share("guests", default.guests),
            share("second_device", default.second_device),
            share("on_second", default.on_second),
            share("second_account", default.second_account),
            share("switches", default.switches),
            share("ticket_errors", default.ticket_errors),
            share("other_errors", default.other_errors),
            share("relogin", default.relogin),
        ];
        let spans = [
            seconds("reaction", default.reaction),
            seconds("fight_every", default.fight_every),
            seconds("retry_after", default.retry_after),
            seconds("back_within", default.back_within),
        ];
        let platforms = table.get_or("platforms", default.platforms, platforms);
        let kick = table.get_or("kick", default.kick, |value| value.one_of(RULES));
        let losses_per_hour = table.get_or("losses_per_hour", default.losses_per_hour, |value| {
            value.number(0.0..=1_000.0)
        });
        let retries = table.get_or("retries", default.retries, |value| value.whole(0..=100_u32));
        let days = table.get_or("usersig_days", 7.0, |value| value.number(0.001..=10_000.0));
        let [
            needs_rtc,
            guests,
            second_device,
            on_second,
            second_account,
            switches,
            ticket_errors,
            other_errors,
            relogin,
        ] = all(shares)?;
        let [reaction, fight_every, retry_after, back_within] = all(spans)?;
        check_errors(&table, ticket_errors + other_errors)?;
        Some(Behaviour {
            needs_rtc,
            guests,
            second_device,
            on_second,
            platforms: platforms?,
            kick: kick?,
            second_account,
            switches,
            losses_per_hour: losses_per_hour?,
            ticket_errors,
            other_errors,
            relogin,
            reaction,
            fight_every,
            retries: retries?,
            retry_after,
            ticket_lives: Micros::from_secs_f64(days? * 86_400.0)
                .whole_secs()
                .try_into()
                .unwrap_or(u32::MAX),
            back_within,
        })
    })
}

fn all<T: Copy, const N: usize>(read: [Option<T>; N]) -> Option<[T; N]> {
    let values: Option<Vec<T>> = read.into_iter().collect();
    values?.try_into().ok()
}

fn check_errors(table: &Table<'_>, errors: f64) -> Option<()> {
    if errors >= 1.0 {
        table.fault(
            FaultKind::ImpossibleActivity,
            "`ticket_errors` and `other_errors` together leave no login that succeeds",
            "lower them; a time in which nothing works is an entry of [[outages]]",
        );
        return None;
    }
    Some(())
}

/// `{ android = 5, iphone = 3 }`
fn platforms(value: &Value<'_>) -> Option<Vec<(String, f64)>> {
    let table = value.free_table()?;
    let weights: Vec<_> = table
        .iter()
        .map(|(name, weight)| Some((name.to_owned(), weight.number(0.0..=1e6)?)))
        .collect();
    let mut weights: Vec<(String, f64)> = weights.into_iter().collect::<Option<_>>()?;
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    if sum <= 0.0 {
        value.fault(
            FaultKind::WeightsForm,
            "`behaviour.platforms` has no share above 0",
            "write `platforms = { android = 5, iphone = 3, web = 2 }`",
        );
        return None;
    }
    for (_, weight) in &mut weights {
        *weight /= sum;
    }
    Some(weights)
}
