//! Reads logs: one thread takes rows apart, another keeps the accounts.
//!
//! In: files' bytes and [`Settings`]. Out: a [`Log`]. Notes go to the other thread in batches of one shard of the table,
//! whose memory is then at hand: a row at a time would miss every cache.

use std::io::Read;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::{mem, thread};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::columns::{Columns, Wishes};
use super::fault::{Fault, LogFault};
use super::log::{FileRead, Log};
use super::row_parser::{FileContext, RowParser};
use super::rows::{RowFault, Rows, delimiter};
use super::source::{self, Source, Unreadable};
use super::success::{Meaning, Results};
use super::table::{BATCH, Note, SHARDS, Shard};

/// Batches that wait at most: 1 MiB of notes.
const WAITING: usize = 64;
/// Rows after which a log without a single login is given up.
const PATIENCE: u64 = 100_000;

/// How to read.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which columns.
    pub columns: Wishes,
    /// What separates cells; none to find out from the first line.
    pub delimiter: Option<u8>,
    /// The words that mean success; empty for the usual ones.
    pub success: Vec<String>,
    /// Where days and months begin.
    pub zone: TimeZone,
    /// Whose wall clock a time without an offset is, where that is another zone.
    pub written_in: Option<TimeZone>,
    /// How closely failures are looked at.
    pub failures: Failures,
    /// The last day on which a login can be; later ones are of clocks that are wrong.
    pub latest: Date,
    /// The largest share of faulty rows that is borne, in 0..=1.
    pub bad_rows: f64,
}

/// How closely rows of logins that failed are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failures {
    /// They are counted.
    #[default]
    Counted,
    /// They are counted by day and app, for which each time is read.
    ByDay,
}

/// A log to be read.
pub struct Input {
    /// Its name in messages.
    pub name: String,
    /// Its bytes.
    pub bytes: Box<dyn Read>,
}

/// Notes of one shard.
type Batch = (usize, Vec<Note>);

/// Reads every input as parts of one log.
///
/// # Errors
/// The first input that cannot be read or understood; a log without logins, or with too many faulty rows.
pub fn read(inputs: Vec<Input>, settings: &Settings) -> Result<Log, Fault> {
    let place = inputs
        .first()
        .map_or_else(|| "the log".to_owned(), |input| input.name.clone());
    let fail = |kind| Fault {
        place: place.clone(),
        kind,
    };
    let mut parser = RowParser::new(settings);
    let mut files = Vec::new();
    let shards = thread::scope(|scope| {
        let (send, receive) = sync_channel(WAITING);
        let keeper = scope.spawn(move || keep(&receive));
        let mut batches = Batches {
            notes: vec![Vec::new(); SHARDS],
            send,
        };
        for input in inputs {
            let name = input.name.clone();
            let read = read_file(input, settings, &mut parser, &mut batches);
            files.push(read.map_err(|(line, kind)| Fault {
                place: place_of(&name, line),
                kind,
            })?);
        }
        batches.hand_over_all();
        // The keeper ends when nobody can send to it any more.
        drop(batches);
        keeper.join().map_err(|_| fail(LogFault::Lost))
    })?;
    let log = Log::new(parser, shards, files);
    match log.fault(settings.bad_rows) {
        Some(kind) => Err(fail(kind)),
        None => Ok(log),
    }
}

fn place_of(name: &str, line: Option<u64>) -> String {
    line.map_or_else(|| name.to_owned(), |line| format!("{name}:{line}"))
}

/// Keeps the accounts until nothing more comes.
fn keep(batches: &Receiver<Batch>) -> Vec<Shard> {
    let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::default()).collect();
    for (shard, notes) in batches {
        shards[shard].note(&notes);
    }
    shards
}

/// Notes on their way to the keeper.
struct Batches {
    notes: Vec<Vec<Note>>,
    send: SyncSender<Batch>,
}

impl Batches {
    fn add(&mut self, note: Note) {
        let shard = note.shard();
        let notes = &mut self.notes[shard];
        notes.push(note);
        if notes.len() >= BATCH {
            let full = mem::replace(notes, Vec::with_capacity(BATCH));
            // A keeper that is gone is found when it is joined.
            let _ = self.send.send((shard, full));
        }
    }

    fn hand_over_all(&mut self) {
        for (shard, notes) in self.notes.iter_mut().enumerate() {
            let _ = self.send.send((shard, mem::take(notes)));
        }
    }
}

/// A fault of a file, with its line where there is one.
type FileFault = (Option<u64>, LogFault);

fn read_file(
    input: Input,
    settings: &Settings,
    parser: &mut RowParser,
    batches: &mut Batches,
) -> Result<FileRead, FileFault> {
    let Source {
        front,
        text,
        packed,
    } = source::open(input.bytes).map_err(|fault| match fault {
        Unreadable::Io(fault) => (None, LogFault::Io(fault)),
        Unreadable::Foreign(what, remedy) => (None, LogFault::Foreign(what, remedy)),
    })?;
    let delimiter = settings.delimiter.unwrap_or_else(|| delimiter(&front));
    let first = Rows::new(front.as_slice(), delimiter)
        .next()
        .map_err(in_line)?
        .map(|row| row.texts());
    let first = first.ok_or((None, LogFault::Empty))?;
    let columns = Columns::find(&settings.columns, first).map_err(|fault| (Some(1), fault))?;
    let meaning = if settings.success.is_empty() {
        columns.meaning()
    } else {
        Meaning::Named(
            settings
                .success
                .iter()
                .map(|word| word.to_lowercase())
                .collect(),
        )
    };
    let mut file_context = FileContext {
        name: &input.name,
        columns: &columns,
        results: Results::of(meaning),
    };
    let before = parser.rows;
    let mut rows = Rows::new(text, delimiter);
    if columns.header.is_some() {
        rows.next().map_err(in_line)?;
    }
    while let Some(row) = rows.next().map_err(in_line)? {
        let line = row.line;
        if let Some(note) = parser
            .take(row, &mut file_context)
            .map_err(|fault| (Some(line), fault))?
        {
            batches.add(note);
        } else if parser.rows >= PATIENCE && parser.days.months().is_empty() {
            break;
        }
    }
    Ok(FileRead {
        results: file_context.results.words(),
        columns: columns.shown(),
        name: input.name,
        packed,
        delimiter,
        has_header: columns.header.is_some(),
        rows: parser.rows - before,
    })
}

fn in_line(fault: RowFault) -> FileFault {
    match fault {
        RowFault::Io(line, fault) => (Some(line), LogFault::Io(fault)),
        RowFault::Endless(line) => (Some(line), LogFault::Endless),
    }
}
