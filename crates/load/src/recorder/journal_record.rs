//! The lines of `recording.jsonl` as they are on disk: one meta, one for each second, one for each shard that was merged,
//! one end.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Reason, Standing, Unsent};
use super::health::HealthSample;
use super::invariant::Invariant;
use super::key::{CauseKey, Key};
use super::sockets::Sockets;
use super::tally::Tally;
use crate::session::{ChannelEnd, Class, Operation};
use trtc_base::units::Micros;

/// A line. `kind` tells which.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum JournalRecord {
    Meta(MetaRecord),
    Second(Box<SecondRecord>),
    Shard(ShardRecord),
    End(EndRecord),
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MetaRecord {
    pub(super) version: u32,
    pub(super) profile: String,
    pub(super) run: String,
    pub(super) labels: Vec<(String, String)>,
    pub(super) started_at_unix: u64,
    pub(super) stages: Vec<StageLine>,
    pub(super) scenarios: Vec<ScenarioLine>,
    pub(super) sdk_app_ids: Vec<u32>,
    pub(super) accounts_per_app: u64,
    pub(super) timeout_us: u64,
    pub(super) notice_limit_us: u64,
    pub(super) cores: u32,
    /// The machine and its cores; null where it is not known, and not in recordings of before this field.
    pub(super) host: Option<(String, u32)>,
    pub(super) plan_sha256: String,
    /// Its number and how many there are; the whole plan is 1 of 1.
    pub(super) shard: (u32, u32),
    pub(super) arrivals: u64,
    pub(super) arrivals_of_plan: u64,
    /// The interval log's first lines, before those of a second. Not in version 3.
    pub(super) histograms: Option<BlockRecord>,
}

/// Lines of the interval log that follow each other: how many, and the CRC-32 of all their bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BlockRecord {
    pub(super) lines: u64,
    pub(super) crc32: String,
}

/// A shard that was merged.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ShardRecord {
    pub(super) shard: (u32, u32),
    pub(super) run: String,
    pub(super) planned: u64,
    pub(super) observed: u64,
    pub(super) ended: String,
    pub(super) why: Option<String>,
    pub(super) cores: u32,
    pub(super) faults: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StageLine {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) start_us: u64,
    pub(super) end_us: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ScenarioLine {
    pub(super) name: String,
    pub(super) first: Vec<String>,
}

/// Operation, class, cause, count.
type CauseRow = (Key<Operation>, Key<Class>, Key<CauseKey>, u64);

/// A second: counters as what was added in it, and the exact numbers of each histogram that the interval log holds for
/// it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SecondRecord {
    pub(super) second: u64,
    pub(super) covers: u64,
    pub(super) due: u64,
    pub(super) online: u64,
    pub(super) online_peak: u64,
    /// Stage, scenario, count.
    pub(super) started: Vec<(u8, u8, u64)>,
    /// Stage, scenario, reason, count.
    pub(super) not_started: Vec<(u8, u8, Key<Reason>, u64)>,
    /// Operation, attempts, answers.
    pub(super) exchanges: Vec<(Key<Operation>, u64, u64)>,
    /// Operation, requests that the kernel took, outcomes of such requests.
    pub(super) departures: Vec<(Key<Operation>, u64, u64)>,
    /// Operation, steps that were planned and sent.
    pub(super) as_planned: Vec<(Key<Operation>, u64)>,
    /// Operation, why a planned step was not sent, count.
    pub(super) unsent: Vec<(Key<Operation>, Key<Unsent>, u64)>,
    /// How a push channel ended, when, count.
    pub(super) channel_ends: Vec<(Key<ChannelEnd>, Key<Standing>, u64)>,
    /// Operation, class, cause, count.
    pub(super) causes: Vec<CauseRow>,
    pub(super) other_causes: u64,
    /// New distinct accounts and logins of each app.
    pub(super) apps: Vec<(u64, u64)>,
    pub(super) logins_beyond_rules: u64,
    pub(super) strays: u64,
    /// Invariant, checks; not in recordings of before this field.
    pub(super) checks: Option<Vec<(Key<Invariant>, u64)>>,
    /// Invariant, count.
    pub(super) broken: Vec<(Key<Invariant>, u64)>,
    /// Tally, count.
    pub(super) tallies: Vec<(Key<Tally>, u64)>,
    /// Operation, steps in flight while the generator stood still.
    pub(super) in_flight: Vec<(Key<Operation>, u64)>,
    /// From and until, in microseconds.
    pub(super) standstills: Vec<(u64, u64)>,
    pub(super) breaches: Vec<ViolationRecord>,
    /// Tag to count, sum, least and largest in microseconds.
    pub(super) series: BTreeMap<String, (u64, u64, u64, u64)>,
    /// Its lines in the interval log. Not in version 3.
    pub(super) histograms: Option<BlockRecord>,
    pub(super) health: Option<HealthLine>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ViolationRecord {
    pub(super) invariant: Key<Invariant>,
    pub(super) at_us: u64,
    pub(super) story: String,
}

