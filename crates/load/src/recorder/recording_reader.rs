//! A recording read second by second, while it is still being written or afterwards.
//!
//! A second is whole when its JSON line is complete and every histogram that the line names is in the interval log. The
//! log is written first, so a second whose line is complete and whose histograms are not there never will be whole.

use std::fs::File;
use std::io;
use std::path::Path;

use hdrhistogram::Counter;

use super::block::Log;
use super::damage::Damage;
use super::distribution::Distribution;
use super::event::Violation;
use super::journal::{COUNTERS, HISTOGRAMS};
use super::journal_record::{BlockRecord, EndRecord, JournalRecord, MetaRecord, SecondRecord};
use super::lines::{Lines, is_blank};
use super::meta::{Meta, VERSIONS_READ};
use super::meta_wording::{read_merged, read_meta};
use super::part::MergedShard;
use super::recording::Counts;
use super::seal::Seal;
use super::tag::{Layout, Tag};
use super::unknown::Unknown;
use super::wording::{read_counts, read_violation};
use trtc_base::error::Problem;

/// A recording under the eyes of its reader.
#[derive(Debug)]
pub(super) struct RecordingReader {
    layout: Layout,
    counters: Lines,
    /// None in version 3, whose lines have no checksums.
    seal: Option<Seal>,
    log: Log,
    /// What the interval log begins with, until it was looked at.
    header: Option<BlockRecord>,
    /// The second in which the next line begins.
    next: u64,
    unknown: Unknown,
}

/// What a line of the recording stands for.
pub(super) enum Entry<C: Counter> {
    Second(Box<Page<C>>),
    Shard(MergedShard),
    End(EndRecord),
    /// What cannot be read, and nothing after it can.
    Torn(Damage),
}

/// One second, whole.
pub(super) struct Page<C: Counter> {
    pub(super) line: SecondRecord,
    pub(super) counts: Counts,
    pub(super) breaches: Vec<Violation>,
    pub(super) cells: Vec<(Tag, Distribution<C>)>,
}

impl RecordingReader {
    /// Opens the recording in a run's folder, and reads what the run was.
    pub(super) fn open(folder: &Path) -> Result<(Meta, Self), Problem> {
        let (counters, histograms) = (open(folder, COUNTERS)?, open(folder, HISTOGRAMS)?);
        Self::of(folder, counters, histograms)
    }

    /// The recording whose two files these are, wherever they lie; `folder` names it in what is said of it.
    pub(super) fn of(
        folder: &Path,
        mut counters: Lines,
        histograms: Lines,
    ) -> Result<(Meta, Self), Problem> {
        let first = counters
            .next()
            .map_err(|fault| unreadable(folder, &fault))?;
        let first = first.unwrap_or_default();
        let refused = |(what, remedy)| {
            Problem::bad_input(folder.join(COUNTERS).display().to_string(), what, remedy)
        };
        let (line, version) = meta_line(&first).map_err(refused)?;
        let mut seal = (version > *VERSIONS_READ.start()).then(Seal::default);
        if seal.as_mut().is_some_and(|seal| !seal.fits(&first)) {
            let what = "the first line is not as it was written: its checksum does not fit";
            return Err(refused((what.to_owned(), RESTORE.to_owned())));
        }
        let header = line.histograms.clone();
        let meta = read_meta(line).ok_or_else(|| {
            let what = "the first line uses a word that this version does not know";
            refused((what.to_owned(), RESTORE.to_owned()))
        })?;
        let reader = Self {
            layout: Layout::of(&meta),
            counters,
            seal,
            log: Log(histograms),
            header,
            next: 0,
            unknown: Unknown::default(),
        };
        Ok((meta, reader))
    }

    /// What comes next; none: nothing so far.
    pub(super) fn next<C: Counter>(&mut self) -> io::Result<Option<Entry<C>>> {
        if let Some(header) = self.header.take()
            && let Err(damage) = self.log.header(&header)?
        {
            return Ok(Some(Entry::Torn(damage)));
        }
        let Some(text) = self.line()? else {
            return Ok(None);
        };
        if self.seal.as_mut().is_some_and(|seal| !seal.fits(&text)) {
            return Ok(Some(Entry::Torn(self.unlike(&text))));
        }
        Ok(Some(match serde_json::from_slice::<JournalRecord>(&text) {
            Ok(JournalRecord::Second(line)) => self.page(*line)?,
            Ok(JournalRecord::Shard(line)) => match read_merged(line) {
                Some(merged) => Entry::Shard(merged),
                None => Entry::Torn(self.wrong("it names no shard")),
            },
            Ok(JournalRecord::End(line)) => Entry::End(line),
            Ok(JournalRecord::Meta(_)) => Entry::Torn(self.wrong("it is a first line")),
            Err(fault) => Entry::Torn(self.wrong(&format!("it cannot be read: {fault}"))),
        }))
    }

