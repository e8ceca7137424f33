//! What needs no load: rooms, plans, profiles, dialects, months, bills, logs, reports and the mock, each by its own oracle.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss,
    reason = "a test that cannot go on has failed; its counts are small"
)]

mod against;
mod bad_months;
mod bad_plans;
mod bad_profiles;
mod bill;
mod dialect;
mod dialect_faults;
mod docs;
mod flags;
mod logs;
mod mock_service;
mod month;
mod plan;
mod profile_resolved;
mod profiles;
mod report;
mod rooms;
mod schema;
mod session_table;
mod usersig;

#[path = "../support/bad_files.rs"]
mod bad_files;
#[path = "../support/golden.rs"]
mod golden;
#[path = "../support/program.rs"]
#[expect(dead_code, reason = "no load is run here")]
mod program;
#[path = "../support/python.rs"]
mod python;
#[path = "../support/skip.rs"]
mod skip;
