//! What went wrong on the way, below the answer. Keys on disk: see [`super::outcome`].

use serde::{Deserialize, Serialize};

/// A fault below the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Nobody listens there.
    #[serde(alias = "connection refused")]
    ConnectRefused,
    /// The connection could not be made for another reason.
    #[serde(alias = "connect failed")]
    ConnectFailed,
    /// The target's name could not be looked up, or stands for an address that the run may not load.
    #[serde(alias = "name not found")]
    Lookup,
    /// The proxy did not connect.
    #[serde(alias = "proxy did not connect")]
    Proxy,
    /// The target's certificate is not one to trust.
    Certificate(CertificateFault),
    /// The TLS handshake failed for another reason.
    #[serde(alias = "TLS handshake failed")]
    Handshake,
    /// The connection was reset before the answer was complete.
    #[serde(alias = "connection reset")]
    Reset,
    /// The connection was closed before the answer was complete.
    #[serde(alias = "connection closed")]
    Closed,
    /// What came is not HTTP.
    #[serde(alias = "not HTTP")]
    NotHttp,
    /// The answer is in a transfer coding that nobody asked for.
    Coding,
    /// What came is longer than its bound.
    TooLarge(Bound),
    /// What came on the push channel breaks its protocol.
    PushProtocol(PushFault),
    /// This machine has no descriptors or ports left: the generator's fault.
    #[serde(alias = "no descriptor or port left on this machine")]
    Exhausted,
}

/// Why a certificate is not one to trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateFault {
    /// Nobody whom this run trusts signed it.
    Untrusted,
    /// Its last day is over.
    Expired,
    /// Its first day is still to come.
    NotYetValid,
    /// It is for other hosts.
    OtherHost,
    /// It is damaged, revoked, or not made for a server.
    Unfit,
}

/// A bound on what a target can make this program hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// A recording of an earlier version does not say which.
    Unsaid,
    /// 64 header lines.
    HeaderLines,
    /// 16 KiB of header lines, those of interim answers and trailers included.
    Head,
    /// 16 KiB of chunk sizes and extensions beyond the data that came with them.
    ChunkLines,
    /// A body of 1 MiB.
    Body,
    /// A message or an event of 64 KiB.
    Message,
}

/// How a push channel breaks its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFault {
    /// A recording of an earlier version does not say how, or the fault has no name.
    Unsaid,
    /// A 101 without the headers of a WebSocket.
    NoAgreement,
    /// A `Sec-WebSocket-Accept` for another key.
    OtherKey,
    /// A subprotocol that nobody asked for.
    Subprotocol,
    /// An extension that nobody asked for.
    Extension,
    /// A success that is no stream of events.
    NoEvents,
    /// A masked frame, which only clients send.
    Masked,
    /// Reserved bits without an extension.
    ReservedBits,
    /// A frame of an unknown kind.
    Opcode,
    /// A continuation of nothing, or a new message inside another.
    Fragments,
    /// A ping, pong or close in pieces, or of more than 125 bytes.
    ControlFrame,
    /// A close code that nobody may send, or half of one.
    CloseCode,
    /// Text that is not UTF-8.
    Utf8,
}

impl CertificateFault {
    const ALL: [Self; 5] = [
        Self::Untrusted,
        Self::Expired,
        Self::NotYetValid,
        Self::OtherHost,
        Self::Unfit,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Untrusted => "certificate refused",
            Self::Expired => "certificate has expired",
            Self::NotYetValid => "certificate is not valid yet",
            Self::OtherHost => "certificate is for another host",
            Self::Unfit => "certificate is damaged or not a server's",
        }
    }
}

impl Bound {
    const ALL: [Self; 6] = [
        Self::Unsaid,
        Self::HeaderLines,
        Self::Head,
        Self::ChunkLines,
        Self::Body,
        Self::Message,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Unsaid => "answer too large",
            Self::HeaderLines => "answer too large: more than 64 header lines",
            Self::Head => "answer too large: more than 16 KiB of headers",
            Self::ChunkLines => "answer too large: more than 16 KiB of chunk extensions",
            Self::Body => "answer too large: a body of more than 1 MiB",
            Self::Message => "push message too large: more than 64 KiB",
        }
    }
}

impl PushFault {
    const ALL: [Self; 13] = [
        Self::Unsaid,
        Self::NoAgreement,
        Self::OtherKey,
        Self::Subprotocol,
        Self::Extension,
        Self::NoEvents,
        Self::Masked,
        Self::ReservedBits,
        Self::Opcode,
        Self::Fragments,
        Self::ControlFrame,
        Self::CloseCode,
        Self::Utf8,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Unsaid => "push protocol error",
            Self::NoAgreement => "push: a 101 that is no WebSocket",
            Self::OtherKey => "push: a wrong Sec-WebSocket-Accept",
            Self::Subprotocol => "push: a subprotocol not asked for",
            Self::Extension => "push: an extension not asked for",
            Self::NoEvents => "push: a success, not text/event-stream",
            Self::Masked => "push: a masked WebSocket frame",
            Self::ReservedBits => "push: reserved WebSocket bits are set",
            Self::Opcode => "push: an unknown WebSocket opcode",
            Self::Fragments => "push: WebSocket fragments out of order",
            Self::ControlFrame => "push: a WebSocket control frame cut or too long",
            Self::CloseCode => "push: a close code nobody may send",
            Self::Utf8 => "push: WebSocket text that is not UTF-8",
        }
    }
}

impl Transport {
    /// Every fault, in the order tables show them.
    pub fn all() -> impl Iterator<Item = Self> {
        let certificates = CertificateFault::ALL.into_iter().map(Self::Certificate);
        let bounds = Bound::ALL.into_iter().map(Self::TooLarge);
        let pushes = PushFault::ALL.into_iter().map(Self::PushProtocol);
        [
            Self::ConnectRefused,
            Self::ConnectFailed,
            Self::Lookup,
            Self::Proxy,
        ]
        .into_iter()
        .chain(certificates)
        .chain([Self::Handshake, Self::Reset, Self::Closed])
        .chain([Self::NotHttp, Self::Coding])
        .chain(bounds)
        .chain(pushes)
        .chain([Self::Exhausted])
    }

    /// Its words in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate(fault) => fault.name(),
            Self::TooLarge(bound) => bound.name(),
            Self::PushProtocol(fault) => fault.name(),
            Self::Coding => "transfer coding not asked for",
            Self::ConnectRefused => "connection refused",
            Self::ConnectFailed => "connect failed",
            Self::Lookup => "name not found",
            Self::Proxy => "proxy did not connect",
            Self::Handshake => "TLS handshake failed",
            Self::Reset => "connection reset",
            Self::Closed => "connection closed",
            Self::NotHttp => "not HTTP",
            Self::Exhausted => "no descriptor or port left on this machine",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_fault_has_words_of_its_own() {
        let all: Vec<_> = Transport::all().collect();
        // Plain ones, certificates, bounds, push channels.
        assert_eq!(all.len(), 10 + 5 + 6 + 13);
        let words: BTreeSet<_> = all.iter().map(|fault| fault.name()).collect();
        assert_eq!(words.len(), all.len());
    }
}
