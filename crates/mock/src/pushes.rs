//! What the mock sends over open push channels by itself: pings, and one broadcast.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// When it sends what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pushes {
    /// How often it pings a device; none: three times in the longest silence that a device is allowed.
    pub ping_every: Option<Duration>,
    /// How long the pong to a ping may take before the device is lost; none: a device is lost by its silence alone.
    pub pong_limit: Option<Duration>,
    /// When every open channel gets one broadcast event, from the first request. Over a second, so that thousands of
    /// channels do not hold each other up.
    pub broadcast_after: Option<Duration>,
}

impl Pushes {
    /// The settings that may not be zero, with whether they are.
    pub(super) fn zeros(self) -> [(&'static str, bool); 2] {
        let is_zero = |span: Option<Duration>| span.is_some_and(|span| span.is_zero());
        [
            ("ping-every", is_zero(self.ping_every)),
            ("pong-limit", is_zero(self.pong_limit)),
        ]
    }
}
