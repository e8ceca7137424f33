//! Every profile of `tests/bad_plans` is without fault by itself and cannot be planned: it is refused with the very words that
//! stand beside it, and every kind of fault that a plan can have is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use crate::program::Place;
use trtc_load::plan::{Fault, Plan, Shard};
use trtc_load::profile::{Overrides, Profile, Source};

/// Every kind of fault, by its file's name. A new one is a row here, a name below and a file.
const KINDS: [&str; 5] = [
    "too-few-slots",
    "scenario-slots",
    "too-few-accounts",
    "accounts-for-shards",
    "slots-for-shards",
];

/// The files that are planned as a shard. The others are planned whole.
const SHARDS: &[(&str, &str)] = &[
    ("accounts-for-shards", "2/3"),
    ("slots-for-shards", "2/3"),
    ("slots-of-a-shard", "2/3"),
];

const fn name(fault: &Fault) -> &'static str {
    match fault {
        Fault::TooFewSlots { .. } => KINDS[0],
        Fault::ScenarioSlots { .. } => KINDS[1],
        Fault::TooFewAccounts { .. } => KINDS[2],
        Fault::AccountsForShards { .. } => KINDS[3],
        Fault::SlotsForShards { .. } => KINDS[4],
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_plans")
}

/// The names of the folder's files with that ending.
fn files(ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let names = entries.map(|entry| {
        let name = entry.expect("the folder is readable").file_name();
        name.to_string_lossy().into_owned()
    });
    names
        .filter_map(|name| name.strip_suffix(ending).map(str::to_owned))
        .collect()
}

/// The shard that a file is planned as.
fn shard(file: &str) -> Option<&'static str> {
    let row = SHARDS.iter().find(|(name, _)| *name == file);
    row.map(|(_, shard)| *shard)
}

fn faults(file: &str) -> Vec<Fault> {
    let path = folder().join(format!("{file}.toml"));
    let text = fs::read_to_string(path).expect("a file is text");
    let source = Source {
        file: file.to_owned(),
        name: file.to_owned(),
        dir: folder(),
    };
    let parsed = Profile::parse(&text, &source, &Overrides::default());
    let profile = parsed.unwrap_or_else(|faults| panic!("{file}: {faults:#?}"));
    let shard = shard(file).map_or(Ok(Shard::WHOLE), str::parse);
    let shard = shard.expect("the table names shards");
    Plan::of_shard(&profile, shard).err().unwrap_or_default()
}

#[test]
fn each_bad_plan_is_refused_with_the_words_beside_it() {
    let mut changed = Vec::new();
    for file in files(".toml") {
        let place = Place::new();
        let profile = format!("{file}.toml");
        let mut arguments = vec!["plan", "--profile", &profile];
        arguments.extend(
            shard(&file)
                .into_iter()
                .flat_map(|shard| ["--shard", shard]),
        );
        let mut command = place.command(&[], &arguments);
        command.current_dir(folder());
        let ended = place.start(command).finish(Duration::from_secs(60));
        assert_eq!(ended.code, Some(2), "{file}: {}", ended.said());
        assert_eq!(ended.stdout, "", "{file}");
        let golden = folder().join(format!("{file}.err"));
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &ended.stderr).expect("the folder is writable");
        }
        let want = fs::read_to_string(&golden).unwrap_or_default();
        if ended.stderr != want {
            let got = &ended.stderr;
            changed.push(format!(
                "{file}.err is\n{want}\nbut the program says\n{got}"
            ));
        }
    }
    assert!(
        changed.is_empty(),
        "{}\nIf you meant it: UPDATE_GOLDEN=1, then read the diff",
        changed.join("\n")
    );
}

#[test]
fn every_kind_of_fault_that_a_plan_can_have_has_its_file() {
    for kind in KINDS {
        let found: Vec<_> = faults(kind).iter().map(name).collect();
        assert_eq!(found, [kind], "{kind}.toml");
    }
}

#[test]
fn faults_of_one_plan_are_told_together_and_no_words_stand_without_their_profile() {
    let found: Vec<_> = faults("two-at-once").iter().map(name).collect();
    assert_eq!(found, ["too-few-accounts", "scenario-slots"]);
    assert_eq!(files(".toml"), files(".err"));
}
