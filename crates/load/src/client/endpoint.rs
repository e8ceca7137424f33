//! Where the target listens: its addresses, looked up once before the run.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use crate::client::{Rehearsal, Tls};
use crate::profile::{AllowedHosts, Http, Lookups, Route, is_loopback};
use crate::session::Transport;
use trtc_base::error::Problem;

/// How long a name may take to be looked up.
const LOOKUP_LIMIT: Duration = Duration::from_secs(5);

/// The port that a `Host` header leaves out.
const HTTP_PORT: u16 = 80;

/// The end of a `Host` header over TLS that is left out.
const HTTPS_PORT: &str = ":443";

/// A target's addresses, at least one, and the name it is called by. Unless the profile says otherwise names are not looked
/// up during a run: a resolver's time is not the target's.
#[derive(Clone, Debug)]
pub struct Endpoint {
    addresses: Box<[SocketAddr]>,
    host_header: Box<str>,
    /// How connections are encrypted; none: they are not.
    tls: Option<Tls>,
    way: Way,
}

/// How connections get to a target's addresses.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// What requests are spoken in.
    pub(super) http: Http,
    /// The name that is looked up for each connection.
    pub(super) lookup: Option<Box<str>>,
    /// Where connections come from, in turn; none: the system's choice.
    pub(super) sources: Box<[IpAddr]>,
    /// The proxy's addresses; none: the target is reached without one.
    pub(super) proxies: Box<[SocketAddr]>,
    /// Where a name that is looked up again may stand for.
    allowed: AllowedHosts,
}

impl Way {
    /// To `host`, which may stand for what `allowed` covers, by `route`, whose proxy is at `proxy`.
    #[must_use]
    pub fn new(
        route: &Route,
        host: &str,
        proxy: Option<&Endpoint>,
        allowed: &AllowedHosts,
    ) -> Self {
        Self {
            http: route.http,
            lookup: match route.dns {
                Lookups::Once => None,
                Lookups::Each => Some(host.into()),
            },
            sources: route.sources.as_slice().into(),
            proxies: proxy.map_or_else(Box::default, |proxy| proxy.addresses.clone()),
            allowed: allowed.clone(),
        }
    }

    /// Where a connection of slot `slot` to `address` comes from: the sources of its family in turn, each with every one
    /// of the `addresses` addresses that slots take in turn.
    pub(super) fn source(
        &self,
        slot: usize,
        addresses: usize,
        address: SocketAddr,
    ) -> Option<IpAddr> {
        let fits = |source: &&IpAddr| source.is_ipv4() == address.is_ipv4();
        let fitting = self.sources.iter().filter(fits).count();
        let nth = (slot / addresses.max(1)).checked_rem(fitting)?;
        self.sources.iter().filter(fits).nth(nth).copied()
    }
}

