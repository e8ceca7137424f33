//! How the recording's values are spelled on disk, both ways.

use super::distribution::Exact;
use super::event::{Breach, Invariant, Reason, Tally};
use super::line::{BreachLine, SecondLine};
use super::recording::{AppCount, Counts, Ended, Exchange};
use super::standstill::Standstill;
use crate::profile::ScenarioIx;
use crate::profile::StageIx;
use crate::session::AnswerFault;
use crate::session::Cause;
use crate::session::Class;
use crate::session::Code;
use crate::session::Operation;
use crate::session::TicketFault;
use crate::session::Transport;
use crate::units::Micros;

const ANSWER_FAULTS: [AnswerFault; 2] = [AnswerFault::NotJson, AnswerFault::MissingField];

/// Causes without a value of their own.
const PLAIN: [(&str, Cause); 6] = [
    ("no_answer", Cause::NoAnswer),
    ("no_notice", Cause::NoNotice),
    ("accepted", Cause::Accepted),
    ("cut_by_kick", Cause::CutByKick),
    ("panic", Cause::Panic),
    ("run_ended", Cause::RunEnded),
];

/// `code:70001`, `name:M_FORBIDDEN`, `status:503`, `transport:connection reset`, `sdk:6206`, `no_answer`, ...
pub(super) fn spell_cause(cause: &Cause) -> String {
    let plain = |cause: &Cause| {
        let found = PLAIN.iter().find(|(_, one)| one == cause);
        found.map_or_else(String::new, |(name, _)| (*name).to_owned())
    };
    match cause {
        Cause::Code(Code::Number(number)) => format!("code:{number}"),
        Cause::Code(Code::Name(name)) => format!("name:{name}"),
        Cause::Status(status) => format!("status:{status}"),
        Cause::Transport(fault) => format!("transport:{}", fault.key()),
        Cause::Answer(fault) => format!("answer:{}", fault.name()),
        Cause::Ticket(fault) => format!("ticket:{}", fault.name()),
        Cause::Sdk(code) => format!("sdk:{code}"),
        Cause::NoAnswer
        | Cause::NoNotice
        | Cause::Accepted
        | Cause::CutByKick
        | Cause::Panic
        | Cause::RunEnded => plain(cause),
    }
}

pub(super) fn read_cause(text: &str) -> Option<Cause> {
    let Some((kind, value)) = text.split_once(':') else {
        let found = PLAIN.into_iter().find(|(name, _)| *name == text);
        return found.map(|(_, cause)| cause);
    };
    match kind {
        "code" => Some(Cause::Code(Code::Number(value.parse().ok()?))),
        "name" => Some(Cause::Code(Code::Name(value.into()))),
        "status" => Some(Cause::Status(value.parse().ok()?)),
        "sdk" => Some(Cause::Sdk(value.parse().ok()?)),
        "transport" => Transport::of_key(value).map(Cause::Transport),
        "answer" => ANSWER_FAULTS
            .into_iter()
            .find(|fault| fault.name() == value)
            .map(Cause::Answer),
        "ticket" => TicketFault::ALL
            .into_iter()
            .find(|fault| fault.name() == value)
            .map(Cause::Ticket),
        _ => None,
    }
}

/// Writes counters into a second's line, zeros left out.
pub(super) fn spell_counts(counts: &Counts, line: &mut SecondLine) {
    for ((stage, scenario), count) in counts.started.iter().filter(|(_, count)| **count > 0) {
        line.started.push((stage.0, scenario.0, *count));
    }
    for ((stage, scenario, reason), count) in &counts.not_started {
        if *count > 0 {
            let reason = reason.name().to_owned();
            line.not_started.push((stage.0, scenario.0, reason, *count));
        }
    }
    for (operation, exchange) in &counts.exchanges {
        if exchange.attempts + exchange.answers > 0 {
            let name = operation.name().to_owned();
            line.exchanges
                .push((name, exchange.attempts, exchange.answers));
        }
    }
    for ((operation, class, cause), count) in &counts.causes {
        if *count > 0 {
            line.causes.push((
                operation.name().to_owned(),
                class.name().to_owned(),
                spell_cause(cause),
                *count,
            ));
        }
    }
    let checks = counts.checks.iter().filter(|(_, count)| **count > 0);
    let checks = checks.map(|(invariant, count)| (invariant.name().to_owned(), *count));
    line.checks = (counts.checks_untold == 0).then(|| checks.collect());
    for (invariant, count) in counts.breaches.iter().filter(|(_, count)| **count > 0) {
        line.broken.push((invariant.name().to_owned(), *count));
    }
    for (tally, count) in counts.tallies.iter().filter(|(_, count)| **count > 0) {
        line.tallies.push((tally.name().to_owned(), *count));
    }
    for (operation, count) in counts.in_flight.iter().filter(|(_, count)| **count > 0) {
        line.in_flight.push((operation.name().to_owned(), *count));
    }
    let apps = counts.apps.iter();
    line.apps = apps.map(|app| (app.accounts, app.logins)).collect();
    line.due = counts.due;
    line.other_causes = counts.other_causes;
    line.logins_beyond_rules = counts.logins_beyond_rules;
    line.strays = counts.strays;
}

