//! An operation's header lines.

use super::super::escape::Spot;
use super::super::template::{Agent, Template};
use super::allowed::Allowed;
use super::compile::{Piece, Pieces, compile};
use trtc_base::config::{FaultKind, Form, Table, Value};

/// How a file writes header lines.
pub(super) const HEADERS: Form = Form::Map(&Form::Text);

/// Headers that the client writes itself.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "expect",
    "te",
    "trailer",
    "keep-alive",
    "proxy-connection",
    "http2-settings",
    "x-trtc-load-run",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
];

/// Headers that say how a body is encoded. Nothing but `identity` is written or read here.
const ENCODINGS: &[&str] = &["accept-encoding", "content-encoding"];

/// The lines of `headers`, each ending in CRLF, and the type of the body.
pub(super) struct Headers {
    lines: Pieces,
    agent: Agent,
    /// The body's type in lower case, where the file gives it.
    pub(super) content_type: Option<String>,
}

impl Headers {
    /// Writes the lines.
    pub(super) fn put(&self, template: &mut Template) {
        template.agent(self.agent);
        self.lines.put(template);
    }
}

/// Reads header lines, where there are any; a body without a type gets JSON's. `written` are headers that the client writes on
/// this channel.
pub(super) fn headers(
    lines: Option<&Value<'_>>,
    body: Option<&Value<'_>>,
    allowed: Allowed,
    written: &[&str],
) -> Option<Headers> {
    let named = match lines {
        Some(value) => Some(value.free_table()?),
        None => None,
    };
    let given = |wanted: &str| {
        let mut named = named.iter().flat_map(Table::iter);
        named.find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let mut headers = Headers {
        lines: named.as_ref().map_or_else(Pieces::default, |named| {
            header_lines(named, allowed, written)
        }),
        agent: given("user-agent").map_or(Agent::Run, |_| Agent::File),
        content_type: None,
    };
    let given = given("content-type").and_then(|(_, value)| value.as_text());
    if given.is_none() && body.is_some() {
        headers
            .lines
            .0
            .push(Piece::Literal("Content-Type: application/json\r\n".into()));
    }
    headers.content_type = given.map(str::to_ascii_lowercase);
    Some(headers)
}

/// The lines of `headers`, each ending in CRLF.
fn header_lines(headers: &Table<'_>, allowed: Allowed, written: &[&str]) -> Pieces {
    let mut pieces = Pieces::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in headers.iter() {
        let Some(text) = value.text() else { continue };
        let lower = name.to_ascii_lowercase();
        check_name(value, name, written);
        if seen.contains(&lower) {
            value.fault(
                FaultKind::HeaderTwice,
                format!("the header `{name}` stands twice, in other letters"),
                "keep one of them: letters of either case are the same name",
            );
        }
        check_value(value, &lower, text);
        seen.push(lower);
        pieces.0.push(Piece::Literal(format!("{name}: ")));
        pieces
            .0
            .extend(compile(value, text, Spot::Header, allowed).0);
        pieces.0.push(Piece::Literal("\r\n".into()));
    }
    pieces
}

fn check_name(value: &Value<'_>, name: &str, written: &[&str]) {
    let is_token = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
    let mut reserved = RESERVED.iter().chain(written);
    if !is_token || name.is_empty() {
        value.fault(
            FaultKind::HeaderName,
            format!("{name:?} is no header name"),
            "write letters, digits and `-`, such as X-Request",
        );
    } else if reserved.any(|one| one.eq_ignore_ascii_case(name)) {
        value.fault(
            FaultKind::HeaderOfClient,
            format!("the client writes the header `{name}` itself"),
            "remove it",
        );
    }
}

fn check_value(value: &Value<'_>, lower: &str, text: &str) {
    if text.chars().any(|c| c.is_ascii_control()) {
        value.fault(
            FaultKind::HeaderControl,
            format!("`{}` has a control character", value.path()),
            "write the header in one line",
        );
    }
    if ENCODINGS.contains(&lower) && !text.trim().eq_ignore_ascii_case("identity") {
        value.fault(
            FaultKind::Encoding,
            format!(
                "`{}` speaks of encoded bodies, which are neither written nor read here",
                value.path()
            ),
            "remove it, or write \"identity\"",
        );
    }
}
