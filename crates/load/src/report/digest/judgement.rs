//! The verdict, its reasons, and each budget and invariant that led to it.

use serde::Serialize;

use crate::profile::{Budget, BudgetOf};
use crate::recorder::{Invariant, Recording};
use crate::report::Findings;
use crate::verdict::{BudgetFinding, Finding, InvariantFinding, Measured, needed};
use trtc_base::figure;
use trtc_base::figure::{Amount, Millis};

/// The stories that are told of one broken invariant. The recording counts all.
const STORIES: usize = 5;

/// The state of a budget with too few samples, and of one that our own delay could have broken.
const UNKNOWN: &str = "unknown";

/// The same of one that the program adds, which decides nothing.
const NOT_CHECKED: &str = "not checked";

/// What the run proves.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Judgement {
    /// `kept`, `broken` or `invalid`.
    pub(in crate::report) outcome: &'static str,
    /// The exit code that the run ends with.
    pub(in crate::report) exit: u8,
    /// Why, the decisive reason first. Empty when everything was kept.
    pub(in crate::report) reasons: Vec<String>,
    /// What the generator itself did wrong, or what coverage was lost. Empty: nothing.
    pub(in crate::report) generator_faults: Vec<String>,
}

/// One budget.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct BudgetRow {
    /// The sentence, as a person wrote it, or as the program implies it.
    pub(in crate::report) sentence: String,
    /// Whether the program added it.
    pub(in crate::report) implied: bool,
    /// The one stage it covers; none: all but warm-up and cool-down.
    pub(in crate::report) stage: Option<String>,
    /// `kept`, `broken`, `unknown`, or `not checked` of one that the program adds.
    pub(in crate::report) state: &'static str,
    /// `ms`, or `share` for a number in 0..=1.
    pub(in crate::report) unit: &'static str,
    /// What was measured, preliminary where the state is unknown; none when there was nothing to measure.
    pub(in crate::report) measured: Option<Amount>,
    /// On which side of the limit it is kept: `below`, or `above` for arrivals started.
    pub(in crate::report) kept_when: &'static str,
    /// The limit itself is not kept.
    pub(in crate::report) limit: Amount,
    /// Samples that it was judged on.
    pub(in crate::report) samples: u64,
    /// Samples that it needs before it can be called kept.
    pub(in crate::report) needed: u64,
    /// The first second that broke it by itself; none when none did, or when seconds do not keep that number.
    pub(in crate::report) broken_since_s: Option<u64>,
}

/// One session rule.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct InvariantRow {
    /// Its words.
    pub(in crate::report) invariant: &'static str,
    /// `kept`, `broken`, `not checked`, or `not counted` in a recording from before checks were counted.
    pub(in crate::report) state: &'static str,
    /// How often it was checked, the broken ones included; none where that was not counted.
    pub(in crate::report) checks: Option<u64>,
    /// How often the target broke it.
    pub(in crate::report) breaches: u64,
    /// The first stories, at most a few.
    pub(in crate::report) stories: Vec<SeenViolation>,
}

/// A breach as it was seen.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct SeenViolation {
    /// Seconds since the run's start.
    pub(in crate::report) at_s: f64,
    /// The account, and what was seen.
    pub(in crate::report) story: String,
}

impl BudgetRow {
    /// Whether what was measured is a number of too few samples to decide anything.
    pub(in crate::report) fn is_preliminary(&self) -> bool {
        matches!(self.state, UNKNOWN | NOT_CHECKED) && self.measured.is_some()
    }

    /// The limit for people, with its side: `< 250ms`.
    pub(in crate::report) fn limit_text(&self) -> String {
        let side = if self.kept_when == "above" { '>' } else { '<' };
        format!("{side} {}", figure::amount(Some(self.limit)))
    }
}

pub(super) fn judgement(findings: &Findings<'_>) -> Judgement {
    let verdict = findings.verdict;
    let faults = verdict.generator.iter().map(ToString::to_string);
    Judgement {
        outcome: verdict.outcome.name(),
        exit: verdict.exit as u8,
        reasons: verdict.reasons.clone(),
        generator_faults: faults.collect(),
    }
}

pub(super) fn budgets(findings: &Findings<'_>) -> Vec<BudgetRow> {
    let is_doubted = |one: &BudgetFinding| {
        let mut faults = findings.verdict.generator.iter();
        faults.any(|fault| fault.tells(&one.budget))
    };
    let row = |one| {
        let row = budget(findings.recording, one);
        // Whoever could have broken it himself cannot say that it is broken.
        let state = if is_doubted(one) { UNKNOWN } else { row.state };
        BudgetRow { state, ..row }
    };
    findings.verdict.findings.iter().map(row).collect()
}

fn budget(recording: &Recording, found: &BudgetFinding) -> BudgetRow {
    let Budget {
        sentence,
        of,
        stage,
        origin,
    } = &found.budget;
    let (state, measured) = match found.finding {
        Finding::Kept { measured } => ("kept", Some(measured)),
        Finding::Broken { measured } => ("broken", Some(measured)),
        Finding::Unknown { measured, .. } => (UNKNOWN, measured),
        Finding::NotChecked { measured, .. } => (NOT_CHECKED, measured),
    };
    let limit = match of {
        BudgetOf::Latency(_, _, _, limit) | BudgetOf::Phase(_, _, _, limit) => {
            Amount::Time(Millis(limit.0))
        }
        BudgetOf::Errors(_, share) | BudgetOf::ArrivalsStarted(share) => Amount::Share(*share),
    };
    BudgetRow {
        sentence: sentence.clone(),
        implied: origin.is_implied(),
        stage: stage.map(|stage| recording.meta().stage_name(stage).to_owned()),
        state,
        unit: match limit {
            Amount::Time(_) => "ms",
            Amount::Share(_) => "share",
        },
        measured: measured.map(|value| match value {
            Measured::Time(time) => Amount::Time(Millis(time)),
            Measured::Share(share) => Amount::Share(share),
        }),
        kept_when: match of {
            BudgetOf::Latency(..) | BudgetOf::Phase(..) | BudgetOf::Errors(..) => "below",
            BudgetOf::ArrivalsStarted(_) => "above",
        },
        limit,
        samples: found.samples,
        needed: needed(&found.budget),
        broken_since_s: found.since,
    }
}

pub(super) fn invariants(findings: &Findings<'_>) -> Vec<InvariantRow> {
    let row = |found: &InvariantFinding| InvariantRow {
        invariant: found.invariant.name(),
        state: found.state().name(),
        checks: found.checks,
        breaches: found.breaches,
        stories: stories(findings.recording, found.invariant),
    };
    findings.verdict.invariants.iter().map(row).collect()
}

fn stories(recording: &Recording, invariant: Invariant) -> Vec<SeenViolation> {
    let of_it = recording
        .breaches()
        .iter()
        .filter(|violation| violation.invariant == invariant);
    let story = |violation: &crate::recorder::Violation| SeenViolation {
        at_s: violation.at.as_secs_f64(),
        story: violation.story.clone(),
    };
    of_it.take(STORIES).map(story).collect()
}
