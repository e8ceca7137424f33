//! Merging against one recorder that was told everything.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::event::{Event, NotStarted, Reason, Started};
use super::example;
use super::health::HealthSample;
use super::journal::COUNTERS;
use super::live::{Recorder, Tick};
use super::merge::{Merged, Merger};
use super::meta::Meta;
use super::part::{MergedShard, Part};
use super::recording::{Ended, Recording};
use crate::plan::Shard;
use crate::profile::{AppIx, ScenarioIx};
use crate::session::Class;
use trtc_base::chance::Bits;
use trtc_base::units::Micros;

const SHARDS: u32 = 3;

fn shard(number: u32) -> Shard {
    Shard::new(number, SHARDS).unwrap()
}

fn meta_of(number: u32) -> Meta {
    let meta = example::meta();
    let part = Part {
        shard: shard(number),
        arrivals: 300,
        arrivals_of_plan: 900,
        ..meta.part.clone()
    };
    Meta { part, ..meta }
}

/// What shard `number` sees in a second. Its accounts are its own.
fn events(number: u32, second: u64) -> Vec<Event> {
    let mut dice = Bits(u64::from(number) * 1_000 + second);
    let mut events = Vec::new();
    for _ in 0..dice.below(30) {
        let class = Class::ALL[usize::try_from(dice.below(5)).unwrap()];
        let felt = Micros(dice.below(3_000_000));
        events.push(Event::Step(example::login(
            class,
            felt,
            Micros(dice.below(felt.0 + 1)),
        )));
        let account = dice.below(300) * u64::from(SHARDS) + u64::from(number - 1);
        events.push(Event::LoggedIn {
            app: AppIx(0),
            account,
        });
        let due = Micros::from_secs(10 + second);
        events.push(Event::Started(Started {
            scenario: ScenarioIx(0),
            stage: example::PEAK,
            due,
            free: due.plus(Micros(dice.below(1_000))),
        }));
        if dice.below(4) == 0 {
            events.push(Event::NotStarted(NotStarted {
                scenario: ScenarioIx(1),
                stage: example::PEAK,
                due,
                at: due.plus(Micros(dice.below(1_000_000))),
                reason: Reason::NoSlot,
            }));
        }
        events.push(Event::Online);
    }
    events
}

fn tick(second: u64, due: u64) -> Tick {
    Tick {
        second,
        due,
        health: Some(HealthSample {
            over: Micros::from_secs(1),
            process_cpu: Some(Micros(100)),
            machine_cpu: Some(Micros(1_000)),
            resident_bytes: Some(5),
            ..HealthSample::default()
        }),
    }
}

/// Records these seconds of these shards, as one recording.
fn recorded(meta: Meta, shards: &[u32], seconds: u64, folder: &Path) {
    let recorder = Recorder::new(meta, folder, 1).unwrap();
    let shares = shards.len() as u64;
    for second in 0..seconds {
        for number in shards {
            for event in events(*number, second) {
                recorder.record(event);
            }
        }
        recorder
            .tick(tick(second, (second + 1) * 10 * shares))
            .unwrap();
    }
    let last = Tick {
        due: seconds * 10 * shares,
        ..tick(seconds, 0)
    };
    recorder.finish(last, &Ended::Completed).unwrap();
}

fn merged(folders: &[PathBuf], folder: &Path) -> Recording {
    let whole = Meta {
        part: meta_of(1).part.whole(),
        ..example::meta()
    };
    let mut merger = Merger::begin(folders, &whole, folder).unwrap();
    folders.iter().for_each(|source| merger.ended(source));
    loop {
        match merger.step().unwrap() {
            Merged::Second(_) => {}
            Merged::Waits => panic!("nobody writes any more"),
            Merged::Unwritten(problem) => panic!("{problem}"),
            Merged::Over => break,
        }
    }
    let shards = folders.iter().map(|folder| {
        let recording = Recording::read(folder).unwrap();
        recording.as_merged(Vec::new())
    });
    let shards: Vec<MergedShard> = shards.collect();
    merger.finish(&Ended::Completed, &shards).unwrap();
    Recording::read(folder).unwrap()
}

