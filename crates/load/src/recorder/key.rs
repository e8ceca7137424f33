//! Keys: what values are called on disk. They are serde's, and frozen; words for people are others, and may change.
//!
//! A value that gets a place in the recording derives `Serialize` and `Deserialize` with `rename_all = "snake_case"`, and
//! its keys get their lines in `tests/golden/keys.txt`. Nothing here needs to know it.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::legacy;
use crate::session::Cause;

/// A value in a line of the recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key<T> {
    Known(T),
    /// A later program wrote it: what stands there.
    Unknown(String),
}

impl<T: Serialize> Serialize for Key<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(text) => text.serialize(serializer),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let known = T::deserialize(&value).map(Self::Known);
        Ok(known.unwrap_or_else(|_| Self::Unknown(shown(&value))))
    }
}

/// A cause. Version 3 spelled it as one text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct CauseKey(pub(super) Cause);

impl<'de> Deserialize<'de> for CauseKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let legacy = value.as_str().and_then(legacy::cause);
        legacy
            .map_or_else(|| Cause::deserialize(&value), Ok)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// The key of a value that is a key and nothing more.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    shown(&serde_json::to_value(value).unwrap_or_default())
}

/// A text as it is, anything else as JSON spells it.
fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The value of that key.
pub(super) fn named<T: DeserializeOwned>(word: &str) -> Option<T> {
    let word: StrDeserializer<'_, Error> = word.into_deserializer();
    T::deserialize(word).ok()
}
