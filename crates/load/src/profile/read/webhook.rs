//! The table `[webhook]`: how the harness plays Tencent towards a receiver.

use super::super::Source;
use super::super::webhook::{Sdk, Webhook};
use super::apps::read_key;
use super::target::TargetParts;
use trtc_base::config::{FaultKind, Table, Value, address};

const KEYS: &[&str] = &["path", "token", "retries", "legacy_sdk"];

/// Callbacks sent again for one event, at most.
const MOST_RETRIES: u32 = 10;

/// The settings, or their defaults; a profile whose dialect is no webhook's has no such table.
pub(super) fn read(root: &Table<'_>, source: &Source, target: &TargetParts) -> Option<Webhook> {
    let Some(value) = root.get("webhook") else {
        return Some(Webhook {
            path: "/".to_owned(),
            token: None,
            retries: 0,
            sdk: Sdk::Current,
        });
    };
    let is_webhook = target.dialect().is_none_or(|dialect| dialect.is_webhook());
    if !is_webhook {
        value.fault(
            FaultKind::WebhookUnused,
            "`webhook` means nothing here: the dialect is no webhook receiver's",
            "write `dialect = \"tencent-webhook\"` in [target], or remove [webhook]",
        );
    }
    let table = value.table(KEYS)?;
    let path = table.get_or("path", "/".to_owned(), read_path);
    let token = table.get_or("token", None, |value| {
        read_key(value, target, source).map(Some)
    });
    let retries = table.get_or("retries", 0, |value| value.whole(0..=MOST_RETRIES));
    let legacy = table.get_or("legacy_sdk", false, Value::flag);
    Some(Webhook {
        path: path?,
        token: token?,
        retries: retries?,
        sdk: if legacy? { Sdk::Legacy } else { Sdk::Current },
    })
}

/// A path without a query: Tencent appends its own.
fn read_path(value: &Value<'_>) -> Option<String> {
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
