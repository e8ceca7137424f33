//! How a device spends its planned time online: it listens, and acts on what it hears as the SDK does.

use super::channel::Channel;
use super::channel::Heard;
use super::device::Device;
use super::device::LoginEnd;
use super::device::Told;
use super::judgement::Expect;
use super::judgement::ends_the_session;
use super::reply::Reply;
use super::turn::Asked;
use super::turn::When;
use crate::client::Parting;
use crate::recorder::Event;
use crate::recorder::Invariant;
use crate::recorder::Standing;
use crate::recorder::Tally;
use crate::recorder::Unsent;
use crate::scenario::PushUse;
use crate::scenario::Watch;
use crate::session::Effect;
use crate::session::Input;
use crate::session::Operation;
use trtc_base::chance::STEP;
use trtc_base::chance::mix;
use trtc_base::clock;
use trtc_base::units::Micros;
use trtc_base::units::UnixSeconds;
use trtc_usersig::decode;

/// How long a device waits before it reopens a lost push channel: the first, second, ... time in a session.
const RECONNECT_AFTER: [Micros; 4] = [
    Micros::from_millis(500),
    Micros::from_secs(1),
    Micros::from_secs(2),
    Micros::from_secs(4),
];

/// A channel that lasted this long was a good one: the next loss is a first one again.
const QUIET: Micros = Micros::from_secs(30);

/// How often an arrival renews a UserSig that was said to have expired while it was online: short ones are renewed again and
/// again, and a target that says so after every login must not get a login for each.
const MOST_RENEWALS: u32 = 10;

/// How a planned stay ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// As planned: the next step is due, and could be sent once the device was done with what came between.
    Over(When),
    /// Before its time: the session is over, or the run is.
    CutShort,
}

/// What came of an attempt to come back after a network loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    /// The session goes on since then.
    Online(Micros),
    /// The target says that it is over.
    SessionOver,
    /// Nobody answered as hoped: it may go on.
    NotYet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listened {
    GoesOn,
    SessionOver,
}

