//! The table `[target.mock]`: how the mock behaves.

use super::super::mock::MockSettings;
use super::super::mock::NoticeBy;
use super::target::LONGEST_STEP;
use trtc_base::config::FaultKind;
use trtc_base::config::Value;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;
use trtc_wire::dialect::Push;
use trtc_wire::dialect::wire::defaults;

const KEYS: &[&str] = &[
    "service_time",
    "error_rate",
    "error_code",
    "stalls",
    "max_logins_per_second",
    "cut_before",
    "cut_after",
    "notice_lost",
    "notice_late",
    "notice_late_by",
    "notice_twice",
    "notice_by",
    "cut_channels",
    "ping_every",
    "pong_limit",
    "broadcast_after",
];

/// The shortest interval of pings, and the shortest limit for a pong.
const SHORTEST_PING: Micros = Micros::from_millis(100);

/// Push channels that stay open.
const OPEN: &str = "a WebSocket or an event stream";

/// Push channels on which a device answers pings.
const SOCKET: &str = "a WebSocket";

/// A healthy service.
pub(super) const fn healthy() -> MockSettings {
    MockSettings {
        service_time: Micros::from_millis(defaults::SERVICE_TIME_MILLIS),
        error_rate: 0.0,
        error_code: defaults::ERROR_CODE,
        stalls: Vec::new(),
        max_logins_per_second: None,
        cut_before: 0.0,
        cut_after: 0.0,
        notice_lost: 0.0,
        notice_late: 0.0,
        notice_late_by: Micros::from_secs(defaults::NOTICE_LATE_BY.as_secs()),
        notice_twice: 0.0,
        notice_by: NoticeBy::Message,
        cut_channels: None,
        ping_every: None,
        pong_limit: None,
        broadcast_after: None,
    }
}

pub(super) fn read(value: &Value<'_>) -> Option<MockSettings> {
    let table = value.table(KEYS)?;
    let default = healthy();
    let service_time = table.get_or("service_time", default.service_time, |value| {
        value.span(Micros::ZERO..=LONGEST_STEP)
    });
    let error_rate = table.get_or("error_rate", default.error_rate, Value::share);
    let error_code = table.get_or("error_code", default.error_code, |value| {
        value.whole(-99_999_i64..=999_999)
    });
    let stalls = table.get_or("stalls", Vec::new(), |value| {
        value.list()?.iter().map(read_stall).collect()
    });
    let most = table.get_or("max_logins_per_second", None, |value| {
        value.whole(1..=1_000_000_u32).map(Some)
    });
    let cut_before = table.get_or("cut_before", default.cut_before, Value::share);
    let cut_after = table.get_or("cut_after", default.cut_after, Value::share);
    let notice = |key: &str| table.get_or(key, 0.0, Value::share);
    let (lost, late, twice) = (
        notice("notice_lost"),
        notice("notice_late"),
        notice("notice_twice"),
    );
    let late_by = table.get_or("notice_late_by", default.notice_late_by, |value| {
        value.span(Micros::ZERO..=LONGEST_STEP)
    });
    let notice_by = table.get_or("notice_by", default.notice_by, |value| {
        value.one_of(&NoticeBy::NAMED)
    });
    let at = |key: &str, least: Micros| {
        table.get_or(key, None, |value| {
            value.span(least..=Micros::from_secs(86_400)).map(Some)
        })
    };
    let cut_channels = at("cut_channels", Micros::ZERO);
    let broadcast_after = at("broadcast_after", Micros::ZERO);
    let ping_every = at("ping_every", SHORTEST_PING);
    let pong_limit = at("pong_limit", SHORTEST_PING);
    Some(MockSettings {
        notice_lost: lost?,
        notice_late: late?,
        notice_late_by: late_by?,
        notice_twice: twice?,
        notice_by: notice_by?,
        cut_channels: cut_channels?,
        ping_every: ping_every?,
        pong_limit: pong_limit?,
        broadcast_after: broadcast_after?,
        service_time: service_time?,
        error_rate: error_rate?,
        error_code: error_code?,
        stalls: stalls?,
        max_logins_per_second: most?,
        cut_before: cut_before?,
        cut_after: cut_after?,
    })
}

/// Tells of settings that do nothing on the push channel of `dialect`.
pub(super) fn check(value: &Value<'_>, mock: &MockSettings, dialect: &Dialect) {
    let (is_open, is_socket) = match dialect.push() {
        Some(Push::WebSocket(_)) => (true, true),
        Some(Push::Events(_)) => (true, false),
        Some(Push::Poll(_)) | None => (false, false),
    };
    let by_code = mock.notice_by != NoticeBy::Message;
    let set = |span: Option<Micros>| span.is_some();
    for (key, does_nothing, wants) in [
        ("notice_lost", mock.notice_lost > 0.0 && !is_open, OPEN),
        ("notice_late", mock.notice_late > 0.0 && !is_open, OPEN),
        ("notice_twice", mock.notice_twice > 0.0 && !is_open, OPEN),
        ("cut_channels", set(mock.cut_channels) && !is_open, OPEN),
        ("ping_every", set(mock.ping_every) && !is_open, OPEN),
        (
            "broadcast_after",
            set(mock.broadcast_after) && !is_open,
            OPEN,
        ),
        ("pong_limit", set(mock.pong_limit) && !is_socket, SOCKET),
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
    if mock.notice_by == NoticeBy::Close
        && mock.notice_twice > 0.0
        && let Some(value) = value.as_entry("notice_twice")
    {
        value.fault(
            FaultKind::MockPush,
            "`target.mock.notice_twice`: a close frame cannot be sent twice",
            "remove it, or write `notice_by = \"both\"`",
        );
    }
}

/// `{ at = "4s", for = "1400ms" }`
fn read_stall(value: &Value<'_>) -> Option<(Micros, Micros)> {
    let table = value.table(&["at", "for"])?;
    let any = Micros::ZERO..=Micros::from_secs(86_400);
    let at = table
        .need("at", "at = \"4s\"")
        .and_then(|value| value.span(any.clone()));
    let length = table
        .need("for", "for = \"1400ms\"")
        .and_then(|value| value.span(any.clone()));
    Some((at?, length?))
}
