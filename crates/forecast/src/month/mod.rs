//! A calendar month of an app's accounts: the activity model, its closed form, its simulation, and what another login
//! policy would change.
//!
//! In: the text of a month profile. Out: active users, logins by minute, the peak. Never here: I/O, money.

mod calendar;
mod draw;
mod emit;
mod expected;
mod model;
mod peak;
mod read;
mod shipped;
mod simulate;
mod solve;
mod tally;

pub use calendar::{Calendar, Day};
pub use emit::{Load, Step};
pub use expected::{Expected, expected};
pub use model::{
    Activity, Behaviour, DayShape, Guests, KickRule, LoginAt, Model, OnKick, OnLoss, Outage,
    Policy, Retry, Zone,
};
pub use peak::{Busiest, Peaks, busiest_window};
pub use shipped::SHIPPED;
pub use simulate::simulate;
pub use tally::{Cause, Scenario, Tally};
