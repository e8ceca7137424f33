//! Every file of `tests/bad_months` is refused with the very words that stand beside it, and every kind of fault that a
//! month profile can have is there.

use crate::bad_files::BadFiles;
use trtc_load::config::Reader;
use trtc_load::dialect::Fault;
use trtc_load::forecast::month::Model;

const FILES: BadFiles = BadFiles {
    folder: "bad_months",
    reader: Reader::Month,
    faults,
};

fn faults(text: &str, file: &str) -> Vec<Fault> {
    Model::parse(text, file, "month").err().unwrap_or_default()
}

#[test]
fn each_bad_month_is_refused_with_the_words_beside_it() {
    FILES.check_words();
}

#[test]
fn every_kind_of_fault_that_a_month_can_have_has_its_file() {
    FILES.check_kinds();
}

#[test]
fn a_month_has_no_kind_of_fault_that_only_dialects_have() {
    FILES.check_readers();
}

#[test]
fn no_words_stand_without_their_month() {
    FILES.check_words_have_files();
}
