//! Where values stand along an axis, and at which round numbers it is labelled.

use super::Scale;

/// The shares of samples that a rarity axis names.
pub const RARITIES: [f64; 8] = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.999_99, 0.999_999];

/// The steps of a linear axis, at least.
const STEPS: f64 = 4.0;
/// The most labels of a time axis, but for the one at 0.
const TIMES: f64 = 7.0;
/// The most factors of ten that a log axis names one by one, and those where it names their 2 and 5 too.
const DECADES: f64 = 6.0;
const NARROW: f64 = 2.5;
/// What sums and logarithms of round numbers are off by, at most.
const ROUNDING: f64 = 1e-9;

/// A y axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// The labelled values, the first and the last at the axis' ends.
    pub(super) ticks: Vec<f64>,
    scale: Scale,
}

impl Axis {
    /// One that reaches every value.
    pub(super) fn of(scale: Scale, values: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let most = finite.clone().fold(0.0, f64::max);
        let positive = finite.filter(|value| *value > 0.0);
        let least = positive.fold(f64::INFINITY, f64::min);
        let scale = if most > 0.0 { scale } else { Scale::Linear };
        let ticks = match scale {
            Scale::Linear => linear(most),
            Scale::Log => log(least, most),
        };
        Self { ticks, scale }
    }

    /// How far up it a value stands, in 0..=1. What a log axis cannot show stands at its foot.
    pub(super) fn place(&self, value: f64) -> f64 {
        let (Some(low), Some(high)) = (self.ticks.first(), self.ticks.last()) else {
            return 0.0;
        };
        let place = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => (value.max(*low) / low).log10() / (high / low).log10(),
        };
        place.clamp(0.0, 1.0)
    }
}

/// Round steps from 0 to at least `most`.
fn linear(most: f64) -> Vec<f64> {
    let most = if most > 0.0 { most } else { 1.0 };
    let raw = most / STEPS;
    let power = 10_f64.powf(raw.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
    let round = steps
        .into_iter()
        .find(|step| *step >= raw * (1.0 - ROUNDING));
    let step = round.unwrap_or(raw);
    let last = (most / step - ROUNDING).ceil();
    (0..=10_u32)
        .map(f64::from)
        .take_while(|nth| *nth <= last)
        .map(|nth| nth * step)
        .collect()
}

/// From the 1, 2 or 5 below the least to the one above the most; whole powers of ten where they span much.
fn log(least: f64, most: f64) -> Vec<f64> {
    let first = least.log10().floor();
    let decades = most.log10().ceil() - first + 1.0;
    let powers = (0..400_u32)
        .map(f64::from)
        .take_while(|nth| *nth <= decades);
    let rounds = powers.flat_map(|nth| {
        let power = 10_f64.powf(first + nth);
        [1.0, 2.0, 5.0].map(|digit| digit * power)
    });
    let rounds: Vec<f64> = rounds.collect();
    let below = rounds
        .iter()
        .rposition(|one| *one <= least * (1.0 + ROUNDING));
    let below = below.unwrap_or(0);
    let is_above = |one: &f64| *one >= most * (1.0 - ROUNDING);
    let above = rounds.iter().position(is_above).unwrap_or(rounds.len() - 1);
    let above = above.max(below + 1).min(rounds.len() - 1);
    let few = rounds.get(below..=above).unwrap_or(&rounds);
    let ends = few.first().zip(few.last());
    let span = ends.map_or(0.0, |(low, high)| (high / low).log10());
    if span <= NARROW {
        return few.to_vec();
    }
    let (low, high) = ends.map_or((first, first), |(low, high)| {
        (
            (low.log10() + ROUNDING).floor(),
            (high.log10() - ROUNDING).ceil(),
        )
    });
    let step = ((high - low) / DECADES).ceil();
    let last = ((high - low) / step).ceil();
    let nths = (0..=10_u32).map(f64::from).take_while(|nth| *nth <= last);
    nths.map(|nth| 10_f64.powf(low + nth * step)).collect()
}

/// Round times from 0 to `until`, both in seconds.
pub(super) fn time_ticks(until: f64) -> Vec<f64> {
    const DAY: f64 = 86_400.0;
    const STEPS: [f64; 16] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0,
        7_200.0, 14_400.0, 43_200.0,
    ];
    let round = STEPS.into_iter().find(|step| until / step <= TIMES);
    let step = round.unwrap_or_else(|| (until / DAY / TIMES).ceil() * DAY);
    let ticks = (0..=8_u32).map(|nth| f64::from(nth) * step);
    ticks
        .take_while(|second| *second <= until + ROUNDING)
        .collect()
}

/// Seconds as `m:ss`, or `h:mm:ss` from an hour on.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and negative seconds are raised to zero first"
)]
pub(super) fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3_600, whole / 60 % 60, whole % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// How rare what lies above this share of samples is, in factors of ten: 2 for 0.99.
#[must_use]
pub fn rarity(share: f64) -> f64 {
    -(1.0 - share).log10()
}

