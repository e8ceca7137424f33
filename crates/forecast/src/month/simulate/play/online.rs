//! A session while it is online: kicks, network losses, outages, and its end.

use super::super::super::draw::{Rng, below, high};
use super::super::super::{Cause, OnKick, OnLoss, Outage, Scenario};
use super::{Play, purpose};
use trtc_base::chance::mix;

/// A session that is online.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    pub(super) since: u32,
    pub(super) until: u32,
    pub(super) dice: u64,
    pub(super) role: Role,
}

/// What a load run would play for a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// An arrival of its own.
    Arrival(Scenario),
    /// The rival in another's arrival.
    Rival,
    /// The rest of a session that was kicked and came back.
    Again,
}

impl Play<'_, '_> {
    /// Ends the session on the other device where the two may not be online together. Whether there was one.
    #[inline(never)]
    pub(super) fn kick_the_other(&mut self, device: usize, mine: &mut Session) -> bool {
        let other = 1 - device;
        let at = mine.since;
        self.end_if_over(other, at);
        let Some(mut victim) = self.open[other].take() else {
            return false;
        };
        self.out.kicks += 1;
        let planned = victim.until;
        // One that is only about to come back after a kick has not begun yet.
        victim.until = at.max(victim.since);
        if let Role::Arrival(scenario) = &mut victim.role {
            *scenario = Scenario::Kicked;
        }
        self.close(&victim);
        match self.policy.kicked {
            OnKick::Person => self.person_comes_back(other, planned, mine),
            OnKick::Fight => self.fight(at, planned.min(mine.until)),
        }
        true
    }

    /// The person of the device that was kicked may log in there again, which kicks the newcomer.
    fn person_comes_back(&mut self, other: usize, planned: u32, mine: &mut Session) {
        let behaviour = &self.tables.model.behaviour;
        let at = mine.since + behaviour.reaction;
        let wish = u64::from(Rng::of(mine.dice, purpose::RELOGIN).half());
        if wish >= self.tables.relogin || at >= planned {
            return;
        }
        self.attempt(at, Cause::Kick);
        self.out.kicks += u64::from(mine.until > at);
        mine.until = mine.until.min(at);
        self.open[other] = Some(Session {
            since: at,
            until: planned,
            dice: mix(mine.dice),
            role: Role::Again,
        });
    }

    /// Both apps log in again by themselves, in turn, until one is closed.
    fn fight(&mut self, from: u32, until: u32) {
        let every = self.tables.model.behaviour.fight_every.max(1);
        let mut at = from.saturating_add(every);
        while at < until {
            self.attempt(at, Cause::Fight);
            self.out.kicks += 1;
            at += every;
        }
    }

    fn end_if_over(&mut self, device: usize, at: u32) {
        if self.open[device].is_some_and(|session| session.until <= at) {
            self.end(device);
        }
    }

    #[inline(never)]
    pub(super) fn end(&mut self, device: usize) {
        if let Some(session) = self.open[device].take() {
            self.close(&session);
        }
    }

    /// Books a session that is over, with what its network did meanwhile.
    #[inline(always)]
    pub(super) fn close(&mut self, session: &Session) {
        let lost = (self.tables.loss_gap).is_some_and(|gap| self.lose_network(session, gap));
        if !self.tables.model.outages.is_empty() {
            self.be_cut_off(session);
        }
        match session.role {
            Role::Arrival(Scenario::Login) if lost => {
                self.arrive(session.since, Scenario::Reconnect);
            }
            Role::Arrival(scenario) => self.arrive(session.since, scenario),
            Role::Rival => {
                self.other(session.since);
                self.change(session.since, 1);
            }
            Role::Again => self.change(session.since, 1),
        }
        self.change(session.until, -1);
    }

    /// The outages that begin while the session is online.
    #[inline(never)]
    fn be_cut_off(&mut self, session: &Session) {
        for outage in &self.tables.model.outages {
            if (session.since..session.until).contains(&outage.from) && hit(outage, session.dice) {
                self.come_back(session, outage);
            }
        }
    }

    #[inline]
    fn lose_network(&mut self, session: &Session, gap: u32) -> bool {
        // One multiplication: the dice are random already, and only have to come apart from what they decided before.
        let bits = session.dice.wrapping_mul(purpose::LOSS);
        // -ln(1 - u) is at least u: most sessions are over before that.
        if below(gap, high(bits)) >= session.until.saturating_sub(session.since) {
            return false;
        }
        self.lose_network_at(session, bits)
    }

    #[inline(never)]
    fn lose_network_at(&mut self, session: &Session, bits: u64) -> bool {
        let mut bits = bits;
        let mut at = session.since;
        let mut lost = false;
        loop {
            let wait = self.tables.until_lost.at(bits);
            at = at.saturating_add(wait.max(1));
            if at >= session.until {
                return lost;
            }
            lost = true;
            match self.policy.network {
                OnLoss::Reconnect => self.out.reconnects += u64::from(at < self.tables.seconds),
                OnLoss::Relogin => self.log_in_again(at, Cause::Network),
            }
            bits = mix(bits);
        }
    }

    /// A session that an outage cut off, and that would have lasted longer, comes back when it is over.
    fn come_back(&mut self, session: &Session, outage: &Outage) {
        let within = self.tables.model.behaviour.back_within.max(1);
        let wait = below(within, Rng::of(session.dice, purpose::BACK).half());
        let at = outage.until + wait;
        self.change(outage.from, -1);
        self.change(at.min(session.until), 1);
        if at >= session.until {
            return;
        }
        match self.policy.network {
            OnLoss::Reconnect => self.out.reconnects += u64::from(at < self.tables.seconds),
            OnLoss::Relogin => self.log_in_again(at, Cause::Outage),
        }
    }

    fn log_in_again(&mut self, at: u32, cause: Cause) {
        self.attempt(at, cause);
        let calendar = &self.tables.model.calendar;
        if at < self.tables.seconds && !self.is_fresh_guest() {
            self.days[0] |= 1 << calendar.day_of(at / 60);
        }
    }
}

pub(super) fn hit(outage: &Outage, dice: u64) -> bool {
    let draw = high(mix(dice ^ purpose::OUTAGE));
    f64::from(draw) < outage.share * 4_294_967_296.0
}
