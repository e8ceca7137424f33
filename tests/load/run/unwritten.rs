//! Evidence that cannot be written, or is taken away: the numbers still reach a person, what is said is said on standard
//! error with the exit code for it, and what is on disk is whole.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use trtc_load::recorder::{COUNTERS, Ended as RunEnded, Recording};

use super::mid_run::{MidRun, assert_is_gone};
use crate::program::{Ended, Place};
use crate::run_folder::{assert_all_files_are_there, profile};
use crate::turn;

/// How long a run may take to its end on a machine that others use too.
const BOUND: Duration = Duration::from_secs(90);

/// A shell that limits the size of files, in blocks of 512 bytes, before it becomes the program.
fn limited(blocks: u32) -> [String; 3] {
    let script = format!("ulimit -f {blocks}; exec \"$0\" \"$@\"");
    ["sh".to_owned(), "-c".to_owned(), script]
}

/// The table with the logins is on standard output, as that of a run which proves nothing.
fn assert_the_numbers_are_told(ended: &Ended) {
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    for words in [
        "INVALID",
        "evidence could not be written",
        "MEASURED",
        "login  ",
    ] {
        assert!(ended.stdout.contains(words), "{words}: {}", ended.said());
    }
    let last = ended.stdout.lines().last();
    assert_eq!(last, Some("NOT WRITTEN  exit 3"), "{}", ended.said());
}

/// How many logins the table says.
fn logins(stdout: &str) -> u64 {
    let row = stdout.lines().find(|line| line.starts_with("login  "));
    let count = row.and_then(|row| row.split_whitespace().nth(1));
    count
        .expect("a count")
        .replace(',', "")
        .parse()
        .expect("a number")
}

#[test]
fn a_run_whose_folder_is_deleted_says_so_and_ends_with_its_numbers() {
    let _turn = turn::shared();
    let run = MidRun::reached();
    fs::remove_dir_all(&run.folder).expect("the folder can be deleted");
    // It would go on for a minute.
    let ended = run.running.finish(BOUND);
    assert_the_numbers_are_told(&ended);
    assert!(
        ended.stderr.contains("the recording is gone"),
        "{}",
        ended.said()
    );
    assert!(
        ended
            .stderr
            .contains(&*run.folder.file_name().expect("a name").to_string_lossy()),
        "{}",
        ended.said()
    );
    // Fifty a second for the three seconds that were waited for, at least.
    assert!(logins(&ended.stdout) >= 100, "{}", ended.said());
    assert!(
        !run.folder.exists(),
        "nothing is made anew without its recording"
    );
    assert_is_gone(run.mock);
}

#[test]
fn a_run_that_may_write_no_more_ends_with_its_numbers_and_a_whole_recording() {
    let _turn = turn::shared();
    let place = Place::new();
    let shell = limited(40);
    let shell: Vec<&str> = shell.iter().map(String::as_str).collect();
    let ended = place
        .start_profile(&shell, &profile("[]", "{}", (50, 60)), &[])
        .finish(BOUND);
    assert_the_numbers_are_told(&ended);
    assert!(ended.stderr.contains("File too large"), "{}", ended.said());

    let folder = place.run_folder();
    let recording = Recording::read(&folder).expect("what is on disk is read");
    assert_eq!(recording.ended(), &RunEnded::Lost, "nothing is damaged");
    assert!(!recording.seconds().is_empty());
    let on_disk: u64 = recording.seconds().iter().map(|second| second.logins).sum();
    assert!(on_disk > 0);
    assert!(
        logins(&ended.stdout) > on_disk,
        "what the disk did not take is told: {}",
        ended.said()
    );
}

