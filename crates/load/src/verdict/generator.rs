//! What the generator did to its own evidence: lag, waiting for a core, throttling, lost coverage.

use super::budgets::{BudgetFinding, Finding, asked};
use super::decisive::{AddedDelays, Proof, proof};
use super::generator_fault::GeneratorFault;
use crate::profile::{BudgetOf, StageIx};
use crate::recorder::{Ended, HealthSample, Recording, Second, StageSet, Standstill};
use crate::session::{Cause, Transport};
use trtc_base::units::Micros;

/// The lag p99 that is always allowed. A timer of 1 ms gives 2 ms on an idle machine, a busy scheduler some more; 10 ms
/// is a core that was somebody else's for several turns.
pub const LAG_FLOOR: Micros = Micros::from_millis(10);
/// The lag p99 that is allowed as a share of the tightest latency limit: a tenth of what is measured.
pub const LAG_SHARE: f64 = 0.1;
/// Steps or beats that must be over the allowed delay before it counts: of fewer than 100, the p99 is the largest.
pub const LAG_LEAST_STEPS: u64 = 3;
/// The share of a stage's time that the cgroup's CPU quota may keep us from running.
pub const THROTTLED_SHARE: f64 = 0.05;
/// The share of all its cores that the process may use for longer than [`CPU_TIME`] if its lag is half of what is
/// allowed.
pub const CPU_SHARE: f64 = 0.9;
/// How long it may use that share.
pub const CPU_TIME: Micros = Micros::from_secs(5);

/// A standstill in a measured stage that is this long. Load is promised by the second: in one that the generator slept
/// through nothing was offered, and the next gets twice of it, however few of all steps that makes late.
pub const STANDSTILL_ALLOWED: Micros = Micros::from_secs(1);

/// Every fault of the generator, the plainest first, a cause before its effect.
pub(super) fn faults(recording: &Recording, findings: &[BudgetFinding]) -> Vec<GeneratorFault> {
    let mut faults = Vec::new();
    faults.extend(end(recording.ended()));
    faults.extend(unknown(recording));
    faults.extend(coverage(recording));
    faults.extend(unaccounted(recording));
    let allowed = allowed(findings);
    // Causes before effects: a generator that was stopped is late.
    for set in sets(findings) {
        faults.extend(standstills(recording, set));
    }
    faults.extend(throttling(recording));
    for set in sets(findings) {
        faults.extend(delays(recording, set, allowed));
    }
    faults.extend(
        findings
            .iter()
            .filter_map(|one| could_decide(recording, one)),
    );
    // Two sets of stages that share a stage can say the same thing twice.
    let mut distinct: Vec<GeneratorFault> = Vec::new();
    for fault in faults {
        if !distinct.contains(&fault) {
            distinct.push(fault);
        }
    }
    distinct
}

fn end(ended: &Ended) -> Option<GeneratorFault> {
    match ended {
        Ended::Completed | Ended::Aborted(_) => None,
        Ended::Interrupted => Some(GeneratorFault::Interrupted),
        Ended::Cap(cap) => Some(GeneratorFault::Cap(cap.clone())),
        Ended::Lost => Some(GeneratorFault::Lost),
        Ended::Unwritten(why) => Some(GeneratorFault::Unwritten(why.clone())),
        Ended::MockEnded => Some(GeneratorFault::MockEnded),
        Ended::Damaged(what) => Some(GeneratorFault::Damaged(what.clone())),
    }
}

fn unknown(recording: &Recording) -> Option<GeneratorFault> {
    let unknown = recording.unknown();
    (!unknown.is_none()).then(|| GeneratorFault::Unknown(unknown.to_string()))
}

