//! A request compiled once into literal pieces and placeholders, and written out many times.
//!
//! A placeholder is a name in braces: `{user_id}`. Braces around anything else, as JSON has them, stand for themselves.

use super::Values;
use super::escape::Spot;

/// A value that a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    SdkAppId,
    UserId,
    /// The UserID in lower case, for services that fold them.
    UserIdLower,
    UserSig,
    Password,
    Platform,
    DeviceId,
    Token,
    Cursor,
    WebhookPath,
    ClientIp,
    OptPlatform,
    EventTime,
    Action,
    Reason,
    KickedDevices,
    CustomStatus,
    EventGroup,
    EventType,
    CallbackTs,
    EventInfo,
    BodySign,
    Signature,
    Admin,
    AdminSig,
    Random,
    UserIds,
}

impl Field {
    /// Every placeholder with its name.
    pub(super) const NAMES: [(&'static str, Self); 27] = [
        ("sdk_app_id", Self::SdkAppId),
        ("user_id", Self::UserId),
        ("user_id_lower", Self::UserIdLower),
        ("user_sig", Self::UserSig),
        ("password", Self::Password),
        ("platform", Self::Platform),
        ("device_id", Self::DeviceId),
        ("token", Self::Token),
        ("cursor", Self::Cursor),
        ("webhook_path", Self::WebhookPath),
        ("client_ip", Self::ClientIp),
        ("opt_platform", Self::OptPlatform),
        ("event_time", Self::EventTime),
        ("action", Self::Action),
        ("reason", Self::Reason),
        ("kicked_devices", Self::KickedDevices),
        ("custom_status", Self::CustomStatus),
        ("event_group", Self::EventGroup),
        ("event_type", Self::EventType),
        ("callback_ts", Self::CallbackTs),
        ("event_info", Self::EventInfo),
        ("body_sign", Self::BodySign),
        ("signature", Self::Signature),
        ("admin", Self::Admin),
        ("admin_sig", Self::AdminSig),
        ("random", Self::Random),
        ("user_ids", Self::UserIds),
    ];

    /// How its value is written at `spot`. What this program makes as a piece of a request stands there as it is.
    pub(super) const fn escaped_for(self, spot: Spot) -> Spot {
        match (self, spot) {
            (Self::WebhookPath, Spot::Url)
            | (Self::Signature, Spot::Url | Spot::Form)
            | (Self::KickedDevices | Self::CustomStatus | Self::EventInfo | Self::UserIds, _) => {
                Spot::Raw
            }
            (_, spot) => spot,
        }
    }

    /// Whether its value is JSON, which has no meaning in a path, a header or a form.
    pub(super) const fn is_json_only(self) -> bool {
        matches!(
            self,
            Self::KickedDevices | Self::CustomStatus | Self::EventInfo | Self::UserIds
        )
    }

    /// Whether its value is made of the body, so that it cannot stand there.
    pub(super) const fn is_of_the_body(self) -> bool {
        matches!(self, Self::BodySign)
    }

    /// The text that stands for it. `digits` is the app's number as text.
    fn of<'v>(self, values: &Values<'v>, digits: &'v str) -> &'v str {
        match self {
            Self::SdkAppId => digits,
            Self::UserId | Self::UserIdLower => values.user_id,
            Self::UserSig => values.user_sig,
            Self::Password => values.password,
            Self::Platform => values.platform,
            Self::DeviceId => values.device_id,
            Self::Token => values.token,
            Self::Cursor => values.cursor,
            Self::WebhookPath => values.callback.path,
            Self::ClientIp => values.callback.client_ip,
            Self::OptPlatform => values.callback.opt_platform,
            Self::EventTime => values.callback.event_time,
            Self::Action => values.callback.action,
            Self::Reason => values.callback.reason,
            Self::KickedDevices => values.callback.kicked_devices,
            Self::CustomStatus => values.callback.custom_status,
            Self::EventGroup => values.callback.event_group,
            Self::EventType => values.callback.event_type,
            Self::CallbackTs => values.callback.callback_ts,
            Self::EventInfo => values.callback.event_info,
            Self::BodySign => values.callback.body_sign,
            Self::Signature => values.callback.signature,
            Self::Admin => values.admin,
            Self::AdminSig => values.admin_sig,
            Self::Random => values.random,
            Self::UserIds => values.user_ids,
        }
    }
}

/// A part of a text: what stands for itself, or a placeholder. With the byte it begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'t> {
    Literal(&'t str),
    Named(&'t str, usize),
}

/// Cuts `text` at its placeholders, known and unknown.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut literal, mut from) = (0, 0);
    while let Some(open) = text[from..].find('{').map(|at| at + from) {
        let name = &text[open + 1..];
        let end = name
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(name.len());
        from = open + 1;
        if end == 0 || !name[end..].starts_with('}') {
            continue;
        }
        if literal < open {
            parts.push(Part::Literal(&text[literal..open]));
        }
        parts.push(Part::Named(&name[..end], open));
        from = open + end + 2;
        literal = from;
    }
    if literal < text.len() {
        parts.push(Part::Literal(&text[literal..]));
    }
    parts
}

#[derive(Debug, PartialEq, Eq)]
enum Piece {
    Literal(Vec<u8>),
    Value(Field, Spot),
    /// The value of `Host`, given when the request is written.
    Host,
    /// Complete header lines, given when the request is written.
    Extra,
    /// The WebSocket key, given when the request is written.
    Key,
    /// The number of bytes after the head.
    BodyLength,
}

/// A whole request, ready to be written.
#[derive(Debug, Default)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    /// The first piece of the body.
    body: usize,
    agent: Agent,
}