    /// The next line of counters. Blank ones are passed over where no checksum tells that nobody wrote them.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.counters.next()? {
                Some(text) if self.seal.is_none() && is_blank(&text) => {}
                other => return Ok(other),
            }
        }
    }

    /// The second of that line, if it is the one that comes next and whole.
    fn page<C: Counter>(&mut self, line: SecondRecord) -> io::Result<Entry<C>> {
        if line.start() != self.next {
            return Ok(Entry::Torn(self.wrong(&self.out_of_turn(&line))));
        }
        let cells = match self.log.second(&self.layout, &line, &mut self.unknown)? {
            Ok(cells) => cells,
            Err(damage) => return Ok(Entry::Torn(damage)),
        };
        self.next = line.second.saturating_add(1);
        Ok(Entry::Second(Box::new(Page {
            counts: read_counts(&line, &mut self.unknown),
            breaches: line.breaches.iter().filter_map(read_violation).collect(),
            line,
            cells,
        })))
    }

    /// Why a second cannot be the next.
    fn out_of_turn(&self, line: &SecondRecord) -> String {
        let (start, next) = (line.start(), self.next);
        if start < next {
            format!("second {start} is there twice")
        } else {
            format!("second {start} follows, and second {next} is missing")
        }
    }

    /// What is wrong with a line that does not fit its checksum.
    fn unlike(&self, text: &[u8]) -> Damage {
        let is_second = |line| match line {
            JournalRecord::Second(line) => Some(line),
            JournalRecord::Meta(_) | JournalRecord::Shard(_) | JournalRecord::End(_) => None,
        };
        let second = serde_json::from_slice::<JournalRecord>(text)
            .ok()
            .and_then(is_second);
        match second {
            Some(line) if line.start() != self.next => self.wrong(&self.out_of_turn(&line)),
            Some(line) => self.wrong(&format!(
                "second {} is not as it was written: the line's checksum does not fit",
                line.start()
            )),
            None => self.wrong(&format!(
                "after second {}: it is not as it was written, or a line before it is missing: its checksum does not fit",
                self.next.saturating_sub(1)
            )),
        }
    }

    fn wrong(&self, what: &str) -> Damage {
        Damage::of(COUNTERS, format!("line {}: {what}", self.counters.number()))
    }

    /// What stands after the recording's last line, which was read: nobody who writes leaves anything there.
    pub(super) fn foreign(&mut self) -> io::Result<Option<Damage>> {
        let rest = [
            (HISTOGRAMS, self.log.0.rest()?),
            (COUNTERS, self.counters.rest()?),
        ];
        let found = rest.into_iter().find(|(_, lines)| *lines > 0);
        Ok(found.map(|(file, lines)| {
            Damage::of(file, format!("at its end: {lines} lines that nobody wrote"))
        }))
    }

    /// What a recording without a last line has in its interval log that cannot be the beginning of a second.
    pub(super) fn unfinished(&mut self) -> io::Result<Option<Damage>> {
        self.log.unfinished(self.next)
    }

    /// What was passed over.
    pub(super) fn into_unknown(self) -> Unknown {
        self.unknown
    }
}

impl Meta {
    /// What the run in a folder was, without what it measured.
    ///
    /// # Errors
    /// When the folder holds no recording of a version that is read.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        RecordingReader::open(folder).map(|(meta, _)| meta)
    }
}

const RESTORE: &str = "restore the file from a copy";

/// What the first line says, and the version it is of; what is wrong with it, and what to do.
fn meta_line(first: &[u8]) -> Result<(MetaRecord, u32), (String, String)> {
    let version = serde_json::from_slice::<Version>(first).ok();
    if let Some(Version { version }) = version
        && !VERSIONS_READ.contains(&version)
    {
        let (least, most) = (VERSIONS_READ.start(), VERSIONS_READ.end());
        return Err((
            format!("the recording has version {version}, this program reads {least} and {most}"),
            "read it with the program that made it".to_owned(),
        ));
    }
    match serde_json::from_slice::<JournalRecord>(first) {
        Ok(JournalRecord::Meta(line)) => {
            let version = line.version;
            Ok((line, version))
        }
        Ok(JournalRecord::Second(_) | JournalRecord::Shard(_) | JournalRecord::End(_)) | Err(_) => {
            Err((
                "the first line is not that of a recording".to_owned(),
                "name the folder of a run".to_owned(),
            ))
        }
    }
}

/// All that every version's first line has in common.
#[derive(serde::Deserialize)]
struct Version {
    version: u32,
}

fn open(folder: &Path, name: &str) -> Result<Lines, Problem> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(|fault| unreadable(&path, &fault))?;
    Ok(Lines::of(file))
}

pub(super) fn unreadable(path: &Path, fault: &io::Error) -> Problem {
    Problem::bad_input(
        path.display().to_string(),
        format!("the recording cannot be read: {fault}"),
        "name the folder of a run",
    )
}
