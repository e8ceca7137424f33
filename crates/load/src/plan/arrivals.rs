//! Who arrives when, to do what: the n-th arrival is the same for the same seed, whoever asks for it.

use super::Plan;
use super::chance::{Purpose, bits, draws, pick, unit};
use super::schedule::Dues;
use super::walk::{Gone, Steps};
use crate::profile::{AppIx, ScenarioIx, StageIx};
use crate::scenario::Itinerary;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

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

/// A place in a plan's arrivals. It owns nothing of the plan, so each reader keeps its own.
#[derive(Clone, Debug)]
pub struct Cursor {
    dues: Dues,
    number: u64,
    /// How far each app's walk has gone.
    gone: Vec<Gone>,
    /// How many arrivals of each scenario it has passed.
    passed: Vec<u64>,
}

impl Cursor {
    /// Before the first arrival of `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        Self {
            dues: Dues::new(plan.seed),
            number: 0,
            gone: vec![Gone::default(); plan.apps.len()],
            passed: vec![0; plan.scenarios.len()],
        }
    }

    /// How many arrivals of the whole plan it has passed, those of other shards included.
    #[must_use]
    pub const fn passed(&self) -> u64 {
        self.number
    }

    /// The next arrival of `plan`, which must be the plan that the cursor was made for.
    pub fn next(&mut self, plan: &Plan) -> Option<Arrival> {
        self.step(plan).map(|drawn| drawn.arrival(plan))
    }

    /// When the next arrival is due, without working it out.
    pub fn next_due(&mut self, plan: &Plan) -> Option<Micros> {
        self.step(plan).map(|drawn| drawn.due)
    }

    /// The next arrival's itinerary, without its accounts.
    pub(super) fn next_itinerary(&mut self, plan: &Plan) -> Option<(Drawn, Itinerary)> {
        let drawn = self.step(plan)?;
        let itinerary = drawn.itinerary(plan);
        Some((drawn, itinerary))
    }

    /// The next arrival of one scenario; those of the others are passed by.
    pub fn next_of(&mut self, plan: &Plan, scenario: ScenarioIx) -> Option<Arrival> {
        loop {
            let drawn = self.step(plan)?;
            if drawn.scenario == scenario {
                return Some(drawn.arrival(plan));
            }
        }
    }

    /// The next one of the plan's shard. Those of other shards are drawn as far as it takes to walk on.
    fn step(&mut self, plan: &Plan) -> Option<Drawn> {
        loop {
            let drawn = self.draw(plan)?;
            if plan.shard.has(drawn.steps.pair()) {
                return Some(drawn);
            }
        }
    }

    fn draw(&mut self, plan: &Plan) -> Option<Drawn> {
        let (due, stage) = self.dues.next(&plan.schedule)?;
        let n = self.number;
        self.number += 1;
        let point = |purpose| unit(bits(plan.seed, purpose, n));
        let scenario = pick(
            plan.scenarios.iter().map(|s| s.share),
            point(Purpose::Scenario),
        );
        let nth = self.passed[scenario];
        self.passed[scenario] += 1;
        let app = pick(plan.apps.iter().map(|app| app.share), point(Purpose::App));
        let (walk, gone) = (&plan.apps[app].walk, &mut self.gone[app]);
        let steps = if plan.scenarios[scenario].accounts() == 1 {
            walk.one(gone)
        } else {
            walk.two(gone)
        };
        Some(Drawn {
            n,
            nth,
            due,
            stage,
            scenario: ScenarioIx(index(scenario)),
            app: AppIx(index(app)),
            steps,
        })
    }
}

/// An arrival before its accounts and its itinerary are worked out.
pub(super) struct Drawn {
    n: u64,
    /// How many arrivals of its scenario came before it.
    nth: u64,
    pub(super) due: Micros,
    pub(super) stage: StageIx,
    pub(super) scenario: ScenarioIx,
    pub(super) app: AppIx,
    steps: Steps,
}

impl Drawn {
    fn arrival(&self, plan: &Plan) -> Arrival {
        let walk = &plan.apps[usize::from(self.app.0)].walk;
        let Steps { first, last } = self.steps;
        let own = walk.account(first);
        let other = if last == first {
            own
        } else {
            walk.account(last)
        };
        Arrival {
            n: self.n,
            due: self.due,
            stage: self.stage,
            scenario: self.scenario,
            app: self.app,
            accounts: [own, other],
            itinerary: self.itinerary(plan),
        }
    }

    fn itinerary(&self, plan: &Plan) -> Itinerary {
        let scenario = &plan.scenarios[usize::from(self.scenario.0)];
        Itinerary::draw(scenario, self.nth, draws(plan.seed, self.n))
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
