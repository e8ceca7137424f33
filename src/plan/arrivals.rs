//! Who arrives when, to do what: the n-th arrival is the same for the same seed, whoever asks for it.

use super::chance::{Draws, Purpose, bits, pick, unit};
use super::itinerary::Itinerary;
use super::schedule::Dues;
use super::{Plan, itinerary};
use crate::identity::Platform;
use crate::profile::{AppIx, ScenarioIx, StageIx};
use crate::units::Micros;

/// One start of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    /// Its number in the plan, from 0.
    pub n: u64,
    /// When its first step is due.
    pub due: Micros,
    /// The stage of its due time.
    pub stage: StageIx,
    /// What it plays.
    pub scenario: ScenarioIx,
    /// The app of its accounts.
    pub app: AppIx,
    /// Its accounts' numbers in the app's population. The second is meant only where the scenario takes two.
    pub accounts: [u64; 2],
    /// What it means to do.
    pub itinerary: Itinerary,
}

impl Arrival {
    /// The accounts it holds, one or two.
    #[must_use]
    pub fn accounts(&self, plan: &Plan) -> &[u64] {
        let count = usize::try_from(plan.scenarios[usize::from(self.scenario.0)].accounts());
        &self.accounts[..count.unwrap_or(1).min(2)]
    }
}

/// Every arrival of a plan, in order, made as it is asked for.
#[derive(Clone, Debug)]
pub struct Arrivals<'a> {
    plan: &'a Plan,
    dues: Dues<'a>,
    number: u64,
    /// How far each app's walk has gone.
    positions: Vec<u64>,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        Self {
            plan,
            dues: plan.schedule.dues(plan.seed),
            number: 0,
            positions: vec![0; plan.apps.len()],
        }
    }
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let plan = self.plan;
        let (due, stage) = self.dues.next()?;
        let n = self.number;
        self.number += 1;
        let point = |purpose| unit(bits(plan.seed, purpose, n));
        let scenario = pick(
            plan.scenarios.iter().map(|s| s.share),
            point(Purpose::Scenario),
        );
        let app = pick(plan.apps.iter().map(|app| app.share), point(Purpose::App));
        let steps = plan.scenarios[scenario].accounts();
        let position = self.positions[app];
        self.positions[app] += steps;
        let walk = &plan.apps[app].walk;
        Some(Arrival {
            n,
            due,
            stage,
            scenario: ScenarioIx(index(scenario)),
            app: AppIx(index(app)),
            accounts: [walk.account(position), walk.account(position + steps - 1)],
            itinerary: itinerary::Itinerary::draw(
                &plan.scenarios[scenario],
                Draws::of(plan.seed, n),
            ),
        })
    }
}

/// A profile holds at most 64 scenarios and 64 apps.
fn index(index: usize) -> u8 {
    u8::try_from(index).unwrap_or(u8::MAX)
}

impl Plan {
    /// The platform of an account's devices: the same in every run.
    #[must_use]
    pub fn platform(&self, app: AppIx, account: u64) -> Platform {
        let number = (u64::from(app.0) << 48) ^ account;
        let point = unit(bits(self.seed, Purpose::Platform, number));
        let chosen = pick(self.platforms.iter().map(|(_, share)| *share), point);
        self.platforms[chosen].0
    }
}
