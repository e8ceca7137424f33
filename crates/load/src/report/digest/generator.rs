//! How the generator itself fared: a run is only as good as the machine that made it.

use serde::Serialize;

use super::memory::Memory;
use super::operations::Quantiles;
use crate::recorder::{HealthSample, Recording, Sockets, StageSet};
use trtc_base::figure;
use trtc_base::units::Micros;

/// The generator's own health over the run. None where the machine does not say.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct Generator {
    /// Cores that it may use.
    pub(in crate::report) cores: u32,
    /// From ready to sent, in the measured stages.
    pub(in crate::report) lag: Option<Quantiles>,
    /// How much too late its own timer woke, in the measured stages.
    pub(in crate::report) oversleep: Option<Quantiles>,
    /// Cores that this process kept busy, on average.
    pub(in crate::report) cpu_cores_mean: Option<f64>,
    /// Cores that this process kept busy in its busiest second.
    pub(in crate::report) cpu_cores_max: Option<f64>,
    /// Cores that the whole machine kept busy in its busiest second, this process included.
    pub(in crate::report) machine_cpu_cores_max: Option<f64>,
    /// Cores that the CPU quota allows, at its tightest; none without a quota.
    pub(in crate::report) quota_cores: Option<f64>,
    /// Seconds for which the CPU quota kept this process from running, summed over cores.
    pub(in crate::report) throttled_s: Option<f64>,
    /// How often the quota did so.
    pub(in crate::report) throttles: Option<u64>,
    /// Seconds for which threads were ready to run and waited for a core, summed over threads.
    pub(in crate::report) run_queue_wait_s: Option<f64>,
    /// The most resident memory, in MiB.
    pub(in crate::report) resident_mib_max: Option<f64>,
    /// Whether it stays flat; none for a run of less than six minutes.
    pub(in crate::report) memory: Option<Memory>,
    /// The most open descriptors.
    pub(in crate::report) descriptors_max: Option<u64>,
    /// TCP sockets of the machine: the most of each state at once.
    pub(in crate::report) sockets: SocketsRow,
    /// How often it stood still.
    pub(in crate::report) standstills: u64,
    /// Its longest standstill, in seconds; none when there was none.
    pub(in crate::report) standstill_s_max: Option<f64>,
    /// How long it stood still in all, in seconds.
    pub(in crate::report) stood_still_s: f64,
    /// Steps that were in flight meanwhile.
    pub(in crate::report) in_flight: u64,
    /// The same by operation, those that had any.
    pub(in crate::report) in_flight_by_operation: Vec<InFlightRow>,
    /// Logins that the documented rules would not have made, as the profile asked.
    pub(in crate::report) logins_beyond_rules: u64,
    /// Logins of accounts that the population does not have: a fault of the generator.
    pub(in crate::report) strays: u64,
}

/// TCP sockets of the machine. None where it does not say.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::report) struct SocketsRow {
    pub(in crate::report) in_use_max: Option<u64>,
    pub(in crate::report) established_max: Option<u64>,
    pub(in crate::report) orphaned_max: Option<u64>,
    pub(in crate::report) time_wait_max: Option<u64>,
    /// Segments sent again, and connects that failed, in the whole run.
    pub(in crate::report) retransmitted: Option<u64>,
    pub(in crate::report) connects_failed: Option<u64>,
}

/// Steps of one operation that were in flight while the generator stood still.
#[derive(Clone, Copy, Debug, Serialize)]
pub(in crate::report) struct InFlightRow {
    pub(in crate::report) operation: &'static str,
    pub(in crate::report) count: u64,
}

impl SocketsRow {
    fn of(samples: &[HealthSample]) -> Self {
        let seen = |of: fn(&Sockets) -> Option<u64>| {
            samples.iter().filter_map(move |one| of(&one.sockets))
        };
        Self {
            in_use_max: seen(|one| one.in_use).max(),
            established_max: seen(|one| one.established).max(),
            orphaned_max: seen(|one| one.orphaned).max(),
            time_wait_max: seen(|one| one.time_wait).max(),
            retransmitted: sum(seen(|one| one.retransmitted)),
            connects_failed: sum(seen(|one| one.failed)),
        }
    }
}

