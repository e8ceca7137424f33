//! Counts of one chunk of accounts, so small that they stay in a core's own cache.

use super::super::Tally;

/// What is counted at every app start, for one chunk.
#[derive(Clone, Debug)]
pub(super) struct LocalCounters {
    minutes: Vec<Minute>,
    opened: Days,
    dau: Days,
}

/// A minute of the period. Sessions mostly end soon after they begin: both counts side by side are near each other.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Minute {
    /// Arrivals of the scenario `login`.
    pub(super) logins: u16,
    /// By how much the sessions online change beside the arrivals.
    pub(super) change: i16,
}

impl LocalCounters {
    /// Nothing yet, for a month like that of `tally`.
    pub(super) fn of(tally: &Tally) -> Self {
        Self {
            minutes: vec![Minute::default(); tally.minutes.len()],
            opened: Days::default(),
            dau: Days::default(),
        }
    }

    #[inline]
    pub(super) fn minute(&mut self, minute: u32) -> Option<&mut Minute> {
        self.minutes.get_mut(minute as usize)
    }

    /// An account that opened the app on these days, and logged in with success on those.
    #[inline]
    pub(super) fn days(&mut self, opened: u32, logged_in: u32) {
        self.opened.add(opened);
        self.dau.add(logged_in);
    }

    /// Moves everything to `tally`.
    pub(super) fn add_to(&mut self, tally: &mut Tally) {
        for (local, sum) in self.minutes.iter_mut().zip(&mut tally.minutes) {
            sum.logins = sum.logins.saturating_add(u32::from(local.logins));
            sum.change = sum.change.saturating_add(i32::from(local.change));
            *local = Minute::default();
        }
        self.opened.add_to(&mut tally.opened_by_day);
        self.dau.add_to(&mut tally.dau);
    }
}

/// How many masks had each of 32 bits, counted without a loop over the bits: eight counts of eight bits in each of four
/// words, and what they ran over in sixty-four bits each.
#[derive(Clone, Debug, Default)]
struct Days {
    lanes: [u64; 4],
    /// Masks in the lanes: at most 255, so that none runs over.
    masks: u8,
    sums: [u64; 32],
}

impl Days {
    #[inline]
    fn add(&mut self, mask: u32) {
        for (lane, byte) in self.lanes.iter_mut().zip(mask.to_le_bytes()) {
            *lane += spread(byte);
        }
        self.masks += 1;
        if self.masks == u8::MAX {
            self.empty();
        }
    }

    #[cold]
    fn empty(&mut self) {
        for (lane, sums) in self.lanes.iter_mut().zip(self.sums.chunks_exact_mut(8)) {
            for (sum, count) in sums.iter_mut().zip(lane.to_le_bytes()) {
                *sum += u64::from(count);
            }
            *lane = 0;
        }
        self.masks = 0;
    }

    fn add_to(&mut self, days: &mut [u64]) {
        self.empty();
        for (day, sum) in days.iter_mut().zip(&mut self.sums) {
            *day += std::mem::take(sum);
        }
    }
}

/// Each bit of a byte in a byte of its own, the lowest first.
#[inline]
const fn spread(byte: u8) -> u64 {
    // Copies the byte eight times, leaves one bit of each copy, and moves it to the lowest place.
    let copies = (byte as u64).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
    ((copies.wrapping_add(0x00_40_60_70_78_7c_7e_7f)) >> 7) & 0x0101_0101_0101_0101
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_spread_over_eight() {
        for byte in 0..=u8::MAX {
            let got = spread(byte).to_le_bytes();
            let want: [u8; 8] = std::array::from_fn(|bit| byte >> bit & 1);
            assert_eq!(got, want, "{byte:08b}");
        }
    }

    #[test]
    fn days_are_counted_bit_by_bit() {
        let (mut days, mut want) = (Days::default(), [0_u64; 32]);
        let mut mask = 1_u32;
        for _ in 0..1_000 {
            mask = mask.wrapping_mul(0x9e37_79b9).wrapping_add(12_345);
            days.add(mask);
            for (bit, want) in want.iter_mut().enumerate() {
                *want += u64::from(mask >> bit & 1);
            }
        }
        let mut got = vec![0; 32];
        days.add_to(&mut got);
        assert_eq!(got, want);
    }
}
