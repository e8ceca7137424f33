//! What a profile can set of the mock.

use trtc_base::units::Micros;

/// How the mock behaves. The defaults are those of a healthy service.
#[derive(Clone, Debug, PartialEq)]
pub struct MockSettings {
    /// How long it takes for each answer.
    pub service_time: Micros,
    /// The share of logins that it refuses, in 0..=1.
    pub error_rate: f64,
    /// The code it refuses them with.
    pub error_code: i64,
    /// Windows in which it answers nothing: their starts, counted from the first request, and their lengths.
    pub stalls: Vec<(Micros, Micros)>,
    /// The most logins a second before it answers 72010.
    pub max_logins_per_second: Option<u32>,
    /// The share of connections cut before their request is counted, in 0..=1.
    pub cut_before: f64,
    /// The share of connections cut instead of the answer, in 0..=1.
    pub cut_after: f64,
    /// The share of kick notices that are never told, in 0..=1.
    pub notice_lost: f64,
    /// The share of kick notices that are told late, in 0..=1.
    pub notice_late: f64,
    /// How late.
    pub notice_late_by: Micros,
    /// The share of kick notices that are told twice, in 0..=1.
    pub notice_twice: f64,
    /// What tells a kicked WebSocket.
    pub notice_by: NoticeBy,
    /// When every open push channel is cut, counted from the first request.
    pub cut_channels: Option<Micros>,
    /// How often it pings a device on an open push channel; none: three times in the heartbeat limit.
    pub ping_every: Option<Micros>,
    /// How long the pong may take before the device is lost; none: it is lost by its silence alone.
    pub pong_limit: Option<Micros>,
    /// When every open push channel gets one broadcast, counted from the first request.
    pub broadcast_after: Option<Micros>,
}

/// What tells a kicked WebSocket of the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeBy {
    /// A message.
    Message,
    /// The code of its close frame.
    Close,
    /// Both, one after the other.
    Both,
}

impl NoticeBy {
    /// Every way with its name.
    pub const NAMED: [(&'static str, Self); 3] = [
        ("message", Self::Message),
        ("close", Self::Close),
        ("both", Self::Both),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Close => "close",
            Self::Both => "both",
        }
    }
}
