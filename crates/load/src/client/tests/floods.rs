//! Peers that send without an end, and one that never reads: what they make this program hold has a bound.

use futures_util::{FutureExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{LIMIT, connected, dial, read_request};
use crate::client::stream::Stream;
use crate::client::{
    Answer, Connection, Endpoint, HEAD_LIMIT, Head, PushChannel, PushEnd, PushMessage, TlsSessions,
    Way, WebSocketKey,
};
use crate::profile::{AllowedHosts, Http, Route};
use crate::session::{Bound, Phases, Transport};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/// How much a flood brings, in bytes, unless it is ended before: far more than any bound.
const FLOOD: usize = 16 * 1024 * 1024;

/// Sends `start`, and then `piece` over and over.
async fn flood(stream: &mut TcpStream, start: &[u8], piece: &[u8]) -> std::io::Result<()> {
    stream.write_all(start).await?;
    let block = piece.repeat((64 * 1024 / piece.len()).max(1));
    for _ in 0..FLOOD / block.len() {
        stream.write_all(&block).await?;
    }
    Ok(())
}

/// What becomes of an exchange with a server that answers so, and what the device holds then.
async fn flooded(start: &str, piece: &str) -> (Result<Head, Transport>, usize) {
    let (mut ours, mut theirs) = connected().await;
    let mut scratch = Answer::new();
    let server = async {
        read_request(&mut theirs).await;
        let _ = flood(&mut theirs, start.as_bytes(), piece.as_bytes()).await;
    };
    let head = {
        let exchange = ours.exchange(REQUEST, &mut scratch);
        tokio::pin!(exchange, server);
        tokio::select! {
            head = timeout(LIMIT, &mut exchange) => head.unwrap(),
            () = &mut server => panic!("the whole flood of {piece:?} was read"),
        }
    };
    (head, scratch.held())
}

#[tokio::test]
async fn an_answer_without_an_end_stops_at_its_bound_wherever_it_has_none() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let trailers = format!("{chunked}0\r\n");
    for (start, piece, bound) in [
        ("", "HTTP/1.1 103 x\r\nA: b\r\n\r\n", Bound::Head),
        (ok, "A: b\r\n", Bound::HeaderLines),
        ("HTTP/1.1 200 OK\r\nA: b\r\n", " c\r\n", Bound::Head),
        ("HTTP/1.1 200 OK\r\nA: ", "x", Bound::Head),
        ("HTTP/1.1 200 ", "O", Bound::Head),
        (chunked, "0", Bound::ChunkLines),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
            "x",
            Bound::ChunkLines,
        ),
        (chunked, "400\r\n", Bound::Body),
        (&trailers, "A: b\r\n", Bound::HeaderLines),
        ("HTTP/1.1 200 OK\r\n\r\n", "x", Bound::Body),
    ] {
        // A chunk of data between its lines.
        let piece = match piece {
            "400\r\n" => format!("400\r\n{}\r\n", "x".repeat(1024)),
            _ => piece.to_owned(),
        };
        let (head, held) = flooded(start, &piece).await;
        assert_eq!(head, Err(Transport::TooLarge(bound)), "{start:?} {piece:?}");
        // What is grown into doubles; a read brings up to 64 KiB.
        let most = match bound {
            Bound::Body => 2 * 1024 * 1024 + 128 * 1024,
            Bound::Unsaid
            | Bound::HeaderLines
            | Bound::Head
            | Bound::ChunkLines
            | Bound::Message => 4 * HEAD_LIMIT,
        };
        assert!(held <= most, "{held} bytes after {start:?} {piece:?}");
    }
}

