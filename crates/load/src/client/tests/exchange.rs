//! Exchanges over real sockets: with servers that answer, drip, cut, reset and close.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::dial;
use crate::client::reachable::{fetch_json, reachable};
use crate::client::tests::{LIMIT, connected, listen, read_request};
use crate::client::{Answer, BODY_LIMIT, Connection, Endpoint, Head, Parting, TlsSessions};
use crate::session::{Bound, Phases, Transport};
use trtc_base::clock::Clock;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
const HELLO: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// What a server does after it has read the request and written `answer`.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Reset,
}

/// One exchange with a server that writes `answer` and goes.
async fn exchanged(answer: &[u8], then: Then) -> (Result<Head, Transport>, Answer, Connection) {
    let (mut ours, mut theirs) = connected().await;
    let server = async {
        read_request(&mut theirs).await;
        // We may refuse the answer and go before all of it is written.
        let _ = theirs.write_all(answer).await;
        match then {
            Then::Close => theirs.shutdown().await.unwrap_or_default(),
            Then::Reset => theirs.set_zero_linger().unwrap(),
        }
        drop(theirs);
    };
    let mut scratch = Answer::new();
    let both = async {
        let client = ours.exchange(REQUEST, &mut scratch);
        tokio::pin!(client, server);
        // A client that refuses early leaves a server that writes for ever, so the server is not waited for.
        tokio::select! {
            head = &mut client => head,
            () = &mut server => client.await,
        }
    };
    let head = timeout(LIMIT, both).await.expect("the exchange ends");
    (head, scratch, ours)
}

/// Answers every request on `stream` with `answer`, until the client goes.
async fn serve(mut stream: TcpStream, answer: &[u8]) {
    let mut request = [0; 1024];
    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
        if stream.write_all(answer).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_connection_carries_one_exchange_after_the_other_and_times_the_first_byte() {
    let (mut connection, theirs) = connected().await;
    let server = tokio::spawn(serve(theirs, HELLO));
    let mut scratch = Answer::new();
    let mut before = trtc_base::units::Micros::ZERO;
    for _ in 0..100 {
        assert!(connection.is_usable());
        let head = connection.exchange(REQUEST, &mut scratch).await.unwrap();
        assert_eq!(
            (head.status, head.keep_alive, scratch.body()),
            (200, true, &b"hello"[..])
        );
        assert!(head.first_byte >= before);
        before = head.first_byte;
    }
    connection.close(Parting::Fin);
    timeout(LIMIT, server).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_is_small_and_a_waiting_device_holds_no_buffer() {
    assert!(
        size_of::<Connection>() <= 96,
        "{} bytes",
        size_of::<Connection>()
    );
    let (mut connection, _theirs) = connected().await;
    let mut scratch = Answer::new();
    let waiting = connection.exchange(REQUEST, &mut scratch);
    assert!(
        size_of_val(&waiting) <= 768,
        "{} bytes",
        size_of_val(&waiting)
    );
    let mut waiting = Box::pin(waiting);
    let polled = futures_util::poll!(&mut waiting);
    assert!(polled.is_pending());
    drop(waiting);
    assert_eq!(scratch.held(), 0);
}

#[tokio::test]
async fn an_answer_cut_at_any_place_is_closed_or_reset_and_never_an_answer() {
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    for (answer, cuts) in [
        (HELLO, vec![0, 1, 9, 17, 37, 38, 42]),
        (&chunked[..], vec![47, 50, 53, 55, 57, 60, 61]),
    ] {
        for cut in cuts {
            for (then, fault) in [
                (Then::Close, Transport::Closed),
                (Then::Reset, Transport::Reset),
            ] {
                let (head, _, mut connection) = exchanged(&answer[..cut], then).await;
                assert_eq!(head, Err(fault), "cut at {cut}");
                assert!(!connection.is_usable());
                let mut scratch = Answer::new();
                assert_eq!(
                    connection.exchange(REQUEST, &mut scratch).await,
                    Err(Transport::Closed)
                );
            }
        }
    }
}

#[tokio::test]
async fn an_answer_without_a_length_ends_with_the_close_but_not_with_a_reset() {
    let answer = b"HTTP/1.1 200 OK\r\n\r\nhello";
    let (head, scratch, mut connection) = exchanged(answer, Then::Close).await;
    assert_eq!(
        head.map(|head| (head.status, head.keep_alive)),
        Ok((200, false))
    );
    assert_eq!(scratch.body(), b"hello");
    assert!(!connection.is_usable());
    let (head, ..) = exchanged(answer, Then::Reset).await;
    assert_eq!(head, Err(Transport::Reset));
}

#[tokio::test]
async fn a_body_of_one_mebibyte_is_read_and_one_byte_more_is_too_large() {
    let stated = |length: usize| {
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}",
            "x".repeat(length)
        )
    };
    let until_close = |length: usize| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(length));
    for (most, too_long) in [
        (stated(BODY_LIMIT), stated(BODY_LIMIT + 1)),
        (until_close(BODY_LIMIT), until_close(BODY_LIMIT + 1)),
    ] {
        let (head, scratch, _) = exchanged(most.as_bytes(), Then::Close).await;
        assert_eq!(head.map(|head| head.status), Ok(200));
        assert_eq!(scratch.body().len(), BODY_LIMIT);
        let (head, scratch, _) = exchanged(too_long.as_bytes(), Then::Close).await;
        assert_eq!(head, Err(Transport::TooLarge(Bound::Body)));
        assert!(scratch.body().len() <= BODY_LIMIT);
    }
}

