//! What one login policy makes of one person's month.
//!
//! Every draw is a function of the person's and the app start's dice, so policies are compared on the same luck.

use super::super::draw::{Rng, high, low, mix};
use super::super::{
    Cause, Guests, LoginAt, OnKick, OnLoss, Outage, Policy, Retry, Scenario, Tally,
};
use super::life::{Kind, Newness, Person, Start};
use super::near::Near;
use super::tables::Tables;

/// What a draw from an app start's dice is for.
mod purpose {
    pub(super) const RETRY: u64 = 1;
    pub(super) const OUTAGE: u64 = 2;
    pub(super) const SWITCH: u64 = 3;
    pub(super) const RELOGIN: u64 = 4;
    pub(super) const LOSS: u64 = 0x9e37_79b9_7f4a_7c15;
    pub(super) const BACK: u64 = 6;
}

/// A session that is online.
#[derive(Clone, Copy, Debug)]
struct Session {
    since: u32,
    until: u32,
    dice: u64,
    role: Role,
}

/// What a load run would play for a session.
#[derive(Clone, Copy, Debug)]
enum Role {
    /// An arrival of its own.
    Arrival(Scenario),
    /// The rival in another's arrival.
    Rival,
    /// The rest of a session that was kicked and came back.
    Again,
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// The UserSig is no good: 6206, 70001.
    Ticket,
    /// Anything else.
    Other,
}

/// The UserSig that an account has.
#[derive(Clone, Copy, Debug)]
enum Ticket {
    None,
    Until(u32),
}

/// One person's month under one policy.
pub(super) struct Play<'p, 'm> {
    tables: &'p Tables<'m>,
    policy: &'p Policy,
    person: &'p Person,
    out: &'p mut Tally,
    near: &'p mut Near,
    /// Days with a successful login, of the main and the second account.
    days: [u32; 2],
    tickets: [Ticket; 2],
    /// Devices that logged in.
    devices: u8,
    open: [Option<Session>; 2],
}

impl<'p, 'm> Play<'p, 'm> {
    pub(super) fn new(
        tables: &'p Tables<'m>,
        policy: &'p Policy,
        person: &'p Person,
        (out, near): (&'p mut Tally, &'p mut Near),
    ) -> Self {
        Self {
            tables,
            policy,
            person,
            out,
            near,
            days: [0; 2],
            tickets: [first_ticket(tables, person), Ticket::None],
            devices: 0,
            open: [None; 2],
        }
    }

    pub(super) fn month(mut self, starts: &[Start]) {
        self.out.starts += starts.len() as u64;
        for start in starts {
            self.start(start);
        }
        for device in 0..2 {
            self.end(device);
        }
        self.book();
    }

    #[inline]
    fn start(&mut self, start: &Start) {
        let device = usize::from(start.device);
        let needed = u64::from(low(start.dice)) < self.tables.needs_rtc;
        if !needed && self.policy.login == LoginAt::FirstUse {
            return;
        }
        let had_expired = self.use_ticket(0, start.at);
        let mut scenario = if had_expired {
            Scenario::Expired
        } else {
            Scenario::Login
        };
        if !self.log_in(start.at, start.dice, Cause::Start, 0) {
            self.arrive(start.at, scenario);
            self.change(start.at, -1);
            return;
        }
        self.book_login(start);
        if self.switches(start) {
            scenario = Scenario::Switch;
        }
        let mut session = Session {
            since: start.at,
            until: start.until,
            dice: start.dice,
            role: Role::Arrival(scenario),
        };
        if let Kind::Known { collides: true, .. } = self.person.kind {
            if self.kick_the_other(device, &mut session) {
                session.role = Role::Rival;
            }
            self.end(device);
            self.open[device] = Some(session);
        } else {
            self.close(&session);
        }
    }

    /// Makes sure that there is a UserSig; whether there was one that had expired.
    #[inline]
    fn use_ticket(&mut self, account: usize, at: u32) -> bool {
        let expired = match self.tickets[account] {
            Ticket::Until(until) if at < until && !self.is_fresh_guest() => return false,
            Ticket::Until(_) => !self.is_fresh_guest(),
            Ticket::None => false,
        };
        self.out.expired += u64::from(expired);
        self.new_ticket(account, at);
        expired
    }

