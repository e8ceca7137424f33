//! Where the load goes, and how.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::units::Micros;

/// Where the load goes, and how.
#[derive(Clone, Debug)]
pub struct Target {
    /// The service.
    pub place: Place,
    /// What it speaks.
    pub dialect: Arc<Dialect>,
    /// How long a step may take, connect included.
    pub timeout: Micros,
    /// How long a kick notice may take.
    pub notice_limit: Micros,
    /// How long a device may be silent before the target ends its session.
    pub heartbeat_limit: Micros,
    /// What becomes of a login's connection.
    pub connection: ConnectionUse,
    /// Whether slots open their connection before the run starts (only with [`ConnectionUse::Keep`]).
    pub preconnect: Preconnect,
    /// Hosts that are not loopback and may be loaded all the same.
    pub allow_hosts: Vec<String>,
}

/// The service under load.
#[derive(Clone, Debug)]
pub enum Place {
    /// The built-in mock, started beside the run.
    Mock(MockSettings),
    /// A service at `http://host:port`.
    Url(HttpUrl),
}

/// An `http://` address without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    /// The host, as written. An IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// How the mock behaves. The defaults are those of a healthy service.
#[derive(Clone, Debug, PartialEq)]
pub struct MockSettings {
    /// How long it takes for each answer.
    pub service_time: Micros,
    /// The share of logins that it refuses, in 0..=1.
    pub error_rate: f64,
    /// The code it refuses them with.
    pub error_code: i64,
    /// Windows in which it answers nothing: their starts, counted from the first request, and their lengths.
    pub stalls: Vec<(Micros, Micros)>,
    /// The most logins a second before it answers 72010.
    pub max_logins_per_second: Option<u32>,
    /// The share of connections cut before their request is counted, in 0..=1.
    pub cut_before: f64,
    /// The share of connections cut instead of the answer, in 0..=1.
    pub cut_after: f64,
}

/// What becomes of a login's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionUse {
    /// It becomes the push channel; a later operation opens a short second one.
    Upgrade,
    /// The slot keeps it for its later operations and its next session.
    Keep,
    /// It closes once the login's own steps are done.
    Close,
}

/// Whether connections are opened before the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preconnect {
    /// Each slot opens its connection beforehand.
    Yes,
    /// Connections open when they are needed.
    No,
}

impl Target {
    /// Whether the load stays on this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match &self.place {
            Place::Mock(_) => true,
            Place::Url(url) => url.is_loopback(),
        }
    }
}

impl HttpUrl {
    /// Reads `http://host`, `http://host:port` or `http://[v6]:port`. The port is 80 where there is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.starts_with("https://") {
            return Err(
                "it is https; this program loads plain http, so name the port behind the TLS",
            );
        }
        let rest = text
            .strip_prefix("http://")
            .ok_or("it does not begin with http://")?;
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@']) {
            return Err("it has more than a host and a port; paths stand in the dialect");
        }
        let (host, port) = match authority
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
        {
            Some((host, rest)) => {
                host.parse::<Ipv6Addr>()
                    .map_err(|_| "what stands in brackets is no IPv6 address")?;
                (
                    host,
                    if rest.is_empty() {
                        "80"
                    } else {
                        rest.strip_prefix(':').ok_or("its port is no number")?
                    },
                )
            }
            None => authority.rsplit_once(':').unwrap_or((authority, "80")),
        };
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let plain = host.parse::<Ipv6Addr>().is_ok() && authority.starts_with('[')
            || host.chars().all(named);
        if host.is_empty() || !plain {
            return Err("its host is no host name");
        }
        let port = port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("its port is not in 1 to 65535")?;
        Ok(Self {
            host: host.to_owned(),
            port,
        })
    }

    /// Whether it is this machine: `localhost` or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or_else(
            |_| self.host.eq_ignore_ascii_case("localhost"),
            |address| address.is_loopback(),
        )
    }
}

impl std::fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') {
            return write!(f, "http://[{}]:{}", self.host, self.port);
        }
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        for (text, shown, loopback) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080", true),
            ("http://127.9.9.9/", "http://127.9.9.9:80", true),
            ("http://localhost:1", "http://localhost:1", true),
            ("http://[::1]:8080", "http://[::1]:8080", true),
            ("http://[::1]", "http://[::1]:80", true),
            ("http://10.0.0.1", "http://10.0.0.1:80", false),
            (
                "http://localhost.example.org",
                "http://localhost.example.org:80",
                false,
            ),
        ] {
            let url = HttpUrl::parse(text).unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(url.is_loopback(), loopback, "{text}");
        }
        for text in [
            "",
            "mock",
            "127.0.0.1",
            "https://a",
            "http://",
            "http://:80",
            "http://a:0",
            "http://a:65536",
            "http://a:x",
            "http://a/b",
            "http://u@a",
            "http://a b",
            "http://[::1",
            "http://[a]",
            "http://[::1]80",
            "http://::1:80",
        ] {
            assert!(HttpUrl::parse(text).is_err(), "{text}");
        }
    }
}
