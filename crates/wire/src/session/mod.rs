//! The words of a session's steps: operations, how they end, and the documented error codes.
//!
//! In: names and codes. Out: the same as types. Never here: what a device does about them.

mod codes;
mod operation;
mod outcome;
mod phase;
mod transport;

pub use codes::{
    ABSENT, Absent, CodeClass, CodeEntry, DEFAULT_WAIT, LOCKED_OUT_WAIT, TENCENT_CODES, codes_page,
    is_throttle, tencent_code,
};
pub use operation::Operation;
pub use outcome::{AnswerFault, Cause, ChannelEnd, Class, Code, Departed, TicketFault};
pub use phase::{Phase, Phases};
pub use transport::{Bound, CertificateFault, PushFault, Transport};
