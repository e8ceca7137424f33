//! A run's recording on disk as it grows: an interval log for histograms, a line of JSON a second for the rest.
//!
//! A second is written to the interval log first and to the JSON lines after it, each handed to the kernel whole. So a
//! second counts once its JSON line is complete, and killing the process loses at most the second under way. Each line of
//! both files is held to a checksum, see [`super::seal`].

use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io};

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogWriterBuilder, IntervalLogWriterError, Tag as LogTag,
};

use super::journal_record::{
    BlockRecord, EndRecord, JournalRecord, MetaRecord, SecondRecord, TotalsLine,
};
use super::meta::{Meta, VERSION};
use super::meta_wording::spell_merged;
use super::part::MergedShard;
use super::recording::{Ended, Recording};
use super::recording_file::RecordingFile;
use super::recording_reader::RecordingReader;
use super::seal::{self, Seal};
use super::tag::Layout;
use super::thread_buffer::ThreadBuffer;
use super::wording::{spell_counts, spell_ended, spell_exact, spell_violation};
use trtc_base::error::Problem;

/// The interval log's file name in a run's folder.
pub const HISTOGRAMS: &str = "recording.hlog";
/// The JSON lines' file name in a run's folder.
pub const COUNTERS: &str = "recording.jsonl";

/// The two files of a recording, open for writing.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    histograms: RecordingFile,
    counters: RecordingFile,
    seal: Seal,
    buffer: Vec<u8>,
}

impl Journal {
    /// Makes the folder where it is missing, and begins both files. An older recording is never written over.
    pub(super) fn begin(folder: &Path, meta: &Meta) -> Result<Self, Problem> {
        let begin = || -> io::Result<Self> {
            fs::create_dir_all(folder)?;
            let mut journal = Self {
                folder: folder.to_owned(),
                histograms: RecordingFile::begin(folder.join(HISTOGRAMS))?,
                counters: RecordingFile::begin(folder.join(COUNTERS))?,
                seal: Seal::default(),
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
        let block = self.block();
        self.histograms.append(&self.buffer)?;
        self.line(&JournalRecord::Meta(MetaRecord {
            histograms: Some(block),
            ..MetaRecord::from(meta)
        }))
    }

    /// Writes one second: what `buffer` holds goes into both files, and the line gets its counters. What cannot be written
    /// is kept in memory.
    pub(super) fn second(
        &mut self,
        layout: &Layout,
        buffer: &ThreadBuffer,
        mut line: SecondRecord,
    ) -> Result<(), Problem> {
        spell_counts(&buffer.counts, &mut line);
        line.breaches = buffer.breaches.iter().map(spell_violation).collect();
        self.write(layout, buffer, line)
            .map_err(|fault| unwritable(&self.folder, &fault))
            .and_then(|()| self.is_there())
    }

    fn write(
        &mut self,
        layout: &Layout,
        buffer: &ThreadBuffer,
        mut line: SecondRecord,
    ) -> io::Result<()> {
        self.spell_interval(layout, buffer, &mut line)?;
        line.histograms = Some(self.block());
        let log = self.histograms.append(&self.buffer);
        let line = self.line(&JournalRecord::Second(Box::new(line)));
        log.and(line)
    }

    /// Spells the second's histograms into the buffer, and their exact numbers into the line.
    fn spell_interval(
        &mut self,
        layout: &Layout,
        buffer: &ThreadBuffer,
        line: &mut SecondRecord,
    ) -> io::Result<()> {
        self.buffer.clear();
        let mut serializer = V2DeflateSerializer::new();
        let mut log =
            IntervalLogWriterBuilder::new().begin_log_with(&mut self.buffer, &mut serializer)?;
        let start = Duration::from_secs(line.start());
        for (tag, cell) in buffer.filled(layout) {
            let name = layout.spell(tag);
            let covers = Duration::from_secs(line.covers);
            log.write_histogram(cell.histogram(), start, covers, LogTag::new(&name))
                .map_err(|fault| match fault {
                    IntervalLogWriterError::IoError(fault) => fault,
                    IntervalLogWriterError::SerializeError(fault) => io::Error::other(fault),
                })?;
            line.series.insert(name, spell_exact(cell.exact()));
        }
        Ok(())
    }

    /// What the buffer, which goes into the interval log, is held to.
    fn block(&self) -> BlockRecord {
        BlockRecord {
            lines: self.buffer.iter().filter(|byte| **byte == b'\n').count() as u64,
            crc32: seal::sum(&self.buffer),
        }
    }

    /// Writes what is known of a shard that was merged.
    pub(super) fn shard(&mut self, shard: &MergedShard) -> Result<(), Problem> {
        let written = self.line(&JournalRecord::Shard(spell_merged(shard)));
        written.map_err(|fault| unwritable(&self.folder, &fault))
    }

    /// Writes the last line and asks the disk to keep all. Where that fails, who reads the recording back hears why.
    pub(super) fn end(&mut self, ended: &Ended, totals: TotalsLine) -> Result<(), Problem> {
        let (seal, mark) = (self.seal.clone(), self.counters.mark());
        let written = self
            .line(&end_line(ended, totals))
            .and_then(|()| self.histograms.sync())
            .and_then(|()| self.counters.sync())
            .map_err(|fault| unwritable(&self.folder, &fault))
            .and_then(|()| self.is_there());
        if let Err(problem) = &written {
            self.seal = seal;
            self.counters.back_to(mark);
            let ended = Ended::Unwritten(problem.what.clone());
            // Into memory: it cannot fail but for want of that.
            let _ = self.hold(&end_line(&ended, totals));
        }
        written
    }

    /// Writes a line of counters, if the interval log is whole: a line without its histograms would be a damaged file's.
    fn line(&mut self, line: &JournalRecord) -> io::Result<()> {
        self.spell(line)?;
        match self.histograms.append(b"") {
            Ok(()) => self.counters.append(&self.buffer),
            Err(fault) => {
                self.counters.hold(&self.buffer);
                Err(fault)
            }
        }
    }

    /// Keeps a line of counters in memory, for who reads the recording back.
    fn hold(&mut self, line: &JournalRecord) -> io::Result<()> {
        self.spell(line)?;
        self.counters.hold(&self.buffer);
        Ok(())
    }

    fn spell(&mut self, line: &JournalRecord) -> io::Result<()> {
        self.buffer.clear();
        serde_json::to_writer(&mut self.buffer, line)?;
        self.seal.close(&mut self.buffer);
        Ok(())
    }

    /// Refuses to go on where nobody will find what is written.
    fn is_there(&self) -> Result<(), Problem> {
        if self.histograms.is_there() && self.counters.is_there() {
            return Ok(());
        }
        Err(Problem::could_not_run(
            self.folder.display().to_string(),
            "the recording is gone: the run's folder was deleted, moved or changed while the run went on",
            "leave a run's folder alone until the run has ended",
        ))
    }

    /// The recording so far, also what the disk did not take, and also where its folder is gone.
    pub(super) fn read_back(&self) -> Result<Recording, Problem> {
        let open = |file: &RecordingFile| {
            let lines = file.read_back();
            lines.map_err(|fault| unwritable(&self.folder, &fault))
        };
        let (counters, histograms) = (open(&self.counters)?, open(&self.histograms)?);
        let reader = RecordingReader::of(&self.folder, counters, histograms)?;
        Recording::of(&self.folder, reader)
    }
}

fn end_line(ended: &Ended, totals: TotalsLine) -> JournalRecord {
    let (ended, why) = spell_ended(ended);
    JournalRecord::End(EndRecord {
        ended: ended.to_owned(),
        why,
        totals,
    })
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
