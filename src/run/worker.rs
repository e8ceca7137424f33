//! One worker of a run: this program as a child, told when to start and stop on its standard input.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, ExitStatus};
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use std::{io, thread};

use super::start;
use trtc_base::child::Supervised;
use trtc_base::error::{Exit, Problem};
use trtc_base::units::UnixSeconds;
use trtc_load_core::plan::Shard;

/// How long a worker that was let go may take to end.
const LAST_WAIT: Duration = Duration::from_secs(5);

/// What became of a worker since it was looked at.
pub(crate) enum News {
    Works,
    Ends(ExitStatus),
    HasEnded,
}

/// Whether a worker ended as a run does that wrote its evidence, whatever that proves.
pub(crate) fn is_a_runs_end(status: ExitStatus) -> bool {
    let ends = [Exit::Kept, Exit::Broken, Exit::Invalid];
    ends.iter().any(|end| status.code() == Some(*end as i32))
}

/// A worker. It winds down when this is dropped, and by itself when this process ends in any way.
pub(crate) struct Worker {
    pub(crate) shard: Shard,
    /// Its run's folder.
    pub(crate) folder: PathBuf,
    child: Supervised,
    says_ready: Receiver<()>,
    is_ready: bool,
}

impl Worker {
    /// Starts the worker of `shard` with the arguments that all of them have.
    pub(crate) fn start(
        shard: Shard,
        folder: &Path,
        arguments: &[OsString],
        second: UnixSeconds,
        threads: usize,
    ) -> Result<Self, Problem> {
        let program = std::env::current_exe().map_err(|fault| unstarted(shard, &fault))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .args(["--shard".into(), shard.to_string()])
            .args(["--start-at".into(), second.0.to_string()])
            .args(["--threads".into(), threads.to_string()])
            .args(["--yes", "--quiet", "--worker"])
            .arg(folder);
        Self::spawn(shard, folder, command)
    }

    /// Starts `command` as the worker of `shard`.
    pub(crate) fn spawn(
        shard: Shard,
        folder: &Path,
        mut command: Command,
    ) -> Result<Self, Problem> {
        let (child, stdout) =
            Supervised::start(&mut command, LAST_WAIT).map_err(|fault| unstarted(shard, &fault))?;
        let says_ready = ready(stdout);
        Ok(Self {
            shard,
            folder: folder.to_owned(),
            child,
            says_ready,
            is_ready: false,
        })
    }

    /// Tells it a line. One that has ended hears nothing, and is noticed elsewhere.
    pub(crate) fn tell(&mut self, line: &str) {
        let _ = self.child.tell(line);
    }

    /// Looks whether it has said that it is prepared, now or before.
    pub(crate) fn look_for_ready(&mut self) -> bool {
        self.is_ready |= self.says_ready.try_recv().is_ok();
        self.is_ready
    }

    /// Whether it was prepared when it was looked at last.
    pub(crate) const fn is_ready(&self) -> bool {
        self.is_ready
    }

    /// How it ended; none while it works.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.ended()
    }

    /// Tells people that it died.
    pub(crate) fn lament(&self, status: ExitStatus) {
        let _ = writeln!(
            io::stderr(),
            "worker {} died ({status}); the others go on. Its folder: {}",
            self.shard,
            self.folder.display()
        );
    }

    /// Why a run does not start of which it has ended.
    pub(crate) fn unprepared(&self, status: ExitStatus) -> Problem {
        let problem = Problem::could_not_run(
            format!("worker {}", self.shard),
            format!("it ended before the run began ({status}); nothing was measured"),
            "see what it said above",
        );
        let is_bad_input = status.code() == Some(Exit::BadInput as i32);
        Problem {
            exit: if is_bad_input {
                Exit::BadInput
            } else {
                problem.exit
            },
            ..problem
        }
    }

    /// Whether its end was told as news.
    pub(crate) const fn was_seen_to_end(&self) -> bool {
        self.child.seen_to_end().is_some()
    }

    /// What became of it since it was looked at.
    pub(crate) fn news(&mut self) -> News {
        if self.was_seen_to_end() {
            return News::HasEnded;
        }
        self.ended().map_or(News::Works, News::Ends)
    }

    /// Says no more to it: it winds down, if it has not ended.
    pub(crate) fn let_go(&mut self) {
        self.child.let_go();
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.tell(start::HALT);
    }
}

fn unstarted(shard: Shard, fault: &std::io::Error) -> Problem {
    Problem::could_not_run(
        format!("worker {shard}"),
        format!("it could not be started: {fault}"),
        "free some memory or processes, or use fewer workers",
    )
}

/// Hears when the worker is prepared. The rest of what it prints is in its folder too, and is read away here.
fn ready(stdout: BufReader<ChildStdout>) -> Receiver<()> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if line == start::READY {
                let _ = tell.send(());
            }
        }
    });
    told
}
