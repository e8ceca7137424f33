//! What a run measured: events in, histograms, counts and distinct accounts out, on disk as it grows.
//!
//! In: [`Event`]s from any thread. Out: a run's folder with its recording, and [`Recording`] read back from it.
//! Never here: budgets, formats for people.

mod accounts;
mod block;
mod cgroup;
mod counts;
mod damage;
mod distribution;
mod event;
#[cfg(test)]
pub(crate) mod example;
mod health;
mod host;
mod invariant;
mod journal;
mod journal_record;
mod key;
mod legacy;
mod lines;
mod live;
mod login_log;
mod merge;
mod meta;
mod meta_wording;
mod part;
mod reader;
mod recording;
mod recording_file;
mod recording_reader;
mod seal;
mod second;
mod sockets;
mod standstill;
mod tag;
mod tally;
mod thread_buffer;
mod unknown;
mod watch;
mod wording;

pub use cgroup::Cgroup;
pub use counts::CAUSE_KINDS;
pub use distribution::{DIGITS, Distribution, Exact, LEAST_MICROS, MOST_MICROS};
pub use event::{
    Answered, Event, NotStarted, Planned, Reason, Standing, Started, Step, Unsent, Violation,
};
pub use health::{HealthProbe, HealthSample};
pub use host::{Host, cores_together};
pub use invariant::Invariant;
pub use journal::{COUNTERS, HISTOGRAMS};
pub use live::{Recorder, Tick};
pub use login_log::{LoginLog, LoginResult};
pub use merge::{Merged, Merger};
pub use meta::{Meta, RunName, ScenarioMeta, StageMeta, StageSet, VERSION, VERSIONS_READ};
pub use part::{Coverage, MergedShard, Part, fingerprint};
pub use recording::{AppCount, Counts, Departures, Ended, Exchange, Recording, Series, SeriesKey};
pub use second::{OperationSecond, Second, Summary};
pub use sockets::Sockets;
pub use standstill::{STANDSTILL, Standstill};
pub use tally::Tally;
pub use unknown::Unknown;
pub use watch::Watch;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod disk_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod merge_tests;
#[cfg(test)]
mod phase_tests;
#[cfg(test)]
mod tests;
