//! Runs made by the recorder from scripted events: no clock, no chance but a seed.

use std::path::Path;

use super::script::{Arrival, Script};
use trtc_load::mau::Mau;
use trtc_load::plan::Shard;
use trtc_load::profile::{
    Activity, Budget, BudgetOf, Latency, Limit, Origin, Quantile, ScenarioIx, StageIx, StageKind,
};
use trtc_load::recorder::{
    Answered, Ended, Event, HealthSample, Merged, Merger, Meta, Planned, Recorder, Recording,
    ScenarioMeta, Sockets, StageMeta, Step, Tick,
};
use trtc_load::report::{Facts, Findings};
use trtc_load::session::{Class, Departed, Operation};
use trtc_load::units::{Micros, UnixSeconds};
use trtc_load::usersig::SdkAppId;
use trtc_load::verdict::Verdict;
use trtc_load::{mau, verdict};

/// A text that must stay text wherever it is shown.
pub(crate) const HOSTILE: &str =
    "</script><script>alert('x')</script><img src=x onerror=\"alert(1)\">";

/// How the sample's target fares.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// It answers every login in time.
    Healthy,
    /// It stalls in the peak, refuses some logins and breaks a session rule.
    Failing,
}

/// What a sample is.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) target: Target,
    /// Arrivals a second in the peak.
    pub(crate) rate: u64,
    /// Seconds of the peak; the stages around it last half as long.
    pub(crate) peak: u64,
}

/// A run with its judgement.
pub(crate) struct Run {
    recording: Recording,
    verdict: Verdict,
    mau: Mau,
    facts: Facts,
}

impl Run {
    /// Records the sample in `folder`, reads it back and judges it.
    pub(crate) fn of(sample: Sample, folder: &Path) -> Self {
        record(meta(sample), sample, folder);
        Self::judged(folder)
    }

    /// Records the sample as the first and as the last of three shards, merges both in `folder` and judges that.
    pub(crate) fn merged(sample: Sample, folder: &Path) -> Self {
        let whole = meta(sample);
        let mut shards = Vec::new();
        for (number, faults) in [
            (1, vec!["the generator sent too late".to_owned()]),
            (3, vec![]),
        ] {
            let place = folder.join(number.to_string());
            let part = trtc_load::recorder::Part {
                shard: Shard::new(number, 3).unwrap(),
                arrivals: 800,
                ..whole.part.clone()
            };
            let run = format!("{}-shard-{number}-of-3", whole.run);
            let meta = Meta {
                run,
                part,
                ..whole.clone()
            };
            record(meta, sample, &place);
            let recording = Recording::read(&place).unwrap();
            shards.push((place, recording.as_merged(faults)));
        }
        let folders: Vec<_> = shards.iter().map(|(place, _)| place.clone()).collect();
        let mut merger = Merger::begin(&folders, &whole, folder).unwrap();
        folders.iter().for_each(|place| merger.ended(place));
        while let Merged::Second(_) = merger.step().unwrap() {}
        let shards: Vec<_> = shards.into_iter().map(|(_, shard)| shard).collect();
        merger.finish(&Ended::Completed, &shards).unwrap();
        Self::judged(folder)
    }

    /// Logins in the peak that felt as long as this, each served without lag.
    pub(crate) fn of_logins(millis: &[u64], folder: &Path) -> Self {
        let sample = Sample {
            target: Target::Healthy,
            rate: 1,
            peak: 10,
        };
        let recorder = Recorder::new(meta(sample), folder, 1).unwrap();
        for felt in millis {
            let due = Micros::from_secs(7);
            recorder.record(Event::Step(Step {
                operation: Operation::Login,
                planned: Planned::Yes,
                scenario: ScenarioIx(0),
                stage: StageIx(1),
                class: Class::Success,
                cause: None,
                due,
                ready: due,
                sent: Some(due),
                departed: Departed::No,
                answered: Answered::Yes,
                done: due.plus(Micros::from_millis(*felt)),
                phases: trtc_load::session::Phases::default(),
            }));
        }
        recorder.finish(Tick::default(), &Ended::Completed).unwrap();
        Self::judged(folder)
    }

    fn judged(folder: &Path) -> Self {
        let recording = Recording::read(folder).unwrap();
        let verdict = verdict::judge_by(&recording, &budgets(), 1.0);
        let activity = Activity {
            daily_share: 0.2,
            concentration: 3.0,
            days: 30,
        };
        let mau = mau::estimate(&recording, &activity);
        Self {
            recording,
            verdict,
            mau,
            facts: Facts {
                seed: 42,
                target: "http://127.0.0.1:8080".to_owned(),
                dialect: "session".to_owned(),
            },
        }
    }

    pub(crate) fn findings(&self) -> Findings<'_> {
        Findings {
            recording: &self.recording,
            verdict: &self.verdict,
            mau: &self.mau,
            facts: &self.facts,
        }
    }
}

