//! What a profile can set of the mock.

use super::rules::RULES;
use super::{LONGEST_STEP, SessionRules};
use trtc_base::config::{
    Fault, FaultKind, Faults, Form, Named, Section, Table, Value, Writer, Written, list,
};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Push};

/// The longest that a file may put something off: a day.
const DAY: Micros = Micros::from_secs(86_400);

/// The shortest interval of pings, and the shortest limit for a pong.
const SHORTEST_PING: Micros = Micros::from_millis(100);

section! {
    /// How the built-in mock behaves; what is left out is as of a healthy service. `trtc-load mock` has a flag for each.
    pub(super) MOCK {
        /// How long it works on each request.
        SERVICE_TIME: Micros = span("service_time", Micros::ZERO, LONGEST_STEP).or("\"5ms\"");
        /// The share of login, `self_info` and logout requests that it refuses.
        ERROR_RATE: f64 = share("error_rate").or("0");
        /// The code it refuses them with.
        ERROR_CODE: i64 = whole("error_code", -99_999, 999_999).or("70500");
        /// Windows in which no answer is written, counted from the first request.
        STALLS: Vec<Stall> = own("stalls", Form::List(&Form::Table(&STALL), 0, usize::MAX), read_stalls).or("[]");
        /// The most logins each second before it answers 72010.
        MAX_LOGINS: u32 = whole("max_logins_per_second", 1, 1_000_000).otherwise("no limit");
        /// The share of connections cut before their request is counted.
        CUT_BEFORE: f64 = share("cut_before").or("0");
        /// The share of connections cut instead of the answer.
        CUT_AFTER: f64 = share("cut_after").or("0");
        /// The share of kick notices that are never told.
        NOTICE_LOST: f64 = share("notice_lost").or("0");
        /// The share of kick notices that are told late.
        NOTICE_LATE: f64 = share("notice_late").or("0");
        /// How late those are.
        NOTICE_LATE_BY: Micros = span("notice_late_by", Micros::ZERO, LONGEST_STEP).or("\"3s\"");
        /// The share of kick notices that are told twice.
        NOTICE_TWICE: f64 = share("notice_twice").or("0");
        /// What tells a kicked WebSocket: a message, a close frame with the code 4001, or both.
        NOTICE_BY: NoticeBy = one_of("notice_by").or("\"message\"");
        /// When every open push channel is cut, counted from the first request.
        CUT_CHANNELS: Micros = span("cut_channels", Micros::ZERO, DAY).otherwise("never");
        /// How often it pings a device on an open push channel.
        PING_EVERY: Micros = span("ping_every", SHORTEST_PING, DAY).otherwise("three times in the heartbeat limit");
        /// How long the pong may take before a WebSocket's device is lost.
        PONG_LIMIT: Micros = span("pong_limit", SHORTEST_PING, DAY).otherwise("a device is lost by its silence alone");
        /// When every open push channel gets one broadcast event, counted from the first request.
        BROADCAST_AFTER: Micros = span("broadcast_after", Micros::ZERO, DAY).otherwise("never");
    }
}

section! {
    /// A window in which no answer is written.
    STALL {
        /// Its start.
        AT: Micros = span("at", Micros::ZERO, DAY).needed("\"4s\"");
        /// Its length.
        FOR: Micros = span("for", Micros::ZERO, DAY).needed("\"1400ms\"");
    }
}

/// A start and a length.
type Stall = (Micros, Micros);

/// Push channels that stay open.
const OPEN: &str = "a WebSocket or an event stream";

/// Push channels on which a device answers pings.
const SOCKET: &str = "a WebSocket";

