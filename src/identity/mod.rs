//! Who logs in: the app, the account's UserID, the UserSig that proves it.
//!
//! In: numbers and strings. Out: checked types, signed tickets, verification verdicts. Never here: I/O.

mod app;
mod user_id;

pub use app::{Key, SdkAppId};
pub use user_id::{Platform, UserId, UserIdFault};
