//! What recording costs: `cargo bench --bench record`.
//!
//! Each event finds its places among the run's distributions and is counted there, as in a run. Allocations are shown: there
//! are none once a kind of event was met.
#![expect(
    clippy::expect_used,
    reason = "a bench ends at the first thing that is not as it should be"
)]

use divan::{AllocProfiler, Bencher};
use trtc_load::plan::Plan;
use trtc_load::profile::{Overrides, Profile, ScenarioIx, Source, StageIx, shipped};
use trtc_load::recorder::{Answered, Event, Meta, Planned, Recorder, RunName, Started, Step};
use trtc_load::session::{Class, Departed, Operation, Phase, Phases};
use trtc_load::units::{Micros, UnixSeconds};

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

/// Events of one round.
const EVENTS: u64 = 100_000;

fn main() {
    divan::main();
}

fn recorder(folder: &tempfile::TempDir) -> Recorder {
    let source = Source {
        file: "peak".into(),
        name: "peak".into(),
        dir: ".".into(),
    };
    let text = shipped("peak").expect("the profile is shipped");
    let profile = Profile::parse(text, &source, &Overrides::default()).expect("it is right");
    let name = RunName {
        run: "bench".into(),
        labels: Vec::new(),
        started_at: UnixSeconds(0),
    };
    let plan = Plan::new(&profile).expect("a shipped profile can be planned");
    Recorder::new(Meta::of(&profile, &plan, name), folder.path(), 2)
        .expect("a new folder can be written")
}

/// Latencies like those of a login: most about 5 ms, some far longer.
fn latency(n: u64) -> Micros {
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    Micros(3_000 + spread * spread / 400)
}

/// A login as a kept connection books it: felt and served, in all and for its scenario, its lag and two phases.
fn login(n: u64) -> Event {
    let (due, took) = (Micros(n * 10), latency(n));
    let mut phases = Phases::default();
    phases.note(Phase::FirstByte, Micros(took.0 - 200));
    phases.note(Phase::Body, Micros(20));
    Event::Step(Step {
        operation: Operation::Login,
        planned: Planned::Yes,
        scenario: ScenarioIx(0),
        stage: StageIx(1),
        class: Class::Success,
        cause: None,
        due,
        ready: due,
        sent: Some(due.plus(Micros(150))),
        answered: Answered::Yes,
        departed: Departed::Yes,
        done: due.plus(took),
        phases,
    })
}

/// The smallest event with a time: one duration at one place.
fn blocked(n: u64) -> Event {
    Event::Started(Started {
        scenario: ScenarioIx(0),
        stage: StageIx(1),
        due: Micros(n * 10),
        free: Micros(n * 10).plus(latency(n)),
    })
}

fn rounds(bencher: Bencher<'_, '_>, event: fn(u64) -> Event) {
    let folder = tempfile::tempdir().expect("a folder");
    let recorder = recorder(&folder);
    (0..EVENTS)
        .map(event)
        .for_each(|event| recorder.record(event));
    bencher
        .counter(divan::counter::ItemsCount::new(EVENTS))
        .bench_local(|| {
            (0..EVENTS)
                .map(event)
                .for_each(|event| recorder.record(event))
        });
}

#[divan::bench]
fn arrival(bencher: Bencher<'_, '_>) {
    rounds(bencher, blocked);
}

#[divan::bench]
fn login_step(bencher: Bencher<'_, '_>) {
    rounds(bencher, login);
}
