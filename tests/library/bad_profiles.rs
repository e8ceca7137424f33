//! Every file of `tests/bad_profiles` is refused with the very words that stand beside it, and every kind of fault that
//! a profile can have is there.

use crate::bad_files::BadFiles;
use trtc_load::config::Reader;
use trtc_load::profile::{Fault, Overrides, Profile, Source};

const FILES: BadFiles = BadFiles {
    folder: "bad_profiles",
    reader: Reader::Profile,
    faults,
};

fn faults(text: &str, file: &str) -> Vec<Fault> {
    let source = Source {
        file: file.to_owned(),
        name: file.trim_end_matches(".toml").to_owned(),
        dir: FILES.path(),
    };
    let parsed = Profile::parse(text, &source, &Overrides::default());
    parsed.err().unwrap_or_default()
}

#[test]
fn each_bad_profile_is_refused_with_the_words_beside_it() {
    FILES.check_words();
}

#[test]
fn every_kind_of_fault_that_a_profile_can_have_has_its_file() {
    FILES.check_kinds();
}

#[test]
fn a_profile_has_no_kind_of_fault_that_only_dialects_have() {
    FILES.check_readers();
}

#[test]
fn no_words_stand_without_their_profile() {
    FILES.check_words_have_files();
}
