//! Unseen accounts without a law for them: the smoothed series of Good and Toulmin.
//!
//! In: how many accounts were active on exactly k days, how much time follows. Out: how many more will come, or why not.
//! Source: Orlitsky, Suresh and Wu, "Optimal prediction of the number of unseen species", 2016, binomial smoothing with
//! q = 2 / (r + 2).

use super::Refusal;

/// The furthest that it looks: this many times what was seen. The range grows with the logarithm of the data; beyond 5 it was
/// no use in any world, however large.
const FURTHEST: f64 = 5.0;

/// The largest standard error that still says something, as a share of the accounts seen.
const NOISE: f64 = 0.1;

/// How many accounts not yet seen come in `ratio` times the time seen so far. `spectrum[k]`: accounts active on exactly k days.
pub(super) fn unseen(spectrum: &[u64], ratio: f64) -> Result<f64, Refusal> {
    let seen: f64 = spectrum.iter().map(|accounts| *accounts as f64).sum();
    let account_days: f64 = spectrum
        .iter()
        .zip(0_u32..)
        .map(|(accounts, k)| *accounts as f64 * f64::from(k))
        .sum();
    if ratio > FURTHEST.min(account_days.max(1.0).ln() / 2.0) {
        return Err(Refusal::BeyondRange);
    }
    let kept = kept(ratio, account_days, spectrum.len());
    let (mut sum, mut variance, mut power) = (0.0, 0.0, 1.0);
    for (accounts, kept) in spectrum.iter().zip(kept).skip(1) {
        power *= -ratio;
        let factor = -power * kept;
        sum += factor * *accounts as f64;
        variance += factor * factor * *accounts as f64;
    }
    if variance.sqrt() > NOISE * seen.max(1.0) {
        return Err(Refusal::TooNoisy);
    }
    Ok(sum.clamp(0.0, seen * ratio))
}

/// P(L >= k) for k from 0: what the smoothing keeps of each term. Up to a ratio of 1 the series needs none.
fn kept(ratio: f64, account_days: f64, terms: usize) -> Vec<f64> {
    if ratio <= 1.0 {
        return vec![1.0; terms];
    }
    let tries = (0.5 * (account_days * ratio * ratio / (ratio - 1.0)).log2())
        .floor()
        .max(1.0);
    let q = 2.0 / (ratio + 2.0);
    // P(L = k) from its neighbour; at `tries` the factor becomes 0 and so do all that follow.
    let (mut exactly, mut at_least, mut k) = ((1.0 - q).powf(tries), 1.0_f64, 0.0);
    let mut all = Vec::with_capacity(terms);
    while all.len() < terms {
        all.push(at_least.max(0.0));
        at_least -= exactly;
        exactly *= (tries - k).max(0.0) / (k + 1.0) * q / (1.0 - q);
        k += 1.0;
    }
    all
}

#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "expected counts are small and positive"
)]
mod tests {
    use super::*;

    /// The expected spectrum of accounts with Poisson days: 400,000 come 1 time in the period, 600,000 come 0.2 times.
    const MIXTURE: [(f64, f64); 2] = [(400_000.0, 1.0), (600_000.0, 0.2)];

    fn spectrum() -> Vec<u64> {
        let mut factorial = 1.0;
        (0..20_u32)
            .map(|k| {
                if k == 0 {
                    return 0;
                }
                factorial *= f64::from(k);
                let expected: f64 = MIXTURE
                    .iter()
                    .map(|(accounts, rate)| {
                        accounts * (-rate).exp() * rate.powf(f64::from(k)) / factorial
                    })
                    .sum();
                expected.round() as u64
            })
            .collect()
    }

    fn truth(ratio: f64) -> f64 {
        MIXTURE
            .iter()
            .map(|(accounts, rate)| accounts * ((-rate).exp() - (-rate * (1.0 + ratio)).exp()))
            .sum()
    }

    #[test]
    fn the_series_is_exact_up_to_twice_the_time_and_close_beyond() {
        // On expected counts there is no noise: up to 1 only rounding is left, beyond it the smoothing's bias, which for
        // these rates is below 3 %.
        for (ratio, tolerance) in [(0.3, 1e-4), (1.0, 1e-4), (2.0, 0.03), (3.0, 0.03)] {
            let got = unseen(&spectrum(), ratio).unwrap();
            let want = truth(ratio);
            assert!(
                (got / want - 1.0).abs() < tolerance,
                "{ratio}: {got} {want}"
            );
        }
    }

    #[test]
    fn smoothing_keeps_the_tail_of_a_binomial() {
        // 1,000 account-days at a ratio of 2: floor(log2(4000) / 2) = 5 tries, q = 1/2.
        let kept = kept(2.0, 1_000.0, 8);
        let want = [32.0, 31.0, 26.0, 16.0, 6.0, 1.0, 0.0, 0.0];
        for (got, want) in kept.iter().zip(want) {
            assert!((got - want / 32.0).abs() < 1e-12, "{kept:?}");
        }
    }

    #[test]
    fn far_futures_and_noise_are_refused() {
        assert_eq!(unseen(&spectrum(), 9.0), Err(Refusal::BeyondRange));
        assert_eq!(unseen(&[0, 3, 1], 2.0), Err(Refusal::BeyondRange));
        // 77 account-days at a ratio of 2: 4 tries, factors 1.875, 2.75, 2.5, 1 and a variance of 180 on 40 accounts.
        let few = [0, 20, 10, 5, 3, 2];
        assert_eq!(unseen(&few, 2.0), Err(Refusal::TooNoisy));
        // Everyone daily: no term of the smoothed series reaches that far.
        let daily = [0, 0, 0, 0, 0, 0, 0, 500];
        assert_eq!(unseen(&daily, 3.0), Ok(0.0));
        assert_eq!(unseen(&[0, 0, 0], 0.5), Err(Refusal::BeyondRange));
    }
}
