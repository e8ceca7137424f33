//! One run at a time for the same accounts: two would kick each other, and neither would know why.
//!
//! In: where a run goes, its apps and its accounts' names. Out: a claim that no other run of this user has while it is held:
//! until it is dropped, or its process ends in any way. Never here: a file that another user could have put there.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::{Deserialize, Serialize};

use super::account_names::AccountNames;
use trtc_base::clock;
use trtc_base::error::Problem;

/// Where claims are kept: one place, whatever the environment says, or two runs would not see each other.
const TEMPORARY: &str = "/tmp";

/// The ending of a claim's file.
const ENDING: &str = "lock";

/// The longest claim, in bytes: 64 apps and a name.
const LONGEST: u64 = 64 * 1024;

/// Which service has the accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Whereabouts {
    /// What listens on this port of this machine, by whatever name it is called.
    Here(u16),
    /// Off this machine an app is one app, whichever address leads to it.
    Elsewhere,
}

/// The accounts that a run wants for itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) whereabouts: Whereabouts,
    /// Each by its `SDKAppID`.
    pub(crate) apps: Vec<u32>,
    /// The accounts' names in each of them.
    pub(crate) names: AccountNames,
    /// The shard of a plan whose accounts it wants; none: all of them.
    pub(crate) shard: Option<ClaimedShard>,
}

/// A shard of one run of a plan. Two of them have no account in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClaimedShard {
    /// What tells the plan from others.
    pub(crate) plan: String,
    /// Which, from 1.
    pub(crate) number: u32,
    /// Of how many.
    pub(crate) of: u32,
}

impl ClaimedShard {
    /// Whether it and another are different parts of one division.
    fn is_beside(&self, other: &Self) -> bool {
        self.plan == other.plan && self.of == other.of && self.number != other.number
    }
}

/// A claim with who has it.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    process: u32,
    since: String,
    claim: Claim,
}

/// A claim that is held until this is dropped, or the process ends in any way.
#[derive(Debug)]
pub(crate) struct AccountLock {
    path: PathBuf,
    /// The kernel's lock on it is the claim; a file without one is left over.
    _held: File,
}

impl Claim {
    /// The first app in which an account is in both claims.
    fn meets(&self, other: &Self) -> Option<u32> {
        let shards = self.shard.as_ref().zip(other.shard.as_ref());
        let are_divided = shards.is_some_and(|(own, other)| own.is_beside(other));
        if self.whereabouts != other.whereabouts || !self.names.meet(&other.names) || are_divided {
            return None;
        }
        let both = |app: &&u32| other.apps.contains(app);
        self.apps.iter().find(both).copied()
    }
}

impl AccountLock {
    /// Takes the accounts.
    ///
    /// # Errors
    /// Where another run has some of them, or claims cannot be kept.
    pub(crate) fn take(claim: Claim) -> Result<Self, Problem> {
        let user = nix::unistd::getuid();
        Self::take_in(
            &Path::new(TEMPORARY).join(format!("trtc-load-{user}")),
            claim,
        )
    }

    fn take_in(folder: &Path, claim: Claim) -> Result<Self, Problem> {
        let cannot = |fault: io::Error| {
            Problem::could_not_run(
                folder.display().to_string(),
                format!("the accounts cannot be claimed there: {fault}"),
                "make it a folder that this user owns and nobody else may write to, or remove it",
            )
        };
        // Whoever looks for claims and makes one holds the folder meanwhile: two runs never take the same at once.
        let guard = own_folder(folder).map_err(cannot)?;
        guard.lock().map_err(cannot)?;
        for entry in fs::read_dir(folder).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let Some(other) = note_of(&path).map_err(cannot)? else {
                continue;
            };
            if let Some(app) = claim.meets(&other.claim) {
                return Err(in_use(&claim, app, &other));
            }
        }
        Self::keep(folder, claim).map_err(cannot)
    }

    /// Makes the claim's file. The folder is held, so nobody sees it before it is whole and locked.
    fn keep(folder: &Path, claim: Claim) -> io::Result<Self> {
        let note = Note {
            process: std::process::id(),
            since: clock::utc_stamp(),
            claim,
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut number = 0_u32;
        let (path, mut file) = loop {
            let path = folder.join(format!("{number}.{ENDING}"));
            match options.open(&path) {
                Ok(file) => break (path, file),
                Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(fault) => return Err(fault),
            }
        };
        file.lock()?;
        let lock = |held| Self { path, _held: held };
        match file.write_all(&serde_json::to_vec(&note)?) {
            Ok(()) => Ok(lock(file)),
            Err(fault) => {
                drop(lock(file));
                Err(fault)
            }
        }
    }
}

