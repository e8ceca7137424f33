//! Loads a login service as its users would, and judges what came of it.
//!
//! Data walks one way, and each room imports only from rooms before it: session, scenario, profile, plan, recorder, mau, verdict,
//! client, engine, report. A test holds that order.

pub mod client;
pub mod engine;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod mau;
pub mod plan;
pub mod profile;
pub mod recorder;
pub mod report;
pub mod scenario;
pub mod session;
pub mod verdict;
