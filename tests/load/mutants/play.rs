//! Plays a scene against a server of its own, and reads what the program found.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use trtc_load::recorder::{Invariant, Recording};

use super::scenes::{
    Amount, BY_CHANNEL, BY_NAME, DIALECT_BY_CHANNEL, LOOKS_UP, Scene, dialect_by_name,
    dialect_that_looks_up,
};
use crate::program::{Ended, Place};
use crate::session_server::{Books, Fault, Server};

/// What came of a run.
pub(crate) struct Played {
    pub(crate) ended: Ended,
    pub(crate) ours: Recording,
    pub(crate) theirs: Books,
    /// The session rules that were found broken.
    pub(crate) rules: BTreeSet<Invariant>,
    /// The budgets that were found broken.
    pub(crate) budgets: Vec<String>,
}

/// Plays `scene` once, against a server with these faults.
pub(crate) fn play(
    runtime: &Runtime,
    scene: &Scene,
    (faults, seed): (Vec<(Fault, f64)>, u64),
    budgets: &[String],
    amount: Amount,
) -> Played {
    let server = Server::start(runtime, scene.setup(), faults, seed);
    let place = Place::new();
    let profile = scene.profile(&server.url(), budgets, amount);
    fs::write(place.path().join("test.toml"), profile).expect("the folder is writable");
    for (file, text) in [
        (BY_NAME, dialect_by_name()),
        (LOOKS_UP, dialect_that_looks_up()),
        (BY_CHANNEL, DIALECT_BY_CHANNEL.to_owned()),
    ] {
        fs::write(place.path().join(file), text).expect("the folder is writable");
    }
    let run = ["--profile", "test.toml", "--out", "runs", "--quiet"];
    let bound = Duration::from_secs(300);
    let ended = place.start(place.command(&[], &run)).finish(bound);
    let runs = place.path().join("runs");
    assert!(runs.is_dir(), "{}: {}", scene.name, ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let summary = fs::read(place.run_folder().join("summary.json")).expect("the run has a summary");
    let rules = ours.breaches().iter().map(|violation| violation.invariant);
    Played {
        rules: rules.collect(),
        budgets: broken_budgets(&summary),
        theirs: server.books(),
        ended,
        ours,
    }
}

/// Plays until a run proves something, `most` times at most: a generator that had no core to run on proves nothing, and says so.
pub(crate) fn until_proven(most: u32, play: impl Fn() -> Played) -> Played {
    let mut played = play();
    for _ in 1..most {
        if played.ended.code != Some(4) {
            break;
        }
        played = play();
    }
    played
}

fn broken_budgets(summary: &[u8]) -> Vec<String> {
    let summary: Value = serde_json::from_slice(summary).expect("it is JSON");
    let budgets = summary["budgets"].as_array().expect("a list");
    let broken = budgets.iter().filter(|budget| budget["state"] == "broken");
    broken
        .filter_map(|budget| budget["sentence"].as_str().map(str::to_owned))
        .collect()
}
