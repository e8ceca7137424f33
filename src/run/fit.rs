//! Whether a run fits this machine: its ports and its memory, and what to do where it does not.
//!
//! In: the plan's needs and the machine's facts. Out: words for `plan`, or the refusal of a run. Never here: traffic.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use super::machine::{Leads, Machine};
use super::planned::Planned;
use trtc_base::error::Problem;
use trtc_base::units::Micros;
use trtc_load_core::client::Endpoint;
use trtc_load_core::plan::{Around, PortNeed};
use trtc_load_core::profile::{Place, is_loopback};

/// What a run needs of a machine beside descriptors, and what that has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    machine: Machine,
    ports: PortNeed,
    /// How long a port stays taken after its connection was closed.
    hold: Micros,
    /// Pairs of a source and a target address among which the busiest has its even share.
    pairs: u64,
    around: Around,
    /// Bytes.
    memory: u64,
}

impl Fit {
    /// Of a run whose connections go to `endpoint`. Where that is not known yet, since nothing may be sent: to one address,
    /// on this machine if the profile says so.
    pub(crate) fn of(planned: &Planned, endpoint: Option<&Endpoint>, machine: Machine) -> Self {
        let Planned { profile, plan } = planned;
        let target = profile.target();
        let to: Vec<IpAddr> = match endpoint {
            Some(endpoint) => endpoint.connected().iter().map(SocketAddr::ip).collect(),
            None => vec![supposed(&target.place, &target.route.sources)],
        };
        let leads = match endpoint.map_or_else(|| target.is_loopback(), Endpoint::is_loopback) {
            true if to.iter().copied().all(is_loopback) => Leads::Here,
            _ => Leads::Away,
        };
        let hold = machine.hold(leads);
        let around = Around {
            cores: machine.cores,
            processes: 1,
            ends: match leads {
                Leads::Here => 2,
                Leads::Away => 1,
            },
        };
        Self {
            machine,
            ports: plan.ports(profile, hold),
            hold,
            pairs: pairs(&to, &target.route.sources),
            memory: plan.memory(profile, around),
            around,
        }
    }

    /// The same where so many workers share the run, as they share the machine's cores.
    pub(crate) fn of_workers(self, planned: &Planned, workers: u64) -> Self {
        let around = Around {
            cores: (self.machine.cores / workers).max(1),
            processes: workers,
            ..self.around
        };
        Self {
            memory: planned.plan.memory(&planned.profile, around),
            around,
            ..self
        }
    }

    /// The same towards the UserSig server of the run, at `endpoint`.
    pub(crate) fn of_issuer(planned: &Planned, endpoint: &Endpoint, machine: Machine) -> Self {
        let fit = Self::of(planned, Some(endpoint), machine);
        Self {
            ports: planned.plan.issuer_ports(fit.hold),
            ..fit
        }
    }

    /// Ports that the busiest pair of addresses needs.
    fn ports_of_a_pair(&self) -> u64 {
        (self.ports.open + self.ports.waiting).div_ceil(self.pairs)
    }

    /// The kernel looks for a port among those of one parity first; once half of all are taken every connect walks through
    /// that half.
    fn is_slow(&self) -> bool {
        let has = self.machine.ports.unwrap_or(u64::MAX);
        self.ports_of_a_pair() > has / 2
    }

    /// Refuses a run that does not fit.
    pub(crate) fn refuse(&self) -> Result<(), Problem> {
        if let Some(has) = self.machine.ports
            && self.ports_of_a_pair() > has
        {
            return Err(Problem::could_not_run(
                "ephemeral ports",
                format!(
                    "the run can take {} ports from one address to one other ({} open, {} closed in the last {} s; pairs of \
                     addresses: {}), there are {has}",
                    self.ports_of_a_pair(),
                    self.ports.open,
                    self.ports.waiting,
                    self.hold.whole_secs(),
                    self.pairs
                ),
                "name more target.source_addresses (127.0.0.2, .. on this machine), widen net.ipv4.ip_local_port_range, \
                 write target.connection = \"keep\", or lower the rates",
            ));
        }
        self.refuse_memory()
    }

