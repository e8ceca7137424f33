//! Which accounts were active on which days: the one large thing in memory.
//!
//! In: notes, each a hashed account with a day. Out: the days of every account, month by month. Exact but for two
//! accounts with one hash of 64 bits: of `n` accounts, any two collide with a chance of n^2 / 2^65 (the birthday bound).

/// The parts of the table, one for each value of a hash's lowest byte. Each grows by itself, so only one is in memory twice at a time.
pub(super) const SHARDS: usize = 256;
/// Notes of a shard that are best handed over at once.
pub(super) const BATCH: usize = 1_024;
/// Accounts are kept in runs of this many, which never move.
const RUN: usize = 256;
/// The fewest places of a shard's index.
const FEWEST: usize = 64;

/// One account on one day.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Note {
    /// The account and its app, hashed.
    pub(super) hash: u64,
    /// The month's place in the order in which months came.
    pub(super) month: u16,
    /// The app's place in the order in which apps came.
    pub(super) app: u8,
    /// The day of the month, from 1.
    pub(super) day: u8,
}

impl Note {
    /// Its part of the table.
    pub(super) fn shard(&self) -> usize {
        usize::from(self.hash.to_le_bytes()[0])
    }
}

/// The accounts whose hashes fall in one part.
///
/// An index of four bytes a place leads to an account's place in the columns: its hash, its app, and for each month that
/// it or one of its run was active in, the days. At most 0.8 of the index is taken, and it grows by half, so an account
/// takes 5 to 7.5 bytes of index, 8 of hash, 1 of app and 4 for each month.
#[derive(Debug)]
#[expect(
    clippy::vec_box,
    reason = "runs never move: a vector of them that grows would have all of them twice"
)]
pub(super) struct Shard {
    index: Vec<Slot>,
    hashes: Vec<Box<[u64; RUN]>>,
    apps: Vec<Box<[u8; RUN]>>,
    /// By month, then by run.
    months: Vec<Vec<Option<Box<[u32; RUN]>>>>,
    accounts: usize,
}

/// A place of the index: 8 bits of a hash, so that few other accounts are looked at, and one more than an account's place,
/// which is below 2^24: four thousand million accounts in all. 0 is free.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Slot(u32);

impl Slot {
    const PLACE: u32 = (1 << 24) - 1;

    fn of(hash: u64, place: usize) -> Self {
        let next = u32::try_from(place + 1).unwrap_or(u32::MAX);
        Self(Self::tag(hash) | next & Self::PLACE)
    }

    /// Bits that tell neither the shard nor where the index is looked at.
    fn tag(hash: u64) -> u32 {
        u32::from(hash.to_le_bytes()[1]) << 24
    }

    fn place(self) -> Option<usize> {
        ((self.0 & Self::PLACE) as usize).checked_sub(1)
    }

    /// Whether it is free, or may be that of `hash`.
    fn ends(self, hash: u64) -> bool {
        self.0 == 0 || self.0 & !Self::PLACE == Self::tag(hash)
    }
}

impl Default for Shard {
    fn default() -> Self {
        Self {
            index: vec![Slot::default(); FEWEST],
            hashes: Vec::new(),
            apps: Vec::new(),
            months: Vec::new(),
            accounts: 0,
        }
    }
}

impl Shard {
    /// The accounts in it.
    pub(super) fn accounts(&self) -> usize {
        self.accounts
    }

    /// Notes that accounts were active.
    ///
    /// Each step is done for all notes before the next one is: loads from memory that do not wait for each other take the
    /// time of one.
    pub(super) fn note(&mut self, notes: &[Note]) {
        let mut slots = [Slot::default(); BATCH];
        let mut hashes = [0; BATCH];
        for notes in notes.chunks(BATCH) {
            for (slot, note) in slots.iter_mut().zip(notes) {
                *slot = self.index[start(note.hash, self.index.len())];
            }
            for (slot, note) in slots.iter_mut().zip(notes) {
                if !slot.ends(note.hash) {
                    *slot = self.index[self.look(note.hash, start(note.hash, self.index.len()))];
                }
            }
            for (hash, slot) in hashes.iter_mut().zip(slots) {
                let place = slot.place().unwrap_or(0);
                *hash = self
                    .hashes
                    .get(place / RUN)
                    .map_or(0, |run| run[place % RUN]);
            }
            for (note, (slot, hash)) in notes.iter().zip(slots.iter().zip(hashes)) {
                let place = slot.place().filter(|_| hash == note.hash);
                let place = place.unwrap_or_else(|| self.place(*note));
                self.mark(place, *note);
            }
        }
    }

    fn mark(&mut self, place: usize, note: Note) {
        let month = usize::from(note.month);
        if self.months.len() <= month {
            self.months.resize_with(month + 1, Vec::new);
        }
        let runs = &mut self.months[month];
        let run = place / RUN;
        if runs.len() <= run {
            runs.resize_with(run + 1, || None);
        }
        let days = runs[run].get_or_insert_with(|| Box::new([0; RUN]));
        days[place % RUN] |= 1_u32.wrapping_shl(u32::from(note.day).wrapping_sub(1));
    }

