//! The table `[behaviour]`: what an app start leads to, and what goes wrong.

use super::super::{Behaviour, KickRule};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;

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

/// What a profile does not say does not happen: every app start logs in, on one device, and all goes well. How people and
/// apps act when something does happen has defaults that are neither rare nor extreme.
fn default() -> Behaviour {
    Behaviour {
        needs_rtc: 1.0,
        guests: 0.0,
        second_device: 0.0,
        on_second: 0.3,
        platforms: vec![
            ("android".to_owned(), 0.5),
            ("iphone".to_owned(), 0.3),
            ("web".to_owned(), 0.2),
        ],
        kick: KickRule::OnePerPlatform,
        second_account: 0.0,
        switches: 0.2,
        losses_per_hour: 0.0,
        ticket_errors: 0.0,
        other_errors: 0.0,
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
        let mut behaviour = default();
        let read = [
            shares(&table, &mut behaviour),
            spans(&table, &mut behaviour),
            others(&table, &mut behaviour),
        ];
        // All three are read before any fault ends it, so that every fault is told.
        read.into_iter().collect::<Option<()>>()?;
        check_errors(&table, behaviour.ticket_errors + behaviour.other_errors)?;
        Some(behaviour)
    })
}

fn shares(table: &Table<'_>, behaviour: &mut Behaviour) -> Option<()> {
    let all = [
        ("needs_rtc", &mut behaviour.needs_rtc),
        ("guests", &mut behaviour.guests),
        ("second_device", &mut behaviour.second_device),
        ("on_second", &mut behaviour.on_second),
        ("second_account", &mut behaviour.second_account),
        ("switches", &mut behaviour.switches),
        ("ticket_errors", &mut behaviour.ticket_errors),
        ("other_errors", &mut behaviour.other_errors),
        ("relogin", &mut behaviour.relogin),
    ];
    set(table, all, Value::share)
}

fn spans(table: &Table<'_>, behaviour: &mut Behaviour) -> Option<()> {
    let all = [
        ("reaction", &mut behaviour.reaction),
        ("fight_every", &mut behaviour.fight_every),
        ("retry_after", &mut behaviour.retry_after),
        ("back_within", &mut behaviour.back_within),
    ];
    set(table, all, |value| {
        let span = value.span(Micros::from_secs(1)..=Micros::from_secs(86_400))?;
        u32::try_from(span.whole_secs()).ok()
    })
}

fn others(table: &Table<'_>, behaviour: &mut Behaviour) -> Option<()> {
    let read = [
        set(table, [("platforms", &mut behaviour.platforms)], platforms),
        set(table, [("kick", &mut behaviour.kick)], |value| {
            value.one_of(RULES)
        }),
        set(
            table,
            [("losses_per_hour", &mut behaviour.losses_per_hour)],
            |value| value.number(0.0..=1_000.0),
        ),
        set(table, [("retries", &mut behaviour.retries)], |value| {
            value.whole(0..=100_u32)
        }),
        set(
            table,
            [("usersig_days", &mut behaviour.ticket_lives)],
            |value| {
                let days = value.number(0.001..=10_000.0)?;
                u32::try_from(Micros::from_secs_f64(days * 86_400.0).whole_secs()).ok()
            },
        ),
    ];
    read.into_iter().collect()
}

/// Puts what the table has in the places of its keys; the others keep what they have.
fn set<'d, T, const N: usize>(
    table: &Table<'d>,
    places: [(&str, &mut T); N],
    read: impl Fn(&Value<'d>) -> Option<T>,
) -> Option<()> {
    let mut whole = Some(());
    for (key, place) in places {
        if let Some(value) = table.get(key) {
            match read(value) {
                Some(value) => *place = value,
                None => whole = None,
            }
        }
    }
    whole
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
