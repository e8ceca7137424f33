//! One plan in several processes: the same plan, the sum of what each of them measured, and one verdict.

mod plans;
mod refusals;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::mock::{APP, Mock};
use crate::program::{Ended, Place, Running, within};
use crate::turn;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use trtc_load::recorder::{COUNTERS, Recording, StageSet};

/// How long anything may take to be noticed, and a run to end.
const BOUND: Duration = Duration::from_secs(60);

/// Logins and switches for `seconds`, 100 a second.
fn profile(seconds: u32, more: &str) -> String {
    format!(
        "version = 1\nseed = 5\nbudgets = []\n[target]\nurl = \"mock\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n[population]\naccounts = 501\n\
         [[scenarios]]\nname = \"login\"\ndwell = \"100ms\"\n[[scenarios]]\nname = \"switch\"\ndwell = \"100ms\"\n\
         [[stages]]\nname = \"peak\"\nfor = \"{seconds}s\"\nrate = 100\nspacing = \"even\"\n{more}"
    )
}

/// The folders of the shards inside a run's folder, in order.
fn shards_of(run: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(run)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut folders: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders
}

fn summary(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("summary.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// What a busy machine may do to a generator. Lost shards, coverage and arrivals are none of it.
const HEALTH: [&str; 5] = [
    "the generator sent too late",
    "the generator waited for a core",
    "the generator stood still",
    "the generator used over",
    "the cgroup's CPU quota",
];

/// It kept everything, or it proves nothing, for no other reason than that this machine is busy.
fn assert_fared(ended: &Ended, run: &Path) {
    let faults = summary(run)["verdict"]["generator_faults"].clone();
    let faults: Vec<String> = serde_json::from_value(faults).unwrap();
    let expected = if faults.is_empty() { 0 } else { 4 };
    assert_eq!(ended.code, Some(expected), "{}", ended.said());
    for fault in &faults {
        let of_shard = fault.strip_prefix("shard ");
        let said = of_shard.map_or(Some(fault.as_str()), |rest| {
            rest.split_once(": ").map(|(_, said)| said)
        });
        let is_health = |said: &str| HEALTH.iter().any(|words| said.starts_with(words));
        assert!(said.is_some_and(is_health), "{fault}\n{}", ended.said());
    }
}

/// The sum of a number over documents.
fn sum(documents: &[Value], pointer: &str) -> u64 {
    let number = |one: &Value| one.pointer(pointer).and_then(Value::as_u64);
    documents.iter().filter_map(number).sum()
}

/// What an operation is in a document's table, as a path into it.
fn place_of(document: &Value, operation: &str) -> usize {
    let mut rows = document["operations"].as_array().unwrap().iter();
    rows.position(|row| row["operation"] == operation).unwrap()
}

/// An operation's counts are the sums of those of the shards, its largest latency is the largest of any.
fn assert_operation_is_the_sum(operation: &str, merged: &Value, shards: &[Value]) {
    let pointer = |document: &Value, name: &str| {
        format!("/operations/{}/{name}", place_of(document, operation))
    };
    for name in [
        "attempts",
        "answers",
        "measured/count",
        "measured/felt/samples",
    ] {
        let of_shards = shards
            .iter()
            .map(|one| sum(std::slice::from_ref(one), &pointer(one, name)));
        let got = merged.pointer(&pointer(merged, name)).unwrap();
        assert_eq!(*got, of_shards.sum::<u64>(), "{operation} {name}");
    }
    let most = shards.iter().map(|one| {
        one.pointer(&pointer(one, "measured/felt/max"))
            .unwrap()
            .as_f64()
            .unwrap()
    });
    let got = merged
        .pointer(&pointer(merged, "measured/felt/max"))
        .unwrap();
    assert_eq!(got.as_f64(), most.reduce(f64::max), "{operation}");
}

#[test]
fn workers_measure_the_plan_once_and_their_sum_is_what_the_target_counted() {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms"]);
    let place = Place::new();
    let arguments = [
        "--target",
        &mock.url(),
        "--workers",
        "3",
        "--label",
        "build=7",
    ];
    let ended = place.run_profile(&profile(3, ""), &arguments);
    let run = place.run_folder();
    assert_fared(&ended, &run);
    let (merged, theirs) = (summary(&run), mock.books());
    let shards: Vec<Value> = shards_of(&run)
        .iter()
        .map(|folder| summary(folder))
        .collect();
    assert_eq!(shards.len(), 3);
    // 100 a second for 3 s, each in one shard. On a busy machine some of them may find no slot in time.
    let booked = ["/arrivals/started", "/arrivals/not_started"]
        .map(|one| sum(std::slice::from_ref(&merged), one));
    assert_eq!(booked.iter().sum::<u64>(), 300, "{}", ended.said());
    for pointer in [
        "/arrivals/due",
        "/arrivals/started",
        "/arrivals/not_started",
        "/mau/as_observed/accounts",
        "/mau/as_observed/logins",
        "/peaks/steps",
    ] {
        assert_eq!(
            merged.pointer(pointer).unwrap(),
            sum(&shards, pointer),
            "{pointer}"
        );
    }
    for operation in ["login", "switch", "self_info"] {
        assert_operation_is_the_sum(operation, &merged, &shards);
    }
    // The mock keeps its own books.
    let ours = Recording::read(&run).unwrap();
    assert_eq!(theirs.login.successes, ours.logins());
    assert_eq!(theirs.accounts[&APP], ours.accounts());
    assert_eq!(theirs.kicks, 0, "no account was in two workers");
    assert_eq!(merged["coverage"]["share"], 1.0);
    assert_eq!(merged["run"]["labels"][0]["value"], "7");
}

/// A run with workers that is under way, and the process of its second.
fn under_way(place: &Place, profile: &str, workers: &str) -> (Running, PathBuf, Pid) {
    fs::write(place.path().join("test.toml"), profile).unwrap();
    let words = [
        "--profile",
        "test.toml",
        "--out",
        "runs",
        "--quiet",
        "--workers",
        workers,
    ];
    let running = place.start(place.command(&[], &words));
    let parent = running.child.id();
    let second = within(BOUND, || {
        let run = fs::read_dir(place.path().join("runs"))
            .ok()?
            .next()?
            .ok()?
            .path();
        let lines = fs::read_to_string(run.join(COUNTERS)).ok()?.lines().count();
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
        let is_second = |child: &&str| {
            let words = fs::read_to_string(format!("/proc/{child}/cmdline"));
            words.is_ok_and(|words| words.contains(&format!("\0{}/{workers}\0", 2)))
        };
        let second = children.split_whitespace().find(is_second)?.parse().ok()?;
        // What the run is, and its first second.
        (lines >= 2).then_some((run, Pid::from_raw(second)))
    });
    let (run, second) = second.expect("the run is under way");
    (running, run, second)
}

#[test]
fn a_worker_that_dies_is_named_at_once_and_costs_the_run_its_coverage_unless_that_is_allowed() {
    let _turn = turn::shared();
    let place = Place::new();
    let profile = profile(4, "[limits]\nleast_coverage = \"10%\"\n");
    let (running, run, second) = under_way(&place, &profile, "3");
    kill(second, Signal::SIGKILL).unwrap();
    let stderr = place.path().join("stderr");
    let told = within(BOUND, || {
        let said = fs::read_to_string(&stderr).unwrap_or_default();
        said.contains("worker 2/3 died (signal: 9 (SIGKILL))")
            .then_some(said)
    });
    let told = told.expect("the worker's death is told");
    assert!(told.contains("shard-2-of-3"), "{told}");
    assert!(
        !run.join("summary.json").exists(),
        "it is told while the others go on"
    );
    let ended = running.finish(BOUND);
    // That of the others is enough here. That one was lost is said all the same.
    assert_fared(&ended, &run);
    assert!(
        ended.stdout.contains("shard 2/3: its recording has no end"),
        "{}",
        ended.said()
    );
    let merged = summary(&run);
    assert_eq!(merged["coverage"]["shards"][1]["ended"], "lost");
    for other in [0, 2] {
        let other = &merged["coverage"]["shards"][other];
        assert_eq!(
            (&other["ended"], &other["share"]),
            (&"completed".into(), &1.0.into())
        );
    }
    let share = merged["coverage"]["share"].as_f64().unwrap();
    assert!(share > 0.6 && share < 1.0, "{share}");

    // The same evidence where the whole plan is asked for.
    let folders = shards_of(&run);
    for folder in &folders {
        let resolved = folder.join("profile.toml");
        let text = fs::read_to_string(&resolved).unwrap();
        let text = text.replace("least_coverage = 0.1", "least_coverage = 1");
        fs::write(&resolved, text).unwrap();
    }
    let folders: Vec<_> = folders.iter().map(|path| path.to_str().unwrap()).collect();
    let strict = place.run(&[&["merge", "--out", "strict"], folders.as_slice()].concat());
    assert_eq!(strict.code, Some(4), "{}", strict.said());
    assert!(
        strict.stdout.contains("of the plan was observed"),
        "{}",
        strict.said()
    );
}

#[test]
fn a_stopped_run_winds_every_worker_down_and_is_merged_all_the_same() {
    let _turn = turn::shared();
    let place = Place::new();
    let (running, run, _) = under_way(&place, &profile(60, ""), "2");
    let parent = Pid::from_raw(i32::try_from(running.child.id()).unwrap());
    kill(parent, Signal::SIGINT).unwrap();
    let ended = running.finish(BOUND);
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(
        ended.stdout.contains("the run was interrupted"),
        "{}",
        ended.said()
    );
    let (merged, shards) = (summary(&run), shards_of(&run));
    assert_eq!(merged["run"]["ended"], "interrupted");
    let started = shards.iter().map(|shard| Recording::read(shard).unwrap());
    let started: u64 = started.map(|shard| shard.started(StageSet::All)).sum();
    assert!(started > 0);
    assert_eq!(merged["arrivals"]["started"], started);
}
