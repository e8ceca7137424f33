//! The names of the distributions that a run keeps: their tags in the interval log, their places in memory.
//!
//! ```text
//! OPERATION.CLASS.STAGE.felt            OPERATION.CLASS.STAGE.served
//! OPERATION.CLASS.STAGE.SCENARIO.felt   OPERATION.CLASS.STAGE.SCENARIO.served
//! phase.OPERATION.PHASE.STAGE
//! lag.OPERATION.STAGE   blocked.STAGE   unstarted.STAGE.SCENARIO   oversleep
//! ```

use super::key::{named, word};
use super::meta::{Meta, StageSet};
use super::recording::SeriesKey;
use crate::profile::{Latency, ScenarioIx, StageIx};
use crate::session::{Class, Operation, Phase};
use trtc_base::units::Micros;

/// What a distribution is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Step(SeriesKey, Latency),
    ScenarioStep(SeriesKey, ScenarioIx, Latency),
    Phase(Operation, Phase, StageIx),
    Lag(Operation, StageIx),
    Blocked(StageIx),
    Unstarted(StageIx, ScenarioIx),
    Oversleep,
}

const LATENCIES: [Latency; 2] = [Latency::Felt, Latency::Served];

/// How a run's tags are spelled, and where each has its place.
#[derive(Debug)]
pub(super) struct Layout {
    stages: Vec<String>,
    scenarios: Vec<String>,
    /// Every tag, at its place.
    tags: Vec<Tag>,
    /// What a timeout counts as, at least, by [`Operation::index`].
    limits: [Micros; Operation::ALL.len()],
    starts: Starts,
    /// By [`Operation::index`], an operation's number among those that are kept by scenario.
    ranks: [Option<usize>; Operation::ALL.len()],
}

/// Where each kind of tag begins, in the order of [`all_tags`]; oversleep is the first.
#[derive(Clone, Copy, Debug)]
struct Starts {
    blocked: usize,
    lag: usize,
    unstarted: usize,
    steps: usize,
    by_scenario: usize,
    phases: usize,
}

impl Starts {
    fn of(stages: usize, scenarios: usize) -> Self {
        let (operations, latencies) = (Operation::ALL.len(), LATENCIES.len());
        let blocked = 1;
        let lag = blocked + stages;
        let unstarted = lag + operations * stages;
        let steps = unstarted + stages * scenarios;
        let by_scenario = steps + operations * Class::ALL.len() * stages * latencies;
        let rows = kept().count() * Class::ALL.len() * stages;
        Self {
            blocked,
            lag,
            unstarted,
            steps,
            by_scenario,
            phases: by_scenario + rows * scenarios * latencies,
        }
    }
}

impl Layout {
    pub(super) fn of(meta: &Meta) -> Self {
        let stages = slugs(meta.stages.iter().map(|stage| stage.name.as_str()));
        let scenarios = slugs(meta.scenarios.iter().map(|scenario| scenario.name.as_str()));
        let by_stage: Vec<StageIx> = meta.stages_in(StageSet::All).collect();
        let by_scenario: Vec<ScenarioIx> = (0..=u8::MAX)
            .zip(&scenarios)
            .map(|(index, _)| ScenarioIx(index))
            .collect();
        Self {
            tags: all_tags(&by_stage, &by_scenario),
            limits: Operation::ALL.map(|operation| meta.limit(operation)),
            starts: Starts::of(stages.len(), scenarios.len()),
            ranks: Operation::ALL.map(|operation| kept().position(|one| one == operation)),
            stages,
            scenarios,
        }
    }

    /// Every tag, at its place.
    pub(super) fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// What a timeout of `operation` counts as, at least.
    pub(super) const fn limit(&self, operation: Operation) -> Micros {
        self.limits[operation.index()]
    }

