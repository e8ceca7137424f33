//! How operations look on a service's wire: requests, answers, error codes, push events. Data, not code.
//!
//! In: a dialect file's text. Out: [`Dialect`], checked and compiled, which renders requests and judges answers.
//! Never here: sockets, clocks, secrets kept.

pub mod wire;

use crate::session::{AnswerFault, Code, CodeClass, Operation};
use crate::units::Micros;

/// A checked, compiled dialect.
#[derive(Debug)]
pub struct Dialect {
    name: Box<str>,
    credential: Credential,
    operations: [Option<Request>; Operation::ALL.len()],
    push: Option<Push>,
}

/// What an account shows to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A UserSig, signed with the app's key.
    UserSig,
    /// A password, derived from the app's key and the UserID.
    Password,
}

/// What fills a request's placeholders. A field that a step does not have is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// `{sdk_app_id}`
    pub sdk_app_id: u32,
    /// `{user_id}`
    pub user_id: &'a str,
    /// `{user_sig}`
    pub user_sig: &'a str,
    /// `{password}`
    pub password: &'a str,
    /// `{platform}`
    pub platform: &'a str,
    /// `{device_id}`
    pub device_id: &'a str,
    /// `{token}`, taken from the login's answer.
    pub token: &'a str,
    /// `{cursor}`, taken from the last poll.
    pub cursor: &'a str,
}

/// One operation's request and the judgement of its answer.
#[derive(Debug)]
pub struct Request {}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The target says yes.
    Success(Taken),
    /// The target says no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code, where the answer carries one.
        code: Option<Code>,
    },
    /// The answer could not be understood.
    Malformed(AnswerFault),
}

/// What an answer gives to later steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// The session's token.
    pub token: Option<Box<str>>,
    /// The account the target says is logged in.
    pub user_id: Option<Box<str>>,
    /// Where the next poll starts.
    pub cursor: Option<Box<str>>,
}

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
pub struct WebSocketPush {}

/// A long-poll push channel.
#[derive(Debug)]
pub struct LongPollPush {}

/// What a push event means for the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Another login or a rival's act ended this session.
    Kicked,
    /// The UserSig expired while online.
    Expired,
    /// Anything else: of no meaning to the session.
    Other,
}

/// What a finished poll means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Nothing for the session; poll again, from `cursor` where one was given.
    Again(Option<Box<str>>),
    /// It means something for the session.
    Notice(Notice),
    /// A refusal that the dialect gives no meaning.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code, where the answer carries one.
        code: Option<Code>,
    },
    /// The answer could not be understood.
    Malformed(AnswerFault),
}

impl Dialect {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What an account shows to log in.
    #[must_use]
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// The request that carries out `operation`: for `relogin` the login's, for `switch` and `provoke` the login's
    /// where the dialect says so. None where the dialect cannot do it, and for `kick_notice`, which is no request.
    #[must_use]
    pub fn request(&self, operation: Operation) -> Option<&Request> {
        self.operations[operation.index()].as_ref()
    }

    /// Whether a rival ends a session by logging in itself (else by a request of its own after its login).
    #[must_use]
    pub const fn is_provoked_by_login(&self) -> bool {
        true
    }

    /// The push channel, where there is one.
    #[must_use]
    pub const fn push(&self) -> Option<&Push> {
        self.push.as_ref()
    }

    /// What `code` asks of the device.
    #[must_use]
    pub fn class_of(&self, code: &Code) -> CodeClass {
        let _ = code;
        CodeClass::Fix
    }
}

impl Request {
    /// Appends the whole HTTP/1.1 request, head and body, to `out`. `host` is the `Host` header's value; `extra` is
    /// complete header lines (each ending in CRLF) that every request of the run carries. Values are escaped for the
    /// place they stand in: JSON string, URL path or query; a header value drops control characters.
    pub fn render(&self, values: &Values<'_>, host: &str, extra: &str, out: &mut Vec<u8>) {
        let _ = (values, host, extra, out);
    }

    /// Judges a complete answer.
    #[must_use]
    pub fn judge(&self, status: u16, body: &[u8]) -> Judged {
        let _ = (status, body);
        Judged::Malformed(AnswerFault::NotJson)
    }
}

impl WebSocketPush {
    /// Appends the upgrade request for the WebSocket key `key` to `out`, like [`Request::render`].
    pub fn render(
        &self,
        values: &Values<'_>,
        host: &str,
        extra: &str,
        key: &str,
        out: &mut Vec<u8>,
    ) {
        let _ = (values, host, extra, key, out);
    }

    /// What a text message means.
    #[must_use]
    pub fn read(&self, text: &str) -> Notice {
        let _ = text;
        Notice::Other
    }

    /// The error code of a refused upgrade, where the answer carries one.
    #[must_use]
    pub fn refusal(&self, body: &[u8]) -> Option<Code> {
        let _ = body;
        None
    }
}

impl LongPollPush {
    /// Appends the poll's request to `out`, like [`Request::render`].
    pub fn render(&self, values: &Values<'_>, host: &str, extra: &str, out: &mut Vec<u8>) {
        let _ = (values, host, extra, out);
    }

    /// How long the target may hold a poll, answer included.
    #[must_use]
    pub const fn limit(&self) -> Micros {
        Micros::ZERO
    }

    /// What a finished poll means.
    #[must_use]
    pub fn read(&self, status: u16, body: &[u8]) -> Polled {
        let _ = (status, body);
        Polled::Again(None)
    }
}
