//! A UserSig against what others made: published vectors, and the official libraries.

mod npm;
mod properties;
mod python;
mod vectors;
