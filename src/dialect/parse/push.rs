//! The push channel's table.

use super::super::Notice;
use super::super::document::{Table, Value};
use super::super::push::{AnswerRule, Events, LongPollPush, Push, Refusal, WebSocketPush};
use super::super::template::Template;
use super::headers::header_lines;
use super::request::{Allowed, check_path, template};
use super::{answer, codes};
use crate::units::Micros;

const WEB_SOCKET_KEYS: &[&str] = &["kind", "path", "headers", "error_code", "events"];

const LONG_POLL_KEYS: &[&str] = &[
    "kind",
    "method",
    "path",
    "first_path",
    "headers",
    "body",
    "limit",
    "cursor",
    "first_cursor",
    "error_code",
    "answers",
    "events",
];

const NOTICES: &[(&str, Notice)] = &[
    ("kicked", Notice::Kicked),
    ("expired", Notice::Expired),
    ("other", Notice::Other),
];

/// The longest that a target may hold a poll: ten minutes.
const LONGEST_HOLD: Micros = Micros::from_secs(600);

#[derive(Clone, Copy)]
enum Kind {
    WebSocket,
    LongPoll,
}

pub(super) fn read(value: &Value<'_>, allowed: Allowed) -> Option<Push> {
    let kind = value.free_table()?;
    let kind = kind.need("kind", "kind = \"websocket\"")?;
    match kind.one_of(&[
        ("websocket", Kind::WebSocket),
        ("long_poll", Kind::LongPoll),
    ])? {
        Kind::WebSocket => read_web_socket(value, allowed).map(Push::WebSocket),
        Kind::LongPoll => read_long_poll(value, allowed.with_cursor()).map(Push::LongPoll),
    }
}

fn read_web_socket(value: &Value<'_>, allowed: Allowed) -> Option<WebSocketPush> {
    let table = value.table(WEB_SOCKET_KEYS)?;
    let path = table
        .need("path", "path = \"/v1/events\"")
        .and_then(|path| check_path(path, allowed));
    let headers = header_lines(&table, allowed);
    let refusal = read_refusal(&table);
    let events = read_events(&table, Events::default());
    if events.rules.is_empty() {
        table.fault(
            "no event means anything",
            "add `events = [{ pointer = \"/event\", equals = \"kicked\", means = \"kicked\" }]`",
        );
    }
    let mut template = Template::default();
    template.literal("GET ");
    path?.put(&mut template);
    template.literal(" HTTP/1.1");
    template.host_and_extra();
    headers?.put(&mut template);
    template.literal("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
    template.key();
    template.literal("\r\n\r\n");
    Some(WebSocketPush {
        template,
        events,
        refusal,
    })
}

fn read_long_poll(value: &Value<'_>, allowed: Allowed) -> Option<LongPollPush> {
    let table = value.table(LONG_POLL_KEYS)?;
    let path = table
        .need("path", "path = \"/events?since={cursor}\"")
        .and_then(|path| check_path(path, allowed));
    let poll = template(&table, path, allowed);
    let first = table.get("first_path").map(|path| {
        let path = check_path(path, allowed);
        template(&table, path, allowed)
    });
    let first_cursor = table.get("first_cursor").map_or(Some(""), Value::any_text);
    let limit = table.need("limit", "limit = \"30s\"");
    let limit = limit.and_then(|limit| limit.span(Micros::from_millis(1)..=LONGEST_HOLD));
    let answers = table
        .get("answers")
        .and_then(Value::list)
        .unwrap_or_default();
    let answers: Vec<_> = answers.iter().filter_map(read_answer).collect();
    let mut events = Events::default();
    let cursor = table.need("cursor", "cursor = \"/next\"");
    let cursor = cursor.and_then(|cursor| answer::slot(cursor, &mut events.lookup));
    let events = read_events(&table, events);
    if events.rules.is_empty() && answers.is_empty() {
        table.fault(
            "no event or answer means anything",
            "add `answers = [{ status = 401, means = \"kicked\" }]`",
        );
    }
    Some(LongPollPush {
        template: poll?,
        first: match first {
            Some(first) => Some(first?),
            None => None,
        },
        first_cursor: first_cursor?.into(),
        limit: limit?,
        answers,
        refusal: read_refusal(&table),
        cursor: cursor?,
        events,
    })
}

fn read_refusal(table: &Table<'_>) -> Refusal {
    let mut refusal = Refusal::default();
    if let Some(value) = table.get("error_code") {
        refusal.code = answer::slot(value, &mut refusal.lookup);
    }
    refusal
}

/// `{ pointer = "/event", equals = "kicked_offline", means = "kicked" }`, each.
fn read_events(table: &Table<'_>, mut events: Events) -> Events {
    for rule in table
        .get("events")
        .and_then(Value::list)
        .unwrap_or_default()
    {
        let Some(rule) = rule.table(&["pointer", "equals", "means"]) else {
            continue;
        };
        let slot = rule.need("pointer", "pointer = \"/event\"").cloned();
        let slot = slot.and_then(|pointer| answer::slot(&pointer, &mut events.lookup));
        let expected = rule
            .need("equals", "equals = \"kicked\"")
            .and_then(answer::expected);
        if let (Some(slot), Some(expected), Some(means)) = (slot, expected, read_meaning(&rule)) {
            events.rules.push((slot, expected, means));
        }
    }
    events
}

/// `{ status = 401, code = "M_UNKNOWN_TOKEN", means = "kicked" }`
fn read_answer(rule: &Value<'_>) -> Option<AnswerRule> {
    let table = rule.table(&["status", "code", "means"])?;
    let status = table
        .need("status", "status = 401")
        .and_then(|status| status.whole(300..=599));
    let code = match table.get("code") {
        Some(code) => Some(codes::code(code)?),
        None => None,
    };
    let means = read_meaning(&table);
    Some(AnswerRule {
        status: status?,
        code,
        means: means?,
    })
}

fn read_meaning(rule: &Table<'_>) -> Option<Notice> {
    rule.need("means", "means = \"kicked\"")
        .and_then(|means| means.one_of(NOTICES))
}
