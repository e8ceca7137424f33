//! How connections reach the target: `http`, `dns`, `source_addresses` and `proxy` of `[target]`.

use std::net::IpAddr;

use super::super::target::HttpUrl;
use super::super::{AllowedHosts, Http, Lookups, Route};
use trtc_base::config::{FaultKind, Table, Value, address};

/// The keys of `[target]` that are read here.
pub(super) const KEYS: [&str; 4] = ["http", "dns", "source_addresses", "proxy"];

/// More addresses than one machine is given for a load test.
const MOST_SOURCES: usize = 256;

pub(super) fn read(target: &Table<'_>, hosts: &AllowedHosts) -> Option<Route> {
    let http = target.get_or("http", Http::One, |value| {
        value.one_of(&[("1.1", Http::One), ("2", Http::Two)])
    });
    let dns = target.get_or("dns", Lookups::Once, |value| {
        value.one_of(&[("once", Lookups::Once), ("each", Lookups::Each)])
    });
    let sources = target.get_or("source_addresses", Vec::new(), read_sources);
    let proxy = target.get_or("proxy", None, |value| read_proxy(value, hosts).map(Some));
    Some(Route {
        http: http?,
        dns: dns?,
        sources: sources?,
        proxy: proxy?,
    })
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
