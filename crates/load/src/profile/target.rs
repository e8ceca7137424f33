//! Where the load goes, and how.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::profile::AllowedHosts;
use crate::profile::MockSettings;
use crate::profile::Route;
use crate::profile::SessionRules;
use crate::profile::allowed::is_localhost;
use crate::profile::allowed::is_loopback;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

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
    /// What a plan beyond the service's documented limits means.
    pub limits: Limited,
    /// How connections are encrypted where the address is `https`.
    pub tls: TlsSettings,
    /// How connections reach it.
    pub route: Route,
    /// What its app is set to.
    pub rules: SessionRules,
    /// Hosts that are not loopback and may be loaded all the same.
    pub allow_hosts: AllowedHosts,
}

/// The service under load.
#[derive(Clone, Debug)]
pub enum Place {
    /// The built-in mock, started beside the run.
    Mock(MockSettings),
    /// A service at an address.
    Url(HttpUrl),
}

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

/// What a plan beyond the service's documented limits means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The run is refused.
    Refused,
    /// It goes on: the limits were raised, or are what is tested.
    Ignored,
}

/// How connections are encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// Whether a device resumes its own TLS sessions.
    pub resumption: Resumption,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of this machine's certificate authorities.
    System,
    /// Those of the authorities in this PEM file, and no others.
    File(PathBuf),
    /// Any at all; only where the target is loopback.
    Nobody,
}

/// Whether a device resumes its own TLS sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// Its later connections do, where the target gave it a ticket.
    On,
    /// Every handshake is a whole one.
    Off,
}

/// Whether an address is reached over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Without.
    Http,
    /// Over TLS.
    Https,
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
        self.elsewhere().is_none()
    }

    /// The first host that the load is taken to and that is not this machine: the target's, or its proxy's.
    #[must_use]
    pub fn elsewhere(&self) -> Option<&HttpUrl> {
        elsewhere(Some(&self.place), Some(&self.route))
    }
}

/// The first host off this machine, as far as both are known. A proxy elsewhere hears everything, and what is loopback to it
/// is its own machine.
pub(super) fn elsewhere<'a>(
    place: Option<&'a Place>,
    route: Option<&'a Route>,
) -> Option<&'a HttpUrl> {
    let target = match place {
        Some(Place::Url(url)) => Some(url),
        Some(Place::Mock(_)) | None => None,
    };
    let proxy = route.and_then(|route| route.proxy.as_ref());
    let mut hosts = target.into_iter().chain(proxy);
    hosts.find(|host| !host.is_loopback())
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
    use crate::profile::BreakerRule;
    use crate::profile::Overrides;
    use crate::profile::Profile;
    use crate::profile::Source;

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

    /// A profile whose target is `url`, behind `proxy`.
    fn profile(url: &str, proxy: &str) -> Profile {
        let text = format!(
            "version = 1\n[target]\nurl = \"{url}\"\nproxy = \"http://{proxy}:3128\"\n\
             allow_hosts = [\"192.0.2.0/24\"]\n\
             [[apps]]\nsdk_app_id = 7\nkey = {{ env = \"KEY\" }}\n[population]\naccounts = 10\n\
             [[scenarios]]\nname = \"login\"\n[[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 1\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: PathBuf::new(),
        };
        Profile::parse(&text, &source, &Overrides::default()).unwrap()
    }

    #[test]
    fn a_load_stays_here_where_neither_its_target_nor_its_proxy_is_elsewhere() {
        for (url, proxy, elsewhere) in [
            ("http://127.0.0.1", "localhost", None),
            ("mock", "127.0.0.1", None),
            ("mock", "192.0.2.1", Some("192.0.2.1")),
            ("http://[::1]", "192.0.2.1", Some("192.0.2.1")),
            ("http://192.0.2.9", "localhost", Some("192.0.2.9")),
            ("http://192.0.2.9", "192.0.2.1", Some("192.0.2.9")),
        ] {
            let profile = profile(url, proxy);
            let target = profile.target();
            let found = target.elsewhere().map(|url| url.host.as_str());
            assert_eq!(found, elsewhere, "{url} {proxy}");
            assert_eq!(target.is_loopback(), elsewhere.is_none());
            // Off this machine the circuit breaker is on unless the profile says otherwise.
            let usual = elsewhere.map(|_| BreakerRule::default());
            assert_eq!(profile.breaker(), usual, "{url} {proxy}");
            let written = profile.resolved_toml().contains("breaker = false");
            assert_eq!(written, usual.is_none(), "{}", profile.resolved_toml());
        }
    }
}
