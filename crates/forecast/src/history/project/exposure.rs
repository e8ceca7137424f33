//! How much of a month a day is: weekdays differ, so that three days from a Friday are not three days from a Monday.
//!
//! In: daily counts. Out: factors by weekday, sums of them.

use crate::history::spectrum::MonthCounts;

/// The least factor of a weekday: a day on which nobody came still takes time.
const LEAST: f64 = 0.02;

/// A factor for each weekday, Monday first. Their mean is 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weekdays([f64; 7]);

impl Weekdays {
    /// From whole `earlier` months and the days of `month` up to `day`: the mean of each weekday's share of the seven days
    /// around it. All alike where no seven days follow each other.
    pub(super) fn measured(earlier: &[&MonthCounts], month: &MonthCounts, day: u8) -> Self {
        let mut sums = [0.0; 7];
        let mut counts = [0.0; 7];
        let spans = earlier.iter().map(|month| (*month, month.days));
        for (month, last) in spans.chain([(month, day)]) {
            for first in 1..=last.saturating_sub(6) {
                let week: f64 = (first..first + 7).map(|day| month.dau(day) as f64).sum();
                if week > 0.0 {
                    let middle = first + 3;
                    sums[weekday(month, middle)] += month.dau(middle) as f64 * 7.0 / week;
                    counts[weekday(month, middle)] += 1.0;
                }
            }
        }
        if counts.contains(&0.0) {
            return Self::of_days(month, day);
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum /= count;
        }
        Self::scaled(sums)
    }

    /// From the plain means by weekday, where there are not yet days on both sides of each.
    fn of_days(month: &MonthCounts, day: u8) -> Self {
        if day < 7 || month.active_by(day) == 0 {
            return Self([1.0; 7]);
        }
        let mut sums = [0.0; 7];
        let mut counts = [0.0; 7];
        for day in 1..=day {
            sums[weekday(month, day)] += month.dau(day) as f64;
            counts[weekday(month, day)] += 1.0;
        }
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum /= count;
        }
        Self::scaled(sums)
    }

    fn scaled(raw: [f64; 7]) -> Self {
        let mean = raw.iter().sum::<f64>() / 7.0;
        if mean <= 0.0 {
            return Self([1.0; 7]);
        }
        let held = raw.map(|one| (one / mean).max(LEAST));
        let mean = held.iter().sum::<f64>() / 7.0;
        Self(held.map(|one| one / mean))
    }

    /// The exposure of the days 1 to `day` of `month`: about `day`, in days of mean activity.
    pub(super) fn exposure(&self, month: &MonthCounts, day: u8) -> f64 {
        (1..=day).map(|day| self.0[weekday(month, day)]).sum()
    }

    /// The accounts that `month` had seen after an exposure of `target`: between days in proportion, beyond its end at the
    /// pace of its last seven days.
    pub(super) fn active_after(&self, month: &MonthCounts, target: f64) -> f64 {
        let mut before = 0.0;
        for day in 1..=month.days {
            let step = self.0[weekday(month, day)];
            if target <= before + step {
                let seen = month.active_by(day - 1) as f64;
                let more = month.active_by(day) as f64 - seen;
                return seen + more * (target - before) / step;
            }
            before += step;
        }
        let all = month.active_by(month.days) as f64;
        let week = all - month.active_by(month.days - 7) as f64;
        // Seven days in a row have an exposure of 7.
        all + week * (target - before) / 7.0
    }
}

fn weekday(month: &MonthCounts, day: u8) -> usize {
    (usize::from(month.first_weekday) + usize::from(day) - 1) % 7
}
