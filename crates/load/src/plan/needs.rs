//! What a run takes of the machine that it starts on, beside descriptors: ports and memory.
//!
//! In: the plan. Out: counts and bytes. Never here: what the machine has.

use super::Plan;
use super::schedule::StageSpan;
use crate::profile::{ConnectionUse, Place, Profile, Scheme};
use crate::scenario::{PushUse, Scenario};
use crate::session::Operation;
use trtc_base::units::Micros;

/// Points at which a window is looked at, beside the stages' ends.
const POINTS: u64 = 1_000;

/// Bytes of a slot: Goose's user, its tasks, a device and its arrival. Measured, 15,000 slots.
const SLOT: u64 = 12 << 10;
/// Bytes of an open push channel, or of a kept connection, which is less. Measured, 10,000 of them.
const CONNECTION: u64 = 3 << 10;
/// Bytes of a connection's TLS state. Measured, TLS 1.3 with rustls: 8.3 KiB.
const TLS: u64 = 8_500;
/// Bytes of an idle socket in the kernel, for each end that is on this machine. Measured: 4.5 KiB.
const SOCKET: u64 = 4_608;
/// Bytes of the program, its runtime and its buffers. Measured: 30 MiB.
const OWN: u64 = 32 << 20;
/// Bits of an account: whether it was seen, is online, is registered, has a request that was never answered.
const ACCOUNT_BITS: u64 = 4;
/// Bytes of a histogram of one second: 21,504 counts of 32 bits.
const HISTOGRAM: u64 = 21_504 * 4;
/// Histograms of an operation in a stage, of one class: felt, served, lag, four phases.
const SERIES: u64 = 7;
/// Buffers beside those of the worker threads: of the watch, of whoever starts the run, a spare one and the merged one.
const MORE_BUFFERS: u64 = 4;

/// Ports that connections to the target take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortNeed {
    /// Connections open at once, at most.
    pub open: u64,
    /// Connections closed shortly before, whose ports are not free yet, at most.
    pub waiting: u64,
}

/// Where a run is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Around {
    /// Worker threads of each process.
    pub cores: u64,
    /// Processes that share the plan.
    pub processes: u64,
    /// Ends of each connection that are on this machine: 2 where the target is.
    pub ends: u64,
}

impl Plan {
    /// The ports that a run takes at most, where one stays taken for `hold` after its connection was closed.
    ///
    /// We close first, so the port is ours to hold: a device drops its connection, and a reset is the exception that a
    /// scenario asks for. A target that closes first makes it less.
    #[must_use]
    pub fn ports(&self, profile: &Profile, hold: Micros) -> PortNeed {
        let target = profile.target();
        let each = self.scenarios.iter().zip(&self.slots);
        let kept = each.map(|(scenario, &slots)| {
            u64::from(slots) * connections_of(scenario, target.connection)
        });
        let open = match target.connection {
            // A slot keeps its connection also between two arrivals.
            ConnectionUse::Keep => kept.sum(),
            ConnectionUse::Upgrade | ConnectionUse::Close => self.occupancy.connections,
        };
        PortNeed {
            open,
            waiting: self.closed_within(hold, self.connects(profile)),
        }
    }

    /// The same towards a UserSig server, which every login asks first over a short connection.
    #[must_use]
    pub fn issuer_ports(&self, hold: Micros) -> PortNeed {
        PortNeed {
            open: 0,
            waiting: self.closed_within(hold, self.occupancy.logins.iter().sum()),
        }
    }

    /// Of all connections of a run, the most that are closed in a time of that length: they come as the arrivals of the whole
    /// schedule do, also those of a shard.
    fn closed_within(&self, hold: Micros, connections: u64) -> u64 {
        let all = self.most_arrivals_within(self.end());
        let closed = float(connections) * self.most_arrivals_within(hold) / all;
        // Rounding must not ask for one port more than the product.
        Micros::from_secs_f64((closed - 1e-6).ceil() / 1e6).0
    }

