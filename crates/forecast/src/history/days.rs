//! The rows of each day and hour, and the places of months in the order in which they came.
//!
//! In: the day and second of a login. Out: counts by day. Never here: accounts.

use jiff::civil::Date;

use super::rejected::Reason;
use super::stamp::{EARLIEST, date_of, day_number};

/// The most months: ten years. Each may take memory for every account.
const MOST_MONTHS: usize = 120;

/// What was counted by day.
#[derive(Debug)]
pub(super) struct Days {
    /// By days since [`EARLIEST`]: the month's place and the day of the month, 0 of a day that has not come yet.
    places: Vec<(u16, u8)>,
    earliest: i32,
    months: Vec<MonthRows>,
}

/// The rows of a month. Place 0 of each table is not used.
#[derive(Clone, Debug)]
pub(super) struct MonthRows {
    /// Its first day.
    pub(super) first: Date,
    /// By day and hour of the wall clock. Rows with a date alone are not in it.
    pub(super) hours: Box<[[u64; 24]; 32]>,
    /// By day: the rows with a date alone.
    pub(super) dates: [u64; 32],
    /// By day: the last second of the wall clock with a row.
    pub(super) last_second: [u32; 32],
    /// By app and day.
    pub(super) by_app: Vec<[u64; 32]>,
}

impl MonthRows {
    /// The rows of a day.
    pub(super) fn rows(&self, day: u8) -> u64 {
        let day = usize::from(day);
        let timed: u64 = self.hours.get(day).map_or(0, |hours| hours.iter().sum());
        timed + self.dates.get(day).copied().unwrap_or(0)
    }
}

impl Days {
    /// Days up to `latest`.
    pub(super) fn until(latest: Date) -> Self {
        let earliest = day_number(EARLIEST);
        let count = usize::try_from(day_number(latest) - earliest + 1).unwrap_or(0);
        Self {
            places: vec![(0, 0); count],
            earliest,
            months: Vec::new(),
        }
    }

    /// The months, in the order in which they came.
    pub(super) fn months(&self) -> &[MonthRows] {
        &self.months
    }

    /// The place of the month of `day`, a number of days since 1970, and the day of the month.
    pub(super) fn place(&mut self, day: i32) -> Result<(u16, u8), Reason> {
        let at = usize::try_from(day - self.earliest).map_err(|_| Reason::TooEarly)?;
        match self.places.get(at) {
            None => Err(Reason::Future),
            Some((_, 0)) => {
                let place = self.new_place(date_of(day))?;
                self.places[at] = place;
                Ok(place)
            }
            Some(place) => Ok(*place),
        }
    }

    fn new_place(&mut self, date: Date) -> Result<(u16, u8), Reason> {
        let first = date.first_of_month();
        let known = self.months.iter().position(|month| month.first == first);
        let month = known.unwrap_or(self.months.len());
        if month >= MOST_MONTHS {
            return Err(Reason::TooManyMonths);
        }
        if known.is_none() {
            self.months.push(MonthRows {
                first,
                hours: Box::new([[0; 24]; 32]),
                dates: [0; 32],
                last_second: [0; 32],
                by_app: Vec::new(),
            });
        }
        Ok((
            u16::try_from(month).unwrap_or(u16::MAX),
            date.day().unsigned_abs(),
        ))
    }

    /// Counts a row of an app at a known place: at a second of its day, or with a date alone.
    pub(super) fn count(&mut self, (month, day): (u16, u8), app: u8, second: Option<u32>) {
        let rows = &mut self.months[usize::from(month)];
        let (day, app) = (usize::from(day), usize::from(app));
        if rows.by_app.len() <= app {
            rows.by_app.resize(app + 1, [0; 32]);
        }
        rows.by_app[app][day] += 1;
        match second {
            None => rows.dates[day] += 1,
            Some(second) => {
                rows.hours[day][(second / 3_600) as usize % 24] += 1;
                rows.last_second[day] = rows.last_second[day].max(second);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_has_its_month_s_place_and_a_clock_that_is_wrong_has_none() {
        let mut days = Days::until(date(2026, 12, 31));
        let mut place = |year, month, day| days.place(day_number(date(year, month, day)));
        assert_eq!(place(2026, 12, 31), Ok((0, 31)));
        assert_eq!(place(2026, 11, 30), Ok((1, 30)));
        assert_eq!(place(2026, 12, 1), Ok((0, 1)));
        assert_eq!(place(2010, 1, 1), Ok((2, 1)));
        assert_eq!(place(2009, 12, 31), Err(Reason::TooEarly));
        assert_eq!(place(1970, 1, 1), Err(Reason::TooEarly));
        assert_eq!(place(2027, 1, 1), Err(Reason::Future));
    }

    #[test]
    fn the_121st_month_is_one_too_many() {
        let mut days = Days::until(date(2026, 12, 31));
        let mut month = date(2011, 1, 5);
        for _ in 0..MOST_MONTHS {
            assert!(days.place(day_number(month)).is_ok(), "{month}");
            month = month.saturating_add(jiff::Span::new().months(1));
        }
        assert_eq!(days.place(day_number(month)), Err(Reason::TooManyMonths));
        assert!(days.place(day_number(date(2011, 1, 31))).is_ok());
    }
}
