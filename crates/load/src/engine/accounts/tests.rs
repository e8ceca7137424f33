//! Who gets an account, and what the caps leave, also where many slots ask at once.

use std::collections::HashSet;

use super::*;
use crate::profile::{ScenarioIx, StageIx};
use crate::scenario::{Ending, Itinerary, KickedPerson, Victim};

fn arrival(app: u8, accounts: [u64; 2]) -> Arrival {
    Arrival {
        n: 0,
        due: Micros::ZERO,
        stage: StageIx(0),
        scenario: ScenarioIx(0),
        app: AppIx(app),
        accounts,
        itinerary: Itinerary {
            dwell: Micros::ZERO,
            dwell_after: Micros::ZERO,
            reaction: Micros::ZERO,
            ending: Ending::Leave,
            victim: Victim::Idle,
            kicked_person: KickedPerson::ComesBack,
            away: Micros::ZERO,
            watch: crate::scenario::Watch::Not,
            patience: crate::scenario::Patience::Waits,
            sign_up: crate::scenario::SignUp::Not,
            nth: 0,
            lot: 0,
            meanwhile: crate::scenario::Meanwhile::Nothing,
        },
    }
}

fn try_hold<'a>(accounts: &'a Accounts, app: u8, held: &'a [u64]) -> Result<Hold<'a>, Refused> {
    let logins = held.len() as u64;
    let cost = Cost {
        logins,
        registrations: logins,
    };
    accounts.hold(&arrival(app, [0, 0]), held, cost, Micros::from_secs(10))
}

#[test]
fn an_account_is_held_by_one_arrival_at_a_time_and_only_in_its_own_app() {
    let accounts = Accounts::new(Caps::default(), 1_000);
    let first = try_hold(&accounts, 0, &[1, 2]).unwrap();
    assert_eq!(
        try_hold(&accounts, 0, &[2]).unwrap_err(),
        Refused::NotNow(Reason::AccountBusy)
    );
    assert!(
        try_hold(&accounts, 1, &[2]).is_ok(),
        "another app's account of the same number"
    );
    // All or none: the refused arrival has taken nothing.
    assert_eq!(
        try_hold(&accounts, 0, &[3, 1]).unwrap_err(),
        Refused::NotNow(Reason::AccountBusy)
    );
    assert!(try_hold(&accounts, 0, &[3]).is_ok());
    drop(first);
    assert!(try_hold(&accounts, 0, &[2]).is_ok());
}

#[test]
fn an_account_that_was_told_to_wait_waits_until_then() {
    let accounts = Accounts::new(Caps::default(), 1_000);
    accounts.wait_until(AppIx(0), 7, Micros::from_secs(11));
    assert_eq!(
        try_hold(&accounts, 0, &[7]).unwrap_err(),
        Refused::NotNow(Reason::ToldToWait)
    );
    accounts.wait_until(AppIx(0), 7, Micros::from_secs(10));
    assert!(
        try_hold(&accounts, 0, &[7]).is_err(),
        "the longer wait counts"
    );
    accounts.wait_until(AppIx(0), 8, Micros::from_secs(10));
    assert!(try_hold(&accounts, 0, &[8]).is_ok());
}

fn capped(cap: u64) -> Accounts {
    let caps = Caps {
        max_mau: Some(cap),
        max_registered_accounts: None,
    };
    Accounts::new(caps, 1_000)
}

/// Holds `account`, logs in, and lets it go.
fn log_in(accounts: &Accounts, account: u64, came: Came) -> Result<(), Refused> {
    let held = [account];
    let _hold = try_hold(accounts, 0, &held)?;
    accounts.sends(Kind::Login, AppIx(0), &held);
    accounts.came(Kind::Login, AppIx(0), &held, came);
    Ok(())
}

#[test]
fn the_cap_counts_accounts_once_however_often_they_come() {
    let accounts = capped(2);
    for _ in 0..3 {
        assert!(log_in(&accounts, 1, Came::Perhaps).is_ok());
        assert!(log_in(&accounts, 2, Came::Perhaps).is_ok());
    }
    let full = Refused::Cap("caps.max_mau");
    assert_eq!(try_hold(&accounts, 0, &[3]).unwrap_err(), full);
    assert_eq!(try_hold(&accounts, 0, &[1, 3]).unwrap_err(), full);
}

