//! A run that is under way, for tests of what becomes of it.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use trtc_load::recorder::COUNTERS;

use crate::program::{Place, Running, within};
use crate::run_folder::profile;

/// How long a run may take to begin, and anything to be noticed.
pub(super) const BOUND: Duration = Duration::from_secs(30);

/// A run that would go on for a minute.
pub(super) struct MidRun {
    pub(super) place: Place,
    pub(super) running: Running,
    pub(super) folder: PathBuf,
    /// The mock that the run has started.
    pub(super) mock: u32,
}

impl MidRun {
    /// Starts the run and waits until three of its seconds are on disk.
    pub(super) fn reached() -> Self {
        let place = Place::new();
        let running = place.start_profile(&[], &profile("[]", "{}", (50, 60)), &[]);
        let is_under_way = within(BOUND, || {
            let run = fs::read_dir(place.path().join("runs"))
                .ok()?
                .next()?
                .ok()?
                .path();
            let lines = fs::read_to_string(run.join(COUNTERS)).ok()?.lines().count();
            // The first line says what the run is.
            (lines >= 4).then_some(run)
        });
        let folder = is_under_way.expect("the run is under way");
        let mock = within(BOUND, || child_of(running.child.id())).expect("the run has a mock");
        Self {
            place,
            running,
            folder,
            mock,
        }
    }

    /// Sends a signal and waits until it is taken: one that comes while the same is pending would be lost.
    pub(super) fn send(&self, signal: Signal) {
        let id = self.running.child.id();
        let process = i32::try_from(id).expect("a process id");
        kill(Pid::from_raw(process), signal).expect("the run is alive");
        let is_taken = || {
            let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
            let is_none = pending.is_none_or(|mask| mask.trim().chars().all(|digit| digit == '0'));
            // What has ended takes nothing any more.
            (is_none || status.contains("State:\tZ")).then_some(())
        };
        assert!(within(BOUND, is_taken).is_some(), "{signal} is taken");
    }
}

/// A child of the process `parent`, as the system lists it.
pub(super) fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    ids.into_iter().find(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name stands in brackets and may hold anything; state and parent follow it.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        after.split(' ').nth(1) == Some(&parent.to_string())
    })
}

pub(super) fn assert_is_gone(process: u32) {
    let is_gone = || (!PathBuf::from(format!("/proc/{process}")).exists()).then_some(());
    assert!(
        within(BOUND, is_gone).is_some(),
        "the mock {process} is still there"
    );
}
