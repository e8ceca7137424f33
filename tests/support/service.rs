//! A Matrix homeserver on this machine: a login service that nobody here has written, with a database to look into.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use trtc_load::child::Supervised;

/// A running homeserver. It ends when this is dropped.
pub(crate) struct Service {
    child: Supervised,
    /// As `--target` takes it.
    pub(crate) url: String,
    data: PathBuf,
}

impl Service {
    /// Starts one with its data in `data`. The error says why it cannot be had here.
    pub(crate) fn start(data: &Path) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/synapse/start.sh");
        let mut command = Command::new(script);
        command.arg("--dir").arg(data);
        // The script gives the server 15 s.
        let (child, mut stdout) = Supervised::start(&mut command, Duration::from_secs(30))
            .map_err(|fault| fault.to_string())?;
        let mut line = String::new();
        // It bounds its own waits: the installation by pip's timeouts, the start by 90 s.
        stdout
            .read_line(&mut line)
            .map_err(|fault| fault.to_string())?;
        let mut service = Self {
            child,
            url: String::new(),
            data: data.to_owned(),
        };
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            // Not having it is a reason to skip; having it and not being able to start it is not.
            assert!(!is_installed(), "Synapse is installed and does not start");
            return Err(
                "Synapse could not be installed: python3, venv or pip is missing".to_owned(),
            );
        };
        url.clone_into(&mut service.url);
        Ok(service)
    }

    /// Stops it, and counts in its database: users, devices and access tokens.
    pub(crate) fn stop_and_count(mut self) -> [u64; 3] {
        let _ = self.child.end_within(Duration::from_secs(30));
        let count = r"
import sqlite3, sys
database = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
for table in ('users', 'devices WHERE NOT hidden', 'access_tokens'):
    print(database.execute('SELECT count(*) FROM ' + table).fetchone()[0])
";
        let database = self.data.join("homeserver.db");
        let output = Command::new("python3")
            .args(["-c", count])
            .arg(database)
            .output();
        let text = output
            .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
            .unwrap_or_default();
        let counts: Vec<u64> = text.lines().filter_map(|line| line.parse().ok()).collect();
        counts
            .try_into()
            .unwrap_or_else(|found| panic!("three counts, not {found:?}"))
    }
}

/// Whether the script has once installed the homeserver here.
fn is_installed() -> bool {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.is_some_and(|target| target.join("synapse/installed").is_file())
}
