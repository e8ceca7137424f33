//! Polls: requests that the service holds until something happens, and those that it answers at once.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use trtc_wire::dialect::wire::{KICKED_OFFLINE, PollAnswer, USER_SIG_EXPIRED};

use super::answer::counted;
use super::codes;
use super::codes::Refusal;
use super::service::Service;
use super::session::{End, InFlight, Session, State as Standing, Told};

/// How long a long poll is held.
const HOLD: Duration = Duration::from_secs(2);

/// What a poll without news answers.
const NONE: &str = "none";

pub(super) async fn long(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    answer(&service, &headers, HOLD).await
}

pub(super) async fn status(State(service): State<Arc<Service>>, headers: HeaderMap) -> Response {
    answer(&service, &headers, Duration::ZERO).await
}

async fn answer(service: &Service, headers: &HeaderMap, hold: Duration) -> Response {
    service.faults.came(service.clock.now());
    service.counts.polls.attempts.up();
    let session = service.bearer(headers);
    let _in_flight = session.clone().map(InFlight::begin);
    service.work().await;
    let outcome = match session {
        Some(session) => held(service, &session, hold).await,
        None => Err(codes::NOT_LOGGED_IN),
    };
    let response = counted(service, &service.counts.polls, outcome);
    service.hold_up().await;
    response
}

/// Waits for news of `session`, at most for `hold`.
async fn held(
    service: &Service,
    session: &Arc<Session>,
    hold: Duration,
) -> Result<PollAnswer, Refusal> {
    {
        let rung = session.bell.notified();
        if news(session).is_none() && service.table.come_back(session).is_ok() {
            let _ = tokio::time::timeout(hold, rung).await;
        }
    }
    // A kick may strike between any two of these lines: whoever is refused may have news.
    let passed = service.table.pass(session);
    let event = news(session);
    match event {
        Some(_) => service.table.told(session),
        None => passed?,
    }
    Ok(PollAnswer {
        code: 0,
        event: event.unwrap_or(NONE).into(),
        next: service.clock.now().0.to_string(),
    })
}

/// What the device of `session` was not told yet.
fn news(session: &Session) -> Option<&'static str> {
    match session.state() {
        Standing::Ended(End::Kicked, Told::No) => Some(KICKED_OFFLINE),
        Standing::Ended(End::Expired, Told::No) => Some(USER_SIG_EXPIRED),
        Standing::Live(_) | Standing::Away | Standing::Ended(..) => None,
    }
}
