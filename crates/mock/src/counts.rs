//! The mock's counters: what it read, what it did, what it refused. Read whole as [`Stats`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use super::books::Books;
use trtc_wire::dialect::wire::{Stats, Tally};

/// A count that only grows, unless it counts what is there now.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    /// One more. Says how many there are then.
    pub(super) fn up(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counters of one kind of request.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Requests read whole.
    pub(super) attempts: Count,
    /// Requests that succeeded.
    pub(super) successes: Count,
}

impl Requests {
    fn tally(&self) -> Tally {
        Tally {
            attempts: self.attempts.read(),
            successes: self.successes.read(),
        }
    }
}

/// Counters of connections cut by order.
#[derive(Debug, Default)]
pub(super) struct Cuts {
    /// Before the request was counted.
    pub(super) before: Count,
    /// Instead of the answer.
    pub(super) after: Count,
}

/// Counters of push channels.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// Kick notices that were never told, by order.
    pub(super) lost: Count,
    /// Told late, by order.
    pub(super) late: Count,
    /// Told twice, by order.
    pub(super) twice: Count,
    /// Channels cut, by order.
    pub(super) cut: Count,
    /// Event streams that went on from the one before.
    pub(super) resumed: Count,
    /// Broadcast events that were sent.
    pub(super) broadcasts: Count,
    /// Pings on `WebSocket`s.
    pub(super) pings: Count,
    /// Pongs that came for them.
    pub(super) pongs: Count,
    /// Devices with a channel that were silent for too long, or owed a pong.
    pub(super) vanished: Count,
}

/// Counters of sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    live: Count,
    most: AtomicU64,
    /// Sessions that a rival's login ended.
    pub(super) kicks: Count,
    /// Those of them whose device was told.
    pub(super) announced: Count,
    /// Those of them whose device had a request in progress.
    pub(super) in_flight: Count,
}

impl Sessions {
    /// A session came alive.
    pub(super) fn came(&self) {
        self.most.fetch_max(self.live.up(), Ordering::Relaxed);
    }

    /// A session is no longer alive.
    pub(super) fn went(&self) {
        self.live.down();
    }
}

/// All the counters.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) login: Requests,
    pub(super) self_info: Requests,
    pub(super) logout: Requests,
    pub(super) reconnect: Requests,
    pub(super) events: Requests,
    pub(super) polls: Requests,
    pub(super) channels: Channels,
    pub(super) sessions: Sessions,
    pub(super) cuts: Cuts,
    rest: Mutex<BTreeMap<String, Arc<Requests>>>,
    /// Accounts that an administrator imported.
    pub(super) imported: Count,
    refused: Mutex<BTreeMap<i64, u64>>,
    accounts: Mutex<BTreeMap<u32, u64>>,
    /// The same by app and day, as an administrator is told.
    pub(super) books: Books,
}

impl Counts {
    /// A request was refused with `code`.
    pub(super) fn refused(&self, code: i64) {
        *self.refused.lock().entry(code).or_default() += 1;
    }

    /// Counters of one command of the server REST API. Commands that do not exist share one.
    pub(super) fn rest(&self, command: &str) -> Arc<Requests> {
        let mut counters = self.rest.lock();
        // A client that makes up names must not fill the memory.
        let name = if counters.len() < 16 || counters.contains_key(command) {
            command
        } else {
            "others"
        };
        counters.entry(name.to_owned()).or_default().clone()
    }

    /// A first login registered an account of `app`.
    pub(super) fn registered(&self, app: u32) {
        *self.accounts.lock().entry(app).or_default() += 1;
    }

    /// Everything as it stands. Exact once no request is in progress.
    pub(super) fn stats(&self) -> Stats {
        let accounts = self.accounts.lock().clone();
        Stats {
            login: self.login.tally(),
            self_info: self.self_info.tally(),
            logout: self.logout.tally(),
            reconnect: self.reconnect.tally(),
            events: self.events.tally(),
            polls: self.polls.tally(),
            rest: self
                .rest
                .lock()
                .iter()
                .map(|(name, counters)| (name.clone(), counters.tally()))
                .collect(),
            imported: self.imported.read(),
            refused: self.refused.lock().clone(),
            // Accounts enter this table by their first login only, so both numbers are one.
            registered: accounts.values().sum(),
            accounts,
            live_sessions: self.sessions.live.read(),
            most_live_sessions: self.sessions.most.load(Ordering::Relaxed),
            kicks: self.sessions.kicks.read(),
            kicks_announced: self.sessions.announced.read(),
            kicks_in_flight: self.sessions.in_flight.read(),
            notices_lost: self.channels.lost.read(),
            notices_late: self.channels.late.read(),
            notices_twice: self.channels.twice.read(),
            channels_cut: self.channels.cut.read(),
            channels_resumed: self.channels.resumed.read(),
            broadcasts: self.channels.broadcasts.read(),
            pings: self.channels.pings.read(),
            pongs: self.channels.pongs.read(),
            devices_lost: self.channels.vanished.read(),
            cut_before: self.cuts.before.read(),
            cut_after: self.cuts.after.read(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_live_sessions_are_remembered_after_they_went() {
        let counts = Counts::default();
        counts.sessions.came();
        counts.sessions.came();
        counts.sessions.went();
        counts.sessions.came();
        let stats = counts.stats();
        assert_eq!((stats.live_sessions, stats.most_live_sessions), (2, 2));
    }

    #[test]
    fn accounts_are_counted_by_app_and_refusals_by_code() {
        let counts = Counts::default();
        for app in [7, 7, 9] {
            counts.registered(app);
        }
        counts.refused(70001);
        let stats = counts.stats();
        assert_eq!(stats.accounts, BTreeMap::from([(7, 2), (9, 1)]));
        assert_eq!(stats.registered, 3);
        assert_eq!(stats.refused, BTreeMap::from([(70001, 1)]));
    }
}
