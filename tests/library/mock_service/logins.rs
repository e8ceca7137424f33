//! What a login must prove, what it leaves behind, and how it ends.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use trtc_load::clock::unix_now;
use trtc_load::dialect::wire::{self, LoginRequest, Tally};
use trtc_load::mock::{Mock, MockConfig};
use trtc_load::units::UnixSeconds;

use crate::mock_service::world::{
    APP, KEY, OTHER_APP, OTHER_KEY, code, request, sig, sig_at, world,
};

#[tokio::test]
async fn each_refusal_has_its_status_and_code_and_is_counted() {
    let world = world(|_| {});
    let long_ago = UnixSeconds(unix_now().0 - 61);
    let alice = || request("alice", "web", "d1");
    let with = |user_sig: String| LoginRequest {
        user_sig,
        ..alice()
    };
    let logins = [
        (
            LoginRequest {
                sdk_app_id: 5,
                ..alice()
            },
            (401, 70020),
        ),
        (
            LoginRequest {
                user_id: "al ice".into(),
                ..alice()
            },
            (400, 7003),
        ),
        (with("nonsense".into()), (401, 70003)),
        (with(sig(OTHER_APP, "alice", OTHER_KEY)), (401, 70014)),
        (with(sig(APP, "bob", KEY)), (401, 70013)),
        (with(sig_at(APP, "alice", KEY, long_ago, 60)), (401, 70001)),
        (with(sig(APP, "alice", OTHER_KEY)), (401, 70009)),
        (
            LoginRequest {
                platform: "toaster".into(),
                ..alice()
            },
            (400, 6017),
        ),
    ];
    let mut refused = BTreeMap::new();
    for (login, answered) in logins {
        assert_eq!(world.login_code(&login).await, answered);
        *refused.entry(answered.1).or_default() += 1;
    }
    assert_eq!(world.login_code(&alice()).await, (200, 0));
    let stats = world.stats().await;
    let attempts = refused.values().sum::<u64>() + 1;
    assert_eq!(
        stats.login,
        Tally {
            attempts,
            successes: 1
        }
    );
    assert_eq!(stats.refused, refused);
    assert_eq!((stats.registered, stats.live_sessions), (1, 1));
}

#[tokio::test]
async fn a_body_that_is_no_login_is_refused_and_one_without_end_is_not_even_counted() {
    let world = world(|_| {});
    let send = |path, body| world.send(Method::POST, path, "", body);
    assert_eq!(
        code(send(wire::LOGIN, b"{\"user_id\":".to_vec()).await),
        (400, 60003)
    );
    assert_eq!(code(send(wire::LOGIN, b"{}".to_vec()).await), (400, 60003));
    assert_eq!(world.stats().await.login.attempts, 2);
    assert_eq!(
        code(send(wire::LOGIN, vec![b' '; 64 * 1_024 + 1]).await),
        (413, 60003)
    );
    assert_eq!(world.stats().await.login.attempts, 2);
    assert_eq!(code(send("/v2/login", Vec::new()).await).0, 404);
    assert_eq!(code(send(wire::SELF_INFO, Vec::new()).await).0, 404);
}

#[tokio::test]
async fn accounts_and_devices_of_different_apps_never_meet() {
    let world = world(|_| {});
    let here = world.login("alice", "web", "d1").await;
    let there = LoginRequest {
        sdk_app_id: OTHER_APP,
        user_sig: sig(OTHER_APP, "alice", OTHER_KEY),
        ..request("alice", "web", "d1")
    };
    assert_eq!(world.login_code(&there).await, (200, 0));
    assert_eq!(world.self_info(&here).await, (200, 0));
    let stats = world.stats().await;
    assert_eq!(stats.accounts, BTreeMap::from([(APP, 1), (OTHER_APP, 1)]));
    assert_eq!((stats.live_sessions, stats.kicks), (2, 0));
}

