//! Secrets that are looked for, whole and in parts, in every byte that the program wrote.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::program::{Ended, Place};

/// A part of a secret this long is as bad as the whole.
const PART: usize = 12;

/// The folder of what a test itself writes, its secrets among it. It is the one that is not searched.
pub(super) const GIVEN: &str = "given";

/// Secrets with what they are. Clones share them: a server adds those that it hears.
#[derive(Clone, Default)]
pub(super) struct Marks(Arc<Mutex<BTreeMap<String, &'static str>>>);

impl Marks {
    pub(super) fn add(&self, what: &'static str, secret: &str) {
        assert!(secret.len() >= PART, "{what} is too short to be found");
        let mut known = self.0.lock().expect("no thread panicked");
        // One that was issued may be heard again: it stays what it was.
        known.entry(secret.to_owned()).or_insert(what);
    }

    /// How many secrets of that kind there are.
    pub(super) fn count(&self, what: &str) -> usize {
        let known = self.0.lock().expect("no thread panicked");
        known.values().filter(|known| **known == what).count()
    }

    /// Searches what a program said, and every file under `place` but those that were given to it.
    pub(super) fn assert_in_nothing(&self, place: &Place, ended: &Ended) {
        let parts = self.parts();
        parts.assert_not_in("standard output", ended.stdout.as_bytes());
        parts.assert_not_in("standard error", ended.stderr.as_bytes());
        let mut files = Vec::new();
        walk(place.path(), &mut files);
        for path in files {
            parts.assert_not_in(
                &path.display().to_string(),
                &fs::read(&path).expect("a readable file"),
            );
        }
    }

    pub(super) fn assert_not_in(&self, name: &str, bytes: &[u8]) {
        self.parts().assert_not_in(name, bytes);
    }

    fn parts(&self) -> Parts {
        let known = self.0.lock().expect("no thread panicked");
        let mut parts = HashMap::new();
        for (secret, what) in known.iter() {
            let secret = secret.to_ascii_lowercase().into_bytes();
            parts.extend(secret.windows(PART).map(|part| (part.to_vec(), *what)));
        }
        Parts(parts)
    }
}

/// Every part of every secret, in lower case.
struct Parts(HashMap<Vec<u8>, &'static str>);

impl Parts {
    fn assert_not_in(&self, name: &str, bytes: &[u8]) {
        let bytes = bytes.to_ascii_lowercase();
        for (at, part) in bytes.windows(PART).enumerate() {
            if let Some(what) = self.0.get(part) {
                let around = &bytes[at.saturating_sub(60)..bytes.len().min(at + 60)];
                panic!(
                    "{what} is in {name}: ..{}..",
                    String::from_utf8_lossy(around)
                );
            }
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() && !path.ends_with(GIVEN) {
            walk(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

/// A folder for a program, with a place for what is given to it, and its temporary files inside.
pub(super) fn place() -> Place {
    let place = Place::new();
    for folder in [GIVEN, "temporary", "runtime"] {
        fs::create_dir(place.path().join(folder)).expect("the folder is writable");
    }
    place
}

/// Gives `text` to the program as a file.
pub(super) fn give(place: &Place, name: &str, text: &str) {
    fs::write(place.path().join(GIVEN).join(name), text).expect("the folder is writable");
}

/// The program with `arguments` and with `secrets` in its environment.
pub(super) fn command(place: &Place, arguments: &[&str], secrets: &[(&str, &str)]) -> Command {
    let mut command = place.command(&[], arguments);
    command
        .env("TMPDIR", place.path().join("temporary"))
        .env("XDG_RUNTIME_DIR", place.path().join("runtime"))
        .envs(secrets.iter().copied());
    command
}

pub(super) fn run(place: &Place, arguments: &[&str], secrets: &[(&str, &str)]) -> Ended {
    place
        .start(command(place, arguments, secrets))
        .finish(Duration::from_secs(90))
}

/// A secret of 40 characters that no other text has, and that is no hex.
pub(super) fn invented(seed: u64) -> String {
    let letters = b"ghijklmnopqrstuvwxyz0123456789";
    // Knuth's generator: the letters only have to differ.
    let mut state = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = usize::try_from((state >> 33) % 30).expect("it is below 30");
        char::from(letters[at])
    };
    (0..40).map(|_| next()).collect()
}