#[test]
fn what_is_reserved_is_in_use_what_is_refused_comes_back_and_what_is_unknown_does_not() {
    let accounts = capped(1);
    let hold = try_hold(&accounts, 0, &[1]).unwrap();
    let in_use = Refused::NotNow(Reason::CapReserved);
    assert_eq!(try_hold(&accounts, 0, &[2]).unwrap_err(), in_use);
    drop(hold);
    assert!(log_in(&accounts, 2, Came::Refused).is_ok());
    assert!(log_in(&accounts, 3, Came::Refused).is_ok());
    // A login that nobody heard of again may have been carried out.
    let hold = try_hold(&accounts, 0, &[4]).unwrap();
    accounts.sends(Kind::Login, AppIx(0), &[4]);
    drop(hold);
    let full = Refused::Cap("caps.max_mau");
    assert_eq!(try_hold(&accounts, 0, &[5]).unwrap_err(), full);
    assert!(
        log_in(&accounts, 4, Came::Perhaps).is_ok(),
        "it is paid for"
    );
}

#[test]
fn registrations_have_a_cap_of_their_own_and_name_more_accounts_than_an_arrival_holds() {
    let caps = Caps {
        max_mau: None,
        max_registered_accounts: Some(5),
    };
    let accounts = Accounts::new(caps, 1_000);
    let cost = Cost {
        logins: 0,
        registrations: 3,
    };
    let arrival = arrival(0, [0, 0]);
    let (ten, twelve, twenty) = ([10], [12], [20]);
    let hold = |own| accounts.hold(&arrival, own, cost, Micros::ZERO);
    let first = hold(&ten).unwrap();
    accounts.came(Kind::Registration, AppIx(0), &[10, 11, 12], Came::Perhaps);
    drop(first);
    // 12, 13 and 14: one of them is registered already.
    let second = hold(&twelve).unwrap();
    let one = Cost {
        registrations: 1,
        ..cost
    };
    let single = accounts.hold(&arrival, &twenty, one, Micros::ZERO);
    let in_use = Refused::NotNow(Reason::CapReserved);
    assert_eq!(single.unwrap_err(), in_use);
    accounts.came(Kind::Registration, AppIx(0), &[12, 13, 14], Came::Perhaps);
    drop(second);
    let full = Refused::Cap("caps.max_registered_accounts");
    assert_eq!(hold(&twenty).unwrap_err(), full);
}

/// Threads log in at once, and the target refuses some: never more accounts than the cap, and in the end all of it.
#[test]
fn a_cap_holds_under_concurrency_and_is_used_up_whole() {
    const CAP: u64 = 50;
    for seed in 0..20_u64 {
        let accounts = capped(CAP);
        let inside = std::sync::Mutex::new(HashSet::new());
        std::thread::scope(|scope| {
            for thread in 0..8_u64 {
                let (accounts, inside) = (&accounts, &inside);
                scope.spawn(move || {
                    for nth in 0..400_u64 {
                        let mixed = (seed + 1) * 7_919 + thread * 104_729 + nth * 1_299_709;
                        let account = mixed % 200;
                        let held = [account];
                        let Ok(_hold) = try_hold(accounts, 0, &held) else {
                            continue;
                        };
                        accounts.sends(Kind::Login, AppIx(0), &[account]);
                        // The target: it refuses a third of the accounts, always the same.
                        let came = if account.is_multiple_of(3) {
                            Came::Refused
                        } else {
                            inside.lock().unwrap().insert(account);
                            Came::Perhaps
                        };
                        assert!(inside.lock().unwrap().len() as u64 <= CAP);
                        accounts.came(Kind::Login, AppIx(0), &[account], came);
                    }
                });
            }
        });
        assert_eq!(
            inside.into_inner().unwrap().len() as u64,
            CAP,
            "seed {seed}"
        );
        assert_eq!(
            accounts.states.lock().logins.as_ref().unwrap().counted(),
            CAP
        );
    }
}

#[test]
fn what_was_left_unresolved_stays_with_its_account_and_its_app() {
    let accounts = Accounts::new(Caps::default(), 200);
    assert!(!accounts.has_unresolved(AppIx(0), &[7, 8]));
    accounts.leave_unresolved(AppIx(0), &[7, 9]);
    for (app, of, has) in [
        (0, &[7][..], true),
        (0, &[8, 9], true),
        (0, &[8], false),
        (1, &[7, 9], false),
    ] {
        assert_eq!(accounts.has_unresolved(AppIx(app), of), has, "{app} {of:?}");
    }
}
