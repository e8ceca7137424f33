//! The table `[target]`: where the load goes, and how.

mod allowed;
mod dialect;
mod mock;
mod route;
mod rules;
mod tls;
mod url;

pub use allowed::{AllowedHosts, NoHost, is_loopback};
pub(super) use dialect::{dialect_anywhere, read_dialect};
pub use mock::{LoneMock, MockSettings, NoticeBy};
pub use route::{Http, Lookups, Route};
pub use rules::SessionRules;
pub(super) use tls::check_used as check_tls_used;
pub use tls::{Resumption, TlsSettings, Trust};
pub(super) use url::ADDRESS;
pub use url::{HttpUrl, Scheme};

use std::sync::Arc;

use super::usersig::UsersigServer;
use super::{Overrides, Source};
use trtc_base::config::{
    FaultKind, Form, Named, Raw, Table, Value, Writer, Written, address, list,
};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

/// Steps longer than this could not be told from one another in a recording.
const LONGEST_STEP: Micros = Micros::from_secs(600);

const SHORTEST_STEP: Micros = Micros::from_millis(1);

section! {
    /// Where the load goes, and how.
    pub(super) TARGET with route::ROUTE, rules::RULES {
        /// The service under load: the built-in mock, or an address without a path; paths stand in the dialect.
        URL: Raw = raw("url", Form::Either(&[Form::Just("mock"), ADDRESS])).otherwise("a fault, unless there is a `region`");
        /// The service under load by the name of one of the dialect's regions.
        REGION: Raw = raw("region", Form::Text).otherwise("`url` names the target");
        /// Whether a plan beyond the documented limits of the service is played all the same.
        BEYOND_LIMITS: bool = flag("beyond_limits").or("false");
        /// What the service speaks: a shipped dialect's name, or a file. A file's name contains `/` or ends in .toml.
        DIALECT: Raw = raw("dialect", Form::Text).otherwise("`\"session\"`");
        /// How long a step may take, connect included.
        TIMEOUT: Micros = span("timeout", SHORTEST_STEP, LONGEST_STEP).otherwise("`\"5s\"`; of a webhook's dialect `\"2s\"`");
        /// How long a kick notice may take.
        NOTICE_LIMIT: Micros = span("notice_limit", SHORTEST_STEP, LONGEST_STEP).or("\"2s\"");
        /// How long a device may be silent before the target ends its session. That of native SDKs is documented as usual
        /// (tencentcloud.com/document/product/1047/34357).
        HEARTBEAT_LIMIT: Micros = span("heartbeat_limit", Micros::from_secs(1), Micros::from_secs(3_600)).or("\"400s\"");
        /// What becomes of a login's connection: it becomes the push channel, the slot keeps it, or it closes.
        CONNECTION: ConnectionUse = one_of("connection").otherwise("`\"upgrade\"`; without a push channel `\"keep\"`");
        /// Whether slots open their connection before the run starts. Only with `connection = "keep"`.
        PRECONNECT: bool = flag("preconnect").or("false");
        /// Hosts that are not this machine and may be loaded all the same: names, addresses, blocks such as `10.0.0.0/8`.
        ALLOW_HOSTS: AllowedHosts = own("allow_hosts", Form::List(&Form::Text, 0, usize::MAX), read_hosts).or("[]");
        /// How connections are encrypted where an address is https.
        TLS: Raw = table("tls", &tls::TLS).otherwise("certificates of this machine's authorities");
        /// How the built-in mock behaves. Only with `url = "mock"`.
        MOCK: Raw = table("mock", &mock::MOCK).otherwise("a healthy service");
    }
}

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

/// What a plan beyond the service's documented limits means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limited {
    /// The run is refused.
    Refused,
    /// It goes on: the limits were raised, or are what is tested.
    Ignored,
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

