//! However a run ends, its evidence is there, its verdict says so, and nothing of it lives on.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::mid_run::{BOUND, MidRun, assert_is_gone, child_of};
use crate::program::{Place, within};
use crate::run_folder::{assert_all_files_are_there, profile, summary};
use crate::turn;

#[test]
fn a_run_that_is_stopped_writes_everything_and_proves_nothing() {
    let _turn = turn::shared();
    for signals in [
        &[Signal::SIGINT][..],
        &[Signal::SIGINT, Signal::SIGINT],
        &[Signal::SIGTERM],
        &[Signal::SIGQUIT],
    ] {
        let run = MidRun::reached();
        signals.iter().for_each(|&signal| run.send(signal));
        let MidRun {
            place: _place,
            running,
            folder,
            mock,
        } = run;
        let ended = running.finish(BOUND);
        assert_eq!(ended.code, Some(4), "{signals:?}: {}", ended.said());
        assert_eq!(
            ended
                .stderr
                .contains("SIGQUIT: what is in flight is dropped"),
            signals.contains(&Signal::SIGQUIT),
            "{}",
            ended.said()
        );
        assert!(
            ended.stdout.starts_with("INVALID"),
            "{signals:?}: {}",
            ended.said()
        );
        assert!(
            ended.stdout.contains("interrupted"),
            "{signals:?}: {}",
            ended.said()
        );
        assert_all_files_are_there(&folder);
        let whole = summary(&folder);
        assert_eq!(whole["run"]["ended"], "interrupted");
        assert_eq!(whole["verdict"]["outcome"], "invalid");
        // What came due and was not played is said, not forgotten; what never came due is neither.
        let count = |name: &str| whole["arrivals"][name].as_u64().expect("a count");
        assert_eq!(
            count("started") + count("not_started"),
            count("due"),
            "{whole:#}"
        );
        assert!(
            count("due") < 3_000,
            "50 a second for 60 s is the whole plan"
        );
        assert!(count("started") >= 100, "{whole:#}");
        assert_its_plan_adds_up(&whole);
        assert_is_gone(mock);
    }
}

/// Each arrival that came due planned one login; what the end kept from it is said so.
fn assert_its_plan_adds_up(whole: &Value) {
    let rows = whole["planned"].as_array().expect("rows");
    let login = rows.iter().find(|row| row["operation"] == "login");
    let login = login.expect("logins were planned");
    assert_eq!(login["planned"], whole["arrivals"]["due"], "{whole:#}");
    for row in rows {
        let count = |name: &str| row[name].as_u64().expect("a count");
        assert_eq!(count("sent") + count("not_sent"), count("planned"));
        let reasons = row["not_sent_by_reason"].as_array().expect("reasons");
        let of_the_end = reasons.iter().filter(|reason| {
            reason["reason"] == "cut by the run's end"
                || reason["reason"] == "as the arrival was not started"
        });
        let of_the_end = of_the_end.map(|reason| reason["count"].as_u64().expect("a count"));
        assert_eq!(of_the_end.sum::<u64>(), count("not_sent"), "{row:#}");
    }
}

#[test]
fn a_run_that_is_killed_can_still_be_reported_and_is_called_lost() {
    let _turn = turn::shared();
    let run = MidRun::reached();
    run.send(Signal::SIGKILL);
    let MidRun {
        place,
        running,
        folder,
        mock,
    } = run;
    assert_eq!(running.finish(BOUND).code, None);
    assert_is_gone(mock);

    let reported = place.run(&["report", &folder.to_string_lossy()]);
    assert_eq!(reported.code, Some(4), "{}", reported.said());
    assert!(
        reported.stdout.starts_with("INVALID"),
        "{}",
        reported.said()
    );
    assert!(
        reported
            .stdout
            .contains("the run was killed or still goes on"),
        "{}",
        reported.said()
    );
    assert_all_files_are_there(&folder);
    let whole = summary(&folder);
    assert_eq!(whole["run"]["ended"], "lost");
    // Three seconds were on disk before it was killed.
    assert!(
        whole["operations"][0]["attempts"].as_u64() >= Some(100),
        "{whole:#}"
    );
}

#[test]
fn a_run_whose_own_mock_dies_proves_nothing_and_says_why() {
    let _turn = turn::shared();
    let run = MidRun::reached();
    let mock = i32::try_from(run.mock).expect("a process id");
    kill(Pid::from_raw(mock), Signal::SIGKILL).expect("the mock is alive");
    let ended = run.running.finish(Duration::from_secs(60));
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    assert!(
        ended.stdout.contains("the built-in mock ended"),
        "{}",
        ended.said()
    );
    let summary = summary(&run.folder);
    assert_eq!(summary["run"]["ended"], "the built-in mock ended");
    assert_eq!(summary["verdict"]["outcome"], "invalid", "{}", ended.said());
}

#[test]
fn the_mock_of_a_run_ends_with_it() {
    let _turn = turn::shared();
    let place = Place::new();
    let running = place.start_profile(&[], &profile("[]", "{}", (20, 1)), &[]);
    let mock = within(BOUND, || child_of(running.child.id())).expect("the run has a mock");
    let ended = running.finish(BOUND);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert_is_gone(mock);
}
