//! Push channels: leaving, coming back, vanishing, and tickets that expire while online.

use std::time::Duration;

use futures_util::StreamExt;
use trtc_load::clock::unix_now;
use trtc_load::dialect::wire::LoginRequest;

use crate::world::{APP, KEY, events_to_the_end, request, sig_at, world};

#[tokio::test]
async fn a_device_that_closes_its_channel_has_left_and_may_come_back() {
    let world = world(|_| {});
    let token = world.login("alice", "web", "d1").await;
    drop(world.events(&token).await.unwrap());
    world.until(|stats| stats.live_sessions == 0).await;
    assert_eq!(world.self_info(&token).await, (401, 6014));
    assert_eq!(world.reconnect(&token).await, (200, 0));
    assert_eq!(world.self_info(&token).await, (200, 0));
    assert_eq!(world.stats().await.live_sessions, 1);

    let mut channel = world.events(&token).await.unwrap();
    channel.close(None).await.unwrap();
    world.until(|stats| stats.live_sessions == 0).await;
    let _channel = world.events(&token).await.unwrap();
    let stats = world.stats().await;
    assert_eq!(
        (
            stats.live_sessions,
            stats.most_live_sessions,
            stats.events.successes
        ),
        (1, 1, 3)
    );
}

#[tokio::test]
async fn the_newest_channel_of_a_session_is_its_only_one() {
    let world = world(|_| {});
    let token = world.login("alice", "web", "d1").await;
    let mut older = world.events(&token).await.unwrap();
    let mut newer = world.events(&token).await.unwrap();
    assert!(events_to_the_end(&mut older).await.is_empty());
    assert_eq!(world.self_info(&token).await, (200, 0));
    world.login("alice", "web", "d2").await;
    assert_eq!(
        events_to_the_end(&mut newer).await,
        ["kicked_offline/multiple_device"]
    );
}

#[tokio::test]
async fn a_device_that_answers_no_ping_is_gone_after_the_limit_and_one_that_does_stays() {
    let world = world(|config| config.heartbeat_limit = Duration::from_millis(900));
    let mute = world.login("mute", "web", "d1").await;
    let _unread = world.events(&mute).await.unwrap();
    let alert = world.login("alert", "web", "d2").await;
    let mut read = world.events(&alert).await.unwrap();
    // A ping comes each third of the limit, so these take longer than two limits.
    for _ in 0..7 {
        let ping = read.next().await.expect("the channel stays open").unwrap();
        assert!(ping.is_ping(), "{ping}");
    }
    world.until(|stats| stats.live_sessions == 1).await;
    assert_eq!(world.self_info(&alert).await, (200, 0));
    assert_eq!(world.self_info(&mute).await, (401, 6014));
    assert_eq!(world.stats().await.kicks, 0);
}

#[tokio::test]
async fn a_session_without_a_channel_ends_after_the_same_silence() {
    let world = world(|config| config.heartbeat_limit = Duration::from_millis(200));
    let token = world.login("alice", "web", "d1").await;
    world.until(|stats| stats.live_sessions == 0).await;
    assert_eq!(world.self_info(&token).await, (401, 6014));
}

#[tokio::test]
async fn a_ticket_that_expires_while_online_is_announced_at_its_boundary() {
    let world = world(|_| {});
    let issued = unix_now();
    let user_sig = sig_at(APP, "alice", KEY, issued, 1);
    let login = LoginRequest {
        user_sig,
        ..request("alice", "web", "d1")
    };
    let (_, body) = world.try_login(&login).await.unwrap();
    let token = body["token"].as_str().unwrap();
    let mut channel = world.events(token).await.unwrap();
    assert_eq!(events_to_the_end(&mut channel).await, ["user_sig_expired/"]);
    // The boundary second is still valid.
    let late = unix_now().0 - issued.0;
    assert!((2..=12).contains(&late), "{late} s");
    assert_eq!(world.self_info(token).await, (401, 70001));
    assert_eq!(world.logout(token).await, (401, 70001));
    assert_eq!(world.events(token).await.err(), Some(401));
    let stats = world.stats().await;
    assert_eq!((stats.live_sessions, stats.kicks), (0, 0));
}

#[tokio::test]
async fn an_expired_device_that_opens_its_channel_late_is_told() {
    let world = world(|_| {});
    let user_sig = sig_at(APP, "alice", KEY, unix_now(), 1);
    let login = LoginRequest {
        user_sig,
        ..request("alice", "web", "d1")
    };
    let (_, body) = world.try_login(&login).await.unwrap();
    let token = body["token"].as_str().unwrap();
    world.until(|stats| stats.live_sessions == 0).await;
    assert_eq!(world.self_info(token).await, (401, 70001));
    let mut channel = world.events(token).await.unwrap();
    assert_eq!(events_to_the_end(&mut channel).await, ["user_sig_expired/"]);
}
