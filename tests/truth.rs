//! A target that freezes: what the program measures against what the schedule says people must have felt.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/mock.rs"]
mod mock;
#[path = "support/program.rs"]
mod program;
#[path = "support/turn.rs"]
mod turn;

use mock::Mock;
use program::Place;
use trtc_load::profile::Latency;
use trtc_load::recorder::Distribution;
use trtc_load::recorder::Recording;
use trtc_load::recorder::StageSet;
use trtc_load::session::Operation;
use trtc_load::units::Micros;

/// 200 arrivals a second, evenly, for 10 s: the n-th is due at n x 5 ms.
const ARRIVALS: u64 = 2_000;

/// Login and nothing else, over connections that are open beforehand, so that a login is one request.
fn profile(slots: u32) -> String {
    format!(
        r#"
version = 1
seed = 1
budgets = ["login p99 < 500ms"]
[target]
url = "mock"
timeout = "5s"
connection = "keep"
preconnect = true
[[apps]]
sdk_app_id = 1400000001
key = {{ env = "TRTC_LOAD_KEY" }}
[population]
accounts = 5000
[[scenarios]]
name = "login"
dwell = "0s"
self_info = false
push = false
slots = {slots}
[[stages]]
name = "peak"
for = "10s"
rate = 200
spacing = "even"
"#
    )
}

/// Plays the schedule with so many slots against a mock that freezes all answers for 1.4 s, 4 s after its first
/// request.
fn stalled(slots: u32) -> Recording {
    let _turn = turn::turn();
    let mock = Mock::start(&["--stall", "4s+1400ms"]);
    let place = Place::new();
    let ended = place.run_profile(&profile(slots), &["--target", &mock.url()]);
    let recording = Recording::read(&place.run_folder()).expect("the run has a recording");
    // The budget is broken, and the run proves it.
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert_eq!(mock.books().login.successes, ARRIVALS);
    assert_eq!(recording.started(StageSet::All), ARRIVALS);
    // The verdict's own allowance is a tenth of the limit, 50 ms: the lag is far from deciding anything.
    let lag = quantile(&recording.lag(None, StageSet::All), 0.99);
    assert!(lag < Micros::from_millis(25), "lag p99 {lag}");
    recording
}

fn login(recording: &Recording, latency: Latency) -> Distribution {
    let all = recording.latency(Operation::Login, StageSet::All, latency);
    assert_eq!(all.count(), ARRIVALS);
    all
}

fn quantile(all: &Distribution, share: f64) -> Micros {
    all.quantile(share).expect("there are samples")
}

/// 2 % and 10 ms: the histogram is exact to 0.1 %, timers to about 2 ms on either side, and the freeze begins up to
/// one distance of arrivals (5 ms) after the arrival before it. 10 ms hold these with a busy machine's share.
fn assert_near(name: &str, measured: Micros, expected_ms: u64) {
    let expected = Micros::from_millis(expected_ms);
    let tolerance = expected.0 / 50 + 10_000;
    assert!(
        measured.0.abs_diff(expected.0) <= tolerance,
        "{name}: {measured}, expected {expected}"
    );
}

/// The freeze lasts 1.4 s, and an arrival comes every 5 ms: 280 of 2,000 come in it, and the i-th of them (from 0)
/// waits 1.4 s - i x 5 ms. By nearest rank the p90 is the 201st longest, 1.4 s - 200 x 5 ms; the p99 is the 21st
/// longest, 1.4 s - 20 x 5 ms; the p50 waits for nothing, and a login without a wait takes about a millisecond.
#[test]
fn with_slots_to_spare_felt_and_served_are_the_schedules_arithmetic() {
    let recording = stalled(400);
    for latency in [Latency::Felt, Latency::Served] {
        let all = login(&recording, latency);
        assert_near(&format!("{latency:?} p50"), quantile(&all, 0.5), 0);
        assert_near(&format!("{latency:?} p90"), quantile(&all, 0.9), 400);
        assert_near(&format!("{latency:?} p99"), quantile(&all, 0.99), 1_300);
        assert_near(&format!("{latency:?} max"), quantile(&all, 1.0), 1_400);
        // 1.4 s - i x 5 ms >= 250 ms for 231 of them, and nothing but the freeze takes so long. The answers that it
        // held come all at once: reading them may take a busy machine 30 ms, which is 6 arrivals.
        let waited = all.at_least(Micros::from_millis(250));
        assert!(
            (225..=237).contains(&waited),
            "{latency:?}: {waited} waited"
        );
    }
}

/// With 10 slots only 10 requests meet the freeze: 10 of 2,000 are 0.5 %, so the served p99 shows none of it. People
/// came all the same, every 5 ms, and waited for a slot: what they felt is as before. Once the freeze is over the
/// backlog of 270 takes 27 rounds of a millisecond or two; the 21st longest wait is in the second of them.
#[test]
fn with_few_slots_served_hides_the_freeze_and_felt_does_not() {
    let recording = stalled(10);
    let (felt, served) = (
        login(&recording, Latency::Felt),
        login(&recording, Latency::Served),
    );
    assert_near("served p50", quantile(&served, 0.5), 0);
    // The base, and what a burst of 270 requests and a busy machine add to it; the freeze would add a second.
    let p99 = quantile(&served, 0.99);
    assert!(p99 < Micros::from_millis(50), "served p99: {p99}");
    assert_near("served max", quantile(&served, 1.0), 1_400);
    assert_eq!(
        served.at_least(Micros::from_millis(500)),
        10,
        "one request a slot met the freeze"
    );
    assert_near("felt p50", quantile(&felt, 0.5), 0);
    assert_near("felt p99", quantile(&felt, 0.99), 1_300);
    assert_near("felt max", quantile(&felt, 1.0), 1_400);
    // The wait for a slot is the target's doing, and shows as such.
    assert_near(
        "blocked max",
        quantile(&recording.blocked(StageSet::All), 1.0),
        1_350,
    );
}
