//! A UserSig against what others made: published vectors, and the official Python library in both directions.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod properties;
mod python;
#[path = "../support/mod.rs"]
mod support;
mod vectors;
