//! The steps that an arrival takes when all goes well: what it planned is held against what it sent.
//!
//! In: an itinerary, its scenario, the dialect. Out: how often each operation is due. Never here: what is done about it.

use super::itinerary::Ending;
use super::itinerary::Itinerary;
use super::itinerary::KickedPerson;
use super::itinerary::Meanwhile;
use super::itinerary::Watch;
use crate::profile::NoticedBy;
use crate::profile::OfflineKick;
use crate::profile::Play;
use crate::profile::PushUse;
use crate::profile::Scenario;
use crate::profile::SelfInfoCheck;
use crate::profile::SwitchHow;
use crate::session::DeviceRules;
use crate::session::Operation;
use trtc_base::units::Micros;
use trtc_usersig::Platform;
use trtc_wire::dialect::Dialect;

/// How often each operation is due in an arrival. Set-up (registrations, UserSigs), polls, and what a device does because
/// the target did something are on nobody's agenda.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agenda([u16; Operation::ALL.len()]);

impl Agenda {
    /// Only `operation`, so often.
    #[must_use]
    pub fn of(operation: Operation, times: u16) -> Self {
        let mut agenda = Self::default();
        agenda.add(operation, times);
        agenda
    }

    /// How often `operation` is due.
    #[must_use]
    pub const fn times(&self, operation: Operation) -> u16 {
        self.0[operation.index()]
    }

    /// What is due, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Operation, u16)> {
        let all = Operation::ALL.into_iter().zip(self.0);
        all.filter(|(_, times)| *times > 0)
    }

    /// Takes one of `operation` off it. False where none was due.
    pub fn take(&mut self, operation: Operation) -> bool {
        let left = &mut self.0[operation.index()];
        let was_due = *left > 0;
        *left = left.saturating_sub(1);
        was_due
    }

    /// Puts `operation` on it, so often.
    pub fn add(&mut self, operation: Operation, times: u16) {
        let due = &mut self.0[operation.index()];
        *due = due.saturating_add(times);
    }
}

/// An agenda on its way.
struct Draft<'d> {
    itinerary: &'d Itinerary,
    scenario: &'d Scenario,
    dialect: &'d Dialect,
    agenda: Agenda,
}

impl Itinerary {
    /// What an arrival of `scenario` sends to a service of that dialect when all goes well, as an account whose own device is
    /// of `platform`.
    #[must_use]
    pub fn agenda(&self, scenario: &Scenario, dialect: &Dialect, platform: Platform) -> Agenda {
        let mut draft = Draft {
            itinerary: self,
            scenario,
            dialect,
            agenda: Agenda::default(),
        };
        draft.play(platform);
        draft.agenda
    }
}

