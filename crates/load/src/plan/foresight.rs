//! What a run will take and cost, told before it starts.

use super::Plan;
use super::needs::connections_of;
use crate::profile::{ConnectionUse, Profile, RETRIES_AT_ONCE, Retries, Webhook};

/// Descriptors that the program itself needs beside its devices: runtime, recording, terminal, the mock's pipes.
const OWN_DESCRIPTORS: u64 = 64;

/// What the run will do; of a shard its own part, but for the stages' rates.
#[derive(Clone, Debug, PartialEq)]
pub struct Foresight {
    /// Whether the plan is too long to be played beforehand: counts are expectations, and what is in use at once is a
    /// bound that chance does not reach.
    pub is_estimated: bool,
    /// By stage.
    pub stages: Vec<StageForesight>,
    /// By scenario.
    pub scenarios: Vec<ScenarioForesight>,
    /// Arrivals in all.
    pub arrivals: u64,
    /// Slots in all.
    pub slots: u64,
    /// Accounts that the population has, over all apps.
    pub population: u64,
    /// Accounts that the run touches: each is registered by its first login, unless an earlier run did it, and each
    /// counts once into the month's MAU.
    pub accounts: u64,
    /// The most sessions online at once, each request taken at its allowance.
    pub sessions: u64,
    /// Connections open at once, at most, each request taken at its allowance.
    pub connections: u64,
    /// Descriptors that the run can need at once, with every slot in use.
    pub descriptors: u64,
    /// Logins of every kind, when all goes well.
    pub logins: u64,
    /// Kicks, when all goes well.
    pub kicks: u64,
}

/// A stage of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct StageForesight {
    /// Its name.
    pub name: String,
    /// How long it lasts, in seconds.
    pub seconds: f64,
    /// Arrivals a second at its start and its end.
    pub rate: (f64, f64),
    /// Arrivals in it.
    pub arrivals: u64,
}

/// A scenario of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioForesight {
    /// Its name.
    pub name: String,
    /// Arrivals of it.
    pub arrivals: u64,
    /// Its slots.
    pub slots: u32,
    /// Logins of every kind, when all goes well.
    pub logins: u64,
}

impl Plan {
    /// What a run of this plan will do.
    #[must_use]
    pub fn foresight(&self, profile: &Profile) -> Foresight {
        let found = &self.occupancy;
        let stages = self
            .stages()
            .iter()
            .zip(&found.by_stage)
            .map(|(span, &arrivals)| StageForesight {
                name: span.name.clone(),
                seconds: span.end.since(span.start).as_secs_f64(),
                rate: span.rate,
                arrivals,
            });
        let scenarios = (0..self.scenarios.len()).map(|ix| ScenarioForesight {
            name: self.scenarios[ix].name.clone(),
            arrivals: found.by_scenario[ix],
            slots: self.slots[ix],
            logins: found.logins[ix],
        });
        let touched = |(app, &steps): (&super::PlannedApp, &u64)| steps.min(app.own);
        Foresight {
            is_estimated: found.is_estimated,
            stages: stages.collect(),
            scenarios: scenarios.collect(),
            arrivals: self.total(),
            slots: self.slots.iter().map(|&slots| u64::from(slots)).sum(),
            population: self.apps.iter().map(|app| app.own).sum(),
            accounts: self.apps.iter().zip(&found.steps).map(touched).sum(),
            sessions: u64::from(found.sessions),
            connections: found.connections,
            descriptors: self.descriptors(profile.target().connection, profile.webhook()),
            logins: found.logins.iter().sum(),
            kicks: found.kicks,
        }
    }

    /// Every slot's devices with their connections, those of callbacks that are sent again, and the program's own.
    fn descriptors(&self, connection: ConnectionUse, webhook: &Webhook) -> u64 {
        let each = self.scenarios.iter().zip(&self.slots);
        let (devices, connections) =
            each.fold((0, 0), |(devices, connections), (scenario, &slots)| {
                let slots = u64::from(slots);
                (
                    devices + slots * scenario.devices(),
                    connections + slots * connections_of(scenario, connection),
                )
            });
        // A short second connection beside a push channel is open in few devices at once: in one of eight, at most.
        let retries = match webhook.retries {
            Retries::Every { .. } => RETRIES_AT_ONCE,
            Retries::AtOnce(_) => 0,
        };
        connections + devices / 8 + u64::from(retries) + OWN_DESCRIPTORS
    }
}
