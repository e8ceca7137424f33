//! Why steps did not succeed, what that means by the documents, and what to do.

use serde::Serialize;

use crate::recorder::Recording;
use crate::session::{
    Bound, Cause, CertificateFault, Class, Code, PushFault, TicketFault, Transport, tencent_code,
};

/// One kind of trouble.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct CauseRow {
    /// The operation that met it; none for the kinds beyond the recording's bound.
    pub(in crate::report) operation: Option<&'static str>,
    /// The outcome's class.
    pub(in crate::report) class: Option<&'static str>,
    /// The target's error code or the fault's name.
    pub(in crate::report) cause: String,
    /// How many steps.
    pub(in crate::report) count: u64,
    /// What it means, where a document or this program says so.
    pub(in crate::report) meaning: Option<&'static str>,
    /// What to do about it.
    pub(in crate::report) remedy: Option<&'static str>,
}

/// Every kind of trouble, the most frequent first; what the scenarios provoke comes after what counts as an error.
pub(super) fn causes(recording: &Recording) -> Vec<CauseRow> {
    let counts = recording.counts();
    let mut rows: Vec<CauseRow> = counts
        .causes
        .iter()
        .map(|((operation, class, cause), count)| {
            let (meaning, remedy) = explained(cause);
            CauseRow {
                operation: Some(operation.name()),
                class: Some(class.name()),
                cause: cause.to_string(),
                count: *count,
                meaning,
                remedy,
            }
        })
        .collect();
    // A stable sort: equal counts stay in the order of operations.
    let is_expected = |row: &CauseRow| row.class == Some(Class::Expected.name());
    rows.sort_by_key(|row| (is_expected(row), std::cmp::Reverse(row.count)));
    if counts.other_causes > 0 {
        rows.push(CauseRow {
            operation: None,
            class: None,
            cause: "causes beyond the recording's 1,000 kinds".to_owned(),
            count: counts.other_causes,
            meaning: Some("the target answers with ever new codes"),
            remedy: Some("take a stable code from the answer in the dialect"),
        });
    }
    rows
}

type Explained = (Option<&'static str>, Option<&'static str>);

fn explained(cause: &Cause) -> Explained {
    let (meaning, remedy) = match cause {
        Cause::Code(Code::Said(_)) => (
            "the answer is not what the dialect takes for a success",
            "look why it stands there; where it is a success, mend `success` or `error_code` in the dialect",
        ),
        Cause::Code(code) => return documented(code),
        Cause::Sdk(code) => return documented(&Code::Number(*code)),
        Cause::Status(status) => return by_status(*status),
        Cause::Transport(fault) => by_transport(*fault),
        Cause::Answer(_) => (
            "a complete answer that the dialect cannot read",
            "compare the service's answer with the dialect's file",
        ),
        Cause::Ticket(fault) => by_ticket(*fault),
        Cause::NoAnswer => (
            "no complete answer within the step's limit",
            "look at the target's queues and its saturation in that stage",
        ),
        Cause::NoNotice => (
            "the victim of a kick was not told within the limit",
            "look at the push channel and the kick path of the target",
        ),
        Cause::ToldTwice => (
            "the victim of a kick was told once more",
            "look at the push channel of the target: something sends a notice again that had arrived",
        ),
        Cause::Accepted => (
            "the target accepted what it had to refuse",
            "check how the target verifies UserSigs and tokens",
        ),
        Cause::CutByKick => (
            "the session ended while its request was under way, as planned",
            "nothing: the scenario provokes it",
        ),
        Cause::CutByNetwork => (
            "the scenario cut the device's network while the request was under way",
            "nothing: the scenario provokes it",
        ),
        Cause::Left => (
            "the target held a poll when its device went away",
            "nothing: so do devices that leave",
        ),
        Cause::ChannelEnded(_) => (
            "the target ended an open push channel whose session went on",
            "look at its log for that end; one that is meant is named under `closes` in the dialect",
        ),
        Cause::Panic => (
            "a fault of this program, held in one device",
            "report it with the log; the other devices went on",
        ),
        Cause::RunEnded => (
            "the run ended before the answer came",
            "lengthen the drain if many steps end so",
        ),
    };
    (Some(meaning), Some(remedy))
}

const fn by_ticket(fault: TicketFault) -> (&'static str, &'static str) {
    match fault {
        TicketFault::FirstVersion => (
            "the UserSig server signs with a private key (version 1), which TLSSigAPIv2 replaced",
            "change the app over to HMAC-SHA256 in the console, and sign with TLSSigAPIv2 and the app's key",
        ),
        TicketFault::Expired
        | TicketFault::OtherUser
        | TicketFault::OtherApp
        | TicketFault::BadSignature
        | TicketFault::NotOne => (
            "the UserSig server issued a UserSig that proves nothing to this app at that time",
            "compare the server's key, SDKAppID and clock with the app's: `trtc-load usersig verify` tells which is off",
        ),
    }
}

