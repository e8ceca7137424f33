//! When arrivals are due: the inverse of the stages' integrated rate.

use super::chance::{Purpose, bits, exponential};
use crate::profile::{Spacing, Stage, StageIx};
use trtc_base::units::Micros;

/// The stages on the clock.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    spans: Vec<StageSpan>,
}

/// A stage with its place on the clock and in the arrivals.
#[derive(Clone, Debug)]
pub struct StageSpan {
    /// Its name.
    pub name: String,
    /// When it starts.
    pub start: Micros,
    /// When it ends, and the next one starts.
    pub end: Micros,
    /// Arrivals a second at its start and at its end.
    pub rate: (f64, f64),
    pub(super) spacing: Spacing,
    /// Expected arrivals before it.
    before: f64,
    /// Expected arrivals in it.
    within: f64,
}

impl Schedule {
    pub(super) fn new(stages: &[Stage]) -> Self {
        let mut start = Micros::ZERO;
        let mut before = 0.0;
        let spans = stages
            .iter()
            .map(|stage| {
                let within = (stage.rate.0 + stage.rate.1) / 2.0 * stage.length.as_secs_f64();
                let span = StageSpan {
                    name: stage.name.clone(),
                    start,
                    end: start.plus(stage.length),
                    rate: stage.rate,
                    spacing: stage.spacing,
                    before,
                    within,
                };
                start = span.end;
                before += within;
                span
            })
            .collect();
        Self { spans }
    }

    pub(super) fn spans(&self) -> &[StageSpan] {
        &self.spans
    }

    pub(super) fn end(&self) -> Micros {
        self.spans.last().map_or(Micros::ZERO, |span| span.end)
    }

    /// Arrivals in all, on average.
    pub(super) fn expected(&self) -> f64 {
        self.spans
            .last()
            .map_or(0.0, |span| span.before + span.within)
    }

    /// Arrivals in a stage, on average.
    pub(super) const fn expected_in(&self, span: &StageSpan) -> f64 {
        span.within
    }

    /// Arrivals before `at`, on average.
    pub(super) fn expected_before(&self, at: Micros) -> f64 {
        let Some(span) = self.spans.get(usize::from(self.stage_at(at).0)) else {
            return 0.0;
        };
        let gone = at.since(span.start).as_secs_f64();
        let length = span.end.since(span.start).as_secs_f64();
        let slope = (span.rate.1 - span.rate.0) / length;
        span.before + (span.rate.0 * gone + slope * gone * gone / 2.0).min(span.within)
    }

    /// The stage whose time `at` is in; the last one after the schedule's end.
    pub(super) fn stage_at(&self, at: Micros) -> StageIx {
        let index = self.spans.partition_point(|span| span.end <= at);
        stage_ix(index.min(self.spans.len().saturating_sub(1)))
    }

    #[cfg(test)]
    fn dues(&self, seed: u64) -> impl Iterator<Item = (Micros, StageIx)> {
        let mut dues = Dues::new(seed);
        std::iter::from_fn(move || dues.next(self))
    }
}

fn stage_ix(index: usize) -> StageIx {
    StageIx(u8::try_from(index).unwrap_or(u8::MAX))
}

impl StageSpan {
    /// When the expected count of arrivals since the stage's start reaches `count`, which is in `0..=within`. Solves
    /// `r0 t + (r1 - r0) t^2 / 2L = count` in the form that does not cancel.
    fn time_of(&self, count: f64) -> Micros {
        let length = self.end.since(self.start).as_secs_f64();
        let slope = (self.rate.1 - self.rate.0) / length;
        let root = (self.rate.0 * self.rate.0 + 2.0 * slope * count)
            .max(0.0)
            .sqrt();
        let seconds = if count <= 0.0 {
            0.0
        } else {
            2.0 * count / (self.rate.0 + root)
        };
        let at = self.start.plus(Micros::from_secs_f64(seconds));
        // Rounding must not carry the stage's last arrival into the next stage.
        Micros(at.0.min(self.end.0.saturating_sub(1)))
    }
}

/// Due times with their stage, in order; they end with the schedule that they are asked of.
#[derive(Clone, Debug)]
pub(super) struct Dues {
    seed: u64,
    number: u64,
    /// The expected count of arrivals at the last due time; none before the first.
    reached: Option<f64>,
    stage: usize,
}

