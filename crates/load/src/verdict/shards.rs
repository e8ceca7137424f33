//! What merged shards prove: each is judged by itself, for one that was late hides in the sum of many.

use super::generator_fault::GeneratorFault;
use super::judge;
use crate::profile::Profile;
use crate::recorder::{Coverage, Ended, Recording};

/// What the generator of one shard did to its own evidence, in words. How a shard ended is no part of it: a merged
/// recording says that of all of them.
#[must_use]
pub fn of_shard(recording: &Recording, profile: &Profile) -> Vec<String> {
    let is_its_own = |fault: &&GeneratorFault| match fault {
        GeneratorFault::Lag { .. }
        | GeneratorFault::Oversleep { .. }
        | GeneratorFault::Standstill { .. }
        | GeneratorFault::Throttled { .. }
        | GeneratorFault::Cpu { .. }
        | GeneratorFault::Exhausted(_)
        | GeneratorFault::Panics(_)
        | GeneratorFault::Strays(_)
        | GeneratorFault::Uncounted(_)
        | GeneratorFault::Unknown(_)
        | GeneratorFault::Unaccounted { .. } => true,
        // A budget is decided by all shards together, and so is what could have decided it.
        GeneratorFault::CouldDecide { .. }
        | GeneratorFault::Interrupted
        | GeneratorFault::Cap(_)
        | GeneratorFault::Lost
        | GeneratorFault::Unwritten(_)
        | GeneratorFault::MockEnded
        | GeneratorFault::Damaged(_)
        | GeneratorFault::Shard { .. }
        | GeneratorFault::Coverage { .. } => false,
    };
    let verdict = judge(recording, profile);
    let faults = verdict.generator.iter().filter(is_its_own);
    faults.map(ToString::to_string).collect()
}

/// What makes merged shards prove nothing: too little of the plan, or one of them. An abort explains what was not observed
/// after it.
pub(super) fn faults(recording: &Recording, least: f64) -> Vec<GeneratorFault> {
    let is_aborted = matches!(recording.ended(), Ended::Aborted(_));
    let coverage = recording
        .coverage()
        .filter(|coverage| !is_aborted && coverage.share() < least)
        .map(|coverage| GeneratorFault::Coverage { coverage, least });
    // What was in flight when a shard died left no trace, though its arrivals had started: where nothing may be missing
    // that proves nothing.
    let lost = without_end(recording).filter(|_| least >= 1.0);
    let own = recording.shards().iter().flat_map(|merged| {
        merged.faults.iter().map(|fault| GeneratorFault::Shard {
            shard: merged.shard,
            fault: fault.clone(),
        })
    });
    coverage.into_iter().chain(lost).chain(own).collect()
}

/// What is said of shards without an end where part of the plan is enough.
pub(super) fn notes(recording: &Recording, least: f64) -> Vec<String> {
    let lost = without_end(recording).filter(|_| least < 1.0);
    lost.map(|fault| fault.to_string()).collect()
}

/// The merged shards whose recording has no end.
fn without_end(recording: &Recording) -> impl Iterator<Item = GeneratorFault> + '_ {
    recording.shards().iter().filter_map(|merged| {
        let fault = match &merged.ended {
            Ended::Completed | Ended::Interrupted | Ended::Cap(_) | Ended::Aborted(_) => {
                return None;
            }
            Ended::MockEnded => "its built-in mock ended before it did".to_owned(),
            Ended::Unwritten(why) => format!("its evidence could not be written: {why}"),
            Ended::Lost => {
                "its recording has no end: what was in flight then is unknown".to_owned()
            }
            // Of a recording of version 3 nothing more is known.
            Ended::Damaged(what) if what.is_empty() => {
                "its recording is damaged: what came after its last whole second is unknown"
                    .to_owned()
            }
            Ended::Damaged(what) => format!("its recording is damaged: {what}"),
        };
        Some(GeneratorFault::Shard {
            shard: merged.shard,
            fault,
        })
    })
}