fn budgets() -> Vec<Budget> {
    let budget = |sentence: &str, of, stage, origin| Budget {
        sentence: sentence.to_owned(),
        of,
        stage,
        origin,
    };
    let latency = |quantile, latency, millis| {
        let limit = Limit(Micros::from_millis(millis));
        BudgetOf::Latency(Operation::Login, quantile, latency, limit)
    };
    let p99 = Quantile::Share(0.99);
    vec![
        budget(
            "login p99 < 250ms in peak",
            latency(p99, Latency::Felt, 250),
            Some(StageIx(1)),
            Origin::Written,
        ),
        budget(
            "login errors < 1% in peak",
            BudgetOf::Errors(Operation::Login, 0.01),
            Some(StageIx(1)),
            Origin::Implied { beside: Some(p99) },
        ),
        budget(
            "login p50 served < 100ms",
            latency(Quantile::Share(0.5), Latency::Served, 100),
            None,
            Origin::Written,
        ),
        budget(
            "arrivals started > 99%",
            BudgetOf::ArrivalsStarted(0.99),
            None,
            Origin::Written,
        ),
    ]
}

fn meta(sample: Sample) -> Meta {
    let half = sample.peak / 2;
    let stage = |name: &str, kind, from, to| StageMeta {
        name: name.to_owned(),
        kind,
        start: Micros::from_secs(from),
        end: Micros::from_secs(to),
    };
    let scenario = |name: &str| ScenarioMeta {
        name: name.to_owned(),
        first: vec![Operation::Login],
    };
    let peak_ends = half + sample.peak;
    Meta {
        profile: "peak".to_owned(),
        run: "peak-20260131T120000Z".to_owned(),
        labels: vec![
            ("commit".to_owned(), "4f2a91c".to_owned()),
            ("note".to_owned(), HOSTILE.to_owned()),
        ],
        started_at: UnixSeconds(1_769_860_800),
        stages: vec![
            stage("warm-up", StageKind::WarmUp, 0, half),
            stage("peak", StageKind::Measured, half, peak_ends),
            stage(
                "cool-down",
                StageKind::CoolDown,
                peak_ends,
                peak_ends + half,
            ),
        ],
        scenarios: vec![scenario("login"), scenario("kicked")],
        apps: vec![SdkAppId(1_400_000_001), SdkAppId(1_400_000_002)],
        accounts_per_app: 5_000,
        timeout: Micros::from_secs(2),
        notice_limit: Micros::from_secs(2),
        cores: 2,
        host: None,
        part: trtc_load::recorder::Part {
            plan: "ab".repeat(32),
            shard: Shard::WHOLE,
            arrivals: 2_400,
            arrivals_of_plan: 2_400,
        },
    }
}

/// In second 9 the generator stands still for 0.3 s.
fn stand_still(recorder: &Recorder, second: u64) {
    if second == 9 {
        recorder.woke(Micros(9_200_000), Micros(9_500_000));
    }
}

fn record(meta: Meta, sample: Sample, folder: &Path) {
    let seconds = sample.peak * 2;
    let recorder = Recorder::new(meta.clone(), folder, 1).unwrap();
    let mut script = Script::new(&recorder, sample);
    let (mut arrivals, mut leaving) = (0, Vec::new());
    for second in 0..seconds {
        let start = Micros::from_secs(second);
        stand_still(&recorder, second);
        let stage = meta.stage_at(start).unwrap();
        let rate = if stage == StageIx(1) {
            sample.rate
        } else {
            sample.rate / 3
        };
        for n in 0..rate {
            let arrival = Arrival {
                scenario: ScenarioIx(u8::from(n % 5 == 4)),
                stage,
                due: start.plus(Micros(n * 1_000_000 / rate)),
                account: arrivals,
            };
            arrivals += 1;
            leaving.extend(script.play(&arrival).map(|stays| second + stays));
        }
        leaving.retain(|at| {
            if *at == second {
                recorder.record(Event::Offline);
            }
            *at > second
        });
        recorder
            .tick(Tick {
                second,
                due: arrivals,
                // One second that nobody looked at: missing, not zero.
                health: (second != 3).then(|| health(second)),
            })
            .unwrap();
    }
    // The drain: nothing is due, sessions end.
    for second in seconds..seconds + 2 {
        for _ in leaving.drain(..leaving.len() / 2) {
            recorder.record(Event::Offline);
        }
        let health = Some(health(second));
        recorder
            .tick(Tick {
                second,
                due: arrivals,
                health,
            })
            .unwrap();
    }
    for _ in leaving.drain(..) {
        recorder.record(Event::Offline);
    }
    let last = Tick {
        second: seconds + 2,
        due: arrivals,
        health: None,
    };
    recorder.finish(last, &Ended::Completed).unwrap();
}

fn health(second: u64) -> HealthSample {
    HealthSample {
        over: Micros::from_secs(1),
        process_cpu: Some(Micros(300_000 + second % 7 * 20_000)),
        machine_cpu: Some(Micros(900_000)),
        quota: None,
        throttled: None,
        throttles: None,
        run_queue_wait: Some(Micros(4_000)),
        resident_bytes: Some(48 * 1_048_576 + second * 65_536),
        descriptors: Some(180 + second),
        sockets: Sockets {
            in_use: Some(200 + second),
            established: Some(190 + second),
            orphaned: Some(0),
            time_wait: Some(3 * second),
            retransmitted: Some(second % 2),
            failed: Some(0),
        },
    }
}
