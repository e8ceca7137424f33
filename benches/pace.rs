//! How late arrivals start, and what starting them costs, without a target: `cargo bench --bench pace`.
//!
//! 10,000 slots share 10,000 arrivals a second for 20 s. Each arrival is over at once, so what is seen is the engine alone:
//! its plan, its timer, Goose and the recorder.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench ends at the first thing that is not as it should be, and prints what it found"
)]

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use trtc_load::engine::{Cost, Drive, Iteration, Player, Stop};
use trtc_load::plan::{Arrival, Plan};
use trtc_load::profile::{Overrides, Profile, ScenarioIx, Source};
use trtc_load::recorder::{Distribution, Meta, Recorder, RunName};
use trtc_load::scenario::Agenda;
use trtc_load::session::Operation;
use trtc_load::units::{Micros, UnixSeconds};

const PROFILE: &str = r#"
version = 1
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef" }
[population]
accounts = 100000
[[scenarios]]
name = "login"
dwell = "0s"
slots = 10000
[[stages]]
name = "peak"
for = "20s"
rate = 10000
spacing = "even"
"#;

/// Notes how late each arrival starts.
#[derive(Default)]
struct Noop {
    late: Mutex<Distribution>,
}

impl Player for Noop {
    type SlotState = ();

    fn sit(&self, _scenario: ScenarioIx) -> BoxFuture<'_, ()> {
        std::future::ready(()).boxed()
    }

    fn prepare(&self, _seat: &mut (), _arrival: &Arrival) {}

    async fn play<'a>(&'a self, _seat: &'a mut (), iteration: Iteration<'a>) {
        let late = iteration.clock().now().since(iteration.arrival().due);
        self.late.lock().expect("nobody panics").take(late);
    }

    fn agenda(&self, _arrival: &Arrival) -> Agenda {
        Agenda::default()
    }

    fn first_operation(&self, _scenario: ScenarioIx) -> Operation {
        Operation::Login
    }
}

/// CPU time of this process so far, all threads.
fn cpu() -> Micros {
    let used = getrusage(UsageWho::RUSAGE_SELF).expect("the kernel counts it");
    let all = used.user_time() + used.system_time();
    Micros(u64::try_from(all.num_microseconds()).expect("time passes"))
}

fn main() {
    let source = Source {
        file: "bench".into(),
        name: "bench".into(),
        dir: ".".into(),
    };
    let profile = Profile::parse(PROFILE, &source, &Overrides::default()).expect("it is right");
    let plan = Arc::new(Plan::new(&profile).expect("it can be played"));
    let folder = tempfile::tempdir().expect("a folder");
    let name = RunName {
        run: "bench".into(),
        labels: Vec::new(),
        started_at: UnixSeconds(0),
    };
    let meta = Meta::of(&profile, &plan, name);
    let player = Arc::new(Noop::default());
    let drive = Drive {
        drain: plan.longest_session(),
        plan: plan.clone(),
        player: player.clone(),
        recorder: Arc::new(Recorder::new(meta, folder.path(), 2).expect("it can be written")),
        stop: Stop::default(),
        timeout: Micros::from_secs(1),
        caps: profile.caps(),
        costs: vec![Cost::default()],
        clock: trtc_load::engine::soon(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("threads");
    let before = Mutex::new(Micros::ZERO);
    let driven = drive.run(|_| *before.lock().expect("nobody panics") = cpu());
    runtime.block_on(driven).expect("it is driven to its end");
    let used = cpu().since(*before.lock().expect("nobody panics"));
    let late = player.late.lock().expect("nobody panics");
    let at = |quantile| late.quantile(quantile).map_or(0, |late| late.0);
    println!(
        "{} of {} arrivals: lag p50 {} us, p99 {} us, p99.9 {} us; {:.2} CPU s for a million",
        late.count(),
        plan.total(),
        at(0.5),
        at(0.99),
        at(0.999),
        used.as_secs_f64() / (plan.total() as f64 / 1e6),
    );
}