    fn new_ticket(&mut self, account: usize, at: u32) {
        self.out.tickets += 1;
        let lives = self.tables.model.behaviour.ticket_lives;
        self.tickets[account] = Ticket::Until(at.saturating_add(lives));
    }

    /// Calls login, and does after a failure what the policy says. Whether it was successful in the end.
    #[inline]
    fn log_in(&mut self, at: u32, dice: u64, cause: Cause, account: usize) -> bool {
        self.attempt(at, cause);
        let Err(failure) = self.answer(at, dice, high(dice)) else {
            return true;
        };
        self.fail(at);
        match (self.policy.retry, failure) {
            (Retry::Ticket, Failure::Other) => false,
            (Retry::Ticket, Failure::Ticket) => self.log_in_with_a_new_ticket(at, dice, account),
            (Retry::Any, failure) => self.keep_trying((at, failure), dice, account),
        }
    }

    /// How the login of an app start with these dice is answered at `at`.
    #[inline]
    fn answer(&self, at: u32, dice: u64, draw: u32) -> Result<(), Failure> {
        let draw = u64::from(draw);
        if self.is_down(at, dice) {
            return Err(Failure::Other);
        }
        if draw >= self.tables.any_errors {
            return Ok(());
        }
        Err(if draw < self.tables.ticket_errors {
            Failure::Ticket
        } else {
            Failure::Other
        })
    }

    fn log_in_with_a_new_ticket(&mut self, at: u32, dice: u64, account: usize) -> bool {
        self.new_ticket(account, at);
        self.attempt(at, Cause::Ticket);
        let mut rng = Rng::of(dice, purpose::RETRY);
        let ok = u64::from(rng.half()) >= self.tables.any_errors;
        if !ok {
            self.fail(at);
        }
        ok
    }

    fn keep_trying(&mut self, failed: (u32, Failure), dice: u64, account: usize) -> bool {
        let behaviour = &self.tables.model.behaviour;
        let mut rng = Rng::of(dice, purpose::RETRY);
        let (mut at, mut failure) = failed;
        for _ in 0..behaviour.retries {
            at = at.saturating_add(behaviour.retry_after);
            if failure == Failure::Ticket {
                self.new_ticket(account, at);
            }
            self.attempt(at, Cause::Retry);
            match self.answer(at, dice, rng.half()) {
                Ok(()) => return true,
                Err(again) => failure = again,
            }
            self.fail(at);
        }
        false
    }

    /// Whether a login at `at` fails because of an outage.
    #[inline]
    fn is_down(&self, at: u32, dice: u64) -> bool {
        let outages = &self.tables.model.outages;
        outages
            .iter()
            .any(|outage| (outage.from..outage.until).contains(&at) && hit(outage, dice))
    }

    /// The person goes on as their other account. Whether they do.
    fn switches(&mut self, start: &Start) -> bool {
        let Kind::Known {
            two_accounts: true, ..
        } = self.person.kind
        else {
            return false;
        };
        let draw = Rng::of(start.dice, purpose::SWITCH).next();
        if u64::from(low(draw)) >= self.tables.switches {
            return false;
        }
        let at = start.at.midpoint(start.until);
        self.use_ticket(1, at);
        if self.log_in(at, draw, Cause::Switch, 1) {
            self.days[1] |= 1 << start.day;
        }
        true
    }

