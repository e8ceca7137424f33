//! What the generator itself takes, in one line while a run goes on: who eats the cores?
//!
//! In: a [`Second`]. Out: words. Never here: a judgement.

use super::digest::cores;
use crate::recorder::{HealthSample, Second};
use trtc_base::figure;
use trtc_base::units::Micros;

/// The generator in one second, and since the run's start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GeneratorHealth {
    /// How it fared in the second.
    pub health: HealthSample,
    /// Cores that it may use.
    pub cores: u32,
    /// How long it stood still since the run's start.
    pub stood_still: Micros,
}

impl GeneratorHealth {
    /// Takes in a second that ended.
    pub(super) fn take(&mut self, second: &Second) {
        self.health = second.health.unwrap_or_default();
        self.stood_still = self.stood_still.plus(second.stood_still);
    }

    /// The line.
    #[must_use]
    pub fn line(&self) -> String {
        let health = &self.health;
        let busy = |cpu| figure::number(cores(cpu, health.over));
        let quota = health.quota.map_or_else(String::new, |quota| {
            format!(", quota {}", figure::number(Some(quota.as_secs_f64())))
        });
        // First, since a terminal's line may be cut at its end.
        let still = match self.stood_still {
            Micros::ZERO => String::new(),
            long => format!("STOOD STILL {:.1} s  ", long.as_secs_f64()),
        };
        format!(
            "{still}cpu {} of {} (machine {}{quota})  {} MiB  tcp {}  time_wait {}",
            busy(health.process_cpu),
            self.cores,
            busy(health.machine_cpu),
            figure::number(health.resident_bytes.map(figure::mebibytes)),
            figure::count_or_dash(health.sockets.in_use),
            figure::count_or_dash(health.sockets.time_wait),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::Sockets;

    #[test]
    fn the_line_says_who_uses_the_cores_and_dashes_what_nobody_says() {
        let mut own = GeneratorHealth {
            cores: 2,
            ..GeneratorHealth::default()
        };
        let unknown =
            "cpu \u{2013} of 2 (machine \u{2013})  \u{2013} MiB  tcp \u{2013}  time_wait \u{2013}";
        assert_eq!(own.line(), unknown);
        let second = Second {
            stood_still: Micros::from_millis(1_000),
            health: Some(HealthSample {
                over: Micros::from_secs(1),
                process_cpu: Some(Micros(360_000)),
                machine_cpu: Some(Micros(1_500_000)),
                quota: Some(Micros(1_500_000)),
                resident_bytes: Some(120 << 20),
                sockets: Sockets {
                    in_use: Some(12_345),
                    time_wait: Some(300),
                    ..Sockets::default()
                },
                ..HealthSample::default()
            }),
            ..Second::default()
        };
        own.take(&second);
        own.take(&second);
        assert_eq!(
            own.line(),
            "STOOD STILL 2.0 s  cpu 0.36 of 2 (machine 1.50, quota 1.50)  120 MiB  tcp 12,345  time_wait 300"
        );
    }
}
