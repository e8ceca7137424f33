//! The UserSig, TLSSigAPIv2: the ticket that proves a UserID to an app.
//!
//! In: an app, a UserID, a key, times. Out: a signed ticket, or which part of one is wrong. Any layout that the
//! official libraries write is read. Never here: clocks; the caller says what time it is.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use serde::Deserialize;

use trtc_base::units::UnixSeconds;

use super::codec::Malformed;
use super::keyed::keyed;
use super::sig_fault::{SigFault, shortened};
use super::{Key, SdkAppId, UserId, codec, first_version};

/// What a UserSig claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The app it is for.
    pub app: SdkAppId,
    /// The account it is for, as signed. It need not keep the rule of [`UserId`].
    pub identifier: String,
    /// When it was signed (`TLS.time`).
    pub issued: UnixSeconds,
    /// For how many seconds from then it is valid (`TLS.expire`: a duration, not an instant). Below zero it never was.
    pub valid_for_secs: i128,
    /// Further bytes under the signature (`TLS.userbuf`), such as a room's permission.
    pub user_buf: Option<Vec<u8>>,
}

impl Ticket {
    /// The last second in which it is valid.
    #[must_use]
    pub fn expires(&self) -> UnixSeconds {
        let end = i128::from(self.issued.0).saturating_add(self.valid_for_secs);
        UnixSeconds(u64::try_from(end.max(0)).unwrap_or(u64::MAX))
    }
}

/// A UserSig that was read; nothing is proven by that.
#[derive(Clone, PartialEq, Eq)]
pub struct Decoded {
    /// What it claims.
    pub ticket: Ticket,
    /// `TLS.sig`, as it stands.
    signature: Box<str>,
}

impl fmt::Debug for Decoded {
    /// Without the signature: with it, the ticket could be used.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoded")
            .field("ticket", &self.ticket)
            .finish_non_exhaustive()
    }
}

/// Signs a UserSig for `user` in `app` that is valid from `issued` for `valid_for_secs`. With less than nothing it has
/// expired from the start, as with the official libraries.
#[must_use]
pub fn sign(
    app: SdkAppId,
    user: &UserId,
    key: &Key,
    issued: UnixSeconds,
    valid_for_secs: impl Into<i128>,
) -> String {
    let valid_for_secs = valid_for_secs.into();
    let content = content(app, user.as_str(), issued, valid_for_secs);
    let signature = STANDARD.encode(keyed(key).chain_update(content).finalize().into_bytes());
    let UnixSeconds(time) = issued;
    // No character of a UserID needs an escape in JSON.
    let json = format!(
        r#"{{"TLS.ver":"2.0","TLS.identifier":"{user}","TLS.sdkappid":{app},"TLS.time":{time},"TLS.expire":{valid_for_secs},"TLS.sig":"{signature}"}}"#
    );
    codec::encode(json.as_bytes())
}

/// Reads a UserSig without checking its signature.
///
/// # Errors
/// [`SigFault::NotAUserSig`], with the reason.
pub fn decode(sig: &str) -> Result<Decoded, SigFault> {
    let json = codec::decode(sig).map_err(SigFault::NotAUserSig)?;
    read(&json).map_err(SigFault::NotAUserSig)
}

/// Checks that `sig` proves `user` to `app` at `now`: app, UserID, expiry and signature, in this order.
/// The boundary second is still valid. A userbuf is covered by the signature and not compared.
///
/// The text is not canonical: what is proven is what it decodes to, not its spelling.
///
/// # Errors
/// The first part that is wrong.
pub fn verify(
    sig: &str,
    app: SdkAppId,
    user: &str,
    key: &Key,
    now: UnixSeconds,
) -> Result<Decoded, SigFault> {
    let decoded = decode(sig)?;
    let ticket = &decoded.ticket;
    if ticket.app != app {
        return Err(SigFault::OtherApp { found: ticket.app });
    }
    if ticket.identifier != user {
        return Err(SigFault::OtherUser {
            found: ticket.identifier.clone(),
        });
    }
    let at = ticket.expires();
    if now > at || ticket.valid_for_secs < 0 {
        return Err(SigFault::Expired { at, now });
    }
    let mut mac = keyed(key).chain_update(content(app, user, ticket.issued, ticket.valid_for_secs));
    if let Some(user_buf) = &ticket.user_buf {
        mac.update(format!("TLS.userbuf:{}\n", STANDARD.encode(user_buf)).as_bytes());
    }
    let signature = STANDARD
        .decode(&*decoded.signature)
        .map_err(|_| SigFault::BadSignature)?;
    mac.verify_slice(&signature)
        .map_err(|_| SigFault::BadSignature)?;
    Ok(decoded)
}