impl Endpoint {
    /// Looks `host` up: a name, an IPv4 address, or an IPv6 address without brackets.
    ///
    /// # Errors
    /// Where `host` cannot be a host, or nothing is known by that name within 5 s.
    pub async fn resolve(host: &str, port: u16) -> Result<Self, Problem> {
        let host_header = host_header(host, port);
        if host.is_empty() || port == 0 || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Problem::bad_input(
                host_header,
                "this is no address of a target",
                "write it as `http://127.0.0.1:8080`: a host and a port above 0",
            ));
        }
        let found = match timeout(LOOKUP_LIMIT, lookup_host((host, port))).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(error)) => return Err(unknown(host_header, &error.to_string())),
            Err(_) => {
                return Err(unknown(
                    host_header,
                    "the resolver did not answer within 5 s",
                ));
            }
        };
        Self::at(found, host_header)
    }

    /// A target at addresses that are known already, called `host_header` in requests.
    ///
    /// # Errors
    /// Where there is no address.
    pub fn at(addresses: Vec<SocketAddr>, host_header: String) -> Result<Self, Problem> {
        let mut once: Vec<SocketAddr> = Vec::with_capacity(addresses.len());
        for address in addresses {
            if !once.contains(&address) {
                once.push(address);
            }
        }
        if once.is_empty() {
            return Err(unknown(host_header, "the name has no address"));
        }
        Ok(Self {
            addresses: once.into(),
            host_header: host_header.into(),
            tls: None,
            way: Way::default(),
        })
    }

    /// The same target, encrypted.
    #[must_use]
    pub fn secured(self, tls: Option<Tls>) -> Self {
        let usual = tls
            .as_ref()
            .and_then(|_| self.host_header.strip_suffix(HTTPS_PORT));
        let host_header = usual.map_or_else(|| self.host_header.clone(), Box::from);
        Self {
            host_header,
            tls,
            ..self
        }
    }

    /// The same target, reached in another way.
    #[must_use]
    pub fn by(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// The same target with connections to fewer addresses: its own, or its proxy's.
    pub(super) fn only(mut self, connected: Vec<SocketAddr>) -> Self {
        if self.way.proxies.is_empty() {
            self.addresses = connected.into();
        } else {
            self.way.proxies = connected.into();
        }
        self
    }

    /// How connections get there.
    pub(super) const fn way(&self) -> &Way {
        &self.way
    }

    /// What requests are spoken in.
    #[must_use]
    pub const fn http(&self) -> Http {
        self.way.http
    }

    /// How connections are encrypted.
    #[must_use]
    pub const fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The parts for handshakes in memory like those of connections to it; none where it is not encrypted.
    ///
    /// # Errors
    /// Where the crypto library can do no handshake at all.
    #[must_use]
    pub fn rehearsal(&self) -> Option<Result<Rehearsal, Problem>> {
        let tls = self.tls.as_ref()?;
        Some(Rehearsal::of(tls, self.http()))
    }

    /// The `Host` header's value.
    #[must_use]
    pub fn host_header(&self) -> &str {
        &self.host_header
    }

    /// Every address, each once, in the resolver's order.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The address that slot `slot` connects to: slots take the addresses in turn, so that no address sees all the
    /// load, nor all the ports it takes.
    #[must_use]
    pub fn address(&self, slot: usize) -> SocketAddr {
        self.addresses[slot % self.addresses.len()]
    }

    /// Whether the traffic cannot leave this machine: neither the target nor a proxy before it is elsewhere.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let mut connected = self.addresses.iter().chain(&self.way.proxies);
        connected.all(|at| is_loopback(at.ip()))
    }

    /// The addresses that connections go to: the proxy's, where there is one.
    #[must_use]
    pub fn connected(&self) -> &[SocketAddr] {
        if self.way.proxies.is_empty() {
            &self.addresses
        } else {
            &self.way.proxies
        }
    }

    /// The address that slot `slot` connects to now: of those that the name stands for, where it is looked up each time.
    pub(super) async fn address_now(&self, slot: usize) -> Result<SocketAddr, Transport> {
        let Some(host) = &self.way.lookup else {
            return Ok(self.address(slot));
        };
        let found = lookup_host((&**host, self.addresses[0].port())).await;
        let found: Vec<_> = found.map_err(|_| Transport::Lookup)?.collect();
        let was_loopback = self.addresses.iter().all(|at| is_loopback(at.ip()));
        let is_known = |at: &SocketAddr| {
            let ip = at.ip();
            is_loopback(ip) == was_loopback && (is_loopback(ip) || self.way.allowed.covers(ip))
        };
        // What was allowed before the run binds: a name that turns to this machine, or away from it, is not followed.
        if found.is_empty() || !found.iter().all(is_known) {
            return Err(Transport::Lookup);
        }
        // A family on which nobody answered before the run stays left out.
        let is_living = |at: &&SocketAddr| {
            self.addresses
                .iter()
                .any(|one| one.is_ipv4() == at.is_ipv4())
        };
        let living: Vec<_> = found.iter().filter(is_living).collect();
        let nth = slot.checked_rem(living.len()).ok_or(Transport::Lookup)?;
        Ok(*living[nth])
    }
}

