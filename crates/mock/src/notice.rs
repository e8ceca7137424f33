//! How a kicked device on an open push channel is told, and what goes wrong with that.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What goes wrong with kick notices on `WebSocket`s and event streams: shares of them, in 0..=1, drawn one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoticeFaults {
    /// Never told; the channel stays open.
    pub lost: f64,
    /// Told after `late_by`.
    pub late: f64,
    /// How late.
    pub late_by: Duration,
    /// Told twice.
    pub twice: f64,
}

/// What tells a kicked `WebSocket`. An event stream has no close frame, and is told by a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeBy {
    /// A message; the close frame after it says nothing.
    #[default]
    Message,
    /// The code of the close frame.
    Close,
    /// A message, and the code of the close frame after it.
    Both,
}
