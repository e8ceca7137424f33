//! The folders that runs leave their evidence in.

use std::path::{Path, PathBuf};
use std::{fs, io};

use trtc_base::clock;
use trtc_base::error::Problem;
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::Profile;

/// The resolved profile in a run's folder, secrets redacted.
pub(crate) const RESOLVED: &str = "profile.toml";

/// A new folder under `out` for a run of `profile`, with the resolved profile in it.
pub(crate) fn open(out: &Path, profile: &Profile, shard: Shard) -> Result<PathBuf, Problem> {
    let mut base = format!("{}-{}", profile.name(), clock::utc_stamp());
    if shard != Shard::WHOLE {
        base = shard_name(&base, shard);
    }
    fs::create_dir_all(out).map_err(|fault| problem(out, &fault))?;
    // Two runs of one profile may begin in the same second.
    let names = std::iter::once(base.clone()).chain((2..100).map(|n| format!("{base}-{n}")));
    for name in names {
        let folder = out.join(name);
        match make(&folder, profile) {
            Ok(()) => return Ok(folder),
            Err(fault) if fault.kind() == io::ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(problem(&folder, &fault)),
        }
    }
    Err(problem(out, &io::ErrorKind::AlreadyExists.into()))
}

/// That very folder, which must not be there yet.
pub(crate) fn open_at(folder: &Path, profile: &Profile) -> Result<(), Problem> {
    make(folder, profile).map_err(|fault| problem(folder, &fault))
}

/// What a shard of the run `run` is called.
pub(crate) fn shard_name(run: &str, shard: Shard) -> String {
    format!("{run}-shard-{}-of-{}", shard.number(), shard.of())
}

/// Takes the folder of a run that did not begin away again, unless something else than the resolved profile is in it.
pub(crate) fn take_back(folder: &Path, profile: &Profile) {
    let resolved = folder.join(RESOLVED);
    let is_ours = fs::read_to_string(&resolved).is_ok_and(|text| text == profile.resolved_toml());
    let is_alone = fs::read_dir(folder).is_ok_and(|entries| entries.count() == 1);
    if is_ours && is_alone {
        // Where it cannot be removed it stays: nothing is lost.
        let _ = fs::remove_file(&resolved).and_then(|()| fs::remove_dir(folder));
    }
}

/// The run's own name: its folder's.
pub(crate) fn run_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy());
    name.unwrap_or_default().into_owned()
}

fn make(folder: &Path, profile: &Profile) -> io::Result<()> {
    fs::create_dir(folder)?;
    fs::write(folder.join(RESOLVED), profile.resolved_toml())
}

fn problem(path: &Path, fault: &io::Error) -> Problem {
    Problem::could_not_run(
        path.display().to_string(),
        format!("the run's folder cannot be made: {fault}"),
        "give a folder that can be written with --out",
    )
}
