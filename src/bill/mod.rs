//! What a month costs: a billing policy as data, and exact money.
//!
//! In: a policy's text and what was used. Out: an invoice. Never here: floating point, I/O, simulation.
