//! Where a plan asks for more than the service's documents allow.

use super::Plan;
use crate::dialect::Dialect;
use crate::profile::Play;
use crate::session::Operation;

/// A stage that asks for more of an operation than the documents allow.
#[derive(Clone, Debug, PartialEq)]
pub struct Excess {
    /// The stage's name.
    pub stage: String,
    /// What is asked too often.
    pub operation: Operation,
    /// How often, each second, at the stage's busiest.
    pub planned: f64,
    /// How often an app may.
    pub allowed: f64,
}

impl Plan {
    /// Every stage that would exceed a limit which `dialect` knows.
    #[must_use]
    pub fn beyond_limits(&self, dialect: &Dialect) -> Vec<Excess> {
        let mut found = Vec::new();
        for span in self.stages() {
            let arrivals = span.rate.0.max(span.rate.1);
            for operation in Operation::ALL {
                let planned = arrivals * self.requests_an_arrival(operation);
                if let Some(allowed) = dialect.limit(operation).filter(|most| planned > *most) {
                    found.push(Excess {
                        stage: span.name.clone(),
                        operation,
                        planned,
                        allowed,
                    });
                }
            }
        }
        found
    }

    /// Requests of `operation` that an arrival brings on average, of the scenarios that name their requests.
    fn requests_an_arrival(&self, operation: Operation) -> f64 {
        let of = |scenario: &crate::profile::Scenario| match &scenario.play {
            Play::Requests { steps, .. } => {
                #[expect(clippy::cast_precision_loss, reason = "at most 16 steps")]
                let times = steps.iter().filter(|step| **step == operation).count() as f64;
                scenario.share * times
            }
            Play::Login
            | Play::Switch { .. }
            | Play::Devices { .. }
            | Play::Kicked { .. }
            | Play::Expired { .. }
            | Play::Reconnect { .. }
            | Play::Absent { .. } => 0.0,
        };
        self.scenarios().iter().map(of).sum()
    }
}

impl std::fmt::Display for Excess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {:.0} {} a second, documented limit {:.0}",
            self.stage, self.planned, self.operation, self.allowed
        )
    }
}
