//! A device's way to the target: one request at a time, bounded, never repeated.

use std::sync::{Arc, OnceLock};

use super::departing::Departing;
use super::pacer::{Alarm, Pacer, Woken};
use super::redact::redacted;
use super::reply::Reply;
use super::stop::StopStep;
use crate::client::{Answer, Buffer, Connection, Dial, Endpoint, Head, TlsSessions};
use crate::profile::ConnectionUse;
use crate::recorder::{Event, Recorder, Tally};
use crate::session::{Departed, Operation, Phase, Phases, Transport};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;
use trtc_wire::dialect::{CodeForm, Dialect, Judged, Request, Values};

/// What every device of a run needs to reach the target.
#[derive(Debug)]
pub struct ClientSettings {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What it speaks.
    pub dialect: Arc<Dialect>,
    /// Header lines that every request carries, each ending in CRLF.
    pub headers: String,
    /// How long a step may take, connect included.
    pub timeout: Micros,
    /// How long a kick notice may take.
    pub notice_limit: Micros,
    /// How long a device may be silent before the target gives its session up.
    pub heartbeat_limit: Micros,
    /// How far the target's clock may be from ours.
    pub clock_skew: Micros,
    /// What becomes of a login's connection.
    pub connection: ConnectionUse,
}

impl ClientSettings {
    /// How a device gets a connection.
    pub(super) const fn dial<'a>(
        &'a self,
        slot: usize,
        tls_sessions: &'a TlsSessions,
        clock: &'a Clock,
    ) -> Dial<'a> {
        Dial {
            endpoint: &self.endpoint,
            slot,
            tls_sessions,
            clock,
        }
    }
}

/// A request's times and what came of it.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) sent: Micros,
    pub(super) done: Micros,
    pub(super) phases: Phases,
    /// Whether the kernel took the request.
    pub(super) departed: Departed,
    pub(super) reply: Reply,
}

impl Sent {
    /// Nothing was sent, so nothing was answered.
    pub(super) fn nothing(at: Micros) -> Self {
        Self {
            sent: at,
            done: at,
            phases: Phases::default(),
            departed: Departed::No,
            reply: Reply::Halted,
        }
    }
}

/// A device's connection for requests.
#[derive(Debug, Default)]
pub(super) struct HttpClient {
    connection: Option<Connection>,
    /// Spreads devices over the target's addresses.
    slot: usize,
    /// The device's TLS sessions.
    tls_sessions: OnceLock<TlsSessions>,
    /// How long the parts of the request under way took.
    phases: Phases,
    /// What ends a request that is not answered.
    alarm: Alarm,
    /// When it was last seen that the target had ended a connection that both had meant to keep.
    lost_at: Option<Micros>,
}

impl HttpClient {
    pub(super) fn new(slot: usize) -> Self {
        Self {
            slot,
            ..Self::default()
        }
    }

    /// Another way of the same device, with its TLS sessions.
    pub(super) fn beside(&self) -> Self {
        Self {
            slot: self.slot,
            tls_sessions: self.tls_sessions().clone().into(),
            ..Self::default()
        }
    }

    /// The device's TLS sessions.
    pub(super) fn tls_sessions(&self) -> &TlsSessions {
        // Made when it is first needed: who uses a kept connection needs none.
        self.tls_sessions.get_or_init(TlsSessions::default)
    }

    /// Opens the connection beforehand. A target that cannot be reached shows in the first request.
    pub(super) async fn preconnect(&mut self, settings: &ClientSettings, clock: &Clock) {
        let mut unmeasured = Phases::default();
        let dial = settings.dial(
            self.slot,
            self.tls_sessions.get_or_init(TlsSessions::default),
            clock,
        );
        let open = dial.open(&mut unmeasured);
        if let Ok(Ok(connection)) = tokio::time::timeout(settings.timeout.as_duration(), open).await
        {
            self.connection = Some(connection);
        }
    }