impl Generator {
    pub(super) fn of(recording: &Recording) -> Self {
        let samples: Vec<HealthSample> = recording
            .seconds()
            .iter()
            .filter_map(|second| second.health)
            .collect();
        let total = |of: fn(&HealthSample) -> Option<Micros>| {
            sum(samples.iter().filter_map(of).map(|time| time.0))
                .map(|micros| Micros(micros).as_secs_f64())
        };
        let counts = recording.counts();
        let lengths = recording.standstills().iter().map(|one| one.length());
        let in_flight = counts.in_flight.iter();
        Self {
            cores: recording.meta().cores,
            lag: Quantiles::of(&recording.lag(None, StageSet::Measured)),
            oversleep: Quantiles::of(&recording.oversleep(StageSet::Measured)),
            cpu_cores_mean: mean_cores(&samples),
            cpu_cores_max: most_cores(&samples, |one| one.process_cpu),
            machine_cpu_cores_max: most_cores(&samples, |one| one.machine_cpu),
            quota_cores: samples
                .iter()
                .filter_map(|one| one.quota)
                .min()
                .map(Micros::as_secs_f64),
            throttled_s: total(|one| one.throttled),
            throttles: sum(samples.iter().filter_map(|one| one.throttles)),
            run_queue_wait_s: total(|one| one.run_queue_wait),
            resident_mib_max: samples
                .iter()
                .filter_map(|one| one.resident_bytes)
                .max()
                .map(figure::mebibytes),
            memory: Memory::of(recording),
            descriptors_max: samples.iter().filter_map(|one| one.descriptors).max(),
            sockets: SocketsRow::of(&samples),
            standstills: recording.standstills().len() as u64,
            standstill_s_max: lengths.clone().max().map(Micros::as_secs_f64),
            stood_still_s: lengths.fold(Micros::ZERO, Micros::plus).as_secs_f64(),
            in_flight: counts.in_flight.values().sum(),
            in_flight_by_operation: in_flight
                .map(|(operation, &count)| InFlightRow {
                    operation: operation.name(),
                    count,
                })
                .collect(),
            logins_beyond_rules: counts.logins_beyond_rules,
            strays: counts.strays,
        }
    }
}

impl Generator {
    /// What a standstill did, for people; none without one.
    pub(in crate::report) fn standstill_words(&self) -> Option<String> {
        let longest = self.standstill_s_max?;
        let times = match self.standstills {
            1 => format!("for {longest:.1} s"),
            more => format!(
                "{} times, {:.1} s in all",
                figure::count(more),
                self.stood_still_s
            ),
        };
        let steps = match self.in_flight {
            1 => "1 step was".to_owned(),
            more => format!("{} steps were", figure::count(more)),
        };
        Some(format!(
            "{steps} in flight while the generator stood still {times}"
        ))
    }
}

/// The sum; none of nothing, so that what was never looked at does not read as zero.
fn sum(values: impl Iterator<Item = u64>) -> Option<u64> {
    values.fold(None, |all, value| Some(all.unwrap_or(0) + value))
}

/// Cores that a CPU time kept busy while a sample lasted.
pub(in crate::report) fn cores(cpu: Option<Micros>, over: Micros) -> Option<f64> {
    figure::part(cpu?.0, over.0)
}

/// The system counts CPU time in steps of 10 ms: over a shorter span, such as a run's last part of a second, the share of
/// a core is the step and not the load.
const LEAST_SPAN: Micros = Micros::from_millis(500);

fn most_cores(
    samples: &[HealthSample],
    cpu: impl Fn(&HealthSample) -> Option<Micros>,
) -> Option<f64> {
    samples
        .iter()
        .filter(|one| one.over >= LEAST_SPAN)
        .filter_map(|one| cores(cpu(one), one.over))
        .max_by(f64::total_cmp)
}

fn mean_cores(samples: &[HealthSample]) -> Option<f64> {
    let seen = samples.iter().filter(|one| one.process_cpu.is_some());
    let over = seen.clone().map(|one| one.over.0).sum();
    let cpu = sum(seen.filter_map(|one| one.process_cpu).map(|cpu| cpu.0))?;
    figure::part(cpu, over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_that_was_not_taken_counts_neither_as_idle_nor_as_busy() {
        let busy = HealthSample {
            over: Micros(1_000_000),
            process_cpu: Some(Micros(1_500_000)),
            ..HealthSample::default()
        };
        let unseen = HealthSample {
            over: Micros(1_000_000),
            ..HealthSample::default()
        };
        assert_eq!(mean_cores(&[busy, unseen]), Some(1.5));
        assert_eq!(mean_cores(&[unseen]), None);
        assert_eq!(most_cores(&[unseen], |one| one.process_cpu), None);
    }
}
