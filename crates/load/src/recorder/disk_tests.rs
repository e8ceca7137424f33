//! Recordings that were cut short or mixed up. Those that were changed: see `damage_tests`.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::example::{self, logged};
use super::tests::{busy, latencies, recorder, tick};
use super::*;
use crate::session::{Class, Operation};
use trtc_base::chance::Bits;

/// Three seconds of logins, and an end.
pub(super) fn brief(folder: &Path) {
    let recorder = recorder(folder);
    for second in 0..3 {
        for value in latencies(second, 100) {
            recorder.record(logged(Class::Success, value));
        }
        recorder.tick(tick(second)).unwrap();
    }
    recorder.finish(tick(3), &Ended::Completed).unwrap();
}

#[test]
fn a_recording_cut_at_any_of_its_last_200_bytes_loses_at_most_its_last_second() {
    let folder = TempDir::new().unwrap();
    brief(folder.path());
    let whole = Recording::read(folder.path()).unwrap();
    let cut = TempDir::new().unwrap();
    for name in [COUNTERS, HISTOGRAMS] {
        for other in [COUNTERS, HISTOGRAMS] {
            fs::copy(folder.path().join(other), cut.path().join(other)).unwrap();
        }
        let bytes = fs::read(folder.path().join(name)).unwrap();
        assert!(bytes.len() > 200);
        for gone in 1..=200 {
            fs::write(cut.path().join(name), &bytes[..bytes.len() - gone]).unwrap();
            let run = Recording::read(cut.path()).unwrap();
            // Who is killed leaves a JSON line out. Histograms are written first: without theirs somebody lost them.
            let is_right = if let Ended::Damaged(what) = run.ended() {
                name == HISTOGRAMS && what.starts_with(HISTOGRAMS)
            } else {
                name == COUNTERS && *run.ended() == Ended::Lost
            };
            assert!(is_right, "{name} without {gone}: {:?}", run.ended());
            // The last histograms are those of the third second; the fourth had none.
            let least = if name == HISTOGRAMS { 2 } else { 3 };
            assert!(run.seconds().len() >= least, "{name} without {gone}");
            assert_eq!(run.seconds(), &whole.seconds()[..run.seconds().len()]);
        }
    }
}

#[test]
fn a_damaged_recording_is_read_in_part_or_refused_and_never_a_panic() {
    let folder = TempDir::new().unwrap();
    brief(folder.path());
    let mut dice = Bits(11);
    for name in [COUNTERS, HISTOGRAMS] {
        let path = folder.path().join(name);
        let whole = fs::read(&path).unwrap();
        for turn in 0..100 {
            let mut bytes = whole.clone();
            let place = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
            // Digits and separators do more harm than noise does.
            bytes[place] = b"0189-.,:\n{"[usize::try_from(dice.below(10)).unwrap()];
            fs::write(&path, bytes).unwrap();
            if let Ok(run) = Recording::read(folder.path()) {
                assert!(run.seconds().len() <= 4, "{name} {turn}");
            }
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_histogram_without_its_json_line_is_passed_over() {
    let folder = TempDir::new().unwrap();
    busy(folder.path());
    let path = folder.path().join(COUNTERS);
    let text = fs::read_to_string(&path).unwrap();
    let first: Vec<&str> = text.lines().take(2).collect();
    fs::write(&path, first.join("\n") + "\n").unwrap();
    let run = Recording::read(folder.path()).unwrap();
    assert_eq!(run.seconds().len(), 1);
    assert_eq!(
        run.by_class(Operation::Login, StageSet::All),
        [34, 34, 33, 33, 33, 33]
    );
}

#[test]
fn a_recording_is_never_written_over_and_a_foreign_folder_is_refused() {
    let folder = TempDir::new().unwrap();
    busy(folder.path());
    let again = Recorder::new(example::meta(), folder.path(), 2).unwrap_err();
    assert!(again.remedy.contains("another folder"), "{again}");
    let empty = TempDir::new().unwrap();
    assert!(Recording::read(empty.path()).is_err());
    fs::write(empty.path().join(COUNTERS), "{}\n").unwrap();
    fs::write(empty.path().join(HISTOGRAMS), "").unwrap();
    let foreign = Recording::read(empty.path()).unwrap_err();
    assert!(foreign.what.contains("first line"), "{foreign}");
}
