//! The mock as its clients see it: over HTTP and WebSocket, on a port of its own for each test.

mod channels;
mod faults;
mod kicks;
mod logins;
mod world;
