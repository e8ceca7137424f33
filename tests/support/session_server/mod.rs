//! A session service of the tests: what the documents of the dialect `session` ask of whoever writes one, honest unless it is
//! told what to do wrong. It shares no code with the built-in mock, and keeps books of its own.

mod fault;
mod http;
mod seats;
mod socket;
mod world;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use trtc_load::clock::Clock;
use trtc_load::units::Micros;

use fault::Faults;
pub(crate) use fault::{
    ChannelEnd, Check, Fault, KickFault, Mishap, Over, Parting, Route, ToldFault,
};
use http::{Answer, Extent, Request};
pub(crate) use seats::Seats;
use socket::Kind;
use world::World;

/// The app that exists in it.
pub(crate) const APP: u32 = 1_400_000_001;

/// How long a long poll is held.
const HELD: Duration = Duration::from_secs(2);

/// How often a held poll looks for news.
const BEAT: Duration = Duration::from_millis(10);

/// What the server is set to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    pub(crate) app: u32,
    pub(crate) key: &'static str,
    pub(crate) seats: Seats,
    pub(crate) tells: Tells,
    /// A session of which nothing is heard for longer is over.
    pub(crate) heartbeat: Duration,
}

/// Where a native device that was kicked while it was away meets 6208.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    Silent,
    OnLogin,
    OnReconnect,
    Both,
}

/// What it has seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    pub(crate) requests: BTreeMap<Route, u64>,
    /// Logins carried out, and refused.
    pub(crate) logins: u64,
    pub(crate) refused: u64,
    pub(crate) kicks: u64,
    /// Notices sent, or laid ready for a session that asks.
    pub(crate) notices: u64,
    pub(crate) channels: u64,
    pub(crate) accounts: u64,
    /// How often a fault struck.
    pub(crate) strikes: u64,
    now: Micros,
}

impl Books {
    pub(crate) fn asked(&self, route: Route) -> u64 {
        self.requests.get(&route).copied().unwrap_or(0)
    }
}

/// What its connections share.
struct Shared {
    world: Mutex<World>,
    faults: Arc<Faults>,
    clock: Clock,
    heartbeat: Duration,
    /// When the first request came.
    first: OnceLock<Micros>,
}

/// A running server. It ends when this is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

impl Server {
    /// Starts one on a free port of this machine, with what it does wrong and in which share of the occasions.
    pub(crate) fn start(
        runtime: &Runtime,
        setup: Setup,
        faults: Vec<(Fault, f64)>,
        seed: u64,
    ) -> Self {
        let faults = Arc::new(Faults::new(faults, seed));
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(setup, Arc::clone(&faults))),
            faults,
            clock: Clock::start(),
            heartbeat: setup.heartbeat,
            first: OnceLock::new(),
        });
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let theirs = Arc::clone(&shared);
        let listening = runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                tokio::spawn(serve(stream, Arc::clone(&theirs)));
            }
        });
        Self {
            address,
            shared,
            listening,
        }
    }

    /// Its address, as `--target` takes it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn books(&self) -> Books {
        self.shared.world.lock().books()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// What becomes of a connection after an exchange.
enum Next {
    Another,
    Channel(Box<socket::Open>),
    Over,
}

/// Serves a connection until it ends.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut buffer = Vec::new();
    while let Some(request) = http::read(&mut stream, &mut buffer).await {
        let Some(route) = request.route else {
            let nothing = Answer::no(404, 6017);
            if http::write(&mut stream, &nothing, Extent::Whole)
                .await
                .is_none()
            {
                return;
            }
            continue;
        };
        shared.first.get_or_init(|| shared.clock.now());
        shared.world.lock().requested(route);
        shared.standstill().await;
        let mishap = shared.faults.strike(|fault| {
            if let Fault::OnTheWay(of, mishap) = fault
                && of.contains(&route)
            {
                Some(mishap)
            } else {
                None
            }
        });
        let ended = match mishap {
            Some(Mishap::CutBefore(parting)) => return http::part(stream, parting),
            Some(Mishap::CutAfter(parting)) => {
                let _ = shared.carry_out(route, &request).await;
                return http::part(stream, parting);
            }
            Some(Mishap::NeverAnswers) => {
                let _ = shared.carry_out(route, &request).await;
                // The client gives up, and closes.
                let _ = http::read(&mut stream, &mut buffer).await;
                return;
            }
            other => exchange(stream, buffer, (route, request), other, &shared).await,
        };
        match ended {
            (Next::Another, Some((back, rest))) => (stream, buffer) = (back, rest),
            (Next::Channel(open), _) => return socket::run(*open, shared).await,
            (Next::Another | Next::Over, _) => return,
        }
    }
}

