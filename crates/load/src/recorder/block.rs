//! The interval log, second by second: each line held against what the second's JSON line says of it.

use std::collections::BTreeSet;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use hdrhistogram::{Counter, Histogram};

use super::damage::Damage;
use super::distribution::Distribution;
use super::journal::HISTOGRAMS;
use super::journal_record::{BlockRecord, SecondRecord};
use super::lines::{Lines, is_blank};
use super::seal;
use super::tag::{Layout, Tag};
use super::unknown::Unknown;
use super::wording::read_exact;

/// The interval log of a recording.
#[derive(Debug)]
pub(super) struct Log(pub(super) Lines);

/// What a line of the interval log is.
enum Row<'a> {
    Histogram {
        /// The second in which it begins.
        begins: u64,
        tag: &'a str,
        encoded: &'a str,
    },
    /// A comment, a title, or when the log begins.
    Comment,
    Strange,
}

/// Lines that were read, and whether they are those that were written.
type Block = (Vec<Vec<u8>>, bool);

/// What a second's histograms are, or what is wrong with them.
type Told<T> = Result<T, Damage>;

/// Distributions with what they are of.
type Tagged<C> = Vec<(Tag, Distribution<C>)>;

impl Log {
    /// The distributions of that second. Those of tags that this program does not know go to `unknown`.
    pub(super) fn second<C: Counter>(
        &mut self,
        layout: &Layout,
        line: &SecondRecord,
        unknown: &mut Unknown,
    ) -> io::Result<Told<Tagged<C>>> {
        let block = match &line.histograms {
            Some(sealed) => self.sealed(sealed, line.start())?,
            None => self.counted(line)?,
        };
        let (block, fits) = match block {
            Ok(block) => block,
            Err(damage) => return Ok(Err(damage)),
        };
        let from = self.0.number() + 1 - block.len() as u64;
        let mut seen = BTreeSet::new();
        let mut cells = Vec::with_capacity(block.len());
        for (number, text) in (from..).zip(&block) {
            match cell(line, text, &mut seen) {
                Ok((tag, cell)) => match layout.parse(tag) {
                    Some(tag) => cells.push((tag, cell)),
                    None => unknown.note("series", tag, cell.count()),
                },
                Err((second, what)) => return Ok(Err(wrong(number, second, &what))),
            }
        }
        Ok(if seen.len() < line.series.len() {
            Err(wrong(self.0.number(), line.start(), "lines are missing"))
        } else if fits {
            Ok(cells)
        } else {
            let what = "its lines are not as they were written: their checksum does not fit";
            Err(wrong(from, line.start(), what))
        })
    }

    /// The lines before the first second: none but what was written.
    pub(super) fn header(&mut self, sealed: &BlockRecord) -> io::Result<Told<()>> {
        Ok(match self.sealed(sealed, 0)? {
            Ok((_, true)) => Ok(()),
            Ok((_, false)) => {
                let what =
                    "its first lines are not as they were written: their checksum does not fit";
                Err(Damage::of(HISTOGRAMS, what.to_owned()))
            }
            Err(damage) => Err(damage),
        })
    }

    /// So many lines, and whether they are those that were written.
    fn sealed(&mut self, sealed: &BlockRecord, second: u64) -> io::Result<Told<Block>> {
        let mut block = Vec::new();
        while (block.len() as u64) < sealed.lines {
            match self.0.next()? {
                Some(text) => block.push(text),
                None => return Ok(Err(self.short(block.len() as u64, sealed.lines, second))),
            }
        }
        let fits = seal::sum(&block.concat()) == sealed.crc32;
        Ok(Ok((block, fits)))
    }

    /// So many histograms, as version 3 holds them: nothing but their number is known.
    fn counted(&mut self, line: &SecondRecord) -> io::Result<Told<Block>> {
        let count = line.series.len();
        let mut block = Vec::new();
        while block.len() < count {
            match self.0.next()? {
                Some(text) if is_blank(&text) || matches!(row(&text), Row::Comment) => {}
                Some(text) => block.push(text),
                None => {
                    let there = block.len() as u64;
                    return Ok(Err(self.short(there, count as u64, line.start())));
                }
            }
        }
        Ok(Ok((block, true)))
    }

    fn short(&self, there: u64, wanted: u64, second: u64) -> Damage {
        let what = format!(
            "after line {}: it ends after {there} of the {wanted} lines of second {second}",
            self.0.number()
        );
        Damage::of(HISTOGRAMS, what)
    }

    /// What stands after the last second that was read, if it is not what a writer leaves that was ended there: histograms
    /// from `next` on.
    pub(super) fn unfinished(&mut self, next: u64) -> io::Result<Option<Damage>> {
        while let Some(text) = self.0.next()? {
            let is_later = matches!(row(&text), Row::Histogram { begins, .. } if begins >= next);
            if !is_later && !is_blank(&text) {
                let what = "it does not belong after the last second, and nobody wrote it there";
                let line = self.0.number();
                return Ok(Some(Damage::of(HISTOGRAMS, format!("line {line}: {what}"))));
            }
        }
        Ok(None)
    }
}

fn wrong(number: u64, second: u64, what: &str) -> Damage {
    Damage::of(
        HISTOGRAMS,
        format!("line {number}, second {second}: {what}"),
    )
}

fn row(text: &[u8]) -> Row<'_> {
    match IntervalLogIterator::new(text).next() {
        Some(Ok(LogEntry::Interval(interval))) => Row::Histogram {
            begins: interval.start_timestamp().as_secs(),
            tag: interval.tag().map_or("", |tag| tag.as_str()),
            encoded: interval.encoded_histogram(),
        },
        None | Some(Ok(LogEntry::StartTime(_) | LogEntry::BaseTime(_))) => Row::Comment,
        Some(Err(_)) => Row::Strange,
    }
}

/// The distribution that a line of the interval log holds, and its tag, if they are what the second's line says. Otherwise
/// the second that is wrong, and how.
fn cell<'a, C: Counter>(
    line: &SecondRecord,
    text: &'a [u8],
    seen: &mut BTreeSet<&'a str>,
) -> Result<(&'a str, Distribution<C>), (u64, String)> {
    let start = line.start();
    let wrong = |what: String| (start, what);
    let Row::Histogram {
        begins,
        tag,
        encoded,
    } = row(text)
    else {
        return Err(wrong("it is no histogram".to_owned()));
    };
    if begins < start {
        let what = format!("`{tag}` is there, and the second was complete before it");
        return Err((begins, what));
    }
    if begins > start {
        let what = format!("a line of second {begins} is there, and lines are missing before it");
        return Err(wrong(what));
    }
    let exact = line.series.get(tag);
    let exact = exact.ok_or_else(|| wrong(format!("`{tag}` is not in recording.jsonl")))?;
    let exact = read_exact(*exact);
    if !seen.insert(tag) {
        return Err(wrong(format!("`{tag}` is there twice")));
    }
    let unreadable = || wrong(format!("the histogram of `{tag}` cannot be read"));
    let histogram: Histogram<C> = decode(encoded).ok_or_else(unreadable)?;
    if histogram.len() != exact.count {
        return Err(wrong(format!(
            "`{tag}` has {} samples, and recording.jsonl says {}",
            histogram.len(),
            exact.count
        )));
    }
    let all = Distribution::of(exact, histogram).ok_or_else(unreadable)?;
    Ok((tag, all))
}

/// The histogram that a line of the interval log holds.
fn decode<C: Counter>(text: &str) -> Option<Histogram<C>> {
    let bytes = STANDARD.decode(text).ok()?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
}