fn host_header(host: &str, port: u16) -> String {
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    if port == HTTP_PORT {
        host
    } else {
        format!("{host}:{port}")
    }
}

fn unknown(place: String, what: &str) -> Problem {
    let what = format!("the target's address cannot be found: {what}");
    Problem::could_not_run(
        place,
        what,
        "check the host's spelling and this machine's DNS",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_its_own_name_and_the_usual_port_is_left_out() {
        for (host, port, header) in [
            ("127.0.0.1", 8080, "127.0.0.1:8080"),
            ("127.0.0.1", 80, "127.0.0.1"),
            ("::1", 8080, "[::1]:8080"),
        ] {
            let endpoint = Endpoint::resolve(host, port).await.unwrap();
            assert_eq!(endpoint.host_header(), header);
            assert_eq!(
                endpoint.address(7),
                SocketAddr::new(host.parse().unwrap(), port)
            );
            assert!(endpoint.is_loopback());
        }
    }

    #[tokio::test]
    async fn what_cannot_be_a_host_is_refused_before_any_lookup() {
        for (host, port) in [("", 80), ("a b", 80), ("a\r\nX: y", 80), ("127.0.0.1", 0)] {
            assert!(Endpoint::resolve(host, port).await.is_err(), "{host:?}");
        }
    }

    #[test]
    fn slots_take_the_addresses_in_turn_and_one_public_address_is_enough_to_leave_the_machine() {
        let at = |last: u8| SocketAddr::from(([127, 0, 0, last], 80));
        let local = Endpoint::at(vec![at(1), at(2), at(1)], "x".into()).unwrap();
        let taken: Vec<_> = (0..4).map(|slot| local.address(slot)).collect();
        assert_eq!(taken, [at(1), at(2), at(1), at(2)]);
        assert!(local.is_loopback());
        let away = SocketAddr::from(([192, 0, 2, 1], 80));
        assert!(
            !Endpoint::at(vec![at(1), away], "x".into())
                .unwrap()
                .is_loopback()
        );
        assert!(Endpoint::at(Vec::new(), "x".into()).is_err());
    }

    #[test]
    fn with_both_families_on_both_sides_slots_take_each_pair_of_a_family_equally_often() {
        let route = Route {
            sources: ["127.0.0.2", "::1", "127.0.0.3", "127.0.0.4"]
                .map(|text| text.parse().unwrap())
                .to_vec(),
            ..Route::default()
        };
        let at: Vec<SocketAddr> = ["127.0.0.1:80", "[::1]:80", "127.0.0.9:80"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let way = Way::new(&route, "x", None, &AllowedHosts::default());
        let target = Endpoint::at(at, "x".into()).unwrap().by(way);
        let mut pairs = std::collections::BTreeMap::new();
        for slot in 0..9 * 3 {
            let to = target.address(slot);
            let from = target.way().source(slot, target.connected().len(), to);
            *pairs.entry((from.unwrap(), to)).or_insert(0) += 1;
        }
        // Two IPv4 addresses with three sources, and one of each in IPv6.
        assert_eq!(pairs.len(), 2 * 3 + 1, "{pairs:?}");
        for ((from, to), taken) in pairs {
            assert_eq!(taken, if to.is_ipv4() { 3 } else { 9 }, "{from} {to}");
        }
    }

    #[test]
    fn a_target_on_this_machine_behind_a_proxy_elsewhere_is_elsewhere() {
        let behind = |proxy: [u8; 4]| {
            let proxy = Endpoint::at(vec![(proxy, 3128).into()], "proxy".into()).unwrap();
            let target = Endpoint::at(vec![([127, 0, 0, 1], 80).into()], "x".into()).unwrap();
            let route = Route::default();
            target.by(Way::new(
                &route,
                "x",
                Some(&proxy),
                &AllowedHosts::default(),
            ))
        };
        assert!(behind([127, 0, 0, 9]).is_loopback());
        assert!(!behind([192, 0, 2, 1]).is_loopback());
    }
}
