//! Names, tickets and passwords of the accounts of a run.

use super::*;
use crate::scenario::Shows;
use trtc_base::units::Micros;
use trtc_usersig::{Platform, SigFault, verify};

/// How long a UserSig is valid, in seconds.
const VALID_FOR: u64 = 86_400;

/// As a profile has it that says nothing.
const LIFE: UsersigLife = UsersigLife {
    valid_for: Micros::from_secs(VALID_FOR),
    ends_at: None,
};

fn pool(prefix: &str, accounts: u64, credential: Credential) -> Result<AccountPool, UserIdFault> {
    AccountPool::new(
        vec![(SdkAppId(1), Key::new("k"))],
        prefix.into(),
        accounts,
        credential,
        LIFE,
    )
}

fn of(pool: &AccountPool, account: u64) -> VirtualUser {
    VirtualUser {
        app: SdkAppId(1),
        account,
        user_id: pool.user_id(account).unwrap(),
        user_sig: Arc::default(),
        valid_until: UnixSeconds(0),
        password: String::new(),
        platform: Platform::Web,
        device_id: String::new(),
    }
}

#[test]
fn numbers_in_user_ids_are_as_wide_as_the_largest() {
    let pool = pool("load_", 1000, Credential::UserSig).unwrap();
    assert_eq!(pool.user_id(7).unwrap().as_str(), "load_007");
    assert_eq!(pool.user_id(999).unwrap().as_str(), "load_999");
}

#[test]
fn a_prefix_that_leaves_no_room_for_the_number_is_refused() {
    assert!(pool(&"x".repeat(29), 1000, Credential::UserSig).is_ok());
    assert!(pool(&"x".repeat(30), 1000, Credential::UserSig).is_err());
}

#[test]
fn a_fresh_ticket_is_valid_now_and_an_expired_one_is_not() {
    let pool = pool("a_", 10, Credential::UserSig).unwrap();
    let mut virtual_user = of(&pool, 3);
    let user_id = virtual_user.user_id.clone();
    let mut check = |freshness| {
        pool.give_ticket(&mut virtual_user, freshness);
        let now = clock::unix_now();
        let key = Key::new("k");
        let verified = verify(
            &virtual_user.user_sig,
            SdkAppId(1),
            user_id.as_str(),
            &key,
            now,
        );
        assert_eq!(verified.is_ok(), now <= virtual_user.valid_until);
        verified
    };
    assert!(check(Freshness::Fresh).is_ok());
    let expired = Freshness::Bad(Flaw::Expired { seconds: 1 });
    assert!(matches!(check(expired), Err(SigFault::Expired { .. })));
}

#[test]
fn a_ticket_is_used_again_until_it_is_dropped_and_an_expired_one_is_never_kept() {
    let pool = pool("a_", 10, Credential::UserSig).unwrap();
    let mut virtual_user = of(&pool, 3);
    assert!(!pool.has_ticket(&virtual_user), "there is none yet");
    pool.give_ticket(&mut virtual_user, Freshness::Fresh);
    let first = virtual_user.user_sig.clone();
    assert!(pool.has_ticket(&virtual_user));
    pool.give_ticket(
        &mut virtual_user,
        Freshness::Bad(Flaw::Expired { seconds: 301 }),
    );
    assert!(!pool.has_ticket(&virtual_user), "it has expired");
    pool.give_ticket(&mut virtual_user, Freshness::Fresh);
    assert!(Arc::ptr_eq(&first, &virtual_user.user_sig), "signed twice");
    pool.drop_ticket(&mut virtual_user);
    assert!(!pool.has_ticket(&virtual_user));
    pool.give_ticket(&mut virtual_user, Freshness::Fresh);
    assert!(
        !Arc::ptr_eq(&first, &virtual_user.user_sig),
        "a dropped one came back"
    );
}

#[test]
fn a_ticket_is_used_again_until_a_minute_before_its_end_and_then_made_anew() {
    const NOW: u64 = 1_700_000_000;
    let pool = pool("a_", 10, Credential::UserSig).unwrap();
    // Each arrival is a virtual user of its own; what it shows is the account's.
    let given = |account: u64, now: u64| {
        let mut virtual_user = of(&pool, account);
        pool.give_ticket_at(&mut virtual_user, Freshness::Fresh, UnixSeconds(now));
        virtual_user
    };
    let first = given(3, NOW);
    assert_eq!(first.valid_until, UnixSeconds(NOW + VALID_FOR));
    let last_use = NOW + VALID_FOR - MARGIN - 1;
    for now in [NOW, NOW + 1, last_use] {
        let again = given(3, now);
        assert!(Arc::ptr_eq(&first.user_sig, &again.user_sig), "{now}");
        assert_eq!(again.valid_until, first.valid_until);
    }
    let second = given(3, last_use + 1);
    assert!(!Arc::ptr_eq(&first.user_sig, &second.user_sig));
    assert_eq!(
        second.valid_until,
        UnixSeconds(last_use + 1 + VALID_FOR),
        "it is valid from now, not from the first one's end"
    );
    assert!(Arc::ptr_eq(
        &second.user_sig,
        &given(3, last_use + 2).user_sig
    ));
    let other = given(4, NOW);
    assert_ne!(other.user_sig, first.user_sig, "another account's");
}

