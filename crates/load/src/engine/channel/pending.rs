//! One poll under way: a task of its own, which goes on while its device does something else.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::usable;
use super::who::Who;
use crate::client::{Answer, Connection, Dial, Head, Parting, TlsSessions};
use crate::engine::departing::Departing;
use crate::engine::http_client::{ClientSettings, Sent};
use crate::engine::iteration::{Asked, When};
use crate::engine::judgement::Expect;
use crate::engine::redact::redacted;
use crate::engine::reply::Reply;
use crate::recorder::Recorder;
use crate::session::{Operation, Phase, Phases, Transport};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Notice, PollPush, Polled, Push, Taken};

/// A poll that is to be sent, with all that it needs on its way.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) settings: Arc<ClientSettings>,
    pub(super) recorder: Arc<Recorder>,
    pub(super) clock: Clock,
    pub(super) when: When,
    pub(super) slot: usize,
    pub(super) tls_sessions: TlsSessions,
    /// A kept one.
    pub(super) connection: Option<Connection>,
    pub(super) request: Vec<u8>,
    pub(super) cursor: Box<str>,
    pub(super) who: Arc<Who>,
}

/// A poll under way.
#[derive(Debug)]
pub(in crate::engine) struct Pending {
    task: JoinHandle<Answered>,
    /// Ends it before its answer; none once that was said.
    end: Option<oneshot::Sender<Ending>>,
    /// Whether the target holds it.
    operation: Operation,
}

/// What ends a poll before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The run.
    Run,
    /// The scenario's network loss.
    Network(Parting),
    /// The device, which went away while the target held it.
    Left,
}

/// A poll that is over.
#[derive(Debug)]
pub(in crate::engine) struct Answered {
    pub(in crate::engine) asked: Asked,
    pub(in crate::engine) sent: Sent,
    /// What it means; none where there is no answer.
    pub(in crate::engine) polled: Option<Polled>,
    /// Kept for the next one.
    pub(super) connection: Option<Connection>,
}

impl Pending {
    /// Sends it.
    pub(super) fn sent(question: Question) -> Self {
        let (end, ended) = oneshot::channel();
        let operation = match question.settings.dialect.push() {
            Some(Push::Poll(push)) => push.operation(),
            Some(Push::WebSocket(_) | Push::Events(_)) | None => Operation::Status,
        };
        Self {
            task: tokio::spawn(question.ask(operation, ended)),
            end: Some(end),
            operation,
        }
    }

