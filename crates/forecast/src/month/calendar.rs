//! The period's days in the app's time zone, daylight saving included.

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{ToSpan, Zoned};

/// Minutes of a day on the wall.
pub(super) const WALL_MINUTES: u16 = 1_440;

/// A period of whole days, at most 31, in a named time zone.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    days: Vec<Day>,
}

/// A day of the period.
#[derive(Clone, Debug)]
pub struct Day {
    /// Its date in the app's zone.
    pub date: Date,
    /// The first of its minutes, counted from the period's start.
    pub first_minute: u32,
    /// How many minutes it has: 1,440 but for days on which clocks change.
    pub minutes: u32,
    /// Which minute of the day a minute on the wall is; none where they are the same. A minute that the wall shows twice
    /// has two; one that it never shows is the one to which clocks are put forward.
    irregular: Option<Box<[[u16; 2]]>>,
}

impl Calendar {
    /// The days from `first` until before `end`. None when that is no day, or more than 31, or beyond the calendar.
    #[must_use]
    pub fn new(first: Date, end: Date, zone: TimeZone) -> Option<Self> {
        let mut days: Vec<Day> = Vec::new();
        let mut date = first;
        while date < end {
            let first_minute = days.last().map_or(0, |day| day.first_minute + day.minutes);
            days.push(Day::new(date, first_minute, &zone)?);
            date = date.tomorrow().ok()?;
        }
        (1..=31)
            .contains(&days.len())
            .then_some(Self { zone, days })
    }

    /// The days, one to 31.
    #[must_use]
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The app's time zone.
    #[must_use]
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Minutes of the whole period.
    #[must_use]
    pub fn minutes(&self) -> u32 {
        self.days.iter().map(|day| day.minutes).sum()
    }

    /// The day that has this minute of the period; the last one for minutes after it.
    #[must_use]
    pub fn day_of(&self, minute: u32) -> usize {
        let after = self.days.partition_point(|day| day.first_minute <= minute);
        after.saturating_sub(1)
    }

    /// The wall clock in the app's zone at this minute of the period.
    #[must_use]
    pub fn wall(&self, minute: u32) -> Option<Zoned> {
        let day = self.days.get(self.day_of(minute))?;
        let start = day.date.to_zoned(self.zone.clone()).ok()?;
        start
            .checked_add(i64::from(minute - day.first_minute).minutes())
            .ok()
    }

    /// The minute of the period at this wall time; none outside it.
    #[must_use]
    pub fn minute_at(&self, date: Date, time: Time) -> Option<u32> {
        let day = self.days.iter().find(|day| day.date == date)?;
        let wall = u16::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).ok()?;
        Some(day.first_minute + u32::from(day.minute_of_wall(wall, 0)))
    }

    /// By how many minutes walls in the app's zone are ahead of those in `other`, on a day of the period.
    pub(super) fn ahead_of(&self, other: &TimeZone, day: usize) -> i32 {
        let noon = |zone: &TimeZone| {
            let date = self.days.get(day)?.date;
            let noon = date.at(12, 0, 0, 0).to_zoned(zone.clone()).ok()?;
            Some(noon.offset().seconds() / 60)
        };
        noon(&self.zone).unwrap_or(0) - noon(other).unwrap_or(0)
    }
}

impl Day {
    fn new(date: Date, first_minute: u32, zone: &TimeZone) -> Option<Self> {
        let start = date.to_zoned(zone.clone()).ok()?.timestamp().as_second();
        let next = date.tomorrow().ok()?.to_zoned(zone.clone()).ok()?;
        let minutes = u32::try_from((next.timestamp().as_second() - start) / 60).ok()?;
        let irregular = if minutes == u32::from(WALL_MINUTES) {
            None
        } else {
            let walls = (0..WALL_MINUTES).map(|wall| both_times(date, wall, start, zone));
            Some(walls.collect::<Option<Box<[_]>>>()?)
        };
        Some(Self {
            date,
            first_minute,
            minutes,
            irregular,
        })
    }

    /// 0 for Monday to 6 for Sunday.
    #[must_use]
    pub fn weekday(&self) -> usize {
        usize::from(self.date.weekday().to_monday_zero_offset().unsigned_abs())
    }

    /// The minute of the day at a minute on the wall; `which` (0 or 1) chooses among two.
    #[inline]
    pub(super) fn minute_of_wall(&self, wall: u16, which: usize) -> u16 {
        match &self.irregular {
            None => wall,
            Some(minutes) => minutes[usize::from(wall)][which],
        }
    }
}

