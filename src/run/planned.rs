//! A profile with its plan, and what playing it can cost.

use std::sync::Arc;

use trtc_base::error::Problem;
use trtc_base::units::Micros;
use trtc_load_core::engine::Cost;
use trtc_load_core::plan::{Fault, Foresight, Plan, Shard};
use trtc_load_core::profile::{Caps, Profile};
use trtc_load_core::scenario::Scenario;
use trtc_load_core::session::Operation;

/// A profile with its plan.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) profile: Profile,
    pub(crate) plan: Arc<Plan>,
}

impl Planned {
    /// Plans that shard of `profile`.
    pub(crate) fn of(profile: Profile, shard: Shard) -> Result<Self, Vec<Problem>> {
        match Plan::of_shard(&profile, shard) {
            Ok(plan) => Ok(Self {
                profile,
                plan: Arc::new(plan),
            }),
            Err(faults) => Err(explained(&faults)),
        }
    }

    /// How long sessions may go on after the schedule's end.
    pub(crate) fn drain(&self) -> Micros {
        let drain = self.profile.limits().drain;
        drain.unwrap_or_else(|| self.plan.longest_session())
    }

    /// What the run may cost: a shard's part of the caps.
    pub(crate) fn caps(&self) -> Caps {
        let caps = self.profile.caps();
        let part = |cap: Option<u64>| cap.map(|cap| self.plan.shard().part(cap));
        Caps {
            max_mau: part(caps.max_mau),
            max_registered_accounts: part(caps.max_registered_accounts),
        }
    }
}

/// A plan's faults, told.
pub(crate) fn explained(faults: &[Fault]) -> Vec<Problem> {
    faults.iter().map(Problem::from).collect()
}

/// What the whole run can cost, its caps kept: accounts that log in, and accounts that it registers.
pub(crate) fn cost_of(planned: &Planned, foresight: &Foresight) -> Cost {
    let profile = &planned.profile;
    let dialect = &profile.target().dialect;
    let mut registrations = 0_u64;
    let mut logs_in = false;
    for (scenario, seen) in profile.scenarios().iter().zip(&foresight.scenarios) {
        let each = Cost::of(scenario, dialect);
        logs_in |= each.logins > 0;
        let all = each.registrations.saturating_mul(seen.arrivals);
        registrations = registrations.saturating_add(all);
    }
    let caps = planned.caps();
    let logins = if logs_in { foresight.accounts } else { 0 };
    let most = |cost: u64, cap: Option<u64>| cap.map_or(cost, |cap| cap.min(cost));
    Cost {
        logins: most(logins, caps.max_mau),
        // No more accounts than there are, however often they come.
        registrations: most(
            registrations.min(foresight.population),
            caps.max_registered_accounts,
        ),
    }
}

/// How many accounts an administrator's requests kick: whoever is online with one of them is logged out.
pub(crate) fn kicked_by(planned: &Planned, foresight: &Foresight) -> u64 {
    let scenarios = planned.profile.scenarios().iter();
    // The sessions that other scenarios end are their own.
    let kicks = |scenario: &Scenario| !scenario.logs_in() && scenario.performs(Operation::Provoke);
    let arrivals = scenarios
        .zip(&foresight.scenarios)
        .filter(|(scenario, _)| kicks(scenario))
        .map(|(_, seen)| seen.arrivals);
    arrivals.sum::<u64>().min(foresight.population)
}
