//! The table `[target]` read: its parts, each by itself, so that every fault is told.

use std::sync::Arc;

use super::{
    ALLOW_HOSTS, BEYOND_LIMITS, CONNECTION, DIALECT, HEARTBEAT_LIMIT, MOCK, NOTICE_LIMIT,
    PRECONNECT, REGION, TIMEOUT, TLS, URL, elsewhere, read_dialect, tls,
};
use super::{
    AllowedHosts, ConnectionUse, Http, HttpUrl, Limited, Lookups, MockSettings, Place, Preconnect,
    Route, Scheme, SessionRules, Target, TlsSettings, Trust,
};
use crate::profile::{Overrides, Source};
use trtc_base::config::{FaultKind, Table, Value, address};
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

/// What was read of the target; a part with a fault is none.
#[derive(Debug, Default)]
pub(in super::super) struct TargetParts {
    place: Option<Place>,
    dialect: Option<(Arc<Dialect>, String)>,
    pub(in super::super) timeout: Option<Micros>,
    pub(in super::super) notice_limit: Option<Micros>,
    pub(in super::super) heartbeat_limit: Option<Micros>,
    connection: Option<ConnectionUse>,
    preconnect: Option<Preconnect>,
    allow_hosts: Option<AllowedHosts>,
    tls: Option<TlsSettings>,
    route: Option<Route>,
    pub(in super::super) rules: Option<SessionRules>,
    limits: Option<Limited>,
}

impl TargetParts {
    pub(in super::super) fn read(
        table: &Table<'_>,
        source: &Source,
        overrides: &Overrides,
    ) -> Self {
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
    pub(in super::super) fn dialect(&self) -> Option<&Dialect> {
        self.dialect.as_ref().map(|(dialect, _)| &**dialect)
    }

    /// Whether that host may be loaded: it is this machine, or the profile names it.
    pub(in super::super) fn allows(&self, url: &HttpUrl) -> bool {
        let listed = self.allow_hosts.as_ref();
        listed.map_or_else(|| url.is_loopback(), |listed| listed.allows(&url.host))
    }

    /// Whether it is known to be the built-in mock.
    pub(in super::super) const fn is_mock(&self) -> bool {
        matches!(&self.place, Some(Place::Mock(_)))
    }

    /// Whether connections to it are known not to be encrypted.
    pub(in super::super) fn is_plain(&self) -> bool {
        self.place.is_some() && !self.is_encrypted()
    }

    /// Whether connections to it are known to be encrypted.
    pub(in super::super) fn is_encrypted(&self) -> bool {
        matches!(&self.place, Some(Place::Url(url)) if url.scheme == Scheme::Https)
    }

    /// Whether the target's name is known to be looked up once.
    pub(in super::super) fn is_looked_up_once(&self) -> bool {
        let route = self.route.as_ref();
        route.is_some_and(|route| route.dns == Lookups::Once)
    }

    /// Whether it is known to speak HTTP/2.
    pub(in super::super) fn is_http2(&self) -> bool {
        let route = self.route.as_ref();
        route.is_some_and(|route| route.http == Http::Two)
    }

    /// Whether any certificate is taken, of the target and of a UserSig server.
    pub(in super::super) fn takes_any_certificate(&self) -> bool {
        let trust = self.tls.as_ref().map(|tls| &tls.trust);
        trust == Some(&Trust::Nobody)
    }

    /// Whether the load is known to leave this machine.
    pub(in super::super) fn leaves_this_machine(&self) -> bool {
        elsewhere(self.place.as_ref(), self.route.as_ref()).is_some()
    }

    /// The target and what names its dialect.
    pub(in super::super) fn into_target(self) -> Option<(Target, String)> {
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
pub(super) fn hosts(value: &Value<'_>) -> Option<AllowedHosts> {
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

/// A webhook's sender waits 2 s, and one of room callbacks 5 s. Sources: trtc.io/document/34354, trtc.io/document/39558.
fn usual_timeout(dialect: Option<&Dialect>) -> Micros {
    match dialect {
        Some(dialect) if dialect.tells_of_rooms() => Micros::from_secs(5),
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
