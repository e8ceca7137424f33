//! How the target tells a device what happened to it: the push channel's requests and the meaning of what comes.

use super::lookup::{Fields, Lookup, Slot};
use super::request::{Expected, is_success};
use super::template::{Field, Frame, Template};
use super::{Notice, Polled, Values};
use crate::session::{AnswerFault, ChannelEnd, Code, Operation};
use trtc_base::units::Micros;

/// How the target tells a device what happened to it.
#[derive(Debug)]
pub enum Push {
    /// Events as WebSocket text messages.
    WebSocket(WebSocketPush),
    /// Events of an answer that does not end.
    Events(EventsPush),
    /// One pending request after the other, with a cursor; or one every so often.
    Poll(PollPush),
}

/// A WebSocket push channel.
#[derive(Debug)]
pub struct WebSocketPush {
    pub(super) template: Template,
    pub(super) events: Events,
    /// Ends that the dialect names, with what they mean for the session.
    pub(super) closes: Vec<(ChannelEnd, Notice)>,
    /// How often the device sends a ping of its own.
    pub(super) ping: Option<Micros>,
    pub(super) refusal: Refusal,
}

/// A push channel of server-sent events.
#[derive(Debug)]
pub struct EventsPush {
    pub(super) template: Template,
    pub(super) events: Events,
    /// Ends that the dialect names, with what they mean for the session.
    pub(super) closes: Vec<(ChannelEnd, Notice)>,
    /// How long the target may say nothing at all.
    pub(super) silence: Option<Micros>,
    pub(super) refusal: Refusal,
}

/// A push channel of requests.
#[derive(Debug)]
pub struct PollPush {
    pub(super) template: Template,
    /// The request while there is no cursor yet, where it is another.
    pub(super) first: Option<Template>,
    pub(super) first_cursor: Box<str>,
    /// How long an answer may take; none: as long as any step's.
    pub(super) limit: Option<Micros>,
    /// How often it asks; none: again once there is an answer.
    pub(super) every: Option<Micros>,
    pub(super) answers: Vec<AnswerRule>,
    pub(super) quiet: Quiet,
    pub(super) refusal: Refusal,
    /// Where the next request's cursor stands; none: there is none.
    pub(super) cursor: Option<Slot>,
    /// Its lookup finds the cursor too.
    pub(super) events: Events,
}

/// Which answers of a poll say that there is nothing new, beside those that say it in their JSON.
#[derive(Debug)]
pub(super) enum Quiet {
    /// A 2xx without a body.
    Empty,
    /// These statuses; of a 2xx only without a body.
    Statuses(Vec<u16>),
}

impl Quiet {
    fn covers(&self, status: u16, body: &[u8]) -> bool {
        let is_empty = body.iter().all(u8::is_ascii_whitespace);
        let is_good = is_success(&[], status);
        match self {
            Self::Empty => is_good && is_empty,
            Self::Statuses(statuses) => statuses.contains(&status) && (is_empty || !is_good),
        }
    }
}

/// Rules that give events their meaning.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) lookup: Lookup,
    pub(super) rules: Vec<EventRule>,
}

/// What an event must say to mean something: its name, a field, or both.
#[derive(Debug)]
pub(super) struct EventRule {
    pub(super) name: Option<Box<str>>,
    pub(super) field: Option<(Slot, Expected)>,
    pub(super) means: Notice,
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
    /// What an event called `name` means, whose data has `fields` where it is JSON.
    fn meaning(&self, name: &str, fields: Option<&Fields<'_>>) -> Notice {
        let says_this = |rule: &&EventRule| {
            let is_named = rule.name.as_deref().is_none_or(|wanted| wanted == name);
            let field = rule.field.as_ref();
            is_named
                && field.is_none_or(|(slot, expected)| {
                    fields.is_some_and(|fields| expected.is(fields.at(*slot)))
                })
        };
        let rule = self.rules.iter().find(says_this);
        rule.map_or(Notice::Other, |rule| rule.means)
    }

    fn can_mean(&self, notice: Notice) -> bool {
        self.rules.iter().any(|rule| rule.means == notice)
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
        match self {
            Self::WebSocket(push) => push.events.can_mean(notice) || names(&push.closes, notice),
            Self::Events(push) => push.events.can_mean(notice) || names(&push.closes, notice),
            Self::Poll(push) => {
                push.events.can_mean(notice) || push.answers.iter().any(|rule| rule.means == notice)
            }
        }
    }

    /// What a channel's end means where the dialect names it; none where it does not.
    #[must_use]
    pub fn ended(&self, end: ChannelEnd) -> Option<Notice> {
        let closes = match self {
            Self::WebSocket(push) => &push.closes,
            Self::Events(push) => &push.closes,
            Self::Poll(_) => return None,
        };
        let named = closes.iter().find(|(known, _)| *known == end);
        named.map(|(_, means)| *means)
    }

