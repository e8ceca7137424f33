//! Which sessions end: by the app's multi-device policy, by a rival while a device is away, and by a switch in both ways
//! that the documents tell. The mock's books agree to the unit.

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::{Invariant, Recording, StageSet};
use trtc_load::session::{Class, Operation};
use trtc_load::units::Micros;

/// Arrivals of a run.
const ALL: u64 = 40;

/// Plays `scenario` 40 times a second for 1 s, with these lines in `[target]`, against a mock with these arguments.
fn played(target: &str, scenario: &str, arguments: &[&str]) -> (Recording, Stats) {
    played_at("2ms", target, scenario, arguments)
}

/// The same against a mock that works this long on each request.
fn played_at(
    service_time: &str,
    target: &str,
    scenario: &str,
    arguments: &[&str],
) -> (Recording, Stats) {
    let _turn = turn::shared();
    let mock = Mock::start(&[&["--service-time", service_time], arguments].concat());
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\n{target}\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\nplatforms = {{ android = 1 }}\n[[scenarios]]\n{scenario}\n\
         [[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 40\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here; a rule that was broken is exit 1.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(ours.started(StageSet::All), ALL, "40 a second for 1 s");
    (ours, mock.books())
}

fn of_class(ours: &Recording, operation: Operation, class: Class) -> u64 {
    ours.by_class(operation, StageSet::All)[class.index()]
}

fn ok(ours: &Recording, operation: Operation) -> u64 {
    of_class(ours, operation, Class::Success)
}

/// How often a rule was broken.
fn broken(ours: &Recording, invariant: Invariant) -> usize {
    let of = ours.breaches().iter();
    of.filter(|violation| violation.invariant == invariant)
        .count()
}

/// Each arrival's devices log in one after the other; the documented table says how many of them are kicked.
fn keeps_the_policy(rules: [(&str, u32); 3], devices: &[&str], kicks: u64) {
    let [(policy, _), (_, web), (_, native)] = rules;
    let quoted: Vec<_> = devices.iter().map(|one| format!("\"{one}\"")).collect();
    let scenario = format!(
        "name = \"devices\"\ndevices = [{}]\npause = \"300ms\"\ndwell = \"300ms\"",
        quoted.join(", ")
    );
    let target =
        format!("policy = \"{policy}\"\nweb_instances = {web}\nnative_instances = {native}");
    let (web, native) = (web.to_string(), native.to_string());
    let arguments = [
        "--policy",
        policy,
        "--web-instances",
        &web,
        "--native-instances",
        &native,
    ];
    let (ours, theirs) = played(&target, &scenario, &arguments);
    let of_each = devices.len() as u64;
    let what = format!("{policy} {devices:?}");
    assert_eq!(ours.breaches().len(), 0, "{what}: {:?}", ours.breaches());
    assert_eq!(theirs.login.successes, ALL * of_each, "{what}");
    assert_eq!(
        (theirs.kicks, theirs.kicks_announced),
        (ALL * kicks, ALL * kicks),
        "{what}"
    );
    assert_eq!(ok(&ours, Operation::KickNotice), ALL * kicks, "{what}");
    assert_eq!(ok(&ours, Operation::Login), ALL * of_each, "{what}");
    // Once after each login, and once at the end by those that stayed; the kicked ones are refused.
    assert_eq!(
        ok(&ours, Operation::SelfInfo),
        ALL * (2 * of_each - kicks),
        "{what}"
    );
    assert_eq!(
        of_class(&ours, Operation::SelfInfo, Class::Expected),
        ALL * kicks,
        "{what}"
    );
    // One account, however many devices.
    assert_eq!((theirs.accounts[&APP], ours.accounts()), (ALL, ALL));
}

const ALL_SIX: [&str; 6] = ["android", "iphone", "ipad", "windows", "mac", "web"];

#[test]
fn each_policy_lets_stay_what_the_documents_say() {
    // Six platforms in turn: each newcomer ends those of its group.
    for (policy, kicks) in [("single", 5), ("dual", 4), ("triple", 3), ("multi", 0)] {
        keeps_the_policy([(policy, 0), ("web", 1), ("native", 1)], &ALL_SIX, kicks);
    }
}

#[test]
fn several_instances_of_a_platform_stay_up_to_their_number() {
    let rules = [("dual", 0), ("web", 3), ("native", 2)];
    // The fourth web and the third iPad push out the earliest of their kind.
    let devices = ["web", "web", "web", "web", "ipad", "ipad", "ipad"];
    keeps_the_policy(rules, &devices, 2);
}

#[test]
fn a_target_with_a_laxer_policy_than_the_apps_is_found_out() {
    let scenario = "name = \"devices\"\ndevices = [\"android\", \"iphone\"]\npause = \"200ms\"\ndwell = \"200ms\"";
    let (ours, theirs) = played("policy = \"dual\"", scenario, &["--policy", "multi"]);
    assert_eq!(theirs.kicks, 0);
    assert_eq!(broken(&ours, Invariant::NoMoreSessionsThanThePolicy), 40);
    assert_eq!(of_class(&ours, Operation::KickNotice, Class::Timeout), ALL);
}

#[test]
fn a_target_with_a_stricter_policy_than_the_apps_is_found_out() {
    let scenario = "name = \"devices\"\ndevices = [\"android\", \"iphone\", \"mac\"]\npause = \"200ms\"\ndwell = \"200ms\"";
    let (ours, theirs) = played("policy = \"multi\"", scenario, &["--policy", "dual"]);
    assert_eq!(theirs.kicks, 2 * ALL);
    assert_eq!(broken(&ours, Invariant::NoNoticeWithoutCause), 80);
}

const KICKED_MEANWHILE: &str = "name = \"reconnect\"\nkicked_meanwhile = 1\naway = \"400ms\"\nreaction = \"200ms\"\ndwell = \"200ms\"";

/// A rival logs in while each device is away. `told` is what the profile says of the target, `mock` what it does.
fn kicked_while_away(told: &str, mock: &str) -> (Recording, Stats) {
    let target = format!("kicked_while_away = \"{told}\"");
    played(&target, KICKED_MEANWHILE, &["--offline-kick", mock])
}

#[test]
fn kicked_while_away_the_next_login_succeeds_by_default() {
    let (ours, theirs) = kicked_while_away("silent", "silent");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    // Its own, the rival's, and the return, which kicks the rival; the way back by the token is refused.
    assert_eq!(
        (theirs.login.attempts, theirs.login.successes),
        (3 * ALL, 3 * ALL)
    );
    assert_eq!(
        (theirs.reconnect.attempts, theirs.reconnect.successes),
        (ALL, 0)
    );
    assert_eq!(of_class(&ours, Operation::Reconnect, Class::Expected), ALL);
    assert_eq!(ok(&ours, Operation::Relogin), ALL);
    assert_eq!((theirs.kicks, ok(&ours, Operation::KickNotice)), (ALL, ALL));
    assert_eq!(theirs.refused.get(&6208), None);
    assert_eq!(theirs.accounts[&APP], ALL);
}

#[test]
fn switched_on_for_logins_the_first_one_after_the_kick_is_told_and_the_second_takes_over() {
    let (ours, theirs) = kicked_while_away("on_login", "on-login");
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    assert_eq!(
        (theirs.login.attempts, theirs.login.successes),
        (4 * ALL, 3 * ALL)
    );
    assert_eq!(theirs.refused[&6208], ALL);
    assert_eq!(of_class(&ours, Operation::Relogin, Class::Expected), ALL);
    assert_eq!(ok(&ours, Operation::Relogin), ALL);
    assert_eq!((theirs.kicks, ok(&ours, Operation::KickNotice)), (ALL, ALL));
}

#[test]
fn switched_on_for_reconnects_the_way_back_is_told_and_the_login_is_not() {
    for (told, mock) in [("on_reconnect", "on-reconnect"), ("both", "both")] {
        let (ours, theirs) = kicked_while_away(told, mock);
        assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
        assert_eq!(
            (theirs.login.attempts, theirs.login.successes),
            (3 * ALL, 3 * ALL)
        );
        assert_eq!(theirs.refused[&6208], ALL);
        assert_eq!(of_class(&ours, Operation::Reconnect, Class::Expected), ALL);
    }
}

#[test]
fn a_target_that_tells_otherwise_than_it_is_set_is_found_out() {
    for (told, mock) in [
        ("silent", "on-login"),
        ("on_login", "silent"),
        ("silent", "on-reconnect"),
    ] {
        let (ours, _) = kicked_while_away(told, mock);
        let found = broken(&ours, Invariant::KickedWhileAwayIsToldOnce);
        assert_eq!(found, 40, "{told} {mock}: {:?}", ours.breaches());
    }
}

#[test]
fn a_switch_goes_both_ways_and_the_session_before_is_over() {
    let scenario = |how: &str| format!("name = \"switch\"\nhow = \"{how}\"\ndwell = \"200ms\"");
    let (ours, theirs) = played("", &scenario("implicit"), &[]);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    assert_eq!(theirs.logout.attempts, 0);
    // Each account is asked for after its login; the old token once more, and refused.
    assert_eq!(ok(&ours, Operation::SelfInfo), 2 * ALL);
    assert_eq!(of_class(&ours, Operation::SelfInfo, Class::Expected), ALL);
    assert_eq!(ok(&ours, Operation::Switch), ALL);

    let (ours, theirs) = played("", &scenario("logout_then_login"), &[]);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    assert_eq!(theirs.logout.successes, ALL);
    assert_eq!(ok(&ours, Operation::Logout), ALL);
    assert_eq!(ok(&ours, Operation::Switch), ALL);
    assert_eq!(of_class(&ours, Operation::SelfInfo, Class::Expected), ALL);
    assert_eq!(theirs.accounts[&APP], 2 * ALL);
}

/// What a scenario does on the side, and waits for, is the target's time: none of it is our own delay.
#[test]
fn a_slow_target_is_no_lag_of_ours_in_any_scenario_of_several_sessions() {
    for scenario in [
        "name = \"switch\"\ndwell = \"200ms\"",
        "name = \"devices\"\ndevices = [\"android\", \"iphone\", \"web\", \"ipad\"]\npause = \"100ms\"\ndwell = \"200ms\"",
        KICKED_MEANWHILE,
        "name = \"kicked\"\ndwell = \"200ms\"\nreaction = \"100ms\"\nin_flight = 0.5\nfights = 1",
        "name = \"expired\"\ndwell = \"200ms\"",
    ] {
        let (ours, _) = played_at("300ms", "", scenario, &[]);
        assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
        // A request of the target's time is 300 ms; a busy machine wakes us up some tens of milliseconds late.
        let lag = ours.lag(None, StageSet::All).quantile(0.9);
        let ours = lag.is_some_and(|lag| lag < Micros::from_millis(150));
        assert!(ours, "{scenario}: {lag:?}");
    }
}