/// Whose `User-Agent` a request carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Agent {
    /// The run's.
    #[default]
    Run,
    /// The file's, in place of the run's.
    File,
}

/// What is known only when the request is written, beside its values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) host: &'a str,
    pub(super) extra: &'a str,
    pub(super) key: &'a str,
}

impl Agent {
    /// Appends `extra`, complete header lines, without the `User-Agent` that the file gives itself.
    fn push(self, extra: &str, out: &mut Vec<u8>) {
        let is_agent = |line: &str| {
            let name = line.split(':').next().unwrap_or_default();
            name.eq_ignore_ascii_case("user-agent")
        };
        match self {
            Self::Run => out.extend_from_slice(extra.as_bytes()),
            Self::File => {
                let kept = extra.split_inclusive('\n').filter(|line| !is_agent(line));
                kept.for_each(|line| out.extend_from_slice(line.as_bytes()));
            }
        }
    }
}

impl Template {
    /// Appends bytes that are always the same; neighbours become one piece.
    pub(super) fn literal(&mut self, text: &str) {
        let in_body = self.body > 0 && self.body == self.pieces.len();
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) if !in_body => last.extend_from_slice(text.as_bytes()),
            _ => self.pieces.push(Piece::Literal(text.as_bytes().to_vec())),
        }
    }

    pub(super) fn value(&mut self, field: Field, spot: Spot) {
        self.pieces.push(Piece::Value(field, spot));
    }

    /// Appends the `Host` line's value, then the run's extra lines.
    pub(super) fn host_and_extra(&mut self) {
        self.literal("\r\nHost: ");
        self.pieces.push(Piece::Host);
        self.literal("\r\n");
        self.pieces.push(Piece::Extra);
    }

    /// Says whose `User-Agent` it carries.
    pub(super) fn agent(&mut self, agent: Agent) {
        self.agent = agent;
    }

    pub(super) fn key(&mut self) {
        self.pieces.push(Piece::Key);
    }

    /// Ends the head of a request that has a body: its length, then the body's pieces follow.
    pub(super) fn begin_body(&mut self) {
        self.literal("Content-Length: ");
        self.pieces.push(Piece::BodyLength);
        self.literal("\r\n\r\n");
        self.body = self.pieces.len();
    }

    /// Whether it has this placeholder.
    pub(super) fn has(&self, field: Field) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Value(found, _) if *found == field))
    }

    pub(super) fn render(&self, values: &Values<'_>, frame: Frame<'_>, out: &mut Vec<u8>) {
        self.render_pieces(&self.pieces, values, frame, out);
    }

    fn render_pieces(
        &self,
        pieces: &[Piece],
        values: &Values<'_>,
        frame: Frame<'_>,
        out: &mut Vec<u8>,
    ) {
        let mut room = [0; 20];
        let app = decimal(u64::from(values.sdk_app_id), &mut room);
        for piece in pieces {
            match piece {
                Piece::Literal(bytes) => out.extend_from_slice(bytes),
                Piece::Value(field, spot) => {
                    let from = out.len();
                    spot.push(field.of(values, app), out);
                    if *field == Field::UserIdLower {
                        out[from..].make_ascii_lowercase();
                    }
                }
                Piece::Host => out.extend_from_slice(frame.host.as_bytes()),
                Piece::Extra => self.agent.push(frame.extra, out),
                Piece::Key => out.extend_from_slice(frame.key.as_bytes()),
                Piece::BodyLength => {
                    let mut room = [0; 20];
                    let length = decimal(self.body_length(values, app), &mut room);
                    out.extend_from_slice(length.as_bytes());
                }
            }
        }
    }

    /// Appends the body alone.
    pub(super) fn render_body(&self, values: &Values<'_>, out: &mut Vec<u8>) {
        if self.body == 0 {
            return;
        }
        let frame = Frame {
            host: "",
            extra: "",
            key: "",
        };
        self.render_pieces(&self.pieces[self.body..], values, frame, out);
    }

    fn body_length(&self, values: &Values<'_>, app: &str) -> u64 {
        let body = self.pieces.iter().skip(self.body);
        let length = body.map(|piece| match piece {
            Piece::Literal(bytes) => bytes.len(),
            Piece::Value(field, spot) => spot.len(field.of(values, app)),
            // These stand in heads only.
            Piece::Host | Piece::Extra | Piece::Key | Piece::BodyLength => 0,
        });
        length.sum::<usize>() as u64
    }
}