    /// Connects of the whole run, when all goes well.
    fn connects(&self, profile: &Profile) -> u64 {
        let target = profile.target();
        let counts = self
            .occupancy
            .by_scenario
            .iter()
            .zip(&self.occupancy.logins);
        let each = self.scenarios.iter().zip(counts);
        let of = |(scenario, (&arrivals, &logins)): (&Scenario, (&u64, &u64))| {
            let beside = u64::from(scenario.push == PushUse::Open);
            match target.connection {
                // A webhook's sender keeps its connections in any case.
                _ if target.dialect.is_webhook() => 0,
                ConnectionUse::Keep => beside * (logins + arrivals * scenario.connects_again()),
                ConnectionUse::Upgrade => logins + arrivals * scenario.connects_again(),
                ConnectionUse::Close => {
                    (1 + beside) * logins + arrivals * scenario.connects_again()
                }
            }
        };
        each.map(of).sum::<u64>() + self.shares(target.connection)
    }

    /// Logouts, and questions in the middle of a stay, for which a connection is opened. Their shares are expectations.
    fn shares(&self, connection: ConnectionUse) -> u64 {
        let each = self.scenarios.iter().zip(&self.occupancy.by_scenario);
        let of = |(scenario, &arrivals): (&Scenario, &u64)| {
            let logouts = if scenario.performs(Operation::Logout) {
                scenario.logout_share
            } else {
                0.0
            };
            (logouts + scenario.watch * scenario.dwells()) * float(arrivals)
        };
        match connection {
            ConnectionUse::Keep => 0,
            ConnectionUse::Upgrade | ConnectionUse::Close => {
                Micros::from_secs_f64(each.map(of).sum::<f64>() / 1e6).0
            }
        }
    }

    /// The most arrivals that are expected in any time of that length.
    fn most_arrivals_within(&self, length: Micros) -> f64 {
        let spans = self.stages();
        let by = |at: Micros| spans.iter().map(|span| arrivals_by(span, at)).sum::<f64>();
        let grid = (0..=POINTS).map(|point| Micros(self.end().0 / POINTS * point));
        let ends = spans
            .iter()
            .flat_map(|span| [span.end, span.start.plus(length)]);
        let windows = grid.chain(ends).map(|end| by(end) - by(end.since(length)));
        windows.fold(0.0, f64::max)
    }

    /// Bytes that a run takes with every slot in use: the program's, and the kernel's for its sockets. Steps are counted as
    /// of one class: each other class that occurs adds histograms of its own.
    #[must_use]
    pub fn memory(&self, profile: &Profile, around: Around) -> u64 {
        let target = profile.target();
        let slots: u64 = self.slots.iter().map(|&slots| u64::from(slots)).sum();
        let each = self.scenarios.iter().zip(&self.slots);
        let connections: u64 = each
            .map(|(scenario, &slots)| {
                u64::from(slots) * connections_of(scenario, target.connection)
            })
            .sum();
        let tls = match &target.place {
            Place::Url(url) if url.scheme == Scheme::Https => TLS,
            Place::Url(_) | Place::Mock(_) => 0,
        };
        let devices = slots * SLOT + connections * (CONNECTION + tls + SOCKET * around.ends);
        let accounts: u64 = self.apps.iter().map(|app| app.accounts).sum();
        let buffers = self.histograms() * HISTOGRAM * (around.cores + MORE_BUFFERS);
        devices + around.processes * (OWN + accounts * ACCOUNT_BITS / 8 + buffers)
    }

    /// Histograms that one buffer of the recorder fills where all steps are of one class.
    fn histograms(&self) -> u64 {
        let performed = |operation: &Operation| {
            self.scenarios
                .iter()
                .any(|scenario| scenario.performs(*operation))
        };
        let operations = Operation::ALL.iter().filter(|one| performed(one));
        let of = |operation: &Operation| {
            // By scenario: felt and served.
            let more = 2 * self.scenarios.len() as u64;
            SERIES + u64::from(operation.is_kept_by_scenario()) * more
        };
        operations.map(of).sum::<u64>() * self.stages().len() as u64
    }
}

/// How many connections the devices of an arrival have for as long as they are online, at most.
pub(super) fn connections_of(scenario: &Scenario, connection: ConnectionUse) -> u64 {
    let each = match (connection, scenario.push) {
        (ConnectionUse::Upgrade | ConnectionUse::Close, _)
        | (ConnectionUse::Keep, PushUse::None) => 1,
        // The kept one, and the push channel's.
        (ConnectionUse::Keep, PushUse::Open) => 2,
    };
    scenario.devices() * each
}