fn coverage(recording: &Recording) -> Vec<GeneratorFault> {
    if !recording.shards().is_empty() {
        // Each shard has told its own.
        return Vec::new();
    }
    let counts = recording.counts();
    let with_cause = |wanted: Cause| -> u64 {
        let causes = counts.causes.iter();
        causes
            .filter(|((_, _, cause), _)| *cause == wanted)
            .map(|(_, count)| count)
            .sum()
    };
    let accounted = recording.started(StageSet::All) + recording.not_started(StageSet::All);
    // A run that was cut short says so itself.
    let uncounted = match recording.ended() {
        Ended::Completed => counts.due.saturating_sub(accounted),
        Ended::Interrupted
        | Ended::Cap(_)
        | Ended::Aborted(_)
        | Ended::Unwritten(_)
        | Ended::MockEnded
        | Ended::Lost
        | Ended::Damaged(_) => 0,
    };
    let found = [
        GeneratorFault::Exhausted(with_cause(Cause::Transport(Transport::Exhausted))),
        GeneratorFault::Panics(with_cause(Cause::Panic)),
        GeneratorFault::Strays(counts.strays),
        GeneratorFault::Uncounted(uncounted),
    ];
    let none = [
        GeneratorFault::Exhausted(0),
        GeneratorFault::Panics(0),
        GeneratorFault::Strays(0),
        GeneratorFault::Uncounted(0),
    ];
    found
        .into_iter()
        .filter(|fault| !none.contains(fault))
        .collect()
}

/// Operations whose requests and outcomes differ, once a run is over: where it has no end, what was under way is in one
/// count and not in the other. Each merged shard has told its own.
fn unaccounted(recording: &Recording) -> Vec<GeneratorFault> {
    let is_checked = match recording.ended() {
        Ended::Completed | Ended::Interrupted | Ended::Cap(_) | Ended::Aborted(_) => true,
        Ended::Lost | Ended::Damaged(_) | Ended::Unwritten(_) | Ended::MockEnded => false,
    };
    if !is_checked || !recording.shards().is_empty() {
        return Vec::new();
    }
    let differ = recording.counts().departures.iter();
    let differ = differ.filter(|(_, one)| one.handed != one.booked);
    differ
        .map(|(operation, one)| GeneratorFault::Unaccounted {
            operation: *operation,
            requests: one.handed,
            outcomes: one.booked,
        })
        .collect()
}

/// The p99 that lag and oversleep may have.
fn allowed(findings: &[BudgetFinding]) -> Micros {
    let limits = findings.iter().filter_map(|one| match one.budget.of {
        BudgetOf::Latency(_, _, _, limit) | BudgetOf::Phase(_, _, _, limit) => Some(limit.0),
        BudgetOf::Errors(..) | BudgetOf::ArrivalsStarted(_) => None,
    });
    limits.min().map_or(LAG_FLOOR, |tightest| {
        LAG_FLOOR.max(Micros::from_secs_f64(tightest.as_secs_f64() * LAG_SHARE))
    })
}

