//! Whether the generator's memory stays flat in a long run.

use serde::Serialize;

use crate::recorder::{Recording, Second};
use trtc_base::figure;

/// From when on memory should not grow, seconds: by then a steady run has every device, buffer and table that it needs.
const SETTLED: u64 = 300;

/// Resident memory from the end of the fifth minute on, in MiB.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(in crate::report) struct Memory {
    /// After five minutes.
    pub(in crate::report) at_5_min_mib: f64,
    /// The most from then on.
    pub(in crate::report) most_since_mib: f64,
    /// At the run's end.
    pub(in crate::report) end_mib: f64,
    /// How much more the most is than after five minutes, in percent.
    pub(in crate::report) growth_percent: f64,
}

impl Memory {
    /// None for a run of less than six minutes, and where the machine does not say.
    pub(super) fn of(recording: &Recording) -> Option<Self> {
        Self::over(recording.seconds())
    }

    fn over(seconds: &[Second]) -> Option<Self> {
        let settled = seconds
            .iter()
            .filter(|second| second.second + 1 >= SETTLED)
            .filter_map(|second| Some((second.second, second.health?.resident_bytes?)));
        let (first, at) = settled.clone().next()?;
        let (last, end) = settled.clone().next_back()?;
        if last < first + 60 || at == 0 {
            return None;
        }
        let most = settled.map(|(_, bytes)| bytes).max()?;
        Some(Self {
            at_5_min_mib: figure::mebibytes(at),
            most_since_mib: figure::mebibytes(most),
            end_mib: figure::mebibytes(end),
            growth_percent: figure::part(most - at, at)? * 100.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::HealthSample;

    const MIB: u64 = 1 << 20;

    /// Seconds of a run, with the memory that `resident` says in MiB for each.
    fn seconds(length: u64, resident: impl Fn(u64) -> u64) -> Vec<Second> {
        let second = |second| Second {
            second,
            health: Some(HealthSample {
                resident_bytes: Some(resident(second) * MIB),
                ..HealthSample::default()
            }),
            ..Second::default()
        };
        (0..length).map(second).collect()
    }

    #[test]
    fn growth_counts_from_the_end_of_the_fifth_minute_to_the_most_after_it() {
        // 100 MiB until then, 103 in one second of the twentieth minute, 101 at the end.
        let run = seconds(1_800, |second| match second {
            0..300 => 100,
            1_200 => 103,
            _ => 101,
        });
        let memory = Memory::over(&run).unwrap();
        assert_eq!(
            (memory.at_5_min_mib, memory.most_since_mib, memory.end_mib),
            (100.0, 103.0, 101.0)
        );
        assert!(
            (memory.growth_percent - 3.0).abs() < 1e-9,
            "{}",
            memory.growth_percent
        );
    }

    #[test]
    fn a_run_of_less_than_six_minutes_and_one_without_samples_say_nothing() {
        assert_eq!(Memory::over(&seconds(359, |_| 100)), None);
        assert!(Memory::over(&seconds(360, |_| 100)).is_some());
        let mut unseen = seconds(900, |_| 100);
        unseen.iter_mut().for_each(|second| second.health = None);
        assert_eq!(Memory::over(&unseen), None);
    }
}