#[tokio::test]
async fn an_event_without_an_end_stops_at_its_bound() {
    let start = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
    for (begun, piece) in [
        ("", "x"),
        (": ", "x"),
        ("data: ", "x"),
        ("", "data: x\n"),
        ("", "data\n"),
    ] {
        let (ours, mut theirs) = connected().await;
        let mut scratch = Answer::new();
        let server = async {
            read_request(&mut theirs).await;
            let start = format!("{start}{begun}");
            let _ = flood(&mut theirs, start.as_bytes(), piece.as_bytes()).await;
        };
        let listening = async {
            let mut channel = ours.subscribe(REQUEST, &mut scratch).await.unwrap();
            loop {
                if let Err(end) = channel.next().await {
                    return end;
                }
            }
        };
        tokio::pin!(listening, server);
        let end = tokio::select! {
            end = timeout(LIMIT, &mut listening) => end.unwrap(),
            () = &mut server => panic!("the whole flood of {piece:?} was read"),
        };
        let fault = Transport::TooLarge(Bound::Message);
        assert_eq!(end, PushEnd::Transport(fault), "{piece:?}");
    }
}

/// What the kernel is asked to hold of a narrow connection, in bytes for each direction.
const KERNEL: u32 = 8 * 1024;

/// A listener whose connections take in and send out little at once.
fn narrow() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(KERNEL).unwrap();
    socket.set_send_buffer_size(KERNEL).unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(8).unwrap()
}

/// A connection of `http` to a narrow server, and the server's end of it.
async fn narrowly(http: Http) -> (Connection, TcpStream) {
    let listener = narrow();
    let address = listener.local_addr().unwrap();
    let route = Route {
        http,
        ..Route::default()
    };
    let way = Way::new(&route, "x", None, &AllowedHosts::default());
    let endpoint = Endpoint::at(vec![address], "x".into()).unwrap().by(way);
    let (clock, tls_sessions, mut phases) =
        (Clock::start(), TlsSessions::default(), Phases::default());
    let opening = dial(&endpoint, &tls_sessions, &clock).open(&mut phases);
    let (ours, theirs) = tokio::join!(opening, listener.accept());
    (ours.unwrap(), theirs.unwrap().0)
}

/// A WebSocket to a server that does as it likes.
async fn channel() -> (PushChannel, TcpStream) {
    let (ours, mut theirs) = narrowly(Http::One).await;
    let key = WebSocketKey::from_seed(7);
    let accept = derive_accept_key(key.as_str().as_bytes());
    let agreed = format!(
        "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    let server = async {
        read_request(&mut theirs).await;
        theirs.write_all(agreed.as_bytes()).await.unwrap();
    };
    let mut scratch = Answer::new();
    let both = async { tokio::join!(ours.upgrade(REQUEST, &key, &mut scratch), server).0 };
    let channel = timeout(LIMIT, both).await.unwrap();
    (channel.unwrap(), theirs)
}

/// Pings of 125 bytes that carry their number.
fn ping(number: usize) -> Vec<u8> {
    let mut frame = vec![0x89, 125];
    frame.extend(format!("{number:0125}").bytes());
    frame
}

/// A channel on which little fits into the kernel on its way to the peer: what waits, waits in this program.
async fn narrow_channel() -> (PushChannel, TcpStream) {
    let listener = TcpSocket::new_v4().unwrap();
    listener.set_recv_buffer_size(KERNEL).unwrap();
    listener.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let listener = listener.listen(1).unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(KERNEL).unwrap();
    let connecting = socket.connect(listener.local_addr().unwrap());
    let (ours, theirs) = tokio::join!(connecting, listener.accept());
    let opened = Head {
        status: 101,
        keep_alive: true,
        waited: Micros::ZERO,
        retry_after: None,
        first_byte: Micros::ZERO,
    };
    let stream = Stream::Plain(ours.unwrap());
    let channel = PushChannel::new(stream, Vec::new(), Role::Client, opened).await;
    (channel, theirs.unwrap().0)
}

