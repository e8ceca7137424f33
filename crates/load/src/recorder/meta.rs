//! What a run was, as its recording says it: profile, stages, scenarios, apps, limits.

use super::host::{Host, cores};
use super::part::Part;
use crate::plan::Plan;
use crate::profile::{Profile, ScenarioIx, StageIx, StageKind};
use crate::session::Operation;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::SdkAppId;

/// The version of the recording's format: what is written.
pub const VERSION: u32 = 4;
/// What is read: this version and the one before it.
pub const VERSIONS_READ: std::ops::RangeInclusive<u32> = VERSION - 1..=VERSION;

/// What a run was.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The profile's name.
    pub profile: String,
    /// The run's own name, unique among the runs of a folder.
    pub run: String,
    /// Names and values that the caller gave to find the run again, such as a commit.
    pub labels: Vec<(String, String)>,
    /// When the run's clock read zero.
    pub started_at: UnixSeconds,
    /// The stages, in the profile's order; [`StageIx`] counts them.
    pub stages: Vec<StageMeta>,
    /// The scenarios, in the profile's order; [`ScenarioIx`] counts them.
    pub scenarios: Vec<ScenarioMeta>,
    /// The apps, in the profile's order; `AppIx` counts them.
    pub apps: Vec<SdkAppId>,
    /// Accounts in each app, at least 1.
    pub accounts_per_app: u64,
    /// How long a step may take.
    pub timeout: Micros,
    /// How long a kick notice may take.
    pub notice_limit: Micros,
    /// Cores that the generator may use, at least 1; of a merged recording, those of all shards together.
    pub cores: u32,
    /// The machine that it ran on; none where that is not known, and in a merged recording of several.
    pub host: Option<Host>,
    /// The part of the plan that it played.
    pub part: Part,
}

/// A stage of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageMeta {
    /// Its name.
    pub name: String,
    /// Whether budgets without `in STAGE` cover it.
    pub kind: StageKind,
    /// When it begins.
    pub start: Micros,
    /// When it ends and the next begins.
    pub end: Micros,
}

/// A scenario of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioMeta {
    /// Its name.
    pub name: String,
    /// The operations in which an arrival that no slot took counts as a latency: its first step, and `login`.
    pub first: Vec<Operation>,
}

/// Some of a run's stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageSet {
    /// This one.
    One(StageIx),
    /// All but warm-up and cool-down: what a budget covers that names no stage.
    Measured,
    /// All.
    All,
}

impl From<Option<StageIx>> for StageSet {
    /// As a budget names its stage.
    fn from(stage: Option<StageIx>) -> Self {
        stage.map_or(Self::Measured, Self::One)
    }
}

/// How a run is told from others.
#[derive(Clone, Debug)]
pub struct RunName {
    /// Its own name, unique among the runs of a folder.
    pub run: String,
    /// Names and values that the caller gave.
    pub labels: Vec<(String, String)>,
    /// When the run's clock reads zero.
    pub started_at: UnixSeconds,
}

impl Meta {
    /// What a run of `profile` on this machine is. An arrival's first step is `login`, and `register` before it where
    /// the dialect has one.
    #[must_use]
    pub fn of(profile: &Profile, plan: &Plan, name: RunName) -> Self {
        let mut start = Micros::ZERO;
        let registers = profile.target().dialect.can(Operation::Register);
        let issued = profile.usersig().is_some();
        let is_webhook = profile.target().dialect.is_webhook();
        let first = [
            (Operation::Callback, is_webhook),
            (Operation::Register, registers),
            (Operation::Usersig, issued),
            (Operation::Login, !is_webhook),
            (Operation::SignIn, issued),
        ];
        let first: Vec<Operation> = first
            .into_iter()
            .filter_map(|(operation, is_there)| is_there.then_some(operation))
            .collect();
        let stages = profile.stages().iter().map(|stage| {
            let from = start;
            start = start.plus(stage.length);
            StageMeta {
                name: stage.name.clone(),
                kind: stage.kind,
                start: from,
                end: start,
            }
        });
        Self {
            profile: profile.name().to_owned(),
            run: name.run,
            labels: name.labels,
            started_at: name.started_at,
            stages: stages.collect(),
            scenarios: profile
                .scenarios()
                .iter()
                .map(|scenario| ScenarioMeta {
                    name: scenario.name.clone(),
                    first: scenario.steps().map_or_else(
                        || first.clone(),
                        |steps| steps.iter().take(1).copied().collect(),
                    ),
                })
                .collect(),
            apps: profile.apps().iter().map(|app| app.sdk_app_id).collect(),
            accounts_per_app: profile.population().accounts,
            timeout: profile.target().timeout,
            notice_limit: profile.target().notice_limit,
            cores: cores(),
            host: Host::read(),
            part: Part::of(profile, plan),
        }
    }

    /// The stages of a set, ascending.
    pub fn stages_in(&self, set: StageSet) -> impl Iterator<Item = StageIx> + '_ {
        (0..=u8::MAX)
            .zip(&self.stages)
            .filter(move |(index, stage)| match set {
                StageSet::One(one) => one.0 == *index,
                StageSet::Measured => stage.kind == StageKind::Measured,
                StageSet::All => true,
            })
            .map(|(index, _)| StageIx(index))
    }

    /// A stage's name; `?` for one that the run does not have.
    #[must_use]
    pub fn stage_name(&self, stage: StageIx) -> &str {
        self.stages
            .get(usize::from(stage.0))
            .map_or("?", |stage| &stage.name)
    }

    /// A scenario's name; `?` for one that the run does not have.
    #[must_use]
    pub fn scenario_name(&self, scenario: ScenarioIx) -> &str {
        self.scenarios
            .get(usize::from(scenario.0))
            .map_or("?", |scenario| &scenario.name)
    }

    /// The stage that an instant lies in; none after the last.
    #[must_use]
    pub fn stage_at(&self, at: Micros) -> Option<StageIx> {
        self.stages_in(StageSet::All).find(|stage| {
            self.stages
                .get(usize::from(stage.0))
                .is_some_and(|range| range.start <= at && at < range.end)
        })
    }

    /// How long a step of `operation` may take: what a timeout counts as, at least.
    #[must_use]
    pub fn limit(&self, operation: Operation) -> Micros {
        if operation == Operation::KickNotice {
            self.notice_limit
        } else {
            self.timeout
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Source, shipped};

    fn of(name: &str) -> Meta {
        let source = Source {
            file: name.into(),
            name: name.into(),
            dir: ".".into(),
        };
        let text = shipped(name).unwrap();
        let profile = Profile::parse(text, &source, &Overrides::default()).unwrap();
        let name = RunName {
            run: "one".to_owned(),
            labels: Vec::new(),
            started_at: UnixSeconds(0),
        };
        Meta::of(&profile, &Plan::new(&profile).unwrap(), name)
    }

    #[test]
    fn an_arrival_begins_with_its_registration_where_the_dialect_has_one() {
        let registered = [Operation::Register, Operation::Login];
        let known: &[Operation] = &[Operation::Login];
        for (profile, first) in [("matrix", &registered[..]), ("quick", known)] {
            let meta = of(profile);
            assert!(!meta.scenarios.is_empty());
            for scenario in &meta.scenarios {
                assert_eq!(scenario.first, first, "{profile}: {}", scenario.name);
            }
        }
    }
}
