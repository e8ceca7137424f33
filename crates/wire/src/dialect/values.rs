//! What fills the placeholders of a request.

/// What fills a request's placeholders. A field that a step does not have is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// `{sdk_app_id}`
    pub sdk_app_id: u32,
    /// `{user_id}`, and in lower case `{user_id_lower}`
    pub user_id: &'a str,
    /// `{user_sig}`
    pub user_sig: &'a str,
    /// `{password}`
    pub password: &'a str,
    /// `{platform}`
    pub platform: &'a str,
    /// `{device_id}`
    pub device_id: &'a str,
    /// `{token}`, taken from the login's answer.
    pub token: &'a str,
    /// `{cursor}`, taken from the last poll.
    pub cursor: &'a str,
    /// `{admin}`, the administrator's UserID.
    pub admin: &'a str,
    /// `{admin_sig}`, its UserSig.
    pub admin_sig: &'a str,
    /// `{random}`, another number for each request.
    pub random: &'a str,
    /// `{user_ids}`: a JSON list of accounts, as it stands.
    pub user_ids: &'a str,
    /// How many accounts that list names.
    pub named: usize,
    /// What a callback tells.
    pub callback: CallbackValues<'a>,
}

/// What fills the placeholders that only a callback has.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallbackValues<'a> {
    /// `{webhook_path}`: the receiver's path, as it stands.
    pub path: &'a str,
    /// `{client_ip}`
    pub client_ip: &'a str,
    /// `{opt_platform}`
    pub opt_platform: &'a str,
    /// `{event_time}`: when it happened, in Unix milliseconds.
    pub event_time: &'a str,
    /// `{action}`
    pub action: &'a str,
    /// `{reason}`
    pub reason: &'a str,
    /// `{kicked_devices}`: a whole member of the body with its comma, as it stands, or nothing.
    pub kicked_devices: &'a str,
    /// `{custom_status}`: a whole member of `Info` with its comma, as it stands, or nothing.
    pub custom_status: &'a str,
    /// `{event_group}`: 1 for what happens to a room, 2 for media.
    pub event_group: &'a str,
    /// `{event_type}`: 101 to 105, 201 to 206.
    pub event_type: &'a str,
    /// `{callback_ts}`: when the request is made, in Unix milliseconds.
    pub callback_ts: &'a str,
    /// `{event_info}`: a JSON object, as it stands.
    pub event_info: &'a str,
    /// `{body_sign}`: the HMAC-SHA256 of the body in base64, or nothing.
    pub body_sign: &'a str,
    /// `{signature}`: `&Sign=...&RequestTime=...`, as it stands, or nothing.
    pub signature: &'a str,
}