impl Draft<'_> {
    fn play(&mut self, platform: Platform) {
        let plan = self.itinerary;
        match &self.scenario.play {
            Play::Requests { steps, .. } => steps.iter().for_each(|step| self.once(*step)),
            Play::Refused => {
                self.agenda.add(Operation::Login, 1);
                if self.can_ask_by_name() {
                    self.agenda.add(Operation::SelfInfo, 2);
                }
            }
            Play::Login => {
                self.log_in(Operation::Login);
                self.stay_and_end(plan.dwell);
            }
            Play::Expired { noticed_by } => {
                self.expired(*noticed_by);
                self.stay_and_end(plan.dwell);
            }
            Play::Switch { how } => {
                self.log_in(Operation::Login);
                self.stay(plan.dwell);
                match how {
                    SwitchHow::Implicit => self.try_the_old_token(),
                    SwitchHow::LogoutThenLogin => self.log_out(),
                }
                self.log_in(Operation::Switch);
                self.stay_and_end(plan.dwell_after);
            }
            Play::Absent { .. } => {
                self.log_in(Operation::Login);
                self.stay(plan.dwell);
                self.once(Operation::SelfInfo);
            }
            Play::Kicked { fights, .. } => self.kicked(*fights),
            Play::Reconnect { told, .. } => {
                self.log_in(Operation::Login);
                self.stay(plan.dwell);
                match plan.meanwhile {
                    Meanwhile::Nothing => self.come_back(),
                    Meanwhile::Rival => self.come_back_to_a_rival(*told, platform),
                }
                self.stay_and_end(plan.dwell_after);
            }
            Play::Devices {
                platforms, rules, ..
            } => self.devices(platforms, *rules),
        }
    }

    /// One step, where the dialect has a request for it.
    fn once(&mut self, operation: Operation) {
        self.agenda
            .add(operation, u16::from(self.dialect.can(operation)));
    }

    fn asks(&self) -> bool {
        self.scenario.self_info == SelfInfoCheck::Ask
    }

    fn can_ask_by_name(&self) -> bool {
        self.asks() && self.dialect.asks_by_name()
    }

    fn ask(&mut self) {
        if self.asks() {
            self.once(Operation::SelfInfo);
        }
    }

    /// A login, who is logged in, and the push channel.
    fn log_in(&mut self, operation: Operation) {
        // What is told to a webhook is no request of ours, and a login all the same.
        self.agenda.add(operation, 1);
        self.ask();
        self.open_channel();
    }

    fn open_channel(&mut self) {
        if self.scenario.push == PushUse::Open {
            self.once(Operation::Push);
        }
    }

    /// The token of a session that is over is tried twice: by a question, and for a channel.
    fn try_the_old_token(&mut self) {
        self.ask();
        self.try_the_dead_channel();
    }

    fn try_the_dead_channel(&mut self) {
        if self.asks() && self.dialect.opens_channels_by_token() {
            self.open_channel();
        }
    }

    fn stay(&mut self, length: Micros) {
        if self.itinerary.watch == Watch::Asked && length > Micros::ZERO {
            self.once(Operation::Watch);
        }
    }

    fn stay_and_end(&mut self, length: Micros) {
        self.stay(length);
        if self.itinerary.ending == Ending::Logout {
            self.log_out();
        }
    }

    fn log_out(&mut self) {
        if self.dialect.can(Operation::Logout) {
            self.once(Operation::Logout);
            self.ask();
            if self.itinerary.watch == Watch::Asked {
                self.try_the_dead_channel();
            }
        }
    }

    fn expired(&mut self, noticed_by: NoticedBy) {
        // By name it is asked before as well.
        self.ask();
        match noticed_by {
            NoticedBy::Target => {
                self.agenda.add(Operation::Login, 1);
                if self.can_ask_by_name() {
                    self.ask();
                }
            }
            NoticedBy::Client => {}
        }
        self.log_in(Operation::Relogin);
    }

    /// One device is kicked by the login of another, which stays.
    fn kick(&mut self, act: Operation) {
        self.log_in(act);
        self.agenda.add(Operation::KickNotice, 1);
        self.try_the_old_token();
    }

    fn kicked(&mut self, fights: u32) {
        let plan = self.itinerary;
        self.log_in(Operation::Login);
        self.stay(plan.dwell);
        let comes_back = plan.kicked_person == KickedPerson::ComesBack;
        if self.dialect.is_provoked_by_login() {
            self.kick(Operation::Provoke);
            for _ in 0..plan.returns(fights) {
                self.stay(plan.reaction);
                self.kick(Operation::Relogin);
            }
            return self.stay_and_end(plan.dwell_after);
        }
        // The rival's request ends its own session too, so whoever comes back kicks nobody.
        self.agenda.add(Operation::Login, 1);
        self.once(Operation::Provoke);
        self.agenda.add(Operation::KickNotice, 1);
        self.try_the_old_token();
        if comes_back {
            self.log_in(Operation::Relogin);
            self.stay_and_end(plan.dwell_after);
        }
    }

    fn come_back(&mut self) {
        self.once(Operation::Reconnect);
        self.open_channel();
        self.ask();
    }

    fn come_back_to_a_rival(&mut self, told: OfflineKick, platform: Platform) {
        let plan = self.itinerary;
        self.log_in(Operation::Login);
        self.stay(plan.away);
        self.once(Operation::Reconnect);
        self.stay(plan.reaction);
        // A web device is never told.
        let is_told_before = told.at_reconnect() && self.dialect.can(Operation::Reconnect);
        if told.at_login() && !is_told_before && platform != Platform::Web {
            self.agenda.add(Operation::Relogin, 1);
            self.stay(plan.reaction);
        }
        if self.dialect.is_provoked_by_login() {
            self.kick(Operation::Relogin);
        } else {
            self.log_in(Operation::Relogin);
        }
    }

    fn devices(&mut self, platforms: &[Platform], rules: DeviceRules) {
        let plan = self.itinerary;
        let mut online = Vec::with_capacity(platforms.len());
        for (nth, platform) in platforms.iter().enumerate() {
            if nth > 0 {
                online.iter().for_each(|_| self.stay(plan.away));
            }
            self.log_in(Operation::Login);
            for place in rules.ended_by(*platform, &online).into_iter().rev() {
                online.remove(place);
                self.agenda.add(Operation::KickNotice, 1);
                self.try_the_old_token();
            }
            online.push(*platform);
        }
        for nth in 0..online.len() {
            self.ask();
            // Whoever logs out later is asked whether it outlives the first logout.
            if nth > 0 && plan.ending == Ending::Logout && self.dialect.can(Operation::Logout) {
                self.ask();
            }
            self.stay_and_end(plan.dwell);
        }
    }
}

#[cfg(test)]
mod tests;
