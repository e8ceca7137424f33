//! A service of its own that obeys the documented session rules, and keeps its own counters.
//!
//! In: a [`MockConfig`]. Out: a listening [`Mock`] and, over HTTP, the bodies of the `session` dialect and `/stats`.
//! Never here: the run's plan, its session rules, its recorder, its code table: the mock is judged by those, so it
//! shares only the wire's shapes with them.

mod answer;
mod authenticator;
mod books;
mod channel;
mod codes;
mod config;
mod counts;
mod faults;
mod limit;
mod line;
mod notice;
mod pipe;
mod policy;
mod poll;
mod pushes;
mod rest;
mod routes;
mod server;
mod service;
mod session;
mod shards;
mod table;

pub use config::{AppConfig, ConfigFault, MockConfig, OfflineKick, Stall};
pub use notice::{NoticeBy, NoticeFaults};
pub use policy::{KickRules, Policy};
pub use pushes::Pushes;
pub use server::{Mock, MockFault};
