//! Push channels against tungstenite's server, and against servers that break the handshake or the protocol.

use futures_util::SinkExt;
use futures_util::StreamExt;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::session::Transport;
use crate::target::Answer;
use crate::target::PushChannel;
use crate::target::PushEnd;
use crate::target::PushMessage;
use crate::target::UpgradeRefused;
use crate::target::WebSocketKey;
use crate::target::tests::LIMIT;
use crate::target::tests::connected;
use crate::target::tests::read_request;

fn request(key: &WebSocketKey) -> Vec<u8> {
    let key = key.as_str();
    format!(
        "GET /events HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    .into_bytes()
}

/// A channel to tungstenite's server.
async fn channel() -> (PushChannel, WebSocketStream<TcpStream>) {
    let (ours, theirs) = connected().await;
    let key = WebSocketKey::from_seed(7);
    let mut scratch = Answer::new();
    let request = request(&key);
    let both = async {
        tokio::join!(
            ours.upgrade(&request, &key, &mut scratch),
            accept_async(theirs)
        )
    };
    let (channel, server) = timeout(LIMIT, both).await.unwrap();
    let channel = channel.unwrap();
    assert_eq!(channel.opened().status, 101);
    (channel, server.unwrap())
}

/// What becomes of an upgrade that is answered with `answer`, in which `KEY` stands for the right accept value.
async fn upgraded(answer: &[u8]) -> (Result<PushChannel, UpgradeRefused>, Answer, TcpStream) {
    let (ours, mut theirs) = connected().await;
    let key = WebSocketKey::from_seed(7);
    let mut scratch = Answer::new();
    let accept = derive_accept_key(key.as_str().as_bytes());
    let at = answer.windows(3).position(|part| part == b"KEY");
    let answer = at.map_or(answer.to_vec(), |at| {
        [&answer[..at], accept.as_bytes(), &answer[at + 3..]].concat()
    });
    let server = async {
        read_request(&mut theirs).await;
        theirs.write_all(&answer).await.unwrap();
        theirs
    };
    let request = request(&key);
    let both = async { tokio::join!(ours.upgrade(&request, &key, &mut scratch), server) };
    let (channel, theirs) = timeout(LIMIT, both).await.unwrap();
    (channel, scratch, theirs)
}

const AGREED: &str = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: KEY\r\n\r\n";

async fn next(channel: &mut PushChannel) -> Result<PushMessage, PushEnd> {
    timeout(LIMIT, channel.next())
        .await
        .expect("the channel says something")
}

#[tokio::test]
async fn messages_arrive_in_order_pings_are_answered_and_the_close_code_is_read() {
    let (mut channel, mut server) = channel().await;
    server.send(Message::text("one")).await.unwrap();
    server.send(Message::Ping("ping".into())).await.unwrap();
    server.send(Message::binary(vec![0, 1])).await.unwrap();
    server
        .send(Message::text("x".repeat(64 * 1024)))
        .await
        .unwrap();
    assert_eq!(
        next(&mut channel).await,
        Ok(PushMessage::Text("one".into()))
    );
    assert_eq!(next(&mut channel).await, Ok(PushMessage::Binary));
    assert_eq!(
        next(&mut channel).await,
        Ok(PushMessage::Text("x".repeat(64 * 1024).into()))
    );
    let pong = timeout(LIMIT, server.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(pong, Message::Pong("ping".into()));
    let frame = CloseFrame {
        code: 4001.into(),
        reason: "kicked".into(),
    };
    server.close(Some(frame.clone())).await.unwrap();
    assert_eq!(next(&mut channel).await, Err(PushEnd::Closed(Some(4001))));
    let answered = timeout(LIMIT, server.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(answered, Message::Close(Some(frame)));
    assert_eq!(
        next(&mut channel).await,
        Err(PushEnd::Closed(Some(4001))),
        "asked again"
    );
}

#[tokio::test]
async fn messages_that_come_together_with_the_agreement_are_not_lost() {
    let early = [AGREED.as_bytes(), b"\x81\x05hello\x81\x02wo"].concat();
    for cut in [
        early.len(),
        early.len() - 1,
        early.len() - 4,
        early.len() - 10,
    ] {
        let (channel, _, mut theirs) = upgraded(&early[..cut]).await;
        theirs.write_all(&early[cut..]).await.unwrap();
        let mut channel = channel.unwrap();
        for text in ["hello", "wo"] {
            assert_eq!(
                next(&mut channel).await,
                Ok(PushMessage::Text(text.into())),
                "cut at {cut}"
            );
        }
    }
}

#[tokio::test]
async fn a_read_that_is_dropped_loses_no_byte() {
    let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
    let mut channel = channel.unwrap();
    for byte in b"\x81\x05hello" {
        assert!(futures_util::poll!(Box::pin(channel.next())).is_pending());
        theirs.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(
        next(&mut channel).await,
        Ok(PushMessage::Text("hello".into()))
    );
}

#[tokio::test]
async fn a_refused_upgrade_is_an_answer_with_its_body() {
    let answer = b"HTTP/1.1 401 x\r\nContent-Length: 14\r\n\r\n{\"code\":70001}";
    let (refused, scratch, _theirs) = upgraded(answer).await;
    match refused {
        Err(UpgradeRefused::Answered(head)) => assert_eq!(head.status, 401),
        other => panic!("{other:?}"),
    }
    assert_eq!(scratch.body(), b"{\"code\":70001}");
}

#[tokio::test]
async fn an_agreement_that_does_not_mean_a_websocket_is_a_protocol_fault() {
    for (right, wrong) in [
        ("Accept: KEY", "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("Accept: KEY", "Other: KEY"),
        ("Upgrade: websocket", "Upgrade: h2c"),
        ("Connection: Upgrade", "Connection: close"),
        (
            "KEY\r\n",
            "KEY\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
        ),
    ] {
        let (refused, ..) = upgraded(AGREED.replace(right, wrong).as_bytes()).await;
        let fault = UpgradeRefused::Transport(Transport::PushProtocol);
        assert_eq!(refused.err(), Some(fault), "{wrong}");
    }
}

#[tokio::test]
async fn a_channel_that_breaks_says_how() {
    for (bytes, fault) in [
        (&b""[..], Transport::Closed),
        (b"\x81\x05hel", Transport::Closed),
        (b"\x81\x85\x00\x00\x00\x00hello", Transport::PushProtocol),
        (b"\x83\x00", Transport::PushProtocol),
        (b"\x81\x01\xff", Transport::PushProtocol),
        (
            b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x01",
            Transport::TooLarge,
        ),
    ] {
        let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let mut channel = channel.unwrap();
        assert_eq!(
            next(&mut channel).await,
            Err(PushEnd::Transport(fault)),
            "{bytes:?}"
        );
    }
    let (channel, _, theirs) = upgraded(AGREED.as_bytes()).await;
    theirs.set_zero_linger().unwrap();
    drop(theirs);
    assert_eq!(
        next(&mut channel.unwrap()).await,
        Err(PushEnd::Transport(Transport::Reset))
    );
}

#[tokio::test]
async fn a_close_says_goodbye_and_a_drop_does_not() {
    let (ours, mut server) = channel().await;
    ours.close().await;
    let goodbye = timeout(LIMIT, server.next()).await.unwrap().unwrap();
    assert_eq!(goodbye.unwrap(), Message::Close(None));
    let (ours, mut server) = channel().await;
    drop(ours);
    assert!(
        timeout(LIMIT, server.next())
            .await
            .unwrap()
            .unwrap()
            .is_err()
    );
}

#[tokio::test]
async fn an_early_close_of_the_target_ends_the_handshake() {
    let (ours, mut theirs) = connected().await;
    let key = WebSocketKey::from_seed(7);
    let mut scratch = Answer::new();
    let request = request(&key);
    let server = async {
        read_request(&mut theirs).await;
        theirs.shutdown().await.unwrap();
        theirs.read(&mut [0; 1]).await
    };
    let both = async { tokio::join!(ours.upgrade(&request, &key, &mut scratch), server).0 };
    let refused = timeout(LIMIT, both).await.unwrap();
    assert_eq!(
        refused.err(),
        Some(UpgradeRefused::Transport(Transport::Closed))
    );
}

#[test]
fn a_channel_is_small() {
    let size = size_of::<PushChannel>();
    assert!(size <= 512, "{size} bytes");
}
