//! Addresses of services.

use std::net::{IpAddr, Ipv6Addr};

use super::allowed::{is_localhost, is_loopback};
use trtc_base::config::Form;

/// How a file writes one.
pub(in super::super) const ADDRESS: Form = Form::Like(
    "^https?://[^/?#@]+/?$",
    "an address, `http://HOST:PORT` or `https://HOST:PORT`",
);

/// An `http://` or `https://` address without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    /// Whether it is reached over TLS.
    pub scheme: Scheme,
    /// The host, as written. An IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// Whether an address is reached over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without.
    Http,
    /// Over TLS.
    Https,
}

impl HttpUrl {
    /// Reads `http://host`, `http://host:port` or `http://[v6]:port`, or the same with `https`. The port is 80, of `https`
    /// 443, where there is none.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, usual, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Scheme::Http, "80", rest),
            Some(("https", rest)) => (Scheme::Https, "443", rest),
            Some(_) | None => return Err("it does not begin with http:// or https://"),
        };
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
                        usual
                    } else {
                        rest.strip_prefix(':').ok_or("its port is no number")?
                    },
                )
            }
            None => authority.rsplit_once(':').unwrap_or((authority, usual)),
        };
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let plain = host.parse::<Ipv6Addr>().is_ok() && authority.starts_with('[')
            || host.chars().all(named);
        // A dot at its end says that a name is whole, which it always is here.
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty() || !plain {
            return Err("its host is no host name");
        }
        // Some resolvers read a number as an address: nobody could tell which host is meant.
        let is_number = host.chars().all(|c| c.is_ascii_digit() || c == '.');
        if is_number && host.parse::<IpAddr>().is_err() {
            return Err("its host is a number and no address");
        }
        let port = port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or("its port is not in 1 to 65535")?;
        Ok(Self {
            scheme,
            host: host.to_owned(),
            port,
        })
    }

    /// Whether it is this machine: `localhost` or a loopback address.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        address.map_or_else(|_| is_localhost(&self.host), is_loopback)
    }
}

impl std::fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match self.scheme {
            Scheme::Http => "http",
            Scheme::Https => "https",
        };
        if self.host.contains(':') {
            return write!(f, "{scheme}://[{}]:{}", self.host, self.port);
        }
        write!(f, "{scheme}://{}:{}", self.host, self.port)
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
            ("https://10.0.0.1", "https://10.0.0.1:443", false),
            ("https://[::1]", "https://[::1]:443", true),
            (
                "http://[::ffff:127.0.0.1]",
                "http://[::ffff:127.0.0.1]:80",
                true,
            ),
            ("http://App.LocalHost.:81", "http://App.LocalHost:81", true),
            ("http://0.0.0.0", "http://0.0.0.0:80", false),
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
            "https://",
            "ftp://a",
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
            "http://2130706433",
            "http://10.1",
        ] {
            assert!(HttpUrl::parse(text).is_err(), "{text}");
        }
    }
}
