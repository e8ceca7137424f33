//! What a run leaves behind, and a profile of one scenario to make it leave it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use trtc_load::recorder::{COUNTERS, HISTOGRAMS};
use trtc_load::report::FORMATS;

/// A profile of one scenario against the program's own mock, in even arrivals. `budgets` is a list in TOML, `mock` the
/// table of the mock's settings.
pub(crate) fn profile(budgets: &str, mock: &str, (rate, seconds): (u32, u32)) -> String {
    format!(
        "version = 1\nbudgets = {budgets}\n[target]\nurl = \"mock\"\nmock = {mock}\n\
         [[apps]]\nsdk_app_id = 1400000001\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 5000\n[[scenarios]]\nname = \"login\"\ndwell = \"200ms\"\n\
         [[stages]]\nname = \"peak\"\nfor = \"{seconds}s\"\nrate = {rate}\nspacing = \"even\"\n"
    )
}

/// The files of a run's folder that are made from its recording.
pub(crate) fn reports() -> Vec<&'static str> {
    FORMATS.iter().map(|format| format.file).collect()
}

/// Every file that a run's folder must have, and no other; the built-in mock's books are there where it was asked in time.
pub(crate) fn assert_all_files_are_there(folder: &Path) {
    let mut wanted = reports();
    wanted.extend([HISTOGRAMS, COUNTERS, "profile.toml"]);
    wanted.sort_unstable();
    let entries = fs::read_dir(folder).expect("the run's folder is there");
    let mut found: Vec<_> = entries
        .map(|entry| {
            entry
                .expect("a readable entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    found.retain(|file| file != "mock.json");
    found.sort_unstable();
    assert_eq!(found, wanted);
    for file in found {
        let length = fs::metadata(folder.join(&file))
            .expect("the file is there")
            .len();
        assert!(length > 0, "{file} is empty");
    }
}

/// A run's `summary.json`.
pub(crate) fn summary(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("summary.json")).expect("the run has a summary");
    serde_json::from_str(&text).expect("the summary is JSON")
}
