//! UserSigs of version 1, which a private key signed (ECDSA): known by the names of their fields.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// What tells a ticket of version 1. Source: github.com/tencentyun/tls-sig-api, `src/tls_signature.cpp`. Older signers left
/// `TLS.version` out.
#[derive(Deserialize)]
struct FirstVersion {
    #[serde(rename = "TLS.ver")]
    later: Option<IgnoredAny>,
    #[serde(rename = "TLS.version")]
    version: Option<IgnoredAny>,
    #[serde(rename = "TLS.sdk_appid")]
    app: Option<IgnoredAny>,
}

/// Whether `json` is the content of a ticket of version 1, and not a damaged one of today.
pub(super) fn is_one(json: &[u8]) -> bool {
    let read = serde_json::from_slice::<FirstVersion>(json);
    read.is_ok_and(|it| it.later.is_none() && (it.version.is_some() || it.app.is_some()))
}
