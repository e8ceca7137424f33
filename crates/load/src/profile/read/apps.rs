//! The tables `[[apps]]`, with where each key comes from.

use super::super::{App, KeySource, Source};
use super::shares::shares;
use super::tables;
use super::target::TargetParts;
use trtc_base::config::{FaultKind, Table, Value};
use trtc_usersig::{Key, SdkAppId};

/// The apps. Each must have a key where something `needs` it.
pub(super) fn read(
    root: &Table<'_>,
    target: &TargetParts,
    source: &Source,
    needs: &[String],
) -> Option<Vec<App>> {
    let list = tables(root, "apps")?;
    let apps: Vec<_> = list
        .iter()
        .map(|value| read_app(value, target, source, needs))
        .collect();
    let apps: Option<Vec<_>> = apps.into_iter().collect();
    let mut apps = apps?;
    for (index, (app, value)) in apps.iter().zip(&list).enumerate() {
        if apps[..index]
            .iter()
            .any(|earlier| earlier.sdk_app_id == app.sdk_app_id)
        {
            value.fault(
                FaultKind::AppTwice,
                format!("the SDKAppID {} stands twice", app.sdk_app_id),
                "keep one [[apps]] of it",
            );
        }
    }
    let weights: Vec<_> = apps.iter().map(|app| app.share).collect();
    let shares = shares(&weights, root.get("apps")?)?;
    for (app, share) in apps.iter_mut().zip(shares) {
        app.share = share;
    }
    Some(apps)
}

/// The app, its share being a weight still.
fn read_app(
    value: &Value<'_>,
    target: &TargetParts,
    source: &Source,
    needs: &[String],
) -> Option<App> {
    let table = value.table(&["sdk_app_id", "key", "share"])?;
    let id = table
        .need("sdk_app_id", "sdk_app_id = 1400000001")
        .and_then(|value| value.whole(1..=u32::MAX));
    if table.get("key").is_none() && !needs.is_empty() {
        table.fault(
            FaultKind::Missing,
            format!(
                "`{}` is missing: {}",
                table.path_of("key"),
                needs.join("; ")
            ),
            "add `key = { env = \"TRTC_LOAD_KEY\" }`",
        );
    }
    let key = table.get_or("key", None, |value| {
        read_key(value, target, source).map(Some)
    });
    let share = table.get_or("share", 1.0, |value| value.number(0.0..=1e9));
    Some(App {
        sdk_app_id: SdkAppId(id?),
        key: key?,
        share: share?,
    })
}

/// Where a secret comes from.
pub(super) fn read_key(
    value: &Value<'_>,
    target: &TargetParts,
    source: &Source,
) -> Option<KeySource> {
    if value.as_text().is_some() {
        value.fault(FaultKind::KeyAsText,
            format!("`{}` is a text, but a key does not stand in a profile", value.path()),
            "say where it comes from: { env = \"NAME\" }, { file = \"path\" } or { command = [\"program\", \"argument\"] }",
        );
        return None;
    }
    let table = value.table(&["env", "file", "command", "text"])?;
    let mut entries = table.iter();
    let (Some((name, from)), None) = (entries.next(), entries.next()) else {
        let what = format!(
            "`{}` must have exactly one of env, file, command, text",
            value.path()
        );
        value.fault(
            FaultKind::KeyForm,
            what,
            "write { env = \"TRTC_LOAD_KEY\" }",
        );
        return None;
    };
    match name {
        "env" => from.text().map(|name| KeySource::Env(name.to_owned())),
        "file" => from
            .text()
            .map(|path| KeySource::File(source.dir.join(path))),
        "command" => read_command(from),
        "text" => {
            if target.leaves_this_machine() {
                from.fault(FaultKind::KeyElsewhere,
                    "a key stands in the profile, and the load leaves this machine",
                    "take it out of the file: { env = \"TRTC_LOAD_KEY\" }; then change that key, it is no secret any more",
                );
            }
            let text = from.text()?;
            if text.trim().is_empty() {
                from.fault(
                    FaultKind::KeyEmpty,
                    format!("`{}` is empty", from.path()),
                    "write the key's 64 characters",
                );
            }
            Some(KeySource::Inline(Key::new(text)))
        }
        // Told as an unknown key.
        _ => None,
    }
}

fn read_command(value: &Value<'_>) -> Option<KeySource> {
    let words = value.list()?;
    if words.is_empty() {
        value.fault(
            FaultKind::CommandEmpty,
            format!("`{}` names no program", value.path()),
            "write [\"program\", \"argument\"]",
        );
        return None;
    }
    let words: Option<Vec<_>> = words
        .iter()
        .map(|word| word.any_text().map(str::to_owned))
        .collect();
    words.map(KeySource::Command)
}
