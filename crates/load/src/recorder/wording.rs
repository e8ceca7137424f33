//! How the recording's values are spelled on disk, both ways.

use std::collections::BTreeMap;

use super::distribution::Exact;
use super::event::Violation;
use super::journal_record::{SecondRecord, ViolationRecord};
use super::key::{CauseKey, Key};
use super::recording::{AppCount, Counts, Departures, Ended, Exchange};
use super::standstill::Standstill;
use super::unknown::Unknown;
use crate::profile::{ScenarioIx, StageIx};
use trtc_base::units::Micros;

/// Writes counters into a second's line, zeros left out.
pub(super) fn spell_counts(counts: &Counts, line: &mut SecondRecord) {
    for ((stage, scenario), count) in counts.started.iter().filter(|(_, count)| **count > 0) {
        line.started.push((stage.0, scenario.0, *count));
    }
    for ((stage, scenario, reason), count) in &counts.not_started {
        if *count > 0 {
            let reason = Key::Known(*reason);
            line.not_started.push((stage.0, scenario.0, reason, *count));
        }
    }
    for (operation, exchange) in &counts.exchanges {
        if exchange.attempts + exchange.answers > 0 {
            let operation = Key::Known(*operation);
            line.exchanges
                .push((operation, exchange.attempts, exchange.answers));
        }
    }
    for (operation, one) in &counts.departures {
        if one.handed + one.booked > 0 {
            let operation = Key::Known(*operation);
            line.departures.push((operation, one.handed, one.booked));
        }
    }
    line.as_planned = known(&counts.as_planned);
    for ((operation, why), count) in &counts.unsent {
        if *count > 0 {
            let (operation, why) = (Key::Known(*operation), Key::Known(*why));
            line.unsent.push((operation, why, *count));
        }
    }
    for ((end, standing), count) in &counts.channel_ends {
        if *count > 0 {
            let (end, standing) = (Key::Known(*end), Key::Known(*standing));
            line.channel_ends.push((end, standing, *count));
        }
    }
    for ((operation, class, cause), count) in &counts.causes {
        if *count > 0 {
            let (operation, class) = (Key::Known(*operation), Key::Known(*class));
            let cause = Key::Known(CauseKey(cause.clone()));
            line.causes.push((operation, class, cause, *count));
        }
    }
    line.checks = (counts.checks_untold == 0).then(|| known(&counts.checks));
    line.broken = known(&counts.breaches);
    line.tallies = known(&counts.tallies);
    line.in_flight = known(&counts.in_flight);
    let apps = counts.apps.iter();
    line.apps = apps.map(|app| (app.accounts, app.logins)).collect();
    line.due = counts.due;
    line.other_causes = counts.other_causes;
    line.logins_beyond_rules = counts.logins_beyond_rules;
    line.strays = counts.strays;
}

/// Counters by key, zeros left out.
fn known<T: Copy>(counts: &BTreeMap<T, u64>) -> Vec<(Key<T>, u64)> {
    let some = counts.iter().filter(|(_, count)| **count > 0);
    some.map(|(value, count)| (Key::Known(*value), *count))
        .collect()
}

/// The counters that a second's line says. Rows of keys that this program does not know go to `unknown`.
#[expect(clippy::too_many_lines, reason = "a list of the kinds of rows")]
pub(super) fn read_counts(line: &SecondRecord, unknown: &mut Unknown) -> Counts {
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
        if let Some(reason) = unknown.sift("not_started", reason, *count) {
            let key = (StageIx(*stage), ScenarioIx(*scenario), *reason);
            counts.not_started.insert(key, *count);
        }
    }
    for (operation, attempts, answers) in &line.exchanges {
        let exchange = Exchange {
            attempts: *attempts,
            answers: *answers,
        };
        if let Some(operation) = unknown.sift("exchanges", operation, *attempts) {
            counts.exchanges.insert(*operation, exchange);
        }
    }
    for (operation, handed, booked) in &line.departures {
        let departures = Departures {
            handed: *handed,
            booked: *booked,
        };
        if let Some(operation) = unknown.sift("departures", operation, *handed) {
            counts.departures.insert(*operation, departures);
        }
    }
    counts.as_planned = sifted("as_planned", &line.as_planned, unknown);
    for (operation, why, count) in &line.unsent {
        let operation = unknown.sift("unsent", operation, *count);
        let why = unknown.sift("unsent", why, *count);
        if let (Some(operation), Some(why)) = (operation, why) {
            counts.unsent.insert((*operation, *why), *count);
        }
    }
    for (end, standing, count) in &line.channel_ends {
        let end = unknown.sift("channel_ends", end, *count);
        let standing = unknown.sift("channel_ends", standing, *count);
        if let (Some(end), Some(standing)) = (end, standing) {
            counts.channel_ends.insert((*end, *standing), *count);
        }
    }
    for (operation, class, cause, count) in &line.causes {
        let operation = unknown.sift("causes", operation, *count);
        let class = unknown.sift("causes", class, *count);
        let cause = unknown.sift("causes", cause, *count);
        if let (Some(operation), Some(class), Some(CauseKey(cause))) = (operation, class, cause) {
            counts.add_cause((*operation, *class, cause.clone()), *count);
        }
    }
    let checks = line.checks.as_deref().unwrap_or_default();
    counts.checks = sifted("checks", checks, unknown);
    counts.breaches = sifted("broken", &line.broken, unknown);
    counts.tallies = sifted("tallies", &line.tallies, unknown);
    counts.in_flight = sifted("in_flight", &line.in_flight, unknown);
    let apps = line.apps.iter();
    counts.apps = apps
        .map(|(accounts, logins)| AppCount {
            accounts: *accounts,
            logins: *logins,
        })
        .collect();
    counts
}

fn sifted<T: Copy + Ord>(
    list: &'static str,
    rows: &[(Key<T>, u64)],
    unknown: &mut Unknown,
) -> BTreeMap<T, u64> {
    let rows = rows.iter();
    rows.filter_map(|(key, count)| Some((*unknown.sift(list, key, *count)?, *count)))
        .collect()
}

pub(super) fn spell_violation(violation: &Violation) -> ViolationRecord {
    ViolationRecord {
        invariant: Key::Known(violation.invariant),
        at_us: violation.at.0,
        story: violation.story.clone(),
    }
}

/// A breach; none of a rule that this program does not know. The list `broken` counts it, and says so.
pub(super) fn read_violation(line: &ViolationRecord) -> Option<Violation> {
    let Key::Known(invariant) = line.invariant else {
        return None;
    };
    Some(Violation {
        invariant,
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
        Ended::Unwritten(why) => ("unwritten", Some(why.clone())),
        Ended::MockEnded => ("mock_ended", None),
        Ended::Lost => ("lost", None),
        Ended::Damaged(what) => ("damaged", Some(what.clone())),
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
        "unwritten" => Ended::Unwritten(why),
        "mock_ended" => Ended::MockEnded,
        "damaged" => Ended::Damaged(why),
        _ => Ended::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_reads_back_as_it_was_written() {
        for ended in [
            Ended::Completed,
            Ended::Interrupted,
            Ended::Cap("max_mau".to_owned()),
            Ended::Aborted("errors".to_owned()),
            Ended::Unwritten("no room".to_owned()),
            Ended::MockEnded,
            Ended::Lost,
            Ended::Damaged("a line".to_owned()),
        ] {
            let (name, why) = spell_ended(&ended);
            assert_eq!(read_ended(name, why.as_ref()), ended);
        }
    }
}
