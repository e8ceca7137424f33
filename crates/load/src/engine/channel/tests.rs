//! WebSocket channels against a server that answers pings, one that stops, and one that closes with a code.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{Channel, Received, Word};
use crate::client::Endpoint;
use crate::engine::http_client::{Bounds, ClientSettings, HttpClient};
use crate::engine::pacer::Pacer;
use crate::engine::stop::Stop;
use crate::profile::ConnectionUse;
use crate::recorder::{Recorder, example};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Values};

/// A hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(10);

/// How often a device pings.
const PING: Micros = Micros::from_millis(400);

/// How early a timer of whole milliseconds may seem to fire.
const EARLY: Micros = Micros::from_millis(20);

/// How a server ends a channel.
#[derive(Clone, Copy)]
enum Server {
    /// It answers so many pings, then reads no more.
    FallsSilent { after: u64 },
    /// It closes with this code.
    Closes(u16),
}

/// A server, and when it saw pings.
async fn serve(server: Server, clock: Clock) -> (SocketAddr, UnboundedReceiver<Micros>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (saw, seen) = unbounded_channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = accept_async(stream).await.unwrap();
        match server {
            Server::FallsSilent { after } => {
                for _ in 0..after {
                    let came = socket.next().await;
                    assert!(matches!(came, Some(Ok(Message::Ping(_)))), "{came:?}");
                    saw.send(clock.now()).unwrap();
                    // The answer is written by itself, and has to leave.
                    socket.flush().await.unwrap();
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
    (address, seen)
}

/// A count of requests, in a folder of its own.
fn count() -> (TempDir, Arc<Recorder>) {
    let folder = TempDir::new().unwrap();
    let recorder = Recorder::new(example::meta(), folder.path(), 1).unwrap();
    (folder, Arc::new(recorder))
}

fn settings(address: SocketAddr) -> Arc<ClientSettings> {
    let dialect = "version = 1\nname = \"x\"\nlike = \"session\"\n[push]\nkind = \"websocket\"\npath = \"/e\"\nping = \"400ms\"\n\
                   closes = [{ code = 4001, means = \"kicked\" }, { code = 4002, means = \"expired\" }]\n";
    Arc::new(ClientSettings {
        endpoint: Endpoint::at(vec![address], "x".into()).unwrap(),
        dialect: Arc::new(Dialect::parse(dialect, "x").unwrap()),
        headers: String::new(),
        timeout: Micros::from_secs(5),
        notice_limit: Micros::from_secs(1),
        heartbeat_limit: Micros::from_secs(400),
        clock_skew: Micros::ZERO,
        connection: ConnectionUse::Upgrade,
    })
}

/// What came of a channel.
struct Course {
    heard: Received,
    /// How long after the channel opened.
    after: Micros,
    /// How long after it opened the server saw each ping.
    pings: Vec<Micros>,
}

/// What `word` tells the session.
fn concerns(word: Word) -> Received {
    match word {
        Word::Session(heard) => heard,
        Word::Broadcast => panic!("nobody sent one"),
    }
}

/// What a channel to `server` says.
async fn heard(server: Server) -> Course {
    let clock = Clock::start();
    let pacer = Pacer::start(clock, Stop::default()).unwrap();
    let (address, mut seen) = serve(server, clock).await;
    let settings = settings(address);
    let (_folder, recorder) = count();
    let run = Bounds {
        clock: &clock,
        pacer: &pacer,
        recorder: &recorder,
    };
    let mut http = HttpClient::new(0);
    let whole = async {
        let values = Values::default();
        let (mut channel, sent) =
            Channel::open(Channel::None, &settings, &mut http, &values, run).await;
        assert!(channel.is_open(), "{sent:?}");
        let opened = clock.now();
        let heard = concerns(channel.hear(&settings, run, &|_, _| {}).await);
        let mut pings = Vec::new();
        while let Ok(at) = seen.try_recv() {
            pings.push(at.since(opened));
        }
        Course {
            heard,
            after: clock.now().since(opened),
            pings,
        }
    };
    timeout(LIMIT, whole).await.expect("it hears something")
}

/// Whether `at` lies at `intervals` pings, and not two intervals later: a machine that is busy is late by less.
fn is_at(at: Micros, intervals: u64) -> bool {
    let due = Micros(PING.0 * intervals);
    at >= due.since(EARLY) && at < due.plus(Micros(PING.0 * 2))
}

#[tokio::test]
async fn a_ping_goes_out_at_each_interval_and_one_without_an_answer_is_the_last() {
    let course = heard(Server::FallsSilent { after: 4 }).await;
    assert_eq!(course.heard, Received::Lost);
    // Four are answered. The fifth has one interval to be.
    assert_eq!(course.pings.len(), 4, "{:?}", course.pings);
    for (nth, at) in (1..).zip(&course.pings) {
        assert!(is_at(*at, nth), "ping {nth} of {:?}", course.pings);
    }
    assert!(is_at(course.after, 6), "{}", course.after);
}

#[tokio::test]
async fn a_target_that_never_answers_a_ping_is_lost_at_the_second() {
    let course = heard(Server::FallsSilent { after: 0 }).await;
    assert_eq!(course.heard, Received::Lost);
    assert!(is_at(course.after, 2), "{}", course.after);
}

#[tokio::test]
async fn pings_are_due_by_the_channels_own_time_however_often_the_device_stops_listening() {
    let clock = Clock::start();
    let pacer = Pacer::start(clock, Stop::default()).unwrap();
    let (address, mut seen) = serve(Server::FallsSilent { after: 2 }, clock).await;
    let settings = settings(address);
    let (_folder, recorder) = count();
    let run = Bounds {
        clock: &clock,
        pacer: &pacer,
        recorder: &recorder,
    };
    let mut http = HttpClient::new(0);
    let values = Values::default();
    let (mut channel, _) = Channel::open(Channel::None, &settings, &mut http, &values, run).await;
    let whole = async {
        loop {
            // Each time shorter than the interval.
            let listens = timeout(
                PING.as_duration() / 4,
                channel.hear(&settings, run, &|_, _| {}),
            );
            if let Ok(word) = listens.await {
                return concerns(word);
            }
        }
    };
    let heard = timeout(LIMIT, whole).await.expect("it pings");
    assert_eq!(heard, Received::Lost);
    assert!(seen.try_recv().is_ok() && seen.try_recv().is_ok());
}

#[tokio::test]
async fn a_close_code_means_what_the_dialect_says_and_an_unknown_one_nothing() {
    assert_eq!(heard(Server::Closes(4001)).await.heard, Received::Kicked);
    assert_eq!(heard(Server::Closes(4002)).await.heard, Received::Expired);
    assert_eq!(heard(Server::Closes(4999)).await.heard, Received::Lost);
    assert_eq!(heard(Server::Closes(1000)).await.heard, Received::Lost);
}
