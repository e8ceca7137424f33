//! Tests of the room as a whole: against hyper on the same bytes, and against servers that misbehave.

mod arbitrary;
mod differential;
mod events;
mod exchange;
mod floods;
mod hyper;
mod route;
mod tls;
mod upgrade;

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use crate::client::{Connection, Dial, Endpoint, TlsSessions};
use crate::session::Phases;
use trtc_base::clock::Clock;

/// The longest any step of a test may take: a hang is a failure, not a wait.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// A listener of its own port, and the endpoint to reach it.
pub(super) async fn listen() -> (TcpListener, Endpoint) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = Endpoint::at(vec![address], address.to_string()).unwrap();
    (listener, endpoint)
}

/// A device of slot 0.
pub(super) const fn dial<'a>(
    endpoint: &'a Endpoint,
    tls_sessions: &'a TlsSessions,
    clock: &'a Clock,
) -> Dial<'a> {
    Dial {
        endpoint,
        slot: 0,
        tls_sessions,
        clock,
    }
}

/// A connection, and the server's end of it.
pub(super) async fn connected() -> (Connection, TcpStream) {
    let (listener, endpoint) = listen().await;
    let clock = Clock::start();
    let (tls_sessions, mut phases) = (TlsSessions::default(), Phases::default());
    let opening = dial(&endpoint, &tls_sessions, &clock).open(&mut phases);
    let (ours, theirs) = tokio::join!(opening, listener.accept());
    (ours.unwrap(), theirs.unwrap().0)
}

/// Reads one request without a body.
pub(super) async fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let read = stream.read_buf(&mut request).await.unwrap();
        assert!(read > 0, "the request ends early");
    }
    request
}