    /// Ends the session on the other device where the two may not be online together. Whether there was one.
    fn kick_the_other(&mut self, device: usize, mine: &mut Session) -> bool {
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

    fn end(&mut self, device: usize) {
        if let Some(session) = self.open[device].take() {
            self.close(&session);
        }
    }

    /// Books a session that is over, with what its network did meanwhile.
    #[inline]
    fn close(&mut self, session: &Session) {
        let lost = (self.tables.loss_gap).is_some_and(|gap| self.lose_network(session, gap));
        for outage in &self.tables.model.outages {
            if (session.since..session.until).contains(&outage.from) && hit(outage, session.dice) {
                self.come_back(session, outage);
            }
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

    #[inline]
    fn lose_network(&mut self, session: &Session, gap: u32) -> bool {
        // One multiplication: the dice are random already, and only have to come apart from what they decided before.
        let bits = session.dice.wrapping_mul(purpose::LOSS);
        // -ln(1 - u) is at least u: most sessions are over before that.
        if super::super::draw::below(gap, high(bits)) >= session.until.saturating_sub(session.since)
        {
            return false;
        }
        self.lose_network_at(session, bits)
    }

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
        let wait = super::super::draw::below(within, Rng::of(session.dice, purpose::BACK).half());
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

    /// Counts a login attempt. That of an app start stands in its minute as an arrival, or as a rival.
    #[inline]
    fn attempt(&mut self, at: u32, cause: Cause) {
        if at < self.tables.seconds {
            self.out.causes[cause as usize] += 1;
            if cause != Cause::Start {
                self.other(at);
            }
        }
    }

    fn other(&mut self, at: u32) {
        if let Some(minute) = self.out.others.get_mut((at / 60) as usize) {
            *minute += 1;
        }
    }

    fn fail(&mut self, at: u32) {
        self.out.failed += u64::from(at < self.tables.seconds);
    }

    #[inline]
    fn change(&mut self, at: u32, by: i16) {
        if let Some(minute) = self.near.minute(at / 60) {
            minute.change += by;
        }
    }

    #[inline]
    fn arrive(&mut self, at: u32, scenario: Scenario) {
        match scenario.rarer() {
            None => {
                if let Some(minute) = self.near.minute(at / 60) {
                    minute.logins += 1;
                }
            }
            Some(place) => {
                if let Some(count) = self.out.rarer[place].get_mut((at / 60) as usize) {
                    *count += 1;
                }
            }
        }
    }

    fn is_fresh_guest(&self) -> bool {
        self.person.kind == Kind::Guest && self.policy.guests == Guests::Fresh
    }

    #[inline]
    fn book_login(&mut self, start: &Start) {
        if self.is_fresh_guest() {
            self.out.mau += 1;
            self.out.guests += 1;
            self.out.devices += 1;
            self.out.dau[usize::from(start.day)] += 1;
            self.out.first_logins[usize::from(start.day)] += 1;
            return;
        }
        self.days[0] |= 1 << start.day;
        self.devices |= 1 << start.device;
    }

    /// Adds the person's accounts to the month.
    fn book(&mut self) {
        let [main, second] = self.days;
        let out = &mut *self.out;
        out.opened += u64::from(self.person.active != 0) + u64::from(second != 0);
        out.mau += u64::from(main != 0) + u64::from(second != 0);
        out.second += u64::from(second != 0);
        out.guests += u64::from(main != 0 && self.person.kind == Kind::Guest);
        out.devices += u64::from(self.devices.count_ones());
        self.near.days(self.person.active, main);
        if let Some(first) = out.first_logins.get_mut(main.trailing_zeros() as usize) {
            *first += 1;
        }
        if second != 0 {
            by_day(&mut out.opened_by_day, second);
            by_day(&mut out.dau, second);
            by_day(&mut out.first_logins, second & second.wrapping_neg());
        }
    }
}

/// Counts each day of a mask.
fn by_day(days: &mut [u64], mask: u32) {
    let mut left = mask;
    while left != 0 {
        days[left.trailing_zeros() as usize] += 1;
        left &= left - 1;
    }
}

fn hit(outage: &Outage, dice: u64) -> bool {
    let draw = high(mix(dice ^ purpose::OUTAGE));
    f64::from(draw) < outage.share * 4_294_967_296.0
}

/// The UserSig that an account brings into the period. At any time an account that is active on a share p of the days has
/// a UserSig that still lives with chance L p / (L p + 1), where it lives L days, and the rest of its life is uniform.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a UserSig's life"
)]
fn first_ticket(tables: &Tables<'_>, person: &Person) -> Ticket {
    if person.new == Newness::New {
        return Ticket::None;
    }
    let lives = f64::from(tables.model.behaviour.ticket_lives);
    let days = lives / 86_400.0 * person.chance;
    let (draw, part) = (f64::from(high(person.dice)), f64::from(low(person.dice)));
    if draw * (days + 1.0) < days * 4_294_967_296.0 {
        Ticket::Until((lives * part / 4_294_967_296.0) as u32)
    } else {
        Ticket::Until(0)
    }
}
