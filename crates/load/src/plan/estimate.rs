//! What a long plan holds at once and in all, without playing it.
//!
//! The arrivals under way at a time are those that came within their own hold before it. With the integrated rate L and
//! the hold H, their mean is E[L(t) - L(t - H)]; as arrivals come independently their number is Poisson (the M/G/infinity
//! queue, Eick, Massey and Whitt 1993), so six standard deviations above the largest mean is as good as never exceeded.

use super::Plan;
use super::chance::draws;
use super::needs::connections_of;
use super::slots::Occupancy;
use crate::profile::Target;
use crate::scenario::Itinerary;
use trtc_base::units::Micros;

/// Itineraries that stand for all of a scenario's.
const SAMPLE: u64 = 256;

/// Times at which each stage is looked at, beside those at which what came at its start goes again.
const LOOKS: u64 = 8;

/// Quantiles of a scenario's holds at which that is looked at: where holds are all the same, it is then that a rise stops.
const QUANTILES: usize = 8;

/// A scenario's itineraries, by what they mean to wait and to hold.
struct Holds {
    /// Of the plan's arrivals, those of this scenario and of the plan's shard.
    share: f64,
    waits: Vec<Micros>,
    holds: Vec<Micros>,
}

pub(super) fn estimate(plan: &Plan, target: &Target) -> Occupancy {
    let mut found = Occupancy::empty(plan);
    found.is_estimated = true;
    let shard = plan.shard.share();
    let total = plan.schedule.expected();
    found.of_all_shards = whole(total);
    for (ix, span) in plan.schedule.spans().iter().enumerate() {
        found.by_stage[ix] = whole(plan.schedule.expected_in(span) * shard);
    }
    let mut scenarios = Vec::with_capacity(plan.scenarios.len());
    let mut accounts = 0.0;
    for (ix, scenario) in plan.scenarios.iter().enumerate() {
        let own = total * shard * scenario.share;
        let drawn = (0..SAMPLE).map(|n| Itinerary::draw(scenario, n, draws(plan.seed, n)));
        let drawn: Vec<_> = drawn.collect();
        let wanted = drawn
            .iter()
            .map(|one| one.wanted(scenario, &target.dialect));
        let (logins, kicks) =
            wanted.fold((0, 0), |sum, one| (sum.0 + one.logins, sum.1 + one.kicks));
        found.by_scenario[ix] = whole(own);
        found.logins[ix] = whole(own * mean(logins));
        found.kicks += whole(own * mean(kicks));
        accounts += scenario.share * count(scenario.accounts());
        scenarios.push(Holds {
            share: scenario.share * shard,
            waits: drawn.iter().map(|one| one.waits(scenario)).collect(),
            holds: drawn.iter().map(|one| one.hold(scenario)).collect(),
        });
    }
    for (app, steps) in plan.apps.iter().zip(&mut found.steps) {
        *steps = whole(total * shard * app.share * accounts);
    }
    let connections = plan.scenarios.iter();
    let connections =
        connections.map(|scenario| count(connections_of(scenario, target.connection)));
    most(
        plan,
        &scenarios,
        &connections.collect::<Vec<_>>(),
        &mut found,
    );
    found
}

/// The most under way at any time, as far as chance allows.
fn most(plan: &Plan, scenarios: &[Holds], connections: &[f64], found: &mut Occupancy) {
    let none = || vec![0.0_f64; scenarios.len()];
    let (mut waits, mut holds) = (none(), none());
    let (mut sessions, mut weighed) = (0.0_f64, 0.0_f64);
    for at in looks(plan, scenarios) {
        let under_way = |share: f64, spans: &[Micros]| {
            let before = |span: &Micros| plan.schedule.expected_before(at.since(*span));
            let since: f64 = spans
                .iter()
                .map(|span| plan.schedule.expected_before(at) - before(span))
                .sum();
            share * since / count(SAMPLE)
        };
        let (mut all, mut open) = (0.0, 0.0);
        for (ix, scenario) in scenarios.iter().enumerate() {
            let held = under_way(scenario.share, &scenario.holds);
            waits[ix] = waits[ix].max(under_way(scenario.share, &scenario.waits));
            holds[ix] = holds[ix].max(held);
            all += held;
            open += held * connections[ix];
        }
        sessions = sessions.max(all);
        weighed = weighed.max(open);
    }
    let slots = |mean: &f64| u32::try_from(never_exceeded(*mean)).unwrap_or(u32::MAX);
    // Fewer than the mean are too few half of the time; more is a wish, and that is what holds are for.
    found.waits = waits
        .iter()
        .map(|mean| u32::try_from(whole(mean.ceil())).unwrap_or(u32::MAX))
        .collect();
    found.holds = holds.iter().map(slots).collect();
    found.sessions = slots(&sessions);
    found.connections = never_exceeded(weighed);
}

/// Times spread over each stage, its end included, and those at which the arrivals of its start begin to be gone.
fn looks(plan: &Plan, scenarios: &[Holds]) -> Vec<Micros> {
    let mut gone: Vec<Micros> = scenarios
        .iter()
        .flat_map(|scenario| [&scenario.waits, &scenario.holds])
        .flat_map(|spans| {
            let mut sorted = spans.clone();
            sorted.sort_unstable();
            let step = (sorted.len() / QUANTILES).max(1);
            let last = sorted.last().copied();
            sorted.into_iter().step_by(step).chain(last)
        })
        .collect();
    gone.sort_unstable();
    gone.dedup();
    let spans = plan.schedule.spans().iter();
    let looks = spans.flat_map(|span| {
        let length = span.end.since(span.start).0;
        let within = (1..=LOOKS).map(move |look| span.start.plus(Micros(length / LOOKS * look)));
        within.chain(gone.iter().map(|after| span.start.plus(*after)))
    });
    looks.collect()
}

