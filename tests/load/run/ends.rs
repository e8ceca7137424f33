//! However a run ends, its evidence is there, its verdict says so, and nothing of it lives on.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::signal::Signal;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use trtc_load::recorder::COUNTERS;

use crate::program::Place;
use crate::program::Running;
use crate::program::within;
use crate::run_folder::assert_all_files_are_there;
use crate::run_folder::profile;
use crate::run_folder::summary;
use crate::turn;

/// How long a run may take to begin, and anything to be noticed.
const BOUND: Duration = Duration::from_secs(30);

/// A run that would go on for a minute.
struct MidRun {
    place: Place,
    running: Running,
    folder: PathBuf,
    /// The mock that the run has started.
    mock: u32,
}

impl MidRun {
    /// Starts the run and waits until three of its seconds are on disk.
    fn reached() -> Self {
        let place = Place::new();
        fs::write(
            place.path().join("long.toml"),
            profile("[]", "{}", (50, 60)),
        )
        .expect("the folder is writable");
        let running =
            place.start(place.command(&[], &["--profile", "long", "--out", "runs", "--quiet"]));
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
    fn send(&self, signal: Signal) {
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
fn child_of(parent: u32) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let ids = processes.filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    ids.into_iter().find(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name stands in brackets and may hold anything; state and parent follow it.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        after.split(' ').nth(1) == Some(&parent.to_string())
    })
}

fn assert_is_gone(process: u32) {
    let is_gone = || (!PathBuf::from(format!("/proc/{process}")).exists()).then_some(());
    assert!(
        within(BOUND, is_gone).is_some(),
        "the mock {process} is still there"
    );
}

#[test]
fn a_run_that_is_stopped_writes_everything_and_proves_nothing() {
    let _turn = turn::shared();
    for signals in [
        &[Signal::SIGINT][..],
        &[Signal::SIGINT, Signal::SIGINT],
        &[Signal::SIGTERM],
    ] {
        let run = MidRun::reached();
        signals.iter().for_each(|&signal| run.send(signal));
        let MidRun {
            place: _place,
            running,
            folder,
            mock,
        } = run;
        let ended = running.finish(BOUND);
        assert_eq!(ended.code, Some(4), "{signals:?}: {}", ended.said());
        assert!(
            ended.stdout.starts_with("INVALID"),
            "{signals:?}: {}",
            ended.said()
        );
        assert!(
            ended.stdout.contains("interrupted"),
            "{signals:?}: {}",
            ended.said()
        );
        assert_all_files_are_there(&folder);
        let whole = summary(&folder);
        assert_eq!(whole["run"]["ended"], "interrupted");
        assert_eq!(whole["verdict"]["outcome"], "invalid");
        // What came due and was not played is said, not forgotten; what never came due is neither.
        let count = |name: &str| whole["arrivals"][name].as_u64().expect("a count");
        assert_eq!(
            count("started") + count("not_started"),
            count("due"),
            "{whole:#}"
        );
        assert!(
            count("due") < 3_000,
            "50 a second for 60 s is the whole plan"
        );
        assert!(count("started") >= 100, "{whole:#}");
        assert_is_gone(mock);
    }
}

#[test]
fn a_run_that_is_killed_can_still_be_reported_and_is_called_lost() {
    let _turn = turn::shared();
    let run = MidRun::reached();
    run.send(Signal::SIGKILL);
    let MidRun {
        place,
        running,
        folder,
        mock,
    } = run;
    assert_eq!(running.finish(BOUND).code, None);
    assert_is_gone(mock);

    let reported = place.run(&["report", &folder.to_string_lossy()]);
    assert_eq!(reported.code, Some(4), "{}", reported.said());
    assert!(
        reported.stdout.starts_with("INVALID"),
        "{}",
        reported.said()
    );
    assert!(
        reported
            .stdout
            .contains("the run was killed or still goes on"),
        "{}",
        reported.said()
    );
    assert_all_files_are_there(&folder);
    let whole = summary(&folder);
    assert_eq!(whole["run"]["ended"], "lost");
    // Three seconds were on disk before it was killed.
    assert!(
        whole["operations"][0]["attempts"].as_u64() >= Some(100),
        "{whole:#}"
    );
}

#[test]
fn the_mock_of_a_run_ends_with_it() {
    let _turn = turn::shared();
    let place = Place::new();
    fs::write(
        place.path().join("short.toml"),
        profile("[]", "{}", (20, 1)),
    )
    .expect("the folder is writable");
    let running =
        place.start(place.command(&[], &["--profile", "short", "--out", "runs", "--quiet"]));
    let mock = within(BOUND, || child_of(running.child.id())).expect("the run has a mock");
    let ended = running.finish(BOUND);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert_is_gone(mock);
}