/// Carries a request out and answers it, with what happens to it on the way. Gives the connection back where it goes on.
async fn exchange(
    mut stream: TcpStream,
    rest: Vec<u8>,
    (route, request): (Route, Request),
    mishap: Option<Mishap>,
    shared: &Arc<Shared>,
) -> (Next, Option<(TcpStream, Vec<u8>)>) {
    let (mut before, mut after, mut extent) = (Duration::ZERO, Duration::ZERO, Extent::Whole);
    let (mut refusal, mut instead) = (None, None);
    match mishap {
        Some(Mishap::Refused(status, code)) => refusal = Some(Answer::no(status, code)),
        Some(Mishap::ErrsAfter(status)) => instead = Some(Answer::no(status, 70500)),
        Some(Mishap::Truncated) => extent = Extent::Half,
        Some(Mishap::AnswersLate(by)) => after = by,
        Some(Mishap::ActsLate(by)) => before = by,
        Some(Mishap::Reordered(most)) => {
            before = most.mul_f64(shared.faults.share());
            after = most.mul_f64(shared.faults.share());
        }
        Some(Mishap::CutBefore(_) | Mishap::CutAfter(_) | Mishap::NeverAnswers) | None => {}
    }
    sleep(before).await;
    let done = match refusal {
        Some(refusal) => Done::Answer(refusal),
        None => shared.carry_out(route, &request).await,
    };
    sleep(after).await;
    shared.standstill().await;
    let answer = match (done, instead) {
        (Done::Answer(answer), None) => answer,
        (Done::Answer(_) | Done::Channel(_), Some(instead)) => instead,
        (Done::Channel(opened), None) if extent == Extent::Whole => {
            return (open(stream, rest, request, opened).await, None);
        }
        (Done::Channel(_), None) => Answer::ok(""),
    };
    let written = http::write(&mut stream, &answer, extent).await;
    if written.is_none() || extent == Extent::Half {
        return (Next::Over, None);
    }
    (Next::Another, Some((stream, rest)))
}

/// What was done for a request.
enum Done {
    Answer(Answer),
    Channel(world::Opened),
}

/// Answers the opening of a push channel.
async fn open(
    mut stream: TcpStream,
    read: Vec<u8>,
    request: Request,
    opened: world::Opened,
) -> Next {
    let (kind, head) = match request.key {
        Some(key) => {
            let accept = derive_accept_key(key.as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            (Kind::WebSocket, head)
        }
        None => {
            let head =
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n";
            (Kind::Events, head.to_owned())
        }
    };
    if stream.write_all(head.as_bytes()).await.is_err() {
        return Next::Over;
    }
    Next::Channel(Box::new(socket::Open {
        stream,
        read,
        kind,
        session: opened.session,
        pushes: opened.pushes,
        ends: opened.ends,
    }))
}

impl Shared {
    async fn carry_out(&self, route: Route, request: &Request) -> Done {
        let token = &request.token;
        let answer = match route {
            Route::Login => self.now(|world, now| world.login(&request.body, now)),
            Route::SelfInfo => match &request.device {
                Some(device) => self.now(|world, now| world.who_is_on(device, now)),
                None => self.now(|world, now| world.who_is_it(token, now)),
            },
            Route::Reconnect => self.now(|world, now| world.reconnect(token, now)),
            Route::Logout => self.now(|world, now| world.logout(token, now)),
            Route::AccountCheck => self.now(|world, _| world.look_up(&request.body)),
            Route::Status => self.news(token, Duration::ZERO).await,
            Route::Poll => self.news(token, HELD).await,
            Route::Events if request.key.is_none() && !request.wants_events => {
                Answer::no(426, 6017)
            }
            Route::Events => match self.now(|world, now| world.open(token, now)) {
                Ok(opened) => return Done::Channel(opened),
                Err(refusal) => refusal,
            },
        };
        Done::Answer(answer)
    }

    fn now<T>(&self, act: impl FnOnce(&mut World, Micros) -> T) -> T {
        let mut world = self.world.lock();
        let now = self.clock.now();
        world.clock_reads(now);
        act(&mut world, now)
    }

    /// News of the token's session, waited for so long.
    async fn news(&self, token: &str, held: Duration) -> Answer {
        let until = self.clock.now().plus(held.into());
        loop {
            match self.now(|world, now| world.news(token, now)) {
                Err(refusal) => return refusal,
                Ok(None) if self.clock.now() < until => sleep(BEAT).await,
                Ok(event) => {
                    let event = event.unwrap_or("none");
                    return Answer::ok(&format!(r#""event":"{event}","next":"on""#));
                }
            }
        }
    }

    fn sign_of_life(&self, session: usize) {
        self.now(|world, now| world.sign_of_life(session, now));
    }

    fn channel_ended(&self, session: usize) {
        self.world.lock().channel_ended(session);
    }

    fn not_told(&self, session: usize) {
        self.world.lock().not_told(session);
    }

    /// Waits until the server stands still no more.
    async fn standstill(&self) {
        let stall = self.faults.has(|fault| {
            if let Fault::Stall(at, length) = fault {
                Some((at, length))
            } else {
                None
            }
        });
        let (Some((at, length)), Some(first)) = (stall, self.first.get()) else {
            return;
        };
        let (begin, now) = (first.plus(at.into()), self.clock.now());
        let end = begin.plus(length.into());
        if (begin..end).contains(&now) {
            sleep(end.since(now).as_duration()).await;
        }
    }
}