/// `number` in decimal, written into `room` without an allocation.
fn decimal(number: u64, room: &mut [u8; 20]) -> &str {
    let mut at = room.len();
    let mut rest = number;
    loop {
        at -= 1;
        // A digit is below 10, so the cast is exact.
        room[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    std::str::from_utf8(&room[at..]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_in_braces_is_a_placeholder_and_other_braces_stand_for_themselves() {
        use Part::{Literal, Named};
        for (text, cut) in [
            ("", vec![]),
            ("/a", vec![Literal("/a")]),
            ("/{token}", vec![Literal("/"), Named("token", 1)]),
            (
                "{\"a\":{sdk_app_id}}",
                vec![Literal("{\"a\":"), Named("sdk_app_id", 5), Literal("}")],
            ),
            ("{}{ token}{token", vec![Literal("{}{ token}{token")]),
            (
                "{{token}}",
                vec![Literal("{"), Named("token", 1), Literal("}")],
            ),
            ("{é}{Nope_1}", vec![Literal("{é}"), Named("Nope_1", 4)]),
            ("{a}{b}", vec![Named("a", 0), Named("b", 3)]),
        ] {
            assert_eq!(parts(text), cut, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_of_a_text_are_the_text(text in "[{}a-c_\"é ]{0,40}") {
            let again: String = parts(&text).into_iter().map(|part| match part {
                Part::Literal(literal) => literal.to_owned(),
                Part::Named(name, _) => format!("{{{name}}}"),
            }).collect();
            prop_assert_eq!(again, text);
        }

        #[test]
        fn decimals_are_those_of_the_standard_library(number in any::<u64>()) {
            let mut room = [0; 20];
            prop_assert_eq!(decimal(number, &mut room), number.to_string());
        }
    }
}
