//! A device's push channel: how it hears that its session ended.

mod events;
mod pending;
mod poll;
#[cfg(test)]
mod tests;
mod websocket;
mod who;

use std::sync::Arc;

use super::departing::Departing;
use super::http_client::{Bounds, ClientSettings, HttpClient, Sent};
use super::iteration::Asked;
use super::pacer::{Alarm, Woken};
use super::redact::redacted;
use super::reply::Reply;
use super::stop::StopStep;
use crate::client::{Answer, Connection, EventChannel, Parting, UpgradeRefused};
use crate::profile::Http;
use crate::session::{ChannelEnd, Code, Operation, Phase, Phases};
pub(super) use pending::{Answered, Pending};
use poll::Poll;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Notice, Push, Taken, Values};
use websocket::WebSocket;

/// A device's push channel.
#[derive(Debug, Default)]
pub(super) enum Channel {
    /// Not opened.
    #[default]
    None,
    /// A WebSocket.
    WebSocket(Box<WebSocket>),
    /// A stream of events.
    Events(Box<EventChannel>),
    /// One request after the other.
    Poll(Box<Poll>),
    /// Lost; the next one goes on from there.
    Lost(Box<Resume>),
    /// Ended, with its last word.
    Over(ChannelEnd),
}

/// Where a channel goes on after it was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resume {
    /// The last event's ID, or the cursor.
    from: Box<str>,
    /// How long the target asks to wait.
    retry: Option<Micros>,
    /// How the target ended it, until that is booked; none where it did not.
    ended: Option<ChannelEnd>,
}

/// What a channel said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// A rival ended the session.
    Kicked,
    /// The UserSig expired.
    Expired,
    /// The channel ended without a word.
    Lost,
}

/// Something that came over a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It concerns the session.
    Session(Received),
    /// What everybody is told.
    Broadcast,
}

impl Word {
    /// What a notice tells; nothing where nobody needs to know.
    const fn of(notice: Notice) -> Option<Self> {
        match notice {
            Notice::Kicked => Some(Self::Session(Received::Kicked)),
            Notice::Expired => Some(Self::Session(Received::Expired)),
            Notice::Broadcast => Some(Self::Broadcast),
            Notice::Other => None,
        }
    }
}

/// What came over a channel, and how it ended where that was the end.
type Came = (Word, Option<ChannelEnd>);

/// What the end of a channel tells.
fn ended(push: &Push, end: ChannelEnd) -> Came {
    let word = push.ended(end).and_then(Word::of);
    (word.unwrap_or(Word::Session(Received::Lost)), Some(end))
}

/// Books the polls of a channel.
pub(super) type Booking<'b> = &'b (dyn Fn(Asked, &Sent) + Sync);

/// What opens a channel, and what it asks with.
struct Opening<'o> {
    settings: &'o ClientSettings,
    http: &'o mut HttpClient,
    values: &'o Values<'o>,
    run: Bounds<'o>,
    phases: &'o mut Phases,
    answer: &'o mut Answer,
}

impl Opening<'_> {
    /// The connection that becomes the channel: the line's own where it can, or a new one.
    async fn connection(&mut self) -> Result<Connection, Reply> {
        // What speaks HTTP/2 can become no channel: the line keeps it.
        let kept = match self.settings.endpoint.http() {
            Http::One => usable(self.http.give()),
            Http::Two => None,
        };
        let connection = match kept {
            Some(connection) => connection,
            None => {
                let dial =
                    self.settings
                        .dial(self.http.slot(), self.http.tls_sessions(), self.run.clock);
                let opened = dial.open_for_push(self.phases).await;
                opened.map_err(Reply::Transport)?
            }
        };
        self.phases.begin(Phase::FirstByte);
        Ok(connection)
    }
}

