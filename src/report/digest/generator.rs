//! How the generator itself fared: a run is only as good as the machine that made it.

use serde::Serialize;

use super::operations::Quantiles;
use crate::recorder::HealthSample;
use crate::recorder::Recording;
use crate::recorder::StageSet;
use crate::report::figure;
use crate::units::Micros;

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
    /// Seconds for which the CPU quota kept this process from running, summed over cores.
    pub(in crate::report) throttled_s: Option<f64>,
    /// How often the quota did so.
    pub(in crate::report) throttles: Option<u64>,
    /// Seconds for which threads were ready to run and waited for a core, summed over threads.
    pub(in crate::report) run_queue_wait_s: Option<f64>,
    /// The most resident memory, in MiB.
    pub(in crate::report) resident_mib_max: Option<f64>,
    /// The most open descriptors.
    pub(in crate::report) descriptors_max: Option<u64>,
    /// Logins that the documented rules would not have made, as the profile asked.
    pub(in crate::report) logins_beyond_rules: u64,
    /// Logins of accounts that the population does not have: a fault of the generator.
    pub(in crate::report) strays: u64,
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
        Self {
            cores: recording.meta().cores,
            lag: Quantiles::of(&recording.lag(None, StageSet::Measured)),
            oversleep: Quantiles::of(&recording.oversleep(StageSet::Measured)),
            cpu_cores_mean: mean_cores(&samples),
            cpu_cores_max: most_cores(&samples, |one| one.process_cpu),
            machine_cpu_cores_max: most_cores(&samples, |one| one.machine_cpu),
            throttled_s: total(|one| one.throttled),
            throttles: sum(samples.iter().filter_map(|one| one.throttles)),
            run_queue_wait_s: total(|one| one.run_queue_wait),
            resident_mib_max: samples
                .iter()
                .filter_map(|one| one.resident_bytes)
                .max()
                .map(figure::mebibytes),
            descriptors_max: samples.iter().filter_map(|one| one.descriptors).max(),
            logins_beyond_rules: counts.logins_beyond_rules,
            strays: counts.strays,
        }
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
