//! A run that has ended: what it measured, what that proves, and its reports.

use std::path::{Path, PathBuf};

use trtc_base::error::{Exit, Problem};
use trtc_load_core::mau::Mau;
use trtc_load_core::profile::Profile;
use trtc_load_core::recorder::Recording;
use trtc_load_core::report::{Facts, Findings};
use trtc_load_core::verdict::Verdict;
use trtc_load_core::{mau, report, verdict};

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

    /// All that its reports tell.
    pub(crate) fn judged(&self, profile: &Profile) -> Judged<'_> {
        Judged {
            recording: &self.recording,
            verdict: self.verdict(profile),
            mau: mau::estimate(&self.recording, &profile.activity()),
            facts: Facts::of(profile),
        }
    }

    /// Writes every report into the run's folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_reports(&self, profile: &Profile) -> Result<(), Problem> {
        report::write_all(&self.folder, &self.judged(profile).findings())
    }
}

/// A run that has ended, judged.
pub(crate) struct Judged<'r> {
    recording: &'r Recording,
    pub(crate) verdict: Verdict,
    mau: Mau,
    facts: Facts,
}

impl Judged<'_> {
    /// What a report is made of.
    pub(crate) const fn findings(&self) -> Findings<'_> {
        Findings {
            recording: self.recording,
            verdict: &self.verdict,
            mau: &self.mau,
            facts: &self.facts,
        }
    }
}
