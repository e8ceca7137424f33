//! A login log of the past: how many accounts were active, and how many will be at the month's end.
//!
//! In: rows of a log. Out: counts by month and day, projections with intervals. Never here: prices, simulation.

mod by_day;
mod calendar;
mod columns;
mod days;
mod fault;
#[cfg(test)]
mod fault_tests;
mod fit;
mod forms;
mod log;
pub mod project;
mod read;
mod rejected;
mod row_parser;
mod rows;
mod source;
mod span;
#[cfg(test)]
mod span_tests;
mod spectrum;
mod stamp;
mod success;
mod table;
#[cfg(test)]
mod tests;

pub use by_day::LogDay;
pub use columns::{Role, Wishes};
pub use fault::{Fault, LogFault};
pub use fit::Fit;
pub use log::{AppMonths, FileRead, Log, RowCounts};
pub use read::{Failures, Input, Settings, read};
pub use rejected::{Reason, Rejected};
pub use span::{AsOf, Span};
pub use spectrum::{Known, MonthCounts, Tally};
pub use success::{Verdict, Word};
