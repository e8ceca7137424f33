//! How a device spends its planned time online: it listens, and acts on what it hears as the SDK does.

use super::channel::{Channel, Received};
use super::device::{Device, LoginEnd};
use super::device_session::KickTold;
use super::http_client::Sent;
use super::iteration::{Asked, When};
use super::judgement::{Expect, ends_the_session, says_expired, says_no_session};
use super::reply::Reply;
use crate::client::Parting;
use crate::recorder::{Event, Invariant, Standing, Tally, Unsent};
use crate::scenario::{PushUse, Watch};
use crate::session::{Effect, Input, Operation};
use trtc_base::chance::{STEP, mix};
use trtc_base::clock;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::decode;
use trtc_wire::dialect::SessionBinding;

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
pub(super) enum DwellEnd {
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
    pub(super) async fn dwell(&mut self, from: Micros, length: Micros) -> DwellEnd {
        let iteration = self.iteration;
        if iteration.arrival.itinerary.watch == Watch::Asked && length > Micros::ZERO {
            let middle = from.plus(Micros(length.0 / 2));
            let when = match self.listen_until(middle).await {
                DwellEnd::Over(when) => when,
                DwellEnd::CutShort => return DwellEnd::CutShort,
            };
            // Nobody waits for it, so it is due when it can be asked.
            let when = When::at(when.ready);
            let asked = Box::pin(self.is_still_there(Operation::Watch, when)).await;
            if asked == Listened::SessionOver {
                return DwellEnd::CutShort;
            }
        }
        self.listen_until(from.plus(length)).await
    }

    async fn listen_until(&mut self, until: Micros) -> DwellEnd {
        loop {
            // Opening a channel or a new login may have outlasted the stay: the target's doing, no lag of ours.
            let free = self.iteration.clock.now();
            let iteration = self.iteration;
            let heard = tokio::select! {
                // A stay that is over ends, also where a lost channel speaks up at once.
                biased;
                over = iteration.until(until) => {
                    // It would have heard, and it heard nothing.
                    if self.listening.channel.is_open() {
                        iteration.checked(Invariant::NoNoticeWithoutCause);
                    }
                    return over.map_or(DwellEnd::CutShort, |()| DwellEnd::Over(When::freed(until, free)));
                },
                heard = self.hear() => heard,
            };
            let standing = match heard {
                Received::Lost if self.is_online() => Standing::InSession,
                Received::Lost | Received::Kicked | Received::Expired => Standing::Afterwards,
            };
            self.book_channel_end(standing);
            let goes_on = match heard {
                Received::Kicked => self.kicked_without_cause(),
                Received::Expired => Box::pin(self.renew_online()).await,
                Received::Lost => Box::pin(self.reconnect(until)).await,
            };
            if goes_on == Listened::SessionOver {
                return DwellEnd::CutShort;
            }
        }
    }

    /// A kick, and no rival of this arrival had acted; its account is held, so no other arrival had either. One whose login
    /// was never answered may have.
    pub(super) fn kicked_without_cause(&mut self) -> Listened {
        self.hears(Input::KickNotice);
        self.iteration.checklist.meets(Unsent::SessionOver);
        let story = format!(
            "{} was told it was kicked, and no rival had logged in",
            self.virtual_user.user_id
        );
        self.iteration.violation(
            Invariant::NoNoticeWithoutCause,
            self.iteration.clock.now(),
            story,
        );
        Listened::SessionOver
    }

    /// The UserSig expired while online: a new one, and one login with it. One that is still valid cannot have expired,
    /// and a target that says so after every login must not get a login for each.
    pub(super) async fn renew_online(&mut self) -> Listened {
        let now = self.iteration.clock.now();
        if !self.may_have_expired() {
            let story = format!(
                "{} was told that its valid UserSig expired",
                self.virtual_user.user_id
            );
            self.iteration
                .violation(Invariant::NoNoticeWithoutCause, now, story);
            self.iteration.checklist.meets(Unsent::SessionOver);
            return Listened::SessionOver;
        }
        self.iteration.checked(Invariant::NoNoticeWithoutCause);
        self.tickets.renewals += 1;
        if self.tickets.renewals <= MOST_RENEWALS
            && self
                .hears(Input::ExpiredNotice)
                .contains(&Effect::RenewAndLogin)
            && let LoginEnd::Online(at) = self.log_in_again(When::at(now)).await
        {
            self.settle(at).await;
            return Listened::GoesOn;
        }
        self.iteration.checklist.meets(Unsent::SessionOver);
        Listened::SessionOver
    }

    /// Whether its UserSig may have expired by the target's clock. One of the team's server that nobody looked at says itself
    /// how long it is valid; what cannot be read accuses nobody.
    pub(super) fn may_have_expired(&self) -> bool {
        let virtual_user = &self.virtual_user;
        let read = || decode(&virtual_user.user_sig).map(|decoded| decoded.ticket.expires());
        let ends = match virtual_user.valid_until {
            UnixSeconds(u64::MAX) if !virtual_user.user_sig.is_empty() => {
                read().unwrap_or_default()
            }
            known => known,
        };
        let skew = self.settings.clock_skew.whole_secs();
        clock::unix_now().0.saturating_add(skew) > ends.0
    }

