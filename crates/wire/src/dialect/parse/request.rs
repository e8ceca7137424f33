//! An operation's request: method, path, headers and body, compiled into a template.

use std::sync::Arc;

use super::super::escape::Spot;
use super::super::item::Item;
use super::super::request::Request;
use super::super::template::{Field, Part, Template, parts};
use super::allowed::Allowed;
use super::answer::{self, ANSWER};
use super::compile::{Pieces, compile, misspelt};
use super::headers::{HEADERS, Headers, headers};
use crate::session::Operation;
use trtc_base::config::{FaultKind, Form, Named, Raw, Table, Value};
use trtc_base::section;

/// How a file writes a path.
pub(super) const PATH_FORM: Form =
    Form::Like("^(/|\\{webhook_path\\}).*$", "a path with its query");

section! {
    /// An operation: its request, and how the answer is judged. Placeholders such as `{user_id}` are filled in where they
    /// stand: docs/dialects.md has which has a value where.
    pub(super) OPERATION with ANSWER {
        /// That it is like the login; only `switch` and `provoke` can be.
        AS: Raw = raw("as", Form::Just("login")).otherwise("a request of its own");
        /// The method.
        METHOD: Method = one_of("method").or("\"GET\"");
        /// The path with its query.
        PATH: Raw = raw("path", PATH_FORM).otherwise("a fault, unless there is `as`");
        /// Header lines. The client writes those of the connection itself.
        HEADER_LINES: Raw = raw("headers", HEADERS).otherwise("none of its own");
        /// The body: JSON, or a form where the Content-Type says so.
        BODY: Raw = raw("body", Form::Text).otherwise("no body");
        /// How many accounts the request may name, where it has `{user_ids}`.
        BATCH: u32 = whole("batch", 1, 10_000).otherwise("it names one");
        /// How `{user_ids}` has each account: JSON, with `{user_id}` in it.
        ITEM: Raw = raw("item", Form::Text).otherwise("a text: its UserID");
    }
}

/// A request's method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Method(&'static str);

impl Named for Method {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("GET", Self("GET")),
        ("POST", Self("POST")),
        ("PUT", Self("PUT")),
        ("PATCH", Self("PATCH")),
        ("DELETE", Self("DELETE")),
    ];
}

/// Reads an operation's whole table.
pub(super) fn read(
    value: &Value<'_>,
    allowed: Allowed,
    operation: Operation,
) -> Option<Arc<Request>> {
    let table = value.open(&OPERATION)?;
    if let (Some(like), Operation::Login) = (table.find(&AS), operation) {
        like.fault(
            FaultKind::LoginAs,
            "the login cannot be like another operation",
            "remove `as`",
        );
    }
    let path = table
        .need(&PATH, "\"/v1/login\"")
        .and_then(|path| check_path(path, allowed));
    let template = template(&table, path, allowed);
    let answer = answer::read(&table, operation)?;
    let batch = table.given(&BATCH);
    let template = template?;
    if template.has(Field::UserIds) && table.find(&BATCH).is_none() {
        table.fault(
            FaultKind::BatchMissing,
            "a request names a list of accounts, and nothing says how long it may be",
            "add `batch = 500`, or what the service's documents allow",
        );
    }
    if let Some(batch) = table.find(&BATCH).filter(|_| !template.has(Field::UserIds)) {
        batch.fault(
            FaultKind::BatchUnused,
            "a request may name a list of accounts, and names none",
            "write `{user_ids}` in its body, or remove `batch`",
        );
    }
    let item = match table.find(&ITEM) {
        Some(value) if !template.has(Field::UserIds) => {
            value.fault(
                FaultKind::BatchUnused,
                "a request says how it names each of several accounts, and names none",
                "write `{user_ids}` in its body, or remove `item`",
            );
            return None;
        }
        Some(value) => read_item(value)?,
        None => Item::default(),
    };
    Some(Arc::new(Request {
        template,
        answer,
        batch: batch?,
        item,
    }))
}

/// The template of `table`'s request with this path. Its keys are called alike in an operation and in `[push]`.
pub(super) fn template(
    table: &Table<'_>,
    path: Option<Pieces>,
    allowed: Allowed,
) -> Option<Template> {
    let method = table.read(&METHOD).map(|method| method.0);
    let given = table.find(&BODY);
    let headers = headers(table.find(&HEADER_LINES), given, allowed, &[])?;
    let body = match given {
        Some(body) => Some(self::body(body, &headers, allowed)?),
        None => None,
    };
    let (method, path) = (method?, path?);
    if let ("GET", Some(body)) = (method, given) {
        body.fault(
            FaultKind::BodyOfGet,
            "a GET request has no body",
            "write `method = \"POST\"`, or remove the body",
        );
    }
    let mut template = Template::default();
    template.literal(method);
    template.literal(" ");
    path.put(&mut template);
    template.literal(" HTTP/1.1");
    template.host_and_extra();
    headers.put(&mut template);
    match body {
        Some(body) => {
            template.begin_body();
            body.put(&mut template);
        }
        // A request that could have a body says that it has none.
        None if method != "GET" => template.literal("Content-Length: 0\r\n\r\n"),
        None => template.literal("\r\n"),
    }
    Some(template)
}

