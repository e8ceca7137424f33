//! What this process's cgroup, and those above it, let it have. Versions 1 and 2.
//!
//! In: the kernel's files. Out: plain values, none where there is no limit. Never here: a judgement.

use std::fs;
use std::path::{Path, PathBuf};

use trtc_base::units::Micros;

/// Where cgroups are mounted. Source: cgroups(7).
const ROOT: &str = "/sys/fs/cgroup";

/// The cgroup of one controller.
#[derive(Debug, Default)]
pub struct Cgroup {
    /// Its own folder, then those above it: a limit of any of them binds.
    folders: Vec<PathBuf>,
}

/// What a CPU quota did so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Throttling {
    /// Time that it kept threads from running, summed over cores.
    pub(super) time: Option<Micros>,
    /// How often.
    pub(super) times: Option<u64>,
}

impl Cgroup {
    /// That of `controller` (`cpu`, `memory`) which this process is in. Without any limit where there is none.
    #[must_use]
    pub fn of(controller: &str) -> Self {
        let lines = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let Some((root, path)) = place(&lines, controller) else {
            return Self::default();
        };
        let own = Path::new(&root).join(path);
        let folders = own.ancestors().take_while(|one| one.starts_with(&root));
        Self {
            // A container may see the mount and not its own path in it.
            folders: folders
                .filter(|one| one.exists())
                .map(Path::to_owned)
                .collect(),
        }
    }

    /// CPU time that its quota allows in a second, summed over cores.
    #[must_use]
    pub fn quota(&self) -> Option<Micros> {
        let of = |folder: &PathBuf| {
            let (quota, period) = match text(folder, "cpu.max") {
                Some(both) => both
                    .split_once(' ')
                    .map(|(quota, period)| (quota.to_owned(), period.to_owned()))?,
                None => (
                    text(folder, "cpu.cfs_quota_us")?,
                    text(folder, "cpu.cfs_period_us")?,
                ),
            };
            // Without a quota it says `max`, or -1.
            let (quota, period): (u64, u64) = (quota.parse().ok()?, period.parse().ok()?);
            Some(Micros(quota.saturating_mul(1_000_000).checked_div(period)?))
        };
        self.folders.iter().filter_map(of).min()
    }

    /// Bytes that its limit leaves. Cached files that the kernel would drop count as free.
    #[must_use]
    pub fn memory_left(&self) -> Option<u64> {
        let of = |folder: &PathBuf| {
            let (most, used, dropped) = match number(folder, "memory.current") {
                Some(used) => (number(folder, "memory.max")?, used, "inactive_file"),
                None => (
                    number(folder, "memory.limit_in_bytes")?,
                    number(folder, "memory.usage_in_bytes")?,
                    "total_inactive_file",
                ),
            };
            let stat = text(folder, "memory.stat").unwrap_or_default();
            let held = used.saturating_sub(named(&stat, dropped).unwrap_or(0));
            Some(most.saturating_sub(held))
        };
        self.folders.iter().filter_map(of).min()
    }

    pub(super) fn throttling(&self) -> Throttling {
        let own = self.folders.first();
        let stat = own
            .and_then(|own| text(own, "cpu.stat"))
            .unwrap_or_default();
        let old = named(&stat, "throttled_time").map(|nanos| Micros(nanos / 1_000));
        Throttling {
            time: named(&stat, "throttled_usec").map(Micros).or(old),
            times: named(&stat, "nr_throttled"),
        }
    }
}

/// The mount and the path below it of a controller, by the lines of `/proc/self/cgroup`. Version 1 names its
/// controllers; what it does not have may be in version 2.
fn place<'a>(lines: &'a str, controller: &str) -> Option<(String, &'a str)> {
    let mut parts = lines.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        rest.split_once(":/")
    });
    let old = parts
        .clone()
        .find(|(names, _)| names.split(',').any(|one| one == controller));
    match old {
        Some((names, path)) => Some((format!("{ROOT}/{names}"), path)),
        None => parts
            .find(|(names, _)| names.is_empty())
            .map(|(_, path)| (ROOT.to_owned(), path)),
    }
}

