//! A door for fuzzing: what an answer counts as, without a connection.

use super::judgement::{Expect, classify, login_input, wait_after};
use super::reply::Reply;
use crate::session::{Cause, Class, Input};
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Judged};

/// What an answer counts as.
#[derive(Debug)]
pub struct Weighed {
    /// For each thing that a step can be meant to meet: a success, a refusal, an expired UserSig's refusal, either.
    pub classes: [(Class, Option<Cause>); 4],
    /// How long the account must wait.
    pub wait: Option<Micros>,
    /// What it says to the session rules, as a login's answer.
    pub login: Input,
}

/// Weighs a judged answer whose header asks to wait for `retry_after`.
#[must_use]
pub fn weigh(judged: Judged, retry_after: Option<Micros>, dialect: &Dialect) -> Weighed {
    let reply = match judged {
        Judged::Success(taken) => Reply::Success(taken),
        Judged::Refused { status, code } => Reply::Refused {
            status,
            code,
            retry_after,
        },
        Judged::Malformed(fault) => Reply::Malformed(fault),
    };
    let expected = [
        Expect::Success,
        Expect::Refusal,
        Expect::RefusalAsExpired,
        Expect::Either,
    ];
    Weighed {
        classes: expected.map(|expect| classify(&reply, expect, dialect)),
        wait: wait_after(&reply, dialect),
        login: login_input(&reply, dialect),
    }
}
