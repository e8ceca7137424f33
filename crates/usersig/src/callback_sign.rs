//! The signature of a webhook callback. It covers the time of the request, and nothing of its body.

use sha2::{Digest, Sha256};

use super::Key;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_digest_comes_out() {
        // The page's own example. An older copy of it prints the token with three x, and this same digest: a misprint.
        let at = UnixSeconds(1_669_872_112);
        let documented = "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061";
        assert_eq!(callback_sign(&Key::new("xxxxyyyy"), at), documented);
        assert_ne!(callback_sign(&Key::new("xxxyyy"), at), documented);
    }
}
