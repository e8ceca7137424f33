//! How a device's connections reach the target.

use std::net::IpAddr;

use super::{AllowedHosts, HttpUrl};
use trtc_base::config::{
    FaultKind, Form, Named, Raw, Table, Value, Writer, Written, address, list,
};
use trtc_base::section;

/// More addresses than one machine is given for a load test.
const MOST_SOURCES: usize = 256;

section! {
    /// How connections reach the target.
    pub(super) ROUTE {
        /// What requests are spoken in. Push channels are HTTP/1.1 always.
        HTTP: Http = one_of("http").or("\"1.1\"");
        /// When the target's name is looked up: once, before the run, or for each connection as a phase of its own.
        DNS: Lookups = one_of("dns").or("\"once\"");
        /// Addresses of this machine that connections come from, in turn.
        SOURCES: Vec<IpAddr> = own("source_addresses", Form::List(&Form::Text, 0, MOST_SOURCES), read_sources).or("[]");
        /// A proxy that is asked to connect; it is spoken to without TLS.
        PROXY: Raw = raw("proxy", Form::Like("^http://[^/?#@]+/?$", "an address, `http://HOST:PORT`")).otherwise("no proxy");
    }
}

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

impl Named for Http {
    const NAMED: &'static [(&'static str, Self)] = &[("1.1", Self::One), ("2", Self::Two)];
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

impl Named for Lookups {
    const NAMED: &'static [(&'static str, Self)] = &[("once", Self::Once), ("each", Self::Each)];
}

impl Route {
    pub(super) fn read(target: &Table<'_>, hosts: &AllowedHosts) -> Option<Self> {
        let (http, dns) = (target.read(&HTTP), target.read(&DNS));
        let sources = target.read(&SOURCES);
        let proxy = target
            .find(&PROXY)
            .map_or(Some(None), |value| read_proxy(value, hosts).map(Some));
        Some(Self {
            http: http?,
            dns: dns?,
            sources: sources?,
            proxy: proxy?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.put_named(&HTTP, self.http);
        out.put_named(&DNS, self.dns);
        let sources = self.sources.iter().map(|ip| ip.to_string().written());
        out.put_as(&SOURCES, &list(sources));
        if let Some(proxy) = &self.proxy {
            out.put_as(&PROXY, &proxy.to_string().written());
        }
    }
}

fn read_sources(value: &Value<'_>) -> Option<Vec<IpAddr>> {
    let list = value.list()?;
    if list.len() > MOST_SOURCES {
        value.fault(
            FaultKind::SourceCount,
            format!("{} source addresses are too many", list.len()),
            format!("name at most {MOST_SOURCES}"),
        );
        return None;
    }
    let read = list.iter().map(read_source).collect::<Vec<_>>();
    read.into_iter().collect()
}

fn read_source(value: &Value<'_>) -> Option<IpAddr> {
    let text = value.text()?;
    let Ok(source) = text.parse::<IpAddr>() else {
        value.fault(
            FaultKind::NoAddress,
            format!("\"{}\" is no IP address", address(text)),
            "name addresses of this machine, such as \"127.0.0.2\"",
        );
        return None;
    };
    // An IPv4 address that is written as an IPv6 one reaches IPv4 targets only.
    let source = source.to_canonical();
    if source.is_unspecified() {
        value.fault(
            FaultKind::SourceUnspecified,
            format!("\"{source}\" leaves the source address to the system, as naming none does"),
            "name addresses of this machine, such as \"127.0.0.2\", or remove it",
        );
    }
    Some(source)
}

fn read_proxy(value: &Value<'_>, hosts: &AllowedHosts) -> Option<HttpUrl> {
    let text = value.text()?;
    let url = match HttpUrl::parse(text) {
        Ok(url) if text.starts_with("http://") => url,
        Ok(_) => {
            value.fault(
                FaultKind::ProxyUrl,
                format!("\"{}\": a proxy is spoken to without TLS", address(text)),
                "write an address such as \"http://127.0.0.1:3128\"",
            );
            return None;
        }
        Err(fault) => {
            value.fault(
                FaultKind::ProxyUrl,
                format!("\"{}\" is no proxy: {fault}", address(text)),
                "write an address such as \"http://127.0.0.1:3128\"",
            );
            return None;
        }
    };
    if !hosts.allows(&url.host) {
        value.fault(
            FaultKind::HostNotAllowed,
            format!(
                "\"{}\" is not this machine, and the profile does not allow it",
                url.host
            ),
            format!(
                "if you own it and may load it, add \"{}\" to `allow_hosts` in [target]",
                url.host
            ),
        );
    }
    Some(url)
}