/// Arrivals of a stage that are expected by `at`: its rate from its start on, integrated.
fn arrivals_by(span: &StageSpan, at: Micros) -> f64 {
    let into = at.since(span.start).min(span.end.since(span.start));
    let (into, length) = (into.as_secs_f64(), span.end.since(span.start).as_secs_f64());
    let slope = (span.rate.1 - span.rate.0) / length;
    span.rate.0.mul_add(into, slope * into * into / 2.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a plan are below 2^53"
)]
const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Overrides, Source};

    /// Logins that stay exactly 2 s, 100 a second for 20 s, then 10 a second for 100 s.
    fn planned(target: &str, scenario: &str) -> (Plan, Profile) {
        let asks = scenario.contains("watch");
        let text = format!(
            "version = 1\n[target]\n{target}\n[[apps]]\nsdk_app_id = 1\nkey = {{ text = \"k\" }}\n\
             [population]\naccounts = 80000\n[[scenarios]]\nname = \"login\"\ndwell = \"2s\"\nself_info = {asks}\n\
             {scenario}\n[[stages]]\nname = \"peak\"\nfor = \"20s\"\nrate = 100\nspacing = \"even\"\n\
             [[stages]]\nname = \"after\"\nfor = \"100s\"\nrate = 10\nspacing = \"even\"\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: ".".into(),
        };
        let profile = Profile::parse(&text, &source, &Overrides::default()).unwrap();
        (Plan::new(&profile).unwrap(), profile)
    }

    #[test]
    fn ports_are_those_of_open_connections_and_of_those_closed_within_the_hold() {
        const MOCK: &str = "url = \"mock\"\nconnection";
        let (minute, second) = (Micros::from_secs(60), Micros::from_secs(1));
        // The busiest minute has 20 s at 100 a second and 40 s at 10, so 2,400 arrivals; the busiest second has 100.
        // A connection lives 2 s and the allowance of two requests of 100 ms: 220 at once.
        for (connection, scenario, hold, open, waiting) in [
            ("upgrade", "", minute, 220, 2_400),
            ("upgrade", "", second, 220, 100),
            // A quarter of the sessions logs out, each over a connection of its own.
            ("upgrade", "logout = \"25%\"", minute, 220, 3_000),
            // A tenth is asked in the middle of its stay, over another; the allowance is for one request more.
            ("upgrade", "watch = \"10%\"", minute, 230, 2_640),
            // The login's connection is closed, and the channel has its own.
            ("close", "", minute, 220, 4_800),
            ("close", "push = false", minute, 220, 2_400),
            // 220, a quarter and eight are 283 slots; each keeps its connection, and has a channel in turn.
            ("keep", "", minute, 566, 2_400),
            ("keep", "push = false", minute, 283, 0),
        ] {
            let (plan, profile) = planned(&format!("{MOCK} = \"{connection}\""), scenario);
            let want = PortNeed { open, waiting };
            assert_eq!(plan.ports(&profile, hold), want, "{connection} {scenario}");
            // One login each, whatever becomes of its connection to the target.
            let issuer = plan.issuer_ports(minute);
            assert_eq!((issuer.open, issuer.waiting), (0, 2_400));
        }
    }

    #[test]
    fn memory_is_the_sum_of_what_each_device_holds_and_of_what_the_recorder_does() {
        let around = Around {
            cores: 2,
            processes: 1,
            ends: 2,
        };
        let (plan, profile) = planned("url = \"mock\"", "push = false");
        // 283 slots with a connection of two ends each; 80,000 accounts are 4 bits each; the histograms of login (7 and 2
        // by scenario) in two stages, in six buffers.
        let devices = 283 * (12_288 + 3_072 + 2 * 4_608);
        let histograms = 9 * 2 * 86_016 * 6;
        let want = (32 << 20) + devices + 40_000 + histograms;
        assert_eq!(plan.memory(&profile, around), want);
        // Each of three processes has the program, the accounts and the buffers; the devices are there once.
        let three = Around {
            processes: 3,
            ..around
        };
        assert_eq!(plan.memory(&profile, three), 3 * want - 2 * devices);
        let (plan, profile) = planned("url = \"https://127.0.0.1:1\"", "push = false");
        let with_tls = plan.memory(&profile, around);
        assert_eq!(with_tls, want + 283 * 8_500);
    }
}