#[tokio::test]
async fn a_peer_that_pings_and_never_reads_makes_no_buffer_grow_and_its_last_ping_is_answered() {
    /// How many pings of 127 bytes: 2 MB of them.
    const PINGS: usize = 16_000;
    let (mut channel, mut theirs) = narrow_channel().await;
    let mut pings: Vec<u8> = (0..PINGS).flat_map(ping).collect();
    pings.extend(b"\x81\x03end");
    let pinging = async { theirs.write_all(&pings).await.unwrap() };
    let both = async { tokio::join!(channel.next(), pinging).0 };
    let end = timeout(3 * LIMIT, both).await.unwrap();
    assert_eq!(end, Ok(PushMessage::Text("end".into())));
    assert_eq!(channel.heard(), PINGS as u64 + 1);
    // Only now it reads.
    let mut server = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
    let last = format!("{:0125}", PINGS - 1);
    let reading = async {
        let mut pongs = 0;
        loop {
            let came = server.next().await.unwrap().unwrap();
            let Message::Pong(payload) = came else {
                panic!("{came:?}");
            };
            pongs += 1;
            if payload == last.as_bytes() {
                return pongs;
            }
        }
    };
    let pongs = tokio::select! {
        pongs = timeout(3 * LIMIT, reading) => pongs.unwrap(),
        end = channel.next() => panic!("{end:?}"),
    };
    // The kernel doubles what it is asked for, at either end; the channel's own buffer has 4 KiB, and one pong waits beside it.
    let most = (4 * KERNEL as usize + 4 * 1024) / 131 + 1;
    assert!(
        pongs <= most,
        "{pongs} of {PINGS} pongs were kept, {most} fit"
    );
}

#[tokio::test]
async fn a_message_in_fragments_without_an_end_stops_at_its_bound_and_empty_ones_are_nothing() {
    let (mut channel, mut theirs) = channel().await;
    let sending = async {
        theirs.write_all(b"\x01\x00").await.unwrap();
        theirs
            .write_all(&b"\x00\x00".repeat(100_000))
            .await
            .unwrap();
        theirs.write_all(b"\x80\x02hi").await.unwrap();
        theirs.write_all(b"\x01\x00").await.unwrap();
        let _ = flood(&mut theirs, b"", b"\x00\x04text").await;
    };
    let listening = async { (channel.next().await, channel.next().await) };
    tokio::pin!(sending, listening);
    let (first, second) = tokio::select! {
        both = timeout(LIMIT, &mut listening) => both.unwrap(),
        () = &mut sending => panic!("the whole flood was read"),
    };
    assert_eq!(first, Ok(PushMessage::Text("hi".into())));
    let fault = Transport::TooLarge(Bound::Message);
    assert_eq!(second, Err(PushEnd::Transport(fault)));
}

/// A frame of HTTP/2 on the first request's stream, or on the connection.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags, 0, 0, 0, stream]);
    frame.extend(payload);
    frame
}

const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// `:status: 100` and `:status: 200`. Source: RFC 7541 section 6.
const INTERIM: &[u8] = b"\x08\x03100";
const OK: &[u8] = b"\x88";

/// What becomes of an HTTP/2 exchange with a server that answers with `start`, and then with `piece` over and over.
async fn flooded_in_http_2(start: &[u8], piece: &[u8]) -> Result<Head, Transport> {
    let (mut ours, theirs) = narrowly(Http::Two).await;
    let (mut from, mut to) = theirs.into_split();
    let reading = async {
        let mut seen = [0; 4096];
        while from.read(&mut seen).await.is_ok_and(|read| read > 0) {}
        std::future::pending::<()>().await;
    };
    let sending = async {
        let mut start = [frame(SETTINGS, 0, 0, b"").as_slice(), start].concat();
        for _ in 0..FLOOD / piece.len() {
            start.extend_from_slice(piece);
            if start.len() > 16 * 1024 {
                if to.write_all(&start).await.is_err() {
                    break;
                }
                start.clear();
            }
        }
        std::future::pending::<()>().await;
    };
    let mut scratch = Answer::new();
    let exchange = ours.exchange(REQUEST, &mut scratch);
    tokio::select! {
        head = timeout(LIMIT, exchange) => head.unwrap(),
        () = reading => unreachable!("it reads for ever"),
        () = sending => unreachable!("it sends for ever"),
    }
}

