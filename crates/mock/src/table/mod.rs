//! Who is online: accounts, their sessions by login order, the device and the token of each.
//!
//! Locks are taken in this order: an account's, then a device's or a token's, then a session's state. A session
//! changes only while its account is locked, so the kick rules hold at every moment.

mod admin;
mod login;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use parking_lot::Mutex;

use trtc_base::clock::{Clock, unix_millis, unix_now};
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::Platform;

use super::books::BeijingDay;
use super::codes;
use super::codes::Refusal;
use super::config::{MockConfig, OfflineKick};
use super::counts::Counts;
use super::limit::{Limit, Window};
use super::policy::{KickRules, Presence};
use super::session::{End, Name, Session, State, Told};
use super::shards::Shards;
use trtc_base::chance::mix;

/// What is known of an account.
#[derive(Default)]
struct Account {
    standing: Standing,
    window: Window,
    /// Alive or away, in the order of their logins.
    sessions: Vec<Arc<Session>>,
    /// UserSigs signed before this second are worth nothing. One of the same second is still good: a ticket has no finer
    /// time, and the documents do not say.
    sigs_from: UnixSeconds,
    /// Native devices that were kicked while they were away, and are to hear of it.
    owed: Vec<Name>,
    /// The day of its last login.
    last_login: Option<BeijingDay>,
}

impl Account {
    /// Whether a session of it is alive.
    fn is_online(&self) -> bool {
        let is_live = |session: &Arc<Session>| session.presence() == Some(Presence::Live);
        self.sessions.iter().any(is_live)
    }
}

/// Whether an account that exists is online.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Online {
    /// On a device at least.
    Yes,
    /// On none.
    No,
}

/// How far an account has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// Never seen.
    #[default]
    New,
    /// Imported by an administrator, and not logged in since.
    Imported,
    /// Its first login was refused by order.
    TurnedAway,
    /// It has logged in.
    Registered,
}

/// A push channel that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is open, under this number.
    Open(u32),
    /// It opens only to tell of the end.
    OnlyToTell,
}

/// The table.
pub(super) struct Table {
    accounts: Shards<Name, Account>,
    devices: Shards<Name, Arc<Session>>,
    tokens: Shards<u64, Arc<Session>>,
    rules: KickRules,
    offline_kick: OfflineKick,
    first: Option<i64>,
    account_limit: Option<Limit>,
    limit: Option<Limit>,
    window: Mutex<Window>,
    next_token: AtomicU64,
    /// How long a silent device's session is kept.
    pub(super) patience: Micros,
    clock: Clock,
    counts: Arc<Counts>,
}

impl Table {
    /// An empty table that keeps `config`'s rules.
    pub(super) fn new(config: &MockConfig, clock: Clock, counts: Arc<Counts>) -> Self {
        Self {
            accounts: Shards::new(),
            devices: Shards::new(),
            tokens: Shards::new(),
            rules: config.kicks,
            offline_kick: config.offline_kick,
            first: config.first,
            account_limit: config.max_account_logins_per_minute.map(Limit::each_minute),
            limit: config.max_logins_per_second.map(Limit::each_second),
            window: Mutex::default(),
            // From the time, so that a token of an earlier mock means nothing here.
            next_token: AtomicU64::new(mix(unix_millis())),
            patience: config.heartbeat_limit.into(),
            clock,
            counts,
        }
    }

    /// Ends `session`, if it is not over already.
    pub(super) fn end(&self, session: &Arc<Session>, end: End) {
        let mut piece = self.accounts.lock(&session.account);
        if let Some(account) = piece.get_mut(&session.account) {
            self.end_in(account, session, end);
        }
    }

    fn end_in(&self, account: &mut Account, session: &Arc<Session>, end: End) {
        let was_live = match session.state() {
            State::Live(_) => {
                self.counts.sessions.went();
                true
            }
            State::Away => false,
            State::Ended(..) => return,
        };
        if end == End::Kicked {
            self.counts.sessions.kicks.up();
            if session.is_in_flight() {
                self.counts.sessions.in_flight.up();
            }
        }
        // For a while from here the token is remembered, if its bearer is still to be told why it is over.
        session.hear(self.clock.now());
        session.change_to(State::Ended(end, Told::No));
        account.sessions.retain(|held| !Arc::ptr_eq(held, session));
        if was_live && !account.is_online() {
            self.counts
                .books
                .went(session.account.app(), BeijingDay::today());
        }
        forget(
            &mut self.devices.lock(&session.device),
            &session.device,
            session,
        );
        let is_remembered = match end {
            End::Kicked | End::Expired => true,
            End::Superseded => self.offline_kick.at_reconnect(),
            End::LoggedOut | End::Replaced | End::Vanished => false,
        };
        if !is_remembered {
            forget(
                &mut self.tokens.lock(&session.token),
                &session.token,
                session,
            );
        }
    }

    /// The session that is online on `device`, or away from it.
    pub(super) fn on_device(&self, device: &Name) -> Option<Arc<Session>> {
        self.devices.lock(device).get(device).cloned()
    }

    /// The session of which `token` is the token, alive or not.
    pub(super) fn bearer(&self, token: u64) -> Option<Arc<Session>> {
        self.tokens.lock(&token).get(&token).cloned()
    }

