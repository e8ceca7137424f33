//! How recordings of version 3 spelled what later ones spell otherwise.

use super::key::named;
use crate::session::{Bound, Cause, CertificateFault, Code, PushFault, Transport};

/// A cause that has a value: `code:70001`, `name:M_FORBIDDEN`, `status:503`, `transport:connection reset`, `sdk:6206`, ...
/// Those without one had the keys that they have now.
pub(super) fn cause(text: &str) -> Option<Cause> {
    let (kind, value) = text.split_once(':')?;
    match kind {
        "code" => Some(Cause::Code(Code::Number(value.parse().ok()?))),
        "name" => Some(Cause::Code(Code::from(value))),
        "status" => Some(Cause::Status(value.parse().ok()?)),
        "sdk" => Some(Cause::Sdk(value.parse().ok()?)),
        "transport" => transport(value).map(Cause::Transport),
        "answer" => named(value).map(Cause::Answer),
        "ticket" => named(value).map(Cause::Ticket),
        _ => None,
    }
}

/// What went wrong on the way. Three of its words said less than their successors do.
fn transport(words: &str) -> Option<Transport> {
    match words {
        "certificate refused" => Some(Transport::Certificate(CertificateFault::Untrusted)),
        "answer too large" => Some(Transport::TooLarge(Bound::Unsaid)),
        "push protocol error" => Some(Transport::PushProtocol(PushFault::Unsaid)),
        plain => named(plain),
    }
}