#[tokio::test]
async fn what_is_no_answer_to_a_plain_request_is_not_http() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/2.0 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    ] {
        let (head, ..) = exchanged(answer, Then::Close).await;
        assert_eq!(head, Err(Transport::NotHttp), "{answer:?}");
    }
}

#[tokio::test]
async fn an_answer_that_drips_byte_by_byte_is_read() {
    let (mut ours, mut theirs) = connected().await;
    theirs.set_nodelay(true).unwrap();
    let server = async {
        read_request(&mut theirs).await;
        for byte in HELLO {
            theirs.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    let mut scratch = Answer::new();
    let both = async { tokio::join!(ours.exchange(REQUEST, &mut scratch), server).0 };
    let head = timeout(LIMIT, both).await.unwrap().unwrap();
    assert!(head.keep_alive);
    assert_eq!(scratch.body(), b"hello");
}

#[tokio::test]
async fn bytes_behind_an_answer_never_pass_for_the_next_answer() {
    let twice = [HELLO, HELLO].concat();
    let (head, _, mut connection) = exchanged(&twice, Then::Close).await;
    assert_eq!(
        head.map(|head| (head.status, head.keep_alive)),
        Ok((200, false))
    );
    assert!(!connection.is_usable());
}

#[tokio::test]
async fn a_kept_connection_that_the_target_closed_or_wrote_on_is_not_used_again() {
    for parting in [&b""[..], b"HTTP/1.1 408 Request Timeout\r\n\r\n"] {
        let (mut ours, mut theirs) = connected().await;
        let mut scratch = Answer::new();
        let server = async {
            read_request(&mut theirs).await;
            theirs.write_all(HELLO).await.unwrap();
        };
        let (head, ()) = tokio::join!(ours.exchange(REQUEST, &mut scratch), server);
        assert!(head.unwrap().keep_alive && ours.is_usable());
        theirs.write_all(parting).await.unwrap();
        theirs.shutdown().await.unwrap();
        let noticed = async {
            while ours.is_usable() {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, noticed).await.expect("the close is noticed");
        assert!(!ours.is_usable(), "a doubt does not pass");
    }
}

#[tokio::test]
async fn an_exchange_dropped_half_way_spends_the_connection() {
    let (mut ours, mut theirs) = connected().await;
    let mut scratch = Answer::new();
    {
        let mut exchange = Box::pin(ours.exchange(REQUEST, &mut scratch));
        assert!(futures_util::poll!(&mut exchange).is_pending());
    }
    read_request(&mut theirs).await;
    theirs.write_all(HELLO).await.unwrap();
    assert!(!ours.is_usable());
    assert_eq!(
        ours.exchange(REQUEST, &mut scratch).await,
        Err(Transport::Closed)
    );
    drop(ours);
    let mut second = Vec::new();
    // The answer was never read, so the close is a reset; either way no second request came.
    let _ = timeout(LIMIT, theirs.read_to_end(&mut second))
        .await
        .unwrap();
    assert!(second.is_empty());
}

#[tokio::test]
async fn an_early_answer_is_read_though_the_request_did_not_get_through() {
    let (mut ours, mut theirs) = connected().await;
    theirs
        .write_all(b"HTTP/1.1 413 x\r\nContent-Length: 0\r\n\r\n")
        .await
        .unwrap();
    theirs.set_zero_linger().unwrap();
    theirs.readable().await.unwrap_or_default();
    drop(theirs);
    let mut scratch = Answer::new();
    let long = vec![b'x'; 8 * 1024 * 1024];
    let outcome = timeout(LIMIT, ours.exchange(&long, &mut scratch))
        .await
        .unwrap();
    // Linux may drop what was received before the reset; both are true to what happened.
    match outcome {
        Ok(head) => assert_eq!((head.status, head.keep_alive), (413, false)),
        Err(fault) => assert_eq!(fault, Transport::Reset),
    }
    assert!(!ours.is_usable());
}

#[tokio::test]
async fn a_close_is_seen_by_the_target_as_the_kind_it_is() {
    for (parting, is_orderly) in [(Parting::Fin, true), (Parting::Reset, false)] {
        let (ours, mut theirs) = connected().await;
        ours.close(parting);
        let read = timeout(LIMIT, theirs.read(&mut [0; 1])).await.unwrap();
        assert_eq!(read.is_ok_and(|read| read == 0), is_orderly, "{parting:?}");
    }
}

#[tokio::test]
async fn a_port_nobody_listens_on_refuses_and_preflight_says_what_to_do() {
    let (listener, endpoint) = listen().await;
    let found = reachable(&endpoint).await.unwrap();
    assert_eq!(found.addresses(), endpoint.addresses());
    drop(listener);
    let clock = Clock::start();
    let (tls_sessions, mut phases) = (TlsSessions::default(), Phases::default());
    let refused = dial(&endpoint, &tls_sessions, &clock)
        .open(&mut phases)
        .await;
    assert_eq!(refused.map(|_| ()), Err(Transport::ConnectRefused));
    assert_eq!(phases.iter().count(), 0, "no part of it was gone through");
    let problem = reachable(&endpoint).await.unwrap_err();
    assert_eq!(problem.exit, trtc_base::error::Exit::CouldNotRun);
    assert!(problem.what.contains("refused"), "{problem}");
}

#[tokio::test]
async fn a_family_that_nobody_listens_on_is_left_out_and_a_dead_address_stays() {
    let (listener, endpoint) = listen().await;
    let alive = endpoint.address(0);
    let port = alive.port();
    let dead_v4 = ([127, 0, 0, 9], port).into();
    let dead_v6 = (std::net::Ipv6Addr::LOCALHOST, port).into();
    let mixed = Endpoint::at(vec![dead_v6, dead_v4, alive], "x".into()).unwrap();
    let kept = reachable(&mixed).await.unwrap();
    assert_eq!(kept.addresses(), [dead_v4, alive]);
    drop(listener);
}

#[tokio::test]
async fn a_document_that_nobody_serves_is_explained_down_to_its_cause() {
    let (listener, endpoint) = listen().await;
    let url = format!("http://{}/stats", endpoint.host_header());
    drop(listener);
    let problem = fetch_json::<Vec<u8>>(&url).await.unwrap_err();
    assert_eq!(problem.place, url);
    assert!(problem.what.contains("refused"), "{problem}");
}

#[tokio::test]
async fn a_document_is_fetched_or_its_absence_explained() {
    for (answer, found) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n[1,2,3]",
            Some(vec![1, 2, 3]),
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", None),
        ("HTTP/1.1 404 x\r\nContent-Length: 7\r\n\r\n[1,2,3]", None),
    ] {
        let (listener, endpoint) = listen().await;
        let server = async { serve(listener.accept().await.unwrap().0, answer.as_bytes()).await };
        let url = format!("http://{}/stats", endpoint.host_header());
        let fetched = async {
            tokio::pin!(server);
            tokio::select! {
                fetched = fetch_json::<Vec<u8>>(&url) => fetched,
                () = &mut server => unreachable!("the client goes last"),
            }
        };
        assert_eq!(timeout(LIMIT, fetched).await.unwrap().ok(), found);
    }
}
