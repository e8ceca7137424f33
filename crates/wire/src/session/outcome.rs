//! How a step ended, and why it did not succeed.
//!
//! In recordings each value has the key that serde gives it. Keys are frozen: words for people may change, and a variant
//! that gets another name keeps its key by `rename`. What stands as `alias` is how recordings of version 3 spell it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::transport::Transport;

/// The class of a step's outcome. Latency budgets count successes, timeouts, and what was cut beyond their limit; `errors`
/// counts failed, timeout and throttled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The answer says yes.
    Success,
    /// A refusal or a cut that the scenario itself provokes.
    Expected,
    /// No complete answer within the step's limit.
    Timeout,
    /// The target asked to wait.
    Throttled,
    /// Anything else, and a success where a refusal was expected.
    Failed,
    /// Ended without an answer by the run's end, or by a network loss that the scenario plays: nobody's fault.
    Cut,
}

impl Class {
    /// Every class, in the order tables show them.
    pub const ALL: [Self; 6] = [
        Self::Success,
        Self::Expected,
        Self::Timeout,
        Self::Throttled,
        Self::Failed,
        Self::Cut,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Expected => "expected",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Failed => "failed",
            Self::Cut => "cut",
        }
    }

    /// The class of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Its place in [`Class::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether a budget on `errors` counts it at all: what the scenario or the run's end did says nothing of the target.
    #[must_use]
    pub const fn is_judged(self) -> bool {
        match self {
            Self::Success | Self::Timeout | Self::Throttled | Self::Failed => true,
            Self::Expected | Self::Cut => false,
        }
    }

    /// Whether it counts against `errors`.
    #[must_use]
    pub const fn is_error(self) -> bool {
        match self {
            Self::Timeout | Self::Throttled | Self::Failed => true,
            Self::Success | Self::Expected | Self::Cut => false,
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// An error code as a target speaks it. A number and the same number as text are one code: [`Code::from`] a text makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// A number, such as 70001.
    Number(i64),
    /// A name, such as `M_FORBIDDEN`. Held at 64 bytes.
    Name(Box<str>),
    /// No code at all: what the answer says where a success says something else, such as `HTTP 200, /code is null`.
    Said(Box<str>),
}

impl From<&str> for Code {
    /// The number that `text` writes in its shortest form, else a name: `0042` is a name, as nobody writes the number 42 so.
    fn from(text: &str) -> Self {
        let number = text.parse::<i64>().ok();
        let number = number.filter(|number| number.to_string() == text);
        number.map_or_else(|| Self::Name(text.into()), Self::Number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) | Self::Said(name) => f.write_str(name),
        }
    }
}

/// Whether the kernel took the first byte of a request. What failed before that, such as a connect, asked nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Departed {
    /// It did.
    Yes,
    /// It did not.
    #[default]
    No,
}

/// How a push channel ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelEnd {
    /// By the target's close frame, with its code where it had one.
    Close(Option<u16>),
    /// The target closed the connection, or completed the answer that is the channel.
    Fin,
    /// The connection was reset.
    Rst,
    /// The device gave it up: nothing came for too long.
    Silent,
    /// What came breaks the channel's protocol or its bounds.
    Fault(Transport),
}

impl From<Transport> for ChannelEnd {
    fn from(fault: Transport) -> Self {
        match fault {
            Transport::Closed => Self::Fin,
            Transport::Reset => Self::Rst,
            Transport::ConnectRefused
            | Transport::ConnectFailed
            | Transport::Lookup
            | Transport::Proxy
            | Transport::Certificate(_)
            | Transport::Handshake
            | Transport::NotHttp
            | Transport::Coding
            | Transport::TooLarge(_)
            | Transport::PushProtocol(_)
            | Transport::Exhausted => Self::Fault(fault),
        }
    }
}

impl fmt::Display for ChannelEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close(Some(code)) => write!(f, "channel closed with code {code}"),
            Self::Close(None) => f.write_str("channel closed without a code"),
            Self::Fin => f.write_str("channel ended (fin)"),
            Self::Rst => f.write_str("channel reset (rst)"),
            Self::Silent => f.write_str("channel fell silent"),
            Self::Fault(fault) => write!(f, "channel: {}", fault.name()),
        }
    }
}

