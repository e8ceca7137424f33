//! The team's own UserSig server, where the profile names one.

use std::sync::Arc;

use super::target::HttpUrl;
use trtc_wire::dialect::Dialect;

/// A server that issues UserSigs: each login asks there first.
#[derive(Clone, Debug)]
pub struct UsersigServer {
    /// The service.
    pub url: HttpUrl,
    /// What it speaks: a dialect with the operation `usersig`.
    pub dialect: Arc<Dialect>,
    /// What names the dialect: a shipped name or a path.
    pub(super) named: String,
    /// Whether what it issues is checked with the app's key.
    pub verify: Verify,
}

/// Whether issued UserSigs are checked with the app's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Each of them.
    Each,
    /// None: the profile's key is not the one that signs.
    None,
}
