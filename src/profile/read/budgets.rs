//! The list `budgets`: sentences checked against the scenarios and stages, and the budgets that they imply.

use super::super::StageIx;
use super::super::budget::{Budget, BudgetOf, Quantile};
use super::super::scenario::Scenario;
use super::super::stage::{Stage, StageKind};
use super::sentence::{self, Sentence};
use super::target::TargetParts;
use crate::dialect::document::{FaultKind, Table, Value, nearest};
use crate::session::Operation;
use crate::session::Phase;
use crate::units::Micros;

/// The errors that a latency budget allows on its operation unless the profile says otherwise.
const IMPLIED_ERRORS: f64 = 0.01;

/// What budgets are checked against.
pub(super) struct Run<'r> {
    pub(super) scenarios: &'r [Scenario],
    pub(super) stages: &'r [Stage],
    pub(super) target: &'r TargetParts,
    pub(super) issuing: Issuing,
}

/// Who issues UserSigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Issuing {
    /// The program: no step.
    ByUs,
    /// The team's server: the operations `usersig` and `sign_in`.
    ByServer,
}

/// Reads the sentences where there is nothing to check them against.
pub(super) fn read_alone(root: &Table<'_>) {
    for value in sentences(root).unwrap_or_default() {
        parse(&value);
    }
}

pub(super) fn read(root: &Table<'_>, run: &Run<'_>) -> Option<Vec<Budget>> {
    let mut budgets: Vec<Budget> = Vec::new();
    for value in sentences(root)? {
        let Some((text, sentence)) = parse(&value) else {
            continue;
        };
        let Some(budget) = run.check(&value, text, &sentence) else {
            continue;
        };
        if budgets
            .iter()
            .any(|earlier| earlier.of == budget.of && earlier.stage == budget.stage)
        {
            value.fault(
                FaultKind::BudgetTwice,
                format!("the budget \"{text}\" stands twice"),
                "remove one of them",
            );
        }
        budgets.push(budget);
    }
    let implied = run.implied(&budgets);
    budgets.extend(implied);
    Some(budgets)
}

fn sentences<'d>(root: &Table<'d>) -> Option<Vec<Value<'d>>> {
    root.get_or("budgets", Vec::new(), Value::list)
}

fn parse<'d>(value: &Value<'d>) -> Option<(&'d str, Sentence<'d>)> {
    let text = value.text()?;
    match sentence::parse(text) {
        Ok(sentence) => Some((text, sentence)),
        Err(wrong) => {
            value.fault(
                FaultKind::BudgetWords,
                format!("the budget \"{text}\" is not understood: {}", wrong.what),
                wrong.remedy,
            );
            None
        }
    }
}

