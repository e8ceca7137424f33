//! Random numbers of one account, and tables that make them into what is asked for without a logarithm.
//!
//! Every account has a generator of its own, seeded by (seed, account), so any account can be lived alone.

use std::hint::select_unpredictable;

use trtc_base::chance::mix;

/// A generator of 64 bits: one multiplication a number.
///
/// Source: wyrand, from Wang Yi's wyhash (public domain); its state is spread first by the finaliser of splitmix64, so
/// that neighbouring accounts have nothing in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    pub(super) const fn of(seed: u64, account: u64) -> Self {
        Self(mix(mix(seed) ^ account))
    }

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the halves of a product of 128 bits"
    )]
    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xa076_1d64_78bd_642f);
        let product = (self.0 as u128) * ((self.0 ^ 0xe703_7ed1_a0b4_28db) as u128);
        (product >> 64) as u64 ^ product as u64
    }

    /// 32 bits.
    #[inline]
    pub(super) const fn half(&mut self) -> u32 {
        high(self.next())
    }
}

#[inline]
pub(super) const fn high(bits: u64) -> u32 {
    (bits >> 32) as u32
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
pub(super) const fn low(bits: u64) -> u32 {
    bits as u32
}

/// A chance in 0..=1 as a threshold: a draw of 32 bits is below it as often.
#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "held between 0 and 2^32"
)]
pub(super) fn threshold(chance: f64) -> u64 {
    (chance.clamp(0.0, 1.0) * 4_294_967_296.0).round() as u64
}

/// A whole number below `n` from 32 bits.
#[inline]
pub(super) const fn below(n: u32, bits: u32) -> u32 {
    high(n as u64 * bits as u64)
}

/// Walker's alias table: one of its indices, as often as its weight says.
#[derive(Clone, Debug)]
pub(super) struct Alias {
    /// Up to which of 2^32 the index stands for itself, and what it stands for otherwise.
    cells: Box<[(u32, u16)]>,
}

impl Alias {
    /// `shares` sum to 1 and are at most 2^16.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "at most 2^16 shares"
    )]
    pub(super) fn new(shares: &[f64]) -> Self {
        let n = shares.len();
        let sum: f64 = shares.iter().sum();
        let mut level: Vec<f64> = shares.iter().map(|share| share * n as f64 / sum).collect();
        let mut cells: Vec<(u32, u16)> = (0..n).map(|own| (u32::MAX, own as u16)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..n).partition(|own| level[*own] < 1.0);
        while let (Some(poor), Some(rich)) = (small.pop(), large.pop()) {
            let keep = threshold(level[poor]).saturating_sub(1);
            cells[poor] = (keep as u32, rich as u16);
            level[rich] -= 1.0 - level[poor];
            if level[rich] < 1.0 {
                small.push(rich);
            } else {
                large.push(rich);
            }
        }
        Self {
            cells: cells.into(),
        }
    }

    /// The index for 32 bits, and bits that are left over for a finer place in it.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an index below at most 2^16 cells"
    )]
    pub(super) fn pick(&self, bits: u32) -> (u16, u32) {
        let scaled = u64::from(bits) * self.cells.len() as u64;
        let own = high(scaled);
        let (keep, other) = self.cells[own as usize];
        // Chosen without a branch, which would be a coin's throw to the processor.
        let index = select_unpredictable(low(scaled) <= keep, own as u16, other);
        (index, low(scaled) << 11)
    }
}

/// Cells of a quantile table, as a power of two.
const CELLS: u32 = 10;

/// A distribution on 0..2^32 by its quantiles, linear between them; its two outermost cells have tables of their own.
/// Whole numbers in small tables: every app start looks one up.
#[derive(Clone, Debug)]
pub(super) struct Quantiles {
    lowest: Cells,
    middle: Cells,
    highest: Cells,
}

/// The values at both ends of each cell.
type Cells = Box<[u32; (1 << CELLS) + 1]>;

impl Quantiles {
    /// `quantile` is the inverse of a distribution function: of 0..=1. Values beyond 0..2^32 are held at its ends.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a float-to-integer cast saturates, and a cell's number is small"
    )]
    pub(super) fn new(quantile: impl Fn(f64) -> f64) -> Self {
        let n = f64::from(1_u32 << CELLS);
        let table = |from: f64, to: f64| -> Cells {
            // An inverse that was found by a search may fall by a hair where it should stay: quantiles never do.
            let mut most = 0;
            let at = |cell: usize| {
                let value = quantile(from + (to - from) * (cell as f64 / n));
                most = most.max(value.round() as u32);
                most
            };
            Box::new(std::array::from_fn(at))
        };
        Self {
            lowest: table(0.0, 1.0 / n),
            middle: table(0.0, 1.0),
            highest: table(1.0 - 1.0 / n, 1.0),
        }
    }

    /// The quantile at 64 bits taken as a number in 0..1.
    #[inline]
    pub(super) fn at(&self, bits: u64) -> u32 {
        const LAST: u64 = (1 << CELLS) - 1;
        match bits >> (64 - CELLS) {
            0 => between(&self.lowest, bits << CELLS),
            LAST => between(&self.highest, bits << CELLS),
            _ => between(&self.middle, bits),
        }
    }

    /// The quantile at 32 bits taken as a number in 0..1.
    #[inline]
    pub(super) fn at_half(&self, bits: u32) -> u32 {
        self.at(u64::from(bits) << 32)
    }
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    reason = "ten bits make an index, and a value lies between its neighbours"
)]
fn between(table: &Cells, bits: u64) -> u32 {
    let cell = (bits >> (64 - CELLS)) as usize;
    let part = u64::from(high(bits << CELLS));
    let (here, there) = (u64::from(table[cell]), u64::from(table[cell + 1]));
    (here + (((there - here) * part) >> 32)) as u32
}

