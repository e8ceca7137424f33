//! What came of a request, before anybody weighs it.

use crate::session::{AnswerFault, Code, Transport};
use trtc_base::units::Micros;
use trtc_wire::dialect::Taken;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The target says yes.
    Success(Taken),
    /// The target says no.
    Refused {
        status: u16,
        code: Option<Code>,
        /// How long its header asks to wait.
        retry_after: Option<Micros>,
    },
    /// An answer that could not be understood.
    Malformed(AnswerFault),
    /// No answer: a fault on the way.
    Transport(Transport),
    /// No answer within the limit.
    NoAnswer,
    /// No answer: the run was halted.
    Halted,
    /// No answer: the scenario's network loss.
    CutOff,
    /// No answer: the device went away while the target held the request.
    Left,
}

impl Reply {
    /// Whether a complete answer came.
    pub(super) const fn is_answer(&self) -> bool {
        match self {
            Self::Success(_) | Self::Refused { .. } | Self::Malformed(_) => true,
            Self::Transport(_) | Self::NoAnswer | Self::Halted | Self::CutOff | Self::Left => false,
        }
    }
}