/// Six standard deviations above a Poisson mean.
fn never_exceeded(mean: f64) -> u64 {
    whole((mean + 6.0 * mean.sqrt()).ceil())
}

/// The mean over the sample.
fn mean(sum: u64) -> f64 {
    count(sum) / count(SAMPLE)
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
const fn count(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float's cast holds at the bounds, and expectations are not negative"
)]
fn whole(expected: f64) -> u64 {
    expected.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Shard;
    use crate::plan::slots::play;
    use crate::profile::{Overrides, Profile, Source};

    const PROFILE: &str = r#"
version = 1
seed = 5
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef" }
[population]
accounts = 100000
[[scenarios]]
name = "login"
weight = 7
dwell = { exponential = "20s", max = "2m" }
[[scenarios]]
name = "kicked"
weight = 2
dwell = "5s"
reaction = "3s"
[[scenarios]]
name = "switch"
weight = 1
dwell = { uniform = ["1s", "9s"] }
[[stages]]
name = "rise"
for = "60s"
rate = { from = 10, to = 400 }
[[stages]]
name = "peak"
for = "90s"
rate = 400
[[stages]]
name = "fall"
for = "60s"
rate = { from = 400, to = 0 }
"#;

    fn profile(text: &str) -> Profile {
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: ".".into(),
        };
        Profile::parse(text, &source, &Overrides::default()).unwrap()
    }

    /// Many come at once, and stay long into a quiet stage: the most are there a hold after the storm began, or at its end.
    const STORM: &str = r#"
version = 1
seed = 5
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef" }
[population]
accounts = 1000000
[limits]
slots = 200000
[[scenarios]]
name = "login"
dwell = "10m"
self_info = false
push = false
[[stages]]
name = "storm"
for = "60s"
rate = 100
[[stages]]
name = "calm"
for = "10h"
rate = 10
"#;

    /// The same plan, estimated and played.
    fn both(text: &str, shard: Shard) -> (Occupancy, Occupancy) {
        let profile = profile(text);
        let plan = Plan::of_shard(&profile, shard).unwrap();
        let target = profile.target();
        (
            estimate(&plan, target),
            play(&plan, target, u32::MAX).unwrap(),
        )
    }

    fn close(estimated: u64, played: u64, deviations: f64) {
        // Counts of independent arrivals are Poisson.
        let slack = deviations * count(played.max(1)).sqrt();
        let off = count(estimated.abs_diff(played));
        assert!(off <= slack, "{estimated} estimated, {played} played");
    }

    #[test]
    fn a_shard_of_a_plan_that_is_estimated_is_counted_all_the_same() {
        let profile = profile(PROFILE);
        let shard = Shard::new(2, 3).unwrap();
        let mut plan = Plan::of_shard(&profile, shard).unwrap();
        let played = plan.counted();
        assert_eq!(played, (plan.total(), plan.total_of_all_shards()));
        plan.occupancy = estimate(&plan, profile.target());
        assert_ne!(
            plan.total_of_all_shards(),
            played.1,
            "drawn, and not its mean"
        );
        assert_eq!(plan.counted(), played);
    }

    #[test]
    fn what_is_estimated_is_what_playing_finds_as_far_as_chance_allows() {
        for shard in [Shard::WHOLE, Shard::new(2, 3).unwrap()] {
            let (estimated, played) = both(PROFILE, shard);
            close(estimated.of_all_shards, played.of_all_shards, 5.0);
            for (estimated, played) in [
                (&estimated.by_stage, &played.by_stage),
                (&estimated.by_scenario, &played.by_scenario),
                (&estimated.steps, &played.steps),
            ] {
                for (&estimated, &played) in estimated.iter().zip(played) {
                    close(estimated, played, 5.0);
                }
            }
            for (&estimated, &played) in estimated.logins.iter().zip(&played.logins) {
                // A kicked arrival's logins are its count times a sampled mean.
                assert!(
                    count(estimated.abs_diff(played)) <= 0.1 * count(played),
                    "{estimated} {played}"
                );
            }
            // Nothing that playing holds is missing, and at most 12 deviations and the sample's error are too much.
            for (&estimated, &played) in estimated.holds.iter().zip(&played.holds) {
                let (estimated, played) = (f64::from(estimated), f64::from(played));
                assert!(
                    played <= estimated,
                    "{estimated} estimated, {played} played"
                );
                let most = 1.15 * played + 12.0 * played.sqrt() + 1.0;
                assert!(estimated <= most, "{estimated} estimated, {played} played");
            }
            // The most of a played plan is a mean with its deviations.
            for (&estimated, &played) in estimated.waits.iter().zip(&played.waits) {
                let (estimated, played) = (f64::from(estimated), f64::from(played));
                let slack = 0.15 * played + 6.0 * played.sqrt() + 1.0;
                assert!(
                    (estimated - played).abs() <= slack,
                    "{estimated} estimated, {played} played"
                );
            }
            assert!(played.connections <= estimated.connections);
            assert!(played.sessions <= estimated.sessions);
        }
    }

    #[test]
    fn a_short_storm_before_a_long_calm_is_not_missed() {
        let (estimated, played) = both(STORM, Shard::WHOLE);
        // 6,000 of the storm and ten minutes of the calm, less a minute: 11,400 and more.
        assert!(played.sessions > 11_000, "{}", played.sessions);
        assert!(estimated.sessions >= played.sessions);
        assert!(f64::from(estimated.sessions) <= 1.15 * f64::from(played.sessions));
    }
}
