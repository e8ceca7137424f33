//! The mock as its clients see it: over HTTP and WebSocket, on a port of its own for each test.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by a panic, in its helpers too"
)]

mod channels;
mod faults;
mod kicks;
mod logins;
mod world;
