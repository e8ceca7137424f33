//! Shards by hand: they start together, hold their accounts side by side, and only what belongs together is merged.

use crate::turn;
use std::path::Path;
use std::{fs, iter};

use serde_json::Value;
use trtc_load::clock;
use trtc_load::plan::{Plan, Shard};
use trtc_load::profile::{Overrides, Profile, Source};
use trtc_load::recorder::{COUNTERS, Ended, Meta, Recorder, RunName, Tick};
use trtc_load::units::UnixSeconds;

use super::{BOUND, assert_fared, profile, summary};
use crate::mock::Mock;
use crate::program::Place;

#[test]
fn shards_that_start_at_one_time_run_side_by_side_and_none_of_them_twice() {
    let _turn = turn::shared();
    let mock = Mock::start(&[]);
    let place = Place::new();
    fs::write(place.path().join("test.toml"), profile(2, "")).unwrap();
    let start = (clock::unix_now().0 + 4).to_string();
    let url = mock.url();
    let words = |shard: &'static str, out: &'static str| {
        let words = ["--profile", "test.toml", "--target", &url, "--quiet"];
        let shard = ["--start-at", &start, "--shard", shard, "--out", out];
        [&words[..], &shard[..]].concat()
    };
    // Its outputs are in files of its place, so each of them has its own.
    let (one, two) = (Place::new(), Place::new());
    let run = |at: &Place, shard, out| {
        let mut command = at.command(&[], &words(shard, out));
        command.current_dir(place.path());
        at.start(command)
    };
    let running = [run(&one, "1/2", "first"), run(&two, "2/2", "second")];
    let claimed = super::within(BOUND, || {
        let both = ["first", "second"].map(|out| place.path().join(out).exists());
        both.into_iter().all(|is_there| is_there).then_some(())
    });
    assert!(claimed.is_some(), "both have their accounts");
    let third = Place::new();
    let twice = run(&third, "2/2", "third").finish(BOUND);
    assert_eq!(twice.code, Some(3), "{}", twice.said());
    assert!(
        twice.stderr.contains("another run uses"),
        "{}",
        twice.said()
    );
    let ended = running.map(|running| running.finish(BOUND));
    let only = |out: &str| {
        let mut entries = fs::read_dir(place.path().join(out)).unwrap();
        entries.next().unwrap().unwrap().path()
    };
    let (first, second) = (only("first"), only("second"));
    assert_fared(&ended[0], &first);
    assert_fared(&ended[1], &second);
    let folders = [second.to_str().unwrap(), first.to_str().unwrap()];
    let merged = place.run(&[&["merge", "--out", "runs"], &folders[..]].concat());
    assert_fared(&merged, &place.run_folder());
    let merged = summary(&place.run_folder());
    assert_eq!(merged["coverage"]["share"], 1.0);
    assert_eq!(merged["arrivals"]["due"], 200, "100 a second for 2 s");
    assert_eq!(merged["coverage"]["shards"][0]["shard"], "1/2");
    assert_eq!(
        mock.books().login.attempts,
        merged["mau"]["as_observed"]["logins"]
    );
}

/// Takes the machine out of a recording, as in one of before it was there.
fn forget_machine(folder: &Path) {
    let counters = folder.join(COUNTERS);
    let text = fs::read_to_string(&counters).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let mut meta: Value = serde_json::from_str(first).unwrap();
    let fields = meta.as_object_mut().unwrap();
    assert!(fields.remove("host").is_some());
    assert!(fields.remove("crc32").is_some());
    let meta = meta.to_string();
    let others = rest
        .lines()
        .map(|line| line.split_once(",\"crc32\"").unwrap().0);
    let mut sealed = String::new();
    // Each line's checksum is of all bytes before it.
    for open in iter::once(meta.strip_suffix('}').unwrap()).chain(others) {
        sealed.push_str(open);
        let checksum = crc32fast::hash(sealed.as_bytes());
        sealed.push_str(&format!(",\"crc32\":\"{checksum:08x}\"}}\n"));
    }
    fs::write(&counters, sealed).unwrap();
}

/// A recording without a second: what a run of that shard leaves where it is stopped at once.
fn left(folder: &Path, text: &str, (shard, second): (&str, u64)) {
    let source = Source {
        file: "test.toml".into(),
        name: "test".into(),
        dir: ".".into(),
    };
    let profile = Profile::parse(text, &source, &Overrides::default()).unwrap();
    let plan = Plan::of_shard(&profile, shard.parse::<Shard>().unwrap()).unwrap();
    let name = RunName {
        run: shard.into(),
        labels: Vec::new(),
        started_at: UnixSeconds(second),
    };
    let recorder = Recorder::new(Meta::of(&profile, &plan, name), folder, 1).unwrap();
    recorder.finish(Tick::default(), &Ended::Completed).unwrap();
    fs::write(folder.join("profile.toml"), profile.resolved_toml()).unwrap();
}

