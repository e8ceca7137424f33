//! How the generator itself fared: its CPU, its memory, its descriptors, its sockets, and how long it waited for a core.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::cgroup::{Cgroup, Throttling};
use super::sockets::{self, Sockets};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// What the generator used during about one second. None where the machine does not say: missing is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HealthSample {
    /// Wall-clock time that the sample covers.
    pub over: Micros,
    /// CPU time of this process, all cores.
    pub process_cpu: Option<Micros>,
    /// CPU time of the whole machine, all cores, ours included.
    pub machine_cpu: Option<Micros>,
    /// CPU time that the cgroup's quota allows in a second, summed over cores; none without a quota.
    pub quota: Option<Micros>,
    /// Time that the cgroup's CPU quota kept this process from running, summed over cores.
    pub throttled: Option<Micros>,
    /// How often the quota did so.
    pub throttles: Option<u64>,
    /// Time that this process's threads were ready to run and waited for a core, summed over threads.
    pub run_queue_wait: Option<Micros>,
    /// Resident memory, bytes.
    pub resident_bytes: Option<u64>,
    /// Open descriptors.
    pub descriptors: Option<u64>,
    /// TCP sockets of this machine.
    pub sockets: Sockets,
}

impl HealthSample {
    /// Several generators as one; none of none. What each uses is added; what is the machine's or the cgroup's own counts
    /// once, as the largest. Where one does not know its part, the sum is not known.
    pub(super) fn together(samples: &[Self]) -> Option<Self> {
        let sum = |of: fn(&Self) -> Option<Micros>| {
            let all: Option<Vec<Micros>> = samples.iter().map(of).collect();
            all.map(|all| all.into_iter().fold(Micros::ZERO, Micros::plus))
        };
        let count = |of: fn(&Self) -> Option<u64>| {
            let all: Option<Vec<u64>> = samples.iter().map(of).collect();
            all.map(|all| all.into_iter().fold(0, u64::saturating_add))
        };
        let largest = |of: fn(&Self) -> Option<u64>| samples.iter().filter_map(of).max();
        Some(Self {
            over: samples.iter().map(|one| one.over).max()?,
            process_cpu: sum(|one| one.process_cpu),
            machine_cpu: samples.iter().filter_map(|one| one.machine_cpu).max(),
            quota: samples.iter().filter_map(|one| one.quota).max(),
            throttled: samples.iter().filter_map(|one| one.throttled).max(),
            throttles: largest(|one| one.throttles),
            run_queue_wait: sum(|one| one.run_queue_wait),
            resident_bytes: count(|one| one.resident_bytes),
            descriptors: count(|one| one.descriptors),
            sockets: Sockets {
                in_use: largest(|one| one.sockets.in_use),
                established: largest(|one| one.sockets.established),
                orphaned: largest(|one| one.sockets.orphaned),
                time_wait: largest(|one| one.sockets.time_wait),
                retransmitted: largest(|one| one.sockets.retransmitted),
                failed: largest(|one| one.sockets.failed),
            },
        })
    }
}

/// Length of a tick in `/proc/*/stat`: `USER_HZ` is 100 on every Linux that runs Rust's tier 1 targets. Source: proc(5).
const TICK: Micros = Micros(10_000);

/// Reads how the generator fares, sample after sample.
#[derive(Debug)]
pub struct HealthProbe {
    clock: Clock,
    files: Files,
    last: Reading,
}

/// Where the machine says it.
#[derive(Debug)]
struct Files {
    process: PathBuf,
    machine: PathBuf,
    cgroup: Cgroup,
}

/// What the machine has counted since it, or this process, started.
#[derive(Debug, Default)]
struct Reading {
    at: Micros,
    process_cpu: Option<u64>,
    machine_cpu: Option<u64>,
    throttling: Throttling,
    sockets: Sockets,
    /// By thread: threads come and go, and a sum would jump with them.
    waits_ns: BTreeMap<OsString, u64>,
}

impl HealthProbe {
    /// A probe whose first sample covers the time from now.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let process = PathBuf::from("/proc/self");
        let files = Files {
            cgroup: Cgroup::of("cpu"),
            process,
            machine: PathBuf::from("/proc/stat"),
        };
        let last = files.read(clock.now());
        Self { clock, files, last }
    }

    /// What was used since the last sample.
    pub fn sample(&mut self) -> HealthSample {
        let now = self.files.read(self.clock.now());
        let sample = HealthSample {
            over: now.at.since(self.last.at),
            process_cpu: grown(now.process_cpu, self.last.process_cpu).map(ticks),
            machine_cpu: grown(now.machine_cpu, self.last.machine_cpu).map(ticks),
            quota: self.files.cgroup.quota(),
            throttled: grown(micros(now.throttling), micros(self.last.throttling)).map(Micros),
            throttles: grown(now.throttling.times, self.last.throttling.times),
            run_queue_wait: waited(&now.waits_ns, &self.last.waits_ns),
            resident_bytes: self.files.resident_bytes(),
            descriptors: self.files.descriptors(),
            sockets: now.sockets.since(self.last.sockets),
        };
        self.last = now;
        sample
    }
}

