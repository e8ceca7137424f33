//! Quantities with their units in their types, so that no bare number crosses a function.
//!
//! In and out: plain values. Never here: clocks, files, sockets.

use std::fmt;
use std::time::Duration;

/// Microseconds of wall-clock time, most often since the run's start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub u64);

impl Micros {
    /// No time at all; as an instant, the run's start.
    pub const ZERO: Self = Self(0);

    /// `seconds` whole seconds, held at the largest value.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// `millis` whole milliseconds, held at the largest value.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// The nearest microsecond; negative and non-finite seconds become zero.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-integer cast saturates, and negative values are raised to zero first"
    )]
    pub fn from_secs_f64(seconds: f64) -> Self {
        Self((seconds.max(0.0) * 1e6).round() as u64)
    }

    /// Seconds as a float.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Milliseconds as a float.
    #[must_use]
    pub fn as_millis_f64(self) -> f64 {
        self.as_secs_f64() * 1e3
    }

    /// The whole seconds in it.
    #[must_use]
    pub const fn whole_secs(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The later minus the earlier, zero when the order is the other way round.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }

    /// The sum, held at the largest value.
    #[must_use]
    pub const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// As the standard library's duration.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_micros(self.0)
    }
}

impl From<Duration> for Micros {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Micros {
    /// Three or so significant digits in the unit a person would choose: `850us`, `12.3ms`, `1.40s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            0..1_000 => format!("{}us", self.0),
            1_000..10_000 => format!("{:.2}ms", self.as_millis_f64()),
            10_000..100_000 => format!("{:.1}ms", self.as_millis_f64()),
            100_000..1_000_000 => format!("{:.0}ms", self.as_millis_f64()),
            1_000_000..60_000_000 => format!("{:.2}s", self.as_secs_f64()),
            _ => format!("{:.0}s", self.as_secs_f64()),
        };
        f.pad(&text)
    }
}

/// Seconds since 1970-01-01 UTC, as a UserSig counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixSeconds(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_in_the_unit_a_person_would_choose() {
        for (micros, shown) in [
            (0, "0us"),
            (999, "999us"),
            (1_500, "1.50ms"),
            (12_345, "12.3ms"),
            (250_000, "250ms"),
            (1_400_000, "1.40s"),
            (75_000_000, "75s"),
        ] {
            assert_eq!(Micros(micros).to_string(), shown);
        }
    }

    #[test]
    fn whole_numbers_of_a_coarser_unit_are_held_at_the_largest_value() {
        for (whole, secs, millis) in [
            (7, Micros(7_000_000), Micros(7_000)),
            (
                18_446_744_073_710,
                Micros(u64::MAX),
                Micros(18_446_744_073_710_000),
            ),
            (18_446_744_073_709_552, Micros(u64::MAX), Micros(u64::MAX)),
            (u64::MAX, Micros(u64::MAX), Micros(u64::MAX)),
        ] {
            assert_eq!(Micros::from_secs(whole), secs, "{whole}");
            assert_eq!(Micros::from_millis(whole), millis, "{whole}");
        }
    }

    #[test]
    fn seconds_that_make_no_sense_become_zero_and_huge_ones_saturate() {
        assert_eq!(Micros::from_secs_f64(-1.0), Micros::ZERO);
        assert_eq!(Micros::from_secs_f64(f64::NAN), Micros::ZERO);
        assert_eq!(Micros::from_secs_f64(f64::INFINITY), Micros(u64::MAX));
        assert_eq!(Micros::from_secs_f64(0.25), Micros(250_000));
    }
}
