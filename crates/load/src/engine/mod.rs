//! Drives a plan against a target: slots, pacing, session rules.
//!
//! In: a plan, a player, a recorder. Out: events, and how the run ended. Never here: budgets, reports, the mock.

mod account_pool;
mod account_set;
mod accounts;
mod admin;
mod admin_requests;
mod channel;
mod checklist;
mod dead_channel;
mod departing;
mod device;
mod device_session;
mod dwell;
mod feed;
mod flaw;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod goose;
mod http_client;
mod inquiry;
mod issuer;
mod iteration;
mod judgement;
mod ledger;
mod leftovers;
mod listening;
mod pacer;
mod play;
mod player;
mod presence;
mod redact;
mod reply;
mod run;
mod slot;
mod stop;
mod ticket;
mod webhook;

pub use account_pool::AccountPool;
pub use admin::Admin;
pub use http_client::ClientSettings;
pub use issuer::Issuer;
pub use iteration::Iteration;
pub use ledger::Cost;
pub use player::{LivePlayer, SlotState};
pub use run::{Drive, soon};
pub use slot::Player;
pub use stop::{Stop, StopStep};
pub use webhook::{Sender, Telling, WebhookPlayer};