fn folders(place: &TempDir) -> Vec<PathBuf> {
    (1..=SHARDS)
        .map(|number| place.path().join(number.to_string()))
        .collect()
}

#[test]
fn shards_merged_are_what_one_recorder_would_have_recorded_of_all_of_them() {
    let place = TempDir::new().unwrap();
    let folders = folders(&place);
    for (number, folder) in (1..).zip(&folders) {
        recorded(meta_of(number), &[number], 6, folder);
    }
    let merged = merged(&folders, &place.path().join("merged"));
    let one = place.path().join("one");
    recorded(example::meta(), &[1, 2, 3], 6, &one);
    let one = Recording::read(&one).unwrap();
    assert_eq!(merged.counts(), one.counts());
    assert!(merged.accounts() > 100);
    for (key, series) in one.all_series() {
        let mine = merged.series(key.operation, key.class, key.stage).unwrap();
        assert_eq!((&mine.felt, &mine.served), (&series.felt, &series.served));
    }
    assert_eq!(merged.all_series().count(), one.all_series().count());
    assert_eq!(merged.unstarted, one.unstarted);
    assert_eq!(merged.lag, one.lag);
    assert_eq!(merged.blocked, one.blocked);
    for (mine, theirs) in merged.seconds().iter().zip(one.seconds()) {
        let health = mine.health.unwrap();
        assert_eq!(health.process_cpu, Some(Micros(300)), "added");
        assert_eq!(
            health.machine_cpu,
            Some(Micros(1_000)),
            "the machine is one"
        );
        assert_eq!(health.resident_bytes, Some(15));
        let health = theirs.health;
        assert_eq!(
            &super::Second {
                health,
                ..mine.clone()
            },
            theirs
        );
    }
    assert_eq!(merged.seconds().len(), one.seconds().len());
    assert_eq!(merged.coverage().unwrap().missing, []);
}

#[test]
fn a_shard_that_died_counts_up_to_its_last_whole_second_and_is_online_no_more() {
    let place = TempDir::new().unwrap();
    let folders = folders(&place);
    for (number, folder) in (1..).zip(&folders) {
        recorded(meta_of(number), &[number], 6, folder);
    }
    // Its meta and three seconds are left, and half a line.
    let path = folders[0].join(COUNTERS);
    let text = std::fs::read_to_string(&path).unwrap();
    let kept: usize = text.split_inclusive('\n').take(4).map(str::len).sum();
    std::fs::write(&path, &text[..kept + 20]).unwrap();
    let dead = Recording::read(&folders[0]).unwrap();
    let living: Vec<_> = folders[1..]
        .iter()
        .map(|folder| Recording::read(folder).unwrap())
        .collect();
    let merged = merged(&folders, &place.path().join("merged"));
    let logins = dead.logins() + living.iter().map(Recording::logins).sum::<u64>();
    assert_eq!(merged.logins(), logins);
    assert_eq!(merged.shards()[0].ended, Ended::Lost);
    let online = |run: &Recording, second: usize| run.seconds()[second].online;
    assert_eq!(
        online(&merged, 2),
        online(&dead, 2) + online(&living[0], 2) + online(&living[1], 2)
    );
    assert_eq!(
        online(&merged, 3),
        online(&living[0], 3) + online(&living[1], 3)
    );
}

#[test]
fn a_missing_shard_is_named_and_lowers_the_coverage() {
    let place = TempDir::new().unwrap();
    let folders = folders(&place);
    recorded(meta_of(1), &[1], 3, &folders[0]);
    recorded(meta_of(3), &[3], 3, &folders[2]);
    let both = [folders[0].clone(), folders[2].clone()];
    let merged = merged(&both, &place.path().join("merged"));
    let coverage = merged.coverage().unwrap();
    assert_eq!(coverage.missing, [shard(2)]);
    assert_eq!(coverage.planned, 900);
    // Thirty came due in each; no more of them is observed than that, however many were booked.
    let booked = |folder: &PathBuf| {
        let run = Recording::read(folder).unwrap();
        run.started(super::StageSet::All) + run.not_started(super::StageSet::All)
    };
    let observed = both
        .iter()
        .map(|folder| booked(folder).min(30))
        .sum::<u64>();
    assert_eq!(coverage.observed, observed);
}