impl Named for ConnectionUse {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("upgrade", Self::Upgrade),
        ("keep", Self::Keep),
        ("close", Self::Close),
    ];
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

    /// Its tables in a resolved file. `named` names the dialect.
    pub(super) fn write(&self, named: &str, usersig: Option<&UsersigServer>, out: &mut Writer) {
        let url = match &self.place {
            Place::Mock(_) => "mock".to_owned(),
            Place::Url(url) => url.to_string(),
        };
        out.header("[target]");
        out.put_as(&URL, &url.written());
        out.put_as(&DIALECT, &dialect_anywhere(named).written());
        out.put(&TIMEOUT, &self.timeout);
        out.put(&NOTICE_LIMIT, &self.notice_limit);
        out.put(&HEARTBEAT_LIMIT, &self.heartbeat_limit);
        out.put_named(&CONNECTION, self.connection);
        out.put(&PRECONNECT, &(self.preconnect == Preconnect::Yes));
        let hosts = self.allow_hosts.entries().map(|host| host.written());
        out.put_as(&ALLOW_HOSTS, &list(hosts));
        out.put(&BEYOND_LIMITS, &(self.limits == Limited::Ignored));
        self.route.write(out);
        self.rules.write(out);
        let target = match &self.place {
            Place::Mock(_) => None,
            Place::Url(url) => Some(url),
        };
        let server = usersig.map(|server| &server.url);
        let mut urls = target.into_iter().chain(server);
        if urls.any(|url| url.scheme == Scheme::Https) {
            self.tls.write(out);
        }
        if let Place::Mock(mock) = &self.place {
            mock.write(out);
        }
    }
}

/// The first host off this machine, as far as both are known. A proxy elsewhere hears everything, and what is loopback to it
/// is its own machine.
fn elsewhere<'a>(place: Option<&'a Place>, route: Option<&'a Route>) -> Option<&'a HttpUrl> {
    let target = match place {
        Some(Place::Url(url)) => Some(url),
        Some(Place::Mock(_)) | None => None,
    };
    let proxy = route.and_then(|route| route.proxy.as_ref());
    let mut hosts = target.into_iter().chain(proxy);
    hosts.find(|host| !host.is_loopback())
}

/// What was read of the target; a part with a fault is none.
#[derive(Debug, Default)]
pub(super) struct TargetParts {
    place: Option<Place>,
    dialect: Option<(Arc<Dialect>, String)>,
    pub(super) timeout: Option<Micros>,
    pub(super) notice_limit: Option<Micros>,
    pub(super) heartbeat_limit: Option<Micros>,
    connection: Option<ConnectionUse>,
    preconnect: Option<Preconnect>,
    allow_hosts: Option<AllowedHosts>,
    tls: Option<TlsSettings>,
    route: Option<Route>,
    pub(super) rules: Option<SessionRules>,
    limits: Option<Limited>,
}

impl TargetParts {
    pub(super) fn read(table: &Table<'_>, source: &Source, overrides: &Overrides) -> Self {
        let hosts = table.read(&ALLOW_HOSTS);
        let none = AllowedHosts::default();
        let dialect = read_dialect(table, &DIALECT, source, "session");
        let spoken = dialect.as_ref().map(|(dialect, _)| &**dialect);
        let connection = read_connection(table, spoken);
        let said = said(table, spoken, overrides);
        let place = said.and_then(|said| {
            let hosts = hosts.as_ref().unwrap_or(&none);
            read_place(table, said, spoken, hosts)
        });
        let route = Route::read(table, hosts.as_ref().unwrap_or(&none));
        let limits = table.read(&BEYOND_LIMITS).map(|beyond| {
            if beyond {
                Limited::Ignored
            } else {
                Limited::Refused
            }
        });
        Self {
            limits,
            tls: tls::read(
                table,
                &TLS,
                elsewhere(place.as_ref(), route.as_ref()),
                source,
            ),
            rules: SessionRules::read(table),
            route,
            place,
            timeout: table.read_or(&TIMEOUT, usual_timeout(spoken)),
            notice_limit: table.read(&NOTICE_LIMIT),
            heartbeat_limit: table.read(&HEARTBEAT_LIMIT),
            preconnect: read_preconnect(table, connection),
            connection,
            dialect,
            allow_hosts: hosts,
        }
    }

