//! Runs of the program that count: what it says it did is held against what the other side counted. How fast the machine
//! is does not matter to them, so several are played at once ([`turn::shared`]).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test that cannot go on has failed; its counts are small"
)]

mod accounting;
mod channel_ends;
mod counts;
mod deploy;
mod month_policies;
mod mutants;
mod own_count;
mod placeholders;
mod policy;
mod push;
mod quiet_polls;
mod regression;
mod rest;
mod rules;
mod run;
mod sessions;
mod shards;
mod shipped;
mod throttle;
mod tls;
mod usersig_servers;
mod webhook;

#[path = "../support/counting.rs"]
mod counting;
#[path = "../support/mock.rs"]
mod mock;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/run_folder.rs"]
mod run_folder;
#[path = "../support/session_server/mod.rs"]
#[expect(
    clippy::wildcard_enum_match_arm,
    clippy::struct_excessive_bools,
    reason = "each place asks for the one fault that it has"
)]
mod session_server;
#[path = "../support/shipped_profile.rs"]
mod shipped_profile;
#[path = "../support/skip.rs"]
mod skip;
#[path = "../support/turn.rs"]
#[expect(dead_code, reason = "nothing here has the machine alone")]
mod turn;