/// The percentile at a rarity, as precise as its distance from 100: `p50`, `p99.9`.
pub(super) fn percentile(rarity: f64) -> String {
    let percent = 100.0 * (1.0 - 10_f64.powf(-rarity));
    let decimals = (1..9_usize)
        .zip(1..)
        .take_while(|(_, nth)| f64::from(*nth) <= rarity + ROUNDING);
    let decimals = decimals.last().map_or(1, |(decimals, _)| decimals);
    let text = format!("{percent:.decimals$}");
    format!("p{}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: &[f64], want: &[f64]) {
        assert_eq!(got.len(), want.len(), "{got:?} for {want:?}");
        for (got, want) in got.iter().zip(want) {
            assert!((got - want).abs() <= 1e-9 * want.abs(), "{got} for {want}");
        }
    }

    #[test]
    fn a_linear_axis_goes_from_0_in_round_steps_to_the_first_that_reaches_the_most() {
        near(&linear(0.0), &[0.0, 0.5, 1.0]);
        near(&linear(1.0), &[0.0, 0.5, 1.0]);
        near(&linear(7.3), &[0.0, 2.0, 4.0, 6.0, 8.0]);
        near(&linear(1_000.0), &[0.0, 500.0, 1_000.0]);
        near(&linear(1_234.0), &[0.0, 500.0, 1_000.0, 1_500.0]);
        let mut most = 1e-3;
        while most < 1e12 {
            let ticks = linear(most);
            let (step, top) = (ticks[1], ticks[ticks.len() - 1]);
            assert!((3..=6).contains(&ticks.len()), "{most}: {ticks:?}");
            assert!(top >= most * (1.0 - 1e-8) && top - step < most, "{most}");
            most *= 1.17;
        }
    }

    #[test]
    fn a_log_axis_ends_at_round_numbers_around_its_values_and_names_both() {
        near(&log(3.0, 40.0), &[2.0, 5.0, 10.0, 20.0, 50.0]);
        near(&log(5.0, 5.0), &[5.0, 10.0]);
        near(&log(1.0, 1.0), &[1.0, 2.0]);
        near(&log(0.3, 900.0), &[0.1, 1.0, 10.0, 100.0, 1_000.0]);
        // Nine decades are named two by two, and the axis grows by the tenth.
        near(&log(1e-3, 1e6), &[1e-3, 1e-1, 1e1, 1e3, 1e5, 1e7]);
        let mut most = 1e-3;
        while most < 1e9 {
            for factor in [1.0, 1.5, 30.0, 1e3, 1e7] {
                let least = most / factor;
                let ticks = log(least, most);
                let (low, high) = (ticks[0], ticks[ticks.len() - 1]);
                assert!(low <= least * (1.0 + 1e-8) && high >= most * (1.0 - 1e-8));
                assert!(ticks.len() <= 9, "{least} to {most}: {ticks:?}");
            }
            most *= 1.31;
        }
    }

    #[test]
    fn a_value_stands_where_its_share_of_the_axis_is() {
        let axis = |scale, values: &[f64]| Axis::of(scale, values.iter().copied());
        let linear = axis(Scale::Linear, &[7.3]);
        assert!((linear.place(2.0) - 0.25).abs() < 1e-12);
        let log = axis(Scale::Log, &[0.3, 900.0, 0.0]);
        // From 0.1 to 1,000: 10 is half way.
        assert!((log.place(10.0) - 0.5).abs() < 1e-12);
        assert!(log.place(0.0).abs() < 1e-12);
        // No value above 0 has no logarithm.
        near(&axis(Scale::Log, &[0.0]).ticks, &[0.0, 0.5, 1.0]);
    }

    #[test]
    fn times_stand_at_round_steps_and_are_few() {
        near(&time_ticks(20.0), &[0.0, 5.0, 10.0, 15.0, 20.0]);
        near(
            &time_ticks(3_600.0),
            &[0.0, 600.0, 1_200.0, 1_800.0, 2_400.0, 3_000.0, 3_600.0],
        );
        for until in (1..400).map(|nth| f64::from(nth * nth * nth)) {
            let ticks = time_ticks(until);
            assert!((2..=8).contains(&ticks.len()), "{until}: {ticks:?}");
        }
        for (seconds, shown) in [
            (0.0, "0:00"),
            (59.6, "1:00"),
            (600.0, "10:00"),
            (3_661.0, "1:01:01"),
            (-1.0, "0:00"),
        ] {
            assert_eq!(clock(seconds), shown);
        }
    }

    #[test]
    fn a_percentile_is_named_as_people_name_it() {
        for (share, name) in RARITIES.into_iter().zip([
            "p50", "p90", "p95", "p99", "p99.9", "p99.99", "p99.999", "p99.9999",
        ]) {
            assert_eq!(percentile(rarity(share)), name);
        }
        assert_eq!(percentile(0.0), "p0");
        assert_eq!(percentile(1.2), "p93.7");
    }
}
