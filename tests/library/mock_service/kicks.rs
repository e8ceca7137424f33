//! The multi-device rules: who loses, who is told, and what is no kick at all.

use trtc_load::mock::Policy;
use trtc_load::usersig::Platform;

use crate::mock_service::world::{events_to_the_end, world};

const KICKED: &str = "kicked_offline/multiple_device";

/// The documented table: the platforms of which only one may be online.
fn exclusive(policy: Policy) -> Vec<Vec<&'static str>> {
    match policy {
        Policy::Single => vec![vec!["android", "iphone", "ipad", "windows", "mac", "web"]],
        Policy::Dual => vec![
            vec!["android", "iphone", "ipad", "windows", "mac"],
            vec!["web"],
        ],
        Policy::Triple => vec![
            vec!["android", "iphone", "ipad"],
            vec!["windows", "mac"],
            vec!["web"],
        ],
        Policy::Multi => Platform::ALL
            .into_iter()
            .map(|platform| vec![platform.name()])
            .collect(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_policy_keeps_its_documented_row_for_every_pair_of_platforms() {
    for (name, policy) in Policy::NAMED {
        let world = world(|config| config.kicks.policy = policy);
        let mut kicks = 0;
        for earlier in Platform::ALL.map(Platform::name) {
            for later in Platform::ALL.map(Platform::name) {
                let user = format!("{earlier}-{later}");
                let first = world.login(&user, earlier, &format!("{user}-1")).await;
                let second = world.login(&user, later, &format!("{user}-2")).await;
                let excluded = exclusive(policy)
                    .iter()
                    .any(|row| row.contains(&earlier) && row.contains(&later));
                let expected = if excluded { (401, 6014) } else { (200, 0) };
                assert_eq!(
                    world.self_info(&first).await,
                    expected,
                    "{name}: {later} after {earlier}"
                );
                assert_eq!(world.self_info(&second).await, (200, 0));
                kicks += u64::from(excluded);
            }
        }
        assert_eq!(world.stats().await.kicks, kicks, "{name}");
    }
}

#[tokio::test]
async fn with_two_web_instances_the_earliest_of_three_loses() {
    let world = world(|config| config.kicks.web_instances = 2);
    let mut tokens = Vec::new();
    for device in ["d1", "d2", "d3"] {
        tokens.push(world.login("alice", "web", device).await);
    }
    assert_eq!(world.self_info(&tokens[0]).await, (401, 6014));
    assert_eq!(world.self_info(&tokens[1]).await, (200, 0));
    assert_eq!(world.self_info(&tokens[2]).await, (200, 0));
}

#[tokio::test]
async fn a_loser_is_told_on_its_channel_which_then_closes() {
    let world = world(|_| {});
    let loser = world.login("alice", "iphone", "d1").await;
    let mut channel = world.events(&loser).await.unwrap();
    let winner = world.login("alice", "android", "d2").await;
    assert_eq!(events_to_the_end(&mut channel).await, [KICKED]);
    let stats = world.until(|stats| stats.kicks_announced == 1).await;
    assert_eq!(
        (stats.kicks, stats.kicks_in_flight, stats.live_sessions),
        (1, 0, 1)
    );
    assert_eq!(world.self_info(&loser).await, (401, 6014));
    assert_eq!(world.reconnect(&loser).await, (401, 6014));
    assert_eq!(world.self_info(&winner).await, (200, 0));
}

#[tokio::test]
async fn a_loser_that_opens_its_channel_late_is_told_at_once_and_once() {
    let world = world(|_| {});
    let loser = world.login("alice", "iphone", "d1").await;
    world.login("alice", "android", "d2").await;
    assert_eq!(world.self_info(&loser).await, (401, 6014));
    assert_eq!(world.stats().await.kicks_announced, 0);
    let mut channel = world.events(&loser).await.unwrap();
    assert_eq!(events_to_the_end(&mut channel).await, [KICKED]);
    world.until(|stats| stats.kicks_announced == 1).await;
    assert_eq!(world.events(&loser).await.err(), Some(401));
    let stats = world.stats().await;
    assert_eq!((stats.kicks, stats.kicks_announced), (1, 1));
}

#[tokio::test]
async fn a_switch_ends_the_device_s_old_session_without_a_kick() {
    let world = world(|_| {});
    let alice = world.login("alice", "iphone", "d1").await;
    let mut channel = world.events(&alice).await.unwrap();
    let bob = world.login("bob", "iphone", "d1").await;
    assert!(events_to_the_end(&mut channel).await.is_empty());
    assert_eq!(world.self_info(&alice).await, (401, 6014));
    assert_eq!(world.self_info(&bob).await, (200, 0));
    let stats = world.stats().await;
    assert_eq!(
        (stats.kicks, stats.live_sessions, stats.most_live_sessions),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn a_device_that_logs_in_again_replaces_its_own_session_without_a_kick() {
    let world = world(|_| {});
    let earlier = world.login("alice", "iphone", "d1").await;
    let mut channel = world.events(&earlier).await.unwrap();
    let later = world.login("alice", "iphone", "d1").await;
    assert!(events_to_the_end(&mut channel).await.is_empty());
    assert_eq!(world.self_info(&earlier).await, (401, 6014));
    assert_eq!(world.self_info(&later).await, (200, 0));
    let stats = world.stats().await;
    assert_eq!(
        (stats.kicks, stats.live_sessions, stats.most_live_sessions),
        (0, 1, 1)
    );
}

#[tokio::test]
async fn a_kick_is_in_flight_while_the_loser_waits_for_an_answer() {
    let world = world(|config| config.service_time = std::time::Duration::from_millis(800));
    let loser = world.login("alice", "iphone", "d1").await;
    let rival = world.login("alice", "mac", "d2");
    let request = async {
        // The rival's login is read and not yet carried out.
        world.until(|stats| stats.login.attempts == 2).await;
        world.self_info(&loser).await
    };
    let (_, answered) = tokio::join!(rival, request);
    assert_eq!(answered, (401, 6014));
    let stats = world.stats().await;
    assert_eq!(
        (stats.kicks, stats.kicks_in_flight, stats.kicks_announced),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn a_device_that_had_left_is_superseded_and_not_kicked() {
    let world = world(|_| {});
    let left = world.login("alice", "iphone", "d1").await;
    drop(world.events(&left).await.unwrap());
    world.until(|stats| stats.live_sessions == 0).await;
    world.login("alice", "mac", "d2").await;
    assert_eq!(world.reconnect(&left).await, (401, 6014));
    let stats = world.stats().await;
    assert_eq!((stats.kicks, stats.live_sessions), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_on_few_accounts_every_login_but_the_last_of_each_is_kicked() {
    let world = world(|_| {});
    let (accounts, logins) = (4_u64, 40_u64);
    let mut storm = Vec::new();
    for login in 0..logins {
        for account in 0..accounts {
            storm.push((
                format!("user-{account}"),
                format!("device-{account}-{login}"),
            ));
        }
    }
    let one = |(user, device): (String, String)| {
        let world = &world;
        async move { world.login(&user, "android", &device).await }
    };
    futures_util::future::join_all(storm.into_iter().map(one)).await;
    let stats = world.stats().await;
    assert_eq!(stats.login.successes, accounts * logins);
    assert_eq!(
        (stats.live_sessions, stats.kicks),
        (accounts, accounts * (logins - 1))
    );
    assert!(
        stats.most_live_sessions <= accounts,
        "{}",
        stats.most_live_sessions
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_storm_of_switches_on_one_device_one_account_is_left_and_nobody_was_kicked() {
    let world = world(|_| {});
    let one = |account: u32| {
        let world = &world;
        async move { world.login(&format!("user-{account}"), "web", "d1").await }
    };
    let tokens = futures_util::future::join_all((0..60).map(one)).await;
    let mut alive = 0;
    for token in &tokens {
        alive += u32::from(world.self_info(token).await == (200, 0));
    }
    let stats = world.stats().await;
    assert_eq!(
        (alive, stats.live_sessions, stats.kicks, stats.registered),
        (1, 1, 0, 60)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_losers_with_open_channels_each_is_told_once() {
    let world = world(|_| {});
    let mut channels = Vec::new();
    for account in 0..50 {
        let (user, device) = (format!("user-{account}"), format!("device-{account}"));
        let token = world.login(&user, "mac", &device).await;
        channels.push(world.events(&token).await.unwrap());
    }
    let rival = |account: u32| {
        let world = &world;
        async move {
            world
                .login(
                    &format!("user-{account}"),
                    "windows",
                    &format!("rival-{account}"),
                )
                .await
        }
    };
    futures_util::future::join_all((0..50).map(rival)).await;
    for channel in &mut channels {
        assert_eq!(events_to_the_end(channel).await, [KICKED]);
    }
    let stats = world.until(|stats| stats.kicks_announced == 50).await;
    assert_eq!((stats.kicks, stats.live_sessions), (50, 50));
}