/// As [`HealthSample`]; null where the machine does not say.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HealthLine {
    pub(super) over_us: u64,
    pub(super) process_cpu_us: Option<u64>,
    pub(super) machine_cpu_us: Option<u64>,
    pub(super) quota_us: Option<u64>,
    pub(super) throttled_us: Option<u64>,
    pub(super) throttles: Option<u64>,
    pub(super) run_queue_wait_us: Option<u64>,
    pub(super) resident_bytes: Option<u64>,
    pub(super) descriptors: Option<u64>,
    pub(super) sockets: SocketsLine,
}

/// As [`Sockets`].
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SocketsLine {
    pub(super) in_use: Option<u64>,
    pub(super) established: Option<u64>,
    pub(super) orphaned: Option<u64>,
    pub(super) time_wait: Option<u64>,
    pub(super) retransmitted: Option<u64>,
    pub(super) failed: Option<u64>,
}

impl From<&HealthSample> for HealthLine {
    fn from(sample: &HealthSample) -> Self {
        let sockets = sample.sockets;
        Self {
            over_us: sample.over.0,
            process_cpu_us: sample.process_cpu.map(|cpu| cpu.0),
            machine_cpu_us: sample.machine_cpu.map(|cpu| cpu.0),
            quota_us: sample.quota.map(|cpu| cpu.0),
            throttled_us: sample.throttled.map(|time| time.0),
            throttles: sample.throttles,
            run_queue_wait_us: sample.run_queue_wait.map(|wait| wait.0),
            resident_bytes: sample.resident_bytes,
            descriptors: sample.descriptors,
            sockets: SocketsLine {
                in_use: sockets.in_use,
                established: sockets.established,
                orphaned: sockets.orphaned,
                time_wait: sockets.time_wait,
                retransmitted: sockets.retransmitted,
                failed: sockets.failed,
            },
        }
    }
}

impl From<&HealthLine> for HealthSample {
    fn from(line: &HealthLine) -> Self {
        let sockets = &line.sockets;
        Self {
            over: Micros(line.over_us),
            process_cpu: line.process_cpu_us.map(Micros),
            machine_cpu: line.machine_cpu_us.map(Micros),
            quota: line.quota_us.map(Micros),
            throttled: line.throttled_us.map(Micros),
            throttles: line.throttles,
            run_queue_wait: line.run_queue_wait_us.map(Micros),
            resident_bytes: line.resident_bytes,
            descriptors: line.descriptors,
            sockets: Sockets {
                in_use: sockets.in_use,
                established: sockets.established,
                orphaned: sockets.orphaned,
                time_wait: sockets.time_wait,
                retransmitted: sockets.retransmitted,
                failed: sockets.failed,
            },
        }
    }
}

/// The end, with totals that the sum of all seconds must give again.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EndRecord {
    pub(super) ended: String,
    pub(super) why: Option<String>,
    pub(super) totals: TotalsLine,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TotalsLine {
    pub(super) due: u64,
    pub(super) started: u64,
    pub(super) not_started: u64,
    pub(super) steps: u64,
    pub(super) accounts: u64,
    pub(super) logins: u64,
    pub(super) breaches: u64,
}

impl TotalsLine {
    pub(super) const fn add(&mut self, more: Self) {
        self.due += more.due;
        self.started += more.started;
        self.not_started += more.not_started;
        self.steps += more.steps;
        self.accounts += more.accounts;
        self.logins += more.logins;
        self.breaches += more.breaches;
    }
}

impl SecondRecord {
    /// The whole seconds since the run's start at which it begins.
    pub(super) const fn start(&self) -> u64 {
        self.second.saturating_add(1).saturating_sub(self.covers)
    }
}
