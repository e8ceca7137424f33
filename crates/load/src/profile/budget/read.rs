//! The list `budgets`: sentences checked against the scenarios and stages, and the budgets that they imply.

use super::implied::implied;
use super::sentence::{self, Sentence};
use super::{Budget, BudgetOf, Origin};
use crate::profile::StageIx;
use crate::profile::population::UsersigLife;
use crate::profile::stages::{Stage, StageKind};
use crate::profile::target::TargetParts;
use crate::scenario::Scenario;
use crate::session::{Operation, Phase};
use trtc_base::config::{FaultKind, Key, Raw, Table, Value, nearest};
use trtc_base::units::Micros;

/// What budgets are checked against.
pub(in super::super) struct Run<'r> {
    pub(in super::super) scenarios: &'r [Scenario],
    pub(in super::super) stages: &'r [Stage],
    pub(in super::super) target: &'r TargetParts,
    pub(in super::super) issuing: Issuing,
    /// How long UserSigs are valid; none where that could not be read.
    pub(in super::super) usersigs: Option<UsersigLife>,
}

/// Who issues UserSigs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Issuing {
    /// The program: no step.
    ByUs,
    /// The team's server: the operations `usersig` and `sign_in`.
    ByServer,
}

/// Reads the sentences where there is nothing to check them against.
pub(in super::super) fn read_alone(root: &Table<'_>, key: &Key<Raw>) {
    for value in sentences(root, key).unwrap_or_default() {
        parse(&value);
    }
}

pub(in super::super) fn read(
    root: &Table<'_>,
    key: &Key<Raw>,
    run: &Run<'_>,
) -> Option<Vec<Budget>> {
    let mut budgets: Vec<Budget> = Vec::new();
    for value in sentences(root, key)? {
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
    budgets.extend(implied(&budgets, run));
    Some(budgets)
}

fn sentences<'d>(root: &Table<'d>, key: &Key<Raw>) -> Option<Vec<Value<'d>>> {
    root.find(key).map_or(Some(Vec::new()), Value::list)
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
            origin: Origin::Written,
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
        if self.uses(operation) {
            return;
        }
        value.fault(
            FaultKind::BudgetOperation,
            format!("the budget \"{text}\" could never be known: no scenario has a {operation}"),
            if self.is_webhook() {
                "remove it, or write a budget on `callback`, all that a webhook's receiver is asked"
            } else {
                remedy(operation)
            },
        );
    }

    fn is_webhook(&self) -> bool {
        let dialect = self.target.dialect();
        dialect.is_some_and(|dialect| dialect.is_webhook())
    }

    /// Whether anything in the run is of that operation. Where the dialect could not be read it is not known to be of none.
    pub(super) fn uses(&self, operation: Operation) -> bool {
        let dialect = self.target.dialect();
        let can = |operation| dialect.is_none_or(|dialect| dialect.can(operation));
        let registers = operation == Operation::Register && can(operation);
        // Polls are never opened: their first request is the channel.
        let opens = operation != Operation::Push || can(operation);
        let polls = dialect.is_some_and(|dialect| dialect.polls_as() == Some(operation));
        let performs = |scenario: &Scenario| {
            let does = if self.is_webhook() {
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
        let renews = operation == Operation::Relogin && self.renews();
        registers || issues || renews || self.scenarios.iter().any(performs)
    }

    /// Whether UserSigs that are signed here end while somebody is online with them.
    fn renews(&self) -> bool {
        let Some(life) = self.usersigs.filter(|_| self.issuing == Issuing::ByUs) else {
            return false;
        };
        let outlasts = |scenario: &Scenario| {
            scenario.share > 0.0 && scenario.logs_in() && scenario.dwell.max() > life.valid_for
        };
        let dialect = self.target.dialect();
        dialect.is_none_or(|dialect| dialect.shows_user_sig())
            && (life.ends_at.is_some() || self.scenarios.iter().any(outlasts))
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
}

/// What to do about a budget on an operation that no scenario has.
const fn remedy(operation: Operation) -> &'static str {
    match operation {
        Operation::Register => "remove it: accounts of this dialect register at their first login",
        Operation::Login => "remove it, or give a scenario a `weight` above 0",
        Operation::SelfInfo => "remove it, or write `self_info = true` in a scenario",
        Operation::Watch => {
            "remove it, or write `watch = \"2%\"` in a scenario that has `self_info`"
        }
        Operation::InFlight => {
            "remove it, or write `in_flight = \"30%\"` in a scenario of the kind kicked"
        }
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
        Operation::LongPoll => {
            "remove it, or write `push = true` in a scenario of a dialect with long polls"
        }
        Operation::RegisterMany
        | Operation::Status
        | Operation::AccountCheck
        | Operation::AppInfo => "remove it, or add a scenario that has it",
    }
}
