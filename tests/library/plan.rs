//! The plan: the same for the same seed, even to its last microsecond, and within what it promises.

use std::collections::HashMap;
use std::fmt::Write;

use crate::golden::golden;
use sha2::{Digest, Sha256};
use trtc_load::error::Explain;
use trtc_load::plan::{Arrival, Plan};
use trtc_load::profile::{Overrides, Profile, Source, shipped};
use trtc_load::scenario::{KickedPerson, Play};
use trtc_load::units::Micros;

fn parsed(text: &str) -> Profile {
    let source = Source {
        file: "test.toml".into(),
        name: "test".into(),
        dir: ".".into(),
    };
    Profile::parse(text, &source, &Overrides::default()).unwrap_or_else(|faults| {
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

/// Login and switch in equal shares at `rate` for 100 s, with a dwell of 2 s exactly.
fn profile(rate: u32, accounts: u64, more: &str) -> Profile {
    parsed(&format!(
        "version = 1\nseed = 5\n[target]\nurl = \"mock\"\ndialect = \"session\"\n\
         [[apps]]\nsdk_app_id = 1\nkey = {{ text = \"k\" }}\n\
         [population]\naccounts = {accounts}\nprefix = \"p_\"\n\
         [[scenarios]]\nname = \"login\"\nweight = 1\ndwell = \"2s\"\nself_info = false\n{more}\n\
         [[stages]]\nname = \"peak\"\nfor = \"100s\"\nrate = {rate}\nspacing = \"even\"\n"
    ))
}

#[test]
fn the_first_100_000_arrivals_are_those_of_the_golden_hash() {
    // The peak profile with a peak three times as long: 128,000 arrivals or so.
    let longer = shipped("peak")
        .unwrap()
        .replace("for = \"60s\"", "for = \"180s\"");
    let plan = Plan::new(&parsed(&longer)).unwrap();
    let mut text = String::new();
    let mut hash = Sha256::new();
    let mut count = 0_u64;
    for arrival in plan.arrivals().take(100_000) {
        if count < 5 {
            writeln!(text, "{arrival:?}").unwrap();
        }
        hash.update(format!("{arrival:?}\n"));
        count += 1;
    }
    let hex: String = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    writeln!(text, "{count} arrivals, SHA-256 {hex}").unwrap();
    golden("plan.txt", &text);
}

#[test]
fn another_seed_is_another_plan_and_the_same_seed_the_same() {
    let text = shipped("quick").unwrap();
    let source = || Source {
        file: "quick.toml".into(),
        name: "quick".into(),
        dir: ".".into(),
    };
    let with = |seed| {
        let overrides = Overrides {
            seed: Some(seed),
            ..Overrides::default()
        };
        let profile = Profile::parse(text, &source(), &overrides).unwrap();
        Plan::new(&profile)
            .unwrap()
            .arrivals()
            .collect::<Vec<Arrival>>()
    };
    assert_eq!(with(1), with(1));
    assert_ne!(with(1), with(2));
}

#[test]
fn slots_and_sessions_at_once_are_littles_law_where_nothing_varies() {
    let profile = profile(100, 10_000, "");
    let plan = Plan::new(&profile).unwrap();
    let foresight = plan.foresight(&profile);
    // 100 a second for 100 s, each 2 s and an allowance of 100 ms for each of two requests (login, logout).
    assert_eq!(foresight.arrivals, 10_000);
    assert_eq!(foresight.sessions, 220);
    assert_eq!(foresight.logins, 10_000);
    assert_eq!(foresight.kicks, 0);
    assert_eq!(
        foresight.accounts, 10_000,
        "one round of the walk takes every account once"
    );
    // A quarter and eight more than the 220 at once.
    assert_eq!(foresight.slots, 220 + 55 + 8);
}

#[test]
fn a_population_smaller_than_the_rate_times_the_longest_session_is_refused() {
    // 100 a second for 2.2 s: 220 accounts are needed.
    let faults = Plan::new(&profile(100, 219, "")).unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].place(), "population.accounts");
    assert!(faults[0].remedy().contains("220"), "{}", faults[0].remedy());
    assert!(Plan::new(&profile(100, 220, "")).is_ok());
}

#[test]
fn slots_that_the_planned_waits_alone_do_not_fit_in_are_refused() {
    let faults = Plan::new(&profile(100, 10_000, "[limits]\nslots = 199")).unwrap_err();
    assert_eq!(faults[0].place(), "limits.slots");
    // 100 a second for 2 s: 200 at once. With 200 slots there is no margin, and still a plan.
    let tight = profile(100, 10_000, "[limits]\nslots = 200");
    assert_eq!(Plan::new(&tight).unwrap().foresight(&tight).slots, 200);
    let own = Plan::new(&profile(100, 10_000, "slots = 199")).unwrap_err();
    assert_eq!(own[0].place(), "scenarios.login.slots");
}

/// The kicked arrivals of a plan, and how many of them come back.
fn kicked(plan: &Plan) -> (u64, u64) {
    let (mut all, mut back) = (0, 0);
    for arrival in plan.arrivals() {
        let play = &plan.scenarios()[usize::from(arrival.scenario.0)].play;
        if matches!(play, Play::Kicked(_)) {
            all += 1;
            back += u64::from(arrival.itinerary.kicked_person == KickedPerson::ComesBack);
        }
    }
    (all, back)
}

#[test]
fn each_kicked_arrival_is_one_kick_where_a_request_of_the_rival_ends_every_session() {
    let stubborn = shipped("matrix").unwrap();
    let wavering = stubborn.replace(
        "reaction = \"1s\"",
        "reaction = \"1s\"\nrelogin = \"50%\"\nfights = 3",
    );
    for text in [stubborn, &wavering] {
        let profile = parsed(text);
        let plan = Plan::new(&profile).unwrap();
        let foresight = plan.foresight(&profile);
        let (kicked, back) = kicked(&plan);
        assert!(kicked > 50, "{kicked}");
        assert_eq!(back < kicked, text == wavering);
        assert_eq!(foresight.kicks, kicked);
        // One each for those who only log in; the victim's and the rival's, and one more of each who comes back.
        let others = foresight.arrivals - kicked;
        assert_eq!(foresight.logins, others + 2 * kicked + back);
    }
}

#[test]
fn each_return_kicks_back_where_the_rivals_login_is_the_kick() {
    let profile = parsed(shipped("kicked-storm").unwrap());
    let plan = Plan::new(&profile).unwrap();
    let foresight = plan.foresight(&profile);
    let fights = foresight.scenarios[1].arrivals;
    let (kicked, back) = kicked(&plan);
    assert_eq!((kicked, back), (foresight.arrivals, foresight.arrivals));
    assert_eq!(foresight.kicks, 2 * kicked + 2 * fights);
    assert_eq!(foresight.logins, 3 * kicked + 2 * fights);
}

#[test]
fn no_shipped_profile_sends_two_arrivals_to_one_account_at_once() {
    for name in [
        "quick",
        "peak",
        "kicked-storm",
        "switch-heavy",
        "expired-wave",
        "expired-deploy",
        "matrix",
    ] {
        let plan = Plan::new(&parsed(shipped(name).unwrap())).unwrap();
        let mut busy_until: HashMap<(u8, u64), Micros> = HashMap::new();
        for arrival in plan.arrivals() {
            let scenario = &plan.scenarios()[usize::from(arrival.scenario.0)];
            let until = arrival.due.plus(arrival.itinerary.hold(scenario));
            for &account in arrival.accounts(&plan) {
                let before = busy_until.insert((arrival.app.0, account), until);
                assert!(
                    before.is_none_or(|free| free <= arrival.due),
                    "{name}: {arrival:?}"
                );
            }
        }
    }
}

#[test]
fn scenarios_come_as_often_as_their_weights_say() {
    let plan = Plan::new(&parsed(shipped("peak").unwrap())).unwrap();
    let mut counts = vec![0_u64; plan.scenarios().len()];
    for arrival in plan.arrivals() {
        counts[usize::from(arrival.scenario.0)] += 1;
    }
    let n: u64 = counts.iter().sum();
    for (scenario, count) in plan.scenarios().iter().zip(counts) {
        // Five standard deviations of a binomial.
        let slack = 5.0 * (n as f64 * scenario.share * (1.0 - scenario.share)).sqrt();
        assert!(
            (count as f64 - n as f64 * scenario.share).abs() <= slack,
            "{}: {count}",
            scenario.name
        );
    }
}
