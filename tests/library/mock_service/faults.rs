//! Faults by order, and the books that must stay exact under them.

use std::collections::BTreeMap;
use std::time::Duration;

use trtc_load::clock::Clock;
use trtc_load::mock::Stall;
use trtc_load::units::Micros;

use crate::mock_service::world::{World, code, request, world};

#[tokio::test]
async fn in_a_stall_requests_are_read_and_answers_wait_for_its_end() {
    let length = Duration::from_secs(1);
    let world = world(|config| {
        config.stalls = vec![Stall {
            at: Duration::ZERO,
            length,
        }]
    });
    let clock = Clock::start();
    let login = async {
        world.login("alice", "web", "d1").await;
        clock.now()
    };
    let read = async {
        world.until(|stats| stats.login.successes == 1).await;
        clock.now()
    };
    let (answered, carried_out) = tokio::join!(login, read);
    assert!(
        answered >= Micros::from(length),
        "answered after {answered}"
    );
    assert!(carried_out < answered, "carried out after {carried_out}");
    let again = Clock::start();
    world.login("bob", "web", "d2").await;
    assert!(again.now() < Micros::from(length), "the stall is over");
}

#[tokio::test]
async fn no_answer_comes_before_its_service_time() {
    let service_time = Duration::from_millis(150);
    let world = world(|config| config.service_time = service_time);
    let clock = Clock::start();
    world.login("alice", "web", "d1").await;
    assert!(clock.now() >= Micros::from(service_time));
}

/// Sends `logins` logins, each followed by a `self_info` and a logout where it can be. Says what came of each.
async fn play(world: &World, logins: u32) -> Vec<Option<(u16, i64)>> {
    let mut seen = Vec::new();
    for login in 0..logins {
        let answer = world
            .try_login(&request("alice", "web", &format!("d{login}")))
            .await;
        let token = answer
            .as_ref()
            .and_then(|(_, body)| body["token"].as_str().map(str::to_owned));
        seen.push(answer.map(|answer| code(Some(answer))));
        for path in token.iter().flat_map(|_| ["/v1/self", "/v1/logout"]) {
            let method = if path == "/v1/self" {
                reqwest::Method::GET
            } else {
                reqwest::Method::POST
            };
            let answer = world
                .send(
                    method,
                    path,
                    token.as_deref().unwrap_or_default(),
                    Vec::new(),
                )
                .await;
            seen.push(answer.map(|answer| code(Some(answer))));
        }
    }
    seen
}

#[tokio::test]
async fn refusals_by_order_are_as_many_as_their_client_counts() {
    let world = world(|config| {
        config.error_rate = 0.2;
        config.error_code = 70169;
        config.seed = 7;
    });
    let seen = play(&world, 100).await;
    let refused = seen
        .iter()
        .filter(|answer| **answer == Some((500, 70169)))
        .count() as u64;
    let served = seen
        .iter()
        .filter(|answer| **answer == Some((200, 0)))
        .count() as u64;
    let stats = world.stats().await;
    assert!(refused > 0);
    assert_eq!(stats.refused, BTreeMap::from([(70169, refused)]));
    let tallies = [stats.login, stats.self_info, stats.logout];
    assert_eq!(
        tallies.iter().map(|tally| tally.successes).sum::<u64>(),
        served
    );
    assert_eq!(
        tallies.iter().map(|tally| tally.attempts).sum::<u64>(),
        seen.len() as u64
    );
}

#[tokio::test]
async fn cut_connections_are_as_many_as_their_client_counts_and_the_same_in_every_run() {
    let cutting = || {
        world(|config| {
            config.cut_before = 0.1;
            config.cut_after = 0.1;
            config.seed = 11;
        })
    };
    let world = cutting();
    let seen = play(&world, 100).await;
    let cut = seen.iter().filter(|answer| answer.is_none()).count() as u64;
    let stats = world.stats().await;
    assert!(stats.cut_before > 0 && stats.cut_after > 0, "{stats:?}");
    assert_eq!(stats.cut_before + stats.cut_after, cut);
    let tallies = [stats.login, stats.self_info, stats.logout];
    let attempts: u64 = tallies.iter().map(|tally| tally.attempts).sum();
    assert_eq!(attempts, seen.len() as u64 - stats.cut_before);
    // Nothing is refused here, so all that was read was carried out, and answered unless it was cut afterwards.
    let answered = seen
        .iter()
        .filter(|answer| **answer == Some((200, 0)))
        .count() as u64;
    let successes: u64 = tallies.iter().map(|tally| tally.successes).sum();
    let refused: u64 = stats.refused.values().sum();
    assert_eq!(successes + refused, attempts);
    assert_eq!(answered + stats.cut_after, attempts - refused);
    assert_eq!(play(&cutting(), 100).await, seen);
}
