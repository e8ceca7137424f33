//! What one login policy makes of one person's month.
//!
//! Every draw is a function of the person's and the app start's dice, so policies are compared on the same luck.
//!
//! An app start to which nothing happens is lived in one piece, without a call: most are such. What happens to few has a
//! function of its own that is kept out of that piece.

mod login;
mod online;

use super::super::draw::{Rng, low};
use super::super::{Cause, Guests, LoginAt, Policy, Scenario, Tally};
use super::life::{Kind, Person, Start};
use super::local_counters::LocalCounters;
use super::tables::Tables;
use login::{Ticket, first_ticket};
use online::{Role, Session};

/// What a draw from an app start's dice is for.
mod purpose {
    pub(super) const RETRY: u64 = 1;
    pub(super) const OUTAGE: u64 = 2;
    pub(super) const SWITCH: u64 = 3;
    pub(super) const RELOGIN: u64 = 4;
    pub(super) const LOSS: u64 = 0x9e37_79b9_7f4a_7c15;
    pub(super) const BACK: u64 = 6;
}

/// One person's month under one policy.
pub(super) struct Play<'p, 'm> {
    tables: &'p Tables<'m>,
    policy: &'p Policy,
    person: &'p Person,
    out: &'p mut Tally,
    local: &'p mut LocalCounters,
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
        (out, local): (&'p mut Tally, &'p mut LocalCounters),
    ) -> Self {
        Self {
            tables,
            policy,
            person,
            out,
            local,
            days: [0; 2],
            tickets: [first_ticket(tables, person), Ticket::None],
            devices: 0,
            open: [None; 2],
        }
    }

    pub(super) fn month(mut self, starts: &[Start]) {
        self.out.starts += starts.len() as u64;
        let opened = starts
            .iter()
            .fold(0_u8, |on, start| on | 1 << start.device());
        self.out.devices_opened += u64::from(opened.count_ones());
        for start in starts {
            self.start(start);
        }
        for device in 0..2 {
            self.end(device);
        }
        self.book();
    }

    /// One app start.
    #[inline(always)]
    fn start(&mut self, start: &Start) {
        let device = start.device();
        // In this order: the first is the same for all app starts, the second a throw of a coin.
        if self.policy.login == LoginAt::FirstUse
            && u64::from(low(start.dice)) >= self.tables.needs_rtc
        {
            return;
        }
        let had_expired = self.use_ticket(0, start.at());
        let mut scenario = if had_expired {
            Scenario::Expired
        } else {
            Scenario::Login
        };
        if !self.log_in(start.at(), start.dice, Cause::Start, 0) {
            self.arrive(start.at(), scenario);
            self.change(start.at(), -1);
            return;
        }
        self.book_login(start);
        if self.switches(start) {
            scenario = Scenario::Switch;
        }
        let mut session = Session {
            since: start.at(),
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

    /// Whether the person goes on as their other account; if so, they do. Most have none.
    #[inline(always)]
    fn switches(&mut self, start: &Start) -> bool {
        let Kind::Known {
            two_accounts: true, ..
        } = self.person.kind
        else {
            return false;
        };
        self.may_switch(start)
    }

    /// The same for a person with two accounts.
    #[inline(never)]
    fn may_switch(&mut self, start: &Start) -> bool {
        let draw = Rng::of(start.dice, purpose::SWITCH).next();
        if u64::from(low(draw)) >= self.tables.switches {
            return false;
        }
        let at = start.at().midpoint(start.until);
        self.use_ticket(1, at);
        if self.log_in(at, draw, Cause::Switch, 1) {
            self.days[1] |= 1 << start.day();
        }
        true
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
        if let Some(minute) = self.local.minute(at / 60) {
            minute.change += by;
        }
    }

    #[inline]
    fn arrive(&mut self, at: u32, scenario: Scenario) {
        match scenario.rarer() {
            None => {
                if let Some(minute) = self.local.minute(at / 60) {
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
            self.out.dau[start.day()] += 1;
            self.out.first_logins[start.day()] += 1;
            return;
        }
        self.days[0] |= 1 << start.day();
        self.devices |= 1 << start.device();
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
        self.local.days(self.person.active, main);
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
