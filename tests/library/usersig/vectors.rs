//! Every vector of `tests/vectors/usersig.json`, in each layout that it holds.

use serde::Deserialize;
use trtc_load::units::UnixSeconds;
use trtc_load::usersig::{
    Decoded, Key, SdkAppId, SigFault, UserId, UserIdFault, decode, sign, verify,
};

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    sdkappid: u32,
    key: String,
    userid: String,
    time: u64,
    expire: u64,
    /// The Python library's; the npm library's where only that can sign the userbuf.
    usersig: String,
    usersig_npm: Option<String>,
    /// In the Go library's layout: stored, and with a line feed after the JSON.
    usersig_stored_derived: String,
    userbuf_hex: Option<String>,
    userbuf: Option<String>,
    decoded_json: Claims,
}

#[derive(Deserialize)]
struct Claims {
    #[serde(rename = "TLS.sig")]
    signature: String,
}

impl Vector {
    fn key(&self) -> Key {
        Key::new(&self.key)
    }

    fn layouts(&self) -> Vec<&str> {
        let mut all = vec![self.usersig.as_str(), self.usersig_stored_derived.as_str()];
        all.extend(self.usersig_npm.as_deref());
        all
    }

    fn verify(&self, sig: &str, now: u64) -> Result<Decoded, SigFault> {
        verify(
            sig,
            SdkAppId(self.sdkappid),
            &self.userid,
            &self.key(),
            UnixSeconds(now),
        )
    }

    fn user_buf(&self) -> Option<Vec<u8>> {
        let hex = |text: &String| -> Vec<u8> {
            let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            (0..text.len()).step_by(2).map(byte).collect()
        };
        let plain = self.userbuf.as_ref().map(|text| text.as_bytes().to_vec());
        plain.or_else(|| self.userbuf_hex.as_ref().map(hex))
    }
}

fn vectors() -> Vec<Vector> {
    let all: Vectors = serde_json::from_str(include_str!("../../vectors/usersig.json")).unwrap();
    assert_eq!(all.vectors.len(), 10);
    all.vectors
}

#[test]
fn every_layout_is_read_and_verifies_up_to_its_last_second() {
    for vector in vectors() {
        for sig in vector.layouts() {
            let last = vector.time + vector.expire;
            let ticket = vector.verify(sig, last).unwrap().ticket;
            assert_eq!(ticket.app, SdkAppId(vector.sdkappid), "{sig}");
            assert_eq!(ticket.identifier, vector.userid, "{sig}");
            assert_eq!(ticket.issued, UnixSeconds(vector.time), "{sig}");
            assert_eq!(
                u64::try_from(ticket.valid_for_secs),
                Ok(vector.expire),
                "{sig}"
            );
            assert_eq!(ticket.user_buf, vector.user_buf(), "{sig}");
            let late = vector.verify(sig, last + 1);
            let (at, now) = (UnixSeconds(last), UnixSeconds(last + 1));
            assert_eq!(late, Err(SigFault::Expired { at, now }), "{sig}");
        }
    }
}

#[test]
fn our_signature_says_what_the_libraries_say() {
    for vector in vectors()
        .into_iter()
        .filter(|vector| vector.user_buf().is_none())
    {
        let Ok(user) = UserId::new(&vector.userid) else {
            continue;
        };
        let issued = UnixSeconds(vector.time);
        let ours = sign(
            SdkAppId(vector.sdkappid),
            &user,
            &vector.key(),
            issued,
            vector.expire,
        );
        // Equality covers the signature, which is private.
        assert_eq!(decode(&ours), decode(&vector.usersig), "{}", vector.userid);
    }
}

#[test]
fn another_key_verifies_no_vector() {
    for vector in vectors() {
        for sig in vector.layouts() {
            let key = Key::new(&format!("{}0", vector.key));
            let app = SdkAppId(vector.sdkappid);
            let found = verify(sig, app, &vector.userid, &key, UnixSeconds(vector.time));
            assert_eq!(found, Err(SigFault::BadSignature), "{sig}");
        }
    }
}

#[test]
fn the_userbuf_is_under_the_signature() {
    let all = vectors();
    let with = all
        .iter()
        .find(|vector| vector.user_buf().is_some())
        .unwrap();
    let plain = all.iter().find(|vector| {
        let same = vector.userid == with.userid && vector.time == with.time;
        vector.user_buf().is_none() && same && vector.expire == with.expire
    });
    // The same claims with and without a userbuf carry different signatures.
    let (with, without) = (
        decode(&with.usersig).unwrap(),
        decode(&plain.unwrap().usersig).unwrap(),
    );
    let mut stripped = with.clone();
    stripped.ticket.user_buf = None;
    assert_eq!(stripped.ticket, without.ticket);
    assert_ne!(stripped, without);
}

#[test]
fn a_user_id_outside_the_rule_verifies_as_a_signature_and_is_refused_as_a_user_id() {
    let refused: Vec<_> = vectors()
        .into_iter()
        .filter_map(|vector| {
            UserId::new(&vector.userid)
                .err()
                .map(|fault| (vector, fault))
        })
        .collect();
    let [(vector, fault)] = refused.as_slice() else {
        unreachable!("one vector has such a UserID");
    };
    assert_eq!(*fault, UserIdFault::Character { found: '张' });
    for sig in vector.layouts() {
        assert!(vector.verify(sig, vector.time).is_ok(), "{sig}");
    }
}

#[test]
fn no_debug_text_shows_a_signature() {
    for vector in vectors() {
        let shown = format!("{:?}", decode(&vector.usersig).unwrap());
        assert!(!shown.contains(&vector.decoded_json.signature), "{shown}");
    }
}
