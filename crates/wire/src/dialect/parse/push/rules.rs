//! What events, ends and answers of a channel mean.

use super::super::compile::check_plain;
use super::super::{answer, codes};
use super::{NOTICES, keys};
use crate::dialect::Notice;
use crate::dialect::lookup::{Lookup, Slot};
use crate::dialect::push::{AnswerRule, EventRule, Events, Quiet};
use crate::dialect::request::Expected;
use crate::session::{ChannelEnd, Code};
use trtc_base::config::{FaultKind, Table, Value};

/// `{ pointer = "/event", equals = "kicked_offline", means = "kicked" }`, each, of what `notices` names; an event that has a name can be known by
/// that: `{ event = "kicked_offline", means = "kicked" }`.
pub(super) fn read_events(
    table: &Table<'_>,
    mut events: Events,
    notices: &'static [(&'static str, Notice)],
) -> Events {
    for rule in table
        .find(&keys::EVENTS)
        .and_then(Value::list)
        .unwrap_or_default()
    {
        if let Some(rule) = read_event(&rule, &mut events.lookup, notices) {
            events.rules.push(rule);
        }
    }
    events
}

/// Only server-sent events have names beside their data.
pub(super) fn check_unnamed(table: &Table<'_>, events: &Events) {
    if events.rules.iter().any(|rule| rule.name.is_some()) {
        table.fault(
            FaultKind::EventNamed,
            "an event of this channel has no name beside its data",
            "write `pointer` and `equals` instead of `event`",
        );
    }
}

fn read_event(
    rule: &Value<'_>,
    lookup: &mut Lookup,
    notices: &'static [(&'static str, Notice)],
) -> Option<EventRule> {
    let rule = rule.open(&keys::NAMED_EVENT)?;
    let name = rule.find(&keys::NAME).map_or(Some(None), |name| {
        let text = name.text().inspect(|text| check_plain(name, text));
        text.map(|text| Some(text.into()))
    });
    let field = if rule.find(&keys::NAME).is_some() && rule.find(&keys::AT).is_none() {
        Some(None)
    } else {
        read_field(&rule, lookup).map(Some)
    };
    let means = read_meaning(&rule, notices);
    Some(EventRule {
        name: name?,
        field: field?,
        means: means?,
    })
}

fn read_field(rule: &Table<'_>, lookup: &mut Lookup) -> Option<(Slot, Expected)> {
    let slot = rule
        .need(&keys::AT, "\"/event\"")
        .and_then(|pointer| answer::slot(pointer, lookup));
    let expected = rule
        .need(&keys::EQUALS, "\"kicked\"")
        .and_then(answer::expected);
    Some((slot?, expected?))
}

/// `{ code = 4001, means = "kicked" }`, each.
pub(super) fn read_closes(
    table: &Table<'_>,
    end: fn(&Value<'_>) -> Option<ChannelEnd>,
) -> Vec<(ChannelEnd, Notice)> {
    let closes = table.find(&keys::CLOSES).and_then(Value::list);
    let read = |rule: &Value<'_>| {
        let table = rule.open(&keys::CLOSE)?;
        let code = table.must(&keys::CODE).and_then(end);
        let means = read_meaning(&table, NOTICES);
        Some((code?, means?))
    };
    closes.unwrap_or_default().iter().filter_map(read).collect()
}

/// A close code, or an end without a close frame.
pub(super) fn close(code: &Value<'_>) -> Option<ChannelEnd> {
    if matches!(code.as_text(), Some("fin" | "rst")) {
        return bare_end(code);
    }
    close_code(code).map(|code| ChannelEnd::Close(Some(code)))
}

/// `"fin"` or `"rst"`: all that a channel without close frames can end with.
pub(super) fn bare_end(code: &Value<'_>) -> Option<ChannelEnd> {
    code.one_of(&[("fin", ChannelEnd::Fin), ("rst", ChannelEnd::Rst)])
}

/// A close code as a file writes it: a number, or the same as text.
fn close_code(code: &Value<'_>) -> Option<u16> {
    let Some(text) = code.as_text() else {
        return code.whole(1_000..=4_999_u16);
    };
    let number = match Code::from(text) {
        Code::Number(number) => u16::try_from(number).ok(),
        Code::Name(_) | Code::Said(_) => None,
    };
    let number = number.filter(|number| (1_000..=4_999).contains(number));
    if number.is_none() {
        code.fault(
            FaultKind::NoCode,
            format!("`{}` is no close code", code.path()),
            "write a number from 1000 to 4999, \"fin\" or \"rst\"",
        );
    }
    number
}

pub(super) fn read_answers(table: &Table<'_>) -> Vec<AnswerRule> {
    let answers = table.find(&keys::REFUSALS).and_then(Value::list);
    let answers = answers.unwrap_or_default();
    answers.iter().filter_map(read_answer).collect()
}

/// `{ status = 401, code = "M_UNKNOWN_TOKEN", means = "kicked" }`
fn read_answer(rule: &Value<'_>) -> Option<AnswerRule> {
    let table = rule.open(&keys::ANSWER)?;
    let status = table.read(&keys::STATUS);
    let code = match table.find(&keys::ANSWER_CODE) {
        Some(code) => Some(codes::code(code)?),
        None => None,
    };
    let means = read_meaning(&table, NOTICES);
    Some(AnswerRule {
        status: status?,
        code,
        means: means?,
    })
}

/// `[204, 304]`: the statuses that say there is nothing new.
pub(super) fn read_quiet(value: &Value<'_>) -> Option<Quiet> {
    let list = value.list()?;
    let statuses: Vec<_> = list
        .iter()
        .filter_map(|status| status.whole(200..=599))
        .collect();
    (statuses.len() == list.len()).then_some(Quiet::Statuses(statuses))
}

fn read_meaning(rule: &Table<'_>, notices: &'static [(&'static str, Notice)]) -> Option<Notice> {
    rule.must(&keys::CLOSE_MEANS)
        .and_then(|means| means.one_of(notices))
}
