//! The busiest times of a month.

use std::ops::Range;

use super::{Calendar, Tally};

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
        let all = tally.logins();
        let logins = |range: Range<u32>| -> u64 { sum(&all, range) };
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

/// The `long` minutes in a row in which a load run would have the most arrivals.
#[must_use]
pub fn busiest_window(tally: &Tally, long: u32) -> Range<u32> {
    let arrivals = tally.all_arrivals();
    let minutes = u32::try_from(arrivals.len()).unwrap_or(u32::MAX);
    let long = long.clamp(1, minutes);
    let mut now = sum(&arrivals, 0..long);
    let (mut best, mut from) = (now, 0);
    for start in 1..=minutes - long {
        let end = start + long;
        now = now + sum(&arrivals, end - 1..end) - sum(&arrivals, start - 1..start);
        if now > best {
            (best, from) = (now, start);
        }
    }
    from..from + long
}

fn sum(minutes: &[u64], range: Range<u32>) -> u64 {
    let range = range.start as usize..(range.end as usize).min(minutes.len());
    minutes.get(range).unwrap_or(&[]).iter().sum()
}

fn most(ranges: impl Iterator<Item = Range<u32>>, count: impl Fn(Range<u32>) -> u64) -> Busiest {
    let mut best = Busiest {
        minute: 0,
        count: 0,
    };
    for range in ranges {
        let minute = range.start;
        let count = count(range);
        if count > best.count {
            best = Busiest { minute, count };
        }
    }
    best
}
