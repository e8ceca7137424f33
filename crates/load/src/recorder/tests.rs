//! The recorder from event to disk and back.

use std::path::Path;
use std::sync::Arc;
use std::{fs, thread};

use tempfile::TempDir;

use super::example::{self, PEAK, logged};
use super::*;
use crate::profile::{AppIx, Latency, ScenarioIx};
use crate::session::{Cause, Class, Code, Operation};
use trtc_base::chance::Bits;
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// Three digits: a quantile is at most one part in a thousand above its sample.
const HDR_ERROR: f64 = 0.001;

pub(super) fn recorder(folder: &Path) -> Recorder {
    Recorder::new(example::meta(), folder, 2).unwrap()
}

pub(super) fn tick(second: u64) -> Tick {
    Tick {
        second,
        due: 10 * (second + 1),
        health: None,
    }
}

/// Log-uniform between 100 us and 10 s, so that all magnitudes are met.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and below 2^63"
)]
pub(super) fn latencies(seed: u64, count: usize) -> Vec<Micros> {
    let mut dice = Bits(seed);
    (0..count)
        .map(|_| Micros((100.0 * 1e5_f64.powf(dice.unit())) as u64))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small counts"
)]
fn nearest_rank(sorted: &[Micros], share: f64) -> Micros {
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted[rank - 1]
}

#[test]
fn counts_are_exact_and_quantiles_within_three_digits_of_the_sorted_vector() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let values = latencies(42, 20_000);
    for (place, value) in values.iter().enumerate() {
        recorder.record(logged(Class::Success, *value));
        if place % 5_000 == 4_999 {
            recorder.tick(tick(place as u64 / 5_000)).unwrap();
        }
    }
    recorder.finish(tick(4), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let mut sorted = values;
    sorted.sort_unstable();
    let felt = run.latency(Operation::Login, StageSet::Measured, Latency::Felt);
    assert_eq!(felt.count(), 20_000);
    assert_eq!(
        felt.exact().sum,
        sorted.iter().map(|value| value.0).sum::<u64>()
    );
    assert_eq!(
        (felt.min(), felt.max()),
        (sorted.first().copied(), sorted.last().copied())
    );
    for share in [0.5, 0.9, 0.95, 0.99, 0.999, 1.0] {
        let oracle = nearest_rank(&sorted, share).as_secs_f64();
        let got = felt.quantile(share).unwrap().as_secs_f64();
        assert!(
            got >= oracle * (1.0 - HDR_ERROR) && got <= oracle * (1.0 + HDR_ERROR),
            "{share}: {got} for {oracle}"
        );
    }
    let least = Micros::from_millis(10);
    let oracle = sorted.iter().filter(|value| **value >= least).count() as f64;
    let got = felt.at_least(least) as f64;
    // Log-uniform over 5 decades: 0.1% of a value holds 0.1% / (5 ln 10) of the samples, 2 of 20,000.
    assert!((got - oracle).abs() <= 10.0, "{got} for {oracle}");
}

#[test]
fn shards_of_several_threads_merge_to_exactly_what_one_would_have_kept() {
    let (many, one) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let shared = recorder(many.path());
    thread::scope(|scope| {
        for seed in 0..4 {
            let shared = &shared;
            scope.spawn(move || {
                for value in latencies(seed, 2_000) {
                    shared.record(logged(Class::Success, value));
                }
            });
        }
    });
    shared.finish(tick(0), &Ended::Completed).unwrap();
    let alone = recorder(one.path());
    for value in (0..4).flat_map(|seed| latencies(seed, 2_000)) {
        alone.record(logged(Class::Success, value));
    }
    alone.finish(tick(0), &Ended::Completed).unwrap();
    let many = Recording::read(many.path()).unwrap();
    let one = Recording::read(one.path()).unwrap();
    for latency in [Latency::Felt, Latency::Served] {
        assert_eq!(
            many.latency(Operation::Login, StageSet::All, latency),
            one.latency(Operation::Login, StageSet::All, latency)
        );
    }
}

#[test]
fn a_timeout_counts_as_no_less_than_its_limit() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    recorder.record(logged(Class::Timeout, Micros::from_millis(30)));
    recorder.record(logged(Class::Failed, Micros::from_millis(30)));
    recorder.finish(tick(0), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    for latency in [Latency::Felt, Latency::Served] {
        let all = run.latency(Operation::Login, StageSet::Measured, latency);
        assert_eq!(all.count(), 1);
        assert_eq!(all.min(), Some(example::meta().timeout));
    }
}

