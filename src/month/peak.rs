//! The busiest times of a month.

use std::ops::Range;

use super::{Calendar, Scenario, Tally};

/// When it was busiest, and how busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busiest {
    /// The first minute of the period that belongs to it.
    pub minute: u32,
    /// Login attempts in it, or sessions online at its end.
    pub count: u64,
}

/// The busiest times of one policy's month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peaks {
    /// The minute with the most login attempts.
    pub minute: Busiest,
    /// The hour by the clock with the most.
    pub hour: Busiest,
    /// The day with the most.
    pub day: Busiest,
    /// The minute at whose end the most sessions were online.
    pub online: Busiest,
}

impl Peaks {
    /// Reads them off a month. The first one wins where several are alike.
    #[must_use]
    pub fn of(calendar: &Calendar, tally: &Tally) -> Self {
        let logins = |range: Range<u32>| -> u64 { sum(&tally.logins, range) };
        let minutes = calendar.minutes();
        let hours = calendar.days().iter().flat_map(|day| {
            let end = day.first_minute + day.minutes;
            (day.first_minute..end)
                .step_by(60)
                .map(move |from| from..(from + 60).min(end))
        });
        let days = calendar
            .days()
            .iter()
            .map(|day| day.first_minute..day.first_minute + day.minutes);
        let online = tally.online();
        Self {
            minute: most((0..minutes).map(|minute| minute..minute + 1), logins),
            hour: most(hours, logins),
            day: most(days, logins),
            online: most((0..minutes).map(|minute| minute..minute + 1), |range| {
                online.get(range.start as usize).copied().unwrap_or(0)
            }),
        }
    }
}

/// The first minute of the `long` minutes in a row in which a load run would have the most arrivals.
#[must_use]
pub fn busiest_window(tally: &Tally, long: u32) -> Range<u32> {
    let minutes = u32::try_from(tally.logins.len()).unwrap_or(u32::MAX);
    let long = long.clamp(1, minutes);
    let at = |minute: u32| arrivals(tally, minute);
    let mut now: u64 = (0..long).map(at).sum();
    let (mut best, mut from) = (now, 0);
    for start in 1..=minutes - long {
        now = now + at(start + long - 1) - at(start - 1);
        if now > best {
            (best, from) = (now, start);
        }
    }
    from..from + long
}

/// Arrivals of all scenarios in a minute.
#[must_use]
pub(super) fn arrivals(tally: &Tally, minute: u32) -> u64 {
    let of = |scenario: &Scenario| {
        let minutes = &tally.arrivals[*scenario as usize];
        u64::from(minutes.get(minute as usize).copied().unwrap_or(0))
    };
    Scenario::ALL.iter().map(of).sum()
}

fn sum(minutes: &[u32], range: Range<u32>) -> u64 {
    let range = range.start as usize..(range.end as usize).min(minutes.len());
    minutes.get(range).unwrap_or(&[]).iter().map(|count| u64::from(*count)).sum()
}

fn most(ranges: impl Iterator<Item = Range<u32>>, count: impl Fn(Range<u32>) -> u64) -> Busiest {
    let mut best = Busiest { minute: 0, count: 0 };
    for range in ranges {
        let minute = range.start;
        let count = count(range);
        if count > best.count {
            best = Busiest { minute, count };
        }
    }
    best
}
