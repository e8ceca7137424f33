//! A gate that is red where the server is wrong, and never where it is honest: a session server of the tests, wrong in one way
//! after the other.

mod play;
mod scenes;
mod table;
mod troubles;

use std::fmt::Write as _;
use std::sync::Mutex;
use std::thread;

use play::Played;
use scenes::Amount;
use table::{Breaks, Mutant};
use tokio::runtime::Runtime;
use trtc_load::recorder::{StageSet, Tally};
use trtc_load::session::{Class, Operation};

use crate::session_server::{Fault, Route};
use crate::turn;

/// A second or two of a debug build, beside other tests.
const SHORT: Amount = Amount {
    sessions: 45,
    logins_per_second: 40,
};

/// How many runs are played at once by a test; other tests go on beside it.
const AT_ONCE: usize = 4;

/// How often a run that proves nothing is played.
const MOST_TRIES: u32 = 5;

/// Calls `each` with every one of `all`, several at once, and fails with all that they have to say.
fn all_at_once<T: Sync>(all: &[T], each: impl Fn(&Runtime, &T) -> Result<(), String> + Sync) {
    let _turn = turn::shared();
    let runtime = Runtime::new().expect("a runtime");
    let (left, wrong) = (Mutex::new(all.iter()), Mutex::new(String::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("nobody panicked").next();
                    let Some(one) = next else { break };
                    if let Err(reason) = each(&runtime, one) {
                        let mut wrong = wrong.lock().expect("nobody panicked");
                        let _ = writeln!(wrong, "{reason}\n");
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panicked");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_honest_server_breaks_no_rule_in_any_scene() {
    all_at_once(&scenes::ALL, |runtime, scene| {
        let played = play::play(runtime, scene, (Vec::new(), 1), &[], SHORT);
        the_books_agree(scene.name, &played)?;
        // Where the machine is too busy for answers in time, a budget on errors may break.
        let timely = Operation::ALL
            .into_iter()
            .all(|one| timeouts(&played, one) == 0);
        let honest: &[Option<i32>] = if timely {
            &[Some(0), Some(4)]
        } else {
            &[Some(0), Some(1), Some(4)]
        };
        if played.rules.is_empty() && honest.contains(&played.ended.code) {
            return Ok(());
        }
        Err(format!(
            "{}: {:?} {}",
            scene.name,
            played.ours.breaches(),
            played.ended.said()
        ))
    });
}

fn timeouts(played: &Played, operation: Operation) -> u64 {
    played.ours.by_class(operation, StageSet::All)[Class::Timeout.index()]
}

/// What we counted is what the server counted.
fn the_books_agree(scene: &str, played: &Played) -> Result<(), String> {
    use Operation as O;
    let (ours, theirs) = (&played.ours, &played.theirs);
    let logins = [O::Login, O::Switch, O::Provoke, O::Relogin];
    let attempts = |operations: &[O]| {
        let exchanges = operations
            .iter()
            .filter_map(|one| ours.counts().exchanges.get(one));
        exchanges.map(|one| one.attempts).sum::<u64>()
    };
    let pairs = [
        (attempts(&logins), theirs.asked(Route::Login)),
        (
            attempts(&[O::SelfInfo, O::Watch, O::InFlight]),
            theirs.asked(Route::SelfInfo),
        ),
        (attempts(&[O::Reconnect]), theirs.asked(Route::Reconnect)),
        (attempts(&[O::Logout]), theirs.asked(Route::Logout)),
        (attempts(&[O::Push]), theirs.asked(Route::Events)),
        (
            attempts(&[O::AccountCheck]),
            theirs.asked(Route::AccountCheck),
        ),
    ];
    let requests_agree = pairs.iter().all(|(mine, other)| mine == other);
    // A login without an answer in time, on a machine that is busy, may have been carried out.
    let most = ours.logins() + logins.map(|one| timeouts(played, one)).iter().sum::<u64>();
    if requests_agree && (ours.logins()..=most).contains(&theirs.logins) && pairs[0].0 > 0 {
        return Ok(());
    }
    Err(format!("{scene}: {pairs:?} {}", played.ended.said()))
}

/// What is promised of the operation that a mutant spoils: a latency, which few samples prove, and which brings `errors < 1%`.
/// Of our own lag a tenth of it is allowed.
fn budgets(mutant: &Mutant) -> Vec<String> {
    match mutant.breaks {
        Breaks::Rule(_) => Vec::new(),
        Breaks::Errors(operation) => vec![format!("{} p50 < 900ms", operation.name())],
    }
}

fn are_found(mutants: &[Mutant]) {
    all_at_once(mutants, |runtime, mutant| {
        let played = play::until_proven(MOST_TRIES, || played(runtime, mutant));
        if played.theirs.strikes > 0 && mutant.is_found(&played) {
            return Ok(());
        }
        Err(format!(
            "{} ({}): {:?}\nexpected {:?}\nrules {:?}\nbudgets {:?}\n{}",
            mutant.wrong,
            mutant.scene.name,
            played.theirs,
            mutant.breaks,
            played.rules,
            played.budgets,
            played.ended.said()
        ))
    });
}

/// Plays a mutant that is always wrong.
fn played(runtime: &Runtime, mutant: &Mutant) -> Played {
    let faults = vec![(mutant.fault, 1.0)];
    play::play(runtime, &mutant.scene, (faults, 1), &budgets(mutant), SHORT)
}

#[test]
fn a_server_that_takes_one_account_for_another_is_found_out() {
    are_found(table::ACCOUNTS);
}

#[test]
fn a_server_that_does_not_end_a_session_is_found_out() {
    are_found(table::ENDS);
}

#[test]
fn a_server_that_tells_what_did_not_happen_is_found_out() {
    are_found(table::NOTICES);
}

#[test]
fn a_server_with_another_device_policy_than_the_apps_is_found_out() {
    are_found(table::POLICIES);
}

#[test]
fn a_login_that_is_pressed_twice_is_one_request_at_the_server() {
    all_at_once(&[scenes::IMPATIENT], |runtime, scene| {
        let played = play::play(runtime, scene, (Vec::new(), 1), &[], SHORT);
        the_books_agree(scene.name, &played)?;
        let counts = played.ours.counts();
        let arrivals = counts.started.values().sum::<u64>();
        let suppressed = counts.tallies.get(&Tally::LoginSuppressed).copied();
        let is_told = played.ended.stdout.contains("logins pressed while one ran");
        let pressed = (suppressed, played.theirs.asked(Route::Login), is_told);
        if arrivals > 0 && pressed == (Some(arrivals), arrivals, true) {
            return Ok(());
        }
        Err(format!("{arrivals}: {pressed:?} {}", played.ended.said()))
    });
}

#[test]
fn a_service_whose_sessions_end_with_their_channels_is_not_accused_of_it() {
    all_at_once(&[scenes::RECONNECT_BY_CHANNEL], |runtime, scene| {
        let faults = vec![(Fault::LossEndsSession, 1.0)];
        let played = play::play(runtime, scene, (faults, 1), &[], SHORT);
        let refused = played.ours.by_class(Operation::Reconnect, StageSet::All);
        let all_expected = refused[Class::Expected.index()] == refused.iter().sum::<u64>();
        let proven = played.theirs.strikes > 0 && all_expected && played.rules.is_empty();
        if proven && matches!(played.ended.code, Some(0 | 4)) {
            return Ok(());
        }
        Err(format!(
            "{refused:?} {:?} {}",
            played.rules,
            played.ended.said()
        ))
    });
}

const A_WHILE: Amount = Amount {
    sessions: 240,
    logins_per_second: 80,
};

#[test]
fn an_honest_server_in_trouble_is_accused_of_nothing() {
    all_at_once(troubles::ALL, |runtime, trouble| {
        let faults = vec![(trouble.fault, trouble.share)];
        let played = play::play(runtime, &scenes::EVERYTHING, (faults, 1), &[], A_WHILE);
        if played.rules.is_empty() {
            return Ok(());
        }
        let breaches: Vec<_> = played
            .ours
            .breaches()
            .iter()
            .map(|violation| (violation.invariant.name(), &violation.story))
            .collect();
        Err(format!(
            "{}: {} breaches, {:?}",
            trouble.what,
            breaches.len(),
            &breaches[..breaches.len().min(4)]
        ))
    });
}

#[test]
fn no_mutant_is_listed_twice_and_there_are_at_least_forty() {
    let mut words: Vec<_> = table::all().map(|mutant| mutant.wrong).collect();
    assert!(words.len() >= 40, "{}", words.len());
    words.sort_unstable();
    let twice: Vec<_> = words.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn a_server_whose_answers_are_no_good_breaks_the_errors_budget() {
    are_found(table::ANSWERS);
}

#[test]
fn a_server_whose_answers_do_not_come_in_time_breaks_the_errors_budget() {
    are_found(table::WAYS);
}

#[test]
fn a_server_that_tells_of_kicks_badly_breaks_the_errors_budget_of_kick_notices() {
    are_found(table::TELLING);
}

#[test]
fn a_server_that_lets_bad_user_sigs_in_is_found_out() {
    are_found(table::TICKETS);
}

#[test]
fn a_server_whose_sessions_are_not_what_it_says_is_found_out() {
    are_found(table::LIVES);
}

#[test]
fn a_server_that_ends_sessions_or_makes_no_accounts_is_found_out() {
    are_found(table::GOES_ON);
}

#[test]
fn a_server_whose_channels_end_breaks_the_errors_budget_of_push() {
    are_found(table::CHANNELS);
}
