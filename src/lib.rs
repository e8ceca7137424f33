//! Load testing and MAU simulation for apps that log in through Tencent RTC / Chat.
//!
//! Data walks one way: profile, plan, engine, target, recorder, verdict, report. Each room imports only from rooms
//! before it; a test holds that order.

pub mod bill;
pub mod cli;
pub mod clock;
pub mod dialect;
pub mod engine;
pub mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod history;
pub mod identity;
pub mod mau;
pub mod mock;
pub mod month;
pub mod plan;
pub mod profile;
pub mod recorder;
pub mod report;
pub mod session;
pub mod shown;
pub mod target;
pub mod units;
pub mod verdict;
