//! Which accounts were active on which days: the one large thing in memory.
//!
//! In: notes, each a hashed account with a day. Out: the days of every account, month by month. Exact but for two
//! accounts with one hash of 64 bits: of `n` accounts, any two collide with a chance of n^2 / 2^65 (the birthday bound).

/// The parts of the table, one for each value of a hash's lowest byte. Each grows by itself, so only one is in memory twice at a time.
pub(super) const SHARDS: usize = 256;
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
    /// One more than the account's place; 0 is free.
    index: Vec<u32>,
    hashes: Vec<Box<[u64; RUN]>>,
    apps: Vec<Box<[u8; RUN]>>,
    /// By month, then by run.
    months: Vec<Vec<Option<Box<[u32; RUN]>>>>,
    accounts: usize,
}

impl Default for Shard {
    fn default() -> Self {
        Self {
            index: vec![0; FEWEST],
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

    /// Notes that an account was active.
    pub(super) fn note(&mut self, note: Note) {
        let account = self.place(note);
        let month = usize::from(note.month);
        if self.months.len() <= month {
            self.months.resize_with(month + 1, Vec::new);
        }
        let runs = &mut self.months[month];
        let run = account / RUN;
        if runs.len() <= run {
            runs.resize_with(run + 1, || None);
        }
        let days = runs[run].get_or_insert_with(|| Box::new([0; RUN]));
        days[account % RUN] |= 1_u32.wrapping_shl(u32::from(note.day).wrapping_sub(1));
    }

    /// The days of the account at `place` in `month`: bit 0 is day 1.
    fn days(&self, place: usize, month: usize) -> u32 {
        let run = self
            .months
            .get(month)
            .and_then(|runs| runs.get(place / RUN)?.as_ref());
        run.map_or(0, |days| days[place % RUN])
    }

    /// Hands every account on: its app, and its days in each of `months`.
    pub(super) fn each(&self, months: &[u16], mut take: impl FnMut(u8, &[u32])) {
        let mut days = vec![0; months.len()];
        for place in 0..self.accounts {
            for (days, month) in days.iter_mut().zip(months) {
                *days = self.days(place, usize::from(*month));
            }
            take(self.apps[place / RUN][place % RUN], &days);
        }
    }

    /// The account's place in the columns. A new account gets the next one.
    fn place(&mut self, note: Note) -> usize {
        let mut at = start(note.hash, self.index.len());
        loop {
            let Some(known) = (self.index[at] as usize).checked_sub(1) else {
                return self.insert(at, note);
            };
            if self.hashes[known / RUN][known % RUN] == note.hash {
                return known;
            }
            at = next(at, self.index.len());
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
        // 2^32 accounts of one shard are 10^12 in all, which no memory holds.
        self.index[at] = u32::try_from(self.accounts).unwrap_or(u32::MAX);
        if self.accounts * 5 > self.index.len() * 4 {
            self.grow();
        }
        place
    }

    fn grow(&mut self) {
        let places = self.index.len() + self.index.len() / 2;
        // Given back before the larger one is taken.
        self.index = Vec::new();
        self.index = vec![0; places];
        for account in 0..self.accounts {
            let hash = self.hashes[account / RUN][account % RUN];
            let mut at = start(hash, places);
            while self.index[at] != 0 {
                at = next(at, places);
            }
            self.index[at] = u32::try_from(account + 1).unwrap_or(u32::MAX);
        }
    }
}

/// Where in an index of `places` a hash is looked for first: by its upper bits, as the shard is by its lower ones.
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

    /// Good enough a generator for a test: splitmix64.
    fn mix(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn it_has_the_days_that_a_map_has() {
        // Few distinct upper bits: long runs of neighbours in the index, around its end too.
        for mask in [u64::MAX, 0xf000_0000_0000_0fff, 0xf000_0000_0000_00ff] {
            let mut state = 11;
            let (mut shard, mut oracle) =
                (Shard::default(), BTreeMap::<u64, (u8, [u32; 3])>::new());
            for _ in 0..20_000 {
                let hash = (mix(&mut state) % 6_000).wrapping_mul(0x9e37_79b9_7f4a_7c15) & mask;
                let app = u8::try_from(hash % 5).unwrap();
                let (month, day) = (mix(&mut state) % 3, mix(&mut state) % 31 + 1);
                let month_place = u16::try_from(month).unwrap();
                shard.note(Note {
                    hash,
                    month: month_place,
                    app,
                    day: u8::try_from(day).unwrap(),
                });
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
        shard.note(Note {
            hash: 1,
            month: 4,
            app: 0,
            day: 31,
        });
        let mut seen = Vec::new();
        shard.each(&[0, 4, 9], |_, days| seen.push(days.to_vec()));
        assert_eq!(seen, [[0, 1 << 30, 0]]);
    }
}
