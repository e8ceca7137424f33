//! The ways to a target: its name looked up each time, from several addresses, through a proxy, in HTTP/2.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Version};
use axum::response::IntoResponse;
use axum::routing::post;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{LIMIT, dial, listen, read_request};
use crate::client::{Answer, Dial, Endpoint, TlsSessions, UpgradeRefused, Way, WebSocketKey};
use crate::profile::{AllowedHosts, Http, Lookups, Route};
use crate::session::{Bound, Phase, Phases, PushFault, Transport};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

const REQUEST: &[u8] =
    b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello";

fn routed(endpoint: Endpoint, route: &Route, proxy: Option<&Endpoint>) -> Endpoint {
    endpoint.by(Way::new(
        route,
        "localhost",
        proxy,
        &AllowedHosts::default(),
    ))
}

/// A server that speaks HTTP/1.1 and HTTP/2, and says which.
async fn speaks_both() -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let echo = |version: Version, body: Bytes| async move {
        assert_eq!(version, Version::HTTP_2);
        body
    };
    let app = Router::new()
        .route("/echo", post(echo))
        .route("/long", post(|| async { vec![b'x'; 1024 * 1024 + 1] }))
        .route(
            "/later",
            post(|| async {
                (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")]).into_response()
            }),
        );
    tokio::spawn(async move { axum::serve(listener, app).await });
    Endpoint::at(vec![address], address.to_string()).unwrap()
}

#[tokio::test]
async fn requests_are_spoken_in_http_2_over_one_connection_and_a_channel_needs_another() {
    let two = Route {
        http: Http::Two,
        ..Route::default()
    };
    let endpoint = routed(speaks_both().await, &two, None);
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let (mut phases, mut answer) = (Phases::default(), Answer::new());
    let whole = async {
        let mut connection = dial(&endpoint, &tls_sessions, &clock)
            .open(&mut phases)
            .await?;
        for _ in 0..3 {
            assert!(connection.is_usable());
            let head = connection.exchange(REQUEST, &mut answer).await?;
            assert_eq!((head.status, answer.body()), (200, &b"hello"[..]));
        }
        let later = b"POST /later HTTP/1.1\r\nHost: a\r\n\r\n";
        let head = connection.exchange(later, &mut answer).await?;
        assert_eq!(head.status, 429);
        assert_eq!(head.retry_after, Some(Micros::from_secs(7)));
        let long = b"POST /long HTTP/1.1\r\nHost: a\r\n\r\n";
        let head = connection.exchange(long, &mut answer).await;
        assert_eq!(head, Err(Transport::TooLarge(Bound::Body)));
        assert!(!connection.is_usable(), "it is spent");
        let fresh = dial(&endpoint, &tls_sessions, &clock)
            .open(&mut phases)
            .await?;
        let key = WebSocketKey::from_seed(1);
        let refused = fresh.upgrade(b"", &key, &mut answer).await.map(drop);
        assert_eq!(
            refused,
            Err(UpgradeRefused::Transport(Transport::PushProtocol(
                PushFault::NoAgreement
            )))
        );
        dial(&endpoint, &tls_sessions, &clock)
            .open_for_push(&mut phases)
            .await
    };
    let mut for_push = timeout(LIMIT, whole).await.unwrap().unwrap();
    // It speaks HTTP/1.1, which the server's own check of the version refuses by hanging up.
    let head = for_push.exchange(REQUEST, &mut answer).await;
    assert_eq!(head, Err(Transport::Closed));
}

#[tokio::test]
async fn a_target_that_speaks_http_1_only_is_no_http_2() {
    let (listener, endpoint) = listen().await;
    let two = Route {
        http: Http::Two,
        ..Route::default()
    };
    let endpoint = routed(endpoint, &two, None);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream
                .write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
                .await;
            while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {}
        }
    });
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let (mut phases, mut answer) = (Phases::default(), Answer::new());
    let whole = async {
        let mut connection = dial(&endpoint, &tls_sessions, &clock)
            .open(&mut phases)
            .await?;
        connection.exchange(REQUEST, &mut answer).await
    };
    let head = timeout(LIMIT, whole).await.unwrap();
    assert_eq!(head, Err(Transport::NotHttp));
}

#[tokio::test]
async fn connections_come_from_each_source_address_in_turn_with_every_address_of_the_target() {
    let route = Route {
        sources: ["127.0.0.2", "::1", "127.0.0.3"]
            .map(|ip| ip.parse().unwrap())
            .to_vec(),
        ..Route::default()
    };
    let (one, two) = (listen().await, listen().await);
    let both: Vec<_> = [&one.1, &two.1].map(|at| at.address(0)).to_vec();
    let endpoint = routed(Endpoint::at(both, "x".into()).unwrap(), &route, None);
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let mut seen = Vec::new();
    for slot in 0..8 {
        let whole = Dial {
            slot,
            ..dial(&endpoint, &tls_sessions, &clock)
        };
        let mut phases = Phases::default();
        let listener = [&one.0, &two.0][slot % 2];
        let (opened, accepted) = tokio::join!(whole.open(&mut phases), listener.accept());
        assert!(opened.is_ok());
        seen.push(accepted.unwrap().1.ip());
    }
    let [first, third] = [2, 3].map(|last| IpAddr::from([127, 0, 0, last]));
    assert_eq!(
        seen,
        [first, first, third, third, first, first, third, third]
    );
}