    /// A tag's place in [`Layout::tags`]; none for a stage or scenario that the run does not have.
    pub(super) fn place(&self, tag: Tag) -> Option<usize> {
        let (stages, scenarios) = (self.stages.len(), self.scenarios.len());
        let starts = &self.starts;
        Some(match tag {
            Tag::Oversleep => 0,
            Tag::Blocked(stage) => starts.blocked + self.stage(stage)?,
            Tag::Lag(operation, stage) => {
                starts.lag + operation.index() * stages + self.stage(stage)?
            }
            Tag::Unstarted(stage, scenario) => {
                starts.unstarted + self.stage(stage)? * scenarios + self.scenario(scenario)?
            }
            Tag::Step(key, latency) => {
                starts.steps + self.step(key)? * LATENCIES.len() + latency as usize
            }
            Tag::ScenarioStep(key, scenario, latency) => {
                let rank = self.ranks[key.operation.index()]?;
                let row = (rank * Class::ALL.len() + key.class.index()) * stages
                    + self.stage(key.stage)?;
                let at = row * scenarios + self.scenario(scenario)?;
                starts.by_scenario + at * LATENCIES.len() + latency as usize
            }
            Tag::Phase(operation, phase, stage) => {
                let row = operation.index() * Phase::ALL.len() + phase.index();
                starts.phases + row * stages + self.stage(stage)?
            }
        })
    }

    fn step(&self, key: SeriesKey) -> Option<usize> {
        let row = key.operation.index() * Class::ALL.len() + key.class.index();
        Some(row * self.stages.len() + self.stage(key.stage)?)
    }

    fn stage(&self, stage: StageIx) -> Option<usize> {
        Some(usize::from(stage.0)).filter(|index| *index < self.stages.len())
    }

    fn scenario(&self, scenario: ScenarioIx) -> Option<usize> {
        Some(usize::from(scenario.0)).filter(|index| *index < self.scenarios.len())
    }

    /// The tag as the interval log spells it.
    pub(super) fn spell(&self, tag: Tag) -> String {
        let stage = |stage: StageIx| &self.stages[usize::from(stage.0)];
        let scenario = |scenario: ScenarioIx| &self.scenarios[usize::from(scenario.0)];
        match tag {
            Tag::Oversleep => "oversleep".to_owned(),
            Tag::Blocked(at) => format!("blocked.{}", stage(at)),
            Tag::Phase(operation, phase, at) => {
                let (operation, phase) = (word(&operation), word(&phase));
                format!("phase.{operation}.{phase}.{}", stage(at))
            }
            Tag::Lag(operation, at) => format!("lag.{}.{}", word(&operation), stage(at)),
            Tag::Unstarted(at, of) => format!("unstarted.{}.{}", stage(at), scenario(of)),
            Tag::Step(key, latency) => format!(
                "{}.{}.{}.{}",
                word(&key.operation),
                word(&key.class),
                stage(key.stage),
                word(&latency)
            ),
            Tag::ScenarioStep(key, of, latency) => format!(
                "{}.{}.{}.{}.{}",
                word(&key.operation),
                word(&key.class),
                stage(key.stage),
                scenario(of),
                word(&latency)
            ),
        }
    }

    /// The tag that is spelled so.
    pub(super) fn parse(&self, text: &str) -> Option<Tag> {
        let parts: Vec<&str> = text.split('.').collect();
        match parts.as_slice() {
            ["oversleep"] => Some(Tag::Oversleep),
            ["blocked", stage] => Some(Tag::Blocked(self.stage_of(stage)?)),
            ["lag", operation, stage] => Some(Tag::Lag(named(operation)?, self.stage_of(stage)?)),
            ["unstarted", stage, scenario] => Some(Tag::Unstarted(
                self.stage_of(stage)?,
                self.scenario_of(scenario)?,
            )),
            ["phase", operation, phase, stage] => Some(Tag::Phase(
                named(operation)?,
                named(phase)?,
                self.stage_of(stage)?,
            )),
            [operation, class, stage, latency] => Some(Tag::Step(
                self.key_of(operation, class, stage)?,
                named(latency)?,
            )),
            [operation, class, stage, scenario, latency] => Some(Tag::ScenarioStep(
                self.key_of(operation, class, stage)?,
                self.scenario_of(scenario)?,
                named(latency)?,
            )),
            _ => None,
        }
    }

