//! How the recording's description of a run is spelled on disk, both ways: what it was, and the shards it was made of.

use super::host::Host;
use super::journal_record::{MetaRecord, ScenarioLine, ShardRecord, StageLine};
use super::key::{named, word};
use super::meta::{Meta, ScenarioMeta, StageMeta, VERSION};
use super::part::{MergedShard, Part};
use super::wording::{read_ended, spell_ended};
use crate::plan::Shard;
use crate::profile::StageKind;
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::SdkAppId;

const STAGE_KINDS: [(&str, StageKind); 3] = [
    ("warm_up", StageKind::WarmUp),
    ("measured", StageKind::Measured),
    ("cool_down", StageKind::CoolDown),
];

impl From<&Meta> for MetaRecord {
    fn from(meta: &Meta) -> Self {
        Self {
            version: VERSION,
            profile: meta.profile.clone(),
            run: meta.run.clone(),
            labels: meta.labels.clone(),
            started_at_unix: meta.started_at.0,
            stages: meta.stages.iter().map(stage_line).collect(),
            scenarios: meta.scenarios.iter().map(scenario_line).collect(),
            sdk_app_ids: meta.apps.iter().map(|app| app.0).collect(),
            accounts_per_app: meta.accounts_per_app,
            timeout_us: meta.timeout.0,
            notice_limit_us: meta.notice_limit.0,
            cores: meta.cores,
            host: meta.host.clone().map(|host| (host.id, host.cores)),
            plan_sha256: meta.part.plan.clone(),
            shard: spell_shard(meta.part.shard),
            arrivals: meta.part.arrivals,
            arrivals_of_plan: meta.part.arrivals_of_plan,
            histograms: None,
        }
    }
}

fn stage_line(stage: &StageMeta) -> StageLine {
    let kind = STAGE_KINDS.iter().find(|(_, kind)| *kind == stage.kind);
    StageLine {
        name: stage.name.clone(),
        kind: kind.map_or("measured", |(name, _)| *name).to_owned(),
        start_us: stage.start.0,
        end_us: stage.end.0,
    }
}

fn scenario_line(scenario: &ScenarioMeta) -> ScenarioLine {
    let first = scenario.first.iter();
    ScenarioLine {
        name: scenario.name.clone(),
        first: first.map(word).collect(),
    }
}

/// The meta that a line says; none where it uses a word that this version does not know.
pub(super) fn read_meta(line: MetaRecord) -> Option<Meta> {
    let stages = line.stages.into_iter().map(|stage| {
        let (_, kind) = STAGE_KINDS.iter().find(|(name, _)| *name == stage.kind)?;
        Some(StageMeta {
            name: stage.name,
            kind: *kind,
            start: Micros(stage.start_us),
            end: Micros(stage.end_us),
        })
    });
    let scenarios = line.scenarios.into_iter().map(|scenario| {
        let first = scenario.first.iter().map(|key| named(key));
        Some(ScenarioMeta {
            name: scenario.name,
            first: first.collect::<Option<_>>()?,
        })
    });
    Some(Meta {
        stages: stages.collect::<Option<_>>()?,
        scenarios: scenarios.collect::<Option<_>>()?,
        profile: line.profile,
        run: line.run,
        labels: line.labels,
        started_at: UnixSeconds(line.started_at_unix),
        apps: line.sdk_app_ids.into_iter().map(SdkAppId).collect(),
        accounts_per_app: line.accounts_per_app,
        timeout: Micros(line.timeout_us),
        notice_limit: Micros(line.notice_limit_us),
        cores: line.cores.max(1),
        host: line.host.map(|(id, cores)| Host {
            id,
            cores: cores.max(1),
        }),
        part: Part {
            plan: line.plan_sha256,
            shard: read_shard(line.shard)?,
            arrivals: line.arrivals,
            arrivals_of_plan: line.arrivals_of_plan,
        },
    })
}

/// Its number and how many there are.
const fn spell_shard(shard: Shard) -> (u32, u32) {
    (shard.number(), shard.of())
}

const fn read_shard((number, of): (u32, u32)) -> Option<Shard> {
    Shard::new(number, of)
}

pub(super) fn spell_merged(merged: &MergedShard) -> ShardRecord {
    let (ended, why) = spell_ended(&merged.ended);
    ShardRecord {
        shard: spell_shard(merged.shard),
        run: merged.run.clone(),
        planned: merged.planned,
        observed: merged.observed,
        ended: ended.to_owned(),
        why,
        cores: merged.cores,
        faults: merged.faults.clone(),
    }
}

pub(super) fn read_merged(line: ShardRecord) -> Option<MergedShard> {
    Some(MergedShard {
        shard: read_shard(line.shard)?,
        ended: read_ended(&line.ended, line.why.as_ref()),
        run: line.run,
        planned: line.planned,
        observed: line.observed,
        cores: line.cores.max(1),
        faults: line.faults,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::{Ended, example};

    #[test]
    fn the_meta_reads_back_as_it_was_written() {
        let meta = example::meta();
        assert_eq!(read_meta(MetaRecord::from(&meta)), Some(meta));
    }

    #[test]
    fn a_merged_shard_reads_back_as_it_was_written() {
        let merged = MergedShard {
            shard: Shard::new(2, 3).unwrap(),
            run: "one".to_owned(),
            planned: 10,
            observed: 9,
            ended: Ended::Cap("max_mau".to_owned()),
            cores: 2,
            faults: vec!["late".to_owned()],
        };
        assert_eq!(read_merged(spell_merged(&merged)), Some(merged));
    }
}
