//! Plays Tencent towards a team's webhook receiver: tells it what happens to sessions that exist only in the plan.
//!
//! In: arrivals. Out: callbacks, in order within an account. Never here: a login, a session rule of a target.

mod again;
mod callback;
mod callback_sender;
mod event;
mod player;
mod room;
mod script;

pub use callback_sender::Sender;
pub use player::WebhookPlayer;
pub use script::Telling;
