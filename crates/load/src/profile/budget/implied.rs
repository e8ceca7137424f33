//! The budgets that nobody writes: `errors < 1%` on each operation of the run whose errors the profile does not limit.
//!
//! A latency budget brings it to the stages that it covers, and every operation that a scenario uses has it in the measured
//! ones: a target that fails fast must not pass, and errors never pass in silence. Where the profile writes a budget on the
//! errors of an operation, that one holds instead, in the stages that it covers.

use super::read::{Issuing, Run};
use super::{Budget, BudgetOf, Origin, Quantile};
use crate::profile::StageIx;
use crate::profile::stages::StageKind;
use crate::session::Operation;

/// What the written budgets leave to the program.
pub(super) fn implied(written: &[Budget], run: &Run<'_>) -> Vec<Budget> {
    let mut found = Implied {
        run,
        written,
        budgets: Vec::new(),
    };
    let latencies = || written.iter().filter_map(|budget| latency(budget, run));
    for (operations, stage, quantile) in latencies() {
        if let Some(stage) = stage {
            for operation in operations {
                found.add_on(operation, stage, Some(quantile));
            }
        }
    }
    for (operations, stage, quantile) in latencies() {
        if stage.is_none() {
            for operation in operations {
                found.add_on_measured(operation, Some(quantile));
            }
        }
    }
    for operation in Operation::ALL {
        if run.tries(operation) {
            found.add_on_measured(operation, None);
        }
    }
    found.budgets
}

/// The operations whose errors would hide from a latency budget, where it looks, and at which point.
fn latency(budget: &Budget, run: &Run<'_>) -> Option<(Vec<Operation>, Option<StageIx>, Quantile)> {
    let (BudgetOf::Latency(operation, quantile, ..) | BudgetOf::Phase(operation, _, quantile, _)) =
        budget.of
    else {
        return None;
    };
    // A login that was never sent for want of a UserSig would be in no budget.
    let stands_behind = matches!(operation, Operation::Login | Operation::SignIn)
        && run.issuing == Issuing::ByServer;
    let behind = stands_behind.then_some(Operation::Usersig);
    let operations = std::iter::once(operation).chain(behind).collect();
    Some((operations, budget.stage, quantile))
}

impl Run<'_> {
    /// Whether errors of `operation` can occur in the run, and are not those of other operations.
    fn tries(&self, operation: Operation) -> bool {
        let is_there = match operation {
            // A sum of others.
            Operation::SignIn => false,
            // Not the dialect's own requests.
            Operation::Usersig | Operation::Callback | Operation::Status | Operation::LongPoll => {
                true
            }
            Operation::Register
            | Operation::Login
            | Operation::SelfInfo
            | Operation::Watch
            | Operation::InFlight
            | Operation::Push
            | Operation::Switch
            | Operation::Provoke
            | Operation::KickNotice
            | Operation::Relogin
            | Operation::Reconnect
            | Operation::Logout
            | Operation::AccountCheck
            | Operation::RegisterMany
            | Operation::AppInfo => {
                let dialect = self.target.dialect();
                dialect.is_some_and(|dialect| dialect.can(operation))
            }
        };
        is_there && self.uses(operation)
    }

    fn measured(&self) -> Vec<StageIx> {
        let stages = (0..=u8::MAX).map(StageIx).zip(self.stages);
        let measured = stages.filter(|(_, stage)| stage.kind == StageKind::Measured);
        measured.map(|(ix, _)| ix).collect()
    }
}

/// What was found so far.
struct Implied<'r> {
    run: &'r Run<'r>,
    written: &'r [Budget],
    budgets: Vec<Budget>,
}

impl Implied<'_> {
    /// Adds `errors < 1%` on `operation` to the measured stages in which the profile does not limit them.
    fn add_on_measured(&mut self, operation: Operation, beside: Option<Quantile>) {
        let measured = self.run.measured();
        let is_free = |stage: &StageIx| !self.is_written(operation, *stage);
        let free: Vec<StageIx> = measured.iter().copied().filter(is_free).collect();
        let has_each = |stage: &StageIx| self.place_of(operation, Some(*stage)).is_some();
        if free.len() < measured.len() || free.iter().all(has_each) {
            for stage in free {
                self.add(operation, Some(stage), beside);
            }
        } else {
            self.add(operation, None, beside);
        }
    }

    /// Adds it to one stage, whatever its kind.
    fn add_on(&mut self, operation: Operation, stage: StageIx, beside: Option<Quantile>) {
        if !self.is_written(operation, stage) {
            self.add(operation, Some(stage), beside);
        }
    }

    fn is_written(&self, operation: Operation, stage: StageIx) -> bool {
        let covers = |budget: &Budget| match budget.stage {
            Some(one) => one == stage,
            None => self.run.measured().contains(&stage),
        };
        let mut limits = self
            .written
            .iter()
            .filter(|one| one.is_on_errors_of(operation));
        limits.any(covers)
    }

    fn place_of(&self, operation: Operation, stage: Option<StageIx>) -> Option<usize> {
        let is_it = |one: &Budget| one.is_on_errors_of(operation) && one.stage == stage;
        self.budgets.iter().position(is_it)
    }

    /// Adds it once.
    fn add(&mut self, operation: Operation, stage: Option<StageIx>, beside: Option<Quantile>) {
        if let Some(place) = self.place_of(operation, stage) {
            let origin = &mut self.budgets[place].origin;
            if let Origin::Implied { beside: earlier } = origin {
                *earlier = fewest_samples(*earlier, beside);
            }
            return;
        }
        let budget = Budget::implied(operation);
        let name = stage.and_then(|stage| self.run.stages.get(usize::from(stage.0)));
        let place = name.map(|stage| format!(" in {}", stage.name));
        self.budgets.push(Budget {
            sentence: budget.sentence + &place.unwrap_or_default(),
            stage,
            origin: Origin::Implied { beside },
            ..budget
        });
    }
}

/// Which of the two is known with fewer samples; none: neither is asked for.
fn fewest_samples(one: Option<Quantile>, other: Option<Quantile>) -> Option<Quantile> {
    let needs = |quantile: &Quantile| match *quantile {
        Quantile::Mean => 0.0,
        Quantile::Share(share) => share,
        Quantile::Max => 1.0,
    };
    let both = [one, other].into_iter().flatten();
    both.min_by(|one, other| needs(one).total_cmp(&needs(other)))
}
