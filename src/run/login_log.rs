//! Whether a run's logins can be kept as a log, and where. Pure but for a look at the place.

use std::path::{Path, PathBuf};

use super::planned::Planned;
use trtc_base::error::Problem;
use trtc_load_core::plan::Shard;
use trtc_load_core::scenario::Scenario;

/// Refuses a log of a run that never logs in. Nothing is sent and nothing written.
pub(crate) fn refuse_unlogged(planned: &Planned, path: Option<&Path>) -> Result<(), Problem> {
    let profile = &planned.profile;
    let nobody_logs_in =
        profile.target().dialect.is_webhook() || !profile.scenarios().iter().any(Scenario::logs_in);
    if path.is_some() && nobody_logs_in {
        return Err(Problem::bad_input(
            "--logins",
            "nobody logs in at this target: the run has no logins to keep",
            "leave it out, or play a profile whose scenarios log in",
        ));
    }
    Ok(())
}

/// Refuses the logs of `count` shards where one of them is there already.
pub(crate) fn refuse_shards_logs(path: Option<&Path>, count: u32) -> Result<(), Problem> {
    let shards = (1..=count).filter_map(|number| Shard::new(number, count));
    path.into_iter()
        .flat_map(|path| shards.clone().map(|shard| of_shard(path, shard)))
        .try_for_each(|path| refuse_existing(&path))
}

/// Refuses a log where a file is already.
pub(crate) fn refuse_existing(path: &Path) -> Result<(), Problem> {
    if path.exists() {
        return Err(Problem::bad_input(
            format!("--logins {}", path.display()),
            "the file is there already",
            "name one that does not exist yet",
        ));
    }
    Ok(())
}

/// Where a shard of several keeps its logins: `logins.csv` becomes `logins-2-of-4.csv`.
pub(crate) fn of_shard(path: &Path, shard: Shard) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}-{}-of-{}", shard.number(), shard.of());
    if let Some(ending) = path.extension() {
        name = format!("{name}.{}", ending.to_string_lossy());
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_s_log_stands_beside_the_one_that_was_named() {
        let shard = Shard::new(2, 4).unwrap();
        for (path, want) in [
            ("logins.csv", "logins-2-of-4.csv"),
            ("a/b/logins", "a/b/logins-2-of-4"),
            ("a.b.csv", "a.b-2-of-4.csv"),
        ] {
            assert_eq!(of_shard(Path::new(path), shard), Path::new(want));
        }
    }
}
