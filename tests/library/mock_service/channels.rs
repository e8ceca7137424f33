//! Push channels: leaving, coming back, vanishing, and tickets that expire while online.

use std::time::Duration;

use futures_util::StreamExt;
use trtc_load::clock::unix_now;
use trtc_load::dialect::wire::LoginRequest;

use crate::mock_service::world::{APP, KEY, events_to_the_end, request, sig_at, world};

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

#[tokio::test]
async fn every_channel_that_is_open_gets_the_broadcast_once_and_a_later_one_does_not() {
    let world = world(|config| config.pushes.broadcast_after = Some(Duration::from_millis(1_500)));
    let mut open = Vec::new();
    for device in 0..10 {
        let token = world
            .login(&format!("u{device}"), "web", &format!("d{device}"))
            .await;
        open.push((world.events(&token).await.unwrap(), token));
    }
    world.until(|stats| stats.broadcasts == 10).await;
    let token = world.login("late", "web", "d-late").await;
    let mut late = world.events(&token).await.unwrap();
    assert_eq!(world.logout(&token).await, (200, 0));
    assert!(events_to_the_end(&mut late).await.is_empty());
    for (mut channel, token) in open {
        assert_eq!(world.self_info(&token).await, (200, 0), "nobody is kicked");
        assert_eq!(world.logout(&token).await, (200, 0));
        assert_eq!(events_to_the_end(&mut channel).await, ["broadcast/"]);
    }
    let stats = world.stats().await;
    assert_eq!((stats.broadcasts, stats.kicks), (10, 0));
}

#[tokio::test]
async fn a_device_whose_pong_does_not_come_in_time_is_lost_and_one_that_answers_is_not() {
    let world = world(|config| {
        config.pushes.ping_every = Some(Duration::from_millis(150));
        config.pushes.pong_limit = Some(Duration::from_millis(600));
    });
    let mute = world.login("mute", "web", "d1").await;
    let _unread = world.events(&mute).await.unwrap();
    let alert = world.login("alert", "web", "d2").await;
    let mut read = world.events(&alert).await.unwrap();
    // For longer than the first ping and its limit.
    for _ in 0..7 {
        let ping = read.next().await.expect("the channel stays open").unwrap();
        assert!(ping.is_ping(), "{ping}");
    }
    let stats = world.until(|stats| stats.devices_lost == 1).await;
    assert_eq!((stats.live_sessions, stats.kicks), (1, 0));
    // The answer to the last ping that was read may be under way.
    assert!(stats.pongs >= 6 && stats.pings > stats.pongs, "{stats:?}");
    assert_eq!(world.self_info(&alert).await, (200, 0));
    assert_eq!(world.self_info(&mute).await, (401, 6014));
}
