//! Many durations as one value: a histogram, and beside it the exact count, sum, least and largest.

use hdrhistogram::{Counter, Histogram};

use trtc_base::units::Micros;

/// The shortest duration that a histogram tells apart, in microseconds.
pub const LEAST_MICROS: u64 = 1;
/// The longest, in microseconds: 10 minutes. What takes longer counts as this; exact sums are not held.
pub const MOST_MICROS: u64 = 600_000_000;
/// Significant decimal digits: a quantile is at most 0.1% above the sample it stands for.
pub const DIGITS: u8 = 3;

/// The longest duration that shares a bucket with [`MOST_MICROS`]: no histogram grows beyond it.
const LAST_MICROS: u64 = MOST_MICROS.next_power_of_two() - 1;

/// An empty histogram of the one grain that this program uses, so that any two add up exactly. It is as long as its
/// longest duration asks for: most end within milliseconds, and every walk over one is as long as it is.
#[expect(
    clippy::expect_used,
    reason = "the bounds are constants in hdrhistogram's range; every test of this room would fail first"
)]
fn histogram<C: Counter>() -> Histogram<C> {
    let mut empty = Histogram::new_with_bounds(LEAST_MICROS, 2 * LEAST_MICROS, DIGITS)
        .expect("constant bounds");
    empty.auto(true);
    empty
}

/// Count, sum, least and largest of durations, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exact {
    /// How many.
    pub count: u64,
    /// Their sum in microseconds, held at the largest value.
    pub sum: u64,
    /// The least in microseconds; 0 when there is none.
    pub min: u64,
    /// The largest in microseconds; 0 when there is none.
    pub max: u64,
}

impl Exact {
    /// Takes in one duration.
    pub(super) const fn take(&mut self, value: Micros) {
        if self.count == 0 || value.0 < self.min {
            self.min = value.0;
        }
        if value.0 > self.max {
            self.max = value.0;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(value.0);
    }

    /// Takes in all of `other`.
    pub(super) fn add(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min = if self.count == 0 {
            other.min
        } else {
            self.min.min(other.min)
        };
        self.max = self.max.max(other.max);
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
    }
}

/// Many durations. Two of them merge exactly: the bounds are the same everywhere.
///
/// `C` is the width of a bucket's counter: 32 bits while a second is recorded, 64 for a run.
#[derive(Clone, Debug)]
pub struct Distribution<C: Counter = u64> {
    exact: Exact,
    histogram: Histogram<C>,
}

impl<C: Counter> PartialEq for Distribution<C> {
    fn eq(&self, other: &Self) -> bool {
        // The library's comparison asks the second for every bucket of the first, so the first is the shorter one.
        let (mut short, mut long) = (&self.histogram, &other.histogram);
        if short.distinct_values() > long.distinct_values() {
            std::mem::swap(&mut short, &mut long);
        }
        self.exact == other.exact && short == long
    }
}

impl<C: Counter> Default for Distribution<C> {
    fn default() -> Self {
        Self {
            exact: Exact::default(),
            histogram: histogram(),
        }
    }
}

impl<C: Counter> Distribution<C> {
    /// Takes in one duration.
    pub fn take(&mut self, value: Micros) {
        self.exact.take(value);
        // It grows as far as `held` lets it.
        let _ = self.histogram.record(held(value));
    }

    /// Takes in all of `other`, exactly.
    pub fn add(&mut self, other: &Self) {
        self.exact.add(&other.exact);
        // The same grain everywhere, and it grows as far as the other did.
        let _ = self.histogram.add(&other.histogram);
    }

    /// Empties it and keeps its memory.
    pub(super) fn reset(&mut self) {
        self.exact = Exact::default();
        self.histogram.reset();
    }

    /// From its two halves, as a recording keeps them. Nothing where the histogram has another grain than every
    /// recording's, or is longer: only those of one grain add up exactly.
    pub(super) fn of(exact: Exact, mut histogram: Histogram<C>) -> Option<Self> {
        histogram.auto(true);
        let is_ours = histogram.low() == LEAST_MICROS
            && histogram.sigfig() == DIGITS
            && histogram.high() <= LAST_MICROS;
        is_ours.then_some(Self { exact, histogram })
    }

    /// How many durations.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.exact.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.exact.count == 0
    }

    /// Count, sum, least and largest, exact.
    #[must_use]
    pub const fn exact(&self) -> Exact {
        self.exact
    }

    /// The least, exact.
    #[must_use]
    pub const fn min(&self) -> Option<Micros> {
        match self.exact.count {
            0 => None,
            _ => Some(Micros(self.exact.min)),
        }
    }

    /// The largest, exact.
    #[must_use]
    pub const fn max(&self) -> Option<Micros> {
        match self.exact.count {
            0 => None,
            _ => Some(Micros(self.exact.max)),
        }
    }

    /// The arithmetic mean, exact to the microsecond, rounded down.
    #[must_use]
    pub const fn mean(&self) -> Option<Micros> {
        match self.exact.sum.checked_div(self.exact.count) {
            Some(mean) => Some(Micros(mean)),
            None => None,
        }
    }

    /// The duration that `share` (0..=1) of all do not exceed: nearest rank, at most 0.1% too high, never above the
    /// exact largest.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Micros> {
        self.max().map(|max| {
            let value = Micros(self.histogram.value_at_quantile(share));
            value.min(max)
        })
    }

    /// What [`Self::quantile`] gives for each of `shares`, which rise, in one walk. Nothing where there are no durations.
    #[must_use]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[Micros; N]> {
        let max = self.max()?;
        let mut values = self.histogram.value_at_quantiles(shares);
        Some(shares.map(|_| values.next().map_or(max, |value| Micros(value).min(max))))
    }

    /// How many durations are at least `limit`, to the histogram's 0.1%.
    #[must_use]
    pub fn at_least(&self, limit: Micros) -> u64 {
        match limit.0 {
            0 => self.exact.count,
            low if low > self.exact.max => 0,
            low => self.histogram.count_between(low.min(MOST_MICROS), u64::MAX),
        }
    }

    /// Those of them that are at least `limit`, to the histogram's 0.1%. None is put below `limit`.
    #[must_use]
    pub fn from(&self, limit: Micros) -> Self {
        let mut kept = Self::default();
        for bucket in self.histogram.iter_recorded() {
            let value = bucket.value_iterated_to().min(self.exact.max);
            let count = bucket.count_at_value();
            if value < limit.0 || count == C::zero() {
                continue;
            }
            let count = count.as_u64();
            let own = Exact {
                count,
                sum: value.saturating_mul(count),
                min: value,
                max: value,
            };
            kept.exact.add(&own);
            let _ = kept
                .histogram
                .record_n(held(Micros(value)), bucket.count_at_value());
        }
        kept
    }

    /// The histogram, in microseconds, from 1 us to what was the longest, 10 min at most, 3 digits.
    #[must_use]
    pub const fn histogram(&self) -> &Histogram<C> {
        &self.histogram
    }
}

/// The value as a histogram takes it.
fn held(value: Micros) -> u64 {
    value.0.clamp(LEAST_MICROS, MOST_MICROS)
}
