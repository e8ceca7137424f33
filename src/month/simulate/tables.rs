//! The model made into thresholds and tables, once, for all accounts.

use statrs::distribution::{Beta, ContinuousCDF};

use super::super::draw::{Alias, Counts, Quantiles, threshold};
use super::super::{KickRule, Model};

/// Fixed point of the day factors: 2^20 is 1.
const ONE: f64 = 1_048_576.0;

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
    /// Minutes on the wall.
    pub(super) minute: Alias,
    /// A number from the exponential distribution with mean 1.
    pub(super) exponential: Quantiles,
    /// The share of such numbers, in 2^-64, that stand for sessions no longer than the longest.
    pub(super) session_cut: u64,
    /// Below which draws an account lives in which zone.
    pub(super) zones: Vec<u64>,
    /// By how many minutes the app's wall is ahead of each zone's, by day.
    pub(super) ahead: Vec<Vec<i32>>,
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
        let days = 0..model.calendar.days().len();
        let ahead = |zone| {
            let of_day = |day| model.calendar.ahead_of(zone, day);
            days.clone().map(of_day).collect()
        };
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
            minute: Alias::new(&model.day.minutes),
            exponential: Quantiles::new(|u| -(1.0 - u).max(1e-12).ln()),
            session_cut: session_cut(model),
            zones: zones.collect(),
            ahead: (model.day.zones.iter())
                .map(|zone| ahead(&zone.zone))
                .collect(),
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
            loss_gap: (behaviour.losses_per_hour > 0.0)
                .then(|| whole(3_600.0 / behaviour.losses_per_hour)),
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

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 2^64; a float-to-integer cast saturates"
)]
fn session_cut(model: &Model) -> u64 {
    let longest = f64::from(model.day.session_max) / model.day.session_mean;
    (-(-longest).exp_m1() * 2_f64.powi(64)) as u64
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