#[test]
fn a_ticket_can_be_shown_to_its_last_second_and_not_after() {
    let pool = pool("a_", 10, Credential::UserSig).unwrap();
    let mut virtual_user = of(&pool, 3);
    let now = UnixSeconds(1_700_000_000);
    pool.give_ticket_at(&mut virtual_user, Freshness::Fresh, now);
    let end = virtual_user.valid_until;
    for (now, has) in [(now, true), (end, true), (UnixSeconds(end.0 + 1), false)] {
        assert_eq!(pool.has_ticket_at(&virtual_user, now), has, "{now:?}");
        // The target's own check draws the same line.
        let (app, user, key) = (
            virtual_user.app,
            virtual_user.user_id.as_str(),
            Key::new("k"),
        );
        assert_eq!(
            verify(&virtual_user.user_sig, app, user, &key, now).is_ok(),
            has
        );
    }
}

#[test]
fn passwords_differ_by_account_and_key_and_are_the_same_in_every_run() {
    let user = UserId::new("u1").unwrap();
    let one = password(&Key::new("k"), &user);
    assert_eq!(one, password(&Key::new("k"), &user));
    assert_ne!(one, password(&Key::new("k"), &UserId::new("u2").unwrap()));
    assert_ne!(one, password(&Key::new("l"), &user));
}

#[test]
fn each_bad_ticket_is_wrong_in_one_way_and_right_in_every_other() {
    const NOW: UnixSeconds = UnixSeconds(1_700_000_000);
    let pool = pool("a_", 10, Credential::UserSig).unwrap();
    let skew = Micros::from_secs(300);
    let flaw = |shows: Shows, nth| Flaw::of(shows, nth, skew).unwrap();
    let given = |nth: u64| {
        let mut virtual_user = of(&pool, 9);
        pool.give_ticket_at(
            &mut virtual_user,
            Freshness::Bad(flaw(Shows::Bad, nth)),
            NOW,
        );
        let (app, user) = (virtual_user.app, virtual_user.user_id.as_str());
        let found = verify(&virtual_user.user_sig, app, user, &Key::new("k"), NOW);
        (virtual_user, found.map(|_| ()))
    };
    // By the skew and a second, an hour, a day. A clock that is behind by all of the skew finds each expired.
    for (nth, seconds) in [(0, 301), (1, 3_600), (2, 86_400), (7, 301)] {
        let at = UnixSeconds(NOW.0 - seconds);
        let (virtual_user, found) = given(nth);
        assert_eq!(found, Err(SigFault::Expired { at, now: NOW }), "{nth}");
        let behind = UnixSeconds(NOW.0 - 300);
        let (app, user) = (virtual_user.app, virtual_user.user_id.as_str());
        assert!(verify(&virtual_user.user_sig, app, user, &Key::new("k"), behind).is_err());
    }
    let found = "a_0".to_owned();
    assert_eq!(given(3).1, Err(SigFault::OtherUser { found }));
    let found = SdkAppId(2);
    assert_eq!(given(4).1, Err(SigFault::OtherApp { found }));
    assert_eq!(given(5).1, Err(SigFault::BadSignature));
    // Right in all that it says itself, of an app that nobody has.
    let (virtual_user, found) = given(6);
    assert_eq!((virtual_user.app, found), (SdkAppId(2), Ok(())));
    // The scenario `expired` shows the first three by turns.
    let expired = [0, 1, 2, 3].map(|nth| flaw(Shows::Expired, nth));
    assert_eq!(expired, [0, 1, 2, 0].map(|nth| flaw(Shows::Bad, nth)));
}

#[test]
fn tickets_of_one_deploy_end_in_one_second_and_what_takes_their_place_does_not() {
    let life = UsersigLife {
        valid_for: Micros::from_secs(600),
        ends_at: Some(Micros::from_secs(100)),
    };
    let apps = vec![(SdkAppId(1), Key::new("k"))];
    let pool = AccountPool::new(apps, "a_".into(), 10, Credential::UserSig, life).unwrap();
    let began = clock::unix_millis();
    let clock = Clock::start();
    let given = |account| {
        let mut virtual_user = of(&pool, account);
        pool.prepare_ticket(&mut virtual_user, Freshness::Fresh);
        assert!(
            !pool.has_ticket(&virtual_user),
            "the run's clock says when it ends"
        );
        pool.give_first_ticket(&mut virtual_user, &clock);
        virtual_user
    };
    let (mut first, second) = (given(1), given(2));
    assert_eq!(first.valid_until, second.valid_until);
    // Within the second that the run began in, and one that may have passed meanwhile.
    let end = (began / 1_000 + 100)..=(began / 1_000 + 101);
    assert!(
        end.contains(&first.valid_until.0),
        "{:?}",
        first.valid_until
    );
    pool.drop_ticket(&mut first);
    pool.give_ticket(&mut first, Freshness::Fresh);
    assert!(
        first.valid_until.0 >= began / 1_000 + 600,
        "{:?}",
        first.valid_until
    );
    // A run that is past that time has no such tickets.
    let later = Clock::start();
    let late = AccountPool {
        common_end: OnceLock::from(UnixSeconds(began / 1_000 - 1)),
        ..pool
    };
    let mut virtual_user = of(&late, 3);
    late.give_first_ticket(&mut virtual_user, &later);
    assert!(late.has_ticket(&virtual_user));
}
