//! How a device spends its planned time online: it listens, and acts on what it hears as the SDK does.

use super::channel::Heard;
use super::device::Device;
use super::device::LoginEnd;
use super::turn::When;
use crate::clock;
use crate::recorder::Invariant;
use crate::session::Effect;
use crate::session::Input;
use crate::units::Micros;

/// How long a device waits before it reopens a lost push channel: the first, second, ... time in a session.
const RECONNECT_AFTER: [Micros; 4] = [
    Micros::from_millis(500),
    Micros::from_secs(1),
    Micros::from_secs(2),
    Micros::from_secs(4),
];

/// How a planned stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// As planned: the next step is due, and could be sent once the device was done with what came between.
    Over(When),
    /// Before its time: the session is over, or the run is.
    CutShort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listened {
    GoesOn,
    SessionOver,
}

impl Device<'_> {
    /// Stays online from `from` for `length`, listening.
    pub(super) async fn stay(&mut self, from: Micros, length: Micros) -> Stay {
        let until = from.plus(length);
        loop {
            // Opening a channel or a new login may have outlasted the stay: the target's doing, no lag of ours.
            let free = self.turn.clock.now();
            let alarm = tokio::time::sleep_until(self.turn.clock.instant(until).into());
            let heard = tokio::select! {
                () = alarm => return Stay::Over(When { due: until, ready: Micros(until.0.max(free.0)) }),
                () = self.turn.stop.sessions_over() => return Stay::CutShort,
                heard = self.channel.hear(self.wire, self.turn.bounds()) => heard,
            };
            let goes_on = match heard {
                Heard::Kicked => self.kicked_without_cause(),
                Heard::Expired => self.renew_online().await,
                Heard::Lost => self.reconnect(until).await,
            };
            if goes_on == Listened::SessionOver {
                return Stay::CutShort;
            }
        }
    }

    /// A kick, and no rival of this arrival had acted; its account is held, so no other arrival had either.
    pub(super) fn kicked_without_cause(&mut self) -> Listened {
        self.hears(Input::KickNotice);
        let story = format!(
            "{} was told it was kicked, and no rival had logged in",
            self.persona.user_id
        );
        self.turn.breach(
            Invariant::NoNoticeWithoutCause,
            self.turn.clock.now(),
            story,
        );
        Listened::SessionOver
    }

    /// The UserSig expired while online: a new one, and one login with it. One that is still valid cannot have expired,
    /// and a target that says so after every login must not get a login for each.
    async fn renew_online(&mut self) -> Listened {
        let now = self.turn.clock.now();
        if clock::unix_now() < self.persona.valid_until {
            let story = format!(
                "{} was told that its valid UserSig expired",
                self.persona.user_id
            );
            self.turn
                .breach(Invariant::NoNoticeWithoutCause, now, story);
            return Listened::SessionOver;
        }
        if self
            .hears(Input::ExpiredNotice)
            .contains(&Effect::RenewAndLogin)
            && let LoginEnd::Online(at) = self.log_in_again(now).await
        {
            self.settle(at).await;
            return Listened::GoesOn;
        }
        Listened::SessionOver
    }

    /// The channel ended without a word. The SDK reopens it by itself, each time a little later, and never logs in for
    /// that; a target that keeps closing it is left alone, and the session stays without a channel.
    async fn reconnect(&mut self, until: Micros) -> Listened {
        if !self.hears(Input::NetworkLost).contains(&Effect::Reconnect) {
            return Listened::GoesOn;
        }
        for wait in RECONNECT_AFTER.into_iter().skip(self.reconnects) {
            self.reconnects += 1;
            let at = Micros(self.turn.clock.now().plus(wait).0.min(until.0));
            tokio::select! {
                () = tokio::time::sleep_until(self.turn.clock.instant(at).into()) => {}
                () = self.turn.stop.sessions_over() => return Listened::SessionOver,
            }
            self.open_channel(self.turn.clock.now()).await;
            if self.channel.is_open() || at == until {
                break;
            }
        }
        self.hears(Input::NetworkBack);
        Listened::GoesOn
    }
}