#[tokio::test]
async fn header_lines_without_an_end_stop_at_their_bound_in_http_2_too() {
    let head = Err(Transport::TooLarge(Bound::Head));
    let interim = frame(HEADERS, END_HEADERS, 1, INTERIM);
    assert_eq!(flooded_in_http_2(b"", &interim).await, head, "interim");
    let open = frame(HEADERS, 0, 1, OK);
    for piece in [&b""[..], b"\x00\x01a\x01b"] {
        let more = frame(CONTINUATION, 0, 1, piece);
        assert_eq!(flooded_in_http_2(&open, &more).await, head, "{piece:?}");
    }
    let begun = [frame(HEADERS, END_HEADERS, 1, OK), frame(0, 0, 1, b"x")].concat();
    let trailer = frame(HEADERS, END_HEADERS, 1, b"\x00\x01a\x01b");
    let after = flooded_in_http_2(&begun, &trailer).await;
    // The first one breaks the protocol, as it does not end the stream; which of both is seen first is chance.
    assert!(
        after == head || after == Err(Transport::NotHttp),
        "{after:?}"
    );
}

#[tokio::test]
async fn header_lines_that_unpack_to_more_than_their_bound_are_too_large_in_http_2_too() {
    let ping = frame(PING, 0, 0, b"12345678");
    // A line of 1,000 bytes, put into the table by the first, and named by one byte after it.
    let long = [&b"\x88\x40\x01a\x7f\xe9\x06"[..], &b"x".repeat(1000)].concat();
    for (names, bound) in [(30, Bound::Head), (12_000, Bound::Head)] {
        let block = [&long[..], &b"\xbe".repeat(names)].concat();
        let answer = frame(HEADERS, END_HEADERS, 1, &block);
        let came = flooded_in_http_2(&answer, &ping).await;
        assert_eq!(came, Err(Transport::TooLarge(bound)), "{names}");
    }
    let many = [OK, &b"\x00\x01a\x01b".repeat(65)].concat();
    let answer = frame(HEADERS, END_HEADERS, 1, &many);
    let came = flooded_in_http_2(&answer, &ping).await;
    assert_eq!(came, Err(Transport::TooLarge(Bound::HeaderLines)));
}

#[tokio::test]
async fn a_pushed_stream_is_refused() {
    let promise = frame(
        PUSH_PROMISE,
        END_HEADERS,
        1,
        b"\0\0\0\x02\x82\x84\x86\x41\x01x",
    );
    let came = flooded_in_http_2(b"", &promise).await;
    assert_eq!(came, Err(Transport::NotHttp));
}

/// Pings and settings ask for an answer each. Where the peer does not read those, nothing is read of it either: it can hand
/// over what the kernel holds, and no more.
#[tokio::test]
async fn http_2_reads_nothing_from_a_peer_that_does_not_read_its_answers() {
    for piece in [frame(PING, 0, 0, b"12345678"), frame(SETTINGS, 0, 0, b"")] {
        let (mut ours, mut theirs) = narrowly(Http::Two).await;
        theirs.write_all(&frame(SETTINGS, 0, 0, b"")).await.unwrap();
        let mut scratch = Answer::new();
        let mut exchange = Box::pin(ours.exchange(REQUEST, &mut scratch));
        let block = piece.repeat(1000);
        let (mut sent, mut idle) = (0, 0);
        // A peer that is read from gets rid of something within far fewer turns.
        while sent < 4 * FLOOD && idle < 5_000 {
            let early = (&mut exchange).now_or_never();
            assert!(early.is_none(), "{early:?}");
            // It goes on in the frame in which the kernel had no more room.
            match theirs.try_write(&block[sent % piece.len()..]) {
                Ok(written) => (sent, idle) = (sent + written, 0),
                Err(_) => idle += 1,
            }
            tokio::task::yield_now().await;
        }
        assert!(sent < 2 * FLOOD, "{sent} bytes were taken");
    }
}