/// How the mock behaves. The defaults are those of a healthy service.
#[derive(Clone, Debug, PartialEq)]
pub struct MockSettings {
    /// How long it takes for each answer.
    pub service_time: Micros,
    /// The share of logins that it refuses, in 0..=1.
    pub error_rate: f64,
    /// The code it refuses them with.
    pub error_code: i64,
    /// Windows in which it answers nothing: their starts, counted from the first request, and their lengths.
    pub stalls: Vec<(Micros, Micros)>,
    /// The most logins a second before it answers 72010.
    pub max_logins_per_second: Option<u32>,
    /// The share of connections cut before their request is counted, in 0..=1.
    pub cut_before: f64,
    /// The share of connections cut instead of the answer, in 0..=1.
    pub cut_after: f64,
    /// The share of kick notices that are never told, in 0..=1.
    pub notice_lost: f64,
    /// The share of kick notices that are told late, in 0..=1.
    pub notice_late: f64,
    /// How late.
    pub notice_late_by: Micros,
    /// The share of kick notices that are told twice, in 0..=1.
    pub notice_twice: f64,
    /// What tells a kicked WebSocket.
    pub notice_by: NoticeBy,
    /// When every open push channel is cut, counted from the first request.
    pub cut_channels: Option<Micros>,
    /// How often it pings a device on an open push channel; none: three times in the heartbeat limit.
    pub ping_every: Option<Micros>,
    /// How long the pong may take before the device is lost; none: it is lost by its silence alone.
    pub pong_limit: Option<Micros>,
    /// When every open push channel gets one broadcast, counted from the first request.
    pub broadcast_after: Option<Micros>,
}

/// What tells a kicked WebSocket of the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeBy {
    /// A message.
    Message,
    /// The code of its close frame.
    Close,
    /// Both, one after the other.
    Both,
}

impl Named for NoticeBy {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("message", Self::Message),
        ("close", Self::Close),
        ("both", Self::Both),
    ];
}

section! {
    /// What can be set of a mock that stands alone.
    FLAGS with MOCK, RULES {
        /// How long a device may be silent before its session ends.
        HEARTBEAT: Micros = span("heartbeat_limit", Micros::from_millis(1), DAY).or("\"400s\"");
    }
}

/// A mock that stands alone: what a profile says of it under `[target.mock]` and under `[target]`.
#[derive(Clone, Debug, PartialEq)]
pub struct LoneMock {
    /// How it behaves.
    pub settings: MockSettings,
    /// What its app is set to.
    pub rules: SessionRules,
    /// How long a device may be silent before its session ends.
    pub heartbeat_limit: Micros,
}

impl LoneMock {
    /// Every key of it.
    pub const KEYS: &Section = &FLAGS;

    /// Reads it from lines `key = value`. `place` is how messages name them.
    ///
    /// # Errors
    /// Every fault at once.
    pub fn parse(text: &str, place: &str) -> Result<Self, Vec<Fault>> {
        let faults = Faults::new(place, text);
        let read = faults.parse().and_then(|document| {
            let root = Table::root(&faults, &document, &FLAGS);
            let settings = MockSettings::read(&root);
            let (rules, heartbeat) = (SessionRules::read(&root), root.read(&HEARTBEAT));
            Some(Self {
                settings: settings?,
                rules: rules?,
                heartbeat_limit: heartbeat?,
            })
        });
        let found = faults.into_sorted();
        match read {
            Some(read) if found.is_empty() => Ok(read),
            Some(_) | None => Err(found),
        }
    }
}