impl Files {
    fn read(&self, at: Micros) -> Reading {
        Reading {
            at,
            process_cpu: text(&self.process.join("stat")).and_then(|stat| process_ticks(&stat)),
            machine_cpu: text(&self.machine).and_then(|stat| machine_ticks(&stat)),
            throttling: self.cgroup.throttling(),
            sockets: sockets::read(&self.process.join("net")),
            waits_ns: self.waits(),
        }
    }

    /// Time that each thread waited for a core, ns. Empty where the kernel does not count it.
    fn waits(&self) -> BTreeMap<OsString, u64> {
        let threads = fs::read_dir(self.process.join("task"));
        let entries = threads.into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let stat = text(&entry.path().join("schedstat"))?;
                Some((entry.file_name(), run_queue_wait(&stat)?))
            })
            .collect()
    }

    fn resident_bytes(&self) -> Option<u64> {
        let status = text(&self.process.join("status"))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?
            .split_whitespace()
            .next()?;
        kib.parse::<u64>().ok().map(|kib| kib * 1024)
    }

    fn descriptors(&self) -> Option<u64> {
        let folder = self.process.join("fd");
        // Linux 6.2 and later tell the number as the folder's size; listing 20,000 of them costs milliseconds.
        match fs::metadata(&folder).ok()?.len() {
            0 => u64::try_from(fs::read_dir(&folder).ok()?.count().checked_sub(1)?).ok(),
            open => Some(open),
        }
    }
}

fn text(path: &Path) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// User and system time of `/proc/PID/stat`, ticks. The command's name may hold spaces and brackets: count after it.
fn process_ticks(stat: &str) -> Option<u64> {
    let (_, after) = stat.rsplit_once(')')?;
    let mut fields = after.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Busy time of all cores in `/proc/stat`, ticks: user, nice, system, irq, softirq. Idle, waiting and stolen time is not.
fn machine_ticks(stat: &str) -> Option<u64> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let fields: Vec<u64> = line
        .split_whitespace()
        .map_while(|field| field.parse().ok())
        .collect();
    [0, 1, 2, 5, 6].iter().map(|place| fields.get(*place)).sum()
}

/// The second number of a thread's `schedstat`, ns. A kernel that does not count leaves the first at zero.
fn run_queue_wait(schedstat: &str) -> Option<u64> {
    let mut fields = schedstat.split_whitespace();
    let on_cpu: u64 = fields.next()?.parse().ok()?;
    let waited: u64 = fields.next()?.parse().ok()?;
    (on_cpu > 0).then_some(waited)
}

fn micros(throttling: Throttling) -> Option<u64> {
    throttling.time.map(|time| time.0)
}

fn grown(now: Option<u64>, before: Option<u64>) -> Option<u64> {
    now?.checked_sub(before?)
}

const fn ticks(count: u64) -> Micros {
    Micros(count * TICK.0)
}

fn waited(now: &BTreeMap<OsString, u64>, before: &BTreeMap<OsString, u64>) -> Option<Micros> {
    let grown = now
        .iter()
        .map(|(thread, wait)| wait.saturating_sub(before.get(thread).copied().unwrap_or(0)));
    (!now.is_empty()).then(|| Micros(grown.sum::<u64>() / 1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proc_says_is_read_and_what_it_does_not_say_is_none() {
        let stat = "7 (a ) b) R 1 1 1 0 -1 4 100 0 0 0 250 50 0 0 20 0 1 0 181 0 0";
        assert_eq!(process_ticks(stat), Some(300));
        assert_eq!(process_ticks("7 (a) R 1"), None);
        assert_eq!(
            machine_ticks("cpu  1 2 3 400 50 6 7 80 0 0\ncpu0 1"),
            Some(19)
        );
        assert_eq!(machine_ticks("cpu  1 2"), None);
        assert_eq!(run_queue_wait("900 55 3\n"), Some(55));
        assert_eq!(run_queue_wait("0 0 1\n"), None);
    }

    #[test]
    fn a_thread_that_ended_does_not_make_the_wait_negative() {
        let reading = |threads: &[(&str, u64)]| -> BTreeMap<OsString, u64> {
            let pairs = threads.iter();
            pairs.map(|(name, wait)| ((*name).into(), *wait)).collect()
        };
        let before = reading(&[("1", 5_000), ("2", 9_000_000)]);
        let now = reading(&[("1", 8_000), ("3", 2_000)]);
        assert_eq!(waited(&now, &before), Some(Micros(5)));
        assert_eq!(waited(&reading(&[]), &before), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_shows_as_cpu_time_of_this_process() {
        let mut probe = HealthProbe::new(Clock::start());
        let mut used = Micros::ZERO;
        let mut mixed = 1_u64;
        // Bounded by work, not by time: at most some seconds of one core.
        for _ in 0..200 {
            for step in 0..2_000_000_u64 {
                mixed = std::hint::black_box(mixed.wrapping_mul(31).wrapping_add(step));
            }
            used = used.plus(probe.sample().process_cpu.unwrap_or_default());
            if used >= TICK {
                break;
            }
        }
        assert!(used >= TICK, "{used}");
        assert!(probe.sample().descriptors.is_some_and(|open| open >= 3));
        assert!(probe.sample().resident_bytes.is_some_and(|bytes| bytes > 0));
    }
}
