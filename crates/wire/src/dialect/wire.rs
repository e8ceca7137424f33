//! The bodies of the `session` dialect, version 1, as the mock reads and writes them.
//!
//! `POST /v1/login`, `GET /v1/self`, `POST /v1/logout`, `POST /v1/reconnect`, and `GET /v1/events` (WebSocket). All
//! but login carry `Authorization: Bearer TOKEN`. Success is HTTP 200 with `"code": 0`; a refusal is another status
//! with the documented code and a message.

use serde::{Deserialize, Serialize};

/// The path of `login` (and of `switch`, `relogin` and `provoke`, which are logins).
pub const LOGIN: &str = "/v1/login";
/// The path of `self_info`.
pub const SELF_INFO: &str = "/v1/self";
/// The path of `logout`.
pub const LOGOUT: &str = "/v1/logout";
/// The path of `reconnect`.
pub const RECONNECT: &str = "/v1/reconnect";
/// The path of the push channel: a WebSocket, or an event stream.
pub const EVENTS: &str = "/v1/events";
/// The path of the long poll.
pub const POLL: &str = "/v1/poll";
/// The path of the status, which answers at once.
pub const STATUS: &str = "/v1/status";
/// The path of the server REST API's commands.
pub const REST: &str = "/v4/{service}/{command}";
/// The path of the mock's own counts.
pub const STATS: &str = "/stats";

/// The body of a login. A login on a device that is online with another account switches it.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginRequest {
    /// The app.
    pub sdk_app_id: u32,
    /// The account.
    pub user_id: String,
    /// Its ticket.
    pub user_sig: String,
    /// The device's platform: `android`, `iphone`, `ipad`, `windows`, `mac` or `web`.
    pub platform: String,
    /// The device. Unique in the app.
    pub device_id: String,
}

/// The answer to a login that succeeded.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginAnswer {
    /// 0.
    pub code: i64,
    /// The session's token.
    pub token: String,
    /// The account that is logged in.
    pub user_id: String,
}

/// The answer to `self_info` that succeeded.
#[derive(Debug, Serialize, Deserialize)]
pub struct SelfInfoAnswer {
    /// 0.
    pub code: i64,
    /// The account that is logged in.
    pub user_id: String,
}

/// A success without more (`logout`, `reconnect`: code 0), or a refusal.
#[derive(Debug, Serialize, Deserialize)]
pub struct Plain {
    /// 0, or the documented code.
    pub code: i64,
    /// What it means.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// A message on the push channel.
#[derive(Debug, Serialize, Deserialize)]
pub struct PushEvent {
    /// `kicked_offline`, `user_sig_expired`, `broadcast`, or another name that the session ignores.
    pub event: String,
    /// Why: `multiple_device` for a rival's login.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// The answer to a poll that succeeded.
#[derive(Debug, Serialize, Deserialize)]
pub struct PollAnswer {
    /// 0.
    pub code: i64,
    /// As in [`PushEvent`], or `none`.
    pub event: String,
    /// The next poll's cursor.
    pub next: String,
}

/// The event of a kick.
pub const KICKED_OFFLINE: &str = "kicked_offline";
/// The event of an expired ticket.
pub const USER_SIG_EXPIRED: &str = "user_sig_expired";

/// The event that everybody gets, and that means nothing for a session.
pub const BROADCAST: &str = "broadcast";

/// What the mock counted: the second set of counters that a run is checked against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Login requests read, and those that succeeded.
    pub login: Tally,
    /// `self_info` requests read, and those that succeeded.
    pub self_info: Tally,
    /// Logout requests read, and those that succeeded.
    pub logout: Tally,
    /// Reconnect requests read, and those that succeeded.
    pub reconnect: Tally,
    /// Push channels asked for, and those opened.
    pub events: Tally,
    /// Polls and status requests read, and those that succeeded.
    #[serde(default)]
    pub polls: Tally,
    /// Requests to the server REST API, by command.
    #[serde(default)]
    pub rest: std::collections::BTreeMap<String, Tally>,
    /// Accounts that an administrator imported, and no login had registered before.
    #[serde(default)]
    pub imported: u64,
    /// Refusals by documented code.
    pub refused: std::collections::BTreeMap<i64, u64>,
    /// Accounts with at least one successful login, by SDKAppID.
    pub accounts: std::collections::BTreeMap<u32, u64>,
    /// Accounts that a first login registered.
    pub registered: u64,
    /// Sessions alive now.
    pub live_sessions: u64,
    /// The most sessions alive at once.
    pub most_live_sessions: u64,
    /// Sessions that a rival's login ended.
    pub kicks: u64,
    /// Those of them whose device was told on its push channel.
    pub kicks_announced: u64,
    /// Those of them whose device had a request in progress here.
    pub kicks_in_flight: u64,
    /// Kicks whose device was told nothing, by order.
    #[serde(default)]
    pub notices_lost: u64,
    /// Kicks whose device was told late, by order.
    #[serde(default)]
    pub notices_late: u64,
    /// Kicks whose device was told twice, by order.
    #[serde(default)]
    pub notices_twice: u64,
    /// Push channels cut by order.
    #[serde(default)]
    pub channels_cut: u64,
    /// Event streams that went on from the last event of the one before.
    #[serde(default)]
    pub channels_resumed: u64,
    /// Broadcast events sent, one to each open push channel.
    #[serde(default)]
    pub broadcasts: u64,
    /// Pings sent on push channels that are `WebSocket`s.
    #[serde(default)]
    pub pings: u64,
    /// Pongs received on them.
    #[serde(default)]
    pub pongs: u64,
    /// Devices with an open push channel that were silent for too long, or whose pong did not come in time.
    #[serde(default)]
    pub devices_lost: u64,
    /// Connections cut before their request was counted.
    pub cut_before: u64,
    /// Connections cut after the request was counted and carried out, instead of its answer.
    pub cut_after: u64,
}

/// Requests of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Requests read, whatever came of them.
    pub attempts: u64,
    /// Requests that succeeded.
    pub successes: u64,
}
