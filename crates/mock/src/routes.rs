//! The HTTP routes: reads a request whole, counts it, works, carries it out, answers.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use serde::Serialize;
use tokio::sync::mpsc;

use trtc_wire::dialect::wire;
use trtc_wire::dialect::wire::{LoginRequest, Plain, SelfInfoAnswer};

use super::answer::{counted, json, refused, success};
use super::channel::Channel;
use super::codes::Refusal;
use super::counts::{Counts, Requests};
use super::faults::Fate;
use super::line::Knife;
use super::pipe::Pipe;
use super::service::Service;
use super::session::{InFlight, Name, Session};
use super::table::Opening;
use super::{codes, poll, rest};

/// The most bytes of a request's body.
const BODY_BYTES: usize = 64 * 1_024;

/// Buffers of a push channel, in bytes: its messages are short. The library's own choice is 128 KiB each.
const CHANNEL_BUFFER: usize = 1_024;

/// The most bytes of a message that a device may send on its push channel.
const MESSAGE_BYTES: usize = 16 * 1_024;

/// The routes of `service`.
pub(super) fn routes(service: Arc<Service>) -> Router {
    Router::new()
        .route(wire::LOGIN, post(login))
        .route(wire::SELF_INFO, get(self_info))
        .route(wire::LOGOUT, post(logout))
        .route(wire::RECONNECT, post(reconnect))
        .route(wire::EVENTS, get(events))
        .route(wire::POLL, get(poll::long))
        .route(wire::STATUS, get(poll::status))
        .route(wire::STATS, get(stats))
        .route(wire::REST, post(rest::command))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .with_state(service)
}

/// A request that was read.
struct Begun {
    service: Arc<Service>,
    knife: Knife,
    fate: Fate,
}

/// A request that was not read whole. It is not counted.
enum Unread {
    /// Its connection is to be cut.
    Cut(Knife),
    /// It is too long, or broke off.
    Broken,
}

impl Unread {
    fn end(self) -> Response {
        match self {
            Self::Cut(knife) => knife.cut(),
            Self::Broken => {
                let message = "the body is too long or broke off".into();
                json(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    &Plain {
                        code: codes::BAD_JSON.code,
                        message,
                    },
                )
            }
        }
    }
}

impl Begun {
    /// Draws the request's fate from its head, and reads the rest. The error ends a request that goes no further.
    async fn read(
        service: Arc<Service>,
        knife: Knife,
        body: Body,
    ) -> Result<(Self, Bytes), Unread> {
        service.faults.came(service.clock.now());
        let fate = service.faults.next();
        if fate == Fate::CutBefore {
            service.counts.cuts.before.up();
            return Err(Unread::Cut(knife));
        }
        let bytes = read(body).await?;
        let begun = Self {
            service,
            knife,
            fate,
        };
        Ok((begun, bytes))
    }

    /// Works, carries the request out with `act` unless it is refused by order, counts, and answers.
    async fn finish<T: Serialize>(
        self,
        counters: &Requests,
        act: impl FnOnce(&Service) -> Result<T, Refusal>,
    ) -> Response {
        let service = &self.service;
        service.work().await;
        let outcome = match self.fate {
            Fate::Refused | Fate::RefusedAndCut => Err(Refusal::broken(service.error_code)),
            Fate::Served | Fate::CutBefore | Fate::CutAfter => act(service),
        };
        let response = counted(service, counters, outcome);
        service.hold_up().await;
        if matches!(self.fate, Fate::CutAfter | Fate::RefusedAndCut) {
            service.counts.cuts.after.up();
            return self.knife.cut();
        }
        response
    }
}

async fn read(body: Body) -> Result<Bytes, Unread> {
    to_bytes(body, BODY_BYTES).await.map_err(|_| Unread::Broken)
}

type Shared = State<Arc<Service>>;
type Cut = ConnectInfo<Knife>;

async fn login(State(service): Shared, ConnectInfo(knife): Cut, body: Body) -> Response {
    let (begun, bytes) = match Begun::read(Arc::clone(&service), knife, body).await {
        Ok(read) => read,
        Err(unread) => return unread.end(),
    };
    service.counts.login.attempts.up();
    let request = serde_json::from_slice::<LoginRequest>(&bytes).ok();
    // A device that is online may be kicked while it switches.
    let _in_flight = request
        .as_ref()
        .and_then(|request| {
            service
                .table
                .on_device(&Name::new(request.sdk_app_id, &request.device_id))
        })
        .map(InFlight::begin);
    let act = |service: &Service| {
        request
            .as_ref()
            .map_or(Err(codes::BAD_JSON), |request| service.log_in(request))
    };
    begun.finish(&service.counts.login, act).await
}

