//! Which day and second of the wall clock a stamp is, in the zone that months are counted in.
//!
//! In: a [`Stamp`]. Out: a [`Wall`]. A stamp without an offset is that zone's wall clock already.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::stamp::{DAY, Stamp, Wall, date_of};

/// Days of UTC whose offset is kept: more than a log jumps about in at once.
const KEPT: usize = 128;

/// A zone with the offsets of the days of UTC that were asked for last.
#[derive(Debug)]
pub(super) struct Calendar {
    zone: TimeZone,
    /// Whose wall clock a stamp without an offset is, where that is another zone.
    written: Option<TimeZone>,
    kept: [Kept; KEPT],
}

/// A stamp on the wall clock of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Midnight of a date alone.
    pub(super) wall: Wall,
    /// The offset that was written with it, in seconds, where that is not the zone's.
    pub(super) elsewhere: Option<i32>,
}

/// The offset of one day of UTC; none where the zone's clock jumps in it.
#[derive(Clone, Copy, Debug)]
struct Kept {
    day: i64,
    offset: Option<i32>,
}

impl Calendar {
    pub(super) fn of(zone: TimeZone) -> Self {
        Self {
            zone,
            written: None,
            kept: [Kept {
                day: i64::MIN,
                offset: None,
            }; KEPT],
        }
    }

    /// The same for a log whose stamps without an offset are another zone's wall clock.
    pub(super) fn written_in(self, zone: Option<TimeZone>) -> Self {
        Self {
            written: zone,
            ..self
        }
    }

    /// The wall clock at `stamp`. None of an instant beyond the calendar's years.
    pub(super) fn show(&mut self, stamp: Stamp) -> Option<Shown> {
        let (wall, elsewhere) = match stamp {
            Stamp::Date(day) => (Wall { day, second: 0 }, None),
            Stamp::Wall(wall) => match self.instant(wall) {
                Some(unix) => (self.wall(unix)?.0, None),
                None => (wall, None),
            },
            Stamp::Instant { unix, offset } => {
                let (wall, here) = self.wall(unix)?;
                (wall, offset.filter(|written| *written != here))
            }
        };
        Some(Shown { wall, elsewhere })
    }

    /// The wall clock at `unix`, and its offset in seconds.
    fn wall(&mut self, unix: i64) -> Option<(Wall, i32)> {
        let here = self.offset(unix)?;
        let local = unix + i64::from(here);
        let day = i32::try_from(local.div_euclid(DAY)).ok()?;
        let second = u32::try_from(local.rem_euclid(DAY)).ok()?;
        Some((Wall { day, second }, here))
    }

    /// When another zone's wall clock showed `wall`; the first time where it did so twice. None where the zone is ours.
    fn instant(&self, wall: Wall) -> Option<i64> {
        let written = self.written.as_ref()?;
        let midnight = date_of(wall.day).at(0, 0, 0, 0);
        let shown = midnight
            .checked_add(i64::from(wall.second).seconds())
            .ok()?;
        let at = written.to_ambiguous_timestamp(shown).compatible().ok()?;
        Some(at.as_second())
    }

    /// Seconds east of UTC at `unix`.
    fn offset(&mut self, unix: i64) -> Option<i32> {
        let day = unix.div_euclid(DAY);
        let place = usize::try_from(day.rem_euclid(KEPT as i64)).ok()?;
        if self.kept[place].day != day {
            self.kept[place] = Kept {
                day,
                offset: self.offset_of_day(day),
            };
        }
        match self.kept[place].offset {
            Some(offset) => Some(offset),
            None => self.offset_at(unix),
        }
    }

    fn offset_at(&self, unix: i64) -> Option<i32> {
        let at = Timestamp::from_second(unix).ok()?;
        Some(self.zone.to_offset(at).seconds())
    }

    /// The offset of a whole day of UTC, where it has one.
    fn offset_of_day(&self, day: i64) -> Option<i32> {
        let first = Timestamp::from_second(day.checked_mul(DAY)?).ok()?;
        let next_jump = self.zone.following(first).next();
        let is_whole = next_jump.is_none_or(|jump| jump.timestamp().as_second() >= (day + 1) * DAY);
        is_whole.then(|| self.zone.to_offset(first).seconds())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::stamp::day_number;

    #[test]
    fn the_wall_clock_is_jiff_s_at_every_quarter_of_an_hour_of_a_year() {
        // Both ways of daylight saving, half an hour of it, an offset with minutes, a zone that skipped a day.
        for (name, year) in [
            ("UTC", 2026),
            ("Asia/Shanghai", 2026),
            ("America/New_York", 2026),
            ("Europe/Berlin", 2026),
            ("Australia/Lord_Howe", 2026),
            ("Asia/Kathmandu", 2026),
            ("Pacific/Apia", 2011),
        ] {
            let zone = TimeZone::get(name).unwrap();
            let mut calendar = Calendar::of(zone.clone());
            let first = jiff::civil::date(year, 1, 1)
                .at(0, 0, 0, 0)
                .to_zoned(TimeZone::UTC)
                .unwrap();
            for quarter in 0..366 * 96 {
                let unix = first.timestamp().as_second() + quarter * 900 + 7;
                let want = Timestamp::from_second(unix).unwrap().to_zoned(zone.clone());
                let instant = Stamp::Instant { unix, offset: None };
                let wall = calendar.show(instant).unwrap().wall;
                let time = want.time();
                let second = [time.hour(), time.minute(), time.second()]
                    .map(|part| u32::from(part.unsigned_abs()))
                    .iter()
                    .fold(0, |sum, part| sum * 60 + part);
                assert_eq!(
                    (wall.day, wall.second),
                    (day_number(want.date()), second),
                    "{name} {want}"
                );
            }
        }
    }

    #[test]
    fn an_offset_that_is_not_the_zone_s_is_noticed() {
        let mut calendar = Calendar::of(TimeZone::get("Asia/Shanghai").unwrap());
        for (offset, elsewhere) in [(Some(28_800), None), (None, None), (Some(0), Some(0))] {
            let shown = calendar.show(Stamp::Instant {
                unix: 1_772_683_689,
                offset,
            });
            assert_eq!(shown.unwrap().elsewhere, elsewhere, "{offset:?}");
        }
    }

    #[test]
    fn another_zone_s_wall_clock_is_moved_and_ours_is_not() {
        let beijing = || Calendar::of(TimeZone::get("Asia/Shanghai").unwrap());
        let day = day_number(jiff::civil::date(2026, 11, 30));
        let at = |second| Stamp::Wall(Wall { day, second });
        for (written, second, want) in [
            (None, 57_599, (day, 57_599)),
            // 15:59:59 and 16:00:00 UTC are the last second of Beijing's day and the first of its next.
            (Some("UTC"), 57_599, (day, 86_399)),
            (Some("UTC"), 57_600, (day + 1, 0)),
            (Some("Asia/Tokyo"), 3_599, (day - 1, 86_399)),
            (Some("America/New_York"), 39_600, (day + 1, 0)),
        ] {
            let zone = written.map(|name| TimeZone::get(name).unwrap());
            let shown = beijing().written_in(zone).show(at(second)).unwrap();
            let wall = (shown.wall.day, shown.wall.second);
            assert_eq!((wall, shown.elsewhere), (want, None), "{written:?}");
        }
    }

    #[test]
    fn an_instant_beyond_the_calendar_is_none() {
        let mut calendar = Calendar::of(TimeZone::UTC);
        for unix in [i64::MAX / 2, i64::MIN / 2] {
            assert_eq!(calendar.show(Stamp::Instant { unix, offset: None }), None);
        }
    }
}