impl Drop for AccountLock {
    fn drop(&mut self) {
        // What stays is free all the same: the lock on it ends with the descriptor.
        let _ = fs::remove_file(&self.path);
    }
}

/// A folder that is this user's alone, made where there is none.
fn own_folder(folder: &Path) -> io::Result<File> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {}
        Err(fault) => return Err(fault),
    }
    let named = fs::symlink_metadata(folder)?;
    let is_mine = named.uid() == nix::unistd::getuid().as_raw() && named.mode() & 0o022 == 0;
    if !named.is_dir() || !is_mine {
        let what = "it is no folder of this user alone";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, what));
    }
    let opened = File::open(folder)?;
    let found = opened.metadata()?;
    if (found.dev(), found.ino()) != (named.dev(), named.ino()) {
        return Err(io::Error::other("it was exchanged for another"));
    }
    Ok(opened)
}

/// The claim that the file at `path` stands for. None where it is none, or where its run is over: then it is removed.
fn note_of(path: &Path) -> io::Result<Option<Note>> {
    if path.extension().is_none_or(|ending| ending != ENDING) {
        return Ok(None);
    }
    let gone = |fault: io::Error| {
        if fault.kind() == io::ErrorKind::NotFound {
            return Ok(None);
        }
        Err(fault)
    };
    match fs::symlink_metadata(path) {
        Ok(named) if named.is_file() => {}
        Ok(_) => return Ok(None),
        Err(fault) => return gone(fault),
    }
    let file = match File::open(path) {
        Ok(file) => file,
        Err(fault) => return gone(fault),
    };
    match file.try_lock() {
        Ok(()) => {
            // Its run may have removed it itself in between.
            let _ = fs::remove_file(path);
            Ok(None)
        }
        Err(TryLockError::WouldBlock) => {
            let note = serde_json::from_reader(io::Read::take(file, LONGEST));
            let unread = |fault| {
                io::Error::other(format!(
                    "{} is a run's claim and cannot be read: {fault}",
                    path.display()
                ))
            };
            note.map(Some).map_err(unread)
        }
        Err(TryLockError::Error(fault)) => Err(fault),
    }
}

