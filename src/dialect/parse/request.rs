//! An operation's request: method, path, headers and body, compiled into a template.

use std::sync::Arc;

use super::super::Credential;
use super::super::document::{FaultKind, Table, Value, nearest};
use super::super::escape::Spot;
use super::super::request::Request;
use super::super::template::{Field, Part, Template, parts};
use super::answer;
use super::headers::{Headers, headers};
use crate::session::Operation;

pub(super) const KEYS: &[&str] = &[
    "as",
    "method",
    "path",
    "headers",
    "body",
    "success",
    "error_code",
    "also_success",
    "take",
    "batch",
];

const METHODS: [(&str, &str); 5] = [
    ("GET", "GET"),
    ("POST", "POST"),
    ("PUT", "PUT"),
    ("PATCH", "PATCH"),
    ("DELETE", "DELETE"),
];

/// The placeholders that a request may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowed {
    credential: Credential,
    moment: Moment,
}

/// When a request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    UpToLogin,
    Session,
    Poll,
    Callback,
}

impl Allowed {
    /// Those of a request after the login.
    pub(super) const fn by(credential: Credential) -> Self {
        Self {
            credential,
            moment: Moment::Session,
        }
    }

    /// Those of a request before or in the login.
    pub(super) const fn without_token(self) -> Self {
        Self {
            moment: Moment::UpToLogin,
            ..self
        }
    }

    /// Those of a poll.
    pub(super) const fn with_cursor(self) -> Self {
        Self {
            moment: Moment::Poll,
            ..self
        }
    }

    /// Those of a callback.
    pub(super) const fn of_callback(self) -> Self {
        Self {
            moment: Moment::Callback,
            ..self
        }
    }

    /// Why `field` may not stand here.
    fn refuses(self, field: Field) -> Option<&'static str> {
        match field {
            Field::UserSig if self.credential == Credential::Password => Some(
                "the dialect's credential is a password; use `{password}`, or `credential = \"user_sig\"`",
            ),
            Field::Password if self.credential == Credential::UserSig => Some(
                "the dialect's credential is a UserSig; use `{user_sig}`, or `credential = \"password\"`",
            ),
            Field::Token if matches!(self.moment, Moment::UpToLogin | Moment::Callback) => {
                Some("remove it: before the login there is no token")
            }
            field if field.is_of_callback() && self.moment != Moment::Callback => {
                Some("remove it: only [operations.callback] tells what happened to a session")
            }
            Field::Cursor if self.moment != Moment::Poll => {
                Some("remove it: only the requests of a long poll have a cursor")
            }
            Field::SdkAppId
            | Field::UserId
            | Field::UserIdLower
            | Field::UserSig
            | Field::Password
            | Field::Platform
            | Field::DeviceId
            | Field::Token
            | Field::Cursor
            | Field::WebhookPath
            | Field::ClientIp
            | Field::OptPlatform
            | Field::EventTime
            | Field::Action
            | Field::Reason
            | Field::KickedDevices
            | Field::Signature
            | Field::Admin
            | Field::AdminSig
            | Field::Random
            | Field::UserIds => None,
        }
    }
}

/// Reads an operation's whole table.
pub(super) fn read(
    value: &Value<'_>,
    allowed: Allowed,
    operation: Operation,
) -> Option<Arc<Request>> {
    let table = value.table(KEYS)?;
    if let (Some(like), Operation::Login) = (table.get("as"), operation) {
        like.fault(
            FaultKind::LoginAs,
            "the login cannot be like another operation",
            "remove `as`",
        );
    }
    let path = table
        .need("path", "path = \"/v1/login\"")
        .and_then(|path| check_path(path, allowed));
    let template = template(&table, path, allowed);
    let answer = answer::read(&table, operation)?;
    let batch = table.get_or("batch", None, |value| value.whole(1..=10_000_u32).map(Some));
    let template = template?;
    if template.has(Field::UserIds) && table.get("batch").is_none() {
        table.fault(
            FaultKind::BatchMissing,
            "a request names a list of accounts, and nothing says how long it may be",
            "add `batch = 500`, or what the service's documents allow",
        );
    }
    Some(Arc::new(Request {
        template,
        answer,
        batch: batch?,
    }))
}

/// The template of `table`'s request with this path.
pub(super) fn template(
    table: &Table<'_>,
    path: Option<Pieces>,
    allowed: Allowed,
) -> Option<Template> {
    let method = table
        .get("method")
        .map_or(Some("GET"), |method| method.one_of(&METHODS));
    let headers = headers(table, allowed)?;
    let body = match table.get("body") {
        Some(body) => Some(self::body(body, &headers, allowed)?),
        None => None,
    };
    let (method, path) = (method?, path?);
    if let ("GET", Some(body)) = (method, table.get("body")) {
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

/// A compiled text on its way into a template.
#[derive(Debug, Default)]
pub(super) struct Pieces(pub(super) Vec<Piece>);

#[derive(Debug)]
pub(super) enum Piece {
    Literal(String),
    Value(Field, Spot),
}

impl Pieces {
    pub(super) fn put(&self, template: &mut Template) {
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => template.literal(text),
                Piece::Value(field, spot) => template.value(*field, *spot),
            }
        }
    }
}

/// Cuts the text of `value` into literals and known placeholders.
pub(super) fn compile(value: &Value<'_>, text: &str, spot: Spot, allowed: Allowed) -> Pieces {
    let mut pieces = Vec::new();
    for part in parts(text) {
        match part {
            Part::Literal(literal) => pieces.push(Piece::Literal(literal.to_owned())),
            Part::Named(name, at) => {
                let known = Field::NAMES.iter().find(|(known, _)| *known == name);
                match known.map(|(_, field)| *field) {
                    None => unknown_placeholder(value, name, at),
                    Some(field) => {
                        let misplaced = field.is_json_only() && spot != Spot::Json;
                        let misplaced = misplaced.then_some("write it in a JSON body: it is JSON");
                        if let Some(remedy) = allowed.refuses(field).or(misplaced) {
                            value.fault_inside(
                                FaultKind::PlaceholderElsewhere,
                                at,
                                format!("`{{{name}}}` has no value here"),
                                remedy,
                            );
                        }
                        let spot = if field.is_raw() { Spot::Raw } else { spot };
                        pieces.push(Piece::Value(field, spot));
                    }
                }
            }
        }
    }
    Pieces(pieces)
}

fn unknown_placeholder(value: &Value<'_>, name: &str, at: usize) {
    let names = Field::NAMES.map(|(name, _)| name);
    let meant = nearest(name, names)
        .map(|meant| format!("did you mean `{{{meant}}}`? "))
        .unwrap_or_default();
    let remedy = format!(
        "{meant}Placeholders: {}; a brace that stands for itself is %7B or \\u007b",
        names.join(", ")
    );
    value.fault_inside(
        FaultKind::PlaceholderUnknown,
        at,
        format!("`{{{name}}}` is not a known placeholder"),
        remedy,
    );
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
    } else if let Some(wrong) = literals.flat_map(str::chars).find(|c| !stands(*c)) {
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
    let samples = ["", ",\"KickedDevice\":[{\"Platform\":\"x\"}]"].map(|kicked| {
        let sample = |part: Part<'_>| match part {
            Part::Literal(literal) => literal.to_owned(),
            Part::Named("sdk_app_id" | "event_time" | "random", _) => "1".to_owned(),
            Part::Named("user_ids", _) => "[\"x\"]".to_owned(),
            Part::Named("kicked_devices", _) => kicked.to_owned(),
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
