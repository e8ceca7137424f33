//! A device's connection: opened once, one exchange at a time, never used again after a doubt.
//!
//! In: rendered requests. Out: answers, or the fault that came instead. Never here: a retry, a timeout.
//!
//! # Ports
//! The end that closes first keeps the pair of addresses and ports for a while (`TIME_WAIT`, 60 s on Linux). With the
//! usual 28,232 ephemeral ports, closing first allows about 470 new connections a second, for ever, from one address
//! to one (address, port); Linux takes such a port again after 1 s where both ends are on loopback
//! (`net.ipv4.tcp_tw_reuse` = 2, the default since 4.19), so 28,000 a second there. Beyond that a connect fails with
//! [`Transport::Exhausted`], which is this machine's fault and never the target's. Ways out: keep connections, give
//! the target more addresses (see [`Endpoint::address`](crate::client::Endpoint::address)), let the target close first, or [`Parting::Reset`].

use tokio_tungstenite::tungstenite::protocol::Role;

use crate::client::chunks::Step;
use crate::client::event_reader::EventReader;
use crate::client::framing::ResponseParser;
use crate::client::head::{Content, ParsedHead};
use crate::client::http2::Http2;
use crate::client::stream::Stream;
use crate::client::{Answer, EventChannel, Head, PushChannel, WebSocketKey, fault, retry_after};
use crate::session::{Departed, PushFault, Transport};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// A connection to the target. Dropping it closes it: a FIN, or an RST where unread bytes are left.
#[derive(Debug)]
pub struct Connection {
    carrier: Carrier,
    clock: Clock,
    life: Life,
}

/// What carries requests and answers.
#[derive(Debug)]
pub(super) enum Carrier {
    /// HTTP/1.1 over a stream of its own.
    One(Stream),
    /// HTTP/2.
    Two(Box<Http2>),
}

/// Whether a connection may carry an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Nothing is on its way.
    Ready,
    /// An exchange began and did not end, or ended in a way that leaves a doubt.
    Spent,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parting {
    /// FIN, as an app does. The port stays in `TIME_WAIT` where we close first.
    #[default]
    Fin,
    /// RST (`SO_LINGER` of 0): frees the port at once, and the target sees an error that no app causes.
    Reset,
}

/// Why a connection became no push channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpgradeRefused {
    /// By a complete HTTP answer; its body is in the scratch.
    Answered(Head),
    /// By a fault. [`Transport::PushProtocol`] where the target says 101 and does not mean a WebSocket.
    Transport(Transport),
}

impl From<Transport> for UpgradeRefused {
    fn from(fault: Transport) -> Self {
        Self::Transport(fault)
    }
}

impl Connection {
    /// A connection of its own, over `carrier`.
    pub(super) const fn over(carrier: Carrier, clock: Clock) -> Self {
        Self {
            carrier,
            clock,
            life: Life::Ready,
        }
    }

    /// Whether a kept connection may carry another exchange: it ended its last one in order, and the target has
    /// neither closed nor sent anything since, as far as this machine knows yet.
    #[must_use]
    pub fn is_usable(&mut self) -> bool {
        let is_quiet = match &mut self.carrier {
            Carrier::One(stream) => stream.is_quiet(),
            Carrier::Two(http2) => http2.is_open(),
        };
        if self.life == Life::Ready && !is_quiet {
            self.life = Life::Spent;
        }
        self.life == Life::Ready
    }

