//! A Matrix homeserver on this machine: a login service that nobody here has written, with a database to look into.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::program::within;

/// A running homeserver. It ends when this is dropped.
pub(crate) struct Service {
    child: Child,
    leash: Option<ChildStdin>,
    /// As `--target` takes it.
    pub(crate) url: String,
    data: PathBuf,
}

impl Service {
    /// Starts one with its data in `data`. The error says why it cannot be had here.
    pub(crate) fn start(data: &Path) -> Result<Self, String> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/synapse/start.sh");
        let mut child = Command::new(script)
            .arg("--dir")
            .arg(data)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|fault| fault.to_string())?;
        let leash = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // The script bounds its own waits: the installation by pip's timeouts, the start by 90 s.
            BufReader::new(stdout)
                .read_line(&mut line)
                .map_err(|fault| fault.to_string())?;
        }
        let mut service = Self {
            child,
            leash,
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
        self.stop();
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

    fn stop(&mut self) {
        self.leash = None;
        // The script gives the server 15 s.
        if within(Duration::from_secs(30), || {
            self.child.try_wait().ok().flatten()
        })
        .is_none()
        {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Whether the script has once installed the homeserver here.
fn is_installed() -> bool {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target.is_some_and(|target| target.join("synapse/installed").is_file())
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop();
    }
}
