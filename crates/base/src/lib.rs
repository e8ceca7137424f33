//! What every room of trtc-load stands on: units, the clock, faults with their remedies, config files read with their lines,
//! figures and pages for people.
//!
//! In: numbers, texts, files. Out: the same, checked or in words. Never here: what any of it means to a service.

pub mod beta;
pub mod chance;
pub mod chart;
pub mod child;
pub mod clock;
pub mod config;
pub mod error;
pub mod figure;
pub mod files;
pub mod page;
pub mod shown;
pub mod table;
pub mod terminal;
pub mod units;

/// The program's name.
pub const PROGRAM: &str = "trtc-load";

/// The version of the program and of all its crates.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