    /// Writes `request`, lets go of it, and reads one complete answer; its body is then in `scratch`.
    ///
    /// On a kept connection ask [`Connection::is_usable`] first: what the target sent in between, such as a farewell
    /// with status 408, would pass for the answer.
    ///
    /// Not cancel safe: a future dropped half-way spends the connection.
    ///
    /// # Errors
    /// The fault that came instead of an answer; the connection is spent then. On a spent connection
    /// [`Transport::Closed`], with nothing written. [`Transport::TooLarge`] where the header block is longer than
    /// 16 KiB or 64 fields, or the body longer than 1 MiB.
    pub async fn exchange(
        &mut self,
        request: impl AsRef<[u8]> + Send,
        scratch: &mut Answer,
    ) -> Result<Head, Transport> {
        self.begin(scratch)?;
        let clock = self.clock;
        let (parsed, head) = match &mut self.carrier {
            Carrier::One(stream) => round_trip(stream, &clock, request, scratch).await?,
            Carrier::Two(http2) => {
                let head = http2.exchange(request.as_ref(), &clock, scratch).await?;
                self.life = Life::Ready;
                return Ok(head);
            }
        };
        if head.keep_alive {
            self.life = Life::Ready;
        }
        if parsed.status == SWITCHING_PROTOCOLS {
            self.life = Life::Spent;
            return Err(Transport::NotHttp);
        }
        Ok(head)
    }

    /// Writes the upgrade request `request`, which carries `key`, and becomes a push channel where the target agrees.
    /// `scratch` may be dropped afterwards: what followed the answer goes with the channel.
    ///
    /// Not cancel safe: a future dropped half-way closes the connection.
    ///
    /// # Errors
    /// The target's answer, or the fault that came instead of one. [`Transport::PushProtocol`] on a connection that
    /// speaks HTTP/2: it stays what it is.
    pub async fn upgrade(
        mut self,
        request: &[u8],
        key: &WebSocketKey,
        scratch: &mut Answer,
    ) -> Result<PushChannel, UpgradeRefused> {
        self.begin(scratch)?;
        let Carrier::One(mut stream) = self.carrier else {
            return Err(Transport::PushProtocol(PushFault::NoAgreement).into());
        };
        let (parsed, head) = round_trip(&mut stream, &self.clock, request, scratch).await?;
        if parsed.status != SWITCHING_PROTOCOLS {
            return Err(UpgradeRefused::Answered(head));
        }
        let agreed = parsed.agreed.ok_or(PushFault::NoAgreement);
        agreed
            .and_then(|agreed| agreed.to(request, key))
            .map_err(Transport::PushProtocol)?;
        // A copy of its own size: the scratch's capacity must not stay with the channel for hours.
        let early: Vec<u8> = scratch.raw.drain(..).collect();
        Ok(PushChannel::new(stream, early, Role::Client, head).await)
    }

    /// Writes `request`, and becomes a push channel where the target answers with a stream of events.
    ///
    /// Not cancel safe: a future dropped half-way closes the connection.
    ///
    /// # Errors
    /// The target's answer, whose body is in the scratch, or the fault that came instead of one.
    /// [`Transport::PushProtocol`] where the answer is a success and no stream of events, or the connection speaks HTTP/2.
    pub async fn subscribe(
        mut self,
        request: &[u8],
        scratch: &mut Answer,
    ) -> Result<EventChannel, UpgradeRefused> {
        self.begin(scratch)?;
        let Carrier::One(mut stream) = self.carrier else {
            return Err(Transport::PushProtocol(PushFault::NoAgreement).into());
        };
        let handed = hand_over(&mut stream, &self.clock, request, &mut scratch.departed).await?;
        let mut reading = Reading::new();
        loop {
            let step = reading.on(&mut stream, &self.clock, scratch).await;
            if let Some(parsed) = reading.parser.begun()
                && parsed.status / 100 == 2
            {
                if parsed.content != Content::Events {
                    return Err(Transport::PushProtocol(PushFault::NoEvents).into());
                }
                let head = reading.head(parsed, &handed, scratch);
                let raw: Vec<u8> = scratch.raw.drain(..).collect();
                let reader = EventReader::begun(reading.parser, (raw, scratch.body()), step);
                return Ok(EventChannel::new(stream, reader, head));
            }
            if step? == Step::Done {
                let (_, head) = reading.end(&handed, scratch)?;
                return Err(UpgradeRefused::Answered(head));
            }
        }
    }