    /// Hands every account on: its app, and its days in each of `months`.
    pub(super) fn each(&self, months: &[u16], mut take: impl FnMut(u8, &[u32])) {
        let mut days = vec![0; months.len()];
        for run in 0..self.hashes.len() {
            let column = |month: &u16| self.months.get(usize::from(*month))?.get(run)?.as_deref();
            let columns: Vec<Option<&[u32; RUN]>> = months.iter().map(column).collect();
            for place in 0..RUN.min(self.accounts - run * RUN) {
                for (days, column) in days.iter_mut().zip(&columns) {
                    *days = column.map_or(0, |column| column[place]);
                }
                take(self.apps[run][place], &days);
            }
        }
    }

    /// The first place of the index from `at` on that is free or may be that of `hash`.
    fn look(&self, hash: u64, mut at: usize) -> usize {
        while !self.index[at].ends(hash) {
            at = next(at, self.index.len());
        }
        at
    }

    /// The account's place in the columns. A new account gets the next one.
    fn place(&mut self, note: Note) -> usize {
        let mut at = start(note.hash, self.index.len());
        loop {
            at = self.look(note.hash, at);
            match self.index[at].place() {
                None => return self.insert(at, note),
                Some(known) if self.hashes[known / RUN][known % RUN] == note.hash => return known,
                Some(_) => at = next(at, self.index.len()),
            }
        }
    }

    fn insert(&mut self, at: usize, note: Note) -> usize {
        let place = self.accounts;
        if place.is_multiple_of(RUN) {
            self.hashes.push(Box::new([0; RUN]));
            self.apps.push(Box::new([0; RUN]));
        }
        self.hashes[place / RUN][place % RUN] = note.hash;
        self.apps[place / RUN][place % RUN] = note.app;
        self.accounts += 1;
        self.index[at] = Slot::of(note.hash, place);
        if self.accounts * 5 > self.index.len() * 4 {
            self.grow();
        }
        place
    }

    fn grow(&mut self) {
        let places = self.index.len() + self.index.len() / 2;
        // Given back before the larger one is taken.
        self.index = Vec::new();
        self.index = vec![Slot::default(); places];
        for account in 0..self.accounts {
            let hash = self.hashes[account / RUN][account % RUN];
            let mut at = start(hash, places);
            while self.index[at] != Slot::default() {
                at = next(at, places);
            }
            self.index[at] = Slot::of(hash, account);
        }
    }
}

/// Where in an index of `places` a hash is looked for first: by its upper bits.
fn start(hash: u64, places: usize) -> usize {
    usize::try_from((u128::from(hash) * places as u128) >> 64).unwrap_or(0)
}

fn next(at: usize, places: usize) -> usize {
    if at + 1 == places { 0 } else { at + 1 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use trtc_base::chance::{Bits, STEP};

    #[test]
    fn it_has_the_days_that_a_map_has() {
        // Few distinct upper bits: long runs of neighbours in the index, around its end too.
        for mask in [u64::MAX, 0xf000_0000_0000_0fff, 0xf000_0000_0000_00ff] {
            let mut bits = Bits(11);
            let (mut shard, mut oracle) =
                (Shard::default(), BTreeMap::<u64, (u8, [u32; 3])>::new());
            for _ in 0..20_000 {
                let hash = bits.below(6_000).wrapping_mul(STEP) & mask;
                let app = u8::try_from(hash % 5).unwrap();
                let (month, day) = (bits.below(3), bits.below(31) + 1);
                let month_place = u16::try_from(month).unwrap();
                shard.note(&[Note {
                    hash,
                    month: month_place,
                    app,
                    day: u8::try_from(day).unwrap(),
                }]);
                oracle.entry(hash).or_insert((app, [0; 3])).1[usize::from(month_place)] |=
                    1 << (day - 1);
            }
            let mut got = Vec::new();
            shard.each(&[2, 0, 1], |app, days| {
                got.push((app, [days[1], days[2], days[0]]))
            });
            let mut want: Vec<(u8, [u32; 3])> = oracle.into_values().collect();
            got.sort_unstable();
            want.sort_unstable();
            assert_eq!(got, want, "{mask:x}");
            assert_eq!(shard.accounts(), got.len());
        }
    }

    #[test]
    fn a_month_that_nobody_was_active_in_has_no_days() {
        let mut shard = Shard::default();
        shard.note(&[Note {
            hash: 1,
            month: 4,
            app: 0,
            day: 31,
        }]);
        let mut seen = Vec::new();
        shard.each(&[0, 4, 9], |_, days| seen.push(days.to_vec()));
        assert_eq!(seen, [[0, 1 << 30, 0]]);
    }
}
