//! What a reply counts as: its class and cause, given what the step expected.

use super::ledger::Came;
use super::reply::Reply;
use crate::recorder::Answered;
use crate::session::{Cause, Class, Code, CodeClass, DEFAULT_WAIT, Input, Transport};
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

/// What a step is meant to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// A success.
    Success,
    /// A refusal because the session has ended, or never began. A success is a failure.
    Refusal,
    /// The refusal of an expired UserSig, and no other. A success is a failure.
    RefusalAsExpired,
    /// The refusal of a bad ticket, whatever its code. A success is a failure.
    BadTicket,
    /// Either: a kick is on its way at the same time.
    Either,
}

impl Expect {
    /// Whether it is the refusal of a UserSig that is bad.
    pub(super) const fn is_of_a_bad_ticket(self) -> bool {
        match self {
            Self::RefusalAsExpired | Self::BadTicket => true,
            Self::Success | Self::Refusal | Self::Either => false,
        }
    }
}

/// The class of `reply`, and why it is no success.
pub(super) fn classify(reply: &Reply, expect: Expect, dialect: &Dialect) -> (Class, Option<Cause>) {
    let (class, cause) = match reply {
        Reply::Success(_) => match expect {
            Expect::Success | Expect::Either => return (Class::Success, None),
            Expect::Refusal | Expect::RefusalAsExpired | Expect::BadTicket => {
                (Class::Failed, Cause::Accepted)
            }
        },
        Reply::NoAnswer => (Class::Timeout, Cause::NoAnswer),
        Reply::Halted => (Class::Cut, Cause::RunEnded),
        Reply::CutOff => (Class::Cut, Cause::CutByNetwork),
        Reply::Left => (Class::Expected, Cause::Left),
        Reply::Malformed(fault) => (Class::Failed, Cause::Answer(fault.clone())),
        // A kick may cut a connection; it takes no port away and answers no nonsense.
        Reply::Transport(Transport::Reset | Transport::Closed) if expect == Expect::Either => {
            (Class::Expected, Cause::CutByKick)
        }
        Reply::Transport(fault) => (Class::Failed, Cause::Transport(*fault)),
        Reply::Refused { status, code, .. } => {
            let cause = code.clone().map_or(Cause::Status(*status), Cause::Code);
            (refusal(*status, code.as_ref(), expect, dialect), cause)
        }
    };
    (class, Some(cause))
}

fn refusal(status: u16, code: Option<&Code>, expect: Expect, dialect: &Dialect) -> Class {
    // A target that is too busy to judge has not refused the ticket.
    if is_throttle(status, code, dialect) {
        return Class::Throttled;
    }
    match expect {
        Expect::Success => Class::Failed,
        // A server error is not the refusal that a session rule asks for.
        Expect::Refusal | Expect::BadTicket | Expect::Either if status >= 500 => Class::Failed,
        Expect::Refusal | Expect::BadTicket | Expect::Either => Class::Expected,
        Expect::RefusalAsExpired => {
            let class = code.map(|code| dialect.class_of(code));
            if class == Some(CodeClass::RenewUserSig) {
                Class::Expected
            } else {
                Class::Failed
            }
        }
    }
}

/// Whether an answer came.
pub(super) const fn answered(reply: &Reply) -> Answered {
    if reply.is_answer() {
        Answered::Yes
    } else {
        Answered::No
    }
}

/// Whether a refusal asks to slow down.
fn is_throttle(status: u16, code: Option<&Code>, dialect: &Dialect) -> bool {
    matches!(status, 429 | 503) || code.is_some_and(|code| dialect.is_throttle(code))
}

/// How long the account must wait after a reply that asks to slow down, whatever was asked: as long as its header or
/// its code says, the longer of both; where neither names a time, [`DEFAULT_WAIT`].
pub(super) fn wait_after(reply: &Reply, dialect: &Dialect) -> Option<Micros> {
    let Reply::Refused {
        status,
        code,
        retry_after,
    } = reply
    else {
        return None;
    };
    if !is_throttle(*status, code.as_ref(), dialect) {
        return None;
    }
    let by_code = code
        .as_ref()
        .and_then(|code| documented_wait(code, dialect));
    Some(match (*retry_after, by_code) {
        // "Later" without a number is no reason to wait longer than the target itself says.
        (Some(told), None | Some(DEFAULT_WAIT)) => told,
        (Some(told), Some(documented)) => told.max(documented),
        (None, documented) => documented.unwrap_or(DEFAULT_WAIT),
    })
}

/// How long the account must wait after a code, by what is documented of it.
pub(super) fn documented_wait(code: &Code, dialect: &Dialect) -> Option<Micros> {
    match dialect.class_of(code) {
        CodeClass::Wait(long) => Some(long),
        CodeClass::RenewUserSig
        | CodeClass::TicketFault
        | CodeClass::Fix
        | CodeClass::Person
        | CodeClass::Quota
        | CodeClass::SdkRecovers => None,
    }
}