/// `{"UserID":"{user_id}"}`
fn read_item(value: &Value<'_>) -> Option<Item> {
    let text = value.text()?;
    let parts = parts(text);
    let (before, after) = match parts[..] {
        [
            Part::Literal(before),
            Part::Named("user_id", _),
            Part::Literal(after),
        ] => (before, after),
        _ => ("", ""),
    };
    let sample = format!("{before}x{after}");
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&sample).is_ok();
    if before.is_empty() || !is_json {
        value.fault(
            FaultKind::ItemForm,
            format!(
                "`{}` is not JSON with `{{user_id}}` once in it",
                value.path()
            ),
            "write it like `item = '{\"UserID\":\"{user_id}\"}'`",
        );
        return None;
    }
    Some(Item {
        before: before.into(),
        after: after.into(),
    })
}

/// A path with its query: visible ASCII that begins with a slash.
pub(super) fn check_path(value: &Value<'_>, allowed: Allowed) -> Option<Pieces> {
    let text = value.text()?;
    let stands =
        |c: char| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\' | '{' | '}');
    let literals = parts(text);
    let literals = literals.iter().filter_map(|part| match part {
        Part::Literal(literal) => Some(*literal),
        Part::Named(..) => None,
    });
    if !text.starts_with('/') && !text.starts_with("{webhook_path}") {
        value.fault(
            FaultKind::PathWithoutSlash,
            format!("`{}` does not begin with `/`", value.path()),
            "write the path only, such as \"/v1/login\"",
        );
    } else if misspelt(text).is_empty()
        && let Some(wrong) = literals.flat_map(str::chars).find(|c| !stands(*c))
    {
        value.fault(
            FaultKind::PathCharacter,
            format!(
                "`{}` has {wrong:?}, which may not stand in a path",
                value.path()
            ),
            "percent-encode it: %20 for a space, %7B and %7D for braces, %22 for a quote",
        );
    }
    Some(compile(value, text, Spot::Url, allowed))
}

fn body(value: &Value<'_>, headers: &Headers, allowed: Allowed) -> Option<Pieces> {
    let text = value.text()?;
    let kind = headers
        .content_type
        .as_deref()
        .unwrap_or("application/json");
    if kind.contains("json") {
        check_json(value, text);
        return Some(compile(value, text, Spot::Json, allowed));
    }
    if !kind.starts_with("application/x-www-form-urlencoded") {
        value.fault(
            FaultKind::BodyType,
            format!("a body of type {kind} has no rule for its placeholders"),
            "write JSON, or a form with the Content-Type application/x-www-form-urlencoded",
        );
    }
    Some(compile(value, text, Spot::Form, allowed))
}

/// Tells when a body would be no JSON once its placeholders have values.
fn check_json(value: &Value<'_>, text: &str) {
    // A member that may be missing must fit and may be left out; a list must not stand in quotes.
    let members = [
        ("", ""),
        (
            ",\"KickedDevice\":[{\"Platform\":\"x\"}]",
            ",\"CustomStatus\":\"x\"",
        ),
    ];
    let samples = members.map(|(kicked, status)| {
        let sample = |part: Part<'_>| match part {
            Part::Literal(literal) => literal.to_owned(),
            Part::Named(
                "sdk_app_id" | "event_time" | "event_group" | "event_type" | "callback_ts"
                | "random",
                _,
            ) => "1".to_owned(),
            Part::Named("event_info", _) => "{}".to_owned(),
            Part::Named("user_ids", _) => "[\"x\"]".to_owned(),
            Part::Named("kicked_devices", _) => kicked.to_owned(),
            Part::Named("custom_status", _) => status.to_owned(),
            Part::Named(..) => "x".to_owned(),
        };
        parts(text).into_iter().map(sample).collect::<String>()
    });
    let is_json = |sample: &String| serde_json::from_str::<serde::de::IgnoredAny>(sample);
    let Some(error) = samples.iter().find_map(|sample| is_json(sample).err()) else {
        return;
    };
    let at = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    value.fault_inside(FaultKind::BodyNotJson,
        at,
        format!("`{}` is not JSON: {error}", value.path()),
        "mend it; text goes in quotes: \"user_id\":\"{user_id}\", only {sdk_app_id} may stand without",
    );
}
