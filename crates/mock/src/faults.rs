//! Faults by order: which requests are refused or cut off, and when answers stall. Drawn from the seed, so that the
//! n-th request meets the same fate in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use trtc_base::chance::{mix, unit};
use trtc_base::units::Micros;

use super::config::{MockConfig, Stall};
use super::notice::{NoticeBy, NoticeFaults};

/// Marks that no request has come yet.
const NEVER: u64 = u64::MAX;

/// The orders.
pub(super) struct Faults {
    seed: u64,
    cut_before: f64,
    refuse: f64,
    cut_after: f64,
    /// From when to when, counted from the first request.
    stalls: Vec<(Micros, Micros)>,
    notices: NoticeFaults,
    notice_by: NoticeBy,
    /// When channels are cut, counted from the first request.
    cut_channels: Option<Micros>,
    /// When open channels get the broadcast, counted from the first request.
    broadcast: Option<Micros>,
    requests: AtomicU64,
    kicks: AtomicU64,
    first_at: AtomicU64,
}

/// What the orders hold for one kick notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoticeFate {
    /// Nothing.
    Told,
    /// It is never told.
    Lost,
    /// It is told after a while.
    Late(Micros),
    /// It is told twice.
    Twice,
}

/// What the orders hold for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Served,
    /// Its connection is cut before it is counted.
    CutBefore,
    /// It is refused.
    Refused,
    /// It is carried out, and its connection is cut instead of the answer.
    CutAfter,
    /// It is refused, and its connection is cut instead of that answer.
    RefusedAndCut,
}

impl Faults {
    /// The orders in `config`.
    pub(super) fn new(config: &MockConfig) -> Self {
        let window = |stall: &Stall| {
            let from = Micros::from(stall.at);
            (from, from.plus(stall.length.into()))
        };
        Self {
            seed: config.seed,
            cut_before: config.cut_before,
            refuse: config.error_rate,
            cut_after: config.cut_after,
            stalls: config.stalls.iter().map(window).collect(),
            notices: config.notices,
            notice_by: config.notice_by,
            cut_channels: config.cut_channels.map(Micros::from),
            broadcast: config.pushes.broadcast_after.map(Micros::from),
            requests: AtomicU64::new(0),
            kicks: AtomicU64::new(0),
            first_at: AtomicU64::new(NEVER),
        }
    }

    /// Takes the next request's fate. For login, `self_info` and logout, in the order their heads were read.
    pub(super) fn next(&self) -> Fate {
        self.fate(self.requests.fetch_add(1, Ordering::Relaxed))
    }

    fn fate(&self, request: u64) -> Fate {
        let drawn = |share: f64, salt: u64| {
            share > 0.0 && unit(mix(mix(self.seed ^ salt) ^ request)) < share
        };
        if drawn(self.cut_before, 1) {
            return Fate::CutBefore;
        }
        match (drawn(self.refuse, 2), drawn(self.cut_after, 3)) {
            (false, false) => Fate::Served,
            (true, false) => Fate::Refused,
            (false, true) => Fate::CutAfter,
            (true, true) => Fate::RefusedAndCut,
        }
    }

    /// Takes the next kick notice's fate.
    pub(super) fn next_notice(&self) -> NoticeFate {
        let kick = self.kicks.fetch_add(1, Ordering::Relaxed);
        let drawn =
            |share: f64, salt: u64| share > 0.0 && unit(mix(mix(self.seed ^ salt) ^ kick)) < share;
        let NoticeFaults {
            lost,
            late,
            late_by,
            twice,
        } = self.notices;
        if drawn(lost, 4) {
            NoticeFate::Lost
        } else if drawn(late, 5) {
            NoticeFate::Late(late_by.into())
        } else if drawn(twice, 6) {
            NoticeFate::Twice
        } else {
            NoticeFate::Told
        }
    }

    /// What tells a kicked `WebSocket`.
    pub(super) const fn notice_by(&self) -> NoticeBy {
        self.notice_by
    }

