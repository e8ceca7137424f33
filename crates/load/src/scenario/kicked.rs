//! `kicked`: log in, stay, be kicked by a rival device, log in again after the reaction time.

use super::agenda::Draft;
use super::check::Check;
use super::itinerary::Itinerary;
use super::kind::Kind;
use super::{Around, Play, REACTION, Scenario};
use crate::session::Operation;
use trtc_base::config::{Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;

section! {
    /// The kind `kicked`: log in, stay, be kicked by a rival device, log in again after the `reaction` time.
    pub(super) KEYS {
        /// The share of kicks that come while the victim has a request in flight.
        IN_FLIGHT: f64 = share("in_flight").or("0");
        /// The share of kicked people who log in again.
        RELOGIN: f64 = share("relogin").or("1");
        /// Kicks after the first return in which the two devices fight back, one after the other: what the rules forbid.
        FIGHTS: u32 = whole("fights", 0, 100).or("0");
    }
}

/// Log in, stay, be kicked by a rival device, log in again after the reaction time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kicked {
    /// The share of kicks that come while the victim has a request in flight, in 0..=1.
    pub in_flight: f64,
    /// The share of kicked people who log in again, in 0..=1.
    pub relogin: f64,
    /// Kicks after the first in which the two devices fight back, one after the other. 0: they never fight.
    pub fights: u32,
}

pub(super) fn read(table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    let in_flight = table.read(&IN_FLIGHT);
    let relogin = table.read(&RELOGIN);
    let fights = table.read(&FIGHTS);
    Some(Play::Kicked(Kicked {
        in_flight: in_flight?,
        relogin: relogin?,
        fights: fights?,
    }))
}

impl Kind for Kicked {
    fn write(&self, scenario: &Scenario, out: &mut Writer) {
        out.put(&REACTION, &scenario.reaction);
        out.put(&IN_FLIGHT, &self.in_flight);
        out.put(&RELOGIN, &self.relogin);
        out.put(&FIGHTS, &self.fights);
    }

    fn check(&self, check: &Check<'_>) {
        check.kicks();
    }

    fn has_rival(&self) -> bool {
        true
    }

    fn devices(&self) -> u64 {
        2
    }

    fn adds(&self) -> Vec<Operation> {
        let in_flight = (self.in_flight > 0.0).then_some(Operation::InFlight);
        let relogin = (self.relogin > 0.0).then_some(Operation::Relogin);
        let always = [Operation::Provoke, Operation::KickNotice];
        always.into_iter().chain(in_flight).chain(relogin).collect()
    }

    fn shares_of_a_kick(&self) -> (f64, f64) {
        (self.in_flight, self.relogin)
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        let again = u64::from(plan.returns(self.fights));
        let reactions = Micros(plan.reaction.0.saturating_mul(again));
        plan.dwell.plus(reactions).plus(plan.dwell_after)
    }

    fn logins(&self) -> u64 {
        3 + u64::from(self.fights)
    }

    fn connects_again(&self, channel: u64) -> u64 {
        // The victim's old token is tried, twice; the device comes back.
        1 + channel
    }

    fn dwells(&self) -> f64 {
        // While somebody thinks it over, the other one stays.
        self.relogin.mul_add(f64::from(self.fights) + 1.0, 2.0)
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.arrive();
        draft.dwell_for(draft.plan.dwell);
        let returns = draft.plan.returns(self.fights);
        if draft.dialect.is_provoked_by_login() {
            draft.kick(Operation::Provoke);
            for _ in 0..returns {
                draft.dwell_for(draft.plan.reaction);
                draft.kick(Operation::Relogin);
            }
            return draft.dwell_and_end(draft.plan.dwell_after);
        }
        // The rival's request ends its own session too, so whoever comes back kicks nobody.
        draft.add(Operation::Login, 1);
        draft.once(Operation::Provoke);
        draft.add(Operation::KickNotice, 1);
        draft.try_the_old_token();
        if returns > 0 {
            draft.log_in(Operation::Relogin);
            draft.dwell_and_end(draft.plan.dwell_after);
        }
    }
}