impl Run<'_> {
    fn check(&self, value: &Value<'_>, text: &str, sentence: &Sentence<'_>) -> Option<Budget> {
        let stage = match sentence.stage {
            Some(name) => Some(self.stage(value, text, name)?),
            None => None,
        };
        if stage.is_none()
            && self
                .stages
                .iter()
                .all(|stage| stage.kind != StageKind::Measured)
        {
            value.fault(FaultKind::BudgetCoversNothing,
                format!("the budget \"{text}\" covers no stage: all are warm-up or cool-down"),
                "name a stage, as in \"login p99 < 250ms in peak\", or add one of the kind measured",
            );
        }
        match &sentence.of {
            BudgetOf::Latency(operation, _, _, limit) => {
                self.check_operation(value, text, *operation);
                self.check_limit(value, text, *operation, limit.0);
            }
            BudgetOf::Phase(operation, phase, _, limit) => {
                self.check_operation(value, text, *operation);
                self.check_phase(value, text, *phase);
                self.check_limit(value, text, *operation, limit.0);
            }
            BudgetOf::Errors(operation, _) => self.check_operation(value, text, *operation),
            BudgetOf::ArrivalsStarted(_) => {}
        }
        Some(Budget {
            sentence: text.to_owned(),
            of: sentence.of.clone(),
            stage,
            implied_by: None,
        })
    }

    fn stage(&self, value: &Value<'_>, text: &str, name: &str) -> Option<StageIx> {
        let names = self.stages.iter().map(|stage| stage.name.as_str());
        if let Some(at) = names.clone().position(|known| known == name) {
            return u8::try_from(at).ok().map(StageIx);
        }
        let meant = nearest(name, names.clone())
            .map(|meant| format!("did you mean `{meant}`? "))
            .unwrap_or_default();
        value.fault(
            FaultKind::BudgetStage,
            format!("the budget \"{text}\" names the stage \"{name}\", which is not known"),
            format!("{meant}Stages: {}", names.collect::<Vec<_>>().join(", ")),
        );
        None
    }

    /// Tells when nothing in the run is of that operation: such a budget could never be known.
    fn check_operation(&self, value: &Value<'_>, text: &str, operation: Operation) {
        let registers = operation == Operation::Register
            && self
                .target
                .dialect()
                .is_none_or(|dialect| dialect.can(Operation::Register));
        // Polls are never opened: their first request is the channel.
        let opens = operation != Operation::Push
            || self
                .target
                .dialect()
                .is_none_or(|dialect| dialect.can(Operation::Push));
        let is_webhook = self
            .target
            .dialect()
            .is_some_and(|dialect| dialect.is_webhook());
        let polls = operation == Operation::Status
            && self
                .target
                .dialect()
                .is_some_and(|dialect| dialect.polls_now_and_then());
        let performs = |scenario: &Scenario| {
            let does = if is_webhook {
                operation == Operation::Callback
            } else if polls && scenario.performs(Operation::Push) {
                true
            } else {
                opens && scenario.performs(operation)
            };
            scenario.share > 0.0 && does
        };
        let issues = matches!(operation, Operation::Usersig | Operation::SignIn)
            && self.issuing == Issuing::ByServer;
        if registers || issues || self.scenarios.iter().any(performs) {
            return;
        }
        value.fault(
            FaultKind::BudgetOperation,
            format!("the budget \"{text}\" could never be known: no scenario has a {operation}"),
            if is_webhook {
                "remove it, or write a budget on `callback`, all that a webhook's receiver is asked"
            } else {
                remedy(operation)
            },
        );
    }

    /// Tells when no connection goes through that phase.
    fn check_phase(&self, value: &Value<'_>, text: &str, phase: Phase) {
        let (never, remedy) = match phase {
            Phase::Dns => (
                self.target.is_looked_up_once(),
                "remove it, or write `dns = \"each\"` in [target]: otherwise the name is looked up once, before the run",
            ),
            Phase::Tls => (
                !self.target.is_encrypted(),
                "remove it, or give the target's address as https",
            ),
            Phase::Connect | Phase::FirstByte | Phase::Body => (false, ""),
        };
        if never {
            value.fault(
                FaultKind::BudgetPhase,
                format!("the budget \"{text}\" could never be known: no step has a phase {phase}"),
                remedy,
            );
        }
    }

    /// Tells when a step that timed out would keep the budget: it counts at no less than its limit.
    fn check_limit(&self, value: &Value<'_>, text: &str, operation: Operation, most: Micros) {
        let (key, limit) = if operation == Operation::KickNotice {
            ("notice_limit", self.target.notice_limit)
        } else {
            ("timeout", self.target.timeout)
        };
        if let Some(limit) = limit.filter(|limit| most > *limit) {
            value.fault(FaultKind::BudgetAboveTimeout,
                format!("the budget \"{text}\" allows more than `target.{key}`, {limit}, so steps without an answer keep it"),
                format!("lower the budget, or raise `{key}` above it"),
            );
        }
    }

    /// `errors < 1%` for each operation and stage with a latency budget and no errors budget, and for `usersig` where a
    /// login that was never sent for want of one would be in no budget.
    fn implied(&self, budgets: &[Budget]) -> Vec<Budget> {
        let mut implied: Vec<Budget> = Vec::new();
        for budget in budgets {
            let (BudgetOf::Latency(operation, quantile, ..)
            | BudgetOf::Phase(operation, _, quantile, _)) = budget.of
            else {
                continue;
            };
            let stands_behind = matches!(operation, Operation::Login | Operation::SignIn)
                && self.issuing == Issuing::ByServer;
            let behind = stands_behind.then_some(Operation::Usersig);
            for operation in std::iter::once(operation).chain(behind) {
                let is_limited =
                    |other: &Budget| self.limits_errors(other, operation, budget.stage);
                if !budgets.iter().any(is_limited) {
                    self.imply(&mut implied, operation, budget.stage, quantile);
                }
            }
        }
        implied
    }

    /// Adds `errors < 1%` on `operation`, once for each stage.
    fn imply(
        &self,
        implied: &mut Vec<Budget>,
        operation: Operation,
        stage: Option<StageIx>,
        quantile: Quantile,
    ) {
        let of = BudgetOf::Errors(operation, IMPLIED_ERRORS);
        if let Some(same) = implied
            .iter_mut()
            .find(|other| other.of == of && other.stage == stage)
        {
            same.implied_by = same.implied_by.map(|other| least_samples(other, quantile));
            return;
        }
        let place = stage.and_then(|stage| self.stages.get(usize::from(stage.0)));
        let place = place
            .map(|stage| format!(" in {}", stage.name))
            .unwrap_or_default();
        implied.push(Budget {
            sentence: format!("{operation} errors < 1%{place}"),
            of,
            stage,
            implied_by: Some(quantile),
        });
    }

    /// Whether `budget` limits the errors of `operation` wherever a budget on `stage` does.
    fn limits_errors(&self, budget: &Budget, operation: Operation, stage: Option<StageIx>) -> bool {
        let covers = budget.stage == stage
            || budget.stage.is_none() && stage.is_some_and(|stage| self.is_measured(stage));
        matches!(budget.of, BudgetOf::Errors(of, _) if of == operation) && covers
    }

    fn is_measured(&self, stage: StageIx) -> bool {
        let stage = self.stages.get(usize::from(stage.0));
        stage.is_some_and(|stage| stage.kind == StageKind::Measured)
    }
}