/// The first and the second time at which the wall shows `wall`; the same one twice where there is only one.
fn both_times(date: Date, wall: u16, start: i64, zone: &TimeZone) -> Option<[u16; 2]> {
    let hour = i8::try_from(wall / 60).ok()?;
    let minute = i8::try_from(wall % 60).ok()?;
    let shown = zone.to_ambiguous_zoned(date.at(hour, minute, 0, 0));
    let is_gap = matches!(shown.offset(), AmbiguousOffset::Gap { .. });
    let minute_of = |zoned: Zoned| {
        // Where midnight itself is never shown, a wall before the day's first minute is that minute.
        let seconds = (zoned.timestamp().as_second() - start).max(0);
        u16::try_from(seconds / 60).ok()
    };
    let later = minute_of(shown.clone().later().ok()?)?;
    let earlier = minute_of(shown.earlier().ok()?)?;
    // In a gap, the later one is what a clock shows that was put forward.
    Some(if is_gap {
        [later.max(earlier); 2]
    } else {
        [earlier, later]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};

    fn month(first: Date, zone: &str) -> Calendar {
        let end = first.checked_add(1.month()).unwrap();
        Calendar::new(first, end, TimeZone::get(zone).unwrap()).unwrap()
    }

    #[test]
    fn a_month_without_a_change_of_clocks_has_1440_minutes_a_day() {
        let calendar = month(date(2026, 12, 1), "Asia/Shanghai");
        assert_eq!((calendar.days().len(), calendar.minutes()), (31, 44_640));
        assert_eq!(calendar.days()[0].weekday(), 1, "a Tuesday");
        assert_eq!(calendar.day_of(1_439), 0);
        assert_eq!(calendar.day_of(1_440), 1);
        assert_eq!(calendar.day_of(99_999), 30);
        let at = calendar.minute_at(date(2026, 12, 2), time(1, 5, 0, 0));
        assert_eq!(at, Some(1_440 + 65));
        assert_eq!(calendar.wall(1_505).unwrap().time(), time(1, 5, 0, 0));
    }

    #[test]
    fn clocks_that_are_put_forward_and_back_change_the_day_and_lose_no_minute() {
        let spring = month(date(2026, 3, 1), "Europe/Berlin");
        let day = &spring.days()[28];
        assert_eq!((day.minutes, spring.minutes()), (1_380, 44_580));
        // 02:30 is never shown: clocks go from 02:00 to 03:00.
        assert_eq!(day.minute_of_wall(150, 0), 150);
        assert_eq!(day.minute_of_wall(210, 0), 150);
        assert_eq!(day.minute_of_wall(1_439, 1), 1_379);

        let autumn = month(date(2026, 10, 1), "Europe/Berlin");
        let day = &autumn.days()[24];
        assert_eq!((day.minutes, autumn.minutes()), (1_500, 44_700));
        // 02:30 is shown twice.
        assert_eq!(day.minute_of_wall(150, 0), 150);
        assert_eq!(day.minute_of_wall(150, 1), 210);
        assert_eq!(day.minute_of_wall(1_439, 0), 1_499);
    }

    #[test]
    fn a_day_that_begins_at_one_o_clock_has_23_hours() {
        // In Cairo clocks go from 00:00 to 01:00 on the last Friday of April.
        let spring = month(date(2026, 4, 1), "Africa/Cairo");
        let day = &spring.days()[23];
        assert_eq!((day.minutes, spring.minutes()), (1_380, 43_140));
        // 00:30 is never shown: clocks show 01:30 then.
        assert_eq!(day.minute_of_wall(30, 0), 30);
        assert_eq!(day.minute_of_wall(60, 0), 0);
        assert_eq!(day.minute_of_wall(1_439, 1), 1_379);
    }

    #[test]
    fn an_hour_elsewhere_is_another_hour_here() {
        let calendar = month(date(2026, 12, 1), "Asia/Shanghai");
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(calendar.ahead_of(&berlin, 0), 420);
        assert_eq!(calendar.ahead_of(calendar.zone(), 0), 0);
    }

    #[test]
    fn a_period_without_a_day_or_of_more_than_31_is_none() {
        let zone = || TimeZone::UTC;
        assert!(Calendar::new(date(2026, 1, 1), date(2026, 1, 1), zone()).is_none());
        assert!(Calendar::new(date(2026, 1, 1), date(2026, 2, 2), zone()).is_none());
    }
}
