//! What comes over push channels, to every shipped dialect that has one.

use serde_json::Value;

use super::Reached;
use super::http::sizes;
use super::shipped::{DIALECTS, status_and_body};
use crate::client::ServerEvent;
use crate::client::fuzzing::read_events;
use trtc_wire::dialect::{Notice, Polled, Push};

/// Any message means one thing, and the same when another library reads and writes it first. For polls, `input`
/// is a status and a body as for [`super::answer`]; for server-sent
/// events it is a stream of them. Accepted is what means something for the session.
///
/// # Panics
/// Where a rule is broken.
pub fn push_event(input: &[u8]) -> Reached {
    let mut reached = Reached::Refused;
    for push in DIALECTS.iter().filter_map(|dialect| dialect.push()) {
        let notice = match push {
            Push::WebSocket(push) => {
                let text = String::from_utf8_lossy(input);
                let notice = push.read(&text);
                let _ = push.refusal(input);
                check(&notice, text.as_bytes(), |again| push.read(again));
                notice
            }
            Push::Events(push) => {
                let mut notices = events(input).into_iter().map(|event| {
                    let notice = push.read(&event.name, &event.data);
                    let data = event.data.as_bytes();
                    check(&notice, data, |again| push.read(&event.name, again));
                    notice
                });
                let _ = push.refusal(input);
                let first = notices.find(|notice| *notice != Notice::Other);
                first.unwrap_or(Notice::Other)
            }
            Push::Poll(push) => {
                let (status, body) = status_and_body(input);
                let polled = push.read(status, body);
                check(&polled, body, |again| push.read(status, again.as_bytes()));
                match polled {
                    Polled::Notice(notice) => notice,
                    Polled::Again(_) | Polled::Refused { .. } | Polled::Malformed(_) => {
                        Notice::Other
                    }
                }
            }
        };
        match notice {
            Notice::Kicked | Notice::Expired | Notice::Broadcast => {
                assert!(
                    push.can_mean(notice),
                    "{notice:?} was said to be impossible"
                );
                reached = Reached::Accepted;
            }
            Notice::Other => {}
        }
    }
    reached
}

/// The events of a stream, which are the same whatever pieces it comes in; none where it is refused.
fn events(stream: &[u8]) -> Vec<ServerEvent> {
    let whole = read_events(stream, &[]);
    for sizes in [&[1][..], &sizes(stream)] {
        let cut = read_events(stream, sizes);
        assert_eq!(cut, whole, "pieces of {sizes:?} make a difference");
    }
    match whole.end {
        None => whole.events,
        Some(_) => Vec::new(),
    }
}

/// `meaning` is what `read` makes of `body` in another library's spelling.
fn check<T: PartialEq + std::fmt::Debug>(meaning: &T, body: &[u8], read: impl Fn(&str) -> T) {
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let again = read(&value.to_string());
        assert_eq!(again, *meaning, "{value}");
    }
}
