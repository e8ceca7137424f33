//! The program as its users have it: a process with arguments, two outputs and an exit code, in a folder of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, thread};

use tempfile::TempDir;
use trtc_load::clock::Clock;

/// The key of every app in these tests. It is no secret of anybody.
pub(crate) const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";

/// How often something that is waited for is looked at.
const BEAT: Duration = Duration::from_millis(20);

/// Where a program runs: it is empty at first, and what the program leaves in it goes away with it.
pub(crate) struct Place {
    folder: TempDir,
}

/// A program under way. It is killed where it is dropped before its end.
pub(crate) struct Running {
    pub(crate) child: Child,
    outputs: [PathBuf; 2],
}

/// A program that has ended.
pub(crate) struct Ended {
    /// Its exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder can be made"),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The program with `arguments`, as a command that other programs may wrap.
    pub(crate) fn command(&self, wrapper: &[&str], arguments: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_trtc-load");
        let mut words = wrapper
            .iter()
            .copied()
            .chain([program])
            .chain(arguments.iter().copied());
        let mut command = Command::new(words.next().unwrap_or(program));
        command
            .args(words)
            .current_dir(self.path())
            .env("TRTC_LOAD_KEY", KEY);
        command
    }

    /// Starts `command` with its outputs in files, so that nobody has to read them meanwhile.
    pub(crate) fn start(&self, mut command: Command) -> Running {
        let outputs = ["stdout", "stderr"].map(|name| self.path().join(name));
        let [stdout, stderr] = outputs
            .each_ref()
            .map(|path| File::create(path).expect("the folder is writable"));
        let child = command
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .expect("the program starts");
        Running { child, outputs }
    }

    /// Runs the program to its end, within 90 s.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.start(self.command(&[], arguments))
            .finish(Duration::from_secs(90))
    }

    /// Writes `profile` here and runs it to its end, within 90 s, with its run folder under `runs`.
    pub(crate) fn run_profile(&self, profile: &str, arguments: &[&str]) -> Ended {
        self.start_profile(&[], profile, arguments)
            .finish(Duration::from_secs(90))
    }

    /// Writes `profile` here and starts it under `wrapper`, with its run folder under `runs`.
    pub(crate) fn start_profile(
        &self,
        wrapper: &[&str],
        profile: &str,
        arguments: &[&str],
    ) -> Running {
        fs::write(self.path().join("test.toml"), profile).expect("the folder is writable");
        let run = ["--profile", "test.toml", "--out", "runs", "--quiet"];
        self.start(self.command(wrapper, &[&run, arguments].concat()))
    }

    /// The one run folder under `runs`.
    pub(crate) fn run_folder(&self) -> PathBuf {
        let runs = self.path().join("runs");
        let found = fs::read_dir(&runs).map(|entries| {
            entries
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .collect()
        });
        match found.unwrap_or_else(|_| Vec::new()).as_slice() {
            [one] => one.clone(),
            others => panic!("one run folder, not {others:?}"),
        }
    }
}

impl Ended {
    /// All that it said, for the message of a test that fails.
    pub(crate) fn said(&self) -> String {
        format!(
            "exit {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code, self.stdout, self.stderr
        )
    }
}

impl Running {
    /// Waits for its end, at most `bound`.
    pub(crate) fn finish(mut self, bound: Duration) -> Ended {
        let ended = within(bound, || self.child.try_wait().ok().flatten());
        let [stdout, stderr] = self
            .outputs
            .each_ref()
            .map(|path| fs::read(path).unwrap_or_default());
        let [stdout, stderr] =
            [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        match ended {
            Some(status) => Ended {
                code: status.code(),
                stdout,
                stderr,
            },
            None => panic!("the program has not ended within {bound:?}\n{stdout}\n{stderr}"),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, or it is too late for anything else.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks `look` until it has an answer, for at most `bound`.
pub(crate) fn within<T>(bound: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let clock = Clock::start();
    loop {
        let answer = look();
        if answer.is_some() || clock.now().as_duration() > bound {
            return answer;
        }
        thread::sleep(BEAT);
    }
}
