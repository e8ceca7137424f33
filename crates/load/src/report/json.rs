//! `summary.json`: the digest for machines, each field documented in `docs/summary.md`.

use super::Findings;
use super::digest::Digest;

pub(super) fn write(_: &Findings<'_>, digest: &Digest) -> Result<Vec<u8>, String> {
    let mut text = serde_json::to_vec_pretty(digest).map_err(|fault| fault.to_string())?;
    text.push(b'\n');
    Ok(text)
}
