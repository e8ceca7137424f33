//! A Python with packages, for tests with other people's software.

use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::skip::skipped;

/// A Python interpreter that has `packages` (as pip names them, pinned: `name==1.2`), in a virtual environment under
/// the target folder that all tests share and that is made once. `None`, said loudly, where it cannot be had.
pub(crate) fn python(packages: &[&str]) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    match prepared(&target.join("pyenv"), packages) {
        Ok(python) => Some(python),
        Err(reason) => {
            skipped(&format!("Python with {packages:?}: {reason}"));
            None
        }
    }
}

fn prepared(venv: &Path, packages: &[&str]) -> Result<PathBuf, String> {
    let python = venv.join("bin").join("python");
    let marker = venv.join("installed.txt");
    fs::create_dir_all(venv.parent().unwrap_or(venv)).map_err(|e| e.to_string())?;
    // Tests run at once, also in several processes; the lock ends with this function or with the process.
    let lock = File::create(venv.with_extension("lock")).map_err(|e| e.to_string())?;
    lock.lock().map_err(|e| e.to_string())?;
    // A marker without an interpreter is what is left after the system's Python was replaced.
    if !marker.is_file() || !python.is_file() {
        done(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(venv),
        )?;
        fs::write(&marker, "").map_err(|e| e.to_string())?;
    }
    let mut installed = fs::read_to_string(&marker).map_err(|e| e.to_string())?;
    for package in packages {
        if installed.lines().any(|line| line == *package) {
            continue;
        }
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ];
        // pip bounds each attempt; the test that waits for it is bounded by their number.
        let bound = ["--timeout", "60", "--retries", "2"];
        done(Command::new(&python).args(pip).args(bound).arg(package))?;
        installed.push_str(package);
        installed.push('\n');
        fs::write(&marker, &installed).map_err(|e| e.to_string())?;
    }
    Ok(python)
}

/// Runs a command to its end; its last line of complaint where it fails.
fn done(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!(
        "{program}: {}",
        said.lines().last().unwrap_or("it failed without a word")
    ))
}
