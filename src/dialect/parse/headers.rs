//! An operation's header lines.

use super::super::document::{FaultKind, Table, Value};
use super::super::escape::Spot;
use super::super::template::Template;
use super::request::{Allowed, Piece, Pieces, compile};

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
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-extensions",
];

/// The lines of `headers`, each ending in CRLF, and the type of the body.
pub(super) struct Headers {
    lines: Pieces,
    /// The body's type in lower case, where the file gives it.
    pub(super) content_type: Option<String>,
}

impl Headers {
    /// Writes the lines.
    pub(super) fn put(&self, template: &mut Template) {
        self.lines.put(template);
    }
}

/// Reads `headers`; a body without a type gets JSON's.
pub(super) fn headers(table: &Table<'_>, allowed: Allowed) -> Option<Headers> {
    let mut headers = Headers {
        lines: header_lines(table, allowed)?,
        content_type: None,
    };
    let named = table.get("headers").and_then(Value::free_table);
    let given = named.and_then(|named| {
        let found = named
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        found.and_then(|(_, value)| value.as_text())
    });
    if given.is_none() && table.get("body").is_some() {
        headers
            .lines
            .0
            .push(Piece::Literal("Content-Type: application/json\r\n".into()));
    }
    headers.content_type = given.map(str::to_ascii_lowercase);
    Some(headers)
}

/// The lines of `headers`, each ending in CRLF.
pub(super) fn header_lines(table: &Table<'_>, allowed: Allowed) -> Option<Pieces> {
    let Some(value) = table.get("headers") else {
        return Some(Pieces::default());
    };
    let mut pieces = Pieces::default();
    for (name, value) in value.free_table()?.iter() {
        let Some(text) = value.text() else { continue };
        let is_token = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte));
        if !is_token || name.is_empty() {
            value.fault(
                FaultKind::HeaderName,
                format!("{name:?} is no header name"),
                "write letters, digits and `-`, such as X-Request",
            );
        } else if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            value.fault(
                FaultKind::HeaderOfClient,
                format!("the client writes the header `{name}` itself"),
                "remove it",
            );
        }
        if text.chars().any(|c| c.is_ascii_control()) {
            value.fault(
                FaultKind::HeaderControl,
                format!("`{}` has a control character", value.path()),
                "write the header in one line",
            );
        }
        pieces.0.push(Piece::Literal(format!("{name}: ")));
        pieces
            .0
            .extend(compile(value, text, Spot::Header, allowed).0);
        pieces.0.push(Piece::Literal("\r\n".into()));
    }
    Some(pieces)
}
