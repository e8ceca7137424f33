//! Fetches the apps' keys and the webhook's token from where the profile says they are. Their text appears in no message, also where a key was
//! written in place of what names it.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, thread};

use trtc_base::config::hidden;
use trtc_base::error::Problem;
use trtc_load_core::profile::{App, KeySource, Profile};
use trtc_usersig::{Key, SdkAppId};

/// The longest name of a variable that a message repeats: shorter than a key, which has 64 characters.
const LONGEST_NAME: usize = 48;

/// A file's name without an ending that is no longer than this is repeated, whatever it looks like.
const SHORT_NAME: usize = 12;

/// The most bytes that are read of one line of a command's errors.
const LONGEST_LINE: u64 = 64 * 1024;

/// What a run signs with.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The apps with their keys, in the profile's order. Where nothing needs a key it can be empty.
    pub(crate) apps: Vec<(SdkAppId, Key)>,
    /// What signs callbacks; none: they are not signed.
    pub(crate) token: Option<Key>,
}

/// Everything that the profile says to sign with.
pub(crate) fn load(profile: &Profile) -> Result<Keys, Vec<Problem>> {
    let (mut apps, mut problems) = (Vec::new(), Vec::new());
    for app in profile.apps() {
        match key_of(app) {
            // Where the profile names no key nothing asks for one: it was checked.
            Ok(key) => apps.push((app.sdk_app_id, key.unwrap_or_else(|| Key::new("")))),
            Err(found) => problems.push(found),
        }
    }
    let token = profile.webhook().token.as_ref().map(secret).transpose();
    match token {
        Ok(token) if problems.is_empty() => Ok(Keys { apps, token }),
        Ok(_) => Err(problems),
        Err(what) => {
            problems.push(Problem::bad_input(
                "webhook.token",
                what,
                "set what it names, or name another source",
            ));
            Err(problems)
        }
    }
}

/// The key of `app`; none where the profile names none.
pub(crate) fn key_of(app: &App) -> Result<Option<Key>, Problem> {
    let key = app.key.as_ref().map(secret).transpose();
    key.map_err(|what| problem(app, what))
}

/// One secret, from where the profile says it is. The error says what is wrong with that place.
fn secret(source: &KeySource) -> Result<Key, String> {
    let text = fetch(source)?;
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    let key = Key::new(&text);
    if !key.is_one_line() {
        return Err("it has several lines, and a key is one".into());
    }
    Ok(key)
}

fn fetch(source: &KeySource) -> Result<String, String> {
    match source {
        KeySource::Inline(key) => Ok(String::from_utf8_lossy(key.as_bytes()).into_owned()),
        KeySource::Env(name) => {
            std::env::var(name).map_err(|_| format!("{} is not set", shown_variable(name)))
        }
        KeySource::File(path) => fs::read_to_string(path)
            .map_err(|fault| format!("{} cannot be read: {fault}", shown_file(path))),
        KeySource::Command(words) => from_command(words),
    }
}

fn from_command(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|fault| format!("the command cannot be started: {fault}"))?;
    let errors = child.stderr.take();
    let told = thread::spawn(move || errors.map(|errors| pass_on(errors, &mut std::io::stderr())));
    let output = child
        .wait_with_output()
        .map_err(|fault| format!("the command's output cannot be read: {fault}"))?;
    // What it left running in the background may hold its errors open: only a command that has failed is heard out.
    if !output.status.success() {
        let _ = told.join();
        return Err(format!("the command ended with {}", output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| "the command printed something other than text".into())
}

/// Hands on what a command says beside its result, line by line, such as a request to touch a security key. It may repeat
/// its arguments, and one of them may be the key.
fn pass_on(errors: impl Read, log: &mut impl Write) {
    let mut errors = BufReader::new(errors);
    let mut line = Vec::new();
    while let Ok(1..) = (&mut errors)
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
    {
        // Nobody is left to tell where this fails.
        let _ = log.write_all(hidden(&String::from_utf8_lossy(&line)).as_bytes());
        line.clear();
    }
}

/// A variable's name for a message. What does not look like one may be the secret itself, given in its place.
pub(crate) fn shown_variable(name: &str) -> String {
    let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let is_plain = name.len() <= LONGEST_NAME && name.bytes().all(allowed);
    if is_plain && *hidden(name) == *name {
        format!("the environment variable {name}")
    } else {
        "the environment variable it names".into()
    }
}

/// A file's path for a message. A long name with digits and no ending may be the secret itself, given in its place.
fn shown_file(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_plain = name.len() <= SHORT_NAME
        || name.contains('.')
        || !name.bytes().any(|byte| byte.is_ascii_digit());
    let path = path.display().to_string();
    let shown = hidden(&path);
    if is_plain && *shown == *path {
        path
    } else {
        "the file it names".into()
    }
}

fn problem(app: &App, what: String) -> Problem {
    Problem::bad_input(
        format!("apps: the key of {}", app.sdk_app_id),
        what,
        "set what the profile's `key` names, or name another source",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

    fn fault(source: &KeySource) -> String {
        secret(source).unwrap_err()
    }

    #[test]
    fn a_place_that_has_no_key_is_named() {
        let env = KeySource::Env("TRTC_LOAD_NOT_THERE".into());
        assert_eq!(
            fault(&env),
            "the environment variable TRTC_LOAD_NOT_THERE is not set"
        );
        for path in ["nowhere/key.txt", "/nowhere/app-secret-key", "nowhere/k1"] {
            let said = fault(&KeySource::File(path.into()));
            assert!(
                said.starts_with(&format!("{path} cannot be read: ")),
                "{said}"
            );
        }
    }

    #[test]
    fn a_key_of_several_lines_is_refused_and_not_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.txt");
        for text in [format!("{KEY}\n{KEY}\n"), format!("# the app's key\n{KEY}")] {
            fs::write(&path, text).unwrap();
            let said = fault(&KeySource::File(path.clone()));
            assert_eq!(said, "it has several lines, and a key is one");
        }
        fs::write(&path, format!("{KEY}\r\n\n")).unwrap();
        let key = secret(&KeySource::File(path)).unwrap();
        assert_eq!(key.as_bytes(), KEY.as_bytes());
    }

    #[test]
    fn a_secret_that_stands_where_its_place_belongs_is_not_repeated() {
        let token = "tok3nOfTheWebhook";
        for secret in [
            KEY,
            &KEY.to_uppercase(),
            &KEY.to_uppercase()[..32],
            token,
            &KEY[..40],
        ] {
            for source in [
                KeySource::Env(secret.into()),
                KeySource::File(secret.into()),
                KeySource::File(Path::new("profiles").join(secret)),
                KeySource::Command(vec![secret.into()]),
            ] {
                let said = fault(&source);
                assert!(!said.contains(secret), "{said}");
                assert!(!said.contains(&secret[..12]), "{said}");
            }
        }
    }

    #[test]
    fn what_a_command_says_is_handed_on_without_what_looks_like_a_key() {
        let said = format!("touch your key\ncat: {KEY}: No such file\nno end");
        let mut log = Vec::new();
        pass_on(said.as_bytes(), &mut log);
        assert_eq!(
            String::from_utf8(log).unwrap(),
            "touch your key\ncat: [redacted]: No such file\nno end"
        );
    }
}
