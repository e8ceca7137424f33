//! Processes that this one starts and that must not outlive it: each ends when its standard input closes.
//!
//! In: a command. Out: a process to talk to, which is ended when its handle is dropped. Never here: what is said.

use std::io::{self, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

/// How often it is looked at whether one has ended.
const BEAT: Duration = Duration::from_millis(20);

/// A process that ends with this one, also where this one is killed: it reads its standard input to the end.
#[derive(Debug)]
pub struct Supervised {
    child: Child,
    /// None once nothing more is to be said.
    stdin: Option<ChildStdin>,
    ended: Option<ExitStatus>,
    patience: Duration,
}

impl Supervised {
    /// Starts `command`. Gives it and what it says. It has `patience` to end by itself before it is killed.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        command: &mut Command,
        patience: Duration,
    ) -> io::Result<(Self, BufReader<ChildStdout>)> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // Ctrl-C in a terminal reaches the whole group; this one hears of the end from its parent.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.spawn()?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let supervised = Self {
            child,
            stdin,
            ended: None,
            patience,
        };
        let stdout = stdout.ok_or_else(|| io::Error::other("its output is no pipe"))?;
        Ok((supervised, BufReader::new(stdout)))
    }

    /// Tells it a line.
    ///
    /// # Errors
    /// When it does not hear any more.
    pub fn tell(&mut self, line: &str) -> io::Result<()> {
        let Some(stdin) = &mut self.stdin else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        writeln!(stdin, "{line}").and_then(|()| stdin.flush())
    }

    /// Says no more to it: it ends by itself, if it has not ended.
    pub fn let_go(&mut self) {
        self.stdin = None;
    }

    /// How it ended; none while it works.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// How it had ended when that was looked at last.
    #[must_use]
    pub const fn seen_to_end(&self) -> Option<ExitStatus> {
        self.ended
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            let _ = self.child.kill();
        }
    }

    /// Says no more to it and waits until it has ended, at most `bound`. None where it has not.
    pub fn end_within(&mut self, bound: Duration) -> Option<ExitStatus> {
        self.let_go();
        for _ in 0..=bound.as_millis() / BEAT.as_millis() {
            if let Some(ended) = self.ended() {
                return Some(ended);
            }
            thread::sleep(BEAT);
        }
        None
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        // Where it does not end by itself, waiting for ever would hang this process's end.
        if self.end_within(self.patience).is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead;

    use super::*;

    fn shell(script: &str, patience: Duration) -> (Supervised, BufReader<ChildStdout>) {
        Supervised::start(Command::new("sh").args(["-c", script]), patience).unwrap()
    }

    #[test]
    fn one_that_reads_its_input_to_the_end_ends_when_nothing_more_is_said() {
        let (mut child, mut out) = shell("read line; echo \"$line\"; cat", Duration::from_secs(10));
        child.tell("hello").unwrap();
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert_eq!(line, "hello\n");
        assert_eq!(child.ended(), None);
        let ended = child.end_within(Duration::from_secs(10));
        assert!(ended.is_some_and(|status| status.success()));
        assert!(child.tell("more").is_err());
    }

    #[test]
    fn one_that_does_not_end_is_killed_after_its_patience() {
        let (child, _out) = shell("exec sleep 60", Duration::from_millis(50));
        let before = crate::clock::Clock::start();
        drop(child);
        assert!(before.now() < crate::units::Micros::from_secs(30));
    }
}