/// The lines under the signature, without the userbuf's.
fn content(app: SdkAppId, identifier: &str, issued: UnixSeconds, valid_for_secs: i128) -> String {
    let UnixSeconds(time) = issued;
    format!(
        "TLS.identifier:{identifier}\nTLS.sdkappid:{app}\nTLS.time:{time}\nTLS.expire:{valid_for_secs}\n"
    )
}

/// The JSON of a UserSig. Fields of other names are ignored; one that comes twice is refused.
#[derive(Deserialize)]
struct Wire<'a> {
    #[serde(rename = "TLS.ver", borrow)]
    version: Cow<'a, str>,
    #[serde(rename = "TLS.identifier")]
    identifier: String,
    #[serde(rename = "TLS.sdkappid")]
    app: u32,
    #[serde(rename = "TLS.time")]
    time: u64,
    /// Zero where it is missing: one official library leaves a zero out.
    #[serde(rename = "TLS.expire", default)]
    expire: i128,
    #[serde(rename = "TLS.userbuf", borrow)]
    user_buf: Option<Cow<'a, str>>,
    #[serde(rename = "TLS.sig")]
    signature: Box<str>,
}

fn read(json: &[u8]) -> Result<Decoded, Malformed> {
    let wire: Wire<'_> = serde_json::from_slice(json).map_err(|error| {
        if first_version::is_one(json) {
            Malformed::FirstVersion
        } else {
            wrong(&error.to_string())
        }
    })?;
    if wire.version != "2.0" {
        return Err(Malformed::Version {
            found: shortened(&wire.version),
        });
    }
    let user_buf = wire
        .user_buf
        .map(|text| STANDARD.decode(text.as_bytes()))
        .transpose()
        .map_err(|error| wrong(&format!("TLS.userbuf is not base64: {error}")))?;
    Ok(Decoded {
        ticket: Ticket {
            app: SdkAppId(wire.app),
            identifier: wire.identifier,
            issued: UnixSeconds(wire.time),
            valid_for_secs: wire.expire,
            user_buf,
        },
        signature: wire.signature,
    })
}

