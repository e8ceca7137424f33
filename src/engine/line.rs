//! A device's way to the target: one request at a time, bounded, never repeated.

use super::redact::redacted;
use super::reply::Reply;
use super::stop::Stop;
use crate::clock::Clock;
use crate::dialect::Dialect;
use crate::dialect::Judged;
use crate::dialect::Request;
use crate::dialect::Values;
use crate::profile::ConnectionUse;
use crate::session::Phase;
use crate::session::Phases;
use crate::session::Transport;
use crate::target::Answer;
use crate::target::Connection;
use crate::target::Dial;
use crate::target::Endpoint;
use crate::target::Head;
use crate::target::Wallet;
use crate::units::Micros;

/// What every device of a run needs to reach the target.
#[derive(Debug)]
pub struct Wire {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What it speaks.
    pub dialect: std::sync::Arc<Dialect>,
    /// Header lines that every request carries, each ending in CRLF.
    pub headers: String,
    /// How long a step may take, connect included.
    pub timeout: Micros,
    /// How long a kick notice may take.
    pub notice_limit: Micros,
    /// What becomes of a login's connection.
    pub connection: ConnectionUse,
}

impl Wire {
    /// How a device gets a connection.
    pub(super) const fn dial<'a>(
        &'a self,
        slot: usize,
        wallet: &'a Wallet,
        clock: &'a Clock,
    ) -> Dial<'a> {
        Dial {
            endpoint: &self.endpoint,
            slot,
            wallet,
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
    pub(super) reply: Reply,
}

impl Sent {
    /// Nothing was sent, so nothing was answered.
    pub(super) fn nothing(at: Micros) -> Self {
        Self {
            sent: at,
            done: at,
            phases: Phases::default(),
            reply: Reply::Halted,
        }
    }
}

/// A device's connection for requests, with the buffers that it uses meanwhile.
#[derive(Debug, Default)]
pub(super) struct Line {
    connection: Option<Connection>,
    request: Vec<u8>,
    answer: Answer,
    /// Spreads devices over the target's addresses.
    slot: usize,
    /// The device's TLS sessions.
    wallet: Wallet,
    /// How long the parts of the request under way took.
    phases: Phases,
}

impl Line {
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
            wallet: self.wallet.clone(),
            ..Self::default()
        }
    }

    /// The device's TLS sessions.
    pub(super) const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Opens the connection beforehand. A target that cannot be reached shows in the first request.
    pub(super) async fn preconnect(&mut self, wire: &Wire, clock: &Clock) {
        let mut unmeasured = Phases::default();
        let dial = wire.dial(self.slot, &self.wallet, clock);
        let open = dial.open(&mut unmeasured);
        if let Ok(Ok(connection)) = tokio::time::timeout(wire.timeout.as_duration(), open).await {
            self.connection = Some(connection);
        }
    }

    /// Sends `request` and waits for its answer: over the connection that is there, or a new one. What the answer repeats
    /// of the request's secrets is not in the reply.
    pub(super) async fn ask(
        &mut self,
        wire: &Wire,
        request: &Request,
        values: &Values<'_>,
        run: Bounds<'_>,
    ) -> Sent {
        self.phases = Phases::default();
        self.request.clear();
        request.render(
            values,
            wire.endpoint.host_header(),
            &wire.headers,
            &mut self.request,
        );
        let clock = run.clock;
        let sent = clock.now();
        let reply = tokio::select! {
            // Dropping a request half-way spends its connection, which is then closed.
            result = tokio::time::timeout(wire.timeout.as_duration(), self.round_trip(wire, clock)) => match result {
                Ok(Ok(head)) => match request.judge(head.status, self.answer.body()) {
                    Judged::Success(taken) => Reply::Success(taken),
                    Judged::Refused { status, code } => {
                        let retry_after = head.retry_after;
                        Reply::Refused { status, code, retry_after }
                    }
                    Judged::Malformed(fault) => Reply::Malformed(fault),
                },
                Ok(Err(fault)) => Reply::Transport(fault),
                Err(_elapsed) => Reply::NoAnswer,
            },
            () = run.stop.halted() => Reply::Halted,
        };
        let done = clock.now();
        if !reply.is_answer() {
            self.connection = None;
        }
        Sent {
            sent,
            done,
            phases: self.phases,
            reply: redacted(reply, values),
        }
    }

    async fn round_trip(&mut self, wire: &Wire, clock: &Clock) -> Result<Head, Transport> {
        if !self.connection.as_mut().is_some_and(Connection::is_usable) {
            self.connection = None;
            let dial = wire.dial(self.slot, &self.wallet, clock);
            let opened = dial.open(&mut self.phases).await?;
            self.connection = Some(opened);
        }
        let Some(connection) = self.connection.as_mut() else {
            return Err(Transport::ConnectFailed);
        };
        self.phases.begin(Phase::FirstByte);
        let head = connection.exchange(&self.request, &mut self.answer).await?;
        self.phases.note(Phase::FirstByte, head.waited);
        let took = clock.now().since(head.first_byte);
        self.phases.note(Phase::Body, took);
        if !head.keep_alive {
            self.connection = None;
        }
        Ok(head)
    }

    /// Which of the target's addresses it goes to.
    pub(super) const fn slot(&self) -> usize {
        self.slot
    }

    /// Gives the connection away, to become something else.
    pub(super) fn give(&mut self) -> Option<Connection> {
        self.connection.take()
    }

    /// Closes the connection, and gives the buffers' memory back while the device is idle.
    pub(super) fn close(&mut self) {
        self.connection = None;
        self.rest();
    }

    /// Gives the buffers' memory back; the connection stays.
    pub(super) fn rest(&mut self) {
        self.request = Vec::new();
        self.answer = Answer::default();
    }
}

/// What bounds a wait: the run's clock and its stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds<'a> {
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
}
