//! Files that are whole or not there at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::error::Problem;

/// Writes a file in place of the one that is there.
///
/// Under a temporary name first: a reader never sees half a file, and a full disk leaves the old one.
///
/// # Errors
/// When the disk refuses.
pub fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let written = fs::File::create(&unfinished)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        // The first fault is the one to tell; what is left over is no evidence.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// That evidence at `path` could not be written.
#[must_use]
pub fn unwritten(path: &Path, fault: &str) -> Problem {
    Problem::could_not_run(
        path.display().to_string(),
        format!("the evidence could not be written: {fault}"),
        "make room and check the folder's rights, then rebuild with `trtc-load report`",
    )
}
