//! Recordings of shards, added up second by second into one: afterwards, or while they grow.
//!
//! In: the folders of runs that played disjoint shards of one plan with one clock. Out: an ordinary recording. Counts and
//! histograms are added exactly; `online_peak` is the sum of the shards' peaks, which need not fall on one instant: an
//! upper bound.

use std::path::{Path, PathBuf};

use super::counts::held_sum;
use super::health::HealthSample;
use super::journal::Journal;
use super::journal_record::{SecondRecord, TotalsLine};
use super::meta::Meta;
use super::part::MergedShard;
use super::reader::totals;
use super::recording::{Counts, Ended, Recording};
use super::recording_reader::{Entry, Page, RecordingReader, unreadable};
use super::second::{Frame, Second, stood_still};
use super::tag::Layout;
use super::thread_buffer::ThreadBuffer;
use super::wording::read_standstill;
use trtc_base::error::Problem;

/// Adds recordings up.
#[derive(Debug)]
pub struct Merger {
    sources: Vec<Source>,
    journal: Journal,
    layout: Layout,
    /// Empty between two seconds.
    merged: ThreadBuffer,
    totals: TotalsLine,
    /// The first second that is not merged.
    next: u64,
}

/// What came of asking for the next second.
#[derive(Debug)]
pub enum Merged {
    /// A second is merged.
    Second(Box<Second>),
    /// A second is merged and could not be written: it is kept in memory. Why.
    Unwritten(Problem),
    /// A recording that may still grow has not written it yet.
    Waits,
    /// Every recording is over.
    Over,
}

/// One shard's recording.
struct Source {
    folder: PathBuf,
    reader: RecordingReader,
    /// The second that was read and is not merged.
    ahead: Option<Box<Page<u32>>>,
    /// Devices online at the end of its last second.
    online: u64,
    growth: Growth,
}

/// Whether more can come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// It may be written yet.
    Grows,
    /// What is not there never comes.
    Still,
    /// It was read to its end.
    Over,
}

impl Merger {
    /// Begins a recording of what `meta` says in `folder`. The recordings in `sources` may still grow.
    ///
    /// # Errors
    /// When a source is no recording, or the folder cannot be written or holds one already.
    pub fn begin(sources: &[PathBuf], meta: &Meta, folder: &Path) -> Result<Self, Problem> {
        let open = |folder: &PathBuf| {
            RecordingReader::open(folder).map(|(_, reader)| Source {
                folder: folder.clone(),
                reader,
                ahead: None,
                online: 0,
                growth: Growth::Grows,
            })
        };
        let sources = sources.iter().map(open).collect::<Result<_, _>>()?;
        let layout = Layout::of(meta);
        Ok(Self {
            sources,
            journal: Journal::begin(folder, meta)?,
            merged: ThreadBuffer::new(&layout, meta.apps.len()),
            layout,
            totals: totals(&[], &Counts::default()),
            next: 0,
        })
    }

    /// The recording in `folder` grows no more: whoever wrote it has ended.
    pub fn ended(&mut self, folder: &Path) {
        let mut sources = self.sources.iter_mut();
        if let Some(source) = sources.find(|source| source.folder == folder)
            && source.growth == Growth::Grows
        {
            source.growth = Growth::Still;
        }
    }

    /// Merges the next second that any recording has.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn step(&mut self) -> Result<Merged, Problem> {
        let mut waits = false;
        for source in &mut self.sources {
            waits |= source.look()?;
        }
        if waits {
            return Ok(Merged::Waits);
        }
        let ahead = self.sources.iter().filter_map(Source::next_second);
        match ahead.min() {
            Some(second) => Ok(match self.merge(second.max(self.next)) {
                Ok(second) => Merged::Second(Box::new(second)),
                Err(problem) => Merged::Unwritten(problem),
            }),
            None => Ok(Merged::Over),
        }
    }

    /// Ends the recording, with the shards that are in it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&mut self, ended: &Ended, shards: &[MergedShard]) -> Result<(), Problem> {
        let written = shards.iter().map(|shard| self.journal.shard(shard));
        // What cannot be written is kept in memory, so each of them is told.
        let written = written.fold(Ok(()), Result::and);
        let ended = match (&written, ended) {
            (Err(problem), Ended::Completed) => &Ended::Unwritten(problem.what.clone()),
            (Ok(()) | Err(_), ended) => ended,
        };
        let ended = self.journal.end(ended, self.totals);
        written.and(ended)
    }

    /// The recording so far, also what could not be written, and also where its folder is gone.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn read_back(&self) -> Result<Recording, Problem> {
        self.journal.read_back()
    }

    /// Writes one second: what every recording says of it. Where one was late and has it within a later line, what it
    /// knew last stands for it.
    fn merge(&mut self, second: u64) -> Result<Second, Problem> {
        let mut samples = Vec::new();
        let mut standstills = Vec::new();
        let mut online_peak = 0_u64;
        for source in &mut self.sources {
            let Some(page) = source.ahead.take_if(|page| page.line.second <= second) else {
                if source.ahead.is_none() {
                    source.online = 0;
                }
                online_peak = online_peak.saturating_add(source.online);
                continue;
            };
            source.online = page.line.online;
            online_peak = online_peak.saturating_add(page.line.online_peak);
            standstills.extend(page.line.standstills);
            samples.extend(page.line.health.as_ref().map(HealthSample::from));
            self.merged.add(&self.layout, &page.counts, &page.cells);
            self.merged.keep(page.breaches);
        }
        standstills.sort_unstable();
        let stood: Vec<_> = standstills.iter().map(read_standstill).collect();
        let frame = Frame {
            second,
            covers: second + 1 - self.next,
            online: held_sum(self.sources.iter().map(|source| source.online)),
            online_peak,
            accounts: self.totals.accounts + self.merged.counts.accounts(),
            stood_still: stood_still(&stood),
            health: HealthSample::together(&samples),
        };
        let line = SecondRecord {
            second,
            covers: frame.covers,
            online: frame.online,
            online_peak,
            standstills,
            health: frame.health.as_ref().map(Into::into),
            ..SecondRecord::default()
        };
        let merged = frame.second(&self.merged.counts, self.merged.filled(&self.layout));
        let written = self.journal.second(&self.layout, &self.merged, line);
        let new = totals(std::slice::from_ref(&merged), &self.merged.counts);
        self.totals.add(new);
        self.merged.clear();
        self.next = second + 1;
        written.map(|()| merged)
    }
}

impl Source {
    /// Reads its next second, where the last one is merged and another is there. Says whether it has to be waited for.
    fn look(&mut self) -> Result<bool, Problem> {
        if self.ahead.is_some() || self.growth == Growth::Over {
            return Ok(false);
        }
        let entry = self.reader.next();
        match entry.map_err(|fault| unreadable(&self.folder, &fault))? {
            Some(Entry::Second(page)) => self.ahead = Some(page),
            None if self.growth == Growth::Grows => return Ok(true),
            Some(Entry::Shard(_) | Entry::End(_) | Entry::Torn(_)) | None => {
                self.growth = Growth::Over;
            }
        }
        Ok(false)
    }

    fn next_second(&self) -> Option<u64> {
        self.ahead.as_ref().map(|page| page.line.second)
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("folder", &self.folder)
            .field("growth", &self.growth)
            .finish_non_exhaustive()
    }
}
