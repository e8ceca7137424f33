//! A door for fuzzing: UserSigs around a content of any kind.

use super::codec;

/// The text of a UserSig that carries `json` as it stands.
#[must_use]
pub fn seal(json: &[u8]) -> String {
    codec::encode(json)
}

/// What a UserSig's text carries, where it can be unpacked.
#[must_use]
pub fn unseal(text: &str) -> Option<Vec<u8>> {
    codec::decode(text).ok()
}