fn documented(code: &Code) -> Explained {
    let (meaning, remedy) = tencent_code(code).map_or(
        (
            "a code of the service's own",
            "look it up in the service's documents; a line under `codes` in the dialect says what it asks for",
        ),
        |entry| (entry.meaning, entry.remedy),
    );
    (Some(meaning), Some(remedy))
}

const fn by_status(status: u16) -> Explained {
    match status {
        401 | 403 => (
            Some("the target refuses the credential"),
            Some("check the app's key and the dialect's credential"),
        ),
        404 => (
            Some("the target has no such path"),
            Some("compare the dialect's paths with the service"),
        ),
        429 => (
            Some("the target limits the rate"),
            Some("raise its limit for this test, or lower the arrivals"),
        ),
        503 => (
            Some("the target is overloaded or is not ready"),
            Some("look at its saturation and its limits in that stage"),
        ),
        500..=599 => (
            Some("a fault inside the target"),
            Some("look for this time in the target's log"),
        ),
        _ => (None, None),
    }
}

const fn by_certificate(fault: CertificateFault) -> (&'static str, &'static str) {
    match fault {
        CertificateFault::Untrusted => (
            "the target shows a certificate that nobody signed whom this run trusts",
            "name the PEM file of its CA, or of the certificate itself: `ca` in [target.tls]",
        ),
        CertificateFault::Expired => (
            "the target's certificate was valid until a day that is over",
            "renew it; if it is still valid, set this machine's clock",
        ),
        CertificateFault::NotYetValid => (
            "the target's certificate is valid from a day that is still to come",
            "set this machine's clock, or the clock of the machine that made it",
        ),
        CertificateFault::OtherHost => (
            "the target's certificate is for other hosts than the one in the URL",
            "call the target by a name in its certificate, or make one with this host as subjectAltName",
        ),
        CertificateFault::Unfit => (
            "the target's certificate is damaged, revoked or not made for a server",
            "make a new one: `openssl x509 -text` shows what this one is for",
        ),
    }
}

const fn by_push(fault: PushFault) -> (&'static str, &'static str) {
    match fault {
        PushFault::Unsaid | PushFault::NoAgreement | PushFault::NoEvents => (
            "the push channel breaks its protocol",
            "compare the push section of the dialect with the service",
        ),
        PushFault::Subprotocol | PushFault::Extension => (
            "the target chose for the WebSocket what the request did not offer (RFC 6455 section 4.1)",
            "make the target choose none, or offer the subprotocol in `headers` of [push]",
        ),
        PushFault::OtherKey
        | PushFault::Masked
        | PushFault::ReservedBits
        | PushFault::Opcode
        | PushFault::Fragments
        | PushFault::ControlFrame
        | PushFault::CloseCode
        | PushFault::Utf8 => (
            "the target, or a proxy before it, breaks the WebSocket protocol (RFC 6455)",
            "look for its WebSocket library's faults, and for a proxy that changes the stream",
        ),
    }
}

const fn by_transport(fault: Transport) -> (&'static str, &'static str) {
    match fault {
        Transport::Lookup => (
            "the target's name could not be looked up, or stands for another machine than it did before the run",
            "look at this machine's DNS, or look names up once: `dns = \"once\"` in [target]",
        ),
        Transport::Proxy => (
            "the proxy did not connect to the target",
            "look at the proxy's log, and whether it allows CONNECT to that address",
        ),
        Transport::Certificate(fault) => by_certificate(fault),
        Transport::Handshake => (
            "the TLS handshake did not come to an end both sides agree on",
            "compare what the target offers with TLS 1.2 and 1.3, and with `http` in [target]",
        ),
        Transport::ConnectRefused => (
            "nobody listens at the target's address",
            "check that the target runs and has not died in the run",
        ),
        Transport::ConnectFailed => (
            "the connection could not be made",
            "look at the target's listen backlog and the network between",
        ),
        Transport::Reset | Transport::Closed => (
            "the connection ended before the answer was complete",
            "look for restarts, idle timeouts and connection limits",
        ),
        Transport::NotHttp => (
            "what came is no HTTP answer, or leaves in doubt where it ends",
            "check the port and the protocol of the target",
        ),
        Transport::Coding => (
            "the answer is in a transfer coding other than chunked, which no request asks for",
            "switch compression in transfer codings off at the target or the proxy before it",
        ),
        Transport::TooLarge(Bound::Message) => (
            "a message of the push channel is longer than this program holds",
            "look at what the target pushes: a notice is small",
        ),
        Transport::TooLarge(_) => (
            "the answer is longer than this program holds",
            "check the path: a login's answer is small",
        ),
        Transport::PushProtocol(fault) => by_push(fault),
        Transport::Exhausted => (
            "this machine ran out of descriptors or ports",
            "raise the limit, spread the load or lower the slots",
        ),
    }
}