async fn self_info(State(service): Shared, ConnectInfo(knife): Cut, request: Request) -> Response {
    let act = |service: &Service, session: Arc<Session>| {
        service.table.pass(&session)?;
        Ok(SelfInfoAnswer {
            code: 0,
            user_id: session.account.text().into(),
        })
    };
    of_session((service, knife), request, |counts| &counts.self_info, act).await
}

async fn logout(State(service): Shared, ConnectInfo(knife): Cut, request: Request) -> Response {
    let act = |service: &Service, session: Arc<Session>| {
        service.table.logout(&session)?;
        Ok(success())
    };
    of_session((service, knife), request, |counts| &counts.logout, act).await
}

/// What a session asks for by its token, done by `act` and counted in its `counters`.
async fn of_session<T: Serialize>(
    (service, knife): (Arc<Service>, Knife),
    request: Request,
    counters: fn(&Counts) -> &Requests,
    act: impl FnOnce(&Service, Arc<Session>) -> Result<T, Refusal>,
) -> Response {
    let (head, body) = request.into_parts();
    let begun = match Begun::read(Arc::clone(&service), knife, body).await {
        Ok((begun, _)) => begun,
        Err(unread) => return unread.end(),
    };
    let counters = counters(&service.counts);
    counters.attempts.up();
    let session = service.bearer(&head.headers);
    let _in_flight = session.clone().map(InFlight::begin);
    let act = |service: &Service| act(service, session.ok_or(codes::NOT_LOGGED_IN)?);
    begun.finish(counters, act).await
}

async fn reconnect(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    service.faults.came(service.clock.now());
    if let Err(unread) = read(body).await {
        return unread.end();
    }
    service.counts.reconnect.attempts.up();
    let session = service.bearer(&headers);
    let _in_flight = session.clone().map(InFlight::begin);
    service.work().await;
    let outcome = session
        .ok_or(codes::NOT_LOGGED_IN)
        .and_then(|session| service.table.come_back(&session))
        .map(|()| success());
    let response = counted(&service, &service.counts.reconnect, outcome);
    service.hold_up().await;
    response
}

async fn events(
    State(service): Shared,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    service.faults.came(service.clock.now());
    service.counts.events.attempts.up();
    let session = service.bearer(&headers);
    let _in_flight = session.clone().map(InFlight::begin);
    service.work().await;
    let opened = session.ok_or(codes::NOT_LOGGED_IN).and_then(|session| {
        if upgrade.is_err() && !wants_events(&headers) {
            return Err(codes::BAD_PARAMETER);
        }
        let opening = service.table.open_channel(&session)?;
        Ok((session, opening))
    });
    let response = match opened {
        Ok((session, opening)) => {
            service.counts.events.successes.up();
            let number = match opening {
                Opening::Open(number) => Some(number),
                Opening::OnlyToTell => None,
            };
            let channel = Channel {
                service: Arc::clone(&service),
                session,
                number,
                opened: service.clock.now(),
            };
            match upgrade {
                Ok(upgrade) => open(upgrade, channel),
                Err(_) => stream(channel, &headers),
            }
        }
        Err(refusal) => {
            service.counts.refused(refusal.code);
            refused(refusal)
        }
    };
    service.hold_up().await;
    response
}

fn open(upgrade: WebSocketUpgrade, channel: Channel) -> Response {
    let never_began = Channel {
        service: Arc::clone(&channel.service),
        session: Arc::clone(&channel.session),
        ..channel
    };
    upgrade
        .read_buffer_size(CHANNEL_BUFFER)
        .write_buffer_size(0)
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_failed_upgrade(move |_| never_began.left())
        .on_upgrade(|socket| channel.serve(Pipe::WebSocket(Box::new(socket))))
}

fn wants_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/event-stream"))
}

/// A stream of events. The first one only gives its ID: a device that comes back names the last one that it heard.
fn stream(channel: Channel, headers: &HeaderMap) -> Response {
    let named = headers.get("last-event-id");
    let named = named.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    // A channel's events have the numbers from a thousand times its own: one that the channel before gave is known.
    let base = channel.number.map_or(0, |number| u64::from(number) * 1_000);
    if named.is_some_and(|named| named >= base.saturating_sub(1_000) && named < base) {
        channel.service.counts.channels.resumed.up();
    }
    let (sender, receiver) = mpsc::channel(4);
    // There is room for it: nothing was sent yet.
    let _ = sender.try_send(Bytes::from(format!(
        "id: {base}\nevent: hello\ndata: {{}}\n\n"
    )));
    tokio::spawn(channel.serve(Pipe::Events(sender, base + 1)));
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((Ok::<_, Infallible>(piece), receiver))
    });
    let mut response = Response::new(Body::from_stream(pieces));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response
}

async fn stats(State(service): Shared) -> Response {
    json(StatusCode::OK, &service.counts.stats())
}

async fn unknown() -> Response {
    let plain = Plain {
        code: codes::BAD_PARAMETER.code,
        message: "there is nothing here".into(),
    };
    json(StatusCode::NOT_FOUND, &plain)
}