#[test]
fn runs_that_do_not_belong_together_are_not_merged() {
    let place = Place::new();
    let (own, other) = (
        profile(2, ""),
        profile(2, "").replace("seed = 5", "seed = 6"),
    );
    for (name, text, run) in [
        ("one", &own, ("1/3", 100)),
        ("two", &own, ("2/3", 100)),
        ("again", &own, ("1/3", 100)),
        ("later", &own, ("2/3", 101)),
        ("fourth", &own, ("2/4", 100)),
        ("whole", &own, ("1/1", 100)),
        ("seed", &other, ("2/3", 100)),
        ("edited", &own, ("3/3", 100)),
    ] {
        left(&place.path().join(name), text, run);
    }
    let resolved = place.path().join("edited/profile.toml");
    let text = fs::read_to_string(&resolved).unwrap();
    fs::write(
        &resolved,
        text.replace("least_coverage = 1", "least_coverage = 0.5"),
    )
    .unwrap();
    for (other, words) in [
        ("again", "shard 1/3 is there twice"),
        ("later", "started at another time"),
        ("fourth", "of another plan"),
        ("whole", "no shard"),
        ("seed", "of another plan"),
        ("nowhere", "cannot be read"),
        ("edited", "is not that of one/profile.toml"),
    ] {
        let ended = place.run(&["merge", "one", other]);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.contains(words), "{}", ended.said());
        assert!(!place.path().join("reports").exists(), "{other}");
    }
    // What is missing is said, and nothing was observed at all.
    let ended = place.run(&["merge", "two", "one"]);
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(
        ended.stdout.contains("shard 3/3 missing"),
        "{}",
        ended.said()
    );
    // A merged run is no shard.
    let reports = place.path().join("reports");
    let run = fs::read_dir(reports)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let ended = place.run(&["merge", run.to_str().unwrap()]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(ended.stderr.contains("merged already"), "{}", ended.said());
}

#[test]
fn shards_of_one_machine_have_its_cores_together_and_an_unknown_machine_is_told() {
    let place = Place::new();
    for (name, run) in [("one", ("1/2", 100)), ("two", ("2/2", 100))] {
        left(&place.path().join(name), &profile(2, ""), run);
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    let merge = ["merge", "one", "two", "--out", "runs"];
    let ended = place.run(&merge);
    assert!(!ended.stderr.contains("machine"), "{}", ended.said());
    let run = place.run_folder();
    assert_eq!(summary(&run)["generator"]["cores"], cores);
    fs::remove_dir_all(run).unwrap();
    forget_machine(&place.path().join("two"));
    let ended = place.run(&merge);
    let words = "the machine of shard 2/2 is not known";
    assert!(ended.stderr.contains(words), "{}", ended.said());
    assert_eq!(
        summary(&place.run_folder())["generator"]["cores"],
        2 * cores
    );
}

#[test]
fn the_report_of_a_run_whose_own_process_was_killed_says_how_to_merge_its_workers() {
    let place = Place::new();
    let run = place.path().join("run");
    left(&run, &profile(2, ""), ("1/1", 100));
    left(&run.join("run-shard-1-of-2"), &profile(2, ""), ("1/2", 100));
    let hint = "trtc-load merge run/*-shard-*";
    let whole = place.run(&["report", "run"]);
    assert!(!whole.stderr.contains(hint), "{}", whole.said());
    let counters = run.join(COUNTERS);
    let text = fs::read_to_string(&counters).unwrap();
    let first = text.split_inclusive('\n').next().unwrap();
    fs::write(&counters, first).unwrap();
    let cut = place.run(&["report", "run"]);
    assert_eq!(cut.code, Some(4), "{}", cut.said());
    assert!(cut.stderr.contains(hint), "{}", cut.said());
}

#[test]
fn workers_that_cannot_start_leave_no_folder() {
    let _turn = turn::shared();
    let place = Place::new();
    let words = ["--target", "http://127.0.0.1:1", "--workers", "2"];
    let ended = place.run_profile(&profile(2, ""), &words);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    let mut left = fs::read_dir(place.path().join("runs")).unwrap();
    assert!(left.next().is_none(), "{}", ended.said());
}

#[test]
fn a_shard_needs_a_start_that_is_ahead_and_workers_are_no_shard() {
    let place = Place::new();
    fs::write(place.path().join("test.toml"), profile(2, "")).unwrap();
    for (arguments, words) in [
        (&["--shard", "1/2"][..], "--start-at"),
        (&["--shard", "3/2", "--start-at", "4000000000"], "3/8"),
        (
            &["--shard", "1/2", "--start-at", "1000"],
            "that time is past",
        ),
        (
            &["--shard", "1/2", "--start-at", "soon"],
            "2026-01-31T23:59:00Z",
        ),
        (&["--workers", "2", "--shard", "1/2"], "cannot be used with"),
        (&["--workers", "300"], "every shard needs two accounts"),
    ] {
        let ended = place.run(&[&["--profile", "test.toml"], arguments].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
        assert!(!place.path().join("reports").exists());
    }
}

#[test]
fn workers_are_refused_what_they_cannot_have_together() {
    let place = Place::new();
    // Each worker's half fits; all of it is more than any range of ports has.
    let text = profile(60, "[limits]\nslots = 300000\n")
        .replace("rate = 100", "rate = 2000")
        .replace("dwell = \"100ms\"", "dwell = \"40s\"");
    fs::write(
        place.path().join("ports.toml"),
        text.replace("accounts = 501", "accounts = 400000"),
    )
    .unwrap();
    let words = [
        "--profile",
        "ports.toml",
        "--target",
        "http://127.0.0.1:1",
        "--workers",
        "50",
    ];
    let ended = place.run(&words);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(ended.stderr.contains("ephemeral ports"), "{}", ended.said());
    // A pipe can be read once.
    let pipe = place.path().join("pipe.toml");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let ended = place.run(&["--profile", "pipe.toml", "--workers", "2"]);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(
        ended.stderr.contains("save it to a file"),
        "{}",
        ended.said()
    );
}
