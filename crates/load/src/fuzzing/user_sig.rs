//! UserSigs: what is read, and what is believed.

use super::Reached;
use trtc_base::units::UnixSeconds;
use trtc_usersig::fuzzing::{seal, unseal};
use trtc_usersig::{Decoded, Key, SdkAppId, SigFault, UserId, decode, sign, verify};

/// The app of the ticket that is damaged.
const APP: SdkAppId = SdkAppId(1_400_000_000);
/// Its account.
const USER: &str = "alice";
/// When it was signed.
const AT: UnixSeconds = UnixSeconds(1_700_000_000);
/// For how many seconds it is valid.
const VALID: u64 = 3_600;

/// Any text is read or refused; a signed ticket that is damaged as `input` says proves nothing that it did not prove
/// before.
///
/// # Panics
/// Where it does.
pub fn user_sig(input: &[u8]) -> Reached {
    let text = String::from_utf8_lossy(input);
    check_forged(&text);
    check_forged(&seal(input));
    if let Ok(user) = UserId::new(USER) {
        let sig = sign(APP, &user, &key(), AT, VALID);
        let damaged = damaged(sig.as_bytes(), input);
        check_damaged(&String::from_utf8_lossy(&damaged));
        let json = unseal(&sig).unwrap_or_default();
        check_damaged(&seal(&self::damaged(&json, input)));
    }
    Reached::of(decode(&text).ok())
}

fn key() -> Key {
    Key::new("5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e")
}

/// Nobody who lacks the key makes a ticket. The fuzzer knows tickets of other keys only.
fn check_forged(text: &str) {
    let secret = Key::new("a key that signed nothing");
    let Ok(decoded) = decode(text) else {
        assert!(verify(text, APP, USER, &secret, AT).is_err());
        return;
    };
    let ticket = &decoded.ticket;
    let found = verify(text, ticket.app, &ticket.identifier, &secret, ticket.issued);
    if ticket.valid_for_secs < 0 {
        assert!(matches!(found, Err(SigFault::Expired { .. })), "{ticket:?}");
    } else {
        assert_eq!(found, Err(SigFault::BadSignature), "forged: {ticket:?}");
    }
    let shown = format!("{decoded:?}");
    assert!(!shown.contains("signature"), "{shown}");
}

/// A damaged ticket is refused, or still says the very same.
fn check_damaged(text: &str) {
    if let Ok(Decoded { ticket, .. }) = verify(text, APP, USER, &key(), AT) {
        let same = (APP, USER, AT, i128::from(VALID), None::<Vec<u8>>);
        let said = (
            ticket.app,
            &*ticket.identifier,
            ticket.issued,
            ticket.valid_for_secs,
            ticket.user_buf,
        );
        assert_eq!(said, same, "damage changed what is proven");
    }
    let other = Key::new("another key");
    for (app, user, key) in [
        (SdkAppId(APP.0 + 1), USER, &key()),
        (APP, "bob", &key()),
        (APP, "Alice", &key()),
        (APP, USER, &other),
    ] {
        let found = verify(text, app, user, key, AT);
        assert!(found.is_err(), "accepted for {app} {user}: {found:?}");
    }
    let late = UnixSeconds(AT.0 + VALID + 1);
    assert!(verify(text, APP, USER, &key(), late).is_err());
}

/// `bytes` after the damage that `orders` name, three bytes each: where, what, with which byte. At most sixteen.
fn damaged(bytes: &[u8], orders: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for order in orders.chunks_exact(3).take(16) {
        let (place, what, byte) = (usize::from(order[0]), order[1], order[2]);
        let at = place * bytes.len() / 256;
        match what % 4 {
            0 if at < bytes.len() => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => bytes.truncate(bytes.len() - usize::from(byte).min(bytes.len())),
            _ => {}
        }
    }
    bytes
}
