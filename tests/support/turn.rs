//! Who has the machine. What counts shares it, what times has it alone; a test that takes long is named.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use std::{io, thread};

use trtc_load::clock::Clock;

/// A test that takes longer than this is named, so that its schedule is looked at.
const SLOW: Duration = Duration::from_secs(20);

/// A test's hold on the machine. It ends with the value, or with the process.
pub(crate) struct Turn {
    /// Unlocked when it is closed.
    _lock: File,
    begun: Clock,
}

/// Waits until nobody has the machine alone, also in other processes. Several hold such a turn at once.
pub(crate) fn shared() -> Turn {
    taken(File::lock_shared)
}

/// Waits until nobody else has a turn.
pub(crate) fn alone() -> Turn {
    taken(File::lock)
}

fn taken(lock: fn(&File) -> io::Result<()>) -> Turn {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load.lock");
    let locked = File::create(&path).and_then(|file| lock(&file).map(|()| file));
    let lock =
        locked.unwrap_or_else(|fault| panic!("{} cannot be locked: {fault}", path.display()));
    Turn {
        _lock: lock,
        begun: Clock::start(),
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let took = self.begun.now().as_duration();
        if took > SLOW {
            let current = thread::current();
            let name = current.name().unwrap_or("a test");
            // Not by a macro: the test harness keeps to itself what those print.
            let _ = writeln!(io::stderr(), "SLOW: {name} took {} s", took.as_secs());
        }
    }
}