impl Device<'_> {
    /// Stays online from `from` for `length`, listening. One that is watched is asked in the middle whether it is still there.
    pub(super) async fn stay(&mut self, from: Micros, length: Micros) -> Stay {
        let turn = self.turn;
        if turn.arrival.itinerary.watch == Watch::Asked && length > Micros::ZERO {
            let middle = from.plus(Micros(length.0 / 2));
            let when = match self.listen_until(middle).await {
                Stay::Over(when) => when,
                Stay::CutShort => return Stay::CutShort,
            };
            // Nobody waits for it, so it is due when it can be asked.
            let when = When::at(when.ready);
            let asked = Box::pin(self.is_still_there(Operation::Watch, when)).await;
            if asked == Listened::SessionOver {
                return Stay::CutShort;
            }
        }
        self.listen_until(from.plus(length)).await
    }

    async fn listen_until(&mut self, until: Micros) -> Stay {
        loop {
            // Opening a channel or a new login may have outlasted the stay: the target's doing, no lag of ours.
            let free = self.turn.clock.now();
            let turn = self.turn;
            let heard = tokio::select! {
                // A stay that is over ends, also where a lost channel speaks up at once.
                biased;
                over = turn.until(until) => {
                    // It would have heard, and it heard nothing.
                    if self.channel.is_open() {
                        turn.checked(Invariant::NoNoticeWithoutCause);
                    }
                    return over.map_or(Stay::CutShort, |()| Stay::Over(When::freed(until, free)));
                },
                heard = self.hear() => heard,
            };
            let standing = match heard {
                Heard::Lost if self.is_online() => Standing::InSession,
                Heard::Lost | Heard::Kicked | Heard::Expired => Standing::Afterwards,
            };
            self.book_channel_end(standing);
            let goes_on = match heard {
                Heard::Kicked => self.kicked_without_cause(),
                Heard::Expired => Box::pin(self.renew_online()).await,
                Heard::Lost => Box::pin(self.reconnect(until)).await,
            };
            if goes_on == Listened::SessionOver {
                return Stay::CutShort;
            }
        }
    }

    /// A kick, and no rival of this arrival had acted; its account is held, so no other arrival had either. One whose login
    /// was never answered may have.
    pub(super) fn kicked_without_cause(&mut self) -> Listened {
        self.hears(Input::KickNotice);
        self.turn.progress.meets(Unsent::SessionOver);
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
    pub(super) async fn renew_online(&mut self) -> Listened {
        let now = self.turn.clock.now();
        if !self.may_have_expired() {
            let story = format!(
                "{} was told that its valid UserSig expired",
                self.persona.user_id
            );
            self.turn
                .breach(Invariant::NoNoticeWithoutCause, now, story);
            self.turn.progress.meets(Unsent::SessionOver);
            return Listened::SessionOver;
        }
        self.turn.checked(Invariant::NoNoticeWithoutCause);
        self.renewals += 1;
        if self.renewals <= MOST_RENEWALS
            && self
                .hears(Input::ExpiredNotice)
                .contains(&Effect::RenewAndLogin)
            && let LoginEnd::Online(at) = self.log_in_again(When::at(now)).await
        {
            self.settle(at).await;
            return Listened::GoesOn;
        }
        self.turn.progress.meets(Unsent::SessionOver);
        Listened::SessionOver
    }

    /// Whether its UserSig may have expired by the target's clock. One of the team's server that nobody looked at says itself
    /// how long it is valid; what cannot be read accuses nobody.
    pub(super) fn may_have_expired(&self) -> bool {
        let persona = &self.persona;
        let read = || decode(&persona.user_sig).map(|decoded| decoded.ticket.expires());
        let ends = match persona.valid_until {
            UnixSeconds(u64::MAX) if !persona.user_sig.is_empty() => read().unwrap_or_default(),
            known => known,
        };
        let skew = self.wire.clock_skew.whole_secs();
        clock::unix_now().0.saturating_add(skew) > ends.0
    }

    /// The channel ended without a word, or could not be opened. The SDK comes back by itself and never logs in for that.
    async fn reconnect(&mut self, until: Micros) -> Listened {
        if !self.hears(Input::NetworkLost).contains(&Effect::Reconnect) {
            return Listened::GoesOn;
        }
        match self.keep_trying(until).await {
            Back::SessionOver => Listened::SessionOver,
            Back::Online(_) | Back::NotYet => {
                self.hears(Input::NetworkBack);
                Listened::GoesOn
            }
        }
    }

    /// Comes back, each time a little later, and never sooner than the target says. Not after `until`. A target that keeps
    /// turning it away is left alone: the session stays without a channel, and that is counted.
    pub(super) async fn keep_trying(&mut self, until: Micros) -> Back {
        let turn = self.turn;
        if turn.clock.now() > self.channel_since.plus(QUIET) {
            self.reconnects = 0;
        }
        for wait in RECONNECT_AFTER.into_iter().skip(self.reconnects) {
            let wait = jittered(wait, turn.arrival.n, self.reconnects + 1);
            let wait = wait.max(self.channel.retry().unwrap_or(Micros::ZERO));
            let at = turn.clock.now().plus(wait).max(self.told_to_wait);
            if at >= until {
                let over = turn.until(until).await;
                return over.map_or(Back::SessionOver, |()| Back::NotYet);
            }
            if turn.until(at).await.is_none() {
                return Back::SessionOver;
            }
            self.reconnects += 1;
            match self.come_back(When::at(at)).await {
                Back::NotYet => {}
                back @ (Back::Online(_) | Back::SessionOver) => return back,
            }
        }
        self.channel = Channel::None;
        turn.recorder.record(Event::Tally(Tally::ChannelGivenUp));
        Back::NotYet
    }

    /// Its network is gone: every connection ends like this.
    pub(super) fn cut(&mut self, parting: Parting) {
        if let Some(pending) = self.channel.cut(parting) {
            self.leave_behind(pending, Expect::Success, Told::Nothing);
        }
        if let Some(connection) = self.line.give() {
            connection.close(parting);
        }
        self.line.close();
    }

    /// Comes back after a network loss: asks for it by the token where the dialect has a request for that, then opens the
    /// push channel. No login.
    pub(super) async fn come_back(&mut self, when: When) -> Back {
        let mut when = when;
        let asked = Asked {
            operation: Operation::Reconnect,
            when,
            expect: Expect::Success,
        };
        if let Some(sent) = self.ask(asked).await {
            when = When::at(sent.done);
            if ends_the_session(&sent.reply, &self.wire.dialect) {
                self.hears(Input::Leave);
                return Back::SessionOver;
            }
            let Reply::Success(taken) = sent.reply else {
                return Back::NotYet;
            };
            self.check_self_info(taken.user_id.as_deref(), Expect::Success, sent.done);
            // From here on the session has the token that it was handed on its way back.
            self.token = taken
                .token
                .unwrap_or_else(|| std::mem::take(&mut self.token));
        }
        if self.turn.scenario().push == PushUse::None {
            return Back::Online(when.due);
        }
        let opened = self.open_channel(when).await;
        if self.channel.is_lost() {
            return Back::NotYet;
        }
        Back::Online(opened)
    }
}

/// `wait`, shorter or longer by up to a quarter: devices that lost the network together must not come back together.
/// The same for the same arrival and attempt in every run.
fn jittered(wait: Micros, arrival: u64, attempt: usize) -> Micros {
    let half = wait.0 / 2;
    let part = mix(arrival.wrapping_add(attempt as u64).wrapping_mul(STEP)) % (half + 1);
    Micros(wait.0 - half / 2 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_that_lost_the_network_together_come_back_spread_over_half_the_wait() {
        let wait = Micros::from_secs(2);
        let waits: Vec<u64> = (0..1_000).map(|n| jittered(wait, n, 1).0).collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(
            *least >= 1_500_000 && *most <= 2_500_000,
            "{least} to {most}"
        );
        // A uniform spread over a second: its mean within five standard errors of 2 s.
        let mean = waits.iter().sum::<u64>() / 1_000;
        assert!(mean.abs_diff(2_000_000) < 50_000, "{mean}");
        assert_eq!(jittered(wait, 7, 1), jittered(wait, 7, 1));
        assert_ne!(jittered(wait, 7, 1), jittered(wait, 7, 2));
    }
}