impl Channel {
    /// Opens the dialect's push channel after `lost`, over `line`'s connection where it has one. Gives what was sent for
    /// it: nothing for polls, whose first request is the channel, and where the dialect has none.
    pub(super) async fn open(
        lost: Self,
        settings: &ClientSettings,
        http: &mut HttpClient,
        values: &Values<'_>,
        run: Bounds<'_>,
    ) -> (Self, Option<Sent>) {
        let resume = lost.resume();
        let push = match settings.dialect.push() {
            None => return (Self::None, None),
            Some(Push::Poll(push)) => {
                let poll = Poll::new(http, &push.used_of(values), resume.from);
                return (Self::Poll(Box::new(poll)), None);
            }
            Some(push) => push,
        };
        let sent = run.clock.now();
        let mut phases = Phases::default();
        let mut departing = Departing::new(run.recorder, Operation::Push);
        let opening = Opening {
            settings,
            http,
            values,
            run,
            phases: &mut phases,
            answer: &mut departing.answer,
        };
        let (limit, mut alarm) = (sent.plus(settings.timeout), Alarm::default());
        let (channel, reply) = tokio::select! {
            biased;
            opened = open_stream(push, opening, &resume) => match opened {
                Ok(channel) => (channel, Reply::Success(Taken::default())),
                Err(reply) => (Self::Lost(Box::new(resume)), reply),
            },
            woken = run.pacer.until(limit, StopStep::Halt, &mut alarm) => match woken {
                Woken::Due => (Self::Lost(Box::new(resume)), Reply::NoAnswer),
                Woken::Stopped => (Self::None, Reply::Halted),
            },
        };
        let done = run.clock.now();
        let sent = Sent {
            sent,
            done,
            phases,
            departed: departing.answer.departed(),
            reply: redacted(reply, values),
        };
        (channel, Some(sent))
    }

    /// Ends it as a lost network does. Where there was none, none is lost. Gives the poll that was under way.
    pub(super) fn cut(&mut self, parting: Parting) -> Option<Pending> {
        if matches!(self, Self::None) {
            return None;
        }
        let lost = Self::Lost(Box::new(self.resume()));
        match std::mem::replace(self, lost) {
            Self::None | Self::Lost(_) | Self::Over(_) => {}
            Self::WebSocket(channel) => channel.cut(parting),
            Self::Events(channel) => channel.cut(parting),
            Self::Poll(poll) => return poll.cut(parting),
        }
        None
    }

    /// Waits for the end of the poll under way, where there is one.
    ///
    /// Cancel safe.
    pub(super) async fn finish_poll(&mut self, booking: Booking<'_>) {
        match self {
            Self::Poll(poll) => poll.finish(booking).await,
            Self::None | Self::Lost(_) | Self::Over(_) | Self::WebSocket(_) | Self::Events(_) => {}
        }
    }

    /// Closes it, as a device does that has no more use for it. Gives the poll that is under way.
    pub(super) fn let_go(&mut self) -> Option<Pending> {
        match std::mem::take(self) {
            Self::None | Self::Lost(_) | Self::Over(_) | Self::WebSocket(_) | Self::Events(_) => {
                None
            }
            Self::Poll(poll) => poll.let_go(),
        }
    }

