//! The table `[webhook]`: how the harness plays Tencent towards a webhook receiver.

use super::apps::{SECRET, read_key};
use super::target::TargetParts;
use super::{KeySource, Source};
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, address};
use trtc_base::section;

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
        Some(Self {
            path: path?,
            token: token?,
            retries: retries?,
            sdk: if legacy? { Sdk::Legacy } else { Sdk::Current },
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
