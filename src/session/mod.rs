//! The SDK's session rules as pure code: what a device may do next, and what an answer means for it.
//!
//! In: operations, outcomes, error codes. Out: the next state and its effects. Never here: I/O, clocks, the mock's rules.

mod codes;
mod machine;
mod operation;
mod outcome;
mod phase;
mod policy;
mod transport;

pub use codes::{
    CodeClass, CodeEntry, DEFAULT_WAIT, LOCKED_OUT_WAIT, TENCENT_CODES, is_throttle, tencent_code,
};
pub use machine::{Effect, Input, Next, State};
pub use operation::Operation;
pub use outcome::{AnswerFault, Cause, ChannelEnd, Class, Code, Departed, TicketFault};
pub use phase::{Phase, Phases};
pub use policy::{DeviceRules, Policy};
pub use transport::{Bound, CertificateFault, PushFault, Transport};
