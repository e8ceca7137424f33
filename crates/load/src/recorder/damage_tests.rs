//! Recordings that somebody changed: whatever was doubled, left out or altered is noticed, the file that is wrong is named
//! with the first second that does not fit, and the numbers are those of the seconds before it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::disk_tests::brief;
use super::seal::Seal;
use super::*;
use trtc_base::chance::Bits;

/// A recording and what becomes of it.
struct Tried {
    folder: TempDir,
    whole: Recording,
    files: [(&'static str, Vec<u8>); 2],
}

impl Tried {
    fn of(folder: TempDir) -> Self {
        let read = |name: &'static str| (name, fs::read(folder.path().join(name)).unwrap());
        Self {
            whole: Recording::read(folder.path()).unwrap(),
            files: [read(HISTOGRAMS), read(COUNTERS)],
            folder,
        }
    }

    /// Three seconds, each with histograms, a fourth without, and an end.
    fn brief() -> Self {
        let folder = TempDir::new().unwrap();
        brief(folder.path());
        Self::of(folder)
    }

    /// The recording of version 3 that is kept.
    fn of_version_3() -> Self {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/recordings/v3");
        let folder = TempDir::new().unwrap();
        for name in [HISTOGRAMS, COUNTERS] {
            fs::copy(golden.join(name), folder.path().join(name)).unwrap();
        }
        Self::of(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bytes(&self, name: &str) -> &[u8] {
        let found = self.files.iter().find(|(file, _)| *file == name);
        &found.unwrap().1
    }

    fn lines(&self, name: &str) -> Vec<&[u8]> {
        self.bytes(name)
            .split_inclusive(|byte| *byte == b'\n')
            .collect()
    }

    /// The recording with other bytes in one file; none where it is refused.
    fn with(&self, name: &str, bytes: &[u8]) -> Result<Recording, trtc_base::error::Problem> {
        fs::write(self.path(name), bytes).unwrap();
        let read = Recording::read(self.folder.path());
        fs::write(self.path(name), self.bytes(name)).unwrap();
        read
    }

    /// What is said of the damage in `name`, after a check that only whole seconds before it were read.
    fn told(&self, name: &str, bytes: &[u8]) -> String {
        let run = self.with(name, bytes).unwrap();
        let Ended::Damaged(what) = run.ended() else {
            panic!("{name} is taken for {:?}", run.ended());
        };
        assert!(what.starts_with(name), "{name} is wrong, and not: {what}");
        let read = run.seconds().len();
        assert_eq!(run.seconds(), &self.whole.seconds()[..read], "{what}");
        what.clone()
    }
}

/// The second in which a line of the interval log begins.
fn begins(line: &[u8]) -> u64 {
    let text = std::str::from_utf8(line).unwrap();
    text.split(',')
        .nth(1)
        .unwrap()
        .split('.')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn is_histogram(line: &[u8]) -> bool {
    line.starts_with(b"Tag=")
}

/// The lines with that one twice, or left out.
fn doubled(lines: &[&[u8]], at: usize) -> Vec<u8> {
    [&lines[..=at], &lines[at..]].concat().concat()
}

fn without(lines: &[&[u8]], at: usize) -> Vec<u8> {
    [&lines[..at], &lines[at + 1..]].concat().concat()
}

#[test]
fn a_line_of_the_interval_log_that_is_doubled_or_left_out_is_told_with_its_second() {
    let tried = Tried::brief();
    let lines = tried.lines(HISTOGRAMS);
    assert!(lines.iter().filter(|line| is_histogram(line)).count() >= 12);
    for at in 0..lines.len() {
        let second = is_histogram(lines[at]).then(|| begins(lines[at]));
        for bytes in [doubled(&lines, at), without(&lines, at)] {
            let told = tried.told(HISTOGRAMS, &bytes);
            // What follows the very last second is told as that.
            let words = second.map_or_else(String::new, |second| format!("second {second}"));
            assert!(
                told.contains(&words) || told.contains("at its end"),
                "{at}: {told}"
            );
        }
    }
}

#[test]
fn a_changed_byte_of_the_interval_log_is_told_and_blamed_on_it() {
    let tried = Tried::brief();
    let mut dice = Bits(5);
    for turn in 0..150 {
        let mut bytes = tried.bytes(HISTOGRAMS).to_vec();
        let place = usize::try_from(dice.below(bytes.len() as u64)).unwrap();
        let other = b"0189Aa+/=,.\n"[usize::try_from(dice.below(12)).unwrap()];
        if bytes[place] == other {
            continue;
        }
        bytes[place] = other;
        let told = tried.told(HISTOGRAMS, &bytes);
        assert!(told.contains("line"), "{turn}: {told}");
    }
}

#[test]
fn a_line_of_counters_that_is_doubled_or_left_out_is_told_with_its_second() {
    let tried = Tried::brief();
    let lines = tried.lines(COUNTERS);
    // The first says what the run is, the last how it ended; the seconds between them are 0 to 3.
    for at in 1..lines.len() - 1 {
        let told = tried.told(COUNTERS, &doubled(&lines, at));
        let words = format!("second {} is there twice", at - 1);
        assert!(told.contains(&words), "{told}");
        let told = tried.told(COUNTERS, &without(&lines, at));
        let words = if at < lines.len() - 2 {
            format!("second {} is missing", at - 1)
        } else {
            "after second 2: it is not as it was written, or a line before it is missing".to_owned()
        };
        assert!(told.contains(&words), "{told}");
    }
    let told = tried.told(COUNTERS, &doubled(&lines, 0));
    assert!(told.contains("line 2"), "{told}");
    let end = lines.len() - 1;
    let told = tried.told(COUNTERS, &doubled(&lines, end));
    assert!(told.contains("at its end: 1 lines"), "{told}");
}

#[test]
fn a_single_changed_digit_anywhere_in_the_counters_is_told_with_its_line() {
    let tried = Tried::brief();
    let lines = tried.lines(COUNTERS);
    let first = lines[0].len();
    let bytes = tried.bytes(COUNTERS);
    let digits = (first..bytes.len()).filter(|at| bytes[*at].is_ascii_digit());
    // Some hundred digits: those of sums among them, and of the checksums.
    for at in digits.step_by(7) {
        let mut changed = bytes.to_vec();
        changed[at] = if changed[at] == b'9' {
            b'0'
        } else {
            changed[at] + 1
        };
        let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        let told = tried.told(COUNTERS, &changed);
        assert!(told.contains(&format!("line {line}: ")), "{line}: {told}");
    }
    for at in (0..first).filter(|at| bytes[*at].is_ascii_digit()) {
        let mut changed = bytes.to_vec();
        changed[at] = if changed[at] == b'9' {
            b'0'
        } else {
            changed[at] + 1
        };
        let refused = tried.with(COUNTERS, &changed).unwrap_err();
        assert!(refused.place.ends_with(COUNTERS), "{refused}");
    }
}

#[test]
fn a_changed_sum_is_told_with_its_second() {
    let tried = Tried::brief();
    let text = String::from_utf8(tried.bytes(COUNTERS).to_vec()).unwrap();
    for (second, line) in text.lines().skip(1).take(3).enumerate() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let exact = &value["series"]["login.success.peak.felt"];
        let said = format!("\"login.success.peak.felt\":[{},{},", exact[0], exact[1]);
        let other = format!("\"login.success.peak.felt\":[{},{}1,", exact[0], exact[1]);
        assert!(line.contains(&said), "{line}");
        let changed = text.replace(line, &line.replace(&said, &other));
        let told = tried.told(COUNTERS, changed.as_bytes());
        assert!(
            told.contains(&format!("second {second} is not as it was written")),
            "{told}"
        );
    }
}

#[test]
fn lines_that_nobody_wrote_are_told_at_the_end_of_either_file_and_of_either_version() {
    for tried in [Tried::brief(), Tried::of_version_3()] {
        for name in [HISTOGRAMS, COUNTERS] {
            for (more, lines) in [("x\n", 1), ("#a\n{}\n", 2), ("half", 1)] {
                let bytes = [tried.bytes(name), more.as_bytes()].concat();
                let told = tried.told(name, &bytes);
                assert!(
                    told.contains(&format!("at its end: {lines} lines")),
                    "{told}"
                );
            }
        }
    }
}

#[test]
fn a_killed_run_may_leave_histograms_of_the_next_second_and_nothing_else() {
    let tried = Tried::brief();
    let counters = tried.lines(COUNTERS);
    let log = tried.lines(HISTOGRAMS);
    let of_second = |second: u64| {
        let lines = log
            .iter()
            .filter(move |line| is_histogram(line) && begins(line) == second);
        lines.copied().collect::<Vec<_>>()
    };
    let header: Vec<&[u8]> = log
        .iter()
        .copied()
        .filter(|line| !is_histogram(line))
        .collect();
    fs::write(tried.path(COUNTERS), counters[..3].concat()).unwrap();
    for (more, is_lost) in [
        (vec![], true),
        (of_second(2), true),
        (of_second(2)[..2].to_vec(), true),
        (of_second(1)[..1].to_vec(), false),
        (vec![&b"x\n"[..]], false),
    ] {
        let log = [header.clone(), of_second(0), of_second(1), more]
            .concat()
            .concat();
        fs::write(tried.path(HISTOGRAMS), log).unwrap();
        let run = Recording::read(tried.folder.path()).unwrap();
        assert_eq!(run.seconds().len(), 2);
        assert_eq!(*run.ended() == Ended::Lost, is_lost, "{:?}", run.ended());
    }
}

#[test]
fn in_version_3_a_doubled_line_of_the_interval_log_is_told_and_blamed_on_it() {
    let tried = Tried::of_version_3();
    let lines = tried.lines(HISTOGRAMS);
    let histograms = (0..lines.len()).filter(|at| is_histogram(lines[*at]));
    for at in histograms.step_by(29) {
        let second = begins(lines[at]);
        for bytes in [doubled(&lines, at), without(&lines, at)] {
            let told = tried.told(HISTOGRAMS, &bytes);
            assert!(told.contains(&format!("second {second}")), "{at}: {told}");
        }
    }
}

#[test]
fn in_version_3_totals_that_do_not_add_up_are_refused() {
    let tried = Tried::of_version_3();
    let text = String::from_utf8(tried.bytes(COUNTERS).to_vec()).unwrap();
    let other = text.replace("\"logins\":197", "\"logins\":198");
    assert_ne!(text, other);
    let fault = tried.with(COUNTERS, other.as_bytes()).unwrap_err();
    assert!(fault.what.contains("totals"), "{fault}");
}

/// The lines with other words in them, and sums that fit again: as a later program would write them.
fn reworded(lines: &[&[u8]], from: &str, to: &str) -> Vec<u8> {
    let mut seal = Seal::default();
    let mut all = Vec::new();
    for line in lines {
        let text = std::str::from_utf8(line).unwrap();
        let (object, _) = text.rsplit_once(",\"crc32\"").unwrap();
        let mut object = format!("{object}}}").replace(from, to).into_bytes();
        seal.close(&mut object);
        all.extend(object);
    }
    all
}

#[test]
fn rows_of_a_key_that_is_not_known_are_named_with_their_count_and_no_second_is_lost() {
    let folder = TempDir::new().unwrap();
    let recorder = tests::recorder(folder.path());
    for second in 0..3 {
        for _ in 0..=second {
            recorder.record(Event::Tally(Tally::NoticeLost));
            recorder.record(Event::Tally(Tally::NoticeLate));
        }
        recorder.tick(tests::tick(second)).unwrap();
    }
    recorder.finish(tests::tick(3), &Ended::Completed).unwrap();
    let tried = Tried::of(folder);
    let lines = tried.lines(COUNTERS);
    assert_eq!(reworded(&lines, "x", "x"), tried.bytes(COUNTERS));
    let later = reworded(&lines, "notice_lost", "notice_bent");
    let run = tried.with(COUNTERS, &later).unwrap();
    assert_eq!(run.ended(), &Ended::Completed);
    assert_eq!(run.seconds(), tried.whole.seconds());
    assert_eq!(run.unknown().to_string(), "tallies notice_bent (6)");
    assert_eq!(run.counts().tallies, [(Tally::NoticeLate, 6)].into());
    assert!(tried.whole.unknown().is_none());
}

#[test]
fn distributions_of_a_class_that_is_not_known_are_named_and_the_others_are_whole() {
    let tried = Tried::of_version_3();
    for name in [HISTOGRAMS, COUNTERS] {
        let text = String::from_utf8(tried.bytes(name).to_vec()).unwrap();
        fs::write(tried.path(name), text.replace("throttled", "stalled")).unwrap();
    }
    let run = Recording::read(tried.folder.path()).unwrap();
    assert_eq!(run.ended(), &Ended::Completed);
    assert_eq!(run.seconds().len(), tried.whole.seconds().len());
    assert!(!run.unknown().is_none());
    for (key, series) in tried.whole.all_series() {
        let read = run.series(key.operation, key.class, key.stage);
        if key.class == crate::session::Class::Throttled {
            assert!(read.is_none());
        } else {
            assert_eq!(read.unwrap().felt, series.felt);
        }
    }
    let shown = run.unknown().to_string();
    assert!(shown.contains("causes stalled"), "{shown}");
}
