//! How the harness plays Tencent towards a webhook receiver.

use super::KeySource;

/// How the harness plays Tencent towards a webhook receiver. Only a profile whose dialect is a webhook's uses it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The receiver's path, beginning with a slash.
    pub path: String,
    /// The token that signs callbacks; none: authentication is off, as in a console where it was not turned on.
    pub token: Option<KeySource>,
    /// How often a callback that got no answer in time is sent again. Documented default: never.
    pub retries: u32,
    /// Whether victims of a kick run an old SDK, whose kicks cause a second callback.
    pub sdk: Sdk,
}

/// Which SDK the simulated devices run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// 5.6.1200 (web: 2.14.0) or newer: a kick is told by the newcomer's Login alone.
    Current,
    /// Older: the victim's Logout is told too.
    Legacy,
}
