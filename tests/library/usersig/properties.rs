//! What holds for every ticket: our own reading, the order of the checks, and that no changed text proves anything.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use proptest::prelude::*;
use trtc_load::units::UnixSeconds;
use trtc_load::usersig::{Decoded, Key, SdkAppId, SigFault, Ticket, UserId, decode, sign, verify};

const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
const APP: SdkAppId = SdkAppId(1_400_000_000);
const AT: UnixSeconds = UnixSeconds(1_700_000_000);

fn alice() -> UserId {
    UserId::new("alice").unwrap()
}

fn check(sig: &str, now: u64) -> Result<Decoded, SigFault> {
    verify(sig, APP, "alice", &Key::new(KEY), UnixSeconds(now))
}

#[test]
fn a_ticket_is_valid_up_to_and_in_its_last_second() {
    let sig = sign(APP, &alice(), &Key::new(KEY), AT, 60);
    let at = UnixSeconds(AT.0 + 60);
    assert!(check(&sig, AT.0).is_ok());
    assert!(
        check(&sig, at.0).is_ok(),
        "the boundary second is still valid"
    );
    let now = UnixSeconds(at.0 + 1);
    assert_eq!(check(&sig, now.0), Err(SigFault::Expired { at, now }));
}

#[test]
fn the_first_wrong_part_is_named_in_the_official_order() {
    let key = Key::new(KEY);
    let late = UnixSeconds(AT.0 + 61);
    let sig = sign(APP, &alice(), &Key::new("another key"), AT, 60);
    let found = |app, user, now| verify(&sig, SdkAppId(app), user, &key, now).unwrap_err();
    assert_eq!(found(7, "bob", late), SigFault::OtherApp { found: APP });
    assert_eq!(
        found(APP.0, "bob", late),
        SigFault::OtherUser {
            found: "alice".into()
        }
    );
    assert_eq!(
        found(APP.0, "alice", late),
        SigFault::Expired {
            at: UnixSeconds(AT.0 + 60),
            now: late
        }
    );
    assert_eq!(found(APP.0, "alice", AT), SigFault::BadSignature);
}

#[test]
fn a_validity_beyond_all_time_does_not_overflow() {
    let sig = sign(
        APP,
        &alice(),
        &Key::new(KEY),
        UnixSeconds(u64::MAX),
        u64::MAX,
    );
    assert_eq!(
        check(&sig, AT.0).unwrap().ticket.expires(),
        UnixSeconds(u64::MAX)
    );
}

prop_compose! {
    fn ticket()(
        app in any::<u32>(),
        user in "[a-zA-Z0-9_-]{1,32}",
        key in "[!-~]{1,100}",
        time in 0..=u64::from(u32::MAX),
        valid in 0..400_000_000_u64,
    ) -> (SdkAppId, UserId, Key, UnixSeconds, u64) {
        (SdkAppId(app), UserId::new(&user).unwrap(), Key::new(&key), UnixSeconds(time), valid)
    }
}

proptest! {
    #[test]
    fn what_was_signed_decodes_to_itself_and_verifies((app, user, key, at, valid) in ticket()) {
        let sig = sign(app, &user, &key, at, valid);
        let decoded = verify(&sig, app, user.as_str(), &key, at).unwrap();
        prop_assert_eq!(decoded.ticket, Ticket {
            app,
            identifier: user.to_string(),
            issued: at,
            valid_for_secs: i128::from(valid),
            user_buf: None,
        });
    }

    #[test]
    fn a_changed_character_never_verifies_as_something_else(
        (app, user, key, at, valid) in ticket(),
        place in any::<prop::sample::Index>(),
        with in prop::sample::select(b"ABCXYZabcxyz0189*-_+/=. ".to_vec()),
    ) {
        let sig = sign(app, &user, &key, at, valid);
        let mut changed = sig.clone().into_bytes();
        let place = place.index(changed.len());
        prop_assume!(changed[place] != with);
        changed[place] = with;
        let changed = String::from_utf8(changed).unwrap();
        // A deflate stream has a few bits without a meaning, so another spelling of the very same claims may pass.
        if let Ok(passed) = verify(&changed, app, user.as_str(), &key, at) {
            prop_assert_eq!(&passed, &decode(&sig).unwrap());
            prop_assert_eq!(unpacked(&changed), unpacked(&sig));
        }
    }

    #[test]
    fn any_text_is_answered_without_a_panic(text in ".{0,300}", wire in "eJ[a-zA-Z0-9*_-]{0,300}") {
        prop_assert!(check(&text, AT.0).is_err());
        prop_assert!(check(&wire, AT.0).is_err());
    }
}

/// The content, by a path that shares no code with the one tested.
fn unpacked(sig: &str) -> String {
    let base64 = sig.replace('*', "+").replace('-', "/").replace('_', "=");
    let packed = STANDARD.decode(base64).unwrap();
    let mut json = String::new();
    ZlibDecoder::new(packed.as_slice())
        .read_to_string(&mut json)
        .unwrap();
    json
}
