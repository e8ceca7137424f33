//! Every file of `tests/bad_profiles` is refused with the very words that stand beside it.
#![expect(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use trtc_load::error::{Exit, Explain, Problem};
use trtc_load::profile::{Fault, Overrides, Profile, Source};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_profiles")
}

/// What a person would be shown, with the folder's own path taken out.
fn shown(faults: &[Fault]) -> String {
    let mut out = String::new();
    for fault in faults {
        assert_eq!(fault.exit(), Exit::BadInput);
        writeln!(out, "{}", Problem::from(fault)).expect("a string takes all text");
    }
    out.replace(&format!("{}/", folder().display()), "")
}

#[test]
fn each_bad_profile_is_refused_with_the_words_beside_it() {
    let mut checked = 0;
    let mut changed = Vec::new();
    for entry in fs::read_dir(folder()).expect("tests/bad_profiles is there") {
        let path = entry.expect("tests/bad_profiles is readable").path();
        let file = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let Some(name) = file
            .strip_suffix(".toml")
            .filter(|name| !name.ends_with(".dialect"))
        else {
            continue;
        };
        let text = fs::read_to_string(&path).expect("a profile is text");
        let source = Source {
            file: file.clone(),
            name: name.to_owned(),
            dir: folder(),
        };
        let faults = Profile::parse(&text, &source, &Overrides::default())
            .err()
            .unwrap_or_default();
        assert!(!faults.is_empty(), "{file} is not refused");
        let got = shown(&faults);
        let golden = path.with_extension("err");
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&golden, &got).expect("tests/bad_profiles is writable");
        }
        let want = fs::read_to_string(&golden).unwrap_or_default();
        if got != want {
            changed.push(format!(
                "{name}.err is\n{want}\nbut the program says\n{got}"
            ));
        }
        checked += 1;
    }
    assert!(checked >= 40, "only {checked} profiles were found");
    assert!(
        changed.is_empty(),
        "{}\nIf you meant it: UPDATE_GOLDEN=1, then read the diff",
        changed.join("\n")
    );
}

#[test]
fn no_words_stand_without_their_profile() {
    for entry in fs::read_dir(folder()).expect("tests/bad_profiles is there") {
        let path = entry.expect("tests/bad_profiles is readable").path();
        assert!(
            path.with_extension("toml").exists(),
            "{} is left over",
            path.display()
        );
    }
}
