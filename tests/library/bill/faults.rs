//! What is wrong in a policy is told all at once, each fault with its line and a way out: every file of `tests/bad_bills`
//! with the very words that stand beside it.

use proptest::prelude::*;
use trtc_load::config::Reader;
use trtc_load::forecast::bill::{Fault, Policy};

use crate::bad_files::BadFiles;

const FILES: BadFiles = BadFiles {
    folder: "bad_bills",
    reader: Reader::Bill,
    faults,
};

fn faults(text: &str, file: &str) -> Vec<Fault> {
    Policy::parse(text, file).err().unwrap_or_default()
}

#[test]
fn each_bad_policy_is_refused_with_the_words_beside_it() {
    FILES.check_words();
}

#[test]
fn every_kind_of_fault_that_a_policy_can_have_has_its_file() {
    FILES.check_kinds();
}

#[test]
fn a_policy_has_no_kind_of_fault_that_is_not_its_own() {
    FILES.check_readers();
}

#[test]
fn no_words_stand_without_their_policy() {
    FILES.check_words_have_files();
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_policies_panic(text in "[a-z_\\[\\]{}=\"'/.0-9\n ]{0,200}") {
        let _ = Policy::parse(&text, "x.toml");
        let _ = Policy::parse(&format!("version = 1\n[[charges]]\nper = \"mau\"\n{text}"), "x.toml");
    }
}
