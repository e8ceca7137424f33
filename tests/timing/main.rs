//! What measures time, and what has to be the only load of a process: each of these has the machine alone ([`turn::alone`]).
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod evidence;
mod justice;
mod matrix;
mod slots;
mod stopped;
mod tls_storm;
mod truth;

#[path = "../support/mock.rs"]
mod mock;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/run_folder.rs"]
mod run_folder;
#[path = "../support/service.rs"]
mod service;
#[path = "../support/shipped_profile.rs"]
#[expect(dead_code, reason = "a gateway says nothing at its end")]
mod shipped_profile;
#[path = "../support/skip.rs"]
mod skip;
#[path = "../support/turn.rs"]
#[expect(dead_code, reason = "nothing here shares the machine")]
mod turn;
