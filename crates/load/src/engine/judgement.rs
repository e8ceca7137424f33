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
mod tests {
    use super::*;
    use crate::session::AnswerFault;
    use trtc_wire::dialect::Taken;

    fn session() -> Dialect {
        Dialect::parse(Dialect::shipped("session").unwrap(), "session").unwrap()
    }

    fn refused(status: u16, code: i64) -> Reply {
        Reply::Refused {
            status,
            code: Some(Code::Number(code)),
            retry_after: None,
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table is read whole")]
    fn a_reply_counts_as_what_the_step_was_meant_to_meet() {
        let yes = Reply::Success(Taken::default());
        let table = [
            (yes.clone(), Expect::Success, Class::Success),
            (yes.clone(), Expect::Either, Class::Success),
            (yes.clone(), Expect::BadTicket, Class::Failed),
            (yes, Expect::Refusal, Class::Failed),
            (refused(401, 70001), Expect::Success, Class::Failed),
            (
                refused(401, 70001),
                Expect::RefusalAsExpired,
                Class::Expected,
            ),
            // Refused, but not for what is wrong with it.
            (refused(401, 70003), Expect::RefusalAsExpired, Class::Failed),
            (refused(401, 6014), Expect::Refusal, Class::Expected),
            (refused(401, 6014), Expect::Either, Class::Expected),
            // A bad ticket is refused with whatever code, but by a judgement.
            (refused(401, 70009), Expect::BadTicket, Class::Expected),
            (refused(500, 70500), Expect::BadTicket, Class::Failed),
            (refused(429, 72010), Expect::BadTicket, Class::Throttled),
            // A server error is no refusal by a session rule.
            (refused(500, 70500), Expect::Refusal, Class::Failed),
            (refused(429, 72010), Expect::Success, Class::Throttled),
            (refused(401, 70050), Expect::Refusal, Class::Throttled),
            (
                Reply::Refused {
                    status: 503,
                    code: None,
                    retry_after: None,
                },
                Expect::Success,
                Class::Throttled,
            ),
            (
                Reply::Refused {
                    status: 404,
                    code: None,
                    retry_after: None,
                },
                Expect::Success,
                Class::Failed,
            ),
            (
                Reply::Malformed(AnswerFault::NotJson),
                Expect::Refusal,
                Class::Failed,
            ),
            (
                Reply::Transport(Transport::Reset),
                Expect::Success,
                Class::Failed,
            ),
            (
                Reply::Transport(Transport::Reset),
                Expect::Either,
                Class::Expected,
            ),
            (
                Reply::Transport(Transport::Exhausted),
                Expect::Either,
                Class::Failed,
            ),
            (Reply::NoAnswer, Expect::Either, Class::Timeout),
            (Reply::Halted, Expect::Success, Class::Cut),
            (Reply::Halted, Expect::Either, Class::Cut),
            (Reply::CutOff, Expect::Success, Class::Cut),
            (Reply::Left, Expect::Success, Class::Expected),
        ];
        let dialect = session();
        for (reply, expect, class) in table {
            let (found, cause) = classify(&reply, expect, &dialect);
            assert_eq!(found, class, "{reply:?} {expect:?}");
            assert_eq!(
                cause.is_none(),
                class == Class::Success,
                "{reply:?} {expect:?}"
            );
        }
    }

    /// By its code before its status: the REST API answers everything with 200.
    #[test]
    fn only_what_may_have_been_carried_out_counts_against_a_cap() {
        let bare = |status| Reply::Refused {
            status,
            code: None,
            retry_after: None,
        };
        let dialect = session();
        for (reply, came) in [
            (Reply::Success(Taken::default()), Came::Perhaps),
            // A server that gave up may have done it before.
            (refused(200, 70169), Came::Perhaps),
            (refused(500, 70500), Came::Perhaps),
            (refused(200, 72000), Came::Refused),
            (refused(500, 70003), Came::Refused),
            (refused(200, 70001), Came::Refused),
            (refused(200, 72010), Came::Refused),
            // A code that nobody explained: its status decides.
            (refused(200, 123_456), Came::Refused),
            (refused(500, 123_456), Came::Perhaps),
            (bare(403), Came::Refused),
            (bare(408), Came::Perhaps),
            (bare(429), Came::Refused),
            (bare(502), Came::Perhaps),
            (Reply::Transport(Transport::ConnectRefused), Came::Refused),
            (Reply::Transport(Transport::Handshake), Came::Refused),
            (Reply::Transport(Transport::Reset), Came::Perhaps),
            (Reply::Malformed(AnswerFault::NotJson), Came::Perhaps),
            (Reply::NoAnswer, Came::Perhaps),
        ] {
            assert_eq!(cost_of(&reply, &dialect), came, "{reply:?}");
        }
    }

    /// The same, where a session rule is judged: who fails may have done it.
    #[test]
    fn only_a_plain_no_says_that_a_request_was_not_carried_out() {
        let bare = |status| Reply::Refused {
            status,
            code: None,
            retry_after: None,
        };
        let dialect = session();
        for (reply, unresolved) in [
            (Reply::Success(Taken::default()), false),
            (refused(401, 70001), false),
            (refused(429, 72010), false),
            (bare(403), false),
            (Reply::Transport(Transport::ConnectRefused), false),
            // What costs nothing by its code, and is a failing server's all the same.
            (refused(500, 70003), true),
            (bare(503), true),
            (refused(200, 70169), true),
            (bare(408), true),
            (Reply::Transport(Transport::Reset), true),
            (Reply::Malformed(AnswerFault::Lacks("/token".into())), true),
            (Reply::NoAnswer, true),
            (Reply::Halted, true),
        ] {
            assert_eq!(is_unresolved(&reply, &dialect), unresolved, "{reply:?}");
        }
    }

    #[test]
    fn only_an_answer_about_sessions_says_that_there_is_none() {
        let bare = |status| Reply::Refused {
            status,
            code: None,
            retry_after: None,
        };
        let dialect = session();
        for (reply, says) in [
            (refused(401, 6014), true),
            (refused(200, 6014), true),
            (refused(401, 70001), true),
            (refused(401, 123_456), true),
            (refused(403, 123_456), false),
            (bare(401), true),
            // Of the request, of a wall on the way, of a server in trouble.
            (refused(400, 70402), false),
            (bare(403), false),
            (bare(404), false),
            (refused(401, 70500), false),
            (refused(401, 70050), false),
            (bare(429), false),
            (refused(500, 6014), false),
            (Reply::NoAnswer, false),
            (Reply::Success(Taken::default()), false),
        ] {
            assert_eq!(says_no_session(&reply, &dialect), says, "{reply:?}");
        }
    }

    #[test]
    fn only_an_expired_user_sig_asks_the_rules_for_a_new_one() {
        let dialect = session();
        for (code, input) in [
            (70001, Input::RefusedExpired),
            (6206, Input::RefusedExpired),
            (70003, Input::RefusedOther),
            (70009, Input::RefusedOther),
            (70013, Input::RefusedOther),
            (70052, Input::RefusedOther),
            (72010, Input::RefusedWait),
            (70050, Input::RefusedWait),
            (123_456, Input::RefusedOther),
        ] {
            assert_eq!(login_input(&refused(401, code), &dialect), input, "{code}");
        }
        assert_eq!(login_input(&Reply::NoAnswer, &dialect), Input::NoAnswer);
        assert_eq!(
            login_input(&Reply::Transport(Transport::Closed), &dialect),
            Input::NoAnswer
        );
    }
}
