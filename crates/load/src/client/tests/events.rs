//! Event streams against servers that drip, stop, refuse, and send something else.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{LIMIT, connected, read_request};
use crate::client::{Answer, EventChannel, Parting, PushEnd, UpgradeRefused};
use crate::session::{Bound, PushFault, Transport};
use trtc_base::units::Micros;

const REQUEST: &[u8] = b"GET /events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n";

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";

const OPEN_ENDED: &str = "HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream\r\n\r\n";

/// What becomes of a request that is answered with `answer`.
async fn subscribed(answer: &str) -> (Result<EventChannel, UpgradeRefused>, Answer, TcpStream) {
    let (ours, mut theirs) = connected().await;
    let mut scratch = Answer::new();
    let server = async {
        read_request(&mut theirs).await;
        theirs.write_all(answer.as_bytes()).await.unwrap();
        theirs
    };
    let both = async { tokio::join!(ours.subscribe(REQUEST, &mut scratch), server) };
    let (channel, theirs) = timeout(LIMIT, both).await.unwrap();
    (channel, scratch, theirs)
}

/// The next event's name and data.
async fn next(channel: &mut EventChannel) -> Result<(String, String), PushEnd> {
    let event = async {
        loop {
            if let Some(event) = channel.next().await? {
                return Ok((event.name.into(), event.data.into()));
            }
        }
    };
    timeout(LIMIT, event)
        .await
        .expect("the channel says something")
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[tokio::test]
async fn events_come_one_by_one_however_they_are_cut_into_chunks_and_the_last_id_stays() {
    let first = chunk("retry: 250\nid: 7\nevent: kick");
    let (channel, _, mut server) = subscribed(&format!("{CHUNKED}{first}")).await;
    let mut channel = channel.unwrap();
    assert_eq!(channel.opened().status, 200);
    let rest = chunk("ed\ndata: a\n\n: comment\n\nda") + &chunk("ta: b\n\n");
    for byte in rest.as_bytes() {
        server.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(
        next(&mut channel).await.unwrap(),
        ("kicked".into(), "a".into())
    );
    assert_eq!(
        next(&mut channel).await.unwrap(),
        (String::new(), "b".into())
    );
    assert_eq!(channel.last_event_id(), "7");
    assert_eq!(channel.retry(), Some(Micros::from_millis(250)));
    server.write_all(b"0\r\n\r\n").await.unwrap();
    let end = Err(PushEnd::Transport(Transport::Closed));
    assert_eq!(next(&mut channel).await, end);
    assert_eq!(next(&mut channel).await, end, "it stays over");
}

#[tokio::test]
async fn what_came_before_the_end_is_told_before_it() {
    let text = format!("{OPEN_ENDED}data: a\n\ndata: b\n\ndata: cut");
    let (channel, _, server) = subscribed(&text).await;
    drop(server);
    let mut channel = channel.unwrap();
    assert_eq!(next(&mut channel).await.unwrap().1, "a");
    assert_eq!(next(&mut channel).await.unwrap().1, "b");
    assert_eq!(
        next(&mut channel).await,
        Err(PushEnd::Transport(Transport::Closed))
    );
}

#[tokio::test]
async fn an_answer_that_comes_whole_ends_after_its_events_also_where_its_connection_is_kept() {
    let event = "id: 9\nretry: 40\ndata: a\n\n";
    let chunked = format!("{CHUNKED}{}0\r\n\r\n", chunk(event));
    let stated = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{event}",
        event.len()
    );
    let empty = format!("{CHUNKED}0\r\n\r\n");
    for (text, events) in [(chunked, 1), (stated, 1), (empty, 0)] {
        // The server stays: it is the answer that is over, not the connection.
        let (channel, _, _server) = subscribed(&text).await;
        let mut channel = channel.unwrap();
        for _ in 0..events {
            assert_eq!(next(&mut channel).await.unwrap().1, "a", "{text}");
            assert_eq!(channel.last_event_id(), "9");
            assert_eq!(channel.retry(), Some(Micros::from_millis(40)));
        }
        let end = Err(PushEnd::Transport(Transport::Closed));
        assert_eq!(next(&mut channel).await, end, "{text}");
        assert_eq!(next(&mut channel).await, end, "it stays over: {text}");
    }
}

#[tokio::test]
async fn a_refusal_is_an_answer_with_its_body_and_another_success_is_no_channel() {
    let (channel, scratch, _server) =
        subscribed("HTTP/1.1 401 x\r\nContent-Length: 2\r\n\r\nno").await;
    let Err(UpgradeRefused::Answered(head)) = channel else {
        panic!("{channel:?}");
    };
    assert_eq!((head.status, scratch.body()), (401, &b"no"[..]));
    let json = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    let (channel, _, _server) = subscribed(json).await;
    assert_eq!(
        channel.map(drop),
        Err(UpgradeRefused::Transport(Transport::PushProtocol(
            PushFault::NoEvents
        )))
    );
}

#[tokio::test]
async fn events_before_broken_chunks_are_told_also_where_they_came_together() {
    let text = format!("{CHUNKED}{}zz\r\n", chunk("data: a\n\n"));
    let (channel, _, _server) = subscribed(&text).await;
    let mut channel = channel.unwrap();
    assert_eq!(next(&mut channel).await.unwrap().1, "a");
    let end = Err(PushEnd::Transport(Transport::NotHttp));
    assert_eq!(next(&mut channel).await, end);
}

#[tokio::test]
async fn broken_chunks_and_endless_events_end_it_with_their_fault() {
    for (text, fault) in [
        (format!("{CHUNKED}zz\r\n"), Transport::NotHttp),
        (
            format!("{OPEN_ENDED}data: {}", "x".repeat(70_000)),
            Transport::TooLarge(Bound::Message),
        ),
    ] {
        let (channel, _, _server) = subscribed(&text).await;
        let end = next(&mut channel.unwrap()).await;
        assert_eq!(end, Err(PushEnd::Transport(fault)));
    }
}

#[tokio::test]
async fn a_cut_by_reset_is_seen_as_one() {
    let (channel, _, mut server) = subscribed(OPEN_ENDED).await;
    channel.unwrap().cut(Parting::Reset);
    let read = timeout(LIMIT, server.read(&mut [0; 1])).await.unwrap();
    assert!(read.is_err());
}