    /// The dialect, where it could be read.
    pub(super) fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_ref().map(|(dialect, _)| &**dialect)
    }

    /// Whether that host may be loaded: it is this machine, or the profile names it.
    pub(super) fn allows(&self, url: &HttpUrl) -> bool {
        let listed = self.allow_hosts.as_ref();
        listed.map_or_else(|| url.is_loopback(), |listed| listed.allows(&url.host))
    }

    /// Whether it is known to be the built-in mock.
    pub(super) const fn is_mock(&self) -> bool {
        matches!(&self.place, Some(Place::Mock(_)))
    }

    /// Whether connections to it are known not to be encrypted.
    pub(super) fn is_plain(&self) -> bool {
        self.place.is_some() && !self.is_encrypted()
    }

    /// Whether connections to it are known to be encrypted.
    pub(super) fn is_encrypted(&self) -> bool {
        matches!(&self.place, Some(Place::Url(url)) if url.scheme == Scheme::Https)
    }

    /// Whether the target's name is known to be looked up once.
    pub(super) fn is_looked_up_once(&self) -> bool {
        let route = self.route.as_ref();
        route.is_some_and(|route| route.dns == Lookups::Once)
    }

    /// Whether it is known to speak HTTP/2.
    pub(super) fn is_http2(&self) -> bool {
        let route = self.route.as_ref();
        route.is_some_and(|route| route.http == Http::Two)
    }

    /// Whether any certificate is taken, of the target and of a UserSig server.
    pub(super) fn takes_any_certificate(&self) -> bool {
        let trust = self.tls.as_ref().map(|tls| &tls.trust);
        trust == Some(&Trust::Nobody)
    }

    /// Whether the load is known to leave this machine.
    pub(super) fn leaves_this_machine(&self) -> bool {
        elsewhere(self.place.as_ref(), self.route.as_ref()).is_some()
    }

    /// The target and what names its dialect.
    pub(super) fn into_target(self) -> Option<(Target, String)> {
        let (dialect, named) = self.dialect?;
        let target = Target {
            place: self.place?,
            dialect,
            timeout: self.timeout?,
            notice_limit: self.notice_limit?,
            heartbeat_limit: self.heartbeat_limit?,
            connection: self.connection?,
            preconnect: self.preconnect?,
            allow_hosts: self.allow_hosts?,
            tls: self.tls?,
            route: self.route?,
            rules: self.rules?,
            limits: self.limits?,
        };
        Some((target, named))
    }
}

/// `allow_hosts = ["api.example.com", "10.0.0.0/8"]`
fn read_hosts(value: &Value<'_>) -> Option<AllowedHosts> {
    let mut hosts = AllowedHosts::default();
    for entry in value.list()? {
        let text = entry.text()?;
        if let Err(fault) = hosts.add(text) {
            entry.fault(
                FaultKind::AllowHost,
                format!("\"{}\" cannot be allowed: {fault}", address(text)),
                "write a host's whole name, an address, or a block such as \"10.0.0.0/8\"",
            );
        }
    }
    Some(hosts)
}

/// A webhook's sender waits 2 s. Source: trtc.io/document/34354.
fn usual_timeout(dialect: Option<&Dialect>) -> Micros {
    match dialect {
        Some(dialect) if dialect.is_webhook() => Micros::from_secs(2),
        Some(_) | None => Micros::from_secs(5),
    }
}

/// An address, and what says so: a value of the file, or the command line.
type Said<'v, 'd> = (String, Option<&'v Value<'d>>);

/// The target's address as it was said: by `--target`, by `url`, or by the name of a region.
fn said<'v, 'd>(
    table: &'v Table<'d>,
    dialect: Option<&Dialect>,
    overrides: &Overrides,
) -> Option<Said<'v, 'd>> {
    if let Some(text) = &overrides.target {
        return Some((text.clone(), None));
    }
    let Some(region) = table.find(&REGION) else {
        let value = table.need(&URL, "\"mock\"")?;
        return Some((value.text()?.to_owned(), Some(value)));
    };
    if table.find(&URL).is_some() {
        region.fault(
            FaultKind::UrlAndRegion,
            "`url` and `region` both name a target",
            "keep one of them",
        );
    }
    let name = region.text()?;
    let dialect = dialect?;
    if let Some(host) = dialect.region(name) {
        return Some((format!("https://{host}"), Some(region)));
    }
    let known: Vec<_> = dialect.regions().collect();
    region.fault(
        FaultKind::RegionUnknown,
        format!(
            "the dialect {} has no region \"{}\"",
            dialect.name(),
            address(name)
        ),
        if known.is_empty() {
            "write `url` instead".to_owned()
        } else {
            format!("write one of: {}", known.join(", "))
        },
    );
    None
}