    /// Waits until it is over. Not to be asked again then.
    ///
    /// Cancel safe.
    pub(in crate::engine) async fn answered(&mut self) -> Answered {
        match (&mut self.task).await {
            Ok(answered) => answered,
            Err(fault) => match fault.try_into_panic() {
                // As if the device itself had panicked: its slot holds it.
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime ends, and everybody with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    /// Its network is gone.
    pub(super) fn cut(&mut self, parting: Parting) {
        self.end(Ending::Network(parting));
    }

    /// Its device goes away. One that the target does not hold is read to its end all the same: it was asked.
    pub(super) fn leave(&mut self) {
        if self.operation == Operation::LongPoll {
            self.end(Ending::Left);
        }
    }

    /// The run is over.
    pub(in crate::engine) fn halt(&mut self) {
        self.end(Ending::Run);
    }

    fn end(&mut self, ending: Ending) {
        if let Some(end) = self.end.take() {
            // Where it is over already it has its outcome.
            let _ = end.send(ending);
        }
    }
}

impl Question {
    async fn ask(mut self, operation: Operation, end: oneshot::Receiver<Ending>) -> Answered {
        let settings = self.settings.clone();
        let recorder = self.recorder.clone();
        let mut departing = Departing::new(&recorder, operation);
        let mut phases = Phases::default();
        let sent = self.clock.now();
        let Some(Push::Poll(push)) = settings.dialect.push() else {
            // Only such a dialect makes polls.
            return self.over(operation, Sent::nothing(sent), None);
        };
        let dial = settings.dial(self.slot, &self.tls_sessions, &self.clock);
        let parts = (&*self.request, &mut departing.answer, &mut phases);
        let came = tokio::select! {
            // An answer that is there counts.
            biased;
            head = exchange(&mut self.connection, dial, (settings.timeout, push.limit(settings.timeout)), parts) => Ok(head),
            ending = end => Err(ending.unwrap_or(Ending::Run)),
        };
        let answer = &departing.answer;
        let (reply, polled) = match came {
            Ok(head) => read(push, head, answer),
            Err(ending) => (self.end(ending), None),
        };
        let values = self.who.values(&self.cursor);
        let sent = Sent {
            sent,
            done: self.clock.now(),
            phases,
            departed: answer.departed(),
            reply: redacted(reply, &values),
        };
        self.over(operation, sent, polled)
    }

    /// Closes the connection as `ending` does.
    fn end(&mut self, ending: Ending) -> Reply {
        let connection = self.connection.take();
        match ending {
            Ending::Run => Reply::Halted,
            Ending::Left => Reply::Left,
            Ending::Network(parting) => {
                if let Some(connection) = connection {
                    connection.close(parting);
                }
                Reply::CutOff
            }
        }
    }

    fn over(self, operation: Operation, sent: Sent, polled: Option<Polled>) -> Answered {
        let expect = match polled {
            Some(Polled::Notice(Notice::Kicked | Notice::Expired)) => Expect::Either,
            Some(_) | None => Expect::Success,
        };
        Answered {
            asked: Asked {
                operation,
                when: self.when,
                expect,
            },
            sent,
            polled,
            connection: self.connection,
        }
    }
}

/// What an answer says, or what its absence is.
fn read(
    push: &PollPush,
    head: Result<Head, Option<Transport>>,
    answer: &Answer,
) -> (Reply, Option<Polled>) {
    let head = match head {
        Ok(head) => head,
        Err(None) => return (Reply::NoAnswer, None),
        Err(Some(fault)) => return (Reply::Transport(fault), None),
    };
    let polled = push.read(head.status, answer.body());
    let reply = match &polled {
        Polled::Malformed(fault) => Reply::Malformed(fault.clone()),
        Polled::Refused { .. } | Polled::Notice(_) => {
            match push.refused(head.status, answer.body()) {
                None => Reply::Success(Taken::default()),
                Some(code) => Reply::Refused {
                    status: head.status,
                    code,
                    retry_after: head.retry_after,
                },
            }
        }
        Polled::Again(_) => Reply::Success(Taken::default()),
    };
    (reply, Some(polled))
}

/// The exchange itself, over the connection that is kept or a new one. An error without a fault is a limit that passed: for
/// the connection or for the answer. What is left in `kept` afterwards may carry another one; where the exchange is dropped
/// half-way, it may only be closed.
async fn exchange(
    kept: &mut Option<Connection>,
    dial: Dial<'_>,
    (to_open, to_answer): (Micros, Micros),
    (request, answer, phases): (&[u8], &mut Answer, &mut Phases),
) -> Result<Head, Option<Transport>> {
    let fresh = match usable(kept.take()) {
        Some(kept) => kept,
        None => {
            let opened = tokio::time::timeout(to_open.as_duration(), dial.open(phases)).await;
            opened.map_err(|_elapsed| None)?.map_err(Some)?
        }
    };
    let connection = kept.insert(fresh);
    phases.begin(Phase::FirstByte);
    let exchange = connection.exchange(request, answer);
    let head = tokio::time::timeout(to_answer.as_duration(), exchange).await;
    let head = match head {
        Ok(Ok(head)) => head,
        Ok(Err(fault)) => {
            *kept = None;
            return Err(Some(fault));
        }
        Err(_elapsed) => {
            *kept = None;
            return Err(None);
        }
    };
    phases.note(Phase::FirstByte, head.waited);
    phases.note(Phase::Body, dial.clock.now().since(head.first_byte));
    if !head.keep_alive {
        *kept = None;
    }
    Ok(head)
}