#[tokio::test]
async fn behind_a_proxy_each_source_address_reaches_every_address_of_the_proxy() {
    let route = Route {
        sources: ["127.0.0.2", "127.0.0.3"]
            .map(|ip| ip.parse().unwrap())
            .to_vec(),
        ..Route::default()
    };
    let (one, two) = (listen().await, listen().await);
    let both: Vec<_> = [&one.1, &two.1].map(|at| at.address(0)).to_vec();
    let proxy = Endpoint::at(both, "proxy".into()).unwrap();
    let target = Endpoint::at(vec![SocketAddr::from(([127, 0, 0, 1], 1))], "x".into()).unwrap();
    let endpoint = routed(target, &route, Some(&proxy));
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let mut seen = Vec::new();
    for slot in 0..4 {
        let whole = Dial {
            slot,
            ..dial(&endpoint, &tls_sessions, &clock)
        };
        let mut phases = Phases::default();
        let listener = [&one.0, &two.0][slot % 2];
        let refused = async {
            let (mut client, from) = listener.accept().await.unwrap();
            let _ = client.write_all(b"HTTP/1.1 403 No\r\n\r\n").await;
            from.ip()
        };
        let opened = async { tokio::join!(whole.open(&mut phases), refused) };
        let (opened, from) = timeout(LIMIT, opened).await.unwrap();
        assert_eq!(opened.map(drop), Err(Transport::Proxy));
        seen.push(from);
    }
    let [first, second] = [2, 3].map(|last| IpAddr::from([127, 0, 0, last]));
    assert_eq!(seen, [first, first, second, second]);
}

#[tokio::test]
async fn a_name_looked_up_each_time_is_timed_and_must_stay_on_its_side_of_this_machine() {
    let each = Route {
        dns: Lookups::Each,
        ..Route::default()
    };
    let (listener, endpoint) = listen().await;
    let endpoint = routed(endpoint, &each, None);
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let mut phases = Phases::default();
    let opened = dial(&endpoint, &tls_sessions, &clock)
        .open(&mut phases)
        .await;
    assert!(opened.is_ok());
    assert!(phases.of(Phase::Dns).is_some());
    assert!(phases.of(Phase::Connect).is_some());
    drop(listener);
    // "localhost" stood for a machine elsewhere before the run: it is not followed to this one.
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 80));
    let endpoint = Endpoint::at(vec![elsewhere], "x".into()).unwrap();
    let endpoint = routed(endpoint, &each, None);
    let opened = dial(&endpoint, &tls_sessions, &clock)
        .open(&mut phases)
        .await;
    assert_eq!(opened.map(drop), Err(Transport::Lookup));
}

/// A proxy for one connection; it answers `consent`, and connects where it is asked to.
async fn proxy(consent: &'static str) -> (Endpoint, tokio::task::JoinHandle<String>) {
    let (listener, endpoint) = listen().await;
    let served = tokio::spawn(async move {
        let (mut client, _) = listener.accept().await.unwrap();
        let asked = String::from_utf8(read_request(&mut client).await).unwrap();
        let to = asked.split(' ').nth(1).unwrap().to_owned();
        client.write_all(consent.as_bytes()).await.unwrap();
        if let Ok(mut server) = TcpStream::connect(&to).await {
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        }
        asked
    });
    (endpoint, served)
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_address_and_its_consent_is_part_of_the_connect() {
    let (listener, endpoint) = listen().await;
    let address = endpoint.address(0);
    let (proxy, served) = proxy("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n").await;
    let endpoint = routed(endpoint, &Route::default(), Some(&proxy));
    let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
    let (mut phases, mut answer) = (Phases::default(), Answer::new());
    let ours = async {
        let mut connection = dial(&endpoint, &tls_sessions, &clock)
            .open(&mut phases)
            .await?;
        connection
            .exchange(b"GET / HTTP/1.1\r\n\r\n", &mut answer)
            .await
    };
    let theirs = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        assert_eq!(request, b"GET / HTTP/1.1\r\n\r\n");
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            .await;
        let _ = stream.read(&mut [0; 1]).await;
    };
    let whole = async { tokio::join!(async { ours.await.map(|head| head.status) }, theirs).0 };
    let status = timeout(LIMIT, whole).await.unwrap();
    assert_eq!(status, Ok(200));
    assert!(phases.of(Phase::Connect).is_some());
    let asked = timeout(LIMIT, served).await.unwrap().unwrap();
    assert_eq!(
        asked,
        format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n")
    );
}

#[tokio::test]
async fn a_proxy_that_does_not_consent_is_a_cause_of_its_own() {
    for consent in [
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nmore",
        "what?\r\n\r\n",
        "",
    ] {
        let (proxy, _served) = proxy(consent).await;
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let endpoint = Endpoint::at(vec![address], "x".into()).unwrap();
        let endpoint = routed(endpoint, &Route::default(), Some(&proxy));
        let (clock, tls_sessions) = (Clock::start(), TlsSessions::default());
        let mut phases = Phases::default();
        let opening = dial(&endpoint, &tls_sessions, &clock).open(&mut phases);
        let opened = timeout(LIMIT, opening).await.unwrap();
        assert_eq!(opened.map(drop), Err(Transport::Proxy), "{consent}");
    }
}
