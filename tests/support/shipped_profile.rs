//! A shipped profile as it is shipped: run by its name, beside the very program that its first lines name.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{ChildStdout, Command};
use std::time::Duration;

use serde_json::Value;
use trtc_load::child::Supervised;
use trtc_load::profile::shipped;
use trtc_load::recorder::{Ended, Recording, StageSet};
use trtc_load::session::{Class, Operation};

use crate::program::Place;
use crate::skip::skipped;

/// What a profile asks to be started beside it. It ends when this is dropped.
pub(crate) struct Beside {
    child: Supervised,
    stdout: BufReader<ChildStdout>,
    /// Where it says that it listens.
    pub(crate) url: String,
}

impl Beside {
    /// Starts `command` as the profile's first lines have it, with more arguments. None, said loudly, where what it needs
    /// is missing.
    pub(crate) fn start(profile: &str, command: &str, more: &[&str]) -> Option<Self> {
        assert!(first_lines(profile).contains(command), "{profile}");
        let mut words = command.split(' ');
        let script = words.next().unwrap_or(command);
        let mut process = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(script));
        process.args(words).args(more).env_remove("TRTC_LOAD_KEY");
        let (child, mut stdout) = Supervised::start(&mut process, Duration::from_secs(10))
            .expect("a script of this repository starts");
        let mut line = String::new();
        // What it installs bounds its own waits.
        let _ = stdout.read_line(&mut line);
        let url = line.trim().strip_prefix("listening on ").map(str::to_owned);
        let beside = Self {
            child,
            stdout,
            url: url.clone().unwrap_or_default(),
        };
        if url.is_none() {
            skipped(&format!("profile {profile}: {command} does not start here"));
            return None;
        }
        Some(beside)
    }

    /// Ends it, and gives what it says at its end.
    pub(crate) fn last_words(mut self) -> String {
        self.child.let_go();
        let mut said = String::new();
        self.stdout
            .read_to_string(&mut said)
            .expect("it speaks in text");
        said
    }
}

/// The comment that a shipped profile begins with.
pub(crate) fn first_lines(profile: &str) -> String {
    let text = shipped(profile).unwrap_or_else(|| panic!("{profile} is shipped"));
    let comment = text.lines().take_while(|line| line.starts_with('#'));
    comment.collect::<Vec<_>>().join("\n")
}

/// Runs the shipped profile to its end: nothing failed, no rule was broken, and every budget had its samples. How fast a
/// busy machine was (exit 4, or a latency over its limit) is not asked.
pub(crate) fn ran(profile: &str, arguments: &[&str]) -> Recording {
    let place = Place::new();
    let run = ["--profile", profile, "--out", "runs", "--quiet"];
    let ended = place.run(&[&run, arguments].concat());
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let folder = place.run_folder();
    let ours = Recording::read(&folder).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed, "{}", ended.said());
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    for operation in Operation::ALL {
        let failed = of_class(&ours, operation, Class::Failed);
        assert_eq!(failed, 0, "{operation}: {}", ended.said());
    }
    let summary = fs::read_to_string(folder.join("summary.json")).expect("the run has a summary");
    let summary: Value = serde_json::from_str(&summary).expect("the summary is JSON");
    let budgets = summary["budgets"].as_array().expect("budgets are a list");
    assert!(!budgets.is_empty());
    // A busy machine may break a latency; nothing else may be broken.
    for budget in budgets.iter().filter(|budget| budget["unit"] == "share") {
        assert_ne!(budget["state"], "broken", "{budget}");
    }
    // An implied budget needs no samples to leave a run kept.
    for budget in budgets.iter().filter(|budget| budget["implied"] == false) {
        let [samples, needed] = ["samples", "needed"].map(|name| budget[name].as_u64());
        assert!(samples.is_some() && samples >= needed, "{budget}");
    }
    ours
}

pub(crate) fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

pub(crate) fn attempts(ours: &Recording, operation: Operation) -> u64 {
    let exchange = ours.counts().exchanges.get(&operation);
    exchange.map_or(0, |exchange| exchange.attempts)
}