#[test]
fn a_second_is_merged_once_every_recording_that_still_grows_has_it() {
    let place = TempDir::new().unwrap();
    let folders = folders(&place);
    let recorders: Vec<_> = (1..)
        .zip(&folders)
        .map(|(number, folder)| Recorder::new(meta_of(number), folder, 1).unwrap())
        .collect();
    let folder = place.path().join("merged");
    let mut merger = Merger::begin(&folders, &meta_of(1), &folder).unwrap();
    let waits = |merger: &mut Merger| matches!(merger.step().unwrap(), Merged::Waits);
    assert!(waits(&mut merger));
    recorders[0].tick(tick(0, 10)).unwrap();
    recorders[1].tick(tick(0, 10)).unwrap();
    assert!(waits(&mut merger));
    // The third is late: its next line covers two seconds.
    recorders[2].tick(tick(1, 20)).unwrap();
    let Merged::Second(first) = merger.step().unwrap() else {
        panic!("two have it, and the third has it within another")
    };
    assert_eq!((first.second, first.due), (0, 20));
    assert!(waits(&mut merger));
    // The first two die.
    merger.ended(&folders[0]);
    merger.ended(&folders[1]);
    let Merged::Second(second) = merger.step().unwrap() else {
        panic!("only the third is left, and it has one more")
    };
    assert_eq!((second.second, second.covers, second.due), (1, 1, 20));
    assert!(waits(&mut merger));
    merger.ended(&folders[2]);
    assert!(matches!(merger.step().unwrap(), Merged::Over));
}

#[test]
fn a_recording_of_version_3_and_one_of_this_version_are_added_up_to_one_of_this_version() {
    let old =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/recordings/v3");
    let of_3 = Recording::read(&old).unwrap();
    let place = TempDir::new().unwrap();
    let new = place.path().join("new");
    let recorder = Recorder::new(of_3.meta().clone(), &new, 1).unwrap();
    for second in 0..8 {
        let step = example::login(Class::Success, Micros(1_000 * second + 1), Micros(1));
        recorder.record(Event::Step(step));
        recorder.record(Event::Tally(super::Tally::NoticeLost));
        recorder.tick(tick(second, second + 1)).unwrap();
    }
    recorder.finish(tick(8, 8), &Ended::Completed).unwrap();
    let folder = place.path().join("merged");
    let mut merger = Merger::begin(&[old.clone(), new.clone()], of_3.meta(), &folder).unwrap();
    merger.ended(&old);
    merger.ended(&new);
    while let Merged::Second(_) = merger.step().unwrap() {}
    merger.finish(&Ended::Completed, &[]).unwrap();
    let of_4 = Recording::read(&new).unwrap();
    let both = Recording::read(&folder).unwrap();
    assert_eq!(both.ended(), &Ended::Completed);
    assert_eq!(both.counts().due, of_3.counts().due + 8);
    let lost = |run: &Recording| run.counts().tallies[&super::Tally::NoticeLost];
    assert_eq!(lost(&both), lost(&of_3) + 8);
    assert_eq!(both.counts().causes, of_3.counts().causes);
    assert_eq!(both.counts().breaches, of_3.counts().breaches);
    // What version 3 checked is not known, so what both did is not either.
    assert_eq!(
        both.counts()
            .checks_of(super::Invariant::NoNoticeWithoutCause),
        None
    );
    for (key, series) in both.all_series() {
        let of = |run: &Recording| {
            let series = run.series(key.operation, key.class, key.stage);
            series.map_or_else(Default::default, |series| series.felt.exact())
        };
        let mut sum = of(&of_3);
        sum.add(&of(&of_4));
        assert_eq!(series.felt.exact(), sum, "{key:?}");
    }
    let text = std::fs::read_to_string(folder.join(COUNTERS)).unwrap();
    assert!(
        text.starts_with("{\"kind\":\"meta\",\"version\":4,"),
        "{text:.60}"
    );
}
