//! Hands each scenario's arrivals to its slots, in the plan's order, one at a time.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::plan::{Arrival, Cursor, Plan};
use crate::profile::ScenarioIx;

/// The plan's arrivals that no slot has taken yet.
#[derive(Debug)]
pub(super) struct Feed {
    plan: Arc<Plan>,
    /// One cursor a scenario: a slot waits for another one's draw only where both play the same scenario.
    cursors: Vec<Mutex<Cursor>>,
}

impl Feed {
    pub(super) fn new(plan: Arc<Plan>) -> Self {
        let cursors = plan
            .scenarios()
            .iter()
            .map(|_| Mutex::new(Cursor::new(&plan)))
            .collect();
        Self { plan, cursors }
    }

    /// The next arrival of `scenario`, which may be due later than now; none when the plan has no more.
    pub(super) fn take(&self, scenario: ScenarioIx) -> Option<Arrival> {
        let mut cursor = self.cursors[usize::from(scenario.0)].lock();
        cursor.next_of(&self.plan, scenario)
    }
}