/// How much of the plan is there, and what is missing, in words.
pub(super) fn too_little(coverage: &Coverage, least: f64) -> String {
    let missing = match coverage.missing.as_slice() {
        [] => String::new(),
        [one] => format!("; shard {one} is missing"),
        [first, rest @ ..] => format!("; shard {first} and {} more are missing", rest.len()),
    };
    format!(
        "{:.2}% of the plan was observed ({} of {} arrivals), at least {:.2}% is needed{missing}",
        coverage.share() * 100.0,
        coverage.observed,
        coverage.planned,
        least * 100.0
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;
    use crate::plan::Shard;
    use crate::profile::{Overrides, Source};
    use crate::recorder::{
        Event, Merged, MergedShard, Merger, Meta, Part, Recorder, Tick, example,
    };
    use crate::session::Class;
    use trtc_base::error::Exit;
    use trtc_base::units::Micros;

    /// What the generator of a shard does wrong.
    #[derive(Clone, Copy, Default)]
    struct Wrong {
        /// How late it sends each login.
        lag: Micros,
        /// For how long it stands still from 10 s on.
        stands_still: Micros,
    }

    /// So many logins of 250 ms in shard `number` of two.
    fn record(folder: &Path, number: u32, logins: u64, wrong: Wrong) -> (Recording, Meta) {
        let meta = example::meta();
        let part = Part {
            shard: Shard::new(number, 2).unwrap(),
            arrivals: logins,
            arrivals_of_plan: 20_100,
            ..meta.part.clone()
        };
        let meta = Meta { part, ..meta };
        let recorder = Recorder::new(meta.clone(), folder, 1).unwrap();
        let at = Micros::from_secs(10);
        recorder.woke(at, at.plus(wrong.stands_still));
        for _ in 0..logins {
            let login = example::login(Class::Success, Micros::from_millis(250), wrong.lag);
            recorder.record(Event::Step(login));
            recorder.record(Event::Started(crate::recorder::Started {
                scenario: crate::profile::ScenarioIx(0),
                stage: example::PEAK,
                due: Micros::from_secs(10),
                free: Micros::from_secs(10),
            }));
        }
        let last = Tick {
            second: 10,
            due: logins,
            health: None,
        };
        recorder.finish(last, &Ended::Completed).unwrap();
        (Recording::read(folder).unwrap(), meta)
    }

    fn profile(least: &str) -> Profile {
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: ".".into(),
        };
        let text = format!(
            "version = 1\nbudgets = []\n[target]\nurl = \"mock\"\n[[apps]]\nsdk_app_id = 7\nkey = {{ env = \"K\" }}\n\
             [population]\naccounts = 10\n[[scenarios]]\nname = \"login\"\n[[stages]]\nname = \"peak\"\nfor = \"1s\"\n\
             rate = 1\n[limits]\nleast_coverage = \"{least}\"\n"
        );
        Profile::parse(&text, &source, &Overrides::default()).unwrap()
    }

    /// The first of two shards, merged without the other: 15,075 of 20,100 arrivals, three quarters exactly.
    fn alone(ended: &Ended, of_shard: &Ended) -> Recording {
        let place = TempDir::new().unwrap();
        let source = place.path().join("1");
        let (small, meta) = record(&source, 1, 15_075, Wrong::default());
        let folder = place.path().join("merged");
        let mut merger = Merger::begin(std::slice::from_ref(&source), &meta, &folder).unwrap();
        merger.ended(&source);
        while let Merged::Second(_) = merger.step().unwrap() {}
        let shards = [MergedShard {
            ended: of_shard.clone(),
            ..small.as_merged(Vec::new())
        }];
        merger.finish(ended, &shards).unwrap();
        Recording::read(&folder).unwrap()
    }

    /// Two shards merged, of which the first is small and does this wrong.
    fn merged(wrong: Wrong) -> Recording {
        let place = TempDir::new().unwrap();
        let folders = [place.path().join("1"), place.path().join("2")];
        let (small, meta) = record(&folders[0], 1, 100, wrong);
        let (large, _) = record(&folders[1], 2, 20_000, Wrong::default());
        let profile = profile("100%");
        let shards = [small, large].map(|one| one.as_merged(of_shard(&one, &profile)));
        let whole = Meta {
            part: meta.part.whole(),
            ..meta
        };
        let folder = place.path().join("merged");
        let mut merger = Merger::begin(&folders, &whole, &folder).unwrap();
        folders.iter().for_each(|folder| merger.ended(folder));
        while let Merged::Second(_) = merger.step().unwrap() {}
        merger.finish(&Ended::Completed, &shards).unwrap();
        Recording::read(&folder).unwrap()
    }

    #[test]
    fn one_late_shard_makes_the_whole_invalid_where_the_sum_of_all_hides_it() {
        let late = merged(Wrong {
            lag: Micros::from_millis(200),
            ..Wrong::default()
        });
        // 100 of 20,100 are no hundredth.
        let p99 = late.lag(None, crate::recorder::StageSet::Measured);
        assert_eq!(
            p99.quantile(0.99).unwrap(),
            Micros(1).min(p99.max().unwrap())
        );
        let verdict = judge(&late, &profile("100%"));
        assert_eq!(verdict.exit, Exit::Invalid);
        let reason = &verdict.reasons[0];
        assert!(
            reason.starts_with("shard 1/2: the generator sent too late"),
            "{reason}"
        );
        let punctual = judge(&merged(Wrong::default()), &profile("100%"));
        assert_eq!(punctual.exit, Exit::Kept, "{:?}", punctual.reasons);
    }

    #[test]
    fn a_missing_shard_is_enough_exactly_where_the_profile_asks_for_no_more() {
        let merged = alone(&Ended::Completed, &Ended::Completed);
        for (least, exit) in [
            ("75%", Exit::Kept),
            ("75.01%", Exit::Invalid),
            ("100%", Exit::Invalid),
        ] {
            let verdict = judge(&merged, &profile(least));
            assert_eq!(verdict.exit, exit, "{least}: {:?}", verdict.reasons);
        }
    }

    #[test]
    fn a_standstill_of_a_shard_is_told_once_and_by_its_shard() {
        let stood = merged(Wrong {
            stands_still: Micros::from_secs(2),
            ..Wrong::default()
        });
        let reasons = judge(&stood, &profile("100%")).reasons;
        let stood = reasons.iter().filter(|one| one.contains("stood still"));
        let want = "shard 1/2: the generator stood still for 2.00s in stage peak, with 100 steps in flight";
        assert_eq!(stood.collect::<Vec<_>>(), [want], "{reasons:?}");
    }

    #[test]
    fn a_shard_without_an_end_is_told_as_what_it_is_also_where_part_of_the_plan_is_enough() {
        for (ended, words) in [
            (Ended::Lost, "shard 1/2: its recording has no end"),
            (
                Ended::Damaged(String::new()),
                "shard 1/2: its recording is damaged: what came after its last whole second",
            ),
            (
                Ended::Damaged("recording.hlog, line 7".to_owned()),
                "shard 1/2: its recording is damaged: recording.hlog, line 7",
            ),
            (
                Ended::Unwritten("no room".to_owned()),
                "shard 1/2: its evidence could not be written: no room",
            ),
        ] {
            let merged = alone(&Ended::Completed, &ended);
            for (least, exit) in [("75%", Exit::Kept), ("100%", Exit::Invalid)] {
                let verdict = judge(&merged, &profile(least));
                assert_eq!(verdict.exit, exit, "{least}: {:?}", verdict.reasons);
                let told = verdict.reasons.iter().filter(|one| one.starts_with(words));
                assert_eq!(told.count(), 1, "{least}: {:?}", verdict.reasons);
            }
        }
    }

    #[test]
    fn shards_that_were_aborted_are_broken_however_little_of_the_plan_they_observed() {
        let aborted = alone(
            &Ended::Aborted("the circuit breaker".into()),
            &Ended::Completed,
        );
        let verdict = judge(&aborted, &profile("100%"));
        assert_eq!(verdict.exit, Exit::Broken, "{:?}", verdict.reasons);
        assert!(verdict.reasons[0].contains("the circuit breaker"));
    }
}
