//! What the run was: profile, target, stages, labels, and how it ended.

use serde::Serialize;

use crate::plan::Shard;
use crate::profile::StageKind;
use crate::recorder::{Ended, Meta, Recording};
use crate::report::Facts;
use trtc_base::units::UnixSeconds;

/// The last columns of every table, the same in each row: tables of many runs can be laid together.
pub(in crate::report) const RUN_COLUMNS: [&str; 2] = ["run", "labels"];

/// What the run was.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Run {
    /// The profile's name.
    pub(in crate::report) profile: String,
    /// The run's own name.
    pub(in crate::report) run: String,
    /// UTC when the run's clock read zero, as RFC 3339.
    pub(in crate::report) started_at: String,
    /// How it ended.
    pub(in crate::report) ended: &'static str,
    /// Which cap or abort rule ended it, and why.
    pub(in crate::report) ended_by: Option<String>,
    /// Seconds that were recorded, the drain after the schedule included.
    pub(in crate::report) seconds: u64,
    /// The SHA-256, in hex, of what determines the plan.
    pub(in crate::report) plan_sha256: String,
    /// The one shard of the plan that this run played, such as `3/8`; none: all of it.
    pub(in crate::report) shard: Option<String>,
    /// What every random choice came from.
    pub(in crate::report) seed: u64,
    /// Where the load went.
    pub(in crate::report) target: String,
    /// What the target speaks.
    pub(in crate::report) dialect: String,
    /// How long a step may take, in seconds.
    pub(in crate::report) timeout_s: f64,
    /// How long a kick notice may take, in seconds.
    pub(in crate::report) notice_limit_s: f64,
    /// The apps.
    pub(in crate::report) sdk_app_ids: Vec<u32>,
    /// Accounts in each app.
    pub(in crate::report) accounts_per_app: u64,
    /// Names and values that the caller gave.
    pub(in crate::report) labels: Vec<Label>,
    /// The stages, in order.
    pub(in crate::report) stages: Vec<StageSpan>,
    /// The scenarios, in the profile's order.
    pub(in crate::report) scenarios: Vec<String>,
}

/// A name and a value that the caller gave.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Label {
    pub(in crate::report) name: String,
    pub(in crate::report) value: String,
}

impl Run {
    /// Its cells below [`RUN_COLUMNS`].
    pub(in crate::report) fn cells(&self) -> [String; RUN_COLUMNS.len()] {
        [self.run.clone(), self.labels_text(";")]
    }

    /// Its labels in one line: `key=value`, with `between` between them.
    pub(in crate::report) fn labels_text(&self, between: &str) -> String {
        let pairs: Vec<String> = self.labels.iter().map(Label::text).collect();
        pairs.join(between)
    }
}

impl Label {
    /// `key=value`. A backslash stands before each `;`, `=` and backslash that is part of the key or of the value.
    fn text(&self) -> String {
        format!("{}={}", escaped(&self.name), escaped(&self.value))
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, ';' | '=' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A stage's place in the run.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct StageSpan {
    pub(in crate::report) name: String,
    /// `warm-up`, `measured` or `cool-down`.
    pub(in crate::report) kind: &'static str,
    /// Seconds since the run's start.
    pub(in crate::report) start_s: f64,
    /// Seconds since the run's start.
    pub(in crate::report) end_s: f64,
}

impl Run {
    pub(super) fn of(recording: &Recording, facts: &Facts) -> Self {
        let meta = recording.meta();
        let (ended, ended_by) = ended(recording.ended());
        Self {
            profile: meta.profile.clone(),
            run: meta.run.clone(),
            started_at: utc(meta.started_at),
            ended,
            ended_by,
            seconds: recording.seconds().last().map_or(0, |one| one.second + 1),
            plan_sha256: meta.part.plan.clone(),
            shard: (meta.part.shard != Shard::WHOLE).then(|| meta.part.shard.to_string()),
            seed: facts.seed,
            target: facts.target.clone(),
            dialect: facts.dialect.clone(),
            timeout_s: meta.timeout.as_secs_f64(),
            notice_limit_s: meta.notice_limit.as_secs_f64(),
            sdk_app_ids: meta.apps.iter().map(|app| app.0).collect(),
            accounts_per_app: meta.accounts_per_app,
            labels: labels(meta),
            stages: stages(meta),
            scenarios: meta.scenarios.iter().map(|one| one.name.clone()).collect(),
        }
    }
}

pub(super) fn ended(ended: &Ended) -> (&'static str, Option<String>) {
    match ended {
        Ended::Completed => ("completed", None),
        Ended::Interrupted => ("interrupted", None),
        Ended::Cap(which) => ("stopped at a cap", Some(which.clone())),
        Ended::Aborted(why) => ("aborted", Some(why.clone())),
        Ended::MockEnded => ("the built-in mock ended", None),
        Ended::Lost => ("lost", None),
        Ended::Unwritten(why) => ("unwritten", Some(why.clone())),
        Ended::Damaged(what) => ("damaged", Some(what.clone())),
    }
}

fn labels(meta: &Meta) -> Vec<Label> {
    let label = |(name, value): &(String, String)| Label {
        name: name.clone(),
        value: value.clone(),
    };
    meta.labels.iter().map(label).collect()
}

fn stages(meta: &Meta) -> Vec<StageSpan> {
    let stages = meta.stages.iter().map(|stage| StageSpan {
        name: stage.name.clone(),
        kind: match stage.kind {
            StageKind::WarmUp => "warm-up",
            StageKind::Measured => "measured",
            StageKind::CoolDown => "cool-down",
        },
        start_s: stage.start.as_secs_f64(),
        end_s: stage.end.as_secs_f64(),
    });
    stages.collect()
}

/// As RFC 3339 in UTC; the bare seconds where no calendar reaches.
fn utc(at: UnixSeconds) -> String {
    i64::try_from(at.0)
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(|| at.0.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_in_one_line_from_which_each_can_be_read_back() {
        for (name, value, text) in [
            ("commit", "4f2a91c", "commit=4f2a91c"),
            ("note", "", "note="),
            ("query", "a=b;c", r"query=a\=b\;c"),
            ("path", r"C:\", r"path=C:\\"),
            ("a;b", "c", r"a\;b=c"),
        ] {
            let (name, value) = (name.to_owned(), value.to_owned());
            assert_eq!(Label { name, value }.text(), text);
        }
    }
}
