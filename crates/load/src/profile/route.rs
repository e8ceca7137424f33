//! How a device's connections reach the target.

use std::net::IpAddr;

use crate::profile::HttpUrl;

/// How connections reach the target. The usual ones: HTTP/1.1, from whatever address this machine takes, no proxy, and
/// the name looked up once before the run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// What requests are spoken in.
    pub http: Http,
    /// When the target's name is looked up.
    pub dns: Lookups,
    /// Addresses of this machine that connections come from, in turn; none: the system's choice.
    pub sources: Vec<IpAddr>,
    /// A proxy that is asked to connect.
    pub proxy: Option<HttpUrl>,
}

/// What requests are spoken in. Push channels are HTTP/1.1 always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1.
    #[default]
    One,
    /// HTTP/2: agreed on in the TLS handshake, or known beforehand where there is no TLS.
    Two,
}

/// When the target's name is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lookups {
    /// Once, before the run: a resolver's time is not the target's.
    #[default]
    Once,
    /// For each connection, as a phase of its own.
    Each,
}
