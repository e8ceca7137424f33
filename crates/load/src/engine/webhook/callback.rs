//! A callback with all that stays the same however often it is sent.

use super::event::{client_ip, in_url};
use super::script::Line;
use crate::engine::account_pool::VirtualUser;
use trtc_base::units::Micros;
use trtc_wire::dialect::{CallbackValues, Values};

/// A callback, before it is sent.
#[derive(Clone, Debug)]
pub(super) struct Callback {
    /// When what it tells of happens.
    pub(super) at: Micros,
    pub(super) sdk_app_id: u32,
    pub(super) user_id: String,
    /// The same time in Unix milliseconds.
    pub(super) event_time: String,
    pub(super) says: Says,
    /// How many come with it, to be online or in a room.
    pub(super) comes: usize,
    /// How many are gone with it.
    pub(super) goes: usize,
}

/// What a callback says.
#[derive(Clone, Debug)]
pub(super) enum Says {
    /// Of a session.
    Session {
        client_ip: String,
        opt_platform: &'static str,
        action: &'static str,
        reason: &'static str,
        kicked_devices: String,
        custom_status: String,
    },
    /// Of a room.
    Room {
        group: &'static str,
        kind: &'static str,
        info: String,
    },
}

/// What is different each time that it is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending<'v> {
    pub(super) path: &'v str,
    pub(super) signature: &'v str,
    pub(super) callback_ts: &'v str,
}

impl Callback {
    /// The one that tells of `line`, which happens to a device of `virtual_user`, where the run's clock read zero at that
    /// Unix time in milliseconds.
    pub(super) fn of_session(line: &Line, virtual_user: &VirtualUser, zero: u64) -> Self {
        Self {
            at: line.at,
            sdk_app_id: virtual_user.app.0,
            user_id: virtual_user.user_id.to_string(),
            event_time: (zero + line.at.0 / 1000).to_string(),
            says: Says::Session {
                client_ip: client_ip(virtual_user.account, line.device.number),
                opt_platform: in_url(line.device.platform),
                action: line.what.action(),
                reason: line.what.reason(),
                kicked_devices: line.what.kicked_devices(),
                custom_status: line.what.custom_status(),
            },
            comes: usize::from(line.brings_online()),
            goes: line.ends,
        }
    }

    /// What fills the placeholders, but for what is made of the body.
    pub(super) fn values<'v>(&'v self, sending: Sending<'v>) -> Values<'v> {
        let common = CallbackValues {
            path: sending.path,
            event_time: &self.event_time,
            callback_ts: sending.callback_ts,
            ..CallbackValues::default()
        };
        let callback = match &self.says {
            Says::Session {
                client_ip,
                opt_platform,
                action,
                reason,
                kicked_devices,
                custom_status,
            } => CallbackValues {
                client_ip,
                opt_platform,
                action,
                reason,
                kicked_devices,
                custom_status,
                signature: sending.signature,
                ..common
            },
            Says::Room { group, kind, info } => CallbackValues {
                event_group: group,
                event_type: kind,
                event_info: info,
                ..common
            },
        };
        Values {
            sdk_app_id: self.sdk_app_id,
            user_id: &self.user_id,
            callback,
            ..Values::default()
        }
    }
}
