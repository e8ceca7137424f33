//! The team's own server, which issues UserSigs.

use super::http_client::ClientSettings;
use crate::profile::Verify;

/// The team's UserSig server, as a run uses it.
#[derive(Debug)]
pub struct Issuer {
    /// The way there.
    pub settings: ClientSettings,
    /// Whether what it issues is checked.
    pub verify: Verify,
}
