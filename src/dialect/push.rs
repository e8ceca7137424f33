//! How the target tells a device what happened to it: the push channel's requests and the meaning of what comes.

use super::lookup::{Fields, Lookup, Slot};
use super::request::{Expected, is_success};
use super::template::{Field, Frame, Template};
use super::{Notice, Polled, Values};
use crate::session::{AnswerFault, Code};
use crate::units::Micros;

/// How the target tells a device what happened to it.
#[derive(Debug)]
pub enum Push {
    /// Events as WebSocket text messages.
    WebSocket(WebSocketPush),
    /// One pending request after the other, with a cursor.
    LongPoll(LongPollPush),
}

/// A WebSocket push channel.
#[derive(Debug)]
pub struct WebSocketPush {
    pub(super) template: Template,
    pub(super) events: Events,
    pub(super) refusal: Refusal,
}

/// A long-poll push channel.
#[derive(Debug)]
pub struct LongPollPush {
    pub(super) template: Template,
    /// The request while there is no cursor yet, where it is another.
    pub(super) first: Option<Template>,
    pub(super) first_cursor: Box<str>,
    pub(super) limit: Micros,
    pub(super) answers: Vec<AnswerRule>,
    pub(super) refusal: Refusal,
    pub(super) cursor: Slot,
    /// Its lookup finds the cursor too.
    pub(super) events: Events,
}

/// Rules that give events their meaning.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) lookup: Lookup,
    pub(super) rules: Vec<(Slot, Expected, Notice)>,
}

/// Where a refusal has its error code.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    pub(super) lookup: Lookup,
    pub(super) code: Option<Slot>,
}

/// A refusal of a poll that means something for the session.
#[derive(Debug)]
pub(super) struct AnswerRule {
    pub(super) status: u16,
    /// None: whatever the code.
    pub(super) code: Option<Code>,
    pub(super) means: Notice,
}

impl Events {
    fn meaning(&self, fields: &Fields<'_>) -> Notice {
        let rule = self
            .rules
            .iter()
            .find(|(slot, expected, _)| expected.is(fields.at(*slot)));
        rule.map_or(Notice::Other, |(.., means)| *means)
    }
}

impl Refusal {
    fn code(&self, body: &[u8]) -> Option<Code> {
        self.lookup.read(body).ok()?.at(self.code?).code()
    }
}

impl Push {
    /// Whether an event or an answer can mean `notice`.
    #[must_use]
    pub fn can_mean(&self, notice: Notice) -> bool {
        let by_event = |events: &Events| events.rules.iter().any(|(.., means)| *means == notice);
        match self {
            Self::WebSocket(push) => by_event(&push.events),
            Self::LongPoll(push) => {
                by_event(&push.events) || push.answers.iter().any(|rule| rule.means == notice)
            }
        }
    }

    /// Whether its requests have this placeholder.
    pub(super) fn uses(&self, field: Field) -> bool {
        match self {
            Self::WebSocket(push) => push.template.has(field),
            Self::LongPoll(push) => {
                push.template.has(field)
                    || push.first.as_ref().is_some_and(|first| first.has(field))
            }
        }
    }
}

impl WebSocketPush {
    /// Appends the upgrade request for the WebSocket key `key` to `out`, like [`Request::render`].
    ///
    /// [`Request::render`]: super::Request::render
    #[expect(
        clippy::too_many_arguments,
        reason = "what a request of any kind is rendered from, and the key"
    )]
    pub fn render(
        &self,
        values: &Values<'_>,
        host: &str,
        extra: &str,
        key: &str,
        out: &mut Vec<u8>,
    ) {
        self.template
            .render(values, Frame { host, extra, key }, out);
    }

    /// What a text message means.
    #[must_use]
    pub fn read(&self, text: &str) -> Notice {
        let fields = self.events.lookup.read(text.as_bytes());
        fields.map_or(Notice::Other, |fields| self.events.meaning(&fields))
    }

    /// The error code of a refused upgrade, where the answer carries one.
    #[must_use]
    pub fn refusal(&self, body: &[u8]) -> Option<Code> {
        self.refusal.code(body)
    }
}

impl LongPollPush {
    /// Appends the poll's request to `out`, like [`Request::render`]. While `{cursor}` is empty it is the first poll,
    /// which the dialect may give a path or a cursor of its own.
    ///
    /// [`Request::render`]: super::Request::render
    pub fn render(&self, values: &Values<'_>, host: &str, extra: &str, out: &mut Vec<u8>) {
        let frame = Frame {
            host,
            extra,
            key: "",
        };
        if !values.cursor.is_empty() {
            return self.template.render(values, frame, out);
        }
        let values = Values {
            cursor: &self.first_cursor,
            ..*values
        };
        self.first
            .as_ref()
            .unwrap_or(&self.template)
            .render(&values, frame, out);
    }

    /// How long the target may hold a poll, answer included.
    #[must_use]
    pub const fn limit(&self) -> Micros {
        self.limit
    }

    /// What a finished poll means.
    #[must_use]
    pub fn read(&self, status: u16, body: &[u8]) -> Polled {
        if is_success(&[], status) {
            return self.read_events(body);
        }
        let code = self.refusal.code(body);
        let says_this = |rule: &&AnswerRule| {
            rule.status == status
                && rule
                    .code
                    .as_ref()
                    .is_none_or(|wanted| Some(wanted) == code.as_ref())
        };
        match self.answers.iter().find(says_this) {
            Some(AnswerRule {
                means: Notice::Other,
                ..
            }) => Polled::Again(None),
            Some(rule) => Polled::Notice(rule.means),
            None => Polled::Refused { status, code },
        }
    }

    fn read_events(&self, body: &[u8]) -> Polled {
        let Ok(fields) = self.events.lookup.read(body) else {
            return Polled::Malformed(AnswerFault::NotJson);
        };
        match self.events.meaning(&fields) {
            notice @ (Notice::Kicked | Notice::Expired) => Polled::Notice(notice),
            // Events of no meaning do not stop the polling.
            Notice::Other => match fields.at(self.cursor).text() {
                Some(cursor) => Polled::Again(Some(cursor.into())),
                None => Polled::Malformed(AnswerFault::MissingField),
            },
        }
    }
}