    /// When open push channels are cut.
    pub(super) fn cut_at(&self) -> Option<Micros> {
        self.after_the_first(self.cut_channels)
    }

    /// When open push channels get the broadcast.
    pub(super) fn broadcast_at(&self) -> Option<Micros> {
        self.after_the_first(self.broadcast)
    }

    fn after_the_first(&self, after: Option<Micros>) -> Option<Micros> {
        let first = Micros(self.first_at.load(Ordering::Relaxed));
        after.map(|after| first.plus(after))
    }

    /// Notes that a request came at `now`: the stall counts from the first.
    pub(super) fn came(&self, now: Micros) {
        if self.first_at.load(Ordering::Relaxed) == NEVER {
            // Whoever loses the race came at the same moment.
            let _ =
                self.first_at
                    .compare_exchange(NEVER, now.0, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// How long an answer that is ready at `now` waits for a stall's end.
    pub(super) fn held_up(&self, now: Micros) -> Micros {
        let first = Micros(self.first_at.load(Ordering::Relaxed));
        // One window may end in another: whatever ends the wait must be outside all of them.
        let mut free = now;
        loop {
            let since = free.since(first);
            let inside = |(from, to): &&(Micros, Micros)| *from <= since && since < *to;
            match self.stalls.iter().find(inside) {
                Some((_, to)) => free = first.plus(*to),
                None => return free.since(now),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn faults(cut_before: f64, error_rate: f64, cut_after: f64) -> Faults {
        Faults::new(&MockConfig {
            cut_before,
            error_rate,
            cut_after,
            seed: 42,
            ..MockConfig::default()
        })
    }

    #[test]
    fn a_seed_gives_each_request_the_same_fate_again() {
        let fates = |faults: Faults| (0..1_000).map(|_| faults.next()).collect::<Vec<_>>();
        assert_eq!(fates(faults(0.1, 0.1, 0.1)), fates(faults(0.1, 0.1, 0.1)));
    }

    #[test]
    fn shares_are_kept_within_five_standard_errors() {
        let faults = faults(0.0, 0.02, 0.0);
        let (n, p) = (100_000.0, 0.02_f64);
        let refused = (0..100_000)
            .filter(|_| faults.next() == Fate::Refused)
            .count();
        let tolerance = 5.0 * (n * p * (1.0 - p)).sqrt();
        assert!(
            (refused as f64 - n * p).abs() < tolerance,
            "{refused} of 100,000"
        );
    }

    #[test]
    fn nothing_happens_at_a_share_of_nothing_and_always_at_a_share_of_one() {
        let count = |faults: Faults, fate| (0..1_000).filter(|_| faults.next() == fate).count();
        assert_eq!(count(faults(0.0, 0.0, 0.0), Fate::Served), 1_000);
        assert_eq!(count(faults(1.0, 1.0, 1.0), Fate::CutBefore), 1_000);
        assert_eq!(count(faults(0.0, 1.0, 1.0), Fate::RefusedAndCut), 1_000);
    }

    #[test]
    fn an_answer_in_a_stall_waits_for_its_end_and_no_other_waits() {
        let config = MockConfig {
            stalls: [(2, 3), (4, 2), (20, 1)]
                .map(|(at, length)| Stall {
                    at: Duration::from_secs(at),
                    length: Duration::from_secs(length),
                })
                .to_vec(),
            ..MockConfig::default()
        };
        let faults = Faults::new(&config);
        assert_eq!(faults.held_up(Micros::from_secs(100)), Micros::ZERO);
        faults.came(Micros::from_secs(10));
        faults.came(Micros::from_secs(11));
        // From 12 s to 15 s, from 14 s to 16 s, from 30 s to 31 s.
        for (now, held_up) in [
            (10, 0),
            (11, 0),
            (12, 4),
            (14, 2),
            (15, 1),
            (16, 0),
            (30, 1),
            (31, 0),
        ] {
            assert_eq!(
                faults.held_up(Micros::from_secs(now)),
                Micros::from_secs(held_up),
                "at {now} s"
            );
        }
    }
}
