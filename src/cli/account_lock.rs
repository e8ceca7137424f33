//! One run at a time for the same accounts of the same target: two would kick each other, and neither would know why.

use std::fs::File;
use std::fs::OpenOptions;
use std::io::Read;
use std::io::Seek;
use std::io::Write;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use crate::clock;
use crate::error::Problem;
use crate::profile::App;
use crate::profile::HttpUrl;

/// Locks that are held until this is dropped, or the process ends in any way.
#[derive(Debug)]
pub(super) struct PrefixLock {
    _held: Vec<File>,
}

impl PrefixLock {
    /// Takes the accounts named `prefix` of every app at `url`.
    ///
    /// # Errors
    /// Where another run has them.
    pub(super) fn take(url: &HttpUrl, apps: &[App], prefix: &str) -> Result<Self, Problem> {
        let held = apps.iter().map(|app| {
            let whose = format!("{url} {} {prefix}", app.sdk_app_id);
            take(&whose).map_err(|what| {
                Problem::could_not_run(
                    format!("the accounts {prefix}... of {} at {url}", app.sdk_app_id),
                    what,
                    "wait for that run's end, or write another `prefix` in [population]",
                )
            })
        });
        Ok(Self {
            _held: held.collect::<Result<_, _>>()?,
        })
    }
}

fn take(whose: &str) -> Result<File, String> {
    let path = place(whose);
    let cannot = |fault: std::io::Error| format!("{} cannot be locked: {fault}", path.display());
    let mut options = OpenOptions::new();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => {
            // Who holds it, for whoever asks: the lock alone counts.
            let note = format!(
                "process {} since {}",
                std::process::id(),
                clock::utc_stamp()
            );
            let written = file
                .set_len(0)
                .and_then(|()| file.write_all(note.as_bytes()));
            written.map_err(cannot)?;
            Ok(file)
        }
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut note = String::new();
            let _ = file.rewind().and_then(|()| file.read_to_string(&mut note));
            Err(format!("another run uses them ({note})"))
        }
        Err(std::fs::TryLockError::Error(fault)) => Err(cannot(fault)),
    }
}

/// A file of this user that stands for `whose`.
fn place(whose: &str) -> PathBuf {
    let digest = Sha256::digest(whose.as_bytes());
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = std::env::var_os("XDG_RUNTIME_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let user = nix::unistd::getuid();
    folder.join(format!("trtc-load-{user}-{name}.lock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_held_by_one_and_given_back_at_its_end() {
        let whose = format!("a test of {}", std::process::id());
        let first = take(&whose).unwrap();
        let refused = take(&whose).unwrap_err();
        assert!(
            refused.contains(&std::process::id().to_string()),
            "{refused}"
        );
        assert!(take(&format!("{whose} and another")).is_ok());
        drop(first);
        assert!(take(&whose).is_ok());
        for name in [whose.clone(), format!("{whose} and another")] {
            let _ = std::fs::remove_file(place(&name));
        }
    }
}
