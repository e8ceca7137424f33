//! UserSigs of Tencent RTC / Chat (TLSSigAPIv2): who logs in, and the ticket that proves it.
//!
//! In: numbers and strings. Out: checked types, signed tickets, verification verdicts. Never here: I/O, clocks.
//!
//! ```
//! use trtc_base::units::UnixSeconds;
//! use trtc_usersig::{Key, SdkAppId, SigFault, UserId, sign, verify};
//!
//! let (app, key) = (SdkAppId(1_400_000_001), Key::new("the app's secret"));
//! let user = UserId::new("alice")?;
//! let now = UnixSeconds(1_700_000_000);
//! let sig = sign(app, &user, &key, now, 86_400);
//!
//! assert!(verify(&sig, app, "alice", &key, now).is_ok());
//! let a_week_later = UnixSeconds(now.0 + 7 * 86_400);
//! let fault = verify(&sig, app, "alice", &key, a_week_later);
//! assert!(matches!(fault, Err(SigFault::Expired { .. })));
//! # Ok::<(), trtc_usersig::UserIdFault>(())
//! ```

mod app;
mod callback_sign;
mod codec;
mod first_version;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod keyed;
mod sig_fault;
mod user_id;
mod user_sig;

pub use app::{Key, SdkAppId};
pub use callback_sign::{body_sign, callback_sign};
pub use codec::Malformed;
pub use sig_fault::SigFault;
pub use user_id::{Platform, UserId, UserIdFault};
pub use user_sig::{Decoded, Ticket, decode, sign, verify};
