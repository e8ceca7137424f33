//! The model made into thresholds and tables, once, for all accounts.

use std::sync::Arc;

use statrs::distribution::{Beta, ContinuousCDF};

use super::super::draw::{Alias, Counts, Quantiles, threshold};
use super::super::expected::zone_curve;
use super::super::{KickRule, Model};

/// Fixed point of the day factors: 2^20 is 1.
const ONE: f64 = 1_048_576.0;

/// When the app starts of a day are.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// The day's first minute of the period.
    pub(super) first_minute: u32,
    /// Its minutes. Days that are alike share it.
    pub(super) minutes: Arc<Alias>,
}

/// Everything that an account's month is drawn from.
#[derive(Debug)]
pub(super) struct Tables<'m> {
    pub(super) model: &'m Model,
    /// An account's chance to be active on a day, in 2^32.
    pub(super) chance: Quantiles,
    /// The factors of the days, in 2^-20; 0 for days that the period has not.
    pub(super) factors: [u64; 32],
    /// App starts after the first of a day.
    pub(super) more_starts: Counts,
    /// A session's length, in 1/64 seconds.
    pub(super) length: Quantiles,
    /// Seconds until the network is lost.
    pub(super) until_lost: Quantiles,
    /// Below which draws an account lives in which zone.
    pub(super) zones: Vec<u64>,
    /// When app starts are in a day, by zone and day.
    pub(super) curves: Vec<[Curve; 31]>,
    pub(super) guests: u64,
    pub(super) second_device: u64,
    pub(super) on_second: u64,
    /// The chance that two devices of an account may not be online together.
    pub(super) conflict: u64,
    pub(super) second_account: u64,
    pub(super) switches: u64,
    pub(super) needs_rtc: u64,
    pub(super) ticket_errors: u64,
    pub(super) any_errors: u64,
    pub(super) relogin: u64,
    /// Mean seconds between two network losses; none when there are none.
    pub(super) loss_gap: Option<u32>,
    /// Seconds of the period.
    pub(super) seconds: u32,
}

impl<'m> Tables<'m> {
    pub(super) fn new(model: &'m Model) -> Self {
        let behaviour = &model.behaviour;
        let loss_gap = (behaviour.losses_per_hour > 0.0)
            .then(|| (3_600.0 / behaviour.losses_per_hour).round().max(1.0));
        let mut below = 0.0;
        let zones = model.day.zones.iter().map(|zone| {
            below += zone.share;
            threshold(below)
        });
        Self {
            model,
            chance: chances(model),
            factors: std::array::from_fn(|day| {
                let factor = model.activity.day_factors.get(day);
                factor.map_or(0, |factor| fixed(*factor))
            }),
            more_starts: Counts::poisson(model.activity.starts_per_day - 1.0),
            length: lengths(model),
            until_lost: Quantiles::new(|u| {
                -(1.0 - u).max(1e-12).ln() * loss_gap.unwrap_or(f64::MAX)
            }),
            zones: zones.collect(),
            curves: curves(model),
            guests: threshold(behaviour.guests),
            second_device: threshold(behaviour.second_device),
            on_second: threshold(behaviour.on_second),
            conflict: threshold(conflicts(model)),
            second_account: threshold(behaviour.second_account),
            switches: threshold(behaviour.switches),
            needs_rtc: threshold(behaviour.needs_rtc),
            ticket_errors: threshold(behaviour.ticket_errors),
            any_errors: threshold(behaviour.ticket_errors + behaviour.other_errors),
            relogin: threshold(behaviour.relogin),
            loss_gap: loss_gap.map(whole),
            seconds: model.calendar.minutes() * 60,
        }
    }
}

/// The quantiles of the Beta distribution of daily chances, in 2^32. A model is valid, so there is such a distribution;
/// were there none, nobody would ever be active.
fn chances(model: &Model) -> Quantiles {
    let (a, b) = model.beta();
    let beta = Beta::new(a, b).ok();
    let scale = 4_294_967_296.0;
    Quantiles::new(|u| match &beta {
        _ if u <= 0.0 => 0.0,
        Some(_) if u >= 1.0 => scale,
        Some(beta) => beta.inverse_cdf(u) * scale,
        None => 0.0,
    })
}

/// Lengths of sessions: exponential and cut at the longest, as in load profiles, so that no draw is repeated.
fn lengths(model: &Model) -> Quantiles {
    let (mean, max) = (model.day.session_mean, f64::from(model.day.session_max));
    let within = -(-max / mean).exp_m1();
    Quantiles::new(|u| (-(-u * within).ln_1p() * mean).min(max) * 64.0)
}

/// By zone and day. All days of a zone but those on which a clock changes are alike.
fn curves(model: &Model) -> Vec<[Curve; 31]> {
    let days = model.calendar.days();
    let mut made: Vec<(Vec<f64>, Arc<Alias>)> = Vec::new();
    let mut curve = |zone: usize, day: usize| {
        // Days that the period has not are never looked at.
        let day = day.min(days.len() - 1);
        let shares = zone_curve(model, &model.day.zones[zone].zone, day);
        let known = made.iter().find(|(known, _)| *known == shares);
        let known = known.map(|(_, minutes)| Arc::clone(minutes));
        let minutes = known.unwrap_or_else(|| {
            let minutes = Arc::new(Alias::new(&shares));
            made.push((shares, Arc::clone(&minutes)));
            minutes
        });
        Curve {
            first_minute: days[day].first_minute,
            minutes,
        }
    };
    let zones = 0..model.day.zones.len();
    zones
        .map(|zone| std::array::from_fn(|day| curve(zone, day)))
        .collect()
}

/// The chance that two devices of an account collide: that they are of one platform, or that there may be only one.
fn conflicts(model: &Model) -> f64 {
    match model.behaviour.kick {
        KickRule::All => 0.0,
        KickRule::One => 1.0,
        KickRule::OnePerPlatform => {
            let shares = model.behaviour.platforms.iter();
            shares.map(|(_, share)| share * share).sum()
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates"
)]
fn whole(seconds: f64) -> u32 {
    seconds.round().max(1.0) as u32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a model's factors are between 0 and 100"
)]
fn fixed(factor: f64) -> u64 {
    (factor * ONE).round() as u64
}
