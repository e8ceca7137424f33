//! Golden files: outputs that a person reads as a diff when they change.

use std::path::Path;
use std::{env, fs};

/// Compares `got` with the golden file `name`, or rewrites the file under `UPDATE_GOLDEN`.
pub(crate) fn golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        let written = fs::write(&path, got);
        assert!(written.is_ok(), "tests/golden is writable");
    }
    let want = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        got, want,
        "{name} changed. If you meant it: UPDATE_GOLDEN=1, then read the diff"
    );
}
