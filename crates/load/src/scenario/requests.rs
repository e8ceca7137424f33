//! `requests`: an administrator's requests one after the other, without a session.

use super::agenda::Draft;
use super::check::Check;
use super::draws::Draws;
use super::itinerary::{Itinerary, Meanwhile};
use super::kind::Kind;
use super::{Around, PAUSE, Play, Scenario, Spread};
use crate::session::Operation;
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, Written, list};
use trtc_base::section;
use trtc_base::units::Micros;

/// The most requests of an arrival.
const MOST: usize = 16;

section! {
    /// The kind `requests`: an administrator's requests one after the other, with a `pause` between them, without a session.
    pub(super) KEYS {
        /// What is asked, in this order: operations that the dialect has for administrators.
        STEPS: Raw = raw("steps", Form::List(&Form::OneOf(operations), 1, MOST)).otherwise("a fault: the kind needs it");
        /// How many accounts a request names that can name several.
        BATCH: u32 = whole("batch", 1, 10_000).or("1");
    }
}

fn operations() -> Vec<&'static str> {
    let all = Operation::ALL.into_iter();
    all.filter(|one| one.is_administrators())
        .map(Operation::name)
        .collect()
}

/// An administrator's requests one after the other, without a session.
#[derive(Clone, Debug, PartialEq)]
pub struct Requests {
    /// What is asked, in this order.
    pub steps: Vec<Operation>,
    /// How many accounts a request names that can name several, at least 1.
    pub batch: u32,
    /// How long the next request waits for.
    pub pause: Spread,
}

pub(super) fn read(table: &Table<'_>, around: &Around<'_>) -> Option<Play> {
    let steps = table.need(&STEPS, "[\"register\", \"status\"]")?;
    let list = steps.list()?;
    if list.is_empty() || list.len() > MOST {
        steps.fault(
            FaultKind::StepCount,
            format!("`{}` has {} entries", steps.path(), list.len()),
            format!("name 1 to {MOST} operations"),
        );
    }
    let read: Vec<_> = list.iter().map(|step| read_step(step, around)).collect();
    let pause = table.read_or(&PAUSE, Spread::Constant(Micros::ZERO));
    let batch = table.read(&BATCH);
    let (steps, batch) = (read.into_iter().collect::<Option<Vec<_>>>()?, batch?);
    for step in &steps {
        let most = around
            .dialect
            .and_then(|dialect| dialect.request(*step)?.batch());
        if let (Some(value), Some(most)) = (table.find(&BATCH), most.filter(|most| batch > *most)) {
            value.fault(
                FaultKind::BatchTooLong,
                format!(
                    "`{}` is {batch}, and {step} takes at most {most} accounts",
                    value.path()
                ),
                format!("write {most} or less"),
            );
        }
    }
    Some(Play::Requests(Requests {
        steps,
        batch,
        pause: pause?,
    }))
}

fn read_step(value: &Value<'_>, around: &Around<'_>) -> Option<Operation> {
    let name = value.text()?;
    let operation = Operation::named(name);
    // Of a dialect that could not be read nothing is known but that it is one.
    let can = |one: &Operation| {
        let administers = around.dialect.map(|dialect| dialect.administers(*one));
        administers.unwrap_or(one.is_administrators())
    };
    if let Some(operation) = operation.filter(can) {
        return Some(operation);
    }
    let has = |one: Operation| {
        around
            .dialect
            .is_none_or(|dialect| dialect.request(one).is_some())
    };
    let (kind, why) = if operation.is_some_and(has) {
        (FaultKind::StepOfSession, "belongs to a session")
    } else {
        (FaultKind::StepUnknown, "the dialect cannot ask for")
    };
    let able = Operation::ALL.into_iter().filter(can);
    let able: Vec<_> = able.map(Operation::name).collect();
    let remedy = if able.is_empty() {
        "name a dialect for administrators, such as \"tencent-rest\", or play another kind"
            .to_owned()
    } else {
        format!("write one of: {}", able.join(", "))
    };
    let what = format!("`{}` is \"{name}\", which {why}", value.path());
    value.fault(kind, what, remedy);
    None
}

impl Kind for Requests {
    fn write(&self, _scenario: &Scenario, out: &mut Writer) {
        let steps = self.steps.iter().map(|step| step.name().written());
        out.put_as(&STEPS, &list(steps));
        out.put(&BATCH, &self.batch);
        out.put(&PAUSE, &self.pause);
    }

    fn check(&self, _check: &Check<'_>) {
        // Each step was looked at where it stands.
    }

    fn signs(&self) -> Option<&'static str> {
        Some("the administrator's UserSig")
    }

    fn steps(&self) -> Option<&[Operation]> {
        Some(&self.steps)
    }

    fn batch(&self) -> u32 {
        self.batch
    }

    fn has_dwells(&self) -> bool {
        false
    }

    fn performs(&self, _scenario: &Scenario, operation: Operation) -> bool {
        self.steps.contains(&operation)
    }

    fn draw_absence(&self, draws: &mut Draws) -> (Micros, Meanwhile) {
        (self.pause.draw(draws), Meanwhile::Nothing)
    }

    fn longest_absence(&self) -> (Micros, Meanwhile) {
        (self.pause.max(), Meanwhile::Nothing)
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        let pauses = self.steps.len().saturating_sub(1) as u64;
        Micros(plan.away.0.saturating_mul(pauses))
    }

    fn connects_again(&self, _channel: u64) -> u64 {
        1
    }

    fn dwells(&self) -> f64 {
        0.0
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        self.steps.iter().for_each(|step| draft.once(*step));
    }
}