    /// Lets a request of `session`'s device pass, if the session is alive.
    pub(super) fn pass(&self, session: &Arc<Session>) -> Result<(), Refusal> {
        self.not_over(session, |_| match session.presence() {
            Some(Presence::Live) => Ok(()),
            Some(Presence::Away) | None => Err(codes::NOT_LOGGED_IN),
        })
    }

    /// Brings `session` back to life, if it is not over.
    pub(super) fn come_back(&self, session: &Arc<Session>) -> Result<(), Refusal> {
        self.not_over(session, |account| {
            self.revive(account, session);
            Ok(())
        })
    }

    /// Logs `session` out, if it is not over.
    pub(super) fn logout(&self, session: &Arc<Session>) -> Result<(), Refusal> {
        self.not_over(session, |account| {
            self.end_in(account, session, End::LoggedOut);
            Ok(())
        })
    }

    /// Opens a push channel. The newest one of a session is its only one.
    pub(super) fn open_channel(&self, session: &Arc<Session>) -> Result<Opening, Refusal> {
        let opened = self.not_over(session, |account| {
            self.revive(account, session);
            let channel = session.next_channel();
            session.change_to(State::Live(Some(channel)));
            Ok(Opening::Open(channel))
        });
        match session.state() {
            State::Ended(End::Kicked | End::Expired, Told::No) => Ok(Opening::OnlyToTell),
            State::Live(_) | State::Away | State::Ended(..) => opened,
        }
    }

    /// Does `act` under the account's lock, unless `session` is over.
    fn not_over<T>(
        &self,
        session: &Arc<Session>,
        act: impl FnOnce(&mut Account) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut piece = self.accounts.lock(&session.account);
        let account = piece.entry(session.account.clone()).or_default();
        if session.is_expired(unix_now()) {
            self.end_in(account, session, End::Expired);
        }
        match session.state() {
            State::Live(_) | State::Away => {}
            State::Ended(End::Expired, _) => return Err(codes::SIG_EXPIRED),
            State::Ended(End::Superseded, Told::No) if session.platform != Platform::Web => {
                session.change_to(State::Ended(End::Superseded, Told::Yes));
                account.owed.retain(|device| *device != session.device);
                return Err(codes::KICKED_WHILE_AWAY);
            }
            State::Ended(..) => return Err(codes::NOT_LOGGED_IN),
        }
        session.hear(self.clock.now());
        act(account)
    }

    fn revive(&self, account: &Account, session: &Session) {
        if session.state() == State::Away {
            self.counts.sessions.came();
            if !account.is_online() {
                self.counts
                    .books
                    .came(session.account.app(), BeijingDay::today());
            }
            session.change_to(State::Live(None));
        }
    }

    /// Notes that the push channel `channel` of `session` ended: where it was the newest, the device has left.
    pub(super) fn channel_ended(&self, session: &Arc<Session>, channel: u32) {
        let piece = self.accounts.lock(&session.account);
        if session.state() == State::Live(Some(channel)) {
            session.change_to(State::Away);
            session.hear(self.clock.now());
            self.counts.sessions.went();
            let account = piece.get(&session.account);
            if !account.is_some_and(Account::is_online) {
                self.counts
                    .books
                    .went(session.account.app(), BeijingDay::today());
            }
        }
    }

    /// Notes that the device of `session` was told why it is over.
    pub(super) fn told(&self, session: &Arc<Session>) {
        let _piece = self.accounts.lock(&session.account);
        let State::Ended(end, Told::No) = session.state() else {
            return;
        };
        session.change_to(State::Ended(end, Told::Yes));
        if end == End::Kicked {
            self.counts.sessions.announced.up();
            forget(
                &mut self.tokens.lock(&session.token),
                &session.token,
                session,
            );
        }
    }

    /// Ends what has been silent for too long and no push channel watches, and forgets what was long over.
    pub(super) fn sweep(&self) {
        let (now, today) = (self.clock.now(), unix_now());
        for piece in self.tokens.pieces() {
            // Copied out, because an account's lock comes before a token's.
            let due: Vec<_> = piece
                .lock()
                .values()
                .filter(|session| {
                    session.is_expired(today) || session.silent_for(now) > self.patience
                })
                .cloned()
                .collect();
            for session in due {
                self.sweep_one(&session, now);
            }
        }
    }

    fn sweep_one(&self, session: &Arc<Session>, now: Micros) {
        let is_silent = session.silent_for(now) > self.patience;
        match session.state() {
            State::Live(Some(_)) => {}
            State::Live(None) | State::Away if is_silent => self.end(session, End::Vanished),
            State::Live(None) | State::Away => self.end(session, End::Expired),
            State::Ended(..) if is_silent => forget(
                &mut self.tokens.lock(&session.token),
                &session.token,
                session,
            ),
            State::Ended(..) => {}
        }
    }
}

/// Removes `session` from under `key`, and nothing that took its place.
fn forget<K: std::hash::Hash + Eq>(
    map: &mut HashMap<K, Arc<Session>>,
    key: &K,
    session: &Arc<Session>,
) {
    if map.get(key).is_some_and(|held| Arc::ptr_eq(held, session)) {
        map.remove(key);
    }
}
