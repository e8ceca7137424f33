//! A month of accounts in numbers: how many were active on how many of its days, as of each of its days.
//!
//! In: for each account the days of the month on which it was active. Out: [`MonthCounts`].

use jiff::civil::Date;

/// The places of a table by day or by number of days: 0 to 31.
const PLACES: usize = 32;

/// Whether an account was seen in an earlier month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// In at least one earlier month of the log.
    Before,
    /// Not before this month.
    New,
}

/// One calendar month of one app or of all apps together, counted by account-days: an account counts once a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthCounts {
    /// The year of the calendar.
    pub year: i16,
    /// 1 to 12.
    pub month: u8,
    /// The days of the month, 28 to 31.
    pub days: u8,
    /// The weekday of its first day: 0 is Monday, 6 is Sunday.
    pub first_weekday: u8,
    /// `[t][k]`: the accounts that were active on exactly `k` of the days 1 to `t`, `k` from 1.
    spectra: Box<[[u64; PLACES]; PLACES]>,
    /// `[t]`: the accounts that were active on day `t`.
    dau: [u64; PLACES],
    /// `[t]`: those of the accounts active on the days 1 to `t` that were seen in an earlier month.
    known: [u64; PLACES],
}

impl MonthCounts {
    /// The distinct accounts active on at least one of the days 1 to `day`. A day beyond the month is its last one.
    #[must_use]
    pub fn active_by(&self, day: u8) -> u64 {
        self.spectrum(day).iter().sum()
    }

    /// At place `k`, from 1: the accounts active on exactly `k` of the days 1 to `day`. Place 0 is 0.
    #[must_use]
    pub fn spectrum(&self, day: u8) -> &[u64; PLACES] {
        &self.spectra[self.place(day)]
    }

    /// The distinct accounts active on `day`; 0 of a day that the month does not have.
    #[must_use]
    pub fn dau(&self, day: u8) -> u64 {
        self.dau.get(usize::from(day)).copied().unwrap_or(0)
    }

    /// Those of [`Self::active_by`] that an earlier month of the log has too. 0 in the log's first month.
    #[must_use]
    pub fn known_by(&self, day: u8) -> u64 {
        self.known[self.place(day)]
    }

    fn place(&self, day: u8) -> usize {
        usize::from(day.min(self.days))
    }
}

/// Counts a month, account by account.
#[derive(Clone, Debug)]
pub struct Tally {
    first: Date,
    /// `[t][k]`: the accounts whose `k`-th active day was day `t`. All other counts follow from it.
    reached: Box<[[u64; PLACES]; PLACES]>,
    /// `[t]`: the accounts known before whose first active day was `t`.
    known: [u64; PLACES],
}

impl Tally {
    /// Nobody yet, in the month that `day` lies in.
    #[must_use]
    pub fn of_month(day: Date) -> Self {
        Self {
            first: day.first_of_month(),
            reached: Box::new([[0; PLACES]; PLACES]),
            known: [0; PLACES],
        }
    }

    /// Adds an account that was active on `days`: bit 0 is day 1, bit 30 is day 31. No bit is no account.
    pub fn add(&mut self, days: u32, known: Known) {
        let mut left = days & (u32::MAX >> 1);
        let first = left.trailing_zeros() as usize + 1;
        if known == Known::Before && left != 0 {
            self.known[first] += 1;
        }
        let mut nth = 0;
        while left != 0 {
            nth += 1;
            self.reached[left.trailing_zeros() as usize + 1][nth] += 1;
            left &= left - 1;
        }
    }

    /// What was counted.
    #[must_use]
    pub fn counts(&self) -> MonthCounts {
        let mut spectra = Box::new([[0; PLACES]; PLACES]);
        let mut dau = [0; PLACES];
        let mut known = [0; PLACES];
        for day in 1..PLACES {
            let mut exactly = spectra[day - 1];
            // An account that reaches its k-th day leaves those with k - 1 days.
            for k in 1..PLACES {
                exactly[k] += self.reached[day][k];
                exactly[k - 1] = exactly[k - 1].saturating_sub(self.reached[day][k]);
            }
            exactly[0] = 0;
            spectra[day] = exactly;
            dau[day] = self.reached[day].iter().sum();
            known[day] = known[day - 1] + self.known[day];
        }
        MonthCounts {
            year: self.first.year(),
            month: self.first.month().unsigned_abs(),
            days: self.first.days_in_month().unsigned_abs(),
            first_weekday: self.first.weekday().to_monday_zero_offset().unsigned_abs(),
            spectra,
            dau,
            known,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Days of 200 accounts of a month, from a small generator of its own.
    fn accounts() -> Vec<(u32, Known)> {
        let mut state = 9_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            u32::try_from(state >> 32).unwrap()
        };
        (0..200)
            .map(|at| {
                let days = next() & next() & 0x3fff_ffff;
                (
                    days,
                    if at % 3 == 0 {
                        Known::Before
                    } else {
                        Known::New
                    },
                )
            })
            .collect()
    }

    #[test]
    fn every_count_is_that_of_the_accounts_one_by_one() {
        let accounts = accounts();
        let mut tally = Tally::of_month(date(2026, 11, 17));
        for (days, known) in &accounts {
            tally.add(*days, *known);
        }
        let counts = tally.counts();
        assert_eq!((counts.year, counts.month, counts.days), (2026, 11, 30));
        // The first of November 2026 is a Sunday.
        assert_eq!(counts.first_weekday, 6);
        for day in 1..=30_u8 {
            let upto = (1_u32 << day) - 1;
            let on = |days: u32| (days & upto).count_ones();
            let count = |is: &dyn Fn(&(u32, Known)) -> bool| {
                accounts.iter().filter(|one| is(one)).count() as u64
            };
            assert_eq!(
                counts.active_by(day),
                count(&|(days, _)| on(*days) > 0),
                "{day}"
            );
            assert_eq!(
                counts.dau(day),
                count(&|(days, _)| days >> (day - 1) & 1 == 1),
                "{day}"
            );
            assert_eq!(
                counts.known_by(day),
                count(&|(days, known)| on(*days) > 0 && *known == Known::Before),
                "{day}"
            );
            for k in 1..32_u32 {
                let want = count(&|(days, _)| on(*days) == k);
                assert_eq!(counts.spectrum(day)[k as usize], want, "{day} {k}");
            }
        }
        assert_eq!(counts.active_by(31), counts.active_by(30));
        assert_eq!(counts.dau(31), 0);
    }

    #[test]
    fn an_account_without_a_day_is_no_account() {
        let mut tally = Tally::of_month(date(2024, 2, 1));
        tally.add(0, Known::Before);
        let counts = tally.counts();
        assert_eq!((counts.days, counts.first_weekday), (29, 3));
        assert_eq!((counts.active_by(29), counts.known_by(29)), (0, 0));
    }
}