/// How often something happens: a Poisson number.
#[derive(Clone, Debug)]
pub(super) struct Counts {
    /// The chance of at most 0, 1, 2, ... in 2^-32.
    at_most: Vec<u64>,
    /// The number by the upper twelve bits of a draw, where they settle it.
    known: Box<[u8]>,
}

/// Stands for a number that its upper bits do not settle.
const OPEN: u8 = u8::MAX;

impl Counts {
    /// Poisson numbers with this mean, at most some 60.
    pub(super) fn poisson(mean: f64) -> Self {
        let mut at_most = Vec::new();
        let (mut term, mut sum) = ((-mean).exp(), 0.0);
        for k in 1..=250_u32 {
            sum += term;
            at_most.push(threshold(sum));
            if 1.0 - sum < 1e-10 {
                break;
            }
            term *= mean / f64::from(k);
        }
        let number = |bits: u32| linear(&at_most, bits);
        let known = (0..1_u32 << 12).map(|top| {
            let (least, most) = (number(top << 20), number((top << 20) | 0xf_ffff));
            u8::try_from(least)
                .ok()
                .filter(|_| least == most)
                .unwrap_or(OPEN)
        });
        Self {
            known: known.collect(),
            at_most,
        }
    }

    #[inline]
    pub(super) fn pick(&self, bits: u32) -> usize {
        match self.known[(bits >> 20) as usize] {
            OPEN => linear(&self.at_most, bits),
            known => usize::from(known),
        }
    }
}

fn linear(at_most: &[u64], bits: u32) -> usize {
    let bits = u64::from(bits);
    at_most.iter().take_while(|most| bits >= **most).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_table_gives_each_index_its_share() {
        let shares = [0.5, 0.0, 0.3, 0.15, 0.05];
        let alias = Alias::new(&shares);
        let mut got = [0_u32; 5];
        let mut rng = Rng::of(1, 2);
        let n = 200_000;
        for _ in 0..n {
            got[usize::from(alias.pick(rng.half()).0)] += 1;
        }
        for (share, got) in shares.iter().zip(got) {
            // Five standard errors of a share.
            let error = 5.0 * (share * (1.0 - share) / f64::from(n)).sqrt();
            let seen = f64::from(got) / f64::from(n);
            assert!((seen - share).abs() <= error, "{seen} for {share}");
        }
    }

    #[test]
    fn quantiles_of_a_known_distribution_are_met_also_in_the_tails() {
        let scale = 1e8;
        let exponential = Quantiles::new(|u| -(1.0 - u.min(1.0 - 1e-12)).ln() * scale);
        for u in [1e-6_f64, 1e-4, 0.01, 0.3, 0.9, 0.999, 0.9999, 0.999_999] {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a test's own bits"
            )]
            let bits = (u * 2_f64.powi(64)) as u64;
            let want = -(-u).ln_1p();
            let got = f64::from(exponential.at(bits)) / scale;
            // Where 1 - u halves within a cell, as next to the last one, the chord of a logarithm is 0.06 above it at most:
            // a hundredth of a value between 6 and 7. The rest is the rounding of whole numbers.
            let near = 1e-2 * want + 1.5 / scale;
            assert!((got - want).abs() < near, "{u}: {got} for {want}");
        }
    }

    #[test]
    fn poisson_numbers_have_their_mean_and_variance() {
        let counts = Counts::poisson(2.0);
        let mut rng = Rng::of(5, 5);
        let n = 100_000_u32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            #[expect(clippy::cast_precision_loss, reason = "small counts")]
            let k = counts.pick(rng.half()) as f64;
            sum += k;
            squares += k * k;
        }
        let mean = sum / f64::from(n);
        let variance = squares / f64::from(n) - mean * mean;
        // The mean's standard error is sqrt(2 / n) = 0.0045, the variance's sqrt((2 + 2 * 4) / n) = 0.01.
        assert!(
            (mean - 2.0).abs() < 0.02 && (variance - 2.0).abs() < 0.05,
            "{mean} {variance}"
        );
    }
}
