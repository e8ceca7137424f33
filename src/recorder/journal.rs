//! A run's recording on disk as it grows: an interval log for histograms, a line of JSON a second for the rest.
//!
//! A second is written to the interval log first and to the JSON lines after it, each handed to the kernel whole. So a
//! second counts once its JSON line is complete, and killing the process loses at most the second under way.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriterBuilder, IntervalLogWriterError, Tag as LogTag,
};

use super::book::Book;
use super::line::{EndLine, Line, MetaLine, SecondLine};
use super::meta::{Meta, VERSION};
use super::meta_wording::spell_merged;
use super::part::MergedShard;
use super::tag::Layout;
use super::wording::{spell_breach, spell_counts, spell_exact};
use crate::error::Problem;

/// The interval log's file name in a run's folder.
pub const HISTOGRAMS: &str = "recording.hlog";
/// The JSON lines' file name in a run's folder.
pub const COUNTERS: &str = "recording.jsonl";

/// The two files of a recording, open for writing.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    histograms: File,
    counters: File,
    buffer: Vec<u8>,
}

impl Journal {
    /// Makes the folder where it is missing, and begins both files. An older recording is never written over.
    pub(super) fn begin(folder: &Path, meta: &Meta) -> Result<Self, Problem> {
        let begin = || -> io::Result<Self> {
            fs::create_dir_all(folder)?;
            let mut journal = Self {
                folder: folder.to_owned(),
                histograms: File::create_new(folder.join(HISTOGRAMS))?,
                counters: File::create_new(folder.join(COUNTERS))?,
                buffer: Vec::new(),
            };
            journal.header(meta)?;
            Ok(journal)
        };
        begin().map_err(|fault| unwritable(folder, &fault))
    }

    fn header(&mut self, meta: &Meta) -> io::Result<()> {
        let mut serializer = V2DeflateSerializer::new();
        IntervalLogWriterBuilder::new()
            .add_comment(&format!("[trtc-load recording, version {VERSION}]"))
            .add_comment("[Unit: microseconds. Timestamps: seconds since the run's start]")
            .with_start_time(UNIX_EPOCH + Duration::from_secs(meta.started_at.0))
            .begin_log_with(&mut self.buffer, &mut serializer)?;
        self.buffer.extend_from_slice(
            b"\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n",
        );
        self.histograms.write_all(&self.buffer)?;
        self.line(&Line::Meta(MetaLine::from(meta)))
    }

    /// Writes one second: what `book` holds goes into both files, and the line gets its counters.
    pub(super) fn second(
        &mut self,
        layout: &Layout,
        book: &Book,
        mut line: SecondLine,
    ) -> Result<(), Problem> {
        spell_counts(&book.counts, &mut line);
        line.breaches = book.breaches.iter().map(spell_breach).collect();
        let write = || -> io::Result<()> {
            self.interval(layout, book, &mut line)?;
            self.line(&Line::Second(Box::new(line)))
        };
        write().map_err(|fault| unwritable(&self.folder, &fault))
    }

    fn interval(&mut self, layout: &Layout, book: &Book, line: &mut SecondLine) -> io::Result<()> {
        self.buffer.clear();
        let mut serializer = V2DeflateSerializer::new();
        let mut log =
            IntervalLogWriterBuilder::new().begin_log_with(&mut self.buffer, &mut serializer)?;
        let start = Duration::from_secs(line.start());
        for (tag, cell) in book.filled(layout) {
            let name = layout.spell(tag);
            let covers = Duration::from_secs(line.covers);
            log.write_histogram(cell.histogram(), start, covers, LogTag::new(&name))
                .map_err(|fault| match fault {
                    IntervalLogWriterError::IoError(fault) => fault,
                    IntervalLogWriterError::SerializeError(fault) => io::Error::other(fault),
                })?;
            line.series.insert(name, spell_exact(cell.exact()));
        }
        self.histograms.write_all(&self.buffer)
    }

    /// Writes what is known of a shard that was merged.
    pub(super) fn shard(&mut self, shard: &MergedShard) -> Result<(), Problem> {
        let written = self.line(&Line::Shard(spell_merged(shard)));
        written.map_err(|fault| unwritable(&self.folder, &fault))
    }

    /// Writes the last line and asks the disk to keep all.
    pub(super) fn end(&mut self, line: EndLine) -> Result<(), Problem> {
        let write = || -> io::Result<()> {
            self.line(&Line::End(line))?;
            self.histograms.sync_all()?;
            self.counters.sync_all()
        };
        write().map_err(|fault| unwritable(&self.folder, &fault))
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.buffer.push(b'\n');
        self.counters.write_all(&self.buffer)
    }
}

fn unwritable(folder: &Path, fault: &io::Error) -> Problem {
    let remedy = if fault.kind() == io::ErrorKind::AlreadyExists {
        "choose another folder: a recording is never written over"
    } else {
        "check the folder's permissions and the disk's free space"
    };
    Problem::could_not_run(
        folder.display().to_string(),
        format!("the recording cannot be written: {fault}"),
        remedy,
    )
}
