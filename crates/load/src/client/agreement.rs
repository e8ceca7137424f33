//! Whether a 101 agrees to the WebSocket that was asked for. Source: RFC 6455 section 4.1.
//!
//! In: the answer's header lines, and the request. Out: nothing, or the fault that a client must end it for. Never here: a
//! socket.

use httparse::Header;

use crate::client::lines::{is, values};
use crate::client::{HEADER_COUNT, WebSocketKey};
use crate::session::PushFault;

/// What a 101 agrees to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Its `Sec-WebSocket-Accept`; or what else is wrong.
    accept: Result<Box<[u8]>, PushFault>,
    /// The subprotocols that it chooses.
    subprotocols: Box<[Box<[u8]>]>,
}

impl Agreed {
    /// By these header lines.
    pub(super) fn of(fields: &[Header<'_>]) -> Self {
        let chosen = values(fields, "sec-websocket-protocol").map(Box::from);
        Self {
            accept: accept(fields),
            subprotocols: chosen.collect(),
        }
    }

    /// Whether that is what `request` asks for with `key`.
    ///
    /// # Errors
    /// What is not.
    pub(super) fn to(&self, request: &[u8], key: &WebSocketKey) -> Result<(), PushFault> {
        if !key.is_answered_by(self.accept()?) {
            return Err(PushFault::OtherKey);
        }
        match &*self.subprotocols {
            [] => Ok(()),
            [one] if offers(request, one) => Ok(()),
            // A second one is not for a target to choose either (section 11.3.4).
            _ => Err(PushFault::Subprotocol),
        }
    }

    /// Its `Sec-WebSocket-Accept`.
    ///
    /// # Errors
    /// What else is wrong.
    pub(super) fn accept(&self) -> Result<&[u8], PushFault> {
        self.accept.as_deref().map_err(|fault| *fault)
    }
}

fn accept(fields: &[Header<'_>]) -> Result<Box<[u8]>, PushFault> {
    let says = |name: &'static str, token: &str| values(fields, name).any(|value| is(value, token));
    if !says("connection", "upgrade") || !says("upgrade", "websocket") {
        return Err(PushFault::NoAgreement);
    }
    // None is ever asked for that this program could speak.
    if values(fields, "sec-websocket-extensions").next().is_some() {
        return Err(PushFault::Extension);
    }
    let mut accepts = values(fields, "sec-websocket-accept");
    match (accepts.next(), accepts.next()) {
        (Some(accept), None) => Ok(accept.into()),
        (None | Some(_), _) => Err(PushFault::OtherKey),
    }
}

/// Whether `request` offers that subprotocol.
fn offers(request: &[u8], subprotocol: &[u8]) -> bool {
    let mut fields = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let mut parsed = httparse::Request::new(&mut fields);
    parsed.parse(request).is_ok()
        && values(parsed.headers, "sec-websocket-protocol").any(|offered| offered == subprotocol)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(fields: &str) -> Agreed {
        let text = format!("HTTP/1.1 101 x\r\n{fields}\r\n");
        let mut parsed = [httparse::EMPTY_HEADER; HEADER_COUNT];
        let mut response = httparse::Response::new(&mut parsed);
        assert!(response.parse(text.as_bytes()).unwrap().is_complete());
        Agreed::of(response.headers)
    }

    const AGREED: &str = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n";

    #[test]
    fn an_upgrade_is_agreed_to_only_by_all_its_headers() {
        for (fields, accept) in [
            (
                format!("{AGREED}Sec-WebSocket-Accept: k\r\n"),
                Ok(&b"k"[..]),
            ),
            (AGREED.to_owned(), Err(PushFault::OtherKey)),
            (
                format!("{AGREED}Sec-WebSocket-Accept: k\r\nSec-WebSocket-Accept: k\r\n"),
                Err(PushFault::OtherKey),
            ),
            (
                format!("{AGREED}Sec-WebSocket-Accept: k\r\nSec-WebSocket-Extensions: x\r\n"),
                Err(PushFault::Extension),
            ),
            (
                "Upgrade: websocket\r\nSec-WebSocket-Accept: k\r\n".to_owned(),
                Err(PushFault::NoAgreement),
            ),
            (
                "Connection: upgrade\r\nSec-WebSocket-Accept: k\r\n".to_owned(),
                Err(PushFault::NoAgreement),
            ),
        ] {
            assert_eq!(agreed(&fields).accept(), accept, "{fields}");
        }
    }

    #[test]
    fn a_subprotocol_is_one_of_those_that_were_offered() {
        let key = WebSocketKey::from_seed(7);
        let proof = tokio_tungstenite::tungstenite::handshake::derive_accept_key;
        let proof = proof(key.as_str().as_bytes());
        for (offered, chosen, outcome) in [
            ("", "", Ok(())),
            ("a, b", "", Ok(())),
            ("a, b", "Sec-WebSocket-Protocol: b\r\n", Ok(())),
            (
                "a, b",
                "Sec-WebSocket-Protocol: c\r\n",
                Err(PushFault::Subprotocol),
            ),
            // The names differ by their case.
            (
                "a, b",
                "Sec-WebSocket-Protocol: B\r\n",
                Err(PushFault::Subprotocol),
            ),
            (
                "a, b",
                "Sec-WebSocket-Protocol: a, b\r\n",
                Err(PushFault::Subprotocol),
            ),
            (
                "",
                "Sec-WebSocket-Protocol: a\r\n",
                Err(PushFault::Subprotocol),
            ),
            (
                "",
                "Sec-WebSocket-Protocol:\r\n",
                Err(PushFault::Subprotocol),
            ),
        ] {
            let offer = match offered {
                "" => String::new(),
                names => format!("sec-websocket-protocol: {names}\r\n"),
            };
            let request = format!("GET / HTTP/1.1\r\nHost: x\r\n{offer}\r\n");
            let answer = format!("{AGREED}Sec-WebSocket-Accept: {proof}\r\n{chosen}");
            let came = agreed(&answer).to(request.as_bytes(), &key);
            assert_eq!(came, outcome, "{offered:?}, {chosen:?}");
        }
    }
}
