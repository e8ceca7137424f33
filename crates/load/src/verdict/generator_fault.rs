//! The generator's faults in words.

use std::fmt;

use super::budgets::Measured;
use super::generator::{CPU_SHARE, THROTTLED_SHARE};
use super::shards::too_little;
use crate::plan::Shard;
use crate::profile::Budget;
use crate::recorder::Coverage;
use crate::session::Operation;
use trtc_base::units::Micros;

/// Why a run proves nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum GeneratorFault {
    /// A budget reads as broken, and our own delay could have done it.
    CouldDecide {
        /// The budget.
        sentence: String,
        /// What was measured.
        measured: Measured,
        /// Steps of its operation that were in flight while we stood still.
        in_flight: u64,
        /// The lag's p99.
        lag: Option<Micros>,
        /// The p99 of our wait for a core.
        oversleep: Option<Micros>,
    },
    /// Steps were sent too late.
    Lag {
        /// Its p99.
        p99: Micros,
        /// What is allowed.
        allowed: Micros,
    },
    /// Our threads waited too long for a core.
    Oversleep {
        /// Its p99.
        p99: Micros,
        /// What is allowed.
        allowed: Micros,
    },
    /// None of our threads ran.
    Standstill {
        /// In this stage, in part or whole.
        stage: String,
        /// For this long, at its longest.
        longest: Micros,
        /// Steps of the run that were in flight meanwhile, in all its standstills.
        in_flight: u64,
    },
    /// The cgroup's CPU quota kept us from running.
    Throttled {
        /// In this stage.
        stage: String,
        /// For this share of its time.
        share: f64,
    },
    /// We used all our cores, and steps were sent late.
    Cpu {
        /// For how long at a time.
        busy: Micros,
        /// The lag's p99.
        lag: Micros,
    },
    /// Steps that found no descriptor or port on this machine.
    Exhausted(u64),
    /// Devices that panicked.
    Panics(u64),
    /// Events of stages or accounts that the run does not have.
    Strays(u64),
    /// Arrivals that came due and were neither started nor given up.
    Uncounted(u64),
    /// Requests left of which nothing was heard, or outcomes were booked that nobody asked for.
    Unaccounted {
        /// Whose.
        operation: Operation,
        /// What the client counted as the kernel took them.
        requests: u64,
        /// What was booked.
        outcomes: u64,
    },
    /// The run was interrupted.
    Interrupted,
    /// The run stopped at a cap.
    Cap(String),
    /// The recording has no end.
    Lost,
    /// The built-in mock ended before the run did.
    MockEnded,
    /// The run's evidence could not be written any more.
    Unwritten(String),
    /// The recording cannot be read to its end: what does not fit, and where.
    Damaged(String),
    /// The recording has rows that a later program wrote: which.
    Unknown(String),
    /// Merged shards hold too little of their plan.
    Coverage {
        /// What they hold.
        coverage: Coverage,
        /// The least share that is allowed.
        least: f64,
    },
    /// One of the merged shards has a fault of its own.
    Shard {
        /// Which.
        shard: Shard,
        /// Its fault, in words.
        fault: String,
    },
}

impl GeneratorFault {
    /// Whether it only doubts one budget.
    pub(super) const fn is_a_doubt(&self) -> bool {
        matches!(self, Self::CouldDecide { .. })
    }

    /// Whether it says already what was measured of this budget.
    pub(crate) fn tells(&self, budget: &Budget) -> bool {
        matches!(self, Self::CouldDecide { sentence, .. } if *sentence == budget.sentence)
    }
}

impl fmt::Display for GeneratorFault {
    #[expect(clippy::too_many_lines, reason = "a list of faults and their words")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CouldDecide {
                sentence,
                measured,
                in_flight,
                lag,
                oversleep,
            } => write!(
                f,
                "{sentence}: measured {measured}, but {}",
                ours(*lag, *oversleep, *in_flight)
            ),
            Self::Lag { p99, allowed } => write!(
                f,
                "the generator sent too late: lag p99 {p99}, allowed {allowed}"
            ),
            Self::Oversleep { p99, allowed } => write!(
                f,
                "the generator waited for a core: its timer woke {p99} too late at p99, allowed {allowed}"
            ),
            Self::Standstill {
                stage,
                longest,
                in_flight,
            } => write!(
                f,
                "the generator stood still for {longest} in stage {stage}, with {} in flight",
                steps(*in_flight)
            ),
            Self::Throttled { stage, share } => write!(
                f,
                "the cgroup's CPU quota stopped the generator for {:.1}% of stage {stage}, allowed {:.0}%",
                share * 100.0,
                THROTTLED_SHARE * 100.0
            ),
            Self::Cpu { busy, lag } => write!(
                f,
                "the generator used over {:.0}% of its cores for {busy}, with lag p99 {lag}",
                CPU_SHARE * 100.0
            ),
            Self::Exhausted(some) => write!(f, "{} found no descriptor or port here", steps(*some)),
            Self::Panics(devices) => write!(f, "{devices} simulated devices panicked"),
            Self::Strays(events) => write!(
                f,
                "{events} events were of stages or accounts that the run does not have"
            ),
            Self::Uncounted(arrivals) => write!(
                f,
                "{arrivals} arrivals came due and were neither started nor given up"
            ),
            Self::Unaccounted {
                operation,
                requests,
                outcomes,
            } => write!(
                f,
                "unaccounted requests: {requests} of {operation} left and {outcomes} have an outcome"
            ),
            Self::Interrupted => f.write_str("the run was interrupted"),
            Self::Cap(cap) => write!(f, "the run stopped at a cap: {cap}"),
            Self::Lost => {
                f.write_str("the recording has no end: the run was killed or still goes on")
            }
            Self::MockEnded => f.write_str(
                "the built-in mock ended, and the run with it: nothing after that says anything of a target",
            ),
            Self::Unwritten(why) => {
                write!(
                    f,
                    "the run was ended: its evidence could not be written ({why})"
                )
            }
            // A merged recording of version 3 does not say what was damaged.
            Self::Damaged(what) if what.is_empty() => {
                f.write_str("the recording is damaged after its last whole second")
            }
            Self::Damaged(what) => write!(f, "the recording is damaged: {what}"),
            Self::Unknown(rows) => write!(
                f,
                "the recording has rows that this program does not know: {rows}. Read it with the program that wrote it"
            ),
            Self::Coverage { coverage, least } => f.write_str(&too_little(coverage, *least)),
            Self::Shard { shard, fault } => write!(f, "shard {shard}: {fault}"),
        }
    }
}

/// So many steps.
pub(super) fn steps(count: u64) -> String {
    match count {
        1 => "1 step".to_owned(),
        more => format!("{more} steps"),
    }
}

/// What could have decided a budget, with the two delays at p99.
fn ours(lag: Option<Micros>, oversleep: Option<Micros>, in_flight: u64) -> String {
    let shown = |time: Option<Micros>| time.map_or("none".to_owned(), |time| time.to_string());
    let marked = match in_flight {
        0 => String::new(),
        some => format!(", {} in flight while it stood still", steps(some)),
    };
    format!(
        "the generator's own delay could have decided (lag p99 {}, wait for a core p99 {}{marked})",
        shown(lag),
        shown(oversleep)
    )
}
