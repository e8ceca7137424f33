//! The table `[webhook]`: how the harness plays Tencent towards a webhook receiver.

use super::apps::{SECRET, read_key};
use super::target::TargetParts;
use super::{KeySource, Source};
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, address};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_wire::dialect::{Dialect, Tells};

/// The shortest and the longest span between tries.
const SHORTEST: Micros = Micros::from_millis(1);
const LONGEST: Micros = Micros::from_secs(3_600);

/// The share of sessions whose person sets a custom status.
const USUAL_STATUS: f64 = 0.1;

section! {
    /// How the harness plays Tencent towards a webhook receiver; only where the dialect is a webhook's.
    pub(super) WEBHOOK {
        /// The path of the receiver's URL, without a query: Tencent appends its own.
        PATH: String = own("path", Form::Like("^/[!$-;=@-\\[\\]-~]*$", "a path"), path).or("\"/\"");
        /// Where the token that signs callbacks comes from.
        TOKEN: Raw = raw("token", SECRET).otherwise("callbacks are not signed");
        /// How often a callback of a session that got no answer in time is sent again.
        RETRIES: u32 = whole("retries", 0, 10).or("0");
        /// Whether a callback of a room that is not acknowledged is sent again: at once, then `retry_gap` after each failure.
        RETRY: bool = flag("retry").otherwise("`true` where the dialect tells of rooms, else it means nothing");
        /// How long after a retry that failed a callback of a room is sent again.
        RETRY_GAP: Micros = span("retry_gap", SHORTEST, LONGEST).or("\"10s\"");
        /// How long after its first try a callback of a room is sent again, at the latest.
        RETRY_FOR: Micros = span("retry_for", SHORTEST, LONGEST).or("\"60s\"");
        /// Whether victims of a kick run an SDK from before 5.6.1200, whose kicks cause a second callback.
        LEGACY_SDK: bool = flag("legacy_sdk").or("false");
        /// The share of people whose rival device is of another platform: one that the population has, and of which
        /// `target.policy` lets one kick the other. Where there is none it is of their own.
        OTHER_PLATFORM: f64 = share("other_platform").or("0.5");
        /// The share of kicked people who are online on a second device, so that one login kicks both.
        TWO_VICTIMS: f64 = share("two_victims").or("0.2");
        /// The share of sessions whose person sets a custom status.
        CUSTOM_STATUS: f64 = share("custom_status").otherwise("`\"10%\"` where the dialect has `{custom_status}`, else 0");
    }
}

/// How the harness plays Tencent towards a webhook receiver. Only a profile whose dialect is a webhook's uses it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The receiver's path, beginning with a slash.
    pub path: String,
    /// The token that signs callbacks; none: authentication is off, as in a console where it was not turned on.
    pub token: Option<KeySource>,
    /// What becomes of a callback that is not acknowledged.
    pub retries: Retries,
    /// Whether victims of a kick run an old SDK, whose kicks cause a second callback.
    pub sdk: Sdk,
    /// How often what happens.
    pub shares: Shares,
}

/// The most callbacks that are being sent again at once, each over a connection of its own.
pub const RETRIES_AT_ONCE: u32 = 500;

/// What becomes of a callback that is not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// It is sent again so often, at once, where no answer came in time; the account's next one waits for that. The default
    /// of callbacks of sessions is 0 times.
    AtOnce(u32),
    /// It is sent again, whatever was wrong: at once, then so long after each failure, until so long after its first try.
    /// Nothing waits for that. The default of callbacks of rooms.
    Every {
        /// From a failure to the next try.
        gap: Micros,
        /// From the first try to the last one, at most.
        within: Micros,
    },
}

/// In which share of the cases something happens that receivers are told of, each in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shares {
    /// A rival device of another platform, where the policy has one kick the other.
    pub other_platform: f64,
    /// A second device that the same login kicks.
    pub two_victims: f64,
    /// A custom status that is set.
    pub custom_status: f64,
}

/// Which SDK the simulated devices run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    /// 5.6.1200 (web: 2.14.0) or newer: a kick is told by the newcomer's Login alone.
    Current,
    /// Older: the victim's Logout is told too.
    Legacy,
}

impl Webhook {
    pub(super) fn read(table: &Table<'_>, source: &Source, target: &TargetParts) -> Option<Self> {
        let path = table.read(&PATH);
        let token = table.find(&TOKEN).map_or(Some(None), |value| {
            read_key(value, target, source).map(Some)
        });
        let legacy = table.read(&LEGACY_SDK);
        let retries = Retries::read(table, target.dialect());
        let shares = Shares::read(table, target.dialect());
        Some(Self {
            path: path?,
            token: token?,
            retries: retries?,
            sdk: if legacy? { Sdk::Legacy } else { Sdk::Current },
            shares: shares?,
        })
    }

    pub(super) fn write(&self, tells: Tells, out: &mut Writer) {
        out.header("[webhook]");
        out.put(&PATH, &self.path);
        if let Some(token) = &self.token {
            out.put_as(&TOKEN, &trtc_base::config::Written::written(token));
        }
        self.retries.write(tells, out);
        if tells == Tells::Sessions {
            out.put(&LEGACY_SDK, &(self.sdk == Sdk::Legacy));
            self.shares.write(out);
        }
    }
}

