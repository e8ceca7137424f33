//! A folder of files that must be refused, each with the words it must get beside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use trtc_load::config::Reader;
use trtc_load::dialect::{Fault, FaultKind};
use trtc_load::error::{Exit, Explain, Problem};

/// A folder of `tests/`, and who refuses its files.
pub(crate) struct BadFiles {
    pub(crate) folder: &'static str,
    pub(crate) reader: Reader,
    /// What is wrong in a file's text; the file's name is for messages.
    pub(crate) faults: fn(&str, &str) -> Vec<Fault>,
}

impl BadFiles {
    /// Where it is.
    pub(crate) fn path(&self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(self.folder)
    }

    /// Every file of it that is no part of another: its name without the ending, and its faults.
    fn all(&self) -> Vec<(String, Vec<Fault>)> {
        let entries = fs::read_dir(self.path()).expect("the folder is there");
        let names = entries.map(|entry| {
            let name = entry.expect("the folder is readable").file_name();
            name.to_string_lossy().into_owned()
        });
        names
            .filter(|name| name.ends_with(".toml") && !name.ends_with(".dialect.toml"))
            .map(|file| {
                let text = fs::read_to_string(self.path().join(&file)).expect("a file is text");
                let faults = (self.faults)(&text, &file);
                assert!(!faults.is_empty(), "{file} is not refused");
                (file.trim_end_matches(".toml").to_owned(), faults)
            })
            .collect()
    }

    /// What a person would be shown, with the folder's own path taken out.
    fn shown(&self, faults: &[Fault]) -> String {
        let mut out = String::new();
        for fault in faults {
            assert_eq!(fault.exit(), Exit::BadInput);
            writeln!(out, "{}", Problem::from(fault)).expect("a string takes all text");
        }
        out.replace(&format!("{}/", self.path().display()), "")
    }

    /// Each file is refused with the words beside it; `UPDATE_GOLDEN` writes them.
    pub(crate) fn check_words(&self) {
        let mut changed = Vec::new();
        for (name, faults) in self.all() {
            let got = self.shown(&faults);
            let golden = self.path().join(format!("{name}.err"));
            if env::var_os("UPDATE_GOLDEN").is_some() {
                fs::write(&golden, &got).expect("the folder is writable");
            }
            let want = fs::read_to_string(&golden).unwrap_or_default();
            if got != want {
                changed.push(format!(
                    "{name}.err is\n{want}\nbut the program says\n{got}"
                ));
            }
        }
        assert!(
            changed.is_empty(),
            "{}\nIf you meant it: UPDATE_GOLDEN=1, then read the diff",
            changed.join("\n")
        );
    }

    /// Each kind of fault that the reader can find has a file of its name, whose first fault is of that kind.
    pub(crate) fn check_kinds(&self) {
        let all = self.all();
        let mut wrong = Vec::new();
        for kind in FaultKind::ALL {
            if !kind.readers().contains(&self.reader) {
                continue;
            }
            let file = all.iter().find(|(name, _)| name == kind.name());
            let found = file.and_then(|(_, faults)| faults.first().map(Fault::kind));
            if found != Some(*kind) {
                wrong.push(format!("{}.toml has {found:?}, not {kind:?}", kind.name()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// The reader finds no kind that the list says it cannot.
    pub(crate) fn check_readers(&self) {
        for (name, faults) in self.all() {
            let own = |fault: &&Fault| fault.place().starts_with(&format!("{name}.toml"));
            for fault in faults.iter().filter(own) {
                let may = fault.kind().readers().contains(&self.reader);
                assert!(may, "{name}.toml has {:?}", fault.kind());
            }
        }
    }

    /// No words stand without their file.
    pub(crate) fn check_words_have_files(&self) {
        for entry in fs::read_dir(self.path()).expect("the folder is there") {
            let path = entry.expect("the folder is readable").path();
            assert!(
                path.with_extension("toml").exists(),
                "{} is left over",
                path.display()
            );
        }
    }
}
