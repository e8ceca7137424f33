//! A run that has ended: what it measured, what that proves, and its reports.

use std::path::Path;
use std::path::PathBuf;

use trtc_base::error::Exit;
use trtc_base::error::Problem;
use trtc_load_core::mau;
use trtc_load_core::profile::Profile;
use trtc_load_core::recorder::Recording;
use trtc_load_core::report;
use trtc_load_core::report::Facts;
use trtc_load_core::report::Findings;
use trtc_load_core::verdict;
use trtc_load_core::verdict::Verdict;

/// A run that has just ended.
#[derive(Debug)]
pub struct Ran {
    /// Its folder.
    pub folder: PathBuf,
    /// What it measured, read back from the process that recorded it: also what could not be written.
    pub recording: Recording,
    /// What kept its evidence from being written.
    pub faults: Vec<Problem>,
}

impl Ran {
    /// A run whose recording was read back so.
    pub(crate) fn of(
        folder: &Path,
        recording: Result<Recording, Problem>,
        faults: Vec<Problem>,
    ) -> Result<Self, Vec<Problem>> {
        match recording {
            Ok(recording) => Ok(Self {
                folder: folder.to_owned(),
                recording,
                faults,
            }),
            // The run was ours, so a recording that cannot be read back is no bad input.
            Err(problem) => {
                let exit = Exit::CouldNotRun;
                Err([faults, vec![Problem { exit, ..problem }]].concat())
            }
        }
    }

    /// What the run proves of its profile's budgets, and of the session rules.
    #[must_use]
    pub fn verdict(&self, profile: &Profile) -> Verdict {
        verdict::judge(&self.recording, profile)
    }

    /// Writes every report into the run's folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_reports(&self, profile: &Profile) -> Result<(), Problem> {
        let findings = Findings {
            recording: &self.recording,
            verdict: &self.verdict(profile),
            mau: &mau::estimate(&self.recording, &profile.activity()),
            facts: &Facts::of(profile),
        };
        report::write_all(&self.folder, &findings)
    }
}
