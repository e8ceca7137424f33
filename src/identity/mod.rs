//! Who logs in: the app, the account's UserID, the UserSig that proves it.
//!
//! In: numbers and strings. Out: checked types, signed tickets, verification verdicts. Never here: I/O.

mod app;
mod callback_sign;
mod codec;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod sig_fault;
mod user_id;
mod user_sig;

pub use app::{Key, SdkAppId};
pub use callback_sign::callback_sign;
pub use codec::Malformed;
pub use sig_fault::SigFault;
pub use user_id::{Platform, UserId, UserIdFault};
pub use user_sig::{Decoded, Ticket, decode, sign, verify};
