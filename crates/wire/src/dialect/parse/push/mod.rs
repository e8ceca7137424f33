//! The push channel's table.

mod keys;
mod rules;

pub(super) use keys::FORM;

use super::allowed::{Allowed, Moment};
use super::answer;
use super::compile::{Pieces, check_plain};
use super::headers::headers;
use super::request::{check_path, template};
use crate::dialect::Notice;
use crate::dialect::push::{Events, EventsPush, PollPush, Push, Quiet, Refusal, WebSocketPush};
use crate::dialect::template::{Field, Template};
use rules::{bare_end, check_unnamed, close, read_answers, read_closes, read_events, read_quiet};
use trtc_base::config::{FaultKind, Named, Table, Value};
use trtc_base::units::Micros;

/// What the end of a channel, or an answer to a poll, can mean.
const NOTICES: &[(&str, Notice)] = &[
    ("kicked", Notice::Kicked),
    ("expired", Notice::Expired),
    ("other", Notice::Other),
];

fn meanings() -> Vec<&'static str> {
    NOTICES.iter().map(|(name, _)| *name).collect()
}

impl Named for Notice {
    /// What an event of a channel that stays open can mean.
    const NAMED: &'static [(&'static str, Self)] = &[
        ("kicked", Self::Kicked),
        ("expired", Self::Expired),
        ("broadcast", Self::Broadcast),
        ("other", Self::Other),
    ];
}

#[derive(Clone, Copy)]
enum Kind {
    WebSocket,
    Events,
    LongPoll,
    Poll,
}

pub(super) fn read(value: &Value<'_>, allowed: Allowed) -> Option<Push> {
    let kind = value.free_table()?;
    let kind = kind.must(&keys::WEB_SOCKET_KIND)?;
    match kind.one_of(&[
        ("websocket", Kind::WebSocket),
        ("sse", Kind::Events),
        ("long_poll", Kind::LongPoll),
        ("poll", Kind::Poll),
    ])? {
        Kind::WebSocket => read_web_socket(value, allowed).map(Push::WebSocket),
        Kind::Events => read_event_stream(value, allowed).map(Push::Events),
        Kind::LongPoll => read_long_poll(value, allowed.when(Moment::LongPoll)).map(Push::Poll),
        Kind::Poll => read_poll(value, allowed).map(Push::Poll),
    }
}