#[test]
fn reports_that_cannot_be_written_are_named_and_the_numbers_are_told_before() {
    let _turn = turn::shared();
    let place = Place::new();
    // Whether the run keeps anything is not asked: a second of it fits, and its page does not.
    let shell = limited(60);
    let shell: Vec<&str> = shell.iter().map(String::as_str).collect();
    let ended = place
        .start_profile(&shell, &profile("[]", "{}", (20, 1)), &[])
        .finish(BOUND);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.stdout.contains("MEASURED"), "{}", ended.said());
    assert_eq!(logins(&ended.stdout), 20);
    assert_eq!(ended.stdout.lines().last(), Some("NOT WRITTEN  exit 3"));
    assert!(ended.stderr.contains("report.html"), "{}", ended.said());
    assert!(
        !ended.stdout.contains("evidence could not be written"),
        "{}",
        ended.said()
    );

    let folder = place.run_folder();
    for file in ["report.html", "report.html.unfinished"] {
        assert!(!folder.join(file).exists(), "{file}");
    }
    assert!(folder.join("timeline.csv").exists(), "the others are there");
    let rebuilt = place.run(&["report", &folder.to_string_lossy()]);
    assert!(matches!(rebuilt.code, Some(0 | 4)), "{}", rebuilt.said());
    assert_all_files_are_there(&folder);
}

/// A short run whose standard output is what `redirect` makes of it.
fn redirected(place: &Place, redirect: &str) -> Ended {
    let script = format!("exec \"$0\" \"$@\" {redirect}");
    let profile = profile("[]", "{}", (20, 1));
    place
        .start_profile(&["sh", "-c", &script], &profile, &[])
        .finish(BOUND)
}

#[test]
fn a_full_standard_output_sends_the_result_to_standard_error_and_is_a_failure() {
    let _turn = turn::shared();
    let place = Place::new();
    let ended = redirected(&place, "> /dev/full");
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    for words in ["standard output", "No space left", "MEASURED"] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
    }
    assert_eq!(logins(&ended.stderr), 20);
    assert_all_files_are_there(&place.run_folder());
}

#[test]
fn a_closed_standard_output_sends_the_result_to_standard_error() {
    let _turn = turn::shared();
    let place = Place::new();
    let ended = redirected(&place, ">&-");
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert!(
        ended.stderr.contains("standard output is closed"),
        "{}",
        ended.said()
    );
    assert_eq!(logins(&ended.stderr), 20);
    assert_all_files_are_there(&place.run_folder());
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure_and_the_result_is_told_all_the_same() {
    let _turn = turn::shared();
    let place = Place::new();
    fs::write(
        place.path().join("short.toml"),
        profile("[]", "{}", (20, 1)),
    )
    .expect("the folder is writable");
    let run = ["--profile", "short", "--out", "runs", "--quiet"];
    let mut command = place.command(&[], &run);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    drop(child.stdout.take());
    let ended = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(matches!(ended.status.code(), Some(0 | 4)), "{stderr}");
    assert_eq!(logins(&stderr), 20);
    assert_all_files_are_there(&place.run_folder());
}

#[test]
fn a_run_without_room_in_its_address_space_says_a_word_and_leaves_a_whole_recording() {
    let _turn = turn::shared();
    for mib in [100, 250, 300, 600] {
        let place = Place::new();
        let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", mib * 1024);
        let profile = profile("[]", "{}", (20, 1));
        let ended = place
            .start_profile(&["sh", "-c", &script], &profile, &[])
            .finish(BOUND);
        let is_told = !ended.stderr.trim().is_empty() || ended.stdout.contains("MEASURED");
        assert!(is_told, "{mib} MiB: {}", ended.said());
        assert!(
            ended.code != Some(1),
            "the target is not to blame: {}",
            ended.said()
        );
        assert_recordings_are_whole(&place.path().join("runs"));
    }
}

/// Every recording under `runs`, if there is one, can be read and is not damaged.
fn assert_recordings_are_whole(runs: &Path) {
    for entry in fs::read_dir(runs).into_iter().flatten().flatten() {
        let counters = fs::read_to_string(entry.path().join(COUNTERS)).unwrap_or_default();
        // Who was ended before the first line was whole has recorded nothing.
        if counters.contains('\n') {
            let recording = Recording::read(&entry.path()).expect("what is on disk is read");
            let ended = recording.ended();
            assert!(!matches!(ended, RunEnded::Damaged(_)), "{ended:?}");
        }
    }
}