/// A complete answer that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerFault {
    /// The body is not JSON where the dialect reads JSON.
    #[serde(alias = "answer is not JSON")]
    NotJson,
    /// The same as `Lacks`, in a recording that kept no place.
    #[serde(alias = "answer lacks a field")]
    MissingField,
    /// A field that the dialect takes is not there, or has another type: its pointer, with what stands there instead.
    Lacks(Box<str>),
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("answer is not JSON"),
            Self::MissingField => f.write_str("answer lacks a field"),
            Self::Lacks(place) => write!(f, "answer lacks {place}"),
        }
    }
}

/// What is wrong with a UserSig that the team's server issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketFault {
    /// It has expired already.
    #[serde(alias = "issued UserSig has expired")]
    Expired,
    /// It is for another account.
    #[serde(alias = "issued UserSig is for another account")]
    OtherUser,
    /// It is for another app.
    #[serde(alias = "issued UserSig is for another app")]
    OtherApp,
    /// Another key signed it, or it was changed afterwards.
    #[serde(alias = "issued UserSig has a bad signature")]
    BadSignature,
    /// It is of version 1, signed with a private key.
    FirstVersion,
    /// It is no UserSig.
    #[serde(alias = "what was issued is no UserSig")]
    NotOne,
}

impl TicketFault {
    /// Every fault, in the order tables show them.
    pub const ALL: [Self; 6] = [
        Self::Expired,
        Self::OtherUser,
        Self::OtherApp,
        Self::BadSignature,
        Self::FirstVersion,
        Self::NotOne,
    ];

    /// Its words in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expired => "issued UserSig has expired",
            Self::OtherUser => "issued UserSig is for another account",
            Self::OtherApp => "issued UserSig is for another app",
            Self::BadSignature => "issued UserSig has a bad signature",
            Self::FirstVersion => "issued UserSig is of version 1 (ECDSA)",
            Self::NotOne => "what was issued is no UserSig",
        }
    }
}

/// Why a step did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The target's own error code.
    Code(Code),
    /// A refusal by HTTP status, without a code.
    Status(u16),
    /// A fault below the answer.
    Transport(Transport),
    /// A complete answer that could not be understood.
    Answer(AnswerFault),
    /// The UserSig that was issued is not right.
    Ticket(TicketFault),
    /// Our client refused by itself, as the SDK does; nothing was sent. 6206 or 7003.
    Sdk(i64),
    /// No answer within the limit.
    NoAnswer,
    /// A kick notice did not come within its limit.
    NoNotice,
    /// A kick notice came once more.
    ToldTwice,
    /// The target accepted what it had to refuse.
    Accepted,
    /// The session was ended by a kick while the step was under way.
    CutByKick,
    /// The scenario's own network loss ended it.
    CutByNetwork,
    /// The device went away while the target held its request.
    Left,
    /// A push channel that was open ended while its session went on.
    ChannelEnded(ChannelEnd),
    /// The device's own code panicked.
    Panic,
    /// The run ended before the answer came.
    RunEnded,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::Transport(fault) => f.write_str(fault.name()),
            Self::Answer(fault) => write!(f, "{fault}"),
            Self::Ticket(fault) => f.write_str(fault.name()),
            Self::Sdk(code) => write!(f, "{code} (raised by the client)"),
            Self::NoAnswer => f.write_str("no answer in time"),
            Self::NoNotice => f.write_str("no notice in time"),
            Self::ToldTwice => f.write_str("told twice"),
            Self::Accepted => f.write_str("accepted, should be refused"),
            Self::CutByKick => f.write_str("cut by the kick"),
            Self::CutByNetwork => f.write_str("cut by the network loss"),
            Self::ChannelEnded(end) => end.fmt(f),
            Self::Left => f.write_str("given up by a device that left"),
            Self::Panic => f.write_str("panic in the device"),
            Self::RunEnded => f.write_str("run ended before the answer"),
        }
    }
}
