//! The key of a WebSocket handshake. Source: RFC 6455 sections 1.3 and 4.1.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use trtc_base::chance::mix;

/// A `Sec-WebSocket-Key`: 16 bytes in base64. It proves that the answer belongs to the request, and is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketKey(Box<str>);

impl WebSocketKey {
    /// The same key for the same seed, and another for another.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let (low, high) = (mix(seed), mix(!seed));
        let bytes = (u128::from(high) << 64) | u128::from(low);
        Self(STANDARD.encode(bytes.to_be_bytes()).into())
    }

    /// The header's value: 24 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `accept` is the answer to this key.
    pub(super) fn is_answered_by(&self, accept: &[u8]) -> bool {
        derive_accept_key(self.0.as_bytes()).as_bytes() == accept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_6455_section_1_3_is_answered_as_there() {
        let key = WebSocketKey("dGhlIHNhbXBsZSBub25jZQ==".into());
        assert!(key.is_answered_by(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
        assert!(!key.is_answered_by(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo"));
        assert!(!WebSocketKey::from_seed(1).is_answered_by(b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    }

    #[test]
    fn a_key_is_sixteen_bytes_and_follows_from_its_seed() {
        let keys = [0, 1, 2, u64::MAX].map(WebSocketKey::from_seed);
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(STANDARD.decode(key.as_str()).unwrap().len(), 16);
            assert!(!keys[..n].contains(key), "{key:?}");
        }
        assert_eq!(keys[1], WebSocketKey::from_seed(1));
    }
}
