//! What is wrong with a log, or with what is asked of it.

use std::{fmt, io};

use jiff::civil::Date;

use super::columns::Role;
use super::rejected::{Reason, Rejected};
use super::success::Word;
use trtc_base::error::{Exit, Explain};

/// A log that cannot be used, and where.
#[derive(Debug)]
pub struct Fault {
    /// The file, with the line where there is one.
    pub place: String,
    /// What is wrong.
    pub kind: LogFault,
}

/// What is wrong.
#[derive(Debug)]
pub enum LogFault {
    /// Reading failed.
    Io(io::Error),
    /// It is something else than text: what, and what to do.
    Foreign(&'static str, &'static str),
    /// There is nothing in it.
    Empty,
    /// A row has no end.
    Endless,
    /// No column looks like it, or there is no header to tell by.
    NoColumn {
        /// What for.
        role: Role,
        /// The header, where there is one.
        header: Option<Vec<String>>,
    },
    /// The column that was asked for is not there, or there more than once.
    NoSuchColumn {
        /// What for.
        role: Role,
        /// What was asked for.
        wish: String,
        /// The names that are there.
        header: Vec<String>,
    },
    /// More apps than an owner has.
    TooManyApps(usize),
    /// No row is a login that counts.
    NoLogin {
        /// The rows that were read.
        rows: u64,
        /// Those left out as faulty.
        rejected: Vec<Rejected>,
        /// The words of the result column.
        results: Vec<Word>,
    },
    /// Two columns have the name that decides what a column is for.
    TwoColumns {
        /// What the column is for.
        role: Role,
        /// Their name.
        name: String,
        /// Their numbers, from 1.
        columns: [usize; 2],
    },
    /// One column is to be two things.
    OneColumn {
        /// Its number, from 1.
        column: usize,
        /// What it is to be.
        roles: [Role; 2],
    },
    /// Too large a share of the rows is faulty.
    TooManyBad {
        /// The rows that were read.
        rows: u64,
        /// Those left out as faulty.
        rejected: Vec<Rejected>,
        /// The largest share that is allowed, in 0..=1.
        allowed: f64,
    },
    /// The day that was asked for is not in the log.
    NotInLog {
        /// The day.
        day: Date,
        /// The log's first day.
        first: Date,
        /// The log's last day.
        last: Date,
        /// The last day that may be asked about.
        latest: Date,
    },
    /// The thread that keeps the accounts ended early.
    Lost,
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(fault) => write!(f, "cannot be read on: {fault}"),
            Self::Foreign(what, _) => write!(f, "this is {what}"),
            Self::Empty => f.write_str("there is no row"),
            Self::Endless => f.write_str(
                "the row that begins here is longer than 64 KiB or has more than 1,024 columns",
            ),
            Self::NoColumn { role, header } => f.write_str(&missing(*role, header.as_deref())),
            Self::NoSuchColumn { role, wish, header } => {
                write!(
                    f,
                    "no column is called `{wish}`, which is to be the {}: there are {}",
                    role.name(),
                    listed(header)
                )
            }
            Self::TwoColumns {
                role,
                name,
                columns: [first, second],
            } => write!(
                f,
                "two columns are called `{name}`, {first} and {second}: which is the {}?",
                role.name()
            ),
            Self::OneColumn {
                column,
                roles: [one, other],
            } => write!(
                f,
                "column {column} is to be the {} and the {}",
                one.name(),
                other.name()
            ),
            Self::TooManyApps(most) => {
                write!(f, "the app column has more than {most} different values")
            }
            Self::NoLogin {
                rows,
                rejected,
                results,
            } => write!(
                f,
                "none of {rows} rows is a successful login{}{}",
                first_of(rejected),
                words(results)
            ),
            Self::TooManyBad { rows, rejected, .. } => {
                let bad: u64 = rejected.iter().map(|one| one.rows).sum();
                write!(f, "{bad} of {rows} rows are faulty{}", first_of(rejected))
            }
            Self::NotInLog {
                day, first, last, ..
            } => write!(
                f,
                "{day} is not in the log, which goes from {first} to {last}"
            ),
            Self::Lost => f.write_str("the thread that keeps the accounts has ended"),
        }
    }
}

