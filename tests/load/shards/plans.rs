//! A plan in shards: together they are exactly the plan of one process, and no account is in two of them.

use std::collections::HashMap;

use trtc_load::plan::{Arrival, Plan, Shard};
use trtc_load::profile::{Overrides, Profile, Source, shipped};

const LOGIN: &str = "[[scenarios]]\nname = \"login\"\ndwell = \"0s\"\nself_info = false\n";
const SWITCH: &str = "[[scenarios]]\nname = \"switch\"\ndwell = \"0s\"\nself_info = false\n";
const APP_2: &str = "[[apps]]\nsdk_app_id = 2\nkey = { text = \"k\" }\nshare = 3\n";
const APP_3: &str = "[[apps]]\nsdk_app_id = 3\nkey = { text = \"k\" }\nshare = 0.5\n";

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

/// 400 arrivals or so in 100 s, many times round a small population.
fn small(accounts: u64, more: &str, spacing: &str) -> Profile {
    parsed(&format!(
        "version = 1\nseed = {accounts}\nbudgets = []\n[target]\nurl = \"mock\"\n[population]\naccounts = {accounts}\n\
         [[apps]]\nsdk_app_id = 1\nkey = {{ text = \"k\" }}\n{more}\
         [[stages]]\nname = \"peak\"\nfor = \"100s\"\nrate = 4\nspacing = \"{spacing}\"\n"
    ))
}

/// Every profile with the numbers of shards that it is divided into.
fn cases() -> Vec<(Profile, Vec<u32>)> {
    let mut cases = Vec::new();
    for name in [
        "quick",
        "kicked-storm",
        "switch-heavy",
        "expired-wave",
        "expired-deploy",
        "reconnect",
        "devices",
        "tencent-rest",
        "webhook-storm",
        "room-storm",
        "matrix",
    ] {
        cases.push((parsed(shipped(name).unwrap()), vec![1, 2, 3, 8]));
    }
    let often_one = LOGIN.to_owned() + "weight = 9\n" + SWITCH;
    let often_two = LOGIN.to_owned() + SWITCH + "weight = 9\n";
    let apps = format!("{APP_2}{APP_3}{LOGIN}{SWITCH}");
    for more in [LOGIN, SWITCH, &often_one, &often_two, &apps] {
        for (accounts, shards) in [
            (4, vec![2]),
            (5, vec![1, 2]),
            (16, vec![3, 8]),
            (17, vec![2, 8]),
            (101, vec![7, 50]),
        ] {
            cases.push((small(accounts, more, "poisson"), shards.clone()));
            cases.push((small(accounts, more, "even"), shards));
        }
    }
    cases
}

/// The plan's shards; panics where one cannot be planned.
fn divided(profile: &Profile, of: u32) -> Vec<Plan> {
    let shard = |number| Shard::new(number, of).unwrap();
    let plan = |number| Plan::of_shard(profile, shard(number)).unwrap();
    (1..=of).map(plan).collect()
}

#[test]
fn the_shards_of_a_plan_are_together_the_plan_of_one_process() {
    let mut laps = 0;
    for (profile, numbers) in cases() {
        let whole = Plan::new(&profile).unwrap();
        let arrivals: Vec<Arrival> = whole.arrivals().collect();
        let distinct = arrivals.len() as u64 / profile.population().accounts;
        laps = laps.max(distinct);
        for of in numbers {
            let shards = divided(&profile, of);
            let mut together: Vec<Arrival> = shards.iter().flat_map(Plan::arrivals).collect();
            together.sort_by_key(|arrival| arrival.n);
            assert!(together == arrivals, "{} in {of} shards", profile.name());
            for shard in &shards {
                assert_eq!(shard.total(), shard.arrivals().count() as u64);
                assert_eq!(shard.total_of_all_shards(), arrivals.len() as u64);
            }
            assert_eq!(whole.total_of_all_shards(), whole.total());
        }
    }
    assert!(laps > 50, "some go round often: {laps}");
}

#[test]
fn an_account_is_in_one_shard_only_whenever_it_comes() {
    for (profile, numbers) in cases() {
        for of in numbers {
            let mut owners: HashMap<(u8, u64), Shard> = HashMap::new();
            for plan in divided(&profile, of) {
                for arrival in plan.arrivals() {
                    for &account in arrival.accounts(&plan) {
                        let owner = owners.insert((arrival.app.0, account), plan.shard());
                        let is_one = owner.is_none_or(|owner| owner == plan.shard());
                        assert!(is_one, "{arrival:?} of {}", plan.shard());
                    }
                }
            }
        }
    }
}

/// What a shard foresees is counted in its arrivals, and the populations of all shards are the whole.
#[test]
fn a_shard_foresees_its_own_part() {
    for (profile, numbers) in cases() {
        let whole = Plan::new(&profile).unwrap().foresight(&profile);
        for of in numbers {
            let shards = divided(&profile, of);
            let seen = shards.iter().map(|plan| plan.foresight(&profile));
            let seen: Vec<_> = seen.collect();
            let sum = |part: fn(&trtc_load::plan::Foresight) -> u64| seen.iter().map(part).sum();
            let sums: [u64; 4] = [
                sum(|one| one.population),
                sum(|one| one.arrivals),
                sum(|one| one.logins),
                sum(|one| one.kicks),
            ];
            let all = [whole.population, whole.arrivals, whole.logins, whole.kicks];
            assert_eq!(sums, all, "{of} shards");
            for one in &seen {
                assert!(one.sessions <= whole.sessions && one.slots <= 20_000 / u64::from(of) + 1);
            }
        }
    }
}

#[test]
fn slots_are_divided_without_a_rest() {
    let more = format!("{LOGIN}slots = 23\n[limits]\nslots = 41\n");
    let profile = small(200, &more, "even");
    for of in [1, 2, 3, 8, 23] {
        let slots = divided(&profile, of);
        let slots = slots.iter().map(|plan| plan.slots()[0]).sum::<u32>();
        assert_eq!(slots, 23, "{of} shards");
    }
}