/// Keys that say something of sessions only, and of rooms only.
const OF_SESSIONS: [&str; 5] = [
    RETRIES.name(),
    LEGACY_SDK.name(),
    OTHER_PLATFORM.name(),
    TWO_VICTIMS.name(),
    CUSTOM_STATUS.name(),
];
const OF_ROOMS: [&str; 3] = [RETRY.name(), RETRY_GAP.name(), RETRY_FOR.name()];

impl Retries {
    fn read(table: &Table<'_>, dialect: Option<&Dialect>) -> Option<Self> {
        let times = table.read(&RETRIES);
        let (gap, within) = (table.read(&RETRY_GAP), table.read(&RETRY_FOR));
        let is_on = table.read_or(&RETRY, true);
        let of_rooms = dialect.is_some_and(Dialect::tells_of_rooms);
        if let Some(dialect) = dialect.filter(|dialect| dialect.is_webhook()) {
            check_keys(table, dialect.tells());
        }
        let unused = [RETRY_GAP.name(), RETRY_FOR.name()];
        for value in unused.iter().filter_map(|name| table.get(name)) {
            if of_rooms && is_on == Some(false) {
                let what = format!("`{}` means nothing beside `retry = false`", value.path());
                value.fault(FaultKind::WebhookUnused, what, "remove one of the two");
            }
        }
        match (of_rooms, is_on?) {
            (true, true) => Some(Self::Every {
                gap: gap?,
                within: within?,
            }),
            (true, false) => Some(Self::AtOnce(0)),
            (false, _) => Some(Self::AtOnce(times?)),
        }
    }

    fn write(self, tells: Tells, out: &mut Writer) {
        match self {
            Self::AtOnce(times) if tells == Tells::Sessions => out.put(&RETRIES, &times),
            Self::AtOnce(_) => out.put(&RETRY, &false),
            Self::Every { gap, within } => {
                out.put(&RETRY, &true);
                out.put(&RETRY_GAP, &gap);
                out.put(&RETRY_FOR, &within);
            }
        }
    }
}

/// Tells of keys that mean nothing to what the dialect tells of.
fn check_keys(table: &Table<'_>, tells: Tells) {
    let (strange, what, remedy): (&[&str], _, _) = if tells == Tells::Rooms {
        let remedy = "remove it; callbacks of rooms have `retry`, `retry_gap` and `retry_for`";
        (&OF_SESSIONS, "rooms", remedy)
    } else {
        let remedy = "remove it; callbacks of sessions have `retries`";
        (&OF_ROOMS, "sessions", remedy)
    };
    for value in strange.iter().filter_map(|name| table.get(name)) {
        let what = format!(
            "`{}` means nothing here: the dialect tells of {what}",
            value.path()
        );
        value.fault(FaultKind::WebhookUnused, what, remedy);
    }
}

impl Shares {
    fn read(table: &Table<'_>, dialect: Option<&Dialect>) -> Option<Self> {
        let (other, two) = (table.read(&OTHER_PLATFORM), table.read(&TWO_VICTIMS));
        let can_tell = dialect.is_none_or(Dialect::tells_custom_status);
        let usual = if can_tell { USUAL_STATUS } else { 0.0 };
        let status = table.read_or(&CUSTOM_STATUS, usual);
        let given = table.find(&CUSTOM_STATUS);
        let of_rooms = dialect.is_some_and(Dialect::tells_of_rooms);
        let given =
            given.filter(|_| !can_tell && !of_rooms && status.is_some_and(|share| share > 0.0));
        if let Some(value) = given {
            value.fault(
                FaultKind::WebhookUnused,
                "`webhook.custom_status` means nothing here: the dialect has no `{custom_status}`",
                "write `{custom_status}` after the last member of `Info` in its [operations.callback], or remove this",
            );
        }
        Some(Self {
            other_platform: other?,
            two_victims: two?,
            custom_status: status?,
        })
    }

    fn write(self, out: &mut Writer) {
        out.put(&OTHER_PLATFORM, &self.other_platform);
        out.put(&TWO_VICTIMS, &self.two_victims);
        out.put(&CUSTOM_STATUS, &self.custom_status);
    }
}

/// Tells that the dialect is no webhook's.
pub(super) fn check_used(value: &Value<'_>, target: &TargetParts) {
    let is_webhook = target.dialect().is_none_or(|dialect| dialect.is_webhook());
    if !is_webhook {
        value.fault(
            FaultKind::WebhookUnused,
            "`webhook` means nothing here: the dialect is no webhook receiver's",
            "write `dialect = \"tencent-webhook\"` in [target], or remove [webhook]",
        );
    }
}

/// A path without a query: Tencent appends its own.
fn path(value: &Value<'_>) -> Option<String> {
    let text = value.text()?;
    let stands = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '"' | '<' | '>' | '\\');
    if !text.starts_with('/') || !text.chars().all(stands) {
        value.fault(
            FaultKind::WebhookPath,
            format!("`webhook.path` is {:?}, which is no path", address(text)),
            "write the path of the receiver's URL, without a query: \"/imcallback\"",
        );
        return None;
    }
    Some(text.to_owned())
}
