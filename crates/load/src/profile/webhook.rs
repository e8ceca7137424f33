//! The table `[webhook]`: how the harness plays Tencent towards a webhook receiver.

use super::apps::{SECRET, read_key};
use super::target::TargetParts;
use super::{KeySource, Source};
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, address};
use trtc_base::section;
use trtc_wire::dialect::Dialect;

/// The share of sessions whose person sets a custom status.
const USUAL_STATUS: f64 = 0.1;

section! {
    /// How the harness plays Tencent towards a webhook receiver; only where the dialect is a webhook's.
    pub(super) WEBHOOK {
        /// The path of the receiver's URL, without a query: Tencent appends its own.
        PATH: String = own("path", Form::Like("^/[!$-;=@-\\[\\]-~]*$", "a path"), path).or("\"/\"");
        /// Where the token that signs callbacks comes from.
        TOKEN: Raw = raw("token", SECRET).otherwise("callbacks are not signed");
        /// How often a callback that got no answer in time is sent again.
        RETRIES: u32 = whole("retries", 0, 10).or("0");
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
    /// How often a callback that got no answer in time is sent again. Documented default: never.
    pub retries: u32,
    /// Whether victims of a kick run an old SDK, whose kicks cause a second callback.
    pub sdk: Sdk,
    /// How often what happens.
    pub shares: Shares,
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
        let (retries, legacy) = (table.read(&RETRIES), table.read(&LEGACY_SDK));
        let shares = Shares::read(table, target.dialect());
        Some(Self {
            path: path?,
            token: token?,
            retries: retries?,
            sdk: if legacy? { Sdk::Legacy } else { Sdk::Current },
            shares: shares?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[webhook]");
        out.put(&PATH, &self.path);
        if let Some(token) = &self.token {
            out.put_as(&TOKEN, &trtc_base::config::Written::written(token));
        }
        out.put(&RETRIES, &self.retries);
        out.put(&LEGACY_SDK, &(self.sdk == Sdk::Legacy));
        self.shares.write(out);
    }
}

impl Shares {
    fn read(table: &Table<'_>, dialect: Option<&Dialect>) -> Option<Self> {
        let (other, two) = (table.read(&OTHER_PLATFORM), table.read(&TWO_VICTIMS));
        let can_tell = dialect.is_none_or(Dialect::tells_custom_status);
        let usual = if can_tell { USUAL_STATUS } else { 0.0 };
        let status = table.read_or(&CUSTOM_STATUS, usual);
        let given = table.find(&CUSTOM_STATUS);
        let given = given.filter(|_| !can_tell && status.is_some_and(|share| share > 0.0));
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
