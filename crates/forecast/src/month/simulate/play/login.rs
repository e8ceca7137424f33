//! How a login goes: the UserSig before it, the answer, and what a policy does after a failure.

use super::super::super::draw::{Rng, high, low};
use super::super::super::{Cause, Outage, Retry};
use super::super::life::{Newness, Person};
use super::super::tables::Tables;
use super::online::hit;
use super::{Play, purpose};

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
pub(super) enum Ticket {
    None,
    Until(u32),
}

impl Play<'_, '_> {
    /// Makes sure that there is a UserSig; whether there was one that had expired.
    #[inline]
    pub(super) fn use_ticket(&mut self, account: usize, at: u32) -> bool {
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
    #[inline(always)]
    pub(super) fn log_in(&mut self, at: u32, dice: u64, cause: Cause, account: usize) -> bool {
        self.attempt(at, cause);
        match self.answer(at, dice, high(dice)) {
            Ok(()) => true,
            Err(failure) => self.recover((at, failure), dice, account),
        }
    }

    /// What a policy does after a failed login. Whether it was successful in the end.
    #[cold]
    #[inline(never)]
    fn recover(&mut self, (at, failure): (u32, Failure), dice: u64, account: usize) -> bool {
        self.fail(at);
        match (self.policy.retry, failure) {
            (Retry::Ticket, Failure::Other) => false,
            (Retry::Ticket, Failure::Ticket) => self.log_in_with_a_new_ticket(at, dice, account),
            (Retry::Any, failure) => self.keep_trying((at, failure), dice, account),
        }
    }

    /// How the login of an app start with these dice is answered at `at`.
    #[inline(always)]
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
    #[inline(always)]
    fn is_down(&self, at: u32, dice: u64) -> bool {
        let outages = &self.tables.model.outages;
        !outages.is_empty() && is_in_any(outages, at, dice)
    }
}

#[inline(never)]
fn is_in_any(outages: &[Outage], at: u32, dice: u64) -> bool {
    let is_in = |outage: &Outage| (outage.from..outage.until).contains(&at) && hit(outage, dice);
    outages.iter().any(is_in)
}

/// The UserSig that an account brings into the period. At any time an account that is active on a share p of the days has
/// a UserSig that still lives with chance L p / (L p + 1), where it lives L days, and the rest of its life is uniform.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a UserSig's life"
)]
pub(super) fn first_ticket(tables: &Tables<'_>, person: &Person) -> Ticket {
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