impl Explain for Fault {
    fn place(&self) -> String {
        self.place.clone()
    }

    fn remedy(&self) -> String {
        match &self.kind {
            LogFault::Io(_) => "check that it is whole and may be read".into(),
            LogFault::Foreign(_, remedy) => (*remedy).into(),
            LogFault::Empty => "give a file with a row for each login".into(),
            LogFault::Endless => "look for a quote there that is not closed, or name the delimiter: `--delimiter CHAR`".into(),
            LogFault::NoColumn { role, header } => {
                let names = if header.is_some() { "its name or its number" } else { "its number" };
                format!("give {names}, counted from 1: `--{} 1`", role.name())
            }
            LogFault::NoSuchColumn { role, .. } => {
                format!("give one of these names, or its number counted from 1: `--{} 1`", role.name())
            }
            LogFault::TwoColumns { role, columns: [first, second], .. } => {
                let role = role.name();
                format!("give its number, counted from 1: `--{role} {first}` or `--{role} {second}`")
            }
            LogFault::OneColumn { .. } => "give each its own: `--account NAME --time NAME`".into(),
            LogFault::TooManyApps(_) => "name the right column by `--app`, or use none: `--app -`".into(),
            LogFault::NoLogin { results, .. } if !results.is_empty() => {
                "say which word means success, `--success WORD`, or use no result column: `--result -`".into()
            }
            LogFault::NoLogin { rejected, .. } if rejected.iter().any(|one| one.reason == Reason::Future) => {
                "give the day that is asked about: `--as-of DATE`".into()
            }
            LogFault::NoLogin { rejected, .. } if rejected.iter().any(|one| one.reason == Reason::UnknownTime) => {
                "name the right column, `--time NAME`, or write times as in 2026-11-25 10:00:00".into()
            }
            LogFault::NoLogin { .. } => "name the right columns: `--account NAME --time NAME`".into(),
            LogFault::TooManyBad { rows, rejected, allowed } => {
                let bad: u64 = rejected.iter().map(|one| one.rows).sum();
                // So many are no bad rows among good ones: the log is read in a wrong way.
                if bad * 20 > *rows {
                    return "name the right columns, `--account NAME --time NAME`, or look for a quote that is not closed: it hides \
                            the rows after it"
                        .into();
                }
                let share = (bad * 100).div_ceil((*rows).max(1));
                format!(
                    "correct them, or allow more than {} %: `--bad-rows {share}`",
                    allowed * 100.0
                )
            }
            LogFault::NotInLog { first, latest, .. } => format!("give a day from {first} to {latest}"),
            LogFault::Lost => "report this, with what was asked".into(),
        }
    }

    fn exit(&self) -> Exit {
        if matches!(self.kind, LogFault::Lost) {
            Exit::CouldNotRun
        } else {
            Exit::BadInput
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

/// That a column is not there.
fn missing(role: Role, header: Option<&[String]>) -> String {
    match header {
        None => format!(
            "there is no header that tells which column is the {}",
            role.name()
        ),
        Some(names) => format!(
            "no column is called like {}: there are {}",
            article(role),
            listed(names)
        ),
    }
}

fn article(role: Role) -> String {
    let name = role.name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {name}")
}

/// At most ten names.
fn listed(names: &[String]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(10)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.len().saturating_sub(10);
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Where to look first.
fn first_of(rejected: &[Rejected]) -> String {
    let Some(first) = rejected.first() else {
        return String::new();
    };
    let cell = if first.cell.is_empty() {
        String::new()
    } else {
        format!(", `{}`", first.cell)
    };
    format!(
        "; most have {}, first in {}:{}{cell}",
        first.reason, first.file, first.line
    )
}

/// What the result column says.
fn words(results: &[Word]) -> String {
    let words = results
        .iter()
        .take(5)
        .map(|word| format!("`{}`", word.word));
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        return String::new();
    }
    format!("; results are {}", words.join(", "))
}
