//! One load at a time: Goose's stop is one for a process, and a load wants the machine to itself.

use std::fs::File;
use std::path::Path;

/// Waits for this test's turn among the tests of all binaries, also of other processes. The turn ends with the value,
/// or with the process.
pub(crate) fn turn() -> File {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load.lock");
    let locked = File::create(&path).and_then(|file| file.lock().map(|()| file));
    locked.unwrap_or_else(|fault| panic!("{} cannot be locked: {fault}", path.display()))
}