/// What to do about a budget on an operation that no scenario has.
const fn remedy(operation: Operation) -> &'static str {
    match operation {
        Operation::Register => "remove it: accounts of this dialect register at their first login",
        Operation::Login => "remove it, or give a scenario a `weight` above 0",
        Operation::SelfInfo => "remove it, or write `self_info = true` in a scenario",
        Operation::Push => {
            "remove it, or write `push = true` in a scenario of a dialect with a WebSocket or an event stream"
        }
        Operation::Switch => "remove it, or add a scenario of the kind switch",
        Operation::Provoke | Operation::KickNotice => {
            "remove it, or add a scenario of the kind kicked"
        }
        Operation::Relogin => {
            "remove it, or add a scenario of the kind kicked with `relogin`, or of the kind expired"
        }
        Operation::Logout => "remove it, or write `logout = 0.1` in a scenario",
        Operation::Usersig | Operation::SignIn => {
            "remove it, or name your UserSig server in a table [usersig]"
        }
        Operation::Callback => {
            "remove it, or name a webhook's dialect, such as \"tencent-webhook\", in [target]"
        }
        Operation::Reconnect => "remove it, or add a scenario of the kind reconnect",
        Operation::Status | Operation::AccountCheck => "remove it, or add a scenario that has it",
    }
}

/// Which of the two is known with fewer samples.
fn least_samples(one: Quantile, other: Quantile) -> Quantile {
    let needs = |quantile| match quantile {
        Quantile::Mean => 0.0,
        Quantile::Share(share) => share,
        Quantile::Max => 1.0,
    };
    if needs(other) < needs(one) {
        other
    } else {
        one
    }
}
