//! The table `[target]`: where the load goes, and how.

mod allowed;
mod dialect;
mod mock;
mod read;
mod route;
mod rules;
mod tls;
mod url;

pub use allowed::{AllowedHosts, NoHost, is_loopback};
pub(super) use dialect::{dialect_anywhere, read_dialect};
pub use mock::{LoneMock, MockSettings, NoticeBy};
pub(super) use read::TargetParts;
pub use route::{Http, Lookups, Route};
pub use rules::SessionRules;
pub(super) use tls::check_used as check_tls_used;
pub use tls::{Resumption, TlsSettings, Trust};
pub(super) use url::ADDRESS;
pub use url::{HttpUrl, Scheme};

use std::sync::Arc;

use super::usersig::UsersigServer;
use trtc_base::config::{Form, Named, Raw, Writer, Written, list};
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
        TIMEOUT: Micros = span("timeout", SHORTEST_STEP, LONGEST_STEP).otherwise("`\"5s\"`; of a webhook's dialect that tells of sessions `\"2s\"`");
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
        ALLOW_HOSTS: AllowedHosts = own("allow_hosts", Form::List(&Form::Text, 0, usize::MAX), read::hosts).or("[]");
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

#[cfg(test)]
mod tests;