impl Dues {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            seed,
            number: 0,
            reached: None,
            stage: 0,
        }
    }

    pub(super) fn next(&mut self, schedule: &Schedule) -> Option<(Micros, StageIx)> {
        let spans = &schedule.spans;
        let step = match spans.get(self.stage)?.spacing {
            // An even schedule starts at once, and then one by one.
            Spacing::Even if self.reached.is_none() => 0.0,
            Spacing::Even => 1.0,
            Spacing::Poisson => exponential(bits(self.seed, Purpose::Gap, self.number)),
        };
        let at = self.reached.unwrap_or(0.0) + step;
        self.number += 1;
        self.reached = Some(at);
        while at >= spans.get(self.stage)?.before + spans.get(self.stage)?.within {
            self.stage += 1;
        }
        let span = spans.get(self.stage)?;
        Some((span.time_of(at - span.before), stage_ix(self.stage)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::StageKind;

    fn stage(secs: u64, rate: (f64, f64), spacing: Spacing) -> Stage {
        Stage {
            name: "s".into(),
            kind: StageKind::Measured,
            length: Micros::from_secs(secs),
            rate,
            spacing,
        }
    }

    #[test]
    fn even_arrivals_at_200_a_second_are_5_ms_apart_from_zero_on() {
        let schedule = Schedule::new(&[stage(10, (200.0, 200.0), Spacing::Even)]);
        let dues: Vec<_> = schedule.dues(1).map(|(due, _)| due.0).collect();
        let want: Vec<_> = (0..2000).map(|n| n * 5_000).collect();
        assert_eq!(dues, want);
    }

    #[test]
    fn a_ramp_has_the_area_under_its_line_and_each_arrival_where_the_integral_reaches_it() {
        let schedule = Schedule::new(&[stage(20, (0.0, 100.0), Spacing::Even)]);
        let dues: Vec<_> = schedule.dues(1).map(|(due, _)| due).collect();
        assert_eq!(dues.len(), 1000);
        for (n, due) in dues.iter().enumerate() {
            // The integral of 5 t is 2.5 t^2, so arrival n is due at sqrt(n / 2.5).
            let want = (n as f64 / 2.5).sqrt();
            assert!((due.as_secs_f64() - want).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn what_is_expected_before_a_time_is_the_area_up_to_there() {
        let schedule = Schedule::new(&[
            stage(10, (100.0, 100.0), Spacing::Even),
            stage(20, (0.0, 100.0), Spacing::Even),
        ]);
        for (at, area) in [
            (0, 0.0),
            (5, 500.0),
            (10, 1000.0),
            (20, 1250.0),
            (30, 2000.0),
            (99, 2000.0),
        ] {
            let found = schedule.expected_before(Micros::from_secs(at));
            assert!((found - area).abs() < 1e-6, "{at}: {found}");
        }
        assert!((schedule.expected() - 2000.0).abs() < 1e-6);
    }

    #[test]
    fn poisson_arrivals_have_the_rates_mean_and_variance() {
        let schedule = Schedule::new(&[stage(1000, (100.0, 100.0), Spacing::Poisson)]);
        let mut a_second = vec![0_u64; 1000];
        for (due, _) in schedule.dues(42) {
            a_second[usize::try_from(due.whole_secs()).unwrap()] += 1;
        }
        let mean = a_second.iter().sum::<u64>() as f64 / 1000.0;
        let variance = a_second
            .iter()
            .map(|&c| (c as f64 - mean).powi(2))
            .sum::<f64>()
            / 999.0;
        // Five standard errors: 10 / sqrt(1000) of the mean; about sqrt(2/1000) * 100 of the variance.
        assert!((mean - 100.0).abs() < 5.0 * 0.316, "{mean}");
        assert!((variance - 100.0).abs() < 5.0 * 4.5, "{variance}");
    }

    #[test]
    fn stages_follow_each_other_and_every_arrival_is_due_inside_its_own() {
        let stages = [
            stage(10, (50.0, 50.0), Spacing::Even),
            stage(20, (50.0, 500.0), Spacing::Poisson),
            stage(5, (0.0, 0.0), Spacing::Even),
            stage(10, (500.0, 500.0), Spacing::Even),
        ];
        let schedule = Schedule::new(&stages);
        let mut last = Micros::ZERO;
        let mut counts = [0_u64; 4];
        for (due, ix) in schedule.dues(3) {
            let span = &schedule.spans()[usize::from(ix.0)];
            assert!(span.start <= due && due < span.end, "{due:?} {ix:?}");
            assert!(last <= due);
            assert_eq!(schedule.stage_at(due), ix);
            last = due;
            counts[usize::from(ix.0)] += 1;
        }
        assert_eq!(counts[0], 500);
        // Poisson with mean 5,500: five standard deviations.
        assert!(counts[1].abs_diff(5500) < 371, "{counts:?}");
        assert_eq!(counts[2], 0);
        assert!(counts[3].abs_diff(5000) <= 1, "{counts:?}");
    }
}
