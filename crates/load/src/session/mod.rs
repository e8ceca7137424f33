//! The SDK's session rules as pure code: what a device may do next, and what an answer means for it.
//!
//! In: operations, outcomes, error codes. Out: the next state and its effects. Never here: I/O, clocks, the mock's rules.

mod machine;
mod policy;

pub use machine::{Effect, Input, Next, State};
pub use policy::{DeviceRules, OfflineKick, Policy};
pub use trtc_wire::session::{
    AnswerFault, Bound, Cause, CertificateFault, ChannelEnd, Class, Code, CodeClass, CodeEntry,
    DEFAULT_WAIT, Departed, LOCKED_OUT_WAIT, Operation, Phase, Phases, PushFault, TENCENT_CODES,
    TicketFault, Transport, codes_page, is_throttle, tencent_code,
};