fn read_web_socket(value: &Value<'_>, allowed: Allowed) -> Option<WebSocketPush> {
    let table = value.open(&keys::WEB_SOCKET)?;
    let template = read_opening(&table, allowed, &[]);
    let refusal = read_refusal(&table);
    let events = read_events(&table, Events::default(), Notice::NAMED);
    check_unnamed(&table, &events);
    let closes = read_closes(&table, close);
    let ping = table.given(&keys::PING);
    check_meaning(&table, events.rules.len() + closes.len(), MESSAGES);
    let mut template = template?;
    template.literal("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
    template.key();
    template.literal("\r\n\r\n");
    Some(WebSocketPush {
        template,
        events,
        closes,
        ping: ping?,
        refusal,
    })
}

fn read_event_stream(value: &Value<'_>, allowed: Allowed) -> Option<EventsPush> {
    let table = value.open(&keys::EVENT_STREAM)?;
    let written = ["accept", "cache-control", "last-event-id"];
    let template = read_opening(&table, allowed, &written);
    let refusal = read_refusal(&table);
    let events = read_events(&table, Events::default(), Notice::NAMED);
    let closes = read_closes(&table, bare_end);
    let silence = table.given(&keys::SILENCE);
    check_meaning(&table, events.rules.len() + closes.len(), NAMED);
    let mut template = template?;
    template.literal("Accept: text/event-stream\r\nCache-Control: no-store\r\n\r\n");
    Some(EventsPush {
        template,
        events,
        closes,
        silence: silence?,
        refusal,
    })
}

fn read_poll(value: &Value<'_>, allowed: Allowed) -> Option<PollPush> {
    let table = value.open(&keys::POLL)?;
    let path = read_path(&table, "\"/status\"", allowed);
    let (every, limit) = (table.read(&keys::EVERY), table.given(&keys::POLL_LIMIT));
    let poll = template(&table, path, allowed);
    let poll = read_polls(&table, poll, limit, Events::default());
    Some(PollPush {
        every: Some(every?),
        ..poll?
    })
}

fn read_long_poll(value: &Value<'_>, allowed: Allowed) -> Option<PollPush> {
    let table = value.open(&keys::LONG_POLL)?;
    let path = read_path(&table, "\"/events?since={cursor}\"", allowed);
    let first = table.find(&keys::FIRST_PATH).map(|path| {
        let path = check_path(path, allowed);
        template(&table, path, allowed)
    });
    let first_cursor = table.find(&keys::FIRST_CURSOR).map_or(Some(""), |cursor| {
        cursor.any_text().inspect(|text| check_plain(cursor, text))
    });
    let limit = table.read(&keys::LIMIT);
    let mut events = Events::default();
    let cursor = match table.find(&keys::CURSOR) {
        Some(cursor) => Some(answer::slot(cursor, &mut events.lookup)),
        None => None,
    };
    let poll = template(&table, path, allowed);
    let poll = read_polls(&table, poll, limit.map(Some), events);
    let first = match first {
        Some(first) => Some(first?),
        None => None,
    };
    let poll = poll?;
    check_cursor(
        &table,
        &poll.template,
        first.as_ref().unwrap_or(&poll.template),
    );
    Some(PollPush {
        first,
        first_cursor: first_cursor?.into(),
        cursor: match cursor {
            Some(cursor) => Some(cursor?),
            None => None,
        },
        ..poll
    })
}

/// Tells when polls use a cursor that nothing gives, or something gives a cursor that they do not use.
fn check_cursor(table: &Table<'_>, later: &Template, first: &Template) {
    let told = |key: &str, what: &str, remedy: &str| {
        let place = table.get(key).map_or(table.at(), Value::at);
        table.fault_at(FaultKind::Cursor, place, what, remedy);
    };
    let (in_later, in_first) = (later.has(Field::Cursor), first.has(Field::Cursor));
    let (given, given_first) = (
        table.find(&keys::CURSOR).is_some(),
        table.find(&keys::FIRST_CURSOR).is_some(),
    );
    if in_later && !given {
        let remedy = "add `cursor = \"/next\"`: where an answer has it";
        told(
            "path",
            "the polls have a `{cursor}`, and no answer gives one",
            remedy,
        );
    }
    if given && !in_later {
        let remedy = "write `{cursor}` in `path`, or remove `cursor`";
        told(
            "cursor",
            "answers give a cursor, and no poll has `{cursor}`",
            remedy,
        );
    }
    if in_first && !given_first {
        let remedy = "add `first_cursor = \"0\"`, or `first_path = \"/events\"` without it; `first_cursor = \"\"` sends an empty one";
        let what = "the first poll has a `{cursor}` before an answer gave one";
        told("path", what, remedy);
    }
    if given_first && !in_first {
        let remedy = "write `{cursor}` in the first poll, or remove `first_cursor`";
        told("first_cursor", "the first poll has no `{cursor}`", remedy);
    }
}

/// Polls of the request `template` without a cursor, the next one at once. What is looked up in their answers joins
/// `events`.
fn read_polls(
    table: &Table<'_>,
    template: Option<Template>,
    limit: Option<Option<Micros>>,
    events: Events,
) -> Option<PollPush> {
    let answers = read_answers(table);
    let quiet = table
        .find(&keys::NOTHING_NEW)
        .map_or(Some(Quiet::Empty), read_quiet);
    let events = read_events(table, events, NOTICES);
    check_unnamed(table, &events);
    check_meaning(table, events.rules.len() + answers.len(), ANSWERS);
    Some(PollPush {
        template: template?,
        first: None,
        first_cursor: Box::default(),
        limit: limit?,
        every: None,
        answers,
        quiet: quiet?,
        refusal: read_refusal(table),
        cursor: None,
        events,
    })
}

fn read_path(table: &Table<'_>, example: &'static str, allowed: Allowed) -> Option<Pieces> {
    let path = table.need(&keys::PATH, example)?;
    check_path(path, allowed)
}

/// The request that opens a channel, up to the headers of its kind.
fn read_opening(table: &Table<'_>, allowed: Allowed, written: &[&str]) -> Option<Template> {
    let path = read_path(table, "\"/v1/events\"", allowed);
    let headers = headers(table.find(&keys::HEADER_LINES), None, allowed, written);
    let mut template = Template::default();
    template.literal("GET ");
    path?.put(&mut template);
    template.literal(" HTTP/1.1");
    template.host_and_extra();
    headers?.put(&mut template);
    Some(template)
}

/// Tells when none of a channel's `rules` rules says what anything means.
fn check_meaning(table: &Table<'_>, rules: usize, (what, remedy): (&str, &str)) {
    if rules == 0 {
        table.fault(FaultKind::PushMeansNothing, what, remedy);
    }
}

const MESSAGES: (&str, &str) = (
    "no event means anything",
    "add `events = [{ pointer = \"/event\", equals = \"kicked\", means = \"kicked\" }]`",
);

const NAMED: (&str, &str) = (
    "no event means anything",
    "add `events = [{ event = \"kicked\", means = \"kicked\" }]`",
);

const ANSWERS: (&str, &str) = (
    "no event or answer means anything",
    "add `answers = [{ status = 401, means = \"kicked\" }]`",
);

fn read_refusal(table: &Table<'_>) -> Refusal {
    let mut refusal = Refusal::default();
    if let Some(value) = table.find(&keys::ERROR_CODE) {
        refusal.code = answer::slot(value, &mut refusal.lookup);
    }
    refusal
}
