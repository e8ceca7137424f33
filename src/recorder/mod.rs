//! What a run measured: events in, histograms, counts and distinct accounts out, on disk as it grows.
//!
//! In: [`Event`]s from any thread. Out: a run's folder with its recording, and [`Recording`] read back from it.
//! Never here: budgets, formats for people.

mod event;

pub use event::{Answered, Breach, Event, Invariant, NotStarted, Reason, Started, Step};
