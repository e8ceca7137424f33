//! One person's month before any login policy: the days, the app starts, the dice.

use std::hint::select_unpredictable;

use super::super::draw::{Rng, below, high, low};
use super::tables::{Curve, Tables};

/// Of so many app starts a day, comparing all costs less than guessing wrong where to stop.
const FEW: usize = 8;

/// Who it is. A guest has one device and one account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person {
    pub(super) kind: Kind,
    /// The chance to be active on a day, before the day's factor, in 0..=1.
    pub(super) chance: f64,
    /// Days on which the app is opened.
    pub(super) active: u32,
    /// The account did not exist at the period's start.
    pub(super) new: Newness,
    /// What else is drawn once for it.
    pub(super) dice: u64,
}

/// Since when somebody has an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newness {
    Known,
    New,
}

/// Whether somebody is a guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Guest,
    Known {
        two_accounts: bool,
        /// Whether a session on one of two devices ends that on the other.
        collides: bool,
    },
}

/// An app start, in sixteen bytes: all of a month are near each other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Start {
    /// The second of the period, and below it the day and the device.
    when: u32,
    /// The second in which the app is closed, or started again on this device.
    pub(super) until: u32,
    /// What else is drawn for it, the same under every policy.
    pub(super) dice: u64,
}

impl Start {
    /// Packs a second, which is below 2^22 in 31 days and an hour, a day below 2^5, and one of two devices.
    #[inline]
    const fn when(at: u32, day: u32, device: u32) -> u32 {
        at << 6 | day << 1 | device
    }

    /// The second of the period.
    #[inline]
    pub(super) const fn at(&self) -> u32 {
        self.when >> 6
    }

    /// The day of the period.
    #[inline]
    pub(super) const fn day(&self) -> usize {
        (self.when >> 1 & 31) as usize
    }

    /// The device: 0 or 1.
    #[inline]
    pub(super) const fn device(&self) -> usize {
        (self.when & 1) as usize
    }
}

/// Lives the month of person `index`: the first ones were there before the period, the others come day by day.
/// Its app starts are put into `starts`, in the order of time. None when the app is never opened.
pub(super) fn live(tables: &Tables<'_>, index: u64, starts: &mut Vec<Start>) -> Option<Person> {
    starts.clear();
    let model = tables.model;
    let mut rng = Rng::of(model.seed, index);
    let chance = tables.chance.at(rng.next());
    let newcomer = index.checked_sub(model.activity.accounts);
    let joined = newcomer.map(|n| n / model.activity.new_per_day.max(1));
    let mut active = active_days(&tables.factors, chance, &mut rng);
    if let Some(joined) = joined {
        let first = 1_u32.checked_shl(low(joined)).unwrap_or(0);
        active = (active & !(first.wrapping_sub(1))) | first;
    }
    if active == 0 {
        return None;
    }
    let (kind, devices) = kind(tables, &mut rng);
    let zone = zone(tables, &mut rng);
    let dice = rng.next();
    let mut left = active;
    while left != 0 {
        let day = left.trailing_zeros();
        left &= left - 1;
        let from = starts.len();
        let curve = &tables.curves[zone][day as usize];
        let more = tables.more_starts.pick(rng.half());
        for _ in 0..1 + more {
            starts.push(start(tables, (day, curve), devices, &mut rng));
            place_last(&mut starts[from..]);
        }
    }
    close_before_the_next(starts);
    Some(Person {
        kind,
        chance: f64::from(chance) / 4_294_967_296.0,
        active,
        new: if newcomer.is_some() {
            Newness::New
        } else {
            Newness::Known
        },
        dice,
    })
}

/// Who somebody is, and how many devices they have.
fn kind(tables: &Tables<'_>, rng: &mut Rng) -> (Kind, u8) {
    let (first, second) = (rng.next(), rng.next());
    if u64::from(high(first)) < tables.guests {
        return (Kind::Guest, 1);
    }
    let two_devices = u64::from(low(first)) < tables.second_device;
    let kind = Kind::Known {
        two_accounts: u64::from(high(second)) < tables.second_account,
        collides: two_devices && u64::from(low(second)) < tables.conflict,
    };
    (kind, 1 + u8::from(two_devices))
}

fn zone(tables: &Tables<'_>, rng: &mut Rng) -> usize {
    if tables.zones.len() == 1 {
        return 0;
    }
    let bits = rng.half();
    let before = tables.zones.iter().filter(|most| u64::from(bits) >= **most);
    before.count().min(tables.zones.len() - 1)
}

/// One bit a day. `chance` is in 2^32.
#[inline]
fn active_days(factors: &[u64; 32], chance: u32, rng: &mut Rng) -> u32 {
    let chance = u64::from(chance);
    let mut active = 0_u32;
    for (pair, day) in factors.chunks_exact(2).zip((0..).step_by(2)) {
        let bits = rng.next();
        let first = u64::from(low(bits)) < (chance * pair[0]) >> 20;
        let second = u64::from(high(bits)) < (chance * pair[1]) >> 20;
        active |= (u32::from(first) | u32::from(second) << 1) << day;
    }
    active
}

#[inline]
fn start(tables: &Tables<'_>, (day, curve): (u32, &Curve), devices: u8, rng: &mut Rng) -> Start {
    let (both, dice) = (rng.next(), rng.next());
    let (minute, within) = curve.minutes.pick(high(both));
    let at = (curve.first_minute + u32::from(minute)) * 60 + below(60, within);
    let long = (tables.length.at_half(low(both)) >> 6).max(1);
    let second = devices == 2 && u64::from(rng.half()) < tables.on_second;
    Start {
        when: Start::when(at, day, u32::from(second)),
        until: at + long,
        dice,
    }
}

/// An app that is started was closed before.
#[inline]
fn close_before_the_next(starts: &mut [Start]) {
    let mut next = [u32::MAX; 2];
    for start in starts.iter_mut().rev() {
        let next = &mut next[start.device()];
        start.until = start.until.min(*next);
        *next = start.at();
    }
}

/// Moves the last of a day's app starts to its place among those before it, which are in the order of time.
#[inline]
fn place_last(starts: &mut [Start]) {
    let last = starts.len() - 1;
    for at in (0..last).rev() {
        // Of few, none is looked at to stop early: that would be a coin's throw to the processor.
        if last >= FEW && starts[at].at() <= starts[at + 1].at() {
            return;
        }
        let [first, second] = in_order(starts[at], starts[at + 1]);
        starts[at] = first;
        starts[at + 1] = second;
    }
}

/// The two by time, chosen without a branch.
#[inline]
fn in_order(one: Start, other: Start) -> [Start; 2] {
    let is_later = one.at() > other.at();
    let either = |later: Start, sooner: Start| Start {
        when: select_unpredictable(is_later, later.when, sooner.when),
        until: select_unpredictable(is_later, later.until, sooner.until),
        dice: select_unpredictable(is_later, later.dice, sooner.dice),
    };
    [either(other, one), either(one, other)]
}