fn text(folder: &Path, file: &str) -> Option<String> {
    let text = fs::read_to_string(folder.join(file)).ok()?;
    Some(text.trim().to_owned())
}

fn number(folder: &Path, file: &str) -> Option<u64> {
    text(folder, file)?.parse().ok()
}

/// The number after `name` at a line's start.
pub(super) fn named(lines: &str, name: &str) -> Option<u64> {
    lines
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
        .and_then(|number| number.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two cgroups, one in the other, with these files.
    fn nested(inner: &[(&str, &str)], outer: &[(&str, &str)]) -> (tempfile::TempDir, Cgroup) {
        let root = tempfile::tempdir().unwrap();
        let folders = vec![root.path().join("inner"), root.path().to_owned()];
        fs::create_dir(&folders[0]).unwrap();
        for (folder, files) in folders.iter().zip([inner, outer]) {
            for (name, content) in files {
                fs::write(folder.join(name), content).unwrap();
            }
        }
        (root, Cgroup { folders })
    }

    #[test]
    fn the_tighter_of_two_nested_quotas_binds_in_both_versions() {
        let half = Some(Micros(500_000));
        for (inner, outer, want) in [
            (
                &[("cpu.max", "150000 100000\n")][..],
                &[("cpu.max", "max 100000\n")][..],
                Some(Micros(1_500_000)),
            ),
            (
                &[("cpu.max", "max 100000\n")],
                &[("cpu.max", "50000 100000\n")],
                half,
            ),
            (
                &[
                    ("cpu.cfs_quota_us", "50000\n"),
                    ("cpu.cfs_period_us", "100000\n"),
                ],
                &[
                    ("cpu.cfs_quota_us", "-1\n"),
                    ("cpu.cfs_period_us", "100000\n"),
                ],
                half,
            ),
            (&[], &[], None),
        ] {
            let (_root, cgroup) = nested(inner, outer);
            assert_eq!(cgroup.quota(), want, "{inner:?} {outer:?}");
        }
    }

    #[test]
    fn what_memory_is_left_counts_droppable_cache_as_free() {
        let (_root, cgroup) = nested(
            &[
                ("memory.max", "1000\n"),
                ("memory.current", "700\n"),
                ("memory.stat", "anon 1\ninactive_file 300\n"),
            ],
            &[("memory.max", "max\n"), ("memory.current", "9000\n")],
        );
        // 1,000 - (700 - 300).
        assert_eq!(cgroup.memory_left(), Some(600));
        let (_root, old) = nested(
            &[
                ("memory.limit_in_bytes", "1000\n"),
                ("memory.usage_in_bytes", "700\n"),
            ],
            &[],
        );
        assert_eq!(old.memory_left(), Some(300));
        assert_eq!(Cgroup::default().memory_left(), None);
    }

    #[test]
    fn throttling_is_read_in_both_versions() {
        let (_root, new) = nested(
            &[(
                "cpu.stat",
                "usage_usec 5\nnr_throttled 3\nthrottled_usec 77\n",
            )],
            &[],
        );
        let (_root, old) = nested(
            &[("cpu.stat", "nr_throttled 3\nthrottled_time 77999\n")],
            &[],
        );
        for cgroup in [new, old] {
            let want = Throttling {
                time: Some(Micros(77)),
                times: Some(3),
            };
            assert_eq!(cgroup.throttling(), want);
        }
        assert_eq!(Cgroup::default().throttling(), Throttling::default());
    }

    #[test]
    fn a_controller_is_found_by_its_name_or_in_version_2() {
        let mixed = "4:memory:/a/b\n1:cpu,cpuacct:/c\n0::/d\n";
        let at = |root: &str, path| Some((root.to_owned(), path));
        assert_eq!(place(mixed, "cpu"), at("/sys/fs/cgroup/cpu,cpuacct", "c"));
        assert_eq!(place(mixed, "memory"), at("/sys/fs/cgroup/memory", "a/b"));
        assert_eq!(place("0::/d/e\n", "cpu"), at("/sys/fs/cgroup", "d/e"));
        assert_eq!(place("", "cpu"), None);
    }
}