    /// Sends the request of a step of `operation` and waits for its answer: over the connection that is there, or a new one.
    /// What the answer repeats of the request's secrets is not in the reply.
    pub(super) async fn ask(
        &mut self,
        settings: &ClientSettings,
        (operation, request): (Operation, &Request),
        values: &Values<'_>,
        run: Bounds<'_>,
    ) -> Sent {
        self.phases = Phases::default();
        let mut bytes = Buffer::ready();
        let host = settings.endpoint.host_header();
        request.render(values, host, &settings.headers, &mut bytes);
        let clock = run.clock;
        let sent = clock.now();
        let mut departing = Departing::new(run.recorder, operation);
        let mut alarm = std::mem::take(&mut self.alarm);
        let reply = tokio::select! {
            // An answer that is there counts, however late this looks.
            biased;
            came = self.round_trip(settings, clock, bytes, &mut departing.answer) => match came {
                Ok(head) => judged((request, values.named), &head, &departing.answer, run.recorder),
                Err(fault) => Reply::Transport(fault),
            },
            // Dropping a request half-way spends its connection, which is then closed.
            woken = run.pacer.until(sent.plus(settings.timeout), StopStep::Halt, &mut alarm) => match woken {
                Woken::Due => Reply::NoAnswer,
                Woken::Stopped => Reply::Halted,
            },
        };
        self.alarm = alarm;
        let done = clock.now();
        if !reply.is_answer() {
            self.connection = None;
        }
        Sent {
            sent,
            done,
            phases: self.phases,
            departed: departing.answer.departed(),
            reply: redacted(reply, values),
        }
    }

    async fn round_trip(
        &mut self,
        settings: &ClientSettings,
        clock: &Clock,
        request: Buffer,
        answer: &mut Answer,
    ) -> Result<Head, Transport> {
        if !self.connection.as_mut().is_some_and(Connection::is_usable) {
            if self.connection.take().is_some() {
                self.lost_at = Some(clock.now());
            }
            let dial = settings.dial(
                self.slot,
                self.tls_sessions.get_or_init(TlsSessions::default),
                clock,
            );
            // Rare where connections are kept, and large: a handshake is in it.
            let opened = Box::pin(dial.open(&mut self.phases)).await?;
            self.connection = Some(opened);
        }
        let Some(connection) = self.connection.as_mut() else {
            return Err(Transport::ConnectFailed);
        };
        self.phases.begin(Phase::FirstByte);
        let head = connection.exchange(request, answer).await?;
        self.phases.note(Phase::FirstByte, head.waited);
        let took = clock.now().since(head.first_byte);
        self.phases.note(Phase::Body, took);
        if !head.keep_alive {
            self.connection = None;
        }
        Ok(head)
    }

    /// Whether the target has ended a connection since then that both had meant to keep.
    pub(super) fn was_lost_since(&self, then: Micros) -> bool {
        self.lost_at.is_some_and(|at| at >= then)
    }

    /// Which of the target's addresses it goes to.
    pub(super) const fn slot(&self) -> usize {
        self.slot
    }

    /// Gives the connection away, to become something else.
    pub(super) fn give(&mut self) -> Option<Connection> {
        self.connection.take()
    }

    /// Closes the connection.
    pub(super) fn close(&mut self) {
        self.connection = None;
    }
}

/// What a complete answer says.
fn judged(
    (request, named): (&Request, usize),
    head: &Head,
    answer: &Answer,
    recorder: &Recorder,
) -> Reply {
    let (judged, form) = request.judge_of_many(head.status, answer.body(), named);
    if form == CodeForm::TextForNumber {
        recorder.record(Event::Tally(Tally::CodeAsText));
    }
    match judged {
        Judged::Success(taken) => Reply::Success(taken),
        Judged::Refused { status, code } => Reply::Refused {
            status,
            code,
            retry_after: head.retry_after,
        },
        Judged::Malformed(fault) => Reply::Malformed(fault),
    }
}

/// What goes with every request: the run's clock, its timer, which hears of the stop, and its count.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) clock: &'a Clock,
    pub(super) pacer: &'a Pacer,
    /// Counts what leaves.
    pub(super) recorder: &'a Arc<Recorder>,
}
