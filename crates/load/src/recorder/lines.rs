//! The whole lines of a file that may still grow.

use std::io::{BufRead, BufReader, Read};
use std::{fmt, io};

/// The whole lines of a file that may still grow.
pub(super) struct Lines {
    source: BufReader<Box<dyn Read + Send>>,
    /// The beginning of a line whose end is not there yet.
    torn: Vec<u8>,
    number: u64,
}

impl Lines {
    pub(super) fn of(source: impl Read + Send + 'static) -> Self {
        Self {
            source: BufReader::new(Box::new(source)),
            torn: Vec::new(),
            number: 0,
        }
    }

    /// The next whole line with its end; none so far.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.source.read_until(b'\n', &mut self.torn)?;
        if !self.torn.ends_with(b"\n") {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(std::mem::take(&mut self.torn)))
    }

    /// The number of the line that was read last, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// How many lines follow to the end, one without an end counted too.
    pub(super) fn rest(&mut self) -> io::Result<u64> {
        let mut rest = 0;
        while self.next()?.is_some() {
            rest += 1;
        }
        Ok(rest + u64::from(!self.torn.is_empty()))
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Whether a line has nothing in it.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.len() <= 1
}