#[test]
fn an_arrival_that_no_slot_took_counts_as_a_felt_login_and_as_no_served_one() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    for reason in Reason::ALL {
        recorder.record(Event::NotStarted(NotStarted {
            scenario: ScenarioIx(1),
            stage: PEAK,
            due: Micros::from_secs(12),
            at: Micros::from_secs(30),
            reason,
        }));
    }
    recorder.finish(tick(0), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let felt = run.latency(Operation::Login, StageSet::One(PEAK), Latency::Felt);
    assert_eq!((felt.count(), felt.min()), (1, Some(Micros::from_secs(18))));
    let served = run.latency(Operation::Login, StageSet::One(PEAK), Latency::Served);
    assert!(served.is_empty());
    assert!(
        run.latency(Operation::Logout, StageSet::All, Latency::Felt)
            .is_empty()
    );
    let each = Reason::ALL.len() as u64;
    assert_eq!(run.not_started(StageSet::Measured), each);
    assert_eq!(run.not_started_by_reason()[&(PEAK, Reason::NoSlot)], 1);
}

#[test]
fn a_kick_notice_is_measured_and_is_no_attempt_no_answer_and_no_lag() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let notice = example::login(Class::Success, Micros::from_millis(9), Micros(0));
    recorder.record(Event::Step(Step {
        operation: Operation::KickNotice,
        ..notice
    }));
    let late = example::login(Class::Success, Micros::from_millis(20), Micros(700));
    recorder.record(Event::Step(late));
    recorder.finish(tick(0), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let felt = run.latency(Operation::KickNotice, StageSet::Measured, Latency::Felt);
    assert_eq!((felt.count(), felt.max()), (1, Some(Micros(9_000))));
    let exchanges: Vec<Operation> = run.counts().exchanges.keys().copied().collect();
    assert_eq!(exchanges, [Operation::Login]);
    let lag = run.lag(None, StageSet::Measured);
    assert_eq!((lag.count(), lag.min()), (1, Some(Micros(700))));
    let second = run.seconds()[0].lag.unwrap();
    assert_eq!((second.count, second.max), (1, Micros(700)));
}

/// Three busy seconds of every kind of event, and an end.
pub(super) fn busy(folder: &Path) {
    let recorder = recorder(folder);
    for second in 0..3 {
        for (place, value) in latencies(second, 200).into_iter().enumerate() {
            let class = Class::ALL[place % Class::ALL.len()];
            let mut step = example::login(class, value, Micros(place as u64));
            if class != Class::Success {
                step.cause = Some(Cause::Code(Code::Number(70_000 + place as i64 % 7)));
            }
            recorder.record(Event::Step(step));
            recorder.record(Event::LoggedIn {
                app: AppIx(0),
                account: second * 100 + place as u64,
            });
            recorder.record(Event::Online);
        }
        recorder.record(Event::Offline);
        // One waited 3 ms for its slot, and one slot was free before its arrival was due.
        for free in [Micros(4_000), Micros(500)] {
            recorder.record(Event::Started(Started {
                scenario: ScenarioIx(0),
                stage: PEAK,
                due: Micros(1_000),
                free,
            }));
        }
        recorder.record(Event::Violation(Violation {
            invariant: Invariant::EndedTokenIsRefused,
            at: Micros::from_secs(second),
            story: format!("account {second}: \"late\""),
        }));
        recorder.record(Event::LoginBeyondRules);
        recorder.overslept(Micros(90));
        recorder.tick(tick(10 + second)).unwrap();
    }
    recorder.finish(tick(13), &Ended::Completed).unwrap();
}

#[test]
fn every_counter_comes_back_from_disk() {
    let folder = TempDir::new().unwrap();
    busy(folder.path());
    let run = Recording::read(folder.path()).unwrap();
    assert_eq!(run.ended(), &Ended::Completed);
    assert_eq!(run.meta(), &example::meta());
    assert_eq!(
        run.by_class(Operation::Login, StageSet::Measured),
        [102, 102, 99, 99, 99, 99]
    );
    assert_eq!((run.accounts(), run.logins()), (400, 600));
    assert_eq!((run.counts().due, run.started(StageSet::All)), (140, 6));
    let exchange = run.counts().exchanges[&Operation::Login];
    assert_eq!((exchange.attempts, exchange.answers), (600, 600));
    assert_eq!(run.counts().causes.values().sum::<u64>(), 498);
    assert_eq!(run.breaches().len(), 3);
    assert_eq!(run.breaches()[2].story, "account 2: \"late\"");
    assert_eq!(run.counts().logins_beyond_rules, 3);
    assert_eq!(run.online_peak(), 598);
    let blocked = run.blocked(StageSet::Measured);
    assert_eq!((blocked.count(), blocked.min()), (3, Some(Micros(3_000))));
    assert_eq!(run.oversleep(StageSet::Measured).count(), 3);
    assert_eq!(run.lag(None, StageSet::Measured).max(), Some(Micros(199)));
    assert_eq!(
        run.scenario_series()
            .map(|(_, _, one)| one.felt.count())
            .sum::<u64>(),
        600
    );
    let seconds = run.seconds();
    assert_eq!(seconds.len(), 4);
    assert_eq!((seconds[0].second, seconds[0].covers), (10, 11));
    // 200 steps by turns of six classes, of which three are errors.
    assert_eq!(
        (seconds[1].done(), seconds[1].errors(), seconds[1].online),
        (200, 3 * 33, 398)
    );
    let accounts: Vec<u64> = seconds.iter().map(|second| second.accounts).collect();
    assert_eq!(accounts, [200, 300, 400, 400]);
}