/// Whether a request that costs something may have been carried out: only an answer that says no, and a request that never
/// left, say that it was not.
pub(super) fn cost_of(reply: &Reply, dialect: &Dialect) -> Came {
    match reply {
        Reply::Refused { status, code, .. } => {
            if is_throttle(*status, code.as_ref(), dialect) {
                return Came::Refused;
            }
            match code.as_ref().and_then(|code| dialect.known_class_of(code)) {
                Some(
                    CodeClass::RenewUserSig
                    | CodeClass::TicketFault
                    | CodeClass::Fix
                    | CodeClass::Person
                    | CodeClass::Quota,
                ) => Came::Refused,
                // A server that gave up may have done it before, whatever its status.
                Some(CodeClass::Wait(_) | CodeClass::SdkRecovers) => Came::Perhaps,
                None if *status < 500 && *status != 408 => Came::Refused,
                None => Came::Perhaps,
            }
        }
        Reply::Transport(
            Transport::Lookup
            | Transport::ConnectRefused
            | Transport::ConnectFailed
            | Transport::Exhausted
            | Transport::Proxy
            | Transport::Certificate(_)
            | Transport::Handshake,
        ) => Came::Refused,
        Reply::Transport(
            Transport::Reset
            | Transport::Closed
            | Transport::NotHttp
            | Transport::Coding
            | Transport::TooLarge(_)
            | Transport::PushProtocol(_),
        )
        | Reply::Success(_)
        | Reply::Malformed(_)
        | Reply::NoAnswer
        | Reply::Halted
        | Reply::CutOff
        | Reply::Left => Came::Perhaps,
    }
}

/// Whether nobody knows what became of a request: it may have been carried out, or may still be. Stricter than what counts
/// against a cap: a server that fails with a code of its own may have done it before, so only a plain no is one here.
pub(super) fn is_unresolved(reply: &Reply, dialect: &Dialect) -> bool {
    match reply {
        Reply::Success(_) => false,
        Reply::Refused { status, .. } if *status >= 500 => true,
        Reply::Refused { .. }
        | Reply::Malformed(_)
        | Reply::Transport(_)
        | Reply::NoAnswer
        | Reply::Halted
        | Reply::CutOff
        | Reply::Left => cost_of(reply, dialect) == Came::Perhaps,
    }
}

/// Whether an answer says that there is no such session: a code that is about sessions or tickets, or one that nobody
/// explained. A fault of the request, or a bare status of somebody on the way, says nothing of the session.
pub(super) fn says_no_session(reply: &Reply, dialect: &Dialect) -> bool {
    let Reply::Refused { status, code, .. } = reply else {
        return false;
    };
    if *status >= 500 || is_throttle(*status, code.as_ref(), dialect) {
        return false;
    }
    let Some(code) = code else {
        return matches!(status, 401 | 410);
    };
    match dialect.known_class_of(code) {
        Some(CodeClass::Person | CodeClass::RenewUserSig | CodeClass::TicketFault) => true,
        Some(CodeClass::Fix | CodeClass::Quota) => *status == 401,
        // A wall or a router on the way has codes of its own.
        None => matches!(status, 200 | 401 | 410),
        Some(CodeClass::Wait(_) | CodeClass::SdkRecovers) => false,
    }
}

/// Whether an answer says that the session is over: not one that asks to come back later.
pub(super) fn ends_the_session(reply: &Reply, dialect: &Dialect) -> bool {
    let Reply::Refused { status, code, .. } = reply else {
        return false;
    };
    let passes = |code: &Code| {
        matches!(
            dialect.class_of(code),
            CodeClass::Wait(_) | CodeClass::SdkRecovers
        )
    };
    *status < 500
        && !is_throttle(*status, code.as_ref(), dialect)
        && !code.as_ref().is_some_and(passes)
}

/// Whether an answer says that the session is over because its UserSig expired: what the SDK tells as `onUserSigExpired`.
pub(super) fn says_expired(reply: &Reply, dialect: &Dialect) -> bool {
    let Reply::Refused {
        code: Some(code), ..
    } = reply
    else {
        return false;
    };
    ends_the_session(reply, dialect) && dialect.class_of(code) == CodeClass::RenewUserSig
}

/// What a login's reply means to the session rules.
pub(super) fn login_input(reply: &Reply, dialect: &Dialect) -> Input {
    match reply {
        Reply::Success(_) => Input::Accepted,
        Reply::Refused { .. } if wait_after(reply, dialect).is_some() => Input::RefusedWait,
        Reply::Refused {
            code: Some(code), ..
        } => match dialect.class_of(code) {
            CodeClass::RenewUserSig => Input::RefusedExpired,
            CodeClass::Wait(_) => Input::RefusedWait,
            CodeClass::TicketFault
            | CodeClass::Fix
            | CodeClass::Person
            | CodeClass::Quota
            | CodeClass::SdkRecovers => Input::RefusedOther,
        },
        Reply::Refused { code: None, .. } | Reply::Malformed(_) => Input::RefusedOther,
        Reply::Transport(_) | Reply::NoAnswer | Reply::Halted | Reply::CutOff | Reply::Left => {
            Input::NoAnswer
        }
    }
}

#[cfg(test)]
mod tests;