fn read_place(
    table: &Table<'_>,
    said: Said<'_, '_>,
    dialect: Option<&Dialect>,
    hosts: &AllowedHosts,
) -> Option<Place> {
    let mock = table
        .open(&MOCK)
        .and_then(|table| MockSettings::read(&table));
    let (text, place) = (said.0.as_str(), said.1);
    let complain = |kind: FaultKind, what: String, remedy: String| match place {
        Some(value) => value.fault(kind, format!("`target.url`: {what}"), remedy),
        None => table.faults().add_argument(kind, "--target", what, remedy),
    };
    if text == "mock" {
        if let (Some(value), Some(mock), Some(dialect)) = (table.find(&MOCK), &mock, dialect) {
            mock.check(value, dialect);
        }
        if dialect.is_some_and(Dialect::is_webhook) {
            complain(
                FaultKind::MockCannot,
                "the mock takes logins and no callbacks".to_owned(),
                "start a receiver, such as tests/webhook/receiver.py, and write its address: \"http://127.0.0.1:9102\""
                    .to_owned(),
            );
        }
        return mock.map(Place::Mock);
    }
    let url = match HttpUrl::parse(text) {
        Ok(url) => url,
        Err(fault) => {
            let remedy = "write \"mock\", or an address such as \"http://127.0.0.1:8080\"";
            complain(
                FaultKind::TargetUrl,
                format!("\"{}\" is no target: {fault}", address(text)),
                remedy.to_owned(),
            );
            return None;
        }
    };
    if !hosts.allows(&url.host) {
        complain(
            FaultKind::HostNotAllowed,
            format!(
                "\"{}\" is not this machine, and the profile does not allow it",
                url.host
            ),
            format!(
                "if you own it and may load it, write `allow_hosts = [\"{}\"]` in [target]",
                url.host
            ),
        );
    }
    if let (Some(value), Some(_)) = (table.find(&MOCK), place) {
        value.fault(
            FaultKind::MockUnused,
            "`target.mock` is given, but the target is not the mock",
            "remove it, or write `url = \"mock\"`",
        );
    }
    Some(Place::Url(url))
}

fn read_connection(table: &Table<'_>, dialect: Option<&Dialect>) -> Option<ConnectionUse> {
    let can_upgrade = dialect.is_none_or(|dialect| dialect.push().is_some());
    let default = if can_upgrade {
        ConnectionUse::Upgrade
    } else {
        ConnectionUse::Keep
    };
    let value = table.find(&CONNECTION);
    let read = table.read_or(&CONNECTION, default);
    if let (Some(ConnectionUse::Upgrade), Some(value), false) = (read, value, can_upgrade) {
        value.fault(
            FaultKind::ConnectionUpgrade,
            "the dialect has no push channel that a connection could become",
            "write \"keep\" or \"close\"",
        );
    }
    read
}

fn read_preconnect(table: &Table<'_>, connection: Option<ConnectionUse>) -> Option<Preconnect> {
    let preconnect = if table.read(&PRECONNECT)? {
        Preconnect::Yes
    } else {
        Preconnect::No
    };
    let keeps = connection.is_none_or(|connection| connection == ConnectionUse::Keep);
    if let (Preconnect::Yes, false, Some(value)) = (preconnect, keeps, table.find(&PRECONNECT)) {
        value.fault(
            FaultKind::Preconnect,
            "connections can only be opened beforehand where slots keep them",
            "write `connection = \"keep\"`, or `preconnect = false`",
        );
    }
    Some(preconnect)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::profile::BreakerRule;
    use crate::profile::Overrides;
    use crate::profile::Profile;
    use crate::profile::Source;

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