#[tokio::test]
async fn an_account_is_registered_by_its_first_login_and_by_no_other() {
    let world = world(|_| {});
    for (user, device) in [
        ("alice", "d1"),
        ("alice", "d2"),
        ("bob", "d3"),
        ("alice", "d1"),
    ] {
        world.login(user, "web", device).await;
    }
    let stats = world.stats().await;
    assert_eq!(
        (stats.registered, stats.accounts),
        (2, BTreeMap::from([(APP, 2)]))
    );
}

#[tokio::test]
async fn an_account_that_logs_in_too_often_waits_while_others_pass() {
    let world = world(|config| config.max_account_logins_per_minute = Some(2));
    let alice = request("alice", "web", "d1");
    for answered in [(200, 0), (200, 0), (429, 72010)] {
        assert_eq!(world.login_code(&alice).await, answered);
    }
    world.login("bob", "web", "d2").await;
}

#[tokio::test]
async fn a_service_at_its_limit_refuses_everybody() {
    let world = world(|config| config.max_logins_per_second = Some(0));
    assert_eq!(
        world.login_code(&request("alice", "web", "d1")).await,
        (429, 72010)
    );
    let stats = world.stats().await;
    assert_eq!((stats.registered, stats.login.successes), (0, 0));
}

#[tokio::test]
async fn by_order_every_login_or_each_first_one_is_refused() {
    let always = world(|config| config.always = Some(70003));
    for _ in 0..2 {
        assert_eq!(
            always.login_code(&request("alice", "web", "d1")).await,
            (401, 70003)
        );
    }
    let first = world(|config| config.first = Some(70001));
    for user in ["alice", "bob"] {
        let login = request(user, "web", user);
        assert_eq!(first.login_code(&login).await, (401, 70001));
        assert_eq!(first.login_code(&login).await, (200, 0));
    }
    assert_eq!(first.stats().await.registered, 2);
}

#[tokio::test]
async fn a_logout_ends_the_session_and_its_token() {
    let world = world(|_| {});
    let token = world.login("alice", "web", "d1").await;
    assert_eq!(world.self_info(&token).await, (200, 0));
    assert_eq!(world.reconnect(&token).await, (200, 0));
    assert_eq!(world.logout(&token).await, (200, 0));
    assert_eq!(world.logout(&token).await, (401, 6014));
    assert_eq!(world.self_info(&token).await, (401, 6014));
    assert_eq!(world.reconnect(&token).await, (401, 6014));
    assert_eq!(world.events(&token).await.err(), Some(401));
    let stats = world.stats().await;
    assert_eq!(
        stats.self_info,
        Tally {
            attempts: 2,
            successes: 1
        }
    );
    assert_eq!(
        stats.logout,
        Tally {
            attempts: 2,
            successes: 1
        }
    );
    assert_eq!(
        stats.reconnect,
        Tally {
            attempts: 2,
            successes: 1
        }
    );
    assert_eq!(
        stats.events,
        Tally {
            attempts: 1,
            successes: 0
        }
    );
    assert_eq!((stats.live_sessions, stats.most_live_sessions), (0, 1));
    assert_eq!(stats.refused, BTreeMap::from([(6014, 4)]));
}

#[tokio::test]
async fn a_token_that_nobody_was_given_is_refused() {
    let world = world(|_| {});
    for token in [
        "",
        "0",
        "not hexadecimal",
        "00000000000000000000000000000000000000",
    ] {
        assert_eq!(world.self_info(token).await, (401, 6014), "{token:?}");
    }
}

#[tokio::test]
async fn a_connection_is_kept_until_its_client_asks_to_close_it() {
    let world = world(|_| {});
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    for (connection, statuses) in [("keep-alive", 1), ("close", 2)] {
        let head =
            format!("GET /v1/self HTTP/1.1\r\nHost: mock\r\nConnection: {connection}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        if statuses == 1 {
            let mut some = [0; 1_024];
            assert!(stream.read(&mut some).await.unwrap() > 0);
            assert!(some.starts_with(b"HTTP/1.1 401"));
        }
    }
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 401"), "{rest}");
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let fault = Mock::bind(&MockConfig {
        listen,
        ..MockConfig::default()
    })
    .err()
    .unwrap();
    assert!(fault.to_string().contains("other machines"), "{fault}");
}