    /// Whether its requests have this placeholder.
    pub(super) fn uses(&self, field: Field) -> bool {
        match self {
            Self::WebSocket(push) => push.template.has(field),
            Self::Events(push) => push.template.has(field),
            Self::Poll(push) => {
                push.template.has(field)
                    || push.first.as_ref().is_some_and(|first| first.has(field))
            }
        }
    }
}

fn names(closes: &[(ChannelEnd, Notice)], notice: Notice) -> bool {
    closes.iter().any(|(_, means)| *means == notice)
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
        let fields = self.events.lookup.read(text.as_bytes()).ok();
        self.events.meaning("", fields.as_ref())
    }

    /// How often the device sends a ping. A target that lets one pass in silence is gone.
    #[must_use]
    pub const fn ping(&self) -> Option<Micros> {
        self.ping
    }

    /// The error code of a refused upgrade, where the answer carries one.
    #[must_use]
    pub fn refusal(&self, body: &[u8]) -> Option<Code> {
        self.refusal.code(body)
    }
}

impl EventsPush {
    /// Appends the request to `out`, like [`Request::render`].
    ///
    /// [`Request::render`]: super::Request::render
    pub fn render(&self, values: &Values<'_>, host: &str, extra: &str, out: &mut Vec<u8>) {
        let key = "";
        self.template
            .render(values, Frame { host, extra, key }, out);
    }

    /// What an event called `name` means. Its data need not be JSON.
    #[must_use]
    pub fn read(&self, name: &str, data: &str) -> Notice {
        let fields = self.events.lookup.read(data.as_bytes()).ok();
        self.events.meaning(name, fields.as_ref())
    }

    /// How long the target may say nothing, comments included, before it is gone.
    #[must_use]
    pub const fn silence(&self) -> Option<Micros> {
        self.silence
    }

    /// The error code of a refused request, where the answer carries one.
    #[must_use]
    pub fn refusal(&self, body: &[u8]) -> Option<Code> {
        self.refusal.code(body)
    }
}

impl PollPush {
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

    /// Those of `values` that its requests have, for who holds them while it polls; the others are empty.
    #[must_use]
    pub fn used_of<'v>(&self, values: &Values<'v>) -> Values<'v> {
        let uses = |field| {
            let first = self.first.as_ref();
            self.template.has(field) || first.is_some_and(|first| first.has(field))
        };
        let used = |text: &'v str, fields: &[Field]| {
            let is_used = fields.iter().any(|field| uses(*field));
            if is_used { text } else { "" }
        };
        Values {
            sdk_app_id: values.sdk_app_id,
            user_id: used(values.user_id, &[Field::UserId, Field::UserIdLower]),
            user_sig: used(values.user_sig, &[Field::UserSig]),
            password: used(values.password, &[Field::Password]),
            platform: used(values.platform, &[Field::Platform]),
            device_id: used(values.device_id, &[Field::DeviceId]),
            token: used(values.token, &[Field::Token]),
            ..Values::default()
        }
    }

    /// How long after a poll the next one is due; none: it follows the answer.
    #[must_use]
    pub const fn every(&self) -> Option<Micros> {
        self.every
    }

    /// What a poll is a step of: `status` where it asks every so often, `long_poll` where the target holds it.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self.every {
            Some(_) => Operation::Status,
            None => Operation::LongPoll,
        }
    }

    /// How long the target may hold a poll, answer included, where a step may take `timeout`.
    #[must_use]
    pub fn limit(&self, timeout: Micros) -> Micros {
        self.limit.unwrap_or(timeout)
    }

    /// What a finished poll means.
    #[must_use]
    pub fn read(&self, status: u16, body: &[u8]) -> Polled {
        let is_quiet = self.quiet.covers(status, body);
        if is_success(&[], status) {
            return if is_quiet {
                Polled::Again(None)
            } else {
                self.read_events(body)
            };
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
            None if is_quiet => Polled::Again(None),
            None => Polled::Refused { status, code },
        }
    }

    /// The code of an answer that is no success, where it has one; none where it is a success.
    #[must_use]
    pub fn refused(&self, status: u16, body: &[u8]) -> Option<Option<Code>> {
        (!is_success(&[], status)).then(|| self.refusal.code(body))
    }

    fn read_events(&self, body: &[u8]) -> Polled {
        let Ok(fields) = self.events.lookup.read(body) else {
            return Polled::Malformed(AnswerFault::NotJson);
        };
        match (self.events.meaning("", Some(&fields)), self.cursor) {
            (notice @ (Notice::Kicked | Notice::Expired), _) => Polled::Notice(notice),
            // Events of no meaning do not stop the polling.
            (Notice::Broadcast | Notice::Other, None) => Polled::Again(None),
            (Notice::Broadcast | Notice::Other, Some(cursor)) => match fields.at(cursor).text() {
                Some(cursor) => Polled::Again(Some(cursor.into())),
                None => {
                    let place = self.events.lookup.pointer(cursor);
                    Polled::Malformed(AnswerFault::Lacks(place.into()))
                }
            },
        }
    }
}
