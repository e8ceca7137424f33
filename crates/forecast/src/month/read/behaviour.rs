//! The table `[behaviour]`: what an app start leads to, and what goes wrong.

use super::super::{Behaviour, KickRule};
use trtc_base::config::{FaultKind, Form, Named, Table, Value};
use trtc_base::section;
use trtc_base::units::Micros;

/// Spans of people and apps: whole seconds, up to a day.
const SECOND: Micros = Micros::from_secs(1);
const DAY: Micros = Micros::from_secs(86_400);

/// The most that a platform's weight may be.
const HEAVIEST: f64 = 1e6;

section! {
    /// What an app start leads to, and what goes wrong. What a profile does not say does not happen: every app start logs in,
    /// on one device, and all goes well. How people and apps act when something does happen has defaults that are neither rare
    /// nor extreme.
    pub(super) BEHAVIOUR {
        /// The share of app starts that come to need RTC or Chat.
        NEEDS_RTC: f64 = share("needs_rtc").or("1");
        /// The share of accounts that are guests.
        GUESTS: f64 = share("guests").or("0");
        /// The share of accounts, guests apart, with a second device.
        SECOND_DEVICE: f64 = share("second_device").or("0");
        /// The share of those accounts' app starts on the second device.
        ON_SECOND: f64 = share("on_second").or("0.3");
        /// Platforms of devices, with their weights.
        PLATFORMS: Vec<(String, f64)> = own("platforms", Form::Map(&Form::Number(0.0, HEAVIEST)), platforms)
            .or("{ android = 0.5, iphone = 0.3, web = 0.2 }");
        /// Which devices of one account may be online together.
        KICK: KickRule = one_of("kick").or("\"one-per-platform\"");
        /// The share of persons, guests apart, with a second account.
        SECOND_ACCOUNT: f64 = share("second_account").or("0");
        /// The share of those persons' app starts in which they switch to it.
        SWITCHES: f64 = share("switches").or("0.2");
        /// Network losses in an hour online.
        LOSSES: f64 = number("losses_per_hour", 0.0, 1_000.0).or("0");
        /// The share of logins answered that the UserSig is no good (6206, 70001).
        TICKET_ERRORS: f64 = share("ticket_errors").or("0");
        /// The share of logins that fail otherwise.
        OTHER_ERRORS: f64 = share("other_errors").or("0");
        /// The share of persons who log in again after a kick.
        RELOGIN: f64 = share("relogin").or("0.5");
        /// How long that takes them.
        REACTION: Micros = span("reaction", SECOND, DAY).or("\"5s\"");
        /// How long an app that logs in by itself after a kick takes.
        FIGHT_EVERY: Micros = span("fight_every", SECOND, DAY).or("\"2s\"");
        /// How often an app that tries again on any error does so.
        RETRIES: u32 = whole("retries", 0, 100).or("5");
        /// How long it waits before.
        RETRY_AFTER: Micros = span("retry_after", SECOND, DAY).or("\"1s\"");
        /// How many days a UserSig lives.
        USERSIG_DAYS: f64 = number("usersig_days", 0.001, 10_000.0).or("7");
        /// How long after an outage everybody is back.
        BACK_WITHIN: Micros = span("back_within", SECOND, DAY).or("\"60s\"");
    }
}

impl Named for KickRule {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("one-per-platform", Self::OnePerPlatform),
        ("one", Self::One),
        ("all", Self::All),
    ];
}

pub(super) fn read(table: &Table<'_>) -> Option<Behaviour> {
    let (needs_rtc, guests) = (table.read(&NEEDS_RTC), table.read(&GUESTS));
    let (second_device, on_second) = (table.read(&SECOND_DEVICE), table.read(&ON_SECOND));
    let (platforms, kick) = (table.read(&PLATFORMS), table.read(&KICK));
    let (second_account, switches) = (table.read(&SECOND_ACCOUNT), table.read(&SWITCHES));
    let losses = table.read(&LOSSES);
    let (ticket_errors, other_errors) = (table.read(&TICKET_ERRORS), table.read(&OTHER_ERRORS));
    let (relogin, reaction) = (table.read(&RELOGIN), table.read(&REACTION));
    let (fight_every, retries) = (table.read(&FIGHT_EVERY), table.read(&RETRIES));
    let (retry_after, days) = (table.read(&RETRY_AFTER), table.read(&USERSIG_DAYS));
    let back_within = table.read(&BACK_WITHIN);
    let behaviour = Behaviour {
        needs_rtc: needs_rtc?,
        guests: guests?,
        second_device: second_device?,
        on_second: on_second?,
        platforms: platforms?,
        kick: kick?,
        second_account: second_account?,
        switches: switches?,
        losses_per_hour: losses?,
        ticket_errors: ticket_errors?,
        other_errors: other_errors?,
        relogin: relogin?,
        reaction: seconds(reaction?)?,
        fight_every: seconds(fight_every?)?,
        retries: retries?,
        retry_after: seconds(retry_after?)?,
        ticket_lives: seconds(Micros::from_secs_f64(days? * 86_400.0))?,
        back_within: seconds(back_within?)?,
    };
    check_errors(table, behaviour.ticket_errors + behaviour.other_errors)?;
    Some(behaviour)
}

fn seconds(span: Micros) -> Option<u32> {
    u32::try_from(span.whole_secs()).ok()
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
        .map(|(name, weight)| Some((name.to_owned(), weight.number(0.0..=HEAVIEST)?)))
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
