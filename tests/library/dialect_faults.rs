//! What is wrong in a dialect file is told all at once, each fault with its line and a way out: every file of
//! `tests/bad_dialects` with the very words that stand beside it, and every kind of fault that a dialect can have.

use crate::bad_files::BadFiles;
use proptest::prelude::*;
use trtc_load::config::Reader;
use trtc_load::dialect::{Dialect, Fault};

const FILES: BadFiles = BadFiles {
    folder: "bad_dialects",
    reader: Reader::Dialect,
    faults,
};

fn faults(text: &str, file: &str) -> Vec<Fault> {
    Dialect::parse(text, file).err().unwrap_or_default()
}

/// The smallest dialect that another test can build on.
const GATEWAY: &str = "version = 1\nname = \"x\"\n[operations.login]\nmethod = \"POST\"\npath = \"/login\"\n\
    take = { token = \"/t\" }\n";

#[test]
fn each_bad_dialect_is_refused_with_the_words_beside_it() {
    FILES.check_words();
}

#[test]
fn every_kind_of_fault_that_a_dialect_can_have_has_its_file() {
    FILES.check_kinds();
}

#[test]
fn a_dialect_has_no_kind_of_fault_that_only_profiles_have() {
    FILES.check_readers();
}

#[test]
fn no_words_stand_without_their_dialect() {
    FILES.check_words_have_files();
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_dialects_panic(text in "[a-z_\\[\\]{}=\"'/.0-9\n ]{0,200}") {
        let _ = Dialect::parse(&text, "x.toml");
        let _ = Dialect::parse(&format!("{GATEWAY}{text}"), "x.toml");
    }
}
