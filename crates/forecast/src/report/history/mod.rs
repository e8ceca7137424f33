//! A login log's answer for its readers: plain text for people, JSON for programs, both from one document.
//!
//! In: a log, its span, its months. Out: text. Never here: counting, projecting.

mod against;
mod against_text;
mod document;
mod notes;
mod outlook;
mod profile;
mod text;

use crate::history::project::Projection;
use crate::history::{AppMonths, Fit, Log, Span};
use document::Document;

pub use against::Against;

/// What is known of a log.
#[derive(Clone, Copy, Debug)]
pub struct LogFindings<'a> {
    /// What was read.
    pub log: &'a Log,
    /// Its days.
    pub span: &'a Span,
    /// The name of the zone that days begin in; none for UTC because no other was named.
    pub zone: Option<&'a str>,
    /// Its months up to the span's day: all apps, then each.
    pub apps: &'a [AppMonths],
    /// How each month will end, in the same order; none where the log does not show how it began.
    pub projections: &'a [Option<Projection>],
    /// The accounts at the month's end, in the same order, where the log goes on beyond the span's day to it.
    pub ends: Option<&'a [u64]>,
    /// The log beside Tencent's own count, where that was given.
    pub against: Option<&'a Against>,
}

impl LogFindings<'_> {
    fn zone_name(&self) -> &str {
        self.zone.unwrap_or("UTC")
    }
}

/// The answer as plain text, at most 100 columns where names are short.
#[must_use]
pub fn history_text(found: &LogFindings<'_>) -> String {
    text::write(&Document::of(found))
}

/// A month profile with the activity that the log shows, each value with where it comes from.
#[must_use]
pub fn history_profile(found: &LogFindings<'_>, fit: &Fit) -> String {
    profile::write(found, fit)
}

/// The answer as JSON, each field documented in `docs/logs.md`.
///
/// # Errors
/// It cannot be written as JSON.
pub fn history_json(found: &LogFindings<'_>) -> Result<String, String> {
    serde_json::to_string_pretty(&Document::of(found)).map_err(|fault| fault.to_string())
}
