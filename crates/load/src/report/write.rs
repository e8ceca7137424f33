//! The files of a run's folder, each whole or not there at all.

use std::fs;
use std::path::Path;

use super::digest::Digest;
use super::{FORMATS, Findings, Format};
use trtc_base::error::Problem;
use trtc_base::files::{replace, unwritten};

/// Writes every format into `folder`, which is made where it is missing. A file that is there is replaced at once.
///
/// # Errors
/// When a file cannot be written: the evidence is not there, which is the exit code of a run that could not be made. The
/// others are written all the same.
pub fn write_all(folder: &Path, findings: &Findings<'_>) -> Result<(), Problem> {
    let digest = Digest::of(findings);
    fs::create_dir_all(folder).map_err(|fault| unwritten(folder, &fault.to_string()))?;
    let write = |format: &Format| {
        let path = folder.join(format.file);
        (format.write)(findings, &digest)
            .and_then(|content| replace(&path, &content).map_err(|fault| fault.to_string()))
            .map_err(|fault| unwritten(&path, &fault))
    };
    let mut faults = FORMATS.iter().filter_map(|format| write(format).err());
    let Some(mut first) = faults.next() else {
        return Ok(());
    };
    let more = faults.count();
    if more > 0 {
        first.what = format!("{}; nor could {more} files more", first.what);
    }
    Err(first)
}

/// What `summary.json` says, as it stands there.
///
/// # Errors
/// When it cannot be spelled.
pub fn summary(findings: &Findings<'_>) -> Result<String, Problem> {
    let written = super::json::write(findings, &Digest::of(findings));
    written
        .and_then(|bytes| String::from_utf8(bytes).map_err(|fault| fault.to_string()))
        .map_err(|fault| unwritten(Path::new("summary.json"), &fault))
}
