//! The one door to time: everything a run measures is read off one monotonic clock.
//!
//! In: nothing. Out: [`Micros`] since the run's start, Unix time, and the stamp a run's folder carries.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::units::{Micros, UnixSeconds};

/// A run's clock. Copies agree, on every thread.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that reads zero now.
    #[must_use]
    pub fn start() -> Self {
        Self::starting_in(Duration::ZERO)
    }

    /// A clock that reads zero `lead` from now, and zero until then.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one door to monotonic time")]
    pub fn starting_in(lead: Duration) -> Self {
        Self {
            origin: Instant::now() + lead,
        }
    }

    /// Time since the run's start.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one door to monotonic time")]
    pub fn now(&self) -> Micros {
        Instant::now().saturating_duration_since(self.origin).into()
    }

    /// The instant at which the clock will read `at`, for a timer.
    #[must_use]
    pub fn instant(&self, at: Micros) -> Instant {
        self.origin + at.as_duration()
    }

    /// How long it is until the clock reads `at`; zero once it has.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one door to monotonic time")]
    pub fn left_until(&self, at: Micros) -> Duration {
        self.instant(at).saturating_duration_since(Instant::now())
    }
}

/// Unix time in whole seconds.
#[must_use]
pub fn unix_now() -> UnixSeconds {
    UnixSeconds(since_epoch().as_secs())
}

/// Unix time in milliseconds.
#[must_use]
pub fn unix_millis() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// How long it is until that Unix time; none where it is past.
#[must_use]
pub fn until(at: Duration) -> Option<Duration> {
    at.checked_sub(since_epoch()).filter(|left| !left.is_zero())
}

#[expect(clippy::disallowed_methods, reason = "the one door to wall-clock time")]
fn since_epoch() -> Duration {
    // A machine set to before 1970 reads as 1970 rather than as a panic.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// UTC now as `20260131T235959Z`: sorts by time, and is safe in a file name.
#[must_use]
pub fn utc_stamp() -> String {
    let seconds = i64::try_from(unix_now().0).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).map_or_else(
        |_| seconds.to_string(),
        |at| at.strftime("%Y%m%dT%H%M%SZ").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_starts_later_reads_zero_until_then() {
        let clock = Clock::starting_in(Duration::from_secs(3600));
        assert_eq!(clock.now(), Micros::ZERO);
    }

    #[test]
    fn a_stamp_sorts_by_time_and_has_a_fixed_length() {
        assert_eq!(utc_stamp().len(), "20260131T235959Z".len());
    }
}