    fn key_of(&self, operation: &str, class: &str, stage: &str) -> Option<SeriesKey> {
        Some(SeriesKey {
            operation: named(operation)?,
            class: named(class)?,
            stage: self.stage_of(stage)?,
        })
    }

    fn stage_of(&self, slug: &str) -> Option<StageIx> {
        place_of(&self.stages, slug).map(StageIx)
    }

    fn scenario_of(&self, slug: &str) -> Option<ScenarioIx> {
        place_of(&self.scenarios, slug).map(ScenarioIx)
    }
}

fn all_tags(stages: &[StageIx], scenarios: &[ScenarioIx]) -> Vec<Tag> {
    let mut tags = vec![Tag::Oversleep];
    tags.extend(stages.iter().map(|stage| Tag::Blocked(*stage)));
    for operation in Operation::ALL {
        tags.extend(stages.iter().map(|stage| Tag::Lag(operation, *stage)));
    }
    for stage in stages {
        tags.extend(scenarios.iter().map(|of| Tag::Unstarted(*stage, *of)));
    }
    let keys = |operation: Operation| {
        Class::ALL.into_iter().flat_map(move |class| {
            stages.iter().map(move |stage| SeriesKey {
                operation,
                class,
                stage: *stage,
            })
        })
    };
    for key in Operation::ALL.into_iter().flat_map(keys) {
        tags.extend(LATENCIES.map(|latency| Tag::Step(key, latency)));
    }
    for key in kept().flat_map(keys) {
        for scenario in scenarios {
            tags.extend(LATENCIES.map(|latency| Tag::ScenarioStep(key, *scenario, latency)));
        }
    }
    for operation in Operation::ALL {
        for phase in Phase::ALL {
            tags.extend(
                stages
                    .iter()
                    .map(|stage| Tag::Phase(operation, phase, *stage)),
            );
        }
    }
    tags
}

/// The operations whose steps are kept by scenario too.
fn kept() -> impl Iterator<Item = Operation> {
    Operation::ALL
        .into_iter()
        .filter(|operation| operation.is_kept_by_scenario())
}

fn place_of(slugs: &[String], slug: &str) -> Option<u8> {
    let place = slugs.iter().position(|one| one == slug)?;
    u8::try_from(place).ok()
}

/// Names as a tag can carry them: no dot, comma or space. One that would then equal another gets its place's number.
fn slugs<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut slugs: Vec<String> = Vec::new();
    for (place, name) in names.enumerate() {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
        let mut slug: String = name
            .chars()
            .map(|letter| if plain(letter) { letter } else { '_' })
            .collect();
        while slugs.contains(&slug) || slug.is_empty() {
            slug.push_str(&format!("_{place}"));
        }
        slugs.push(slug);
    }
    slugs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::example;

    #[test]
    fn every_tag_is_found_at_its_place_and_by_its_spelling() {
        let layout = Layout::of(&example::meta());
        for (place, tag) in layout.tags().iter().enumerate() {
            assert_eq!(layout.place(*tag), Some(place), "{tag:?}");
            let spelled = layout.spell(*tag);
            assert_eq!(layout.parse(&spelled), Some(*tag), "{spelled}");
        }
    }

    #[test]
    fn a_stage_that_the_run_does_not_have_has_no_place() {
        let layout = Layout::of(&example::meta());
        assert_eq!(layout.place(Tag::Blocked(StageIx(200))), None);
        assert_eq!(layout.parse("blocked.nowhere"), None);
    }

    #[test]
    fn names_that_a_tag_cannot_carry_stay_apart() {
        let spelled = slugs(["a b", "a.b", "", "a_b_1"].into_iter());
        let distinct: std::collections::BTreeSet<&String> = spelled.iter().collect();
        assert_eq!(distinct.len(), 4, "{spelled:?}");
        assert!(spelled.iter().all(|slug| !slug.contains([' ', '.', ','])));
    }
}
