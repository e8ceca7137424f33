//! What planning costs: `cargo bench --bench plan`.
#![expect(
    clippy::expect_used,
    reason = "a bench ends at the first thing that is not as it should be"
)]

use divan::Bencher;
use divan::counter::ItemsCount;
use trtc_load::plan::Plan;
use trtc_load::profile::{Overrides, Profile, Source};

fn main() {
    divan::main();
}

/// 100,000 arrivals of two scenarios, one of which takes two accounts.
const PROFILE: &str = r#"
version = 1
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef" }
[population]
accounts = 1_000_000
[[scenarios]]
name = "login"
weight = 4
dwell = { exponential = "20s", max = "2m" }
[[scenarios]]
name = "switch"
weight = 1
[[stages]]
name = "peak"
for = "200s"
rate = 500
spacing = "even"
"#;

/// A day of a million accounts, three arrivals for each.
const A_DAY: &str = r#"
version = 1
[target]
url = "mock"
[[apps]]
sdk_app_id = 1400000001
key = { text = "0123456789abcdef" }
[population]
accounts = 1_000_000
[limits]
slots = 100_000
[[scenarios]]
name = "login"
dwell = { exponential = "5m", max = "1h" }
[[stages]]
name = "night"
for = "12h"
rate = 10
[[stages]]
name = "day"
for = "12h"
rate = { from = 20, to = 99 }
"#;

fn profile(text: &str) -> Profile {
    let source = Source {
        file: "bench".into(),
        name: "bench".into(),
        dir: ".".into(),
    };
    Profile::parse(text, &source, &Overrides::default()).expect("it is right")
}

/// Everything that is known before a run: arrivals by stage and scenario, slots, sessions, descriptors.
#[divan::bench]
fn new(bencher: Bencher<'_, '_>) {
    let profile = profile(PROFILE);
    let arrivals = ItemsCount::new(100_000_u64);
    bencher
        .counter(arrivals)
        .bench_local(|| Plan::new(&profile));
}

/// Every arrival with its accounts and its itinerary, as slots draw them.
#[divan::bench]
fn arrivals(bencher: Bencher<'_, '_>) {
    let plan = Plan::new(&profile(PROFILE)).expect("it can be played");
    bencher
        .counter(ItemsCount::new(plan.total()))
        .bench_local(|| {
            plan.arrivals()
                .fold(0, |sum, arrival| sum ^ arrival.accounts[0])
        });
}

/// The same before a day-long run, with its first 1,000 arrivals: the others come as slots ask for them.
#[divan::bench(sample_count = 10)]
fn a_day(bencher: Bencher<'_, '_>) {
    let profile = profile(A_DAY);
    bencher.bench_local(|| {
        let plan = Plan::new(&profile).expect("it can be played");
        plan.arrivals()
            .take(1_000)
            .fold(plan.total(), |sum, arrival| sum ^ arrival.accounts[0])
    });
}
