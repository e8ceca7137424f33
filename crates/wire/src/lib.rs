//! What a login service is asked and what it answers, as data: what a load and a mock may share.
//!
//! In: dialect files. Out: requests rendered, answers read, operations and their outcomes. Never here: sockets, session rules.

pub mod dialect;
pub mod session;
