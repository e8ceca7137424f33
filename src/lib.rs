//! Load testing and MAU simulation for apps that log in through Tencent RTC / Chat: the program's commands, and the libraries
//! that they are made of.

pub mod cli;
pub mod run;

pub use trtc_base::{child, clock, config, error, shown, terminal, units};
pub use trtc_forecast as forecast;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use trtc_load_core::fuzzing;
pub use trtc_load_core::{
    client, engine, mau, plan, profile, recorder, report, scenario, session, verdict,
};
pub use trtc_mock as mock;
pub use trtc_usersig as usersig;
pub use trtc_wire::dialect;