    /// The channel ended without a word, or could not be opened. The SDK comes back by itself and never logs in for that.
    async fn reconnect(&mut self, until: Micros) -> Listened {
        if !self.hears(Input::NetworkLost).contains(&Effect::Reconnect) {
            return Listened::GoesOn;
        }
        self.listening.lost_at = self.iteration.clock.now();
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
        let iteration = self.iteration;
        if iteration.clock.now() > self.listening.since.plus(QUIET) {
            self.listening.reconnects = 0;
        }
        for wait in RECONNECT_AFTER.into_iter().skip(self.listening.reconnects) {
            let wait = jittered(wait, iteration.arrival.n, self.listening.reconnects + 1);
            let wait = wait.max(self.listening.channel.retry().unwrap_or(Micros::ZERO));
            let at = iteration.clock.now().plus(wait).max(self.told_to_wait);
            if at >= until {
                let over = iteration.until(until).await;
                return over.map_or(Back::SessionOver, |()| Back::NotYet);
            }
            if iteration.until(at).await.is_none() {
                return Back::SessionOver;
            }
            self.listening.reconnects += 1;
            match self.come_back(When::at(at)).await {
                Back::NotYet => {}
                back @ (Back::Online(_) | Back::SessionOver) => return back,
            }
        }
        self.listening.channel = Channel::None;
        iteration
            .recorder
            .record(Event::Tally(Tally::ChannelGivenUp));
        Back::NotYet
    }

    /// Its network is gone: every connection ends like this.
    pub(super) fn cut(&mut self, parting: Parting) {
        self.listening.lost_at = self.last_sign_of_life();
        if let Some(pending) = self.listening.channel.cut(parting) {
            self.leave_behind(pending, Expect::Success, KickTold::Nothing);
        }
        if let Some(connection) = self.http.give() {
            connection.close(parting);
        }
        self.http.close();
    }

    /// Comes back after a network loss: asks for it by the token where the dialect has a request for that, then opens the
    /// push channel. No login.
    pub(super) async fn come_back(&mut self, when: When) -> Back {
        let mut when = when;
        let asked = Asked {
            operation: Operation::Reconnect,
            when,
            // One whose sessions end with their channels is right to say so, and one that goes by the UserSig's end.
            expect: if self.settings.dialect.session_bound_to() == SessionBinding::Token
                && self.pool.has_lasting_ticket(&self.virtual_user)
            {
                Expect::Success
            } else {
                Expect::Either
            },
        };
        if let Some(sent) = self.ask(asked).await {
            when = When::at(sent.done);
            if says_expired(&sent.reply, &self.settings.dialect) {
                // The device hears it here where it was away when its channel would have told.
                return match Box::pin(self.renew_online()).await {
                    Listened::GoesOn => Back::Online(self.iteration.clock.now()),
                    Listened::SessionOver => Back::SessionOver,
                };
            }
            self.check_it_outlived_the_loss(&sent);
            if ends_the_session(&sent.reply, &self.settings.dialect) {
                self.hears(Input::Leave);
                return Back::SessionOver;
            }
            let Reply::Success(taken) = sent.reply else {
                return Back::NotYet;
            };
            self.check_self_info(taken.user_id.as_deref(), Expect::Success, sent.done);
            // From here on the session has the token that it was handed on its way back.
            self.session.token = taken
                .token
                .unwrap_or_else(|| std::mem::take(&mut self.session.token));
        }
        if self.iteration.scenario().push == PushUse::None {
            return Back::Online(when.due);
        }
        let opened = self.open_channel(when).await;
        if self.listening.channel.is_lost() {
            return Back::NotYet;
        }
        Back::Online(opened)
    }

    /// When the target heard of it last, at the latest: an open channel is a sign of life, and so is a request.
    fn last_sign_of_life(&self) -> Micros {
        match &self.last {
            Some(last) if !self.listening.channel.is_open() => last.done,
            Some(_) | None => self.iteration.clock.now(),
        }
    }

    /// What a target says to a device that lost its network and comes back by its token. Where nobody can have ended the session
    /// it must go on: no rival, no end of the UserSig, no silence beyond the heartbeat limit.
    fn check_it_outlived_the_loss(&self, back: &Sent) {
        let rule = Invariant::NetworkLossEndsNoSession;
        let (iteration, settings) = (self.iteration, self.settings);
        let ends_with_its_channel = settings.dialect.session_bound_to() == SessionBinding::Channel;
        if ends_with_its_channel
            || iteration
                .scenario()
                .meets_a_rival(&iteration.arrival.itinerary)
        {
            return;
        }
        if matches!(back.reply, Reply::Success(_)) {
            return iteration.checked(rule);
        }
        let away = back.done.since(self.listening.lost_at);
        if says_no_session(&back.reply, &settings.dialect)
            && away < settings.heartbeat_limit
            && !self.may_have_expired()
        {
            let story = format!(
                "{} lost its network, came back by its token after {away}, and was told that there is no such session",
                self.virtual_user.user_id
            );
            iteration.violation(rule, back.done, story);
        }
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
