//! Who polls, as far as the requests say it.

use trtc_wire::dialect::Values;

/// What the requests of a poll say of the device, as far as the dialect asks for it.
#[derive(Debug)]
pub(super) struct Who {
    sdk_app_id: u32,
    user_id: Box<str>,
    user_sig: Box<str>,
    password: Box<str>,
    platform: Box<str>,
    device_id: Box<str>,
    token: Box<str>,
}

impl Who {
    pub(super) fn of(values: &Values<'_>) -> Self {
        Self {
            sdk_app_id: values.sdk_app_id,
            user_id: values.user_id.into(),
            user_sig: values.user_sig.into(),
            password: values.password.into(),
            platform: values.platform.into(),
            device_id: values.device_id.into(),
            token: values.token.into(),
        }
    }

    pub(super) fn values<'v>(&'v self, cursor: &'v str) -> Values<'v> {
        Values {
            sdk_app_id: self.sdk_app_id,
            user_id: &self.user_id,
            user_sig: &self.user_sig,
            password: &self.password,
            platform: &self.platform,
            device_id: &self.device_id,
            token: &self.token,
            cursor,
            ..Values::default()
        }
    }
}