    /// Closes it in the way the caller chose; HTTP/2 with FIN always, since its stream belongs to its driver. Dropping does
    /// the same as [`Parting::Fin`].
    pub fn close(self, parting: Parting) {
        if let Carrier::One(stream) = &self.carrier {
            stream.part(parting);
        }
    }

    /// Spends the connection until its exchange has ended in order.
    fn begin(&mut self, scratch: &mut Answer) -> Result<(), Transport> {
        scratch.clear();
        if std::mem::replace(&mut self.life, Life::Spent) == Life::Spent {
            return Err(Transport::Closed);
        }
        Ok(())
    }
}

/// One request, one answer.
async fn round_trip(
    stream: &mut Stream,
    clock: &Clock,
    request: impl AsRef<[u8]>,
    scratch: &mut Answer,
) -> Result<(ParsedHead, Head), Transport> {
    let handed = hand_over(stream, clock, request, &mut scratch.departed).await?;
    let mut reading = Reading::new();
    while reading.on(stream, clock, scratch).await? == Step::More {}
    reading.end(&handed, scratch)
}

/// A request that the kernel has.
struct Handed {
    at: Micros,
    /// Whether the target took all of it.
    is_whole: bool,
}

async fn hand_over(
    stream: &mut Stream,
    clock: &Clock,
    request: impl AsRef<[u8]>,
    departed: &mut Departed,
) -> Result<Handed, Transport> {
    let written = stream.write_all(request.as_ref(), departed).await;
    match &written {
        Err(error) if !fault::is_peer_gone(error) => return Err(fault::of_stream(error)),
        // A target may answer before it has read all, and close; the answer is still there to read.
        Err(_) | Ok(()) => {}
    }
    Ok(Handed {
        at: clock.now(),
        is_whole: written.is_ok(),
    })
}

/// An answer while it comes.
struct Reading {
    parser: ResponseParser,
    first_byte: Option<Micros>,
}

impl Reading {
    const fn new() -> Self {
        Self {
            parser: ResponseParser::new(),
            first_byte: None,
        }
    }

    /// Reads on. Says whether the answer is complete then.
    async fn on(
        &mut self,
        stream: &mut Stream,
        clock: &Clock,
        scratch: &mut Answer,
    ) -> Result<Step, Transport> {
        let wanted = self.parser.wanted();
        let read = match stream.readable().await {
            Ok(()) => stream.read_more(scratch.raw.made_ready(), wanted).await,
            Err(error) => Err(error),
        };
        if read.map_err(|error| fault::of_stream(&error))? == 0 {
            self.parser.end()?;
            return Ok(Step::Done);
        }
        self.first_byte.get_or_insert_with(|| clock.now());
        self.parser.feed(&mut scratch.raw, &mut scratch.body)
    }

    fn end(self, handed: &Handed, scratch: &Answer) -> Result<(ParsedHead, Head), Transport> {
        let head = match self.parser.begun() {
            Some(parsed) => self.head(parsed, handed, scratch),
            None => return Err(Transport::Closed),
        };
        let parsed = self.parser.into_head().ok_or(Transport::Closed)?;
        Ok((parsed, head))
    }

    fn head(&self, parsed: &ParsedHead, handed: &Handed, scratch: &Answer) -> Head {
        let first_byte = self.first_byte.unwrap_or(handed.at);
        // Bytes behind an answer, with no request for them, would pass for the next answer.
        let is_in_step = scratch.raw.is_empty() && handed.is_whole;
        let asks = parsed.retry_after.as_deref();
        Head {
            status: parsed.status,
            keep_alive: parsed.keep_alive && is_in_step,
            waited: first_byte.since(handed.at),
            retry_after: asks.and_then(|value| retry_after::wait(value, clock::unix_now())),
            first_byte,
        }
    }
}

/// The status of an agreed upgrade.
const SWITCHING_PROTOCOLS: u16 = 101;
