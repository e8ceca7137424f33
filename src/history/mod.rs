//! A login log of the past: how many accounts were active, and how many will be at the month's end.
//!
//! In: rows of a log. Out: counts by month and day, projections with intervals. Never here: prices, simulation.

pub mod project;
mod spectrum;

pub use spectrum::{Known, MonthCounts, Tally};
