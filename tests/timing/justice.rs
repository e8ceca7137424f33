//! Who is at fault? The same profile against a healthy target, against a slow one, and from a starved generator.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::mock::Mock;
use crate::program::{Ended, Place, within};
use crate::skip::skipped;
use crate::turn;
use trtc_load::recorder::{COUNTERS, Recording, StageSet};
use trtc_load::units::Micros;

/// 100 logins a second for 6 s, with slots enough for sessions that last 3 s. A p99 below 250 ms also says that the
/// generator's own lag may have a p99 of 25 ms.
const PROFILE: &str = r#"
version = 1
budgets = ["login p99 < 250ms", "arrivals started > 99%"]
[target]
url = "mock"
timeout = "5s"
[[apps]]
sdk_app_id = 1400000001
key = { env = "TRTC_LOAD_KEY" }
[population]
accounts = 5000
[[scenarios]]
name = "login"
dwell = "200ms"
slots = 300
[[stages]]
name = "peak"
for = "6s"
rate = 100
spacing = "even"
"#;

/// Longer than the schedule, so that no part of it has the core to itself; and an end, so that the reports do not take
/// a minute to write.
const STARVED_FOR: &str = "while ((SECONDS < 8)); do :; done";

/// Processes that want a core for themselves. They end with this value, and by themselves.
struct Hogs(Vec<Child>);

impl Hogs {
    fn on(core: &str) -> Self {
        let hog = || {
            let words = ["-c", core, "bash", "-c", STARVED_FOR];
            Command::new("taskset")
                .args(words)
                .stdin(Stdio::null())
                .spawn()
                .expect("taskset and bash are here")
        };
        Self((0..2).map(|_| hog()).collect())
    }
}

impl Drop for Hogs {
    fn drop(&mut self) {
        for hog in &mut self.0 {
            let _ = hog.kill();
            let _ = hog.wait();
        }
    }
}

/// The last core that this process may use.
fn last_core() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let list = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    list.trim().rsplit(['-', ',']).next().map(str::to_owned)
}

/// Plays the profile against a mock that works so long on each request, and asks its books whether all of it arrived.
fn played(service_time: &str) -> Ended {
    let _turn = turn::alone();
    let mock = Mock::start(&["--service-time", service_time]);
    let ended = Place::new().run_profile(PROFILE, &["--target", &mock.url()]);
    assert_eq!(mock.books().login.successes, 600, "{}", ended.said());
    ended
}

/// Plays it inside `wrapper`, with hogs on `core` from the moment at which the run has begun.
fn starved(place: &Place, wrapper: &[&str], core: &str) -> Ended {
    let mock = Mock::start(&["--service-time", "5ms"]);
    fs::write(place.path().join("test.toml"), PROFILE).expect("the folder is writable");
    let url = mock.url();
    let arguments = [
        "--profile",
        "test.toml",
        "--target",
        &url,
        "--out",
        "runs",
        "--quiet",
    ];
    let running = place.start(place.command(wrapper, &arguments));
    let has_begun = within(Duration::from_secs(30), || {
        let run = fs::read_dir(place.path().join("runs"))
            .ok()?
            .next()?
            .ok()?
            .path();
        run.join(COUNTERS).exists().then_some(())
    });
    assert!(has_begun.is_some(), "the run begins");
    let _hogs = Hogs::on(core);
    running.finish(Duration::from_secs(90))
}

#[test]
fn a_healthy_target_keeps_its_budgets() {
    let ended = played("5ms");
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    assert!(ended.stdout.starts_with("KEPT"), "{}", ended.said());
}

#[test]
fn a_slow_target_is_the_one_that_breaks_them() {
    let ended = played("400ms");
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    assert!(ended.stdout.starts_with("BROKEN"), "{}", ended.said());
}

#[test]
fn a_starved_generator_blames_itself_and_not_the_target() {
    let _turn = turn::alone();
    let asked = Command::new("taskset").arg("--version").output();
    let (Some(core), true) = (
        last_core(),
        asked.is_ok_and(|output| output.status.success()),
    ) else {
        return skipped("a starved generator: taskset is missing");
    };
    let place = Place::new();
    let ended = starved(&place, &["taskset", "-c", &core, "nice", "-n", "19"], &core);
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(ended.stdout.starts_with("INVALID"), "{}", ended.said());
    assert!(ended.stdout.contains("the generator"), "{}", ended.said());
    // The proof is in the recording: its own timer woke late, or its sends did.
    let recording = Recording::read(&place.run_folder()).expect("the run has a recording");
    let late = [
        recording.lag(None, StageSet::All),
        recording.oversleep(StageSet::All),
    ];
    let worst = late.iter().filter_map(|delays| delays.quantile(0.99)).max();
    assert!(worst > Some(Micros::from_millis(25)), "{worst:?}");
}
