//! A run's findings for its readers: a person in a hurry, a pipeline, a spreadsheet, a terminal.
//!
//! In: [`Findings`]. Out: the files of a run's folder, and lines for the terminal. Never here: judging, measuring,
//! printing.

mod channel_ends;
mod digest;
mod generator_health;
mod html;
mod json;
mod junit;
pub mod live;
mod markdown;
mod operations;
mod planned;
mod rules;
mod shards;
mod terminal;
mod timeline;
mod write;

pub use terminal::{last_line, table, terminal};
pub use write::{summary, write_all};

use crate::mau::Mau;
use crate::profile::{Place, Profile};
use crate::recorder::Recording;
use crate::verdict::Verdict;
use digest::Digest;

/// All that is known of a run when it is over.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// What was measured.
    pub recording: &'a Recording,
    /// What that proves.
    pub verdict: &'a Verdict,
    /// What it means for the month's bill.
    pub mau: &'a Mau,
    /// What the recording does not say.
    pub facts: &'a Facts,
}

/// What a report says of a run beyond its recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// What every random choice came from.
    pub seed: u64,
    /// Where the load went.
    pub target: String,
    /// What the target speaks.
    pub dialect: String,
}

impl Facts {
    /// Of a run of `profile`.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let target = profile.target();
        Self {
            seed: profile.seed(),
            target: match &target.place {
                Place::Mock(_) => "the built-in mock".to_owned(),
                Place::Url(url) => url.to_string(),
            },
            dialect: target.dialect.name().to_owned(),
        }
    }
}

/// A file of a run's folder.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name in messages.
    pub name: &'static str,
    /// Its file in the run's folder.
    pub file: &'static str,
    /// Its content, whole.
    write: fn(&Findings<'_>, &Digest) -> Result<Vec<u8>, String>,
}

/// Every format we can write. Adding one is a new file and one line here.
pub const FORMATS: &[Format] = &[
    Format {
        name: "HTML report",
        file: "report.html",
        write: html::write,
    },
    Format {
        name: "summary",
        file: "summary.json",
        write: json::write,
    },
    Format {
        name: "operations table",
        file: "operations.csv",
        write: operations::write,
    },
    Format {
        name: "timeline table",
        file: "timeline.csv",
        write: timeline::write,
    },
    Format {
        name: "shards table",
        file: "shards.csv",
        write: shards::write,
    },
    Format {
        name: "session rules table",
        file: "rules.csv",
        write: rules::write,
    },
    Format {
        name: "planned steps table",
        file: "planned.csv",
        write: planned::write,
    },
    Format {
        name: "channel ends table",
        file: "channel_ends.csv",
        write: channel_ends::write,
    },
    Format {
        name: "test report",
        file: "junit.xml",
        write: junit::write,
    },
    Format {
        name: "summary for a review",
        file: "summary.md",
        write: markdown::write,
    },
];
