//! A result on its way to a person: on standard output, and where that leads nowhere, on standard error.

use std::io::{ErrorKind, Write};
use std::{fs, io};

use trtc_base::error::Problem;

/// Tells a result.
pub(super) struct ResultPrinter<'a, W: Write> {
    out: &'a mut W,
    /// Everything that was told.
    told: String,
    fault: Option<io::Error>,
}

impl<'a, W: Write> ResultPrinter<'a, W> {
    pub(super) const fn of(out: &'a mut W) -> Self {
        Self {
            out,
            told: String::new(),
            fault: None,
        }
    }

    /// Tells a part of it. A reader that has gone after the first part, as `head` does, has had enough.
    pub(super) fn tell(&mut self, text: &str) {
        let is_first = self.told.is_empty();
        self.told.push_str(text);
        match &self.fault {
            None => {
                let written = self.out.write_all(text.as_bytes());
                self.fault = written.and_then(|()| self.out.flush()).err();
                if let Some(fault) = &self.fault
                    && (is_first || fault.kind() != ErrorKind::BrokenPipe)
                {
                    self.tell_here(&format!("standard output cannot be written: {fault}"));
                }
            }
            Some(_) => say(text),
        }
    }

    /// Tells on standard error what was told so far.
    fn tell_here(&self, why: &str) {
        say(&format!("{why}. The result:\n{}", self.told));
    }

    /// Everything was told. A reader that has gone away is no problem of ours.
    pub(super) fn end(self) -> Result<(), Problem> {
        match &self.fault {
            Some(fault) if fault.kind() != ErrorKind::BrokenPipe => Err(Problem::could_not_run(
                "standard output",
                fault.to_string(),
                "make room where it is written to",
            )),
            Some(_) => Ok(()),
            None => {
                if is_closed() {
                    self.tell_here("standard output is closed");
                }
                Ok(())
            }
        }
    }
}

/// Nobody is left to tell where standard error is closed too.
fn say(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether standard output was closed when this program began. What then stands in its place is `/dev/null`, open for
/// reading too, as no shell opens it.
fn is_closed() -> bool {
    let leads_nowhere =
        fs::read_link("/proc/self/fd/1").is_ok_and(|path| path.as_os_str() == "/dev/null");
    let info = fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    // The last octal digit holds how it is open: 2 is for both.
    leads_nowhere && flags.is_some_and(|flags| flags.trim().ends_with('2'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes so many bytes and no more.
    struct Narrow(usize, ErrorKind);

    impl Write for Narrow {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let taken = text.len().min(self.0);
            self.0 -= taken;
            if taken == 0 {
                Err(self.1.into())
            } else {
                Ok(taken)
            }
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_takes_no_more_is_a_problem_and_a_reader_that_has_gone_is_none() {
        for (room, kind, is_fault) in [
            (100, ErrorKind::StorageFull, false),
            (8, ErrorKind::StorageFull, true),
            (3, ErrorKind::StorageFull, true),
            (8, ErrorKind::BrokenPipe, false),
        ] {
            let mut out = Narrow(room, kind);
            let mut teller = ResultPrinter::of(&mut out);
            teller.tell("a table\n");
            teller.tell("the end\n");
            assert_eq!(teller.end().is_err(), is_fault, "{room} {kind:?}");
        }
    }
}