fn in_use(claim: &Claim, app: u32, other: &Note) -> Problem {
    Problem::could_not_run(
        format!("the accounts {} of {app}", claim.names),
        format!(
            "another run uses {} (process {} since {})",
            other.claim.names, other.process, other.since
        ),
        "wait for that run's end, or write another `prefix` in [population]",
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use tempfile::TempDir;

    use super::*;

    fn claim(whereabouts: Whereabouts, apps: &[u32], prefix: &str, accounts: u64) -> Claim {
        Claim {
            whereabouts,
            apps: apps.to_vec(),
            names: AccountNames {
                prefix: prefix.to_owned(),
                accounts,
            },
            shard: None,
        }
    }

    #[test]
    fn shards_of_one_plan_hold_its_accounts_side_by_side_and_nobody_else_does() {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("claims");
        let take = |plan: &str, number, of| {
            let shard = Some(ClaimedShard {
                plan: plan.to_owned(),
                number,
                of,
            });
            let whole = claim(HERE, &[7], "load_", 2_000);
            AccountLock::take_in(&folder, Claim { shard, ..whole })
        };
        let _held = [take("a", 1, 3).unwrap(), take("a", 3, 3).unwrap()];
        for (plan, number, of) in [("a", 1, 3), ("a", 3, 3), ("b", 2, 3), ("a", 2, 2)] {
            assert!(take(plan, number, of).is_err(), "{plan} {number}/{of}");
        }
        assert!(AccountLock::take_in(&folder, claim(HERE, &[7], "load_", 2_000)).is_err());
        assert!(take("a", 2, 3).is_ok());
    }

    const HERE: Whereabouts = Whereabouts::Here(80);

    #[test]
    fn accounts_are_held_by_one_and_given_back_at_its_end() {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("claims");
        let take = |claim: Claim| AccountLock::take_in(&folder, claim);
        let first = take(claim(HERE, &[7, 8], "load_", 2_000)).unwrap();
        let refused = take(claim(HERE, &[9, 8], "load_0", 200)).unwrap_err();
        let shown = refused.to_string();
        for words in [
            format!("process {}", std::process::id()),
            "load_0000 to load_0199 of 8".to_owned(),
            "load_0000 to load_1999".to_owned(),
        ] {
            assert!(shown.contains(&words), "{words}: {shown}");
        }
        for free in [
            claim(Whereabouts::Here(81), &[7], "load_", 2_000),
            claim(Whereabouts::Elsewhere, &[7], "load_", 2_000),
            claim(HERE, &[9], "load_", 2_000),
            claim(HERE, &[7], "load_2", 200),
        ] {
            drop(take(free).unwrap());
        }
        drop(first);
        let elsewhere = claim(Whereabouts::Elsewhere, &[7], "load_", 2_000);
        let held = [
            take(claim(HERE, &[7], "load_0", 200)).unwrap(),
            take(elsewhere.clone()).unwrap(),
        ];
        assert!(take(elsewhere).is_err());
        drop(held);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "nothing is left");
    }

    /// A run that was killed leaves its file, and no lock on it.
    #[test]
    fn a_claim_whose_run_is_over_is_free_and_its_file_goes() {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("claims");
        let one = claim(HERE, &[7], "load_", 10);
        drop(AccountLock::take_in(&folder, one.clone()).unwrap());
        for name in ["0.lock", "3.lock"] {
            let note = Note {
                process: 1,
                since: "then".to_owned(),
                claim: one.clone(),
            };
            fs::write(folder.join(name), serde_json::to_vec(&note).unwrap()).unwrap();
        }
        let held = AccountLock::take_in(&folder, one).unwrap();
        assert!(!folder.join("3.lock").exists());
        drop(held);
    }

    #[test]
    fn what_somebody_put_in_its_way_is_neither_followed_nor_overwritten() {
        let temporary = TempDir::new().unwrap();
        let precious = temporary.path().join("precious");
        fs::write(&precious, "kept").unwrap();
        let one = claim(HERE, &[7], "load_", 10);
        // A link or a file in the folder's place, and a folder that others may write to.
        let (link, file, open) = (
            temporary.path().join("link"),
            temporary.path().join("file"),
            temporary.path().join("open"),
        );
        let other = TempDir::new().unwrap();
        symlink(other.path(), &link).unwrap();
        fs::write(&file, "kept").unwrap();
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
        for folder in [&link, &file, &open] {
            let refused = AccountLock::take_in(folder, one.clone()).unwrap_err();
            assert_eq!(refused.place, folder.display().to_string());
        }
        assert_eq!(fs::read_dir(other.path()).unwrap().count(), 0);
        // Links inside a folder of its own.
        let folder = temporary.path().join("claims");
        drop(AccountLock::take_in(&folder, one.clone()).unwrap());
        for name in ["0.lock", "1.lock"] {
            symlink(&precious, folder.join(name)).unwrap();
        }
        let held = AccountLock::take_in(&folder, one).unwrap();
        assert_eq!(held.path, folder.join("2.lock"));
        assert_eq!(fs::read_to_string(&precious).unwrap(), "kept");
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn a_claim_that_is_held_and_cannot_be_read_is_no_free_one() {
        let temporary = TempDir::new().unwrap();
        let folder = temporary.path().join("claims");
        let one = claim(HERE, &[7], "load_", 10);
        drop(AccountLock::take_in(&folder, one.clone()).unwrap());
        let path = folder.join("0.lock");
        fs::write(&path, "of another version").unwrap();
        let held = File::open(&path).unwrap();
        held.lock().unwrap();
        let refused = AccountLock::take_in(&folder, one).unwrap_err();
        assert!(refused.what.contains("0.lock"), "{refused}");
    }
}
