//! A file of the recording, open for writing. What the disk does not take stays in memory, so that no number is lost to
//! those who read it here; the file itself ends with the last text that it took whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Cursor, Read, Seek};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::lines::Lines;

/// A file of the recording.
#[derive(Debug)]
pub(super) struct RecordingFile {
    path: PathBuf,
    file: File,
    /// Device and number: what the file is, whatever it is called.
    id: (u64, u64),
    /// Bytes that the file has taken.
    taken: u64,
    /// What follows them. The run ends when there is anything, so it does not grow for long.
    waiting: Vec<u8>,
}

/// A place in a file to go back to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    taken: u64,
    waiting: usize,
}

impl RecordingFile {
    /// Begins a file that is not there yet.
    pub(super) fn begin(path: PathBuf) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            id: id(&path)?,
            path,
            file,
            taken: 0,
            waiting: Vec::new(),
        })
    }

    /// Puts a text at the end: all of it, or nothing on the disk.
    pub(super) fn append(&mut self, text: &[u8]) -> io::Result<()> {
        // What waits comes first. By its place and not where the file ends, so that half a text is written over.
        self.waiting.extend_from_slice(text);
        let written = self.file.write_all_at(&self.waiting, self.taken);
        match written {
            Ok(()) => {
                self.taken += self.waiting.len() as u64;
                self.waiting.clear();
                Ok(())
            }
            Err(fault) => {
                // Where this fails too, half a line is left, which readers pass over.
                let _ = self.file.set_len(self.taken);
                Err(fault)
            }
        }
    }

    /// Puts a text at the end, in memory alone.
    pub(super) fn hold(&mut self, text: &[u8]) {
        self.waiting.extend_from_slice(text);
    }

    /// Asks the disk to keep what it took.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Whether the file is still there under its name.
    pub(super) fn is_there(&self) -> bool {
        id(&self.path).is_ok_and(|id| id == self.id)
    }

    /// Where it ends now.
    pub(super) const fn mark(&self) -> Mark {
        Mark {
            taken: self.taken,
            waiting: self.waiting.len(),
        }
    }

    /// Takes back what came after `mark`.
    pub(super) fn back_to(&mut self, mark: Mark) {
        let length = mark.taken + mark.waiting as u64;
        if self.taken > length {
            // Where the disk refuses that too, a later text is written over it, or a reader sees it whole.
            let _ = self.file.set_len(length);
            self.taken = length;
        }
        let waits = length.saturating_sub(self.taken);
        self.waiting
            .truncate(usize::try_from(waits).unwrap_or(usize::MAX));
    }

    /// All of it, also what the disk did not take, and also where the file has no name any more.
    pub(super) fn read_back(&self) -> io::Result<Lines> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        let waiting = Cursor::new(self.waiting.clone());
        Ok(Lines::of(file.take(self.taken).chain(waiting)))
    }
}

fn id(path: &Path) -> io::Result<(u64, u64)> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}
