//! The administrator account that asks the server REST API.

use trtc_base::units::Micros;
use trtc_usersig::UserId;

/// Who asks the server REST API. Its UserSigs are signed with the app's key.
#[derive(Clone, Debug)]
pub struct AdminAccount {
    /// Its UserID: an administrator of the app.
    pub identifier: UserId,
    /// How long each of its UserSigs is valid.
    pub valid_for: Micros,
}
