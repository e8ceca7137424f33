//! One session: who, on which device, and whether it is alive. It changes only under its account's lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::Notify;

use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::Platform;

use super::authenticator::Claim;
use super::policy::Presence;

/// An account's or a device's name inside its app. Names of different apps are different.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name {
    app: u32,
    text: Box<str>,
}

impl Name {
    /// `text` in `app`.
    pub(super) fn new(app: u32, text: &str) -> Self {
        Self {
            app,
            text: text.into(),
        }
    }

    /// The app's SDKAppID.
    pub(super) const fn app(&self) -> u32 {
        self.app
    }

    /// The name without its app.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A rival's login ended it while it was alive.
    Kicked,
    /// Its UserSig's time is over.
    Expired,
    /// Its device logged out.
    LoggedOut,
    /// Its own device logged in again, with this account or another.
    Replaced,
    /// A rival logged in after its device had left.
    Superseded,
    /// Its device was silent for too long.
    Vanished,
}

/// Whether the device has been told of the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Not yet.
    No,
    /// By an event on its push channel.
    Yes,
}

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Alive, with the newest push channel's number where one is open.
    Live(Option<u32>),
    /// Its push channel ended without a logout. It may come back.
    Away,
    /// Over for good.
    Ended(End, Told),
}

/// A session.
pub(super) struct Session {
    /// What its bearer shows.
    pub(super) token: u64,
    /// Whose it is.
    pub(super) account: Name,
    /// Where it is.
    pub(super) device: Name,
    /// What kind of device that is.
    pub(super) platform: Platform,
    /// The last second in which its UserSig is valid.
    pub(super) expires: UnixSeconds,
    /// Rings on every change of state. Wakes waiting channels, and keeps nothing for later ones: they look first.
    pub(super) bell: Notify,
    state: Mutex<State>,
    channels: AtomicU32,
    in_flight: AtomicU32,
    heard: AtomicU64,
}

impl Session {
    /// A session alive from `now` on.
    pub(super) fn new(token: u64, claim: Claim, now: Micros) -> Self {
        Self {
            token,
            account: claim.account,
            device: claim.device,
            platform: claim.platform,
            expires: claim.expires,
            bell: Notify::new(),
            state: Mutex::new(State::Live(None)),
            channels: AtomicU32::new(0),
            in_flight: AtomicU32::new(0),
            heard: AtomicU64::new(now.0),
        }
    }

    /// Where it stands.
    pub(super) fn state(&self) -> State {
        *self.state.lock()
    }

    /// Changes its state and rings. For the holder of its account's lock.
    pub(super) fn change_to(&self, state: State) {
        *self.state.lock() = state;
        self.bell.notify_waiters();
    }

    /// How the kick rules see it. None once it is over.
    pub(super) fn presence(&self) -> Option<Presence> {
        match self.state() {
            State::Live(_) => Some(Presence::Live),
            State::Away => Some(Presence::Away),
            State::Ended(..) => None,
        }
    }

    /// Whether its UserSig's time is over. The boundary second is still valid.
    pub(super) fn is_expired(&self, now: UnixSeconds) -> bool {
        now > self.expires
    }

    /// A number for its next push channel.
    pub(super) fn next_channel(&self) -> u32 {
        self.channels.fetch_add(1, Ordering::Relaxed)
    }

    /// Its device was heard at `now`.
    pub(super) fn hear(&self, now: Micros) {
        self.heard.store(now.0, Ordering::Relaxed);
    }

    /// How long its device has been silent.
    pub(super) fn silent_for(&self, now: Micros) -> Micros {
        now.since(Micros(self.heard.load(Ordering::Relaxed)))
    }

    /// Whether a request of its device is between its reading and its answer.
    pub(super) fn is_in_flight(&self) -> bool {
        self.in_flight.load(Ordering::Relaxed) > 0
    }
}

/// A request of a session's device, from its reading to its answer. Also over when the device hangs up.
pub(super) struct InFlight(Arc<Session>);

impl InFlight {
    /// A request of `session`'s device begins.
    pub(super) fn begin(session: Arc<Session>) -> Self {
        session.in_flight.fetch_add(1, Ordering::Relaxed);
        Self(session)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let claim = Claim {
            issued: UnixSeconds(0),
            account: Name::new(1, "alice"),
            device: Name::new(1, "d1"),
            platform: Platform::Web,
            expires: UnixSeconds(100),
        };
        Session::new(7, claim, Micros::from_secs(5))
    }

    #[test]
    fn the_boundary_second_is_still_valid() {
        assert!(!session().is_expired(UnixSeconds(100)));
        assert!(session().is_expired(UnixSeconds(101)));
    }

    #[test]
    fn a_request_is_in_flight_until_its_guard_goes() {
        let session = Arc::new(session());
        let guard = InFlight::begin(Arc::clone(&session));
        assert!(session.is_in_flight());
        drop(guard);
        assert!(!session.is_in_flight());
    }

    #[test]
    fn silence_counts_from_the_last_time_a_device_was_heard() {
        let session = session();
        session.hear(Micros::from_secs(8));
        assert_eq!(
            session.silent_for(Micros::from_secs(9)),
            Micros::from_secs(1)
        );
        assert_eq!(session.presence(), Some(Presence::Live));
    }
}