#[test]
fn seconds_ascend_and_cover_the_run_without_gap_or_overlap() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    for second in [0, 0, 5] {
        recorder.record(logged(Class::Success, Micros(second + 1)));
        recorder.tick(tick(second)).unwrap();
    }
    recorder.finish(tick(2), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    let covered: Vec<(u64, u64)> = run
        .seconds()
        .iter()
        .map(|one| (one.second, one.covers))
        .collect();
    assert_eq!(covered, [(0, 1), (1, 1), (5, 4), (6, 1)]);
    assert_eq!(run.by_class(Operation::Login, StageSet::All)[0], 3);
}

#[test]
fn a_second_reads_back_as_the_tick_gave_it() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let mut given = Vec::new();
    for second in 0..3 {
        for value in latencies(second, 50) {
            recorder.record(logged(Class::Success, value));
        }
        let mut probe = HealthProbe::new(Clock::start());
        let health = Some(probe.sample());
        given.push(
            recorder
                .tick(Tick {
                    health,
                    ..tick(second)
                })
                .unwrap(),
        );
    }
    let run = Recording::read(folder.path()).unwrap();
    assert_eq!(run.seconds(), given);
    assert_eq!(run.ended(), &Ended::Lost, "no last line yet");
}

#[test]
fn the_interval_log_is_read_by_the_iterator_of_its_own_crate() {
    use base64::Engine as _;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::Deserializer;
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    let folder = TempDir::new().unwrap();
    busy(folder.path());
    let log = fs::read(folder.path().join(HISTOGRAMS)).unwrap();
    let mut logins = 0;
    for entry in IntervalLogIterator::new(&log) {
        let LogEntry::Interval(interval) = entry.unwrap() else {
            continue;
        };
        if interval.tag().unwrap().as_str() == "login.success.peak.felt" {
            let bytes = base64::engine::general_purpose::STANDARD
                .decode(interval.encoded_histogram())
                .unwrap();
            let histogram: Histogram<u64> = Deserializer::new()
                .deserialize(&mut bytes.as_slice())
                .unwrap();
            logins += histogram.len();
        }
    }
    // Every sixth of 200 in each of three seconds, the first of each among them.
    assert_eq!(logins, 3 * 34);
}

#[test]
fn a_stage_or_account_that_the_run_does_not_have_is_a_stray_and_not_a_panic() {
    let folder = TempDir::new().unwrap();
    let recorder = recorder(folder.path());
    let mut step = example::login(Class::Success, Micros(10), Micros::ZERO);
    step.stage = crate::profile::StageIx(99);
    recorder.record(Event::Step(step));
    recorder.record(Event::LoggedIn {
        app: AppIx(9),
        account: 1,
    });
    recorder.record(Event::Offline);
    recorder.finish(tick(0), &Ended::Completed).unwrap();
    let run = Recording::read(folder.path()).unwrap();
    assert!(run.counts().strays >= 2);
    assert_eq!(recorder.online(), 0);
}

#[test]
fn the_watch_records_its_delay_until_it_is_dropped() {
    let folder = TempDir::new().unwrap();
    let recorder = Arc::new(recorder(folder.path()));
    let watch = Watch::start(Arc::clone(&recorder), Clock::start()).unwrap();
    let mut beats = 0;
    // Each round ends a second of the recording; bounded, and waits for nothing but the next beat.
    for second in 0..100_000 {
        let late = recorder.tick(tick(second)).unwrap().oversleep;
        beats += late.map_or(0, |late| late.count);
        if beats >= 3 {
            break;
        }
        thread::yield_now();
    }
    drop(watch);
    assert!(beats >= 3, "{beats}");
    assert_eq!(Arc::strong_count(&recorder), 1);
}
