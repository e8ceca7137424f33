//! How many descriptors this process may hold: one for each device that is online, and some for itself.
//!
//! In: nothing. Out: [`Limits`], a plain value for the plan. Never here: a judgement.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// `RLIMIT_NOFILE` of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What holds now, in descriptors.
    pub soft: u64,
    /// How far it can be raised without privileges.
    pub hard: u64,
}

/// The limits as they are. Where the system does not tell them: none that it would enforce.
#[must_use]
pub fn current() -> Limits {
    let unlimited = (u64::MAX, u64::MAX);
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or(unlimited);
    Limits { soft, hard }
}

/// Raises the soft limit as far as the system lets it, and answers what holds then. A child started afterwards
/// inherits it.
pub fn raise_to_hard() -> Limits {
    let Limits { soft, hard } = current();
    // macOS states an unlimited hard limit and refuses more than `kern.maxfilesperproc`; 10,240 it always takes.
    for wanted in [hard, 1 << 20, 10_240] {
        let is_a_raise = wanted > soft && wanted <= hard;
        if is_a_raise && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
            break;
        }
    }
    current()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raising_never_lowers_and_stays_within_the_hard_limit() {
        let before = current();
        let after = raise_to_hard();
        assert!(after.soft >= before.soft && after.soft <= after.hard);
        assert_eq!(after.hard, before.hard);
        assert_eq!(current(), after);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_limits_are_those_the_kernel_prints() {
        let raised = raise_to_hard();
        let printed = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = printed
            .lines()
            .find(|line| line.starts_with("Max open files"));
        let words: Vec<&str> = line.unwrap().split_whitespace().collect();
        let Limits { soft, hard } = raised;
        assert_eq!(words[3..5], [soft.to_string(), hard.to_string()]);
    }
}
