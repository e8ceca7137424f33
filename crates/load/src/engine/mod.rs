//! Drives a plan against a target: slots, pacing, session rules.
//!
//! In: a plan, a player, a recorder. Out: events, and how the run ended. Never here: budgets, reports, the mock.

mod account_set;
mod accounts;
mod admin;
mod channel;
mod dead_channel;
mod departing;
mod device;
mod feed;
mod flaw;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod goose;
mod inquiry;
mod issuer;
mod judgement;
mod ledger;
mod leftovers;
mod line;
mod pacer;
mod persona;
mod play;
mod player;
mod presence;
mod progress;
mod redact;
mod reply;
mod run;
mod slot;
mod stay;
mod stop;
mod ticket;
mod turn;
mod webhook;

pub use admin::Admin;
pub use issuer::Issuer;
pub use ledger::Cost;
pub use line::Wire;
pub use persona::Cast;
pub use player::LivePlayer;
pub use player::Seat;
pub use run::Drive;
pub use run::soon;
pub use slot::Player;
pub use stop::Stop;
pub use stop::StopStep;
pub use turn::Turn;
pub use webhook::Sender;
pub use webhook::WebhookPlayer;
