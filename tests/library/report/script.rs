//! What happens to each arrival of a sample: events whose times are drawn from a fixed seed.

use trtc_load::profile::{AppIx, ScenarioIx, StageIx};
use trtc_load::recorder::{
    Answered, Event, Invariant, NotStarted, Planned, Reason, Recorder, Started, Step, Unsent,
    Violation,
};
use trtc_load::session::{Cause, Class, Code, Operation, Transport};
use trtc_load::units::Micros;

use super::sample::{HOSTILE, Sample, Target};

/// Seeded chance (`SplitMix64`, Steele et al. 2014).
struct Rng(u64);

impl Rng {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// One arrival with what a step of it needs.
pub(crate) struct Arrival {
    pub(crate) scenario: ScenarioIx,
    pub(crate) stage: StageIx,
    pub(crate) due: Micros,
    pub(crate) account: u64,
}

/// What happens to each arrival.
pub(crate) struct Script<'a> {
    recorder: &'a Recorder,
    sample: Sample,
    rng: Rng,
}

impl<'a> Script<'a> {
    /// A script whose chance is always the same.
    pub(crate) const fn new(recorder: &'a Recorder, sample: Sample) -> Self {
        Self {
            recorder,
            sample,
            rng: Rng(42),
        }
    }

    /// Plays an arrival, and says for how many seconds its session stays online, if it comes online.
    pub(crate) fn play(&mut self, arrival: &Arrival) -> Option<u64> {
        let failing = self.is_failing(arrival);
        if failing && self.rng.below(40) == 0 {
            self.recorder.record(Event::NotStarted(NotStarted {
                scenario: arrival.scenario,
                stage: arrival.stage,
                due: arrival.due,
                at: arrival.due.plus(Micros::from_secs(3)),
                reason: if self.rng.below(3) == 0 {
                    Reason::NoSlot
                } else {
                    Reason::AccountBusy
                },
            }));
            self.unsent(
                &[Operation::Login, Operation::SelfInfo],
                Unsent::ArrivalNotStarted,
            );
            return None;
        }
        let blocked = if failing { self.rng.below(30_000) } else { 0 };
        self.recorder.record(Event::Started(Started {
            scenario: arrival.scenario,
            stage: arrival.stage,
            due: arrival.due,
            free: arrival.due.plus(Micros(blocked)),
        }));
        self.recorder.overslept(Micros(60 + self.rng.below(900)));
        let (class, cause, took) = self.login(arrival);
        self.step(arrival, Operation::Login, (class, cause), Micros(took));
        if class != Class::Success {
            let why = match class {
                Class::Throttled => Unsent::ToldToWait,
                Class::Failed => Unsent::RefusedBefore,
                Class::Success | Class::Expected | Class::Timeout | Class::Cut => {
                    Unsent::FailedBefore
                }
            };
            self.unsent(&[Operation::SelfInfo], why);
            return None;
        }
        self.recorder.record(Event::Online);
        self.recorder.record(Event::LoggedIn {
            app: AppIx(u8::from(arrival.account.is_multiple_of(4))),
            account: arrival.account * 7 % 5_000,
        });
        let took = Micros(3_000 + self.rng.below(5_000));
        self.step(arrival, Operation::SelfInfo, (Class::Success, None), took);
        let rule = Invariant::SelfInfoIsTheAccount;
        self.recorder.record(Event::Checked(rule));
        if arrival.scenario == ScenarioIx(1) {
            self.kick(arrival);
        }
        Some(4 + self.rng.below(8))
    }

    /// What was planned and not sent, once each.
    fn unsent(&self, operations: &[Operation], why: Unsent) {
        for operation in operations {
            self.recorder.record(Event::Unsent(*operation, why, 1));
        }
    }

    /// Only in the peak: the stages around it show what a healthy target does.
    fn is_failing(&self, arrival: &Arrival) -> bool {
        self.sample.target == Target::Failing && arrival.stage == StageIx(1)
    }

    fn login(&mut self, arrival: &Arrival) -> (Class, Option<Cause>, u64) {
        let failing = self.is_failing(arrival);
        // A stall in the middle of the peak, which drains away.
        let into = arrival.due.whole_secs().saturating_sub(self.sample.peak);
        let stalled = failing && arrival.due.whole_secs() >= self.sample.peak && into < 4;
        let usual = 18_000 + self.rng.below(25_000);
        let took = match self.rng.below(100) {
            0 => usual + self.rng.below(110_000),
            1..5 => usual + self.rng.below(40_000),
            _ => usual,
        };
        let cause = |code| Some(Cause::Code(Code::Number(code)));
        match self.rng.below(200) {
            _ if stalled => (Class::Success, None, took + (4 - into) * 220_000),
            0 if failing => (Class::Timeout, Some(Cause::NoAnswer), 2_000_000),
            1..3 if failing => (Class::Throttled, cause(70_050), took),
            3 if failing => (Class::Failed, cause(70_013), took),
            4 if failing => (
                Class::Failed,
                Some(Cause::Transport(Transport::Reset)),
                took / 2,
            ),
            5 if failing => (
                Class::Failed,
                Some(Cause::Code(Code::Name(HOSTILE.into()))),
                took,
            ),
            _ => (Class::Success, None, took),
        }
    }

    fn kick(&mut self, arrival: &Arrival) {
        let took = Micros(4_000 + self.rng.below(9_000));
        self.step(arrival, Operation::Provoke, (Class::Success, None), took);
        let took = Micros(6_000 + self.rng.below(20_000));
        self.step(arrival, Operation::KickNotice, (Class::Success, None), took);
        let took = Micros(16_000 + self.rng.below(30_000));
        let again = if self.rng.below(20) == 0 {
            (Class::Expected, Some(Cause::CutByKick))
        } else {
            (Class::Success, None)
        };
        self.step(arrival, Operation::Relogin, again, took);
        if self.is_failing(arrival) && self.rng.below(300) == 0 {
            self.recorder.record(Event::Violation(Violation {
                invariant: Invariant::EndedTokenIsRefused,
                at: arrival.due.plus(took),
                story: format!(
                    "u{:04}: its token was accepted after the kick",
                    arrival.account
                ),
            }));
        } else {
            let rule = Invariant::EndedTokenIsRefused;
            self.recorder.record(Event::Checked(rule));
        }
    }

    fn step(
        &mut self,
        arrival: &Arrival,
        operation: Operation,
        (class, cause): (Class, Option<Cause>),
        took: Micros,
    ) {
        let sent = arrival.due.plus(Micros(700 + self.rng.below(1_200)));
        self.recorder.record(Event::Step(Step {
            operation,
            planned: Planned::Yes,
            scenario: arrival.scenario,
            stage: arrival.stage,
            class,
            cause,
            due: arrival.due,
            ready: arrival.due,
            sent: Some(sent),
            // The script counts no requests, so no outcome claims one.
            departed: trtc_load::session::Departed::No,
            answered: if class == Class::Timeout {
                Answered::No
            } else {
                Answered::Yes
            },
            done: sent.plus(took),
            phases: trtc_load::session::Phases::default(),
        }));
    }
}
