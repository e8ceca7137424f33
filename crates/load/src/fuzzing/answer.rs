//! The judgement of answers, by every operation of every shipped dialect.

use serde_json::Value;

use super::Reached;
use super::shipped::{DIALECTS, status_and_body};
use crate::engine::fuzzing::weigh;
use crate::session::{AnswerFault, Class, Code, Input, Operation};
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Judged, Taken};

/// The most bytes of an error code's name.
const LONGEST_CODE: usize = 64;

/// Any status with any body is a success, a refusal or a malformed answer, is counted as one thing, and stays what it is
/// in another library's spelling. `input` is a status and a body: `401 {"code":70001}`.
///
/// # Panics
/// Where it is not.
pub fn answer(input: &[u8]) -> Reached {
    let (status, body) = status_and_body(input);
    // The same JSON in the words of another reader and writer.
    let json = serde_json::from_slice::<Value>(body).map(|value| value.to_string());
    let json = json.ok();
    let mut reached = Reached::Refused;
    for dialect in DIALECTS.iter() {
        for operation in Operation::ALL {
            let Some(request) = dialect.request(operation) else {
                continue;
            };
            let judged = request.judge(status, body);
            match &judged {
                Judged::Success(taken) => {
                    reached = Reached::Accepted;
                    check_taken(taken, body);
                }
                Judged::Refused { status: said, code } => {
                    assert_eq!(*said, status);
                    check_code(code.as_ref(), body);
                }
                Judged::Malformed(AnswerFault::NotJson) => assert!(json.is_none(), "it is JSON"),
                Judged::Malformed(AnswerFault::MissingField | AnswerFault::Lacks(_)) => {}
            }
            if let Some(json) = &json {
                let again = request.judge(status, json.as_bytes());
                assert_eq!(again, judged, "another spelling of {json}");
            }
            check_weights(judged, dialect);
        }
    }
    reached
}

/// Whether the body has neither escapes nor numbers in another form than the decimal one.
fn is_plain(body: &[u8]) -> bool {
    let is_odd = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E' | b'.');
    !body.contains(&b'\\') && !body.windows(2).any(is_odd)
}

/// What is taken stands in the body, in one piece, where the body is plain.
fn check_taken(taken: &Taken, body: &[u8]) {
    if !is_plain(body) {
        return;
    }
    let parts = [&taken.token, &taken.user_id, &taken.user_sig];
    for part in parts.into_iter().flatten() {
        assert!(contains(body, part.as_bytes()), "{part:?} is not there");
    }
}

fn check_code(code: Option<&Code>, body: &[u8]) {
    match code {
        None => {}
        Some(Code::Name(name)) => {
            assert!(!name.is_empty() && name.len() <= LONGEST_CODE, "{name:?}");
        }
        Some(Code::Said(said)) => assert!(said.starts_with("HTTP "), "{said}"),
        Some(Code::Number(_)) if !is_plain(body) => {}
        Some(Code::Number(number)) => {
            assert!(contains(body, number.to_string().as_bytes()), "{number}");
        }
    }
}

/// An answer is a success or has a cause, and makes an account wait exactly where it is throttled.
fn check_weights(judged: Judged, dialect: &Dialect) {
    let is_refused = matches!(judged, Judged::Refused { .. });
    for retry_after in [None, Some(Micros::from_secs(7))] {
        let weighed = weigh(judged.clone(), retry_after, dialect);
        for (class, cause) in &weighed.classes {
            assert_eq!(*class == Class::Success, cause.is_none(), "{class:?}");
            assert_eq!(*class == Class::Throttled, weighed.wait.is_some());
            assert!(*class != Class::Timeout, "an answer came");
        }
        assert!(weighed.wait.is_none() || is_refused);
        assert!(weighed.wait.is_none() || weighed.login == Input::RefusedWait);
        assert!(weighed.login != Input::NoAnswer, "an answer came");
    }
}

fn contains(body: &[u8], part: &[u8]) -> bool {
    part.is_empty() || body.windows(part.len()).any(|window| window == part)
}
