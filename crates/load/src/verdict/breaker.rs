//! The circuit breaker: ends a run early when the target does little but fail.

use crate::profile::BreakerRule;
use crate::recorder::Second;

/// Steps that the window must have, so that a quiet start does not end a run.
const LEAST_STEPS: u64 = 20;

/// Looks at one second after the other.
#[derive(Debug)]
pub struct Breaker {
    rule: BreakerRule,
    /// Seconds in a row of which too many steps failed, the steps in them, and the failed ones.
    bad: (u64, u64, u64),
}

impl Breaker {
    /// One that has seen nothing yet.
    #[must_use]
    pub const fn new(rule: BreakerRule) -> Self {
        Self {
            rule,
            bad: (0, 0, 0),
        }
    }

    /// Takes in the next second. Gives the reason where the run has to end.
    ///
    /// A second in which no step ended says nothing: it neither counts nor breaks the row.
    pub fn take(&mut self, second: &Second) -> Option<String> {
        let (done, errors) = (second.done(), second.errors());
        if done == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
        let is_bad = errors as f64 > self.rule.errors * done as f64;
        self.bad = match (is_bad, self.bad) {
            (true, (seconds, steps, failed)) => (
                seconds + second.covers.max(1),
                steps + done,
                failed + errors,
            ),
            (false, _) => (0, 0, 0),
        };
        let (seconds, steps, failed) = self.bad;
        (seconds >= self.rule.seconds && steps >= LEAST_STEPS).then(|| {
            format!(
                "the circuit breaker: {failed} of {steps} steps in the last {seconds} s went wrong, more than {:.0}%, at \
                 {} s",
                self.rule.errors * 100.0,
                second.second + 1
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Class;

    fn second(at: u64, good: u64, bad: u64) -> Second {
        let mut by_class = [0; Class::ALL.len()];
        by_class[Class::Success.index()] = good;
        by_class[Class::Failed.index()] = bad;
        Second {
            second: at,
            covers: 1,
            by_class,
            ..Second::default()
        }
    }

    /// The second that ends the run, of seconds with so many good and bad steps.
    fn ends_at(seconds: &[(u64, u64)]) -> Option<usize> {
        let rule = BreakerRule {
            errors: 0.5,
            seconds: 3,
        };
        let mut breaker = Breaker::new(rule);
        (0_u64..)
            .zip(seconds)
            .position(|(at, (good, bad))| breaker.take(&second(at, *good, *bad)).is_some())
    }

    #[test]
    fn only_bad_seconds_in_a_row_end_a_run() {
        assert_eq!(ends_at(&[(0, 10), (0, 10), (0, 10), (0, 10)]), Some(2));
        assert_eq!(ends_at(&[(0, 10), (0, 10), (9, 1), (0, 10), (0, 10)]), None);
        assert_eq!(ends_at(&[(5, 5); 10]), None, "half is not more than half");
        assert_eq!(ends_at(&[(4, 6); 10]), Some(2));
        // Nothing ended there: nothing is known of it.
        assert_eq!(ends_at(&[(0, 10), (0, 0), (0, 10), (0, 10)]), Some(3));
    }

    #[test]
    fn a_few_steps_end_no_run() {
        assert_eq!(ends_at(&[(0, 3); 6]), None, "18 steps");
        assert_eq!(ends_at(&[(0, 3); 7]), Some(6), "21 steps");
    }

    #[test]
    fn the_reason_has_the_numbers_that_it_rests_on() {
        let rule = BreakerRule {
            errors: 0.5,
            seconds: 1,
        };
        let why = Breaker::new(rule).take(&second(41, 10, 30)).unwrap();
        for number in ["30 of 40", "last 1 s", "50%", "42 s"] {
            assert!(why.contains(number), "{why}");
        }
    }
}
