//! Fetches the apps' keys from where the profile says they are. Their text appears in no message.

use std::fs;
use std::process::Command;
use std::process::Stdio;

use crate::error::Problem;
use crate::identity::Key;
use crate::identity::SdkAppId;
use crate::profile::App;
use crate::profile::KeySource;

/// The keys of `apps`, in their order.
pub(super) fn load(apps: &[App]) -> Result<Vec<(SdkAppId, Key)>, Vec<Problem>> {
    let (mut keys, mut problems) = (Vec::new(), Vec::new());
    for app in apps {
        match secret(&app.key) {
            Ok(key) => keys.push((app.sdk_app_id, key)),
            Err(what) => problems.push(problem(app, what)),
        }
    }
    if problems.is_empty() {
        Ok(keys)
    } else {
        Err(problems)
    }
}

/// One secret, from where the profile says it is. The error says what is wrong with that place.
pub(super) fn secret(source: &KeySource) -> Result<Key, String> {
    let text = fetch(source)?;
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    Ok(Key::new(&text))
}

fn fetch(source: &KeySource) -> Result<String, String> {
    match source {
        KeySource::Inline(key) => Ok(String::from_utf8_lossy(key.as_bytes()).into_owned()),
        KeySource::Env(name) => {
            std::env::var(name).map_err(|_| format!("the variable {name} is not set"))
        }
        KeySource::File(path) => fs::read_to_string(path)
            .map_err(|fault| format!("{} cannot be read: {fault}", path.display())),
        KeySource::Command(words) => from_command(words),
    }
}

fn from_command(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|fault| format!("the command cannot be started: {fault}"))?;
    if !output.status.success() {
        return Err(format!("the command ended with {}", output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| "the command printed something other than text".into())
}

fn problem(app: &App, what: String) -> Problem {
    Problem::bad_input(
        format!("apps: the key of {}", app.sdk_app_id),
        what,
        "set what the profile's `key` names, or name another source",
    )
}
