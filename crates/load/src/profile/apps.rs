//! The tables `[[apps]]`, with where each key comes from.

use std::fmt;
use std::path::{Path, PathBuf};

use super::Source;
use super::shares::shares;
use super::target::TargetParts;
use trtc_base::config::{FaultKind, Form, Key, Raw, Table, Value, Writer, Written, tables};
use trtc_base::section;
use trtc_usersig::SdkAppId;

/// What stands for a secret in a resolved file.
const REDACTED: &str = "redacted";

section! {
    /// An app under load.
    pub(super) APP {
        /// Its SDKAppID.
        SDK_APP_ID: u32 = whole("sdk_app_id", 1, 4_294_967_295).needed("1400000001");
        /// Where its key comes from.
        KEY: Raw = raw("key", SECRET).otherwise("a fault where anything in the run needs it");
        /// Its weight among the apps: how often an arrival is of it.
        SHARE: f64 = number("share", 0.0, 1e9).or("1");
    }
}

/// How a file says where a secret comes from.
pub(super) const SECRET: Form = Form::Table(&PLACE);

section! {
    /// Where a secret comes from: exactly one of these.
    PLACE {
        /// An environment variable.
        ENV: String = text("env").otherwise("another place");
        /// A file's content. A relative path begins at the profile's folder.
        FILE: String = text("file").otherwise("another place");
        /// A command's output: the program and its arguments.
        COMMAND: Vec<String> = own("command", Form::List(&Form::AnyText, 1, usize::MAX), command).otherwise("another place");
        /// The secret itself; only where the load stays on this machine.
        TEXT: String = text("text").otherwise("another place");
    }
}

/// An app under load.
#[derive(Clone, Debug)]
pub struct App {
    /// Its SDKAppID.
    pub sdk_app_id: SdkAppId,
    /// Where its key comes from; none: nothing in this run needs it. Loading it is I/O and happens when the run starts.
    pub key: Option<KeySource>,
    /// Its share of the arrivals, in 0..=1; all apps sum to 1.
    pub share: f64,
}

/// Where a key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file's content.
    File(PathBuf),
    /// A command's output: the program and its arguments.
    Command(Vec<String>),
    /// The text itself; only where the target is loopback.
    Inline(trtc_usersig::Key),
}

/// The apps. Each must have a key where something `needs` it.
pub(super) fn read(
    root: &Table<'_>,
    key: &Key<Raw>,
    target: &TargetParts,
    source: &Source,
    needs: &[String],
) -> Option<Vec<App>> {
    let list = tables(root, key)?;
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
    let shares = shares(&weights, root.find(key)?)?;
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
    let table = value.open(&APP)?;
    let id = table.read(&SDK_APP_ID);
    let secret = table.find(&KEY);
    if secret.is_none() && !needs.is_empty() {
        table.fault(
            FaultKind::Missing,
            format!(
                "`{}` is missing: {}",
                table.path_of(KEY.name()),
                needs.join("; ")
            ),
            "add `key = { env = \"TRTC_LOAD_KEY\" }`",
        );
    }
    let key = secret.map_or(Some(None), |value| {
        read_key(value, target, source).map(Some)
    });
    let share = table.read(&SHARE);
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
    let table = value.open(&PLACE)?;
    if table.iter().count() != 1 {
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
    }
    let (name, file) = (table.given(&ENV)?, table.given(&FILE)?);
    let (command, text) = (table.given(&COMMAND)?, table.find(&TEXT));
    match (name, file, command, text) {
        (Some(name), ..) => Some(KeySource::Env(name)),
        (_, Some(path), ..) => Some(KeySource::File(source.dir.join(path))),
        (_, _, Some(words), _) => Some(KeySource::Command(words)),
        (_, _, _, Some(from)) => inline(from, target),
        // Told as an unknown key.
        (None, None, None, None) => None,
    }
}

fn inline(from: &Value<'_>, target: &TargetParts) -> Option<KeySource> {
    if target.leaves_this_machine() {
        from.fault(FaultKind::KeyElsewhere,
            "a key stands in the profile, and the load leaves this machine",
            "take it out of the file: { env = \"TRTC_LOAD_KEY\" }; then change that key, it is no secret any more",
        );
    }
    let text = TEXT.of(from)?;
    if text.trim().is_empty() {
        from.fault(
            FaultKind::KeyEmpty,
            format!("`{}` is empty", from.path()),
            "write the key's 64 characters",
        );
    }
    Some(KeySource::Inline(trtc_usersig::Key::new(&text)))
}

fn command(value: &Value<'_>) -> Option<Vec<String>> {
    let words = value.list()?;
    if words.is_empty() {
        value.fault(
            FaultKind::CommandEmpty,
            format!("`{}` names no program", value.path()),
            "write [\"program\", \"argument\"]",
        );
        return None;
    }
    let word = |word: &Value<'_>| word.any_text().map(str::to_owned);
    words.iter().map(word).collect()
}

impl App {
    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[[apps]]");
        out.put(&SDK_APP_ID, &self.sdk_app_id.0);
        if let Some(key) = &self.key {
            out.put_as(&KEY, &key.written());
        }
        out.put(&SHARE, &self.share);
    }
}

impl Written for KeySource {
    /// Where the secret comes from, and never what it is.
    fn written(&self) -> String {
        let (key, from) = match self {
            Self::Env(name) => (ENV.name(), name.written()),
            Self::File(path) => (FILE.name(), absolute(path).written()),
            Self::Command(_) => (COMMAND.name(), format!("[\"{REDACTED}\"]")),
            Self::Inline(_) => (TEXT.name(), REDACTED.written()),
        };
        format!("{{ {key} = {from} }}")
    }
}

/// A path that means the same wherever the file is read.
pub(super) fn absolute(path: &Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "Env({name})"),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Command(_) => f.write_str("Command(redacted)"),
            Self::Inline(_) => f.write_str("Inline(redacted)"),
        }
    }
}
