//! Push channels against tungstenite's server, and against servers that break the handshake or the protocol.

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::client::tests::{LIMIT, connected, read_request};
use crate::client::{Answer, PushChannel, PushEnd, PushMessage, UpgradeRefused, WebSocketKey};
use crate::session::{Bound, PushFault, Transport};

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
    for (right, wrong, fault) in [
        (
            "Accept: KEY",
            "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            PushFault::OtherKey,
        ),
        ("Accept: KEY", "Other: KEY", PushFault::OtherKey),
        ("Upgrade: websocket", "Upgrade: h2c", PushFault::NoAgreement),
        (
            "Connection: Upgrade",
            "Connection: close",
            PushFault::NoAgreement,
        ),
        (
            "KEY\r\n",
            "KEY\r\nSec-WebSocket-Extensions: permessage-deflate\r\n",
            PushFault::Extension,
        ),
        (
            "KEY\r\n",
            "KEY\r\nSec-WebSocket-Protocol: chat\r\n",
            PushFault::Subprotocol,
        ),
    ] {
        let (refused, ..) = upgraded(AGREED.replace(right, wrong).as_bytes()).await;
        let fault = UpgradeRefused::Transport(Transport::PushProtocol(fault));
        assert_eq!(refused.err(), Some(fault), "{wrong}");
    }
}

/// Broken frames, what they are called, and the close code that answers them.
const BROKEN: [(&[u8], Transport, u16); 17] = {
    use PushFault as Fault;
    const fn fault(fault: Fault) -> Transport {
        Transport::PushProtocol(fault)
    }
    [
        (b"\x81\x85\x00\x00\x00\x00hello", fault(Fault::Masked), 1002),
        (b"\x83\x00", fault(Fault::Opcode), 1002),
        (b"\x8b\x00", fault(Fault::Opcode), 1002),
        (b"\xc1\x00", fault(Fault::ReservedBits), 1002),
        (b"\x80\x00", fault(Fault::Fragments), 1002),
        (b"\x01\x01a\x81\x01b", fault(Fault::Fragments), 1002),
        (b"\x09\x00", fault(Fault::ControlFrame), 1002),
        (b"\x89\x7e\x00\x7e", fault(Fault::ControlFrame), 1002),
        (b"\x81\x01\xff", fault(Fault::Utf8), 1007),
        (b"\x01\x01\xc3\x80\x01\x28", fault(Fault::Utf8), 1007),
        (b"\x88\x03\x03\xe8\xff", fault(Fault::Utf8), 1007),
        (b"\x88\x01\x03", fault(Fault::CloseCode), 1002),
        (b"\x88\x02\x00\x00", fault(Fault::CloseCode), 1002),
        // 1005, 1006 and 2999: two that are never sent, and one that is nobody's.
        (b"\x88\x02\x03\xed", fault(Fault::CloseCode), 1002),
        (b"\x88\x02\x03\xee", fault(Fault::CloseCode), 1002),
        (b"\x88\x02\x0b\xb7", fault(Fault::CloseCode), 1002),
        (
            b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x01",
            Transport::TooLarge(Bound::Message),
            1009,
        ),
    ]
};

#[tokio::test]
async fn a_channel_that_breaks_its_protocol_is_told_so_with_a_close_code_and_has_a_name() {
    for (bytes, fault, code) in BROKEN {
        let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
        theirs.write_all(bytes).await.unwrap();
        if bytes.ends_with(b"\x7e") {
            theirs.write_all(&[0; 126]).await.unwrap();
        }
        let mut channel = channel.unwrap();
        let end = Err(PushEnd::Transport(fault));
        assert_eq!(next(&mut channel).await, end, "{bytes:?}");
        assert_eq!(next(&mut channel).await, end, "asked again: {bytes:?}");
        let mut server = WebSocketStream::from_raw_socket(theirs, Role::Server, None).await;
        let told = timeout(LIMIT, server.next()).await.unwrap();
        let Some(Ok(Message::Close(Some(frame)))) = told else {
            panic!("{bytes:?}: {told:?}");
        };
        assert_eq!(u16::from(frame.code), code, "{bytes:?}");
    }
}

#[tokio::test]
async fn close_codes_that_may_be_sent_are_told_as_they_are() {
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4999] {
        let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
        let [high, low] = u16::to_be_bytes(code);
        theirs.write_all(&[0x88, 2, high, low]).await.unwrap();
        let end = next(&mut channel.unwrap()).await;
        assert_eq!(end, Err(PushEnd::Closed(Some(code))));
    }
    let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
    theirs.write_all(b"\x88\x00").await.unwrap();
    let end = next(&mut channel.unwrap()).await;
    assert_eq!(end, Err(PushEnd::Closed(None)));
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_channel_says_how() {
    for bytes in [&b""[..], b"\x81\x05hel"] {
        let (channel, _, mut theirs) = upgraded(AGREED.as_bytes()).await;
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let end = next(&mut channel.unwrap()).await;
        assert_eq!(end, Err(PushEnd::Transport(Transport::Closed)));
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
