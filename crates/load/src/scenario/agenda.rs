//! The steps that an arrival takes when all goes well: what it planned is held against what it sent.
//!
//! In: an itinerary, its scenario, the dialect. Out: how often each operation is due. Never here: what is done about it.

use super::itinerary::{Ending, Itinerary, KickedPerson, Meanwhile, SignUp, Watch};
use super::{PushUse, Scenario, SelfInfoCheck};
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
pub(super) struct Draft<'d> {
    pub(super) plan: &'d Itinerary,
    scenario: &'d Scenario,
    pub(super) dialect: &'d Dialect,
    /// Of the account's own device.
    pub(super) platform: Platform,
    agenda: Agenda,
    /// Of those, the steps whose refusal the scenario provokes.
    in_vain: Agenda,
}

impl Itinerary {
    /// What an arrival of `scenario` sends to a service of that dialect when all goes well, as an account whose own device is
    /// of `platform`.
    #[must_use]
    pub fn agenda(&self, scenario: &Scenario, dialect: &Dialect, platform: Platform) -> Agenda {
        self.draft(scenario, dialect, platform).agenda
    }

    fn draft<'d>(
        &'d self,
        scenario: &'d Scenario,
        dialect: &'d Dialect,
        platform: Platform,
    ) -> Draft<'d> {
        let mut draft = Draft {
            plan: self,
            scenario,
            dialect,
            platform,
            agenda: Agenda::default(),
            in_vain: Agenda::default(),
        };
        scenario.play.kind().agenda(&mut draft);
        draft
    }
}

impl Scenario {
    /// How many samples of `operation` an arrival brings on average, when all goes well: its steps but those whose refusal is
    /// provoked.
    #[must_use]
    pub fn samples(&self, operation: Operation, dialect: &Dialect) -> f64 {
        let kind = self.play.kind();
        let (_, comes_back) = kind.shares_of_a_kick();
        let choices = [
            comes_back,
            kind.rival_share(),
            self.logout_share,
            self.watch,
            self.signed_up.unwrap_or(0.0),
        ];
        let all = (0..1_u32 << choices.len()).map(|choice| {
            let is = |nth: usize| choice >> nth & 1 == 1;
            let chance = choices.iter().enumerate();
            let chance: f64 = chance
                .map(|(nth, share)| if is(nth) { *share } else { 1.0 - share })
                .product();
            let plan = Itinerary {
                kicked_person: if is(0) {
                    KickedPerson::ComesBack
                } else {
                    KickedPerson::StaysAway
                },
                meanwhile: if is(1) {
                    Meanwhile::Rival
                } else {
                    Meanwhile::Nothing
                },
                ending: if is(2) { Ending::Logout } else { Ending::Leave },
                watch: if is(3) { Watch::Asked } else { Watch::Not },
                sign_up: if is(4) { SignUp::LookedUp } else { SignUp::Not },
                ..Itinerary::longest(self)
            };
            let draft = plan.draft(self, dialect, Platform::Android);
            let times = draft.agenda.times(operation) - draft.in_vain.times(operation);
            chance * f64::from(times)
        });
        all.sum()
    }
}

impl Draft<'_> {
    /// So many steps of `operation`.
    pub(super) fn add(&mut self, operation: Operation, times: u16) {
        self.agenda.add(operation, times);
    }

    /// So many steps of `operation` that must be refused.
    pub(super) fn refused(&mut self, operation: Operation, times: u16) {
        self.agenda.add(operation, times);
        self.in_vain.add(operation, times);
    }

    /// One step that must be refused, where the dialect has a request for it.
    pub(super) fn refused_where_it_can(&mut self, operation: Operation) {
        self.refused(operation, u16::from(self.dialect.can(operation)));
    }

    /// One step, where the dialect has a request for it.
    pub(super) fn once(&mut self, operation: Operation) {
        self.agenda
            .add(operation, u16::from(self.dialect.can(operation)));
    }

    fn asks(&self) -> bool {
        self.scenario.self_info == SelfInfoCheck::Ask
    }

    /// Whether a session that is not there can be asked for by its account's name.
    pub(super) fn can_ask_by_name(&self) -> bool {
        self.asks() && self.dialect.asks_by_name()
    }

    /// Who is logged in, where that is asked.
    pub(super) fn ask(&mut self) {
        if self.asks() {
            self.once(Operation::SelfInfo);
        }
    }

    /// A login, who is logged in, and the push channel.
    pub(super) fn log_in(&mut self, operation: Operation) {
        // What is told to a webhook is no request of ours, and a login all the same.
        self.agenda.add(operation, 1);
        self.ask();
        self.open_channel();
    }

    /// The first login of an arrival, after which its account may be looked up.
    pub(super) fn arrive(&mut self) {
        self.log_in(Operation::Login);
        if self.plan.sign_up == SignUp::LookedUp {
            self.once(Operation::AccountCheck);
        }
    }

    fn open_channel(&mut self) {
        if self.scenario.push == PushUse::Open {
            self.once(Operation::Push);
        }
    }

    /// Somebody who is not logged in is asked who is.
    pub(super) fn ask_in_vain(&mut self) {
        if self.asks() {
            self.refused_where_it_can(Operation::SelfInfo);
        }
    }

    /// The token of a session that is over is tried twice: by a question, and for a channel.
    pub(super) fn try_the_old_token(&mut self) {
        self.ask_in_vain();
        self.try_the_dead_channel();
    }

    fn try_the_dead_channel(&mut self) {
        if self.asks()
            && self.dialect.opens_channels_by_token()
            && self.scenario.push == PushUse::Open
        {
            self.refused_where_it_can(Operation::Push);
        }
    }

    /// A stay of that length, in the middle of which somebody may be asked for.
    pub(super) fn dwell_for(&mut self, length: Micros) {
        if self.plan.watch == Watch::Asked && length > Micros::ZERO {
            self.once(Operation::Watch);
        }
    }

    /// The last stay, and how it ends.
    pub(super) fn dwell_and_end(&mut self, length: Micros) {
        self.dwell_for(length);
        if self.plan.ending == Ending::Logout {
            self.log_out();
        }
    }

    /// A logout, after which nobody is logged in.
    pub(super) fn log_out(&mut self) {
        if self.dialect.can(Operation::Logout) {
            self.once(Operation::Logout);
            self.ask_in_vain();
            if self.plan.watch == Watch::Asked {
                self.try_the_dead_channel();
            }
        }
    }

    /// One device is kicked by the login of another, which stays.
    pub(super) fn kick(&mut self, act: Operation) {
        self.log_in(act);
        self.agenda.add(Operation::KickNotice, 1);
        self.try_the_old_token();
    }

    /// Back by the token, without a login.
    pub(super) fn come_back(&mut self) {
        self.once(Operation::Reconnect);
        self.open_channel();
        self.ask();
    }
}
