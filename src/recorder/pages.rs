//! A recording read second by second, while it is still being written or afterwards.
//!
//! A second is whole when its JSON line is complete and every histogram that the line names is in the interval log. The
//! log is written first, so a second whose line is complete and whose histograms are not there never will be whole.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Counter;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

use super::distribution::{DIGITS, Distribution, LEAST_MICROS, MOST_MICROS};
use super::event::Breach;
use super::journal::{COUNTERS, HISTOGRAMS};
use super::line::{EndLine, Line, SecondLine};
use super::meta::{Meta, VERSION};
use super::meta_wording::{read_merged, read_meta};
use super::part::MergedShard;
use super::recording::Counts;
use super::tag::{Layout, Tag};
use super::wording::{read_breach, read_counts, read_exact};
use crate::error::Problem;

/// A recording under the eyes of its reader.
#[derive(Debug)]
pub(super) struct Pages {
    layout: Layout,
    counters: Lines,
    histograms: Lines,
    /// A line of the interval log that belongs to a later second.
    held: Option<Vec<u8>>,
}

/// What a line of the recording stands for.
pub(super) enum Entry<C: Counter> {
    Second(Box<Page<C>>),
    Shard(MergedShard),
    End(EndLine),
    /// What cannot be read, and nothing after it can.
    Torn,
}

/// One second, whole.
pub(super) struct Page<C: Counter> {
    pub(super) line: SecondLine,
    pub(super) counts: Counts,
    pub(super) breaches: Vec<Breach>,
    pub(super) cells: Vec<(Tag, Distribution<C>)>,
}

impl Pages {
    /// Opens the recording in a run's folder, and reads what the run was.
    pub(super) fn open(folder: &Path) -> Result<(Meta, Self), Problem> {
        let (mut counters, histograms) = (open(folder, COUNTERS)?, open(folder, HISTOGRAMS)?);
        let first = counters
            .next()
            .map_err(|fault| unreadable(folder, &fault))?;
        let meta = meta(first.as_deref()).map_err(|(what, remedy)| {
            Problem::bad_input(folder.join(COUNTERS).display().to_string(), what, remedy)
        })?;
        let pages = Self {
            layout: Layout::of(&meta),
            counters,
            histograms,
            held: None,
        };
        Ok((meta, pages))
    }

    /// What comes next; none: nothing so far.
    pub(super) fn next<C: Counter>(&mut self) -> io::Result<Option<Entry<C>>> {
        let Some(line) = self.counters.next()? else {
            return Ok(None);
        };
        let entry = match serde_json::from_slice::<Line>(&line) {
            Ok(Line::Second(line)) => self.page(*line)?.map(|page| Entry::Second(Box::new(page))),
            Ok(Line::Shard(line)) => read_merged(line).map(Entry::Shard),
            Ok(Line::End(line)) => Some(Entry::End(line)),
            Ok(Line::Meta(_)) | Err(_) => None,
        };
        Ok(Some(entry.unwrap_or(Entry::Torn)))
    }

    /// The second of that line; none when it is not whole.
    fn page<C: Counter>(&mut self, line: SecondLine) -> io::Result<Option<Page<C>>> {
        let counts = read_counts(&line);
        let breaches = line.breaches.iter().map(read_breach).collect::<Option<_>>();
        let (Some(counts), Some(breaches)) = (counts, breaches) else {
            return Ok(None);
        };
        let mut cells = Vec::with_capacity(line.series.len());
        for _ in 0..line.series.len() {
            match self.cell(&line)? {
                Some(cell) => cells.push(cell),
                None => return Ok(None),
            }
        }
        Ok(Some(Page {
            line,
            counts,
            breaches,
            cells,
        }))
    }