/// The counters that a second's line says; none where it uses a word that this version does not know.
pub(super) fn read_counts(line: &SecondLine) -> Option<Counts> {
    let mut counts = Counts {
        due: line.due,
        other_causes: line.other_causes,
        logins_beyond_rules: line.logins_beyond_rules,
        strays: line.strays,
        checks_untold: u64::from(line.checks.is_none()),
        ..Counts::default()
    };
    for (stage, scenario, count) in &line.started {
        let key = (StageIx(*stage), ScenarioIx(*scenario));
        counts.started.insert(key, *count);
    }
    for (stage, scenario, reason, count) in &line.not_started {
        let reason = Reason::named(reason)?;
        let key = (StageIx(*stage), ScenarioIx(*scenario), reason);
        counts.not_started.insert(key, *count);
    }
    for (operation, attempts, answers) in &line.exchanges {
        let exchange = Exchange {
            attempts: *attempts,
            answers: *answers,
        };
        let operation = Operation::named(operation)?;
        counts.exchanges.insert(operation, exchange);
    }
    for (operation, class, cause, count) in &line.causes {
        let kind = (
            Operation::named(operation)?,
            Class::named(class)?,
            read_cause(cause)?,
        );
        counts.add_cause(kind, *count);
    }
    for (invariant, count) in line.checks.iter().flatten() {
        counts.checks.insert(Invariant::named(invariant)?, *count);
    }
    for (invariant, count) in &line.broken {
        let invariant = Invariant::named(invariant)?;
        counts.breaches.insert(invariant, *count);
    }
    for (tally, count) in &line.tallies {
        counts.tallies.insert(Tally::named(tally)?, *count);
    }
    for (operation, count) in &line.in_flight {
        counts
            .in_flight
            .insert(Operation::named(operation)?, *count);
    }
    let apps = line.apps.iter();
    counts.apps = apps
        .map(|(accounts, logins)| AppCount {
            accounts: *accounts,
            logins: *logins,
        })
        .collect();
    Some(counts)
}

pub(super) fn spell_breach(breach: &Breach) -> BreachLine {
    BreachLine {
        invariant: breach.invariant.name().to_owned(),
        at_us: breach.at.0,
        story: breach.story.clone(),
    }
}

pub(super) fn read_breach(line: &BreachLine) -> Option<Breach> {
    Some(Breach {
        invariant: Invariant::named(&line.invariant)?,
        at: Micros(line.at_us),
        story: line.story.clone(),
    })
}

pub(super) const fn spell_standstill(one: &Standstill) -> (u64, u64) {
    (one.from.0, one.until.0)
}

pub(super) const fn read_standstill(&(from, until): &(u64, u64)) -> Standstill {
    Standstill {
        from: Micros(from),
        until: Micros(until),
    }
}

pub(super) const fn spell_exact(exact: Exact) -> (u64, u64, u64, u64) {
    (exact.count, exact.sum, exact.min, exact.max)
}

pub(super) const fn read_exact((count, sum, min, max): (u64, u64, u64, u64)) -> Exact {
    Exact {
        count,
        sum,
        min,
        max,
    }
}

/// How a run ended, and why, as a line says it.
pub(super) fn spell_ended(ended: &Ended) -> (&'static str, Option<String>) {
    match ended {
        Ended::Completed => ("completed", None),
        Ended::Interrupted => ("interrupted", None),
        Ended::Cap(which) => ("cap", Some(which.clone())),
        Ended::Aborted(why) => ("aborted", Some(why.clone())),
        Ended::Lost => ("lost", None),
        Ended::Damaged => ("damaged", None),
    }
}

/// What cannot be read did not end in a known way.
pub(super) fn read_ended(ended: &str, why: Option<&String>) -> Ended {
    let why = why.cloned().unwrap_or_default();
    match ended {
        "completed" => Ended::Completed,
        "interrupted" => Ended::Interrupted,
        "cap" => Ended::Cap(why),
        "aborted" => Ended::Aborted(why),
        "damaged" => Ended::Damaged,
        _ => Ended::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_reads_back_as_it_was_written() {
        let valued = [
            Cause::Code(Code::Number(-70_001)),
            Cause::Code(Code::Name("M_LIMIT: a,b".into())),
            Cause::Status(503),
            Cause::Sdk(6206),
        ];
        let plain = PLAIN.into_iter().map(|(_, cause)| cause);
        let transport = Transport::all().map(Cause::Transport);
        let answer = ANSWER_FAULTS.into_iter().map(Cause::Answer);
        for cause in valued
            .into_iter()
            .chain(plain)
            .chain(transport)
            .chain(answer)
        {
            let spelled = spell_cause(&cause);
            assert_eq!(read_cause(&spelled), Some(cause), "{spelled}");
        }
        assert_eq!(read_cause("nonsense"), None);
        assert_eq!(read_cause("code:x"), None);
    }

    #[test]
    fn every_end_reads_back_as_it_was_written() {
        for ended in [
            Ended::Completed,
            Ended::Interrupted,
            Ended::Cap("max_mau".to_owned()),
            Ended::Aborted("errors".to_owned()),
            Ended::Lost,
            Ended::Damaged,
        ] {
            let (name, why) = spell_ended(&ended);
            assert_eq!(read_ended(name, why.as_ref()), ended);
        }
    }
}
