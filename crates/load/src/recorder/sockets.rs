//! TCP sockets by state, as far as the kernel counts them by itself: walking over every socket costs milliseconds a second.
//!
//! In: `sockstat`, `sockstat6` and `snmp` of this process's network namespace, so the mock's ends and everybody else's in it
//! too. Out: plain values, none where the kernel does not say.

use std::fs;
use std::path::Path;

/// TCP sockets of this machine (of its network namespace), and what became of segments in about one second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sockets {
    /// In use, listening ones too; without those in `TIME_WAIT`.
    pub in_use: Option<u64>,
    /// Connections that stand.
    pub established: Option<u64>,
    /// Closed by their process, and not yet by the peer.
    pub orphaned: Option<u64>,
    /// In `TIME_WAIT`: ports that are not free yet.
    pub time_wait: Option<u64>,
    /// Segments that were sent again.
    pub retransmitted: Option<u64>,
    /// Connects that failed.
    pub failed: Option<u64>,
}

/// What the kernel says now: [`Sockets`], with counts since it started where those are of a second.
pub(super) fn read(net: &Path) -> Sockets {
    let text = |file: &str| fs::read_to_string(net.join(file)).unwrap_or_default();
    sockets(&text("sockstat"), &text("sockstat6"), &text("snmp"))
}

fn sockets(sockstat: &str, sockstat6: &str, snmp: &str) -> Sockets {
    let four = |name| in_line(sockstat, "TCP: ", name);
    let six = in_line(sockstat6, "TCP6: ", "inuse");
    let tcp = |name| column(snmp, name);
    Sockets {
        in_use: four("inuse").map(|four| four + six.unwrap_or(0)),
        established: tcp("CurrEstab"),
        orphaned: four("orphan"),
        time_wait: four("tw"),
        retransmitted: tcp("RetransSegs"),
        failed: tcp("AttemptFails"),
    }
}

impl Sockets {
    /// With what was counted since `before`.
    pub(super) fn since(self, before: Self) -> Self {
        let grown = |now: Option<u64>, before: Option<u64>| now?.checked_sub(before?);
        Self {
            retransmitted: grown(self.retransmitted, before.retransmitted),
            failed: grown(self.failed, before.failed),
            ..self
        }
    }
}

/// The number after `name` in the line that begins with `kind`.
fn in_line(lines: &str, kind: &str, name: &str) -> Option<u64> {
    let line = lines.lines().find_map(|line| line.strip_prefix(kind))?;
    let words: Vec<&str> = line.split(' ').collect();
    let pair = words.chunks(2).find(|pair| pair[0] == name)?;
    pair.get(1)?.parse().ok()
}

/// The number below `name` in the two lines of TCP.
fn column(snmp: &str, name: &str) -> Option<u64> {
    let mut lines = snmp.lines().filter_map(|line| line.strip_prefix("Tcp: "));
    let place = lines.next()?.split(' ').position(|one| one == name)?;
    lines.next()?.split(' ').nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_are_counted_and_what_is_not_said_is_none() {
        let snmp = "Ip: Forwarding\nIp: 1\nTcp: MaxConn AttemptFails CurrEstab RetransSegs\nTcp: -1 3 40 97\nUdp: X\n";
        let stat =
            "sockets: used 16\nTCP: inuse 9 orphan 1 tw 2 alloc 7 mem 145\nUDP: inuse 5 mem 0\n";
        let now = sockets(stat, "TCP6: inuse 4\n", snmp);
        let want = Sockets {
            in_use: Some(13),
            established: Some(40),
            orphaned: Some(1),
            time_wait: Some(2),
            retransmitted: Some(97),
            failed: Some(3),
        };
        assert_eq!(now, want);
        assert_eq!(sockets("", "", ""), Sockets::default());
        let before = Sockets {
            retransmitted: Some(90),
            ..Sockets::default()
        };
        let grown = now.since(before);
        assert_eq!((grown.retransmitted, grown.failed), (Some(7), None));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_connection_of_this_process_is_among_those_that_the_kernel_counts() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let _near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let now = read(Path::new("/proc/self/net"));
        // The listener and both ends.
        assert!(now.in_use >= Some(3), "{now:?}");
        assert!(now.established >= Some(2), "{now:?}");
    }
}