    /// Refuses a run that needs more memory than is free, whatever its processes.
    pub(crate) fn refuse_memory(&self) -> Result<(), Problem> {
        if let Some(has) = self.machine.memory
            && self.memory > has
        {
            return Err(Problem::could_not_run(
                "memory",
                format!(
                    "the run needs {} MiB with every slot in use, {} are free here",
                    self.memory >> 20,
                    has >> 20
                ),
                "free memory or raise the container's limit, lower limits.slots, the rates or the dwell, or use fewer stages",
            ));
        }
        Ok(())
    }

    /// What a run says before it starts, where it fits and will be slow.
    pub(crate) fn warning(&self) -> Option<String> {
        self.is_slow().then(|| {
            format!(
                "{} connections from one address to one other: the kernel's search for a free port becomes slow beyond {}; \
                 more target.source_addresses spread them",
                self.ports_of_a_pair(),
                self.machine.ports.unwrap_or(u64::MAX) / 2
            )
        })
    }

    /// The rows of a table: what, and how it fits.
    pub(crate) fn rows(&self) -> [(&'static str, String); 2] {
        let fits = |does: Option<bool>| match does {
            Some(true) => "fits",
            Some(false) => "too many",
            None => "this system does not say what it has",
        };
        let ports = self.ports_of_a_pair();
        let words = match self.machine.ports {
            Some(has) if ports <= has && self.is_slow() => "fits, with a slow search for each",
            has => fits(has.map(|has| ports <= has)),
        };
        let of = |has: Option<u64>| has.map_or_else(String::new, |has| format!(" of {has}"));
        let memory = fits(self.machine.memory.map(|has| self.memory <= has));
        [
            (
                "ports needed, to one address",
                format!(
                    "{ports}{} ({} open, {} in TIME_WAIT for {} s; pairs of addresses: {}): {words}",
                    of(self.machine.ports),
                    self.ports.open,
                    self.ports.waiting,
                    self.hold.whole_secs(),
                    self.pairs
                ),
            ),
            (
                "memory needed, MiB",
                format!(
                    "{}{}: {memory}",
                    self.memory >> 20,
                    of(self.machine.memory.map(|has| has >> 20))
                ),
            ),
        ]
    }

    /// The same for programs.
    pub(crate) fn document(&self) -> [Value; 2] {
        [
            json!({
                "needed": self.ports_of_a_pair(), "open": self.ports.open, "time_wait": self.ports.waiting,
                "time_wait_s": self.hold.as_secs_f64(), "pairs": self.pairs, "available": self.machine.ports,
            }),
            json!({ "needed_bytes": self.memory, "available_bytes": self.machine.memory }),
        ]
    }
}

/// An address that a profile's target can have, as far as nobody looked it up: of the family that its sources have.
fn supposed(place: &Place, sources: &[IpAddr]) -> IpAddr {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let written = match place {
        Place::Mock(_) => Some(here),
        Place::Url(url) if url.is_loopback() && sources.is_empty() => Some(here),
        Place::Url(url) => url.host.parse().ok(),
    };
    written.or_else(|| sources.first().copied()).unwrap_or(here)
}

/// Among how many pairs the load of the busiest one is an even share: slots take the target's addresses in turn, and the
/// sources of its family in turn for each.
fn pairs(to: &[IpAddr], sources: &[IpAddr]) -> u64 {
    let of_family = |address: &IpAddr| {
        let fitting = sources
            .iter()
            .filter(|one| one.is_ipv4() == address.is_ipv4());
        fitting.count().max(1)
    };
    let fewest = to.iter().map(of_family).min().unwrap_or(1);
    u64::try_from(fewest * to.len().max(1)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::super::machine::Reuse;
    use super::*;
    use trtc_base::error::Exit;
    use trtc_load_core::plan::Plan;
    use trtc_load_core::profile::{Overrides, Profile, Source};

    /// 100 logins a second for 60 s that stay 2 s, with an allowance of 0.2 s for their requests.
    fn planned(target: &str) -> Planned {
        let text = format!(
            "version = 1\n[target]\n{target}\n[[apps]]\nsdk_app_id = 1\nkey = {{ env = \"KEY\" }}\n\
             [population]\naccounts = 8000\n[[scenarios]]\nname = \"login\"\ndwell = \"2s\"\nself_info = false\n\
             [[stages]]\nname = \"peak\"\nfor = \"60s\"\nrate = 100\nspacing = \"even\"\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: ".".into(),
        };
        let profile = Profile::parse(&text, &source, &Overrides::default()).unwrap();
        let plan = Plan::new(&profile).unwrap().into();
        Planned { profile, plan }
    }

    fn machine(ports: u64, reuse: Reuse) -> Machine {
        Machine {
            ports: Some(ports),
            reuse,
            memory: Some(1 << 40),
            cores: 2,
        }
    }

    #[test]
    fn ports_are_refused_exactly_where_the_busiest_pair_has_too_few() {
        const AWAY: &str = "url = \"http://198.51.100.7\"\nallow_hosts = [\"198.51.100.7\"]";
        let from = |sources: &str| format!("{AWAY}\nsource_addresses = [{sources}]");
        // 220 are open, and 6,000 were closed within 60 s; within one second it is 100.
        for (target, reuse, needed) in [
            (AWAY.to_owned(), Reuse::Loopback, 6_220),
            (AWAY.to_owned(), Reuse::Everywhere, 320),
            ("url = \"mock\"".to_owned(), Reuse::Loopback, 320),
            ("url = \"mock\"".to_owned(), Reuse::Never, 6_220),
            (from("\"192.0.2.1\", \"192.0.2.2\""), Reuse::Loopback, 3_110),
            // The other family's source takes no part of the load.
            (
                from("\"192.0.2.1\", \"2001:db8::1\""),
                Reuse::Loopback,
                6_220,
            ),
        ] {
            let planned = planned(&target);
            let fit = |ports| Fit::of(&planned, None, machine(ports, reuse));
            assert!(fit(needed).refuse().is_ok(), "{target} {reuse:?}");
            let refused = fit(needed - 1).refuse().unwrap_err();
            assert_eq!(refused.exit, Exit::CouldNotRun);
            let words = format!("the run can take {needed} ports");
            assert!(refused.what.starts_with(&words), "{}", refused.what);
            // Half of them all go to one pair: the search becomes slow. A system that says nothing refuses nothing.
            assert!(fit(2 * needed).warning().is_none(), "{target} {reuse:?}");
            assert!(
                fit(2 * needed - 2).warning().is_some(),
                "{target} {reuse:?}"
            );
            let unknown = Fit::of(&planned, None, Machine::default());
            assert!(unknown.refuse().is_ok() && unknown.warning().is_none());
        }
    }

    #[test]
    fn every_pair_of_a_source_and_a_target_address_has_ports_of_its_own() {
        let of = |texts: &[&str]| -> Vec<IpAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let sources = of(&["127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"]);
        for (to, sources, want) in [
            (&["127.0.0.1"][..], &[][..], 1),
            (&["127.0.0.1", "127.0.0.9"], &[], 2),
            (&["127.0.0.1"], &sources, 3),
            (&["127.0.0.1", "127.0.0.9"], &sources, 6),
            // Half of the load goes to the IPv6 address, all of that from its one source.
            (&["127.0.0.1", "::1"], &sources, 2),
        ] {
            assert_eq!(pairs(&of(to), sources), want, "{to:?}");
        }
    }

    #[test]
    fn memory_is_refused_exactly_where_it_is_not_there() {
        let planned = planned("url = \"mock\"");
        let of = |memory| {
            let machine = Machine {
                memory,
                ..machine(28_232, Reuse::Loopback)
            };
            Fit::of(&planned, None, machine)
        };
        let needed = of(None).memory;
        assert!(of(None).refuse().is_ok() && of(Some(needed)).refuse().is_ok());
        let refused = of(Some(needed - 1)).refuse().unwrap_err();
        assert_eq!(
            (refused.exit, refused.place.as_str()),
            (Exit::CouldNotRun, "memory")
        );
        // A target elsewhere has its own sockets elsewhere: 283 slots with a channel, 4.5 KiB each.
        let away = super::tests::planned(
            "url = \"http://198.51.100.7\"\nallow_hosts = [\"198.51.100.7\"]",
        );
        let away = Fit::of(&away, None, machine(28_232, Reuse::Loopback));
        assert_eq!(needed - away.memory, 283 * 4_608);
    }
}