fn wrong(reason: &str) -> Malformed {
    Malformed::Content {
        reason: shortened(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_base::error::Explain;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const APP: SdkAppId = SdkAppId(1_400_000_000);
    const AT: UnixSeconds = UnixSeconds(1_700_000_000);

    fn alice() -> UserId {
        UserId::new("alice").unwrap()
    }

    fn check(sig: &str, now: u64) -> Result<Decoded, SigFault> {
        verify(sig, APP, "alice", &Key::new(KEY), UnixSeconds(now))
    }

    /// A ticket that carries `json` as it stands.
    fn sealed(json: &str) -> String {
        codec::encode(json.as_bytes())
    }

    fn reason(sig: &str) -> String {
        match decode(sig) {
            Err(SigFault::NotAUserSig(Malformed::Content { reason })) => reason,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_published_example_gets_its_published_signature() {
        let user = UserId::new("xiaojun").unwrap();
        let sig = sign(APP, &user, &Key::new(KEY), AT, 15_552_000);
        let decoded = decode(&sig).unwrap();
        assert_eq!(
            &*decoded.signature,
            "LvA7d/Iw7gSsnskvVzBDPOCCDbuNCw4GHwTC0bip+B4="
        );
    }

    #[test]
    fn one_that_was_valid_for_less_than_nothing_has_expired() {
        let sig = sign(APP, &alice(), &Key::new(KEY), AT, -5);
        let at = UnixSeconds(AT.0 - 5);
        // Also where somebody looks at it before it was signed.
        for now in [AT.0 - 9, AT.0 - 5, AT.0, AT.0 + 100] {
            let fault = check(&sig, now).unwrap_err();
            let now = UnixSeconds(now);
            assert_eq!(fault, SigFault::Expired { at, now });
            assert!(fault.to_string().starts_with("it "), "{fault}");
            assert!(fault.to_string().contains("expired"), "{fault}");
        }
    }

    #[test]
    fn a_missing_expiry_reads_as_zero_and_other_gaps_are_named() {
        let whole = r#"{"TLS.ver":"2.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.time":5,"TLS.sig":"AA=="}"#;
        assert_eq!(decode(&sealed(whole)).unwrap().ticket.valid_for_secs, 0);
        for field in ["ver", "identifier", "sdkappid", "time", "sig"] {
            let without = whole.replace(&format!("TLS.{field}"), "other");
            assert!(
                reason(&sealed(&without)).contains(&format!("missing field `TLS.{field}`")),
                "{field}"
            );
        }
        let twice = whole.replace("\"TLS.time\":5", "\"TLS.time\":5,\"TLS.time\":6");
        assert!(
            reason(&sealed(&twice)).contains("duplicate field"),
            "{}",
            reason(&sealed(&twice))
        );
    }

    #[test]
    fn an_older_version_is_told_apart_from_damage() {
        let old =
            r#"{"TLS.ver":"1.0","TLS.identifier":"a","TLS.sdkappid":1,"TLS.time":5,"TLS.sig":""}"#;
        let found = "1.0".to_owned();
        assert_eq!(
            decode(&sealed(old)),
            Err(SigFault::NotAUserSig(Malformed::Version { found }))
        );
    }

    #[test]
    fn a_ticket_of_the_first_version_is_known_by_its_fields_and_says_how_to_change_over() {
        // The fields and their order are those of the official C++ library; its predecessor wrote no `TLS.version`.
        let whole = r#"{"TLS.account_type":"0","TLS.identifier":"alice","TLS.appid_at_3rd":"0","TLS.sdk_appid":"1400000000","TLS.expire_after":"15552000","TLS.version":"201512300000","TLS.time":"1700000000","TLS.sig":"MEUCIQ=="}"#;
        let older = whole.replace(r#""TLS.version":"201512300000","#, "");
        for json in [whole, &older] {
            let fault = check(&sealed(json), AT.0).unwrap_err();
            assert_eq!(fault, SigFault::NotAUserSig(Malformed::FirstVersion));
            assert!(fault.to_string().contains("version 1"), "{fault}");
            assert!(fault.remedy().contains("console"), "{}", fault.remedy());
        }
        // What has both is a damaged one of today.
        let both = whole.replacen('{', r#"{"TLS.ver":"2.0","#, 1);
        assert!(reason(&sealed(&both)).contains("invalid type"));
    }

    #[test]
    fn numbers_at_the_ends_of_their_range_are_compared_without_an_overflow() {
        let key = Key::new(KEY);
        let most = i128::from(u64::MAX);
        for (issued, valid, now, is_valid) in [
            (0, i128::MAX, u64::MAX, true),
            (u64::MAX, i128::MAX, u64::MAX, true),
            (u64::MAX, 0, u64::MAX, true),
            (0, most, u64::MAX, true),
            (0, most - 1, u64::MAX, false),
            (u64::MAX, i128::MIN, 0, false),
            (0, i128::MIN, 0, false),
            (0, -1, 0, false),
        ] {
            let sig = sign(APP, &alice(), &key, UnixSeconds(issued), valid);
            let found = check(&sig, now).map(|_| ());
            let expired = matches!(found, Err(SigFault::Expired { .. }));
            assert_eq!(
                (found.is_ok(), expired),
                (is_valid, !is_valid),
                "{issued} {valid} {now}"
            );
        }
    }

    #[test]
    fn content_of_another_kind_is_refused_with_a_bounded_reason() {
        let deep = "[".repeat(10_000);
        let long = format!("\"{}\"", "x".repeat(10_000));
        for json in ["", "{", "[]", "null", "{}", "\u{0}", &deep, &long] {
            let said = decode(&sealed(json)).unwrap_err().to_string();
            assert!(said.len() < 200, "{said}");
        }
    }

    #[test]
    fn a_signature_that_is_no_signature_is_a_bad_signature() {
        for tag in [
            "",
            "AA==",
            "no base64!",
            "LvA7d/Iw7gSsnskvVzBDPOCCDbuNCw4GHwTC0bip+B4",
        ] {
            let json = format!(
                r#"{{"TLS.ver":"2.0","TLS.identifier":"alice","TLS.sdkappid":{APP},"TLS.time":{},"TLS.sig":"{tag}"}}"#,
                AT.0
            );
            assert_eq!(
                check(&sealed(&json), AT.0),
                Err(SigFault::BadSignature),
                "{tag:?}"
            );
        }
    }

    #[test]
    fn the_signature_and_the_key_are_in_no_debug_text() {
        let sig = sign(APP, &alice(), &Key::new(KEY), AT, 60);
        let decoded = decode(&sig).unwrap();
        let shown = format!("{decoded:?} {:?}", Key::new(KEY));
        assert!(
            !shown.contains(&*decoded.signature) && !shown.contains(KEY),
            "{shown}"
        );
    }
}