impl MockSettings {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let (service_time, stalls) = (table.read(&SERVICE_TIME), table.read(&STALLS));
        let (error_rate, error_code) = (table.read(&ERROR_RATE), table.read(&ERROR_CODE));
        let max_logins = table.given(&MAX_LOGINS);
        let (cut_before, cut_after) = (table.read(&CUT_BEFORE), table.read(&CUT_AFTER));
        let (lost, late) = (table.read(&NOTICE_LOST), table.read(&NOTICE_LATE));
        let (twice, late_by) = (table.read(&NOTICE_TWICE), table.read(&NOTICE_LATE_BY));
        let notice_by = table.read(&NOTICE_BY);
        let (cut_channels, ping_every) = (table.given(&CUT_CHANNELS), table.given(&PING_EVERY));
        let (pong_limit, broadcast) = (table.given(&PONG_LIMIT), table.given(&BROADCAST_AFTER));
        Some(Self {
            service_time: service_time?,
            error_rate: error_rate?,
            error_code: error_code?,
            stalls: stalls?,
            max_logins_per_second: max_logins?,
            cut_before: cut_before?,
            cut_after: cut_after?,
            notice_lost: lost?,
            notice_late: late?,
            notice_late_by: late_by?,
            notice_twice: twice?,
            notice_by: notice_by?,
            cut_channels: cut_channels?,
            ping_every: ping_every?,
            pong_limit: pong_limit?,
            broadcast_after: broadcast?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[target.mock]");
        out.put(&SERVICE_TIME, &self.service_time);
        out.put(&ERROR_RATE, &self.error_rate);
        out.put(&ERROR_CODE, &self.error_code);
        let stall = |(at, length): &Stall| {
            format!("{{ at = {}, for = {} }}", at.written(), length.written())
        };
        out.put_as(&STALLS, &list(self.stalls.iter().map(stall)));
        out.put_given(&MAX_LOGINS, self.max_logins_per_second.as_ref());
        // With a point always: shards know a plan of theirs by this text.
        out.put_as(&NOTICE_LOST, &format!("{:?}", self.notice_lost));
        out.put_as(&NOTICE_LATE, &format!("{:?}", self.notice_late));
        out.put(&NOTICE_LATE_BY, &self.notice_late_by);
        out.put_as(&NOTICE_TWICE, &format!("{:?}", self.notice_twice));
        out.put_named(&NOTICE_BY, self.notice_by);
        out.put_given(&CUT_CHANNELS, self.cut_channels.as_ref());
        out.put_given(&PING_EVERY, self.ping_every.as_ref());
        out.put_given(&PONG_LIMIT, self.pong_limit.as_ref());
        out.put_given(&BROADCAST_AFTER, self.broadcast_after.as_ref());
        out.put(&CUT_BEFORE, &self.cut_before);
        out.put(&CUT_AFTER, &self.cut_after);
    }

    /// Tells of settings that do nothing on the push channel of `dialect`.
    pub(super) fn check(&self, value: &Value<'_>, dialect: &Dialect) {
        let (is_open, is_socket) = match dialect.push() {
            Some(Push::WebSocket(_)) => (true, true),
            Some(Push::Events(_)) => (true, false),
            Some(Push::Poll(_)) | None => (false, false),
        };
        let by_code = self.notice_by != NoticeBy::Message;
        let set = |span: Option<Micros>| span.is_some();
        for (key, does_nothing, wants) in [
            ("notice_lost", self.notice_lost > 0.0 && !is_open, OPEN),
            ("notice_late", self.notice_late > 0.0 && !is_open, OPEN),
            ("notice_twice", self.notice_twice > 0.0 && !is_open, OPEN),
            ("cut_channels", set(self.cut_channels) && !is_open, OPEN),
            ("ping_every", set(self.ping_every) && !is_open, OPEN),
            (
                "broadcast_after",
                set(self.broadcast_after) && !is_open,
                OPEN,
            ),
            ("pong_limit", set(self.pong_limit) && !is_socket, SOCKET),
            ("notice_by", by_code && !is_socket, SOCKET),
        ] {
            if does_nothing && let Some(value) = value.as_entry(key) {
                value.fault(
                    FaultKind::MockPush,
                    format!(
                        "`target.mock.{key}` does nothing: it is for {wants}, which the dialect {} does not have",
                        dialect.name()
                    ),
                    "remove it, or name another dialect",
                );
            }
        }
        if self.notice_by == NoticeBy::Close
            && self.notice_twice > 0.0
            && let Some(value) = value.as_entry("notice_twice")
        {
            value.fault(
                FaultKind::MockPush,
                "`target.mock.notice_twice`: a close frame cannot be sent twice",
                "remove it, or write `notice_by = \"both\"`",
            );
        }
    }
}

fn read_stalls(value: &Value<'_>) -> Option<Vec<Stall>> {
    let stalls: Vec<_> = value.list()?.iter().map(read_stall).collect();
    stalls.into_iter().collect()
}

/// `{ at = "4s", for = "1400ms" }`
fn read_stall(value: &Value<'_>) -> Option<Stall> {
    let table = value.open(&STALL)?;
    let (at, length) = (table.read(&AT), table.read(&FOR));
    Some((at?, length?))
}
