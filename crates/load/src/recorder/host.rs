//! Which machine a recording was made on: generators of one machine share its cores.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use sha2::{Digest, Sha256};

use super::meta::Meta;

/// A machine, or a container of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The same for every process on it until it is booted again. It names nobody: a digest.
    pub id: String,
    /// Cores that a process on it may use, at least 1.
    pub cores: u32,
}

impl Host {
    /// This one; none where the system does not say.
    pub(super) fn read() -> Option<Self> {
        let text = |name| fs::read_to_string(name).ok();
        let boot = text("/proc/sys/kernel/random/boot_id")?;
        // Containers of one machine share its boot and have cores of their own: the name tells them apart.
        let name = text("/proc/sys/kernel/hostname")?;
        let mut id = String::new();
        for byte in Sha256::digest(format!("{boot}{name}")).iter().take(8) {
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
        }
        let cores = cores();
        Some(Self { id, cores })
    }
}

/// Cores that this process may use: its affinity and its cgroup's quota are respected. 1 where that is not known.
pub(super) fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(1))
}

/// Cores that several generators may use together: on each machine no more than it has. Those whose machine is not known are
/// taken as on one each.
pub fn cores_together<'a>(metas: impl Iterator<Item = &'a Meta>) -> u32 {
    let mut alone: u32 = 0;
    let mut hosts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for meta in metas {
        match &meta.host {
            None => alone = alone.saturating_add(meta.cores),
            Some(host) => {
                let (used, there) = hosts.entry(&host.id).or_default();
                *used = used.saturating_add(meta.cores);
                *there = host.cores.max(*there);
            }
        }
    }
    let shared = hosts.values().map(|(used, there)| *used.min(there));
    shared.fold(alone, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::example;

    #[test]
    fn a_machine_counts_once_however_many_generators_were_on_it() {
        let on = |id: &str, cores, there| Meta {
            cores,
            host: Some(Host {
                id: id.to_owned(),
                cores: there,
            }),
            ..example::meta()
        };
        let unknown = || Meta {
            cores: 2,
            host: None,
            ..example::meta()
        };
        for (metas, want) in [
            (vec![on("a", 1, 2), on("a", 1, 2), on("a", 1, 2)], 2),
            (vec![on("a", 2, 2), on("a", 2, 2)], 2),
            (vec![on("a", 2, 2), on("b", 4, 4), on("b", 4, 4)], 6),
            // What one of many cores was given to.
            (vec![on("a", 1, 8), on("a", 2, 8)], 3),
            (vec![unknown(), unknown()], 4),
            (vec![unknown(), on("a", 2, 2)], 4),
            (vec![], 0),
        ] {
            assert_eq!(cores_together(metas.iter()), want, "{metas:?}");
        }
    }

    #[test]
    fn a_machine_is_the_same_however_often_it_is_asked() {
        let here = Host::read();
        assert_eq!(here, Host::read());
        assert!(here.is_none_or(|here| here.id.len() == 16 && here.cores >= 1));
    }
}
