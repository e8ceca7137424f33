//! Recordings that older versions of this program wrote, read to their end: the numbers are those that an independent
//! count of the files gives, by JSON and by the histogram crate alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use serde_json::Value;

use super::*;
use crate::profile::{ScenarioIx, StageIx};
use crate::session::{Class, Operation};

/// Count, sum, least and largest of a tag over all seconds, and the histograms of that tag added up.
type Counted = BTreeMap<String, ([u64; 4], Histogram<u64>)>;

fn folder(version: &str) -> PathBuf {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/recordings");
    golden.join(version)
}

fn lines(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(COUNTERS)).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

fn seconds(lines: &[Value]) -> impl Iterator<Item = &Value> {
    lines.iter().filter(|line| line["kind"] == "second")
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

/// The rows of a list in every second: all cells but the last as text, and the sum of the last.
fn rows(lines: &[Value], list: &str) -> BTreeMap<Vec<String>, u64> {
    let mut sums = BTreeMap::new();
    for row in seconds(lines).flat_map(|second| second[list].as_array().unwrap()) {
        let (count, key) = row.as_array().unwrap().split_last().unwrap();
        let cell = |cell: &Value| {
            cell.as_str()
                .map_or_else(|| cell.to_string(), str::to_owned)
        };
        *sums.entry(key.iter().map(cell).collect()).or_insert(0) += number(count);
    }
    sums
}

/// What the JSON lines state of each tag, and what the interval log holds of it.
fn counted(folder: &Path, lines: &[Value]) -> Counted {
    let mut all = Counted::new();
    for (tag, stated) in seconds(lines).flat_map(|second| second["series"].as_object().unwrap()) {
        let [count, sum, min, max] = [0, 1, 2, 3].map(|at| number(&stated[at]));
        let empty = || {
            let histogram = Histogram::new_with_bounds(1, 600_000_000, 3).unwrap();
            ([0, 0, u64::MAX, 0], histogram)
        };
        let (exact, _) = all.entry(tag.clone()).or_insert_with(empty);
        *exact = [
            exact[0] + count,
            exact[1] + sum,
            exact[2].min(min),
            exact[3].max(max),
        ];
    }
    let log = fs::read(folder.join(HISTOGRAMS)).unwrap();
    for entry in IntervalLogIterator::new(&log) {
        let LogEntry::Interval(interval) = entry.unwrap() else {
            continue;
        };
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(interval.encoded_histogram())
            .unwrap();
        let one: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .unwrap();
        let of_tag = all.get_mut(interval.tag().unwrap().as_str()).unwrap();
        of_tag.1.add(&one).unwrap();
    }
    all
}

/// The tag's distribution in the recording. The third part of a series' tag is the stage, the fourth a scenario.
fn distribution(run: &Recording, tag: &str) -> Distribution {
    let meta = run.meta();
    let stage = |name: &str| {
        let place = meta.stages.iter().position(|stage| stage.name == name);
        StageIx(u8::try_from(place.unwrap()).unwrap())
    };
    let scenario = |name: &str| {
        let place = meta.scenarios.iter().position(|one| one.name == name);
        ScenarioIx(u8::try_from(place.unwrap()).unwrap())
    };
    let operation = |name: &str| Operation::named(name).unwrap();
    let class = |name: &str| Class::named(name).unwrap();
    let of = |series: &Series, latency: &str| match latency {
        "felt" => series.felt.clone(),
        "served" => series.served.clone(),
        other => panic!("{other}"),
    };
    match tag.split('.').collect::<Vec<_>>().as_slice() {
        ["oversleep"] => {
            let mut all = Distribution::default();
            run.oversleep.values().for_each(|late| all.add(late));
            all
        }
        ["blocked", at] => run.blocked(StageSet::One(stage(at))),
        ["lag", op, at] => run.lag(Some(operation(op)), StageSet::One(stage(at))),
        ["phase", op, part, at] => {
            let phase = crate::session::Phase::named(part).unwrap();
            run.phase(operation(op), phase, StageSet::One(stage(at)))
        }
        [op, how, at, latency] => {
            let series = run.series(operation(op), class(how), stage(at));
            of(series.unwrap(), latency)
        }
        [op, how, at, name, latency] => {
            let (_, _, series) = run
                .scenario_series()
                .find(|(key, of, _)| {
                    (key.operation, key.class, key.stage, *of)
                        == (operation(op), class(how), stage(at), scenario(name))
                })
                .unwrap();
            of(series, latency)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_distribution_of_a_recording_of_version_3_is_what_its_files_say() {
    let folder = folder("v3");
    let lines = lines(&folder);
    let run = Recording::read(&folder).unwrap();
    let counted = counted(&folder, &lines);
    assert!(counted.len() > 100, "{}", counted.len());
    for (tag, ([count, sum, min, max], histogram)) in &counted {
        let read = distribution(&run, tag);
        let exact = read.exact();
        assert_eq!(
            [exact.count, exact.sum, exact.min, exact.max],
            [*count, *sum, *min, *max],
            "{tag}"
        );
        assert_eq!(read.histogram().len(), *count, "{tag}");
        assert_eq!(read.histogram(), histogram, "{tag}");
    }
}

#[test]
fn every_counter_of_a_recording_of_version_3_is_what_its_files_say() {
    let folder = folder("v3");
    let lines = lines(&folder);
    let run = Recording::read(&folder).unwrap();
    let counts = run.counts();
    let sum = |name: &str| {
        seconds(&lines)
            .map(|second| number(&second[name]))
            .sum::<u64>()
    };
    assert_eq!(counts.due, sum("due"));
    assert_eq!(counts.logins_beyond_rules, sum("logins_beyond_rules"));
    assert_eq!(counts.strays, sum("strays"));
    assert_eq!(counts.other_causes, sum("other_causes"));

    let started = counts.started.iter();
    let started = started.map(|((stage, scenario), count)| {
        (vec![stage.0.to_string(), scenario.0.to_string()], *count)
    });
    assert_eq!(started.collect::<BTreeMap<_, _>>(), rows(&lines, "started"));
    let told_to_wait = rows(&lines, "not_started");
    assert!(told_to_wait.keys().all(|key| key[2] == "told to wait"));
    let not_started = counts
        .not_started
        .iter()
        .map(|((stage, scenario, reason), count)| {
            assert_eq!(*reason, Reason::ToldToWait);
            let key = [stage.0.to_string(), scenario.0.to_string()];
            (
                [key.as_slice(), &["told to wait".to_owned()]].concat(),
                *count,
            )
        });
    assert_eq!(not_started.collect::<BTreeMap<_, _>>(), told_to_wait);
}

#[test]
fn every_tally_and_breach_of_a_recording_of_version_3_is_what_its_files_say() {
    let folder = folder("v3");
    let lines = lines(&folder);
    let run = Recording::read(&folder).unwrap();
    let counts = run.counts();
    let words = |rows: BTreeMap<Vec<String>, u64>| -> BTreeMap<String, u64> {
        let joined = rows.into_iter().map(|(key, count)| (key.join(" "), count));
        joined.collect()
    };
    let in_flight = counts.in_flight.iter();
    let in_flight = in_flight.map(|(operation, count)| (operation.name().to_owned(), *count));
    assert_eq!(
        in_flight.collect::<BTreeMap<_, _>>(),
        words(rows(&lines, "in_flight"))
    );
    let tallies = words(rows(&lines, "tallies"));
    assert_eq!(tallies.len(), counts.tallies.len());
    for (tally, word) in [
        (Tally::NoticeLate, "kick notices late"),
        (Tally::NoticeTwice, "kick notices twice"),
        (Tally::NoticeLost, "kick notices lost"),
    ] {
        assert_eq!(counts.tallies[&tally], tallies[word], "{word}");
    }
    let broken = words(rows(&lines, "broken"));
    assert_eq!(broken.len(), counts.breaches.len());
    for (invariant, word) in [
        (
            Invariant::NoMoreSessionsThanThePolicy,
            "no more sessions than the policy allows",
        ),
        (
            Invariant::KickedWhileAwayIsToldOnce,
            "kicked while away is told once, where that is on",
        ),
    ] {
        assert_eq!(counts.breaches[&invariant], broken[word], "{word}");
    }
    assert_eq!(run.breaches().len() as u64, broken.values().sum::<u64>());
}

#[test]
fn every_cause_and_exchange_of_a_recording_of_version_3_is_what_its_files_say() {
    use crate::session::{Cause, Code, Transport};

    let folder = folder("v3");
    let lines = lines(&folder);
    let run = Recording::read(&folder).unwrap();
    let code = |number| Cause::Code(Code::Number(number));
    let words = [
        ("code:70001", code(70_001)),
        ("code:70402", code(70_402)),
        ("code:72010", code(72_010)),
        ("code:6208", code(6_208)),
        ("code:6014", code(6_014)),
        (
            "transport:connection closed",
            Cause::Transport(Transport::Closed),
        ),
        ("no_notice", Cause::NoNotice),
        ("accepted", Cause::Accepted),
    ];
    let stated = rows(&lines, "causes");
    assert_eq!(stated.len(), run.counts().causes.len());
    for (key, count) in stated {
        let cause = words.iter().find(|(word, _)| *word == key[2]);
        let (_, cause) = cause.unwrap_or_else(|| panic!("{key:?}"));
        let kind = (
            Operation::named(&key[0]).unwrap(),
            Class::named(&key[1]).unwrap(),
            cause.clone(),
        );
        assert_eq!(run.counts().causes.get(&kind), Some(&count), "{key:?}");
    }
    for (operation, exchange) in &run.counts().exchanges {
        let of_it = seconds(&lines).flat_map(|second| second["exchanges"].as_array().unwrap());
        let of_it: Vec<_> = of_it.filter(|row| row[0] == operation.name()).collect();
        let sum = |at: usize| of_it.iter().map(|row| number(&row[at])).sum::<u64>();
        assert_eq!((exchange.attempts, exchange.answers), (sum(1), sum(2)));
    }
    assert_eq!(run.counts().exchanges.len(), 8);
}

#[test]
fn a_recording_of_version_3_is_read_to_its_end() {
    let folder = folder("v3");
    let lines = lines(&folder);
    let run = Recording::read(&folder).unwrap();
    assert_eq!(run.ended(), &Ended::Completed);
    assert_eq!(run.seconds().len(), seconds(&lines).count());
    let totals = &lines.last().unwrap()["totals"];
    let steps: u64 = run.seconds().iter().map(Second::done).sum();
    assert_eq!(steps, number(&totals["steps"]));
    assert_eq!(run.accounts(), number(&totals["accounts"]));
    assert_eq!(run.logins(), number(&totals["logins"]));
    assert_eq!(run.started(StageSet::All), number(&totals["started"]));
    assert_eq!(
        run.not_started(StageSet::All),
        number(&totals["not_started"])
    );
    // As the lines had it when they were written, so that a changed file does not vouch for itself.
    assert_eq!((steps, run.accounts(), run.logins()), (923, 103, 197));
    let stood: Vec<_> = run
        .standstills()
        .iter()
        .map(|one| (one.from.0, one.until.0))
        .collect();
    assert_eq!(stood, [(1_499_165, 1_861_195)]);
    let labels: Vec<&str> = run
        .meta()
        .stages
        .iter()
        .map(|stage| stage.name.as_str())
        .collect();
    assert_eq!(labels, ["warm-up", "peak", "cool-down"]);
}
