//! The signatures of callbacks: one covers the time of the request and nothing of its body, one the body and nothing else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::Mac;
use sha2::{Digest, Sha256};

use super::Key;
use super::keyed::keyed;
use trtc_base::units::UnixSeconds;

/// `Sign`: SHA-256, in lower-case hexadecimal, of the token followed by `RequestTime` in decimal.
///
/// Source: "Webhook Overview", trtc.io/document/34354, section on authentication.
#[must_use]
pub fn callback_sign(token: &Key, request_time: UnixSeconds) -> String {
    let digest = Sha256::new()
        .chain_update(token.as_bytes())
        .chain_update(request_time.0.to_string().as_bytes())
        .finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `Sign` of a room callback: HMAC-SHA256 of the body as it is sent, keyed with the callback key, in base64.
///
/// Source: "Room & Media Callbacks", trtc.io/document/39558, section on signatures.
#[must_use]
pub fn body_sign(key: &Key, body: &[u8]) -> String {
    STANDARD.encode(keyed(key).chain_update(body).finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_sign_of_a_body_comes_out() {
        // The sample of trtc.io/document/39558 and 54912, which write its white space so.
        let body = "{\n\t\"EventGroupId\":\t2,\n\t\"EventType\":\t204,\n\t\"CallbackTs\":\t1664209748188,\n\
                    \t\"EventInfo\":\t{\n\t\t\"RoomId\":\t8489,\n\t\t\"EventTs\":\t1664209748,\n\
                    \t\t\"EventMsTs\":\t1664209748180,\n\t\t\"UserId\":\t\"user_85034614\",\n\t\t\"Reason\":\t0\n\t}\n}";
        let documented = "kkoFeO3Oh2ZHnjtg8tEAQhtXK16/KI05W3BQff8IvGA=";
        assert_eq!(body_sign(&Key::new("123654"), body.as_bytes()), documented);
        let other = body.replace('\t', "");
        assert_ne!(body_sign(&Key::new("123654"), other.as_bytes()), documented);
    }

    #[test]
    fn the_documented_digest_comes_out() {
        // The page's own example. An older copy of it prints the token with three x, and this same digest: a misprint.
        let at = UnixSeconds(1_669_872_112);
        let documented = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
        assert_eq!(callback_sign(&Key::new("xxxxyyyy"), at), documented);
        assert_ne!(callback_sign(&Key::new("xxxyyy"), at), documented);
    }
}