    /// Whether it is open.
    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::None | Self::Lost(_) | Self::Over(_) => false,
            Self::WebSocket(_) | Self::Events(_) | Self::Poll(_) => true,
        }
    }

    /// Whether the end of its session would be told over it by itself, and not only to whoever asks.
    pub(super) const fn is_told_of_an_end(&self) -> bool {
        match self {
            Self::None | Self::Lost(_) | Self::Over(_) | Self::Poll(_) => false,
            Self::WebSocket(_) | Self::Events(_) => true,
        }
    }

    /// Whether it was lost, or could not be opened.
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_))
    }

    /// How long the target asks to wait before it is opened again.
    pub(super) fn retry(&self) -> Option<Micros> {
        match self {
            Self::Lost(resume) => resume.retry,
            Self::Events(channel) => events::retry(channel),
            Self::Poll(poll) => poll.retry(),
            Self::None | Self::Over(_) | Self::WebSocket(_) => None,
        }
    }

    /// How the target ended it. Told once.
    pub(super) fn take_end(&mut self) -> Option<ChannelEnd> {
        match self {
            Self::None | Self::WebSocket(_) | Self::Events(_) | Self::Poll(_) => None,
            Self::Lost(resume) => resume.ended.take(),
            Self::Over(end) => {
                let end = *end;
                *self = Self::None;
                Some(end)
            }
        }
    }

    fn resume(&self) -> Resume {
        match self {
            Self::None | Self::Over(_) | Self::WebSocket(_) => Resume::default(),
            Self::Events(channel) => Resume {
                from: channel.last_event_id().into(),
                retry: events::retry(channel),
                ended: None,
            },
            Self::Poll(poll) => Resume {
                from: poll.cursor().into(),
                retry: poll.retry(),
                ended: None,
            },
            Self::Lost(resume) => Resume::clone(resume),
        }
    }

    /// Waits for word. A device without a channel hears nothing, for ever, and one that lost it
    /// hears of that. What was lost is closed; a channel that said something stays open, as long as the target leaves it
    /// open.
    ///
    /// Cancel safe: a poll under way goes on.
    pub(super) async fn hear(
        &mut self,
        settings: &Arc<ClientSettings>,
        run: Bounds<'_>,
        booking: Booking<'_>,
    ) -> Word {
        let push = settings.dialect.push();
        let (word, end) = match (&mut *self, push) {
            (Self::WebSocket(channel), Some(whole @ Push::WebSocket(push))) => {
                let came = channel.hear(push).await;
                came.map_or_else(|end| ended(whole, end), |word| (word, None))
            }
            (Self::Events(channel), Some(whole @ Push::Events(push))) => {
                let came = events::hear(channel, push).await;
                came.map_or_else(|end| ended(whole, end), |word| (word, None))
            }
            (Self::Poll(poll), Some(Push::Poll(push))) => {
                // A device on an open channel must not hold the room that a request takes.
                let heard = Box::pin(poll.hear(push, settings, run, booking)).await;
                (Word::Session(heard), None)
            }
            (Self::Lost(_), _) => return Word::Session(Received::Lost),
            (
                Self::None | Self::Over(_) | Self::WebSocket(_) | Self::Events(_) | Self::Poll(_),
                _,
            ) => std::future::pending().await,
        };
        let Word::Session(heard) = word else {
            return word;
        };
        match (heard, end) {
            (Received::Lost, ended) => {
                let resume = Resume {
                    ended,
                    ..self.resume()
                };
                *self = Self::Lost(Box::new(resume));
            }
            (Received::Kicked | Received::Expired, Some(end)) => *self = Self::Over(end),
            // A session that is over is not asked about again.
            (Received::Kicked | Received::Expired, None) if matches!(self, Self::Poll(_)) => {
                *self = Self::None;
            }
            (Received::Kicked | Received::Expired, None) => {}
        }
        word
    }
}

async fn open_stream(push: &Push, opening: Opening<'_>, resume: &Resume) -> Result<Channel, Reply> {
    match push {
        Push::WebSocket(push) => websocket::open(push, opening).await,
        Push::Events(push) => events::open(push, opening, &resume.from).await,
        // Opened by its first request.
        Push::Poll(_) => Ok(Channel::None),
    }
}

/// What became of a channel that the target did not open. `code` finds the code in an answer's body.
fn refusal(
    refused: UpgradeRefused,
    answer: &Answer,
    code: impl FnOnce(&[u8]) -> Option<Code>,
) -> Reply {
    match refused {
        UpgradeRefused::Answered(head) => Reply::Refused {
            status: head.status,
            code: code(answer.body()),
            retry_after: head.retry_after,
        },
        UpgradeRefused::Transport(fault) => Reply::Transport(fault),
    }
}

/// A kept connection, where it may still be used.
fn usable(kept: Option<Connection>) -> Option<Connection> {
    kept.and_then(|mut connection| connection.is_usable().then_some(connection))
}
