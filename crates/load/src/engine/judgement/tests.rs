//! How answers are judged.

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
        // Kicked, by the name that older SDKs have for it; and the SDK's own key.
        (refused(200, 6213), true),
        (refused(200, -10101), true),
        (refused(200, -10106), true),
        (refused(200, 7501), false),
        (refused(200, 9512), false),
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
        // What runs already and what timed out is not tried again by itself, and neither is anything else.
        (7501, Input::RefusedWait),
        (7502, Input::RefusedWait),
        (6106, Input::RefusedWait),
        (7508, Input::RefusedWait),
        (6213, Input::RefusedOther),
        (-10101, Input::RefusedOther),
        (-10106, Input::RefusedOther),
        (9512, Input::RefusedOther),
        (-10102, Input::RefusedOther),
        (-10112, Input::RefusedOther),
        (7013, Input::RefusedOther),
        (60004, Input::RefusedOther),
        (60020, Input::RefusedOther),
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

/// A device that is online and is answered so: gone, or still there.
#[test]
fn a_kick_and_a_lost_key_end_a_session_and_a_lost_network_does_not() {
    let dialect = session();
    for (code, over) in [
        (6213, true),
        (6208, true),
        (-10101, true),
        (-10106, true),
        (70001, true),
        (-10112, true),
        (9512, false),
        (-10102, false),
        (7501, false),
        (7508, false),
    ] {
        let reply = refused(200, code);
        assert_eq!(ends_the_session(&reply, &dialect), over, "{code}");
        let expired = matches!(code, 6206 | 70001);
        assert_eq!(says_expired(&reply, &dialect), expired, "{code}");
    }
}
