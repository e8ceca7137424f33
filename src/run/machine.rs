//! What this machine has for a run: ephemeral ports, and memory that is free.
//!
//! In: the kernel's files. Out: [`Machine`], plain values, none where the system does not say. Never here: a judgement.

use std::fs;

use trtc_base::units::Micros;
use trtc_load_core::recorder::Cgroup;

/// How long the end that closes first keeps a port. Fixed in Linux (`TCP_TIMEWAIT_LEN`); `tcp_fin_timeout` is another state's.
const TIME_WAIT: Micros = Micros::from_secs(60);
/// The same where the kernel may take such a port again for a connect. Source: ip-sysctl, `tcp_tw_reuse`.
const REUSED_AFTER: Micros = Micros::from_secs(1);

/// What there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Machine {
    /// Ports that a connect may take, towards one address and port and from one address.
    pub(crate) ports: Option<u64>,
    /// Where a port in `TIME_WAIT` serves a new connect.
    pub(crate) reuse: Reuse,
    /// Bytes that may still be used.
    pub(crate) memory: Option<u64>,
    /// Cores.
    pub(crate) cores: u64,
}

/// `net.ipv4.tcp_tw_reuse`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reuse {
    /// Nowhere: 0.
    Never,
    /// Where both ends are on loopback: 2, the default.
    #[default]
    Loopback,
    /// Everywhere: 1.
    Everywhere,
}

impl Machine {
    /// This machine, now.
    pub(crate) fn read() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let text = |name: &str| fs::read_to_string(name).unwrap_or_default();
        let machine = available(&text("/proc/meminfo"));
        let cgroup = Cgroup::of("memory").memory_left();
        Self {
            ports: ports(&text("/proc/sys/net/ipv4/ip_local_port_range")),
            reuse: reuse(&text("/proc/sys/net/ipv4/tcp_tw_reuse")),
            memory: [machine, cgroup].into_iter().flatten().min(),
            cores: u64::try_from(cores).unwrap_or(1),
        }
    }

    /// How long a port stays taken after we closed its connection.
    pub(crate) const fn hold(&self, way: Leads) -> Micros {
        match (self.reuse, way) {
            (Reuse::Everywhere, _) | (Reuse::Loopback, Leads::Here) => REUSED_AFTER,
            (Reuse::Never, _) | (Reuse::Loopback, Leads::Away) => TIME_WAIT,
        }
    }
}

/// Where connections lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To this machine's loopback.
    Here,
    /// Elsewhere.
    Away,
}

fn ports(range: &str) -> Option<u64> {
    let mut ends = range.split_whitespace().map(|end| end.parse::<u64>().ok());
    let (from, to) = (ends.next()??, ends.next()??);
    Some(to.checked_sub(from)? + 1)
}

fn reuse(setting: &str) -> Reuse {
    match setting.trim() {
        "0" => Reuse::Never,
        "1" => Reuse::Everywhere,
        _ => Reuse::Loopback,
    }
}

/// `MemAvailable` of `/proc/meminfo`, in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_says_is_read_and_what_it_does_not_say_is_none() {
        assert_eq!(ports("32768\t60999\n"), Some(28_232));
        assert_eq!(ports(""), None);
        assert_eq!(
            [reuse("0\n"), reuse("1"), reuse("2"), reuse("")],
            [
                Reuse::Never,
                Reuse::Everywhere,
                Reuse::Loopback,
                Reuse::Loopback
            ]
        );
        assert_eq!(
            available("MemTotal: 9 kB\nMemAvailable:  3 kB\n"),
            Some(3_072)
        );
        assert_eq!(available("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn a_port_is_free_a_second_after_it_was_closed_only_where_the_kernel_may_take_it_again() {
        for (reuse, here, away) in [
            (Reuse::Never, 60, 60),
            (Reuse::Loopback, 1, 60),
            (Reuse::Everywhere, 1, 1),
        ] {
            let machine = Machine {
                reuse,
                ..Machine::default()
            };
            assert_eq!(machine.hold(Leads::Here), Micros::from_secs(here));
            assert_eq!(machine.hold(Leads::Away), Micros::from_secs(away));
        }
    }
}