/// The stages that budgets look at, each set once.
fn sets(findings: &[BudgetFinding]) -> Vec<StageSet> {
    let mut sets = vec![StageSet::Measured];
    for one in findings {
        let set = StageSet::from(one.budget.stage);
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

fn delays(recording: &Recording, set: StageSet, allowed: Micros) -> Vec<GeneratorFault> {
    let lag = recording.lag(None, set);
    let oversleep = recording.oversleep(set);
    let over = |delays: &crate::recorder::Distribution| {
        delays
            .quantile(0.99)
            .filter(|p99| *p99 > allowed && delays.at_least(allowed) >= LAG_LEAST_STEPS)
    };
    let busy = longest_busy(recording, set);
    let half = Micros(allowed.0 / 2);
    let saturated = lag
        .quantile(0.99)
        .filter(|p99| *p99 > half && busy > CPU_TIME);
    [
        over(&oversleep).map(|p99| GeneratorFault::Oversleep { p99, allowed }),
        saturated.map(|lag| GeneratorFault::Cpu { busy, lag }),
        over(&lag).map(|p99| GeneratorFault::Lag { p99, allowed }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The seconds that lie in a set of stages.
fn seconds_in(recording: &Recording, set: StageSet) -> impl Iterator<Item = &Second> {
    let stages: Vec<StageIx> = recording.meta().stages_in(set).collect();
    recording.seconds().iter().filter(move |second| {
        let stage = recording.meta().stage_at(Micros::from_secs(second.second));
        stage.is_some_and(|stage| stages.contains(&stage))
    })
}

/// The longest time without a break that the process used over [`CPU_SHARE`] of its cores.
fn longest_busy(recording: &Recording, set: StageSet) -> Micros {
    let cores = f64::from(recording.meta().cores);
    let is_busy = |health: &HealthSample| {
        let used = health.process_cpu.map(Micros::as_secs_f64);
        used.is_some_and(|used| used > CPU_SHARE * cores * health.over.as_secs_f64())
    };
    let (mut longest, mut under_way) = (Micros::ZERO, Micros::ZERO);
    for second in seconds_in(recording, set) {
        under_way = match &second.health {
            Some(health) if is_busy(health) => under_way.plus(health.over),
            Some(_) | None => Micros::ZERO,
        };
        longest = longest.max(under_way);
    }
    longest
}

/// Stages in which the generator stood still for too long. One that reaches from a stage into the next counts whole in both:
/// what the stage promised ended in it or began in it.
fn standstills(recording: &Recording, set: StageSet) -> Vec<GeneratorFault> {
    if !recording.shards().is_empty() {
        // Each shard has told its own.
        return Vec::new();
    }
    let meta = recording.meta();
    let of_stage = |stage: StageIx| {
        let span = meta.stages.get(usize::from(stage.0))?;
        let meets = |one: &&Standstill| one.from < span.end && one.until > span.start;
        let lengths = recording.standstills().iter().filter(meets);
        let longest = lengths.map(|one| one.length()).max()?;
        (longest >= STANDSTILL_ALLOWED).then(|| GeneratorFault::Standstill {
            stage: meta.stage_name(stage).to_owned(),
            longest,
            in_flight: recording.counts().in_flight.values().sum(),
        })
    };
    meta.stages_in(set).filter_map(of_stage).collect()
}

/// Stages whose time was cut by the CPU quota. The time is summed over cores, so this errs on the side of doubt.
fn throttling(recording: &Recording) -> Vec<GeneratorFault> {
    let of_stage = |stage: StageIx| {
        let (mut stopped, mut over) = (Micros::ZERO, Micros::ZERO);
        for second in seconds_in(recording, StageSet::One(stage)) {
            if let Some(health) = second.health
                && let Some(throttled) = health.throttled
            {
                stopped = stopped.plus(throttled);
                over = over.plus(health.over);
            }
        }
        let share = stopped.as_secs_f64() / over.as_secs_f64();
        // Without a sample this is 0 / 0, which is over nothing.
        (share > THROTTLED_SHARE).then(|| GeneratorFault::Throttled {
            stage: recording.meta().stage_name(stage).to_owned(),
            share,
        })
    };
    recording
        .meta()
        .stages_in(StageSet::Measured)
        .filter_map(of_stage)
        .collect()
}

/// A broken latency budget that our own delay could have broken.
fn could_decide(recording: &Recording, one: &BudgetFinding) -> Option<GeneratorFault> {
    let Finding::Broken { measured } = one.finding else {
        return None;
    };
    let (operation, asked, all) = asked(recording, &one.budget)?;
    let own = AddedDelays::of(recording, operation, StageSet::from(one.budget.stage));
    match proof(&all, asked, &own) {
        Proof::TheTargets => None,
        Proof::Undecided => Some(GeneratorFault::CouldDecide {
            sentence: one.budget.sentence.clone(),
            measured,
            in_flight: own.in_flight,
            lag: own.lag.quantile(0.99),
            oversleep: own.oversleep.quantile(0.99),
        }),
    }
}
