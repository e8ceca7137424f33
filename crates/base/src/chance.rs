//! Seeded chance: bits that look random and are the same for the same seed.
//!
//! Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators" (`splitmix64`).

/// From one state to the next.
pub const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The bits of the state after `z`: a bijection, so two numbers never give the same, in which every bit of the result depends
/// on every bit of `z`.
#[inline]
#[must_use]
pub const fn mix(z: u64) -> u64 {
    let z = z.wrapping_add(STEP);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Bits as a number in 0..1, in steps of 2^-53: a share of 1 is always drawn, one of 0 never.
#[expect(
    clippy::cast_precision_loss,
    reason = "53 bits fit a float's mantissa exactly"
)]
#[inline]
#[must_use]
pub const fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// A source of bits, by its state.
#[derive(Clone, Copy, Debug)]
pub struct Bits(pub u64);

impl Bits {
    /// The next 64 bits.
    #[inline]
    pub const fn next(&mut self) -> u64 {
        let bits = mix(self.0);
        self.0 = self.0.wrapping_add(STEP);
        bits
    }

    /// The next number in 0..`end`, which must not be 0. For ends far below 2^64 each has the same chance.
    #[inline]
    pub const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// The next number in 0..1.
    #[inline]
    pub const fn unit(&mut self) -> f64 {
        unit(self.next())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first outputs of the reference implementation from the state 1234567, as its authors publish them.
    #[test]
    fn the_bits_are_those_of_the_reference() {
        let mut bits = Bits(1_234_567);
        let five = [(); 5].map(|()| bits.next());
        assert_eq!(
            five,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn a_unit_is_never_one() {
        assert!(unit(u64::MAX) < 1.0);
        assert!(unit(0).abs() < f64::EPSILON);
    }
}