    /// The next histogram of that second. Those of earlier seconds, which got no JSON line, are passed over.
    fn cell<C: Counter>(
        &mut self,
        line: &SecondLine,
    ) -> io::Result<Option<(Tag, Distribution<C>)>> {
        let start = line.start();
        loop {
            let Some(text) = self
                .held
                .take()
                .map_or_else(|| self.histograms.next(), |held| Ok(Some(held)))?
            else {
                return Ok(None);
            };
            let begins = match IntervalLogIterator::new(&text).next() {
                Some(Ok(LogEntry::Interval(interval))) => interval.start_timestamp().as_secs(),
                // Comments, and when the log begins.
                None | Some(Ok(LogEntry::StartTime(_) | LogEntry::BaseTime(_))) => continue,
                Some(Err(_)) => u64::MAX,
            };
            if begins == start {
                return Ok(cell(&self.layout, line, &text));
            }
            if begins > start {
                self.held = Some(text);
                return Ok(None);
            }
        }
    }
}

/// The distribution that a line of the interval log holds, if it is what the second's line says.
fn cell<C: Counter>(
    layout: &Layout,
    line: &SecondLine,
    text: &[u8],
) -> Option<(Tag, Distribution<C>)> {
    let Some(Ok(LogEntry::Interval(interval))) = IntervalLogIterator::new(text).next() else {
        return None;
    };
    let name = interval.tag()?.as_str();
    let exact = read_exact(*line.series.get(name)?);
    let histogram: Histogram<C> = decode(interval.encoded_histogram())?;
    if histogram.len() != exact.count {
        return None;
    }
    Some((layout.parse(name)?, Distribution::of(exact, histogram)))
}

/// The histogram, if it has the shape that every recording uses: only then do two add up.
fn decode<C: Counter>(text: &str) -> Option<Histogram<C>> {
    let bytes = STANDARD.decode(text).ok()?;
    let histogram: Histogram<C> = Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .ok()?;
    let shape = (histogram.low(), histogram.high(), histogram.sigfig());
    (shape == (LEAST_MICROS, MOST_MICROS, DIGITS)).then_some(histogram)
}

impl Meta {
    /// What the run in a folder was, without what it measured.
    ///
    /// # Errors
    /// When the folder holds no recording of this version.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        Pages::open(folder).map(|(meta, _)| meta)
    }
}

/// What the first line says; what is wrong with it, and what to do.
fn meta(first: Option<&[u8]>) -> Result<Meta, (String, String)> {
    let line = first.and_then(|line| serde_json::from_slice::<Line>(line).ok());
    let version = first.and_then(|line| serde_json::from_slice::<Version>(line).ok());
    if let Some(Version { version }) = version
        && version != VERSION
    {
        return Err((
            format!("the recording has version {version}, this program reads {VERSION}"),
            "read it with the program that made it".to_owned(),
        ));
    }
    let Some(Line::Meta(line)) = line else {
        return Err((
            "the first line is not that of a recording".to_owned(),
            "name the folder of a run".to_owned(),
        ));
    };
    read_meta(line).ok_or_else(|| {
        let what = "the first line uses a word that this version does not know";
        (what.to_owned(), "restore the file from a copy".to_owned())
    })
}

/// All that every version's first line has in common.
#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

/// The whole lines of a file that may still grow.
#[derive(Debug)]
struct Lines {
    file: BufReader<File>,
    /// The beginning of a line whose end is not there yet.
    torn: Vec<u8>,
}

impl Lines {
    /// The next whole line with its end, if it is not empty; none so far.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            self.file.read_until(b'\n', &mut self.torn)?;
            if !self.torn.ends_with(b"\n") {
                return Ok(None);
            }
            let line = std::mem::take(&mut self.torn);
            if line.len() > 1 {
                return Ok(Some(line));
            }
        }
    }
}

fn open(folder: &Path, name: &str) -> Result<Lines, Problem> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(|fault| unreadable(&path, &fault))?;
    Ok(Lines {
        file: BufReader::new(file),
        torn: Vec::new(),
    })
}

pub(super) fn unreadable(path: &Path, fault: &io::Error) -> Problem {
    Problem::bad_input(
        path.display().to_string(),
        format!("the recording cannot be read: {fault}"),
        "name the folder of a run",
    )
}
