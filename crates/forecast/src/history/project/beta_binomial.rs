//! Days active as a beta-binomial whose zeros nobody saw.
//!
//! In: how many accounts were active on exactly k of t days. Out: by what factor the count grows with more days.

use super::minimum::minimum;

/// Where the penalty is least, and how wide it is, for ln(a + 1) and ln b. It decides only where the counts cannot: two days
/// give one equation for two numbers.
const PENALTY: [(f64, f64); 2] = [(0.26, 1.0), (1.1, 1.5)];

/// The fitted parameters are held within these, where every sum below is finite.
const RANGES: [(f64, f64); 2] = [(-7.0, 7.0), (-5.0, 9.0)];

/// Accounts whose daily chances follow Beta(a, b), where `a` may be as low as -1: among accounts that were seen at least
/// once the probabilities stay proper, and such heavy tails are needed where most people come once.
#[derive(Clone, Copy, Debug)]
pub(super) struct BetaBinomial {
    /// Above -1.
    a: f64,
    /// Above 0.
    b: f64,
}

impl BetaBinomial {
    /// The most likely one: `spectrum[k]` accounts were active on exactly k of `days` days, for k from 1.
    pub(super) fn fitted(spectrum: &[u64], days: u8) -> Self {
        let [x, y] = minimum([PENALTY[0].0, PENALTY[1].0], |at| cost(at, spectrum, days));
        Self::at([x, y])
    }

    /// a and b.
    pub(super) const fn shape(self) -> (f64, f64) {
        (self.a, self.b)
    }

    fn at(x: [f64; 2]) -> Self {
        let held = |at: usize| x[at].clamp(RANGES[at].0, RANGES[at].1);
        Self {
            a: held(0).exp() - 1.0,
            b: held(1).exp(),
        }
    }

    /// P(k days active) for k from 1 to `days` given at least one, by the ratio of neighbours: no gamma function.
    fn chances(self, days: u8) -> Vec<f64> {
        let days = f64::from(days);
        let mut all = vec![1.0];
        let (mut k, mut chance) = (1.0, 1.0);
        while k < days {
            chance *= (days - k) / (k + 1.0) * (self.a + k) / (self.b + days - k - 1.0);
            all.push(chance);
            k += 1.0;
        }
        let sum: f64 = all.iter().sum();
        all.into_iter().map(|chance| chance / sum).collect()
    }

    /// By what factor the accounts seen in `seen` days grow when `more` days follow: at least 1, at most 1 + more / seen.
    pub(super) fn growth(self, seen: f64, more: f64) -> f64 {
        self.reach(seen + more) / self.reach(seen)
    }

    /// The chance to be seen within `days`, up to a factor: the sum over j < days of E[p (1 - p)^j], the chance to be seen
    /// first on day j + 1. Part of a day counts in proportion.
    fn reach(self, days: f64) -> f64 {
        let (mut sum, mut first, mut day) = (0.0, 1.0, 0.0);
        while day + 1.0 <= days {
            sum += first;
            first *= (self.b + day) / (self.a + 1.0 + self.b + day);
            day += 1.0;
        }
        sum + first * (days - day)
    }
}

fn cost(at: [f64; 2], spectrum: &[u64], days: u8) -> f64 {
    let chances = BetaBinomial::at(at).chances(days);
    let likelihood: f64 = chances
        .iter()
        .zip(&spectrum[1..])
        .filter(|(_, accounts)| **accounts > 0)
        .map(|(chance, accounts)| chance.max(f64::MIN_POSITIVE).ln() * *accounts as f64)
        .sum();
    let penalty: f64 = PENALTY
        .iter()
        .zip(at)
        .map(|((centre, width), x)| ((x - centre) / width).powi(2) / 2.0)
        .sum();
    penalty - likelihood
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln B(x, y) by the midpoint rule on the integral that defines it, for x and y of at least 1.
    fn beta(x: f64, y: f64) -> f64 {
        let steps = 20_000_u32;
        let width = 1.0 / f64::from(steps);
        (0..steps)
            .map(|step| {
                let p = (f64::from(step) + 0.5) * width;
                p.powf(x - 1.0) * (1.0 - p).powf(y - 1.0) * width
            })
            .sum()
    }

    #[test]
    fn chances_and_growth_are_those_of_the_integral() {
        // The midpoint rule of 20,000 steps is good to 1e-6 where the integrand has no pole.
        let law = BetaBinomial { a: 1.5, b: 2.5 };
        let unseen = |days: f64| beta(1.5, 2.5 + days) / beta(1.5, 2.5);
        let chances = law.chances(5);
        for (k, binomial) in [(1, 5.0), (2, 10.0), (3, 10.0), (4, 5.0), (5, 1.0)] {
            let days = f64::from(k);
            let want = binomial * beta(1.5 + days, 7.5 - days) / beta(1.5, 2.5);
            let want = want / (1.0 - unseen(5.0));
            let got = chances[usize::try_from(k).unwrap() - 1];
            assert!((got - want).abs() < 1e-5, "{k}: {got} {want}");
        }
        let want = (1.0 - unseen(30.0)) / (1.0 - unseen(5.0));
        assert!((law.growth(5.0, 25.0) - want).abs() < 1e-5);
    }

    #[test]
    fn a_fit_to_the_expected_counts_finds_the_law_again() {
        // Expected counts of a million accounts: what is left of the penalty is far below a percent. The second one has the
        // heavy tail that no proper Beta has.
        for (a, b) in [(0.6, 2.4), (-0.4, 3.0), (2.0, 8.0)] {
            let law = BetaBinomial { a, b };
            let mut spectrum = vec![0_u64];
            for chance in law.chances(10) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "chances are within 0 to 1"
                )]
                spectrum.push((chance * 1e6).round() as u64);
            }
            let fit = BetaBinomial::fitted(&spectrum, 10);
            assert!(
                (fit.a - a).abs() < 0.02 && (fit.b / b - 1.0).abs() < 0.02,
                "{fit:?}"
            );
            let (got, want) = (fit.growth(10.0, 20.0), law.growth(10.0, 20.0));
            assert!((got / want - 1.0).abs() < 1e-3, "{got} {want}");
        }
    }

    #[test]
    fn accounts_all_alike_stay_between_no_growth_and_the_straight_line() {
        for (spectrum, days) in [
            (vec![0, 0, 0, 900], 3),
            (vec![0, 900, 0, 0], 3),
            (vec![0, 1, 0, 0], 3),
            (vec![0, 5, 0], 2),
        ] {
            let growth = BetaBinomial::fitted(&spectrum, days).growth(f64::from(days), 28.0);
            let line = 1.0 + 28.0 / f64::from(days);
            assert!((1.0..=line).contains(&growth), "{spectrum:?}: {growth}");
        }
    }
}
