//! Each method's own word on a month, before anything is compared.
//!
//! In: earlier months, the month's counts up to a day. Out: a number by each method, or why it has none.

use super::beta_binomial::BetaBinomial;
use super::exposure::Weekdays;
use super::{Method, Refusal, good_toulmin};
use crate::history::spectrum::MonthCounts;

/// After this many months an earlier month counts half.
const HALF_LIFE: f64 = 3.0;

/// What is known when, and what is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// Whole months before this one, oldest first.
    pub(super) earlier: &'a [&'a MonthCounts],
    /// The month of which the days up to `seen` are known.
    pub(super) month: &'a MonthCounts,
    /// The last day that is known, at least 1.
    pub(super) seen: u8,
    /// The day whose count is asked for: the month's last one, or an earlier one to check a method on.
    pub(super) end: u8,
}

/// What the methods say.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// Accounts seen so far.
    pub(super) seen: f64,
    /// The exposure that follows over the exposure so far.
    pub(super) ratio: f64,
    /// In the order of [`Method::ALL`]; none is below `seen`.
    pub(super) by: [Result<f64, Refusal>; Method::ALL.len()],
}

impl Words {
    /// The natural logarithm of what a method says.
    pub(super) fn log(&self, method: Method) -> Option<f64> {
        self.by[method as usize].as_ref().ok().map(|all| all.ln())
    }
}

impl Question<'_> {
    /// Asks every method.
    pub(super) fn ask(&self) -> Words {
        let seen = self.month.active_by(self.seen) as f64;
        let weekdays = Weekdays::measured(self.earlier, self.month, self.seen);
        let from = weekdays.exposure(self.month, self.seen);
        let to = weekdays.exposure(self.month, self.end);
        let ratio = (to - from) / from;
        let by = Method::ALL.map(|method| {
            if seen < 1.0 {
                return Err(Refusal::NothingSeen);
            }
            let all = match method {
                Method::BetaBinomial => self.beta_binomial(ratio)? * seen,
                Method::GoodToulmin => {
                    seen + good_toulmin::unseen(&self.month.spectrum(self.seen)[..], ratio)?
                }
                Method::Growth => seen * (1.0 + self.growth(&weekdays, from, to)?),
                Method::LastMonth => {
                    let last = self.earlier.last().ok_or(Refusal::NoEarlierMonth)?;
                    last.active_by(last.days) as f64
                }
                Method::Linear => seen * f64::from(self.end) / f64::from(self.seen),
            };
            Ok(all.max(seen))
        });
        Words { seen, ratio, by }
    }

    fn beta_binomial(&self, ratio: f64) -> Result<f64, Refusal> {
        if self.seen < 2 {
            return Err(Refusal::OneDay);
        }
        let days = f64::from(self.seen);
        let law = BetaBinomial::fitted(&self.month.spectrum(self.seen)[..], self.seen);
        Ok(law.growth(days, ratio * days))
    }

    /// What earlier months added between the same exposures, over what they had seen: the newer a month, the more it counts.
    fn growth(&self, weekdays: &Weekdays, from: f64, to: f64) -> Result<f64, Refusal> {
        let (mut sum, mut weights) = (0.0, 0.0);
        for (month, age) in self.earlier.iter().rev().zip(0_u32..) {
            let then = weekdays.active_after(month, from);
            if then >= 1.0 {
                let weight = 0.5_f64.powf(f64::from(age) / HALF_LIFE);
                sum += weight * (weekdays.active_after(month, to) - then) / then;
                weights += weight;
            }
        }
        if weights > 0.0 {
            Ok(sum / weights)
        } else {
            Err(Refusal::NoEarlierMonth)
        }
    }
}
