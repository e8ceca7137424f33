//! UserSigs of one deploy end together: everybody who is online logs in once more, and nobody is billed twice. The mock's own
//! books agree to the unit.

use serde_json::Value;

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::{Ended, Recording, StageSet};
use trtc_load::session::{Class, Operation};

/// What both sides wrote down, and what the plan had said.
struct Books {
    ours: Recording,
    theirs: Stats,
    foretold: Value,
}

impl Books {
    fn of_class(&self, operation: Operation, class: Class) -> u64 {
        self.ours.by_class(operation, StageSet::All)[class.index()]
    }
}

/// Plays `scenario` with UserSigs of that life: arrivals at equal distances over a population that none meets twice.
fn played(scenario: &str, life: &str, (rate, millis): (u64, u64)) -> Books {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "2ms"]);
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 3\nbudgets = [\"relogin errors < 50%\"]\n[target]\nurl = \"mock\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n{life}\n[[scenarios]]\n{scenario}\n\
         [[stages]]\nname = \"sign-in\"\nfor = \"{millis}ms\"\nrate = {rate}\nspacing = \"even\"\n\
         [[stages]]\nname = \"wave\"\nfor = \"3s\"\nrate = 0\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    // How well the generator fared (exit 4) is not asked here.
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    assert_eq!(ours.started(StageSet::All), rate * millis / 1_000);
    let foretold = place.run(&["plan", "--profile", "test.toml", "--output", "json"]);
    Books {
        ours,
        theirs: mock.books(),
        foretold: serde_json::from_str(&foretold.stdout).expect("a plan is JSON"),
    }
}

/// Each account logs in, and once more: closed forms, for no account comes twice and all are online at the end.
fn assert_one_relogin_each(books: &Books, arrivals: u64) {
    let theirs = &books.theirs;
    assert_eq!(theirs.login.successes, 2 * arrivals, "{theirs:?}");
    assert_eq!(theirs.login.attempts, 2 * arrivals, "nobody tried twice");
    assert_eq!(books.of_class(Operation::Relogin, Class::Success), arrivals);
    assert_eq!(books.of_class(Operation::Login, Class::Success), arrivals);
    assert_eq!(books.ours.logins(), 2 * arrivals);
    // The month's active users are the accounts, however often they came in.
    assert_eq!(theirs.accounts[&APP], arrivals);
    assert_eq!(books.ours.accounts(), arrivals);
    assert_eq!(theirs.kicks, 0, "a relogin on the same device kicks nobody");
}

#[test]
fn usersigs_of_one_deploy_end_together_and_cost_one_relogin_each_and_no_active_user() {
    let books = played(
        "name = \"login\"\ndwell = \"4s\"",
        "usersig_ends_at = \"2s\"",
        (60, 1_500),
    );
    assert_one_relogin_each(&books, 90);
    assert!(
        !books.theirs.refused.contains_key(&70_001),
        "told over the channel"
    );
    assert_eq!(books.foretold["logins"], 180);
    // All of it within the second in which they end and the next: a wave.
    let seconds = books.ours.seconds();
    let early: u64 = seconds.iter().take(2).map(|second| second.logins).sum();
    assert_eq!(early, 90, "the first logins");
    let wave: u64 = seconds
        .iter()
        .skip(2)
        .take(2)
        .map(|second| second.logins)
        .sum();
    assert_eq!(
        wave,
        90,
        "{:?}",
        seconds.iter().map(|it| it.logins).collect::<Vec<_>>()
    );
}

#[test]
fn a_device_that_was_away_when_its_usersig_ended_hears_of_it_on_its_way_back() {
    let books = played(
        "name = \"reconnect\"\ndwell = \"400ms\"\naway = \"2500ms\"",
        "usersig_ends_at = \"1s\"",
        (40, 500),
    );
    assert_one_relogin_each(&books, 20);
    let back = books.theirs.reconnect;
    assert_eq!((back.attempts, back.successes), (20, 0));
    assert_eq!(books.theirs.refused[&70_001], 20);
    assert_eq!(books.of_class(Operation::Reconnect, Class::Expected), 20);
}

#[test]
fn usersigs_with_a_life_of_their_own_end_one_by_one() {
    // A UserSig of 2 s is valid for 2 to 3 s: the second that it was signed in may have begun long before.
    let books = played(
        "name = \"login\"\ndwell = \"3500ms\"",
        "usersig_valid_for = \"2s\"",
        (40, 1_000),
    );
    assert_one_relogin_each(&books, 40);
}
