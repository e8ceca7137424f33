//! A UserSig against what others made: published vectors, and the official Python library in both directions.

mod properties;
mod python;
mod vectors;
