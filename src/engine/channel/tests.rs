//! WebSocket channels against a server that answers pings, one that stops, and one that closes with a code.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::Channel;
use super::Heard;
use crate::clock::Clock;
use crate::dialect::Dialect;
use crate::dialect::Values;
use crate::engine::line::Bounds;
use crate::engine::line::Line;
use crate::engine::line::Wire;
use crate::engine::stop::Stop;
use crate::profile::ConnectionUse;
use crate::target::Endpoint;
use crate::units::Micros;

/// A hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(10);

/// How a server ends a channel.
#[derive(Clone, Copy)]
enum Server {
    /// It answers pings for a while, then reads no more.
    FallsSilent,
    /// It closes with this code.
    Closes(u16),
}

async fn serve(server: Server) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        match server {
            Server::FallsSilent => {
                // Three pings are read, and answered while they are.
                for _ in 0..3 {
                    let _ = socket.next().await;
                }
                std::future::pending::<()>().await;
            }
            Server::Closes(code) => {
                let frame = CloseFrame {
                    code: code.into(),
                    reason: "".into(),
                };
                let _ = socket.close(Some(frame)).await;
                while socket.next().await.is_some() {}
            }
        }
    });
    address
}

fn wire(address: SocketAddr) -> Wire {
    let dialect = "version = 1\nname = \"x\"\nlike = \"session\"\n[push]\nkind = \"websocket\"\npath = \"/e\"\nping = \"150ms\"\n\
                   closes = [{ code = 4001, means = \"kicked\" }, { code = 4002, means = \"expired\" }]\n";
    Wire {
        endpoint: Endpoint::at(vec![address], "x".into()).unwrap(),
        dialect: Arc::new(Dialect::parse(dialect, "x").unwrap()),
        headers: String::new(),
        timeout: Micros::from_secs(5),
        notice_limit: Micros::from_secs(1),
        connection: ConnectionUse::Upgrade,
    }
}

/// What a channel to `server` says, and how long it took.
async fn heard(server: Server) -> (Heard, Micros) {
    let wire = wire(serve(server).await);
    let (clock, stop) = (Clock::start(), Stop::default());
    let run = Bounds {
        clock: &clock,
        stop: &stop,
    };
    let mut line = Line::new(0);
    let whole = async {
        let values = Values::default();
        let (mut channel, sent) =
            Channel::open(Channel::None, &wire, &mut line, &values, run).await;
        assert!(channel.is_open(), "{sent:?}");
        let opened = clock.now();
        let heard = channel.hear(&wire, run).await;
        (heard, clock.now().since(opened))
    };
    timeout(LIMIT, whole).await.expect("it hears something")
}

#[tokio::test]
async fn a_target_that_stops_answering_pings_is_lost_and_not_before() {
    let (heard, after) = heard(Server::FallsSilent).await;
    assert_eq!(heard, Heard::Lost);
    // Three answered pings take three intervals; the fourth has one interval to be answered.
    assert!(after >= Micros::from_millis(5 * 150 - 20), "{after}");
}

#[tokio::test]
async fn a_close_code_means_what_the_dialect_says_and_an_unknown_one_nothing() {
    assert_eq!(heard(Server::Closes(4001)).await.0, Heard::Kicked);
    assert_eq!(heard(Server::Closes(4002)).await.0, Heard::Expired);
    assert_eq!(heard(Server::Closes(4999)).await.0, Heard::Lost);
    assert_eq!(heard(Server::Closes(1000)).await.0, Heard::Lost);
}
