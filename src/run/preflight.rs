//! What must be true before the first request: descriptors, a target that answers.

use std::net::{IpAddr, SocketAddr};

use trtc_base::error::Problem;
use trtc_load_core::client::{Endpoint, Tls, Way, descriptors, reachable};
use trtc_load_core::plan::{Foresight, Plan};
use trtc_load_core::profile::{HttpUrl, Limited, Place, Profile, Scheme};

/// Raises the limit on descriptors as far as it goes, and refuses a run that needs more.
pub(crate) fn descriptors(foresight: &Foresight) -> Result<(), Problem> {
    let limits = descriptors::raise_to_hard();
    if foresight.descriptors <= limits.soft {
        return Ok(());
    }
    Err(Problem::could_not_run(
        "descriptors",
        format!(
            "the run can need {} descriptors at once, this process may have {}",
            foresight.descriptors, limits.soft
        ),
        "raise the hard limit (ulimit -Hn), lower limits.slots, or lower the rates or the dwell",
    ))
}

/// Refuses a plan that asks more than the service's documents allow, unless the profile means it. The mock has no limits.
pub(crate) fn limits(profile: &Profile, plan: &Plan) -> Result<(), Problem> {
    let target = profile.target();
    let found = plan.beyond_limits(&target.dialect);
    let is_meant = target.limits == Limited::Ignored || matches!(target.place, Place::Mock(_));
    match found.first() {
        Some(first) if !is_meant => Err(Problem::could_not_run(
            "target.beyond_limits",
            format!(
                "the plan asks more than the service allows ({} times: {first})",
                found.len()
            ),
            "lower the rates, or space arrivals evenly; write `beyond_limits = true` in [target] if your limits were raised",
        )),
        Some(_) | None => Ok(()),
    }
}

/// Where a service is and how connections get there. Refuses one that nobody named.
pub(crate) async fn resolved(url: &HttpUrl, profile: &Profile) -> Result<Endpoint, Problem> {
    let route = &profile.target().route;
    let proxy = match &route.proxy {
        Some(proxy) => Some(allowed(proxy, profile).await?),
        None => None,
    };
    let endpoint = allowed(url, profile).await?;
    let tls = match url.scheme {
        Scheme::Http => None,
        Scheme::Https => Some(Tls::new(&profile.target().tls, &url.host)?),
    };
    let listed = &profile.target().allow_hosts;
    let way = Way::new(route, &url.host, proxy.as_ref(), listed);
    Ok(endpoint.secured(tls).by(way))
}

/// Refuses sources that are not this machine's before anything is sent, then a service that does not answer. Leaves out the
/// family of addresses in which nobody does.
pub(crate) async fn answering(endpoint: Endpoint) -> Result<Endpoint, Problem> {
    reachable::reachable(&endpoint).await
}

/// Refuses a source address that no connection could come from: it is of a family in which nobody answers.
pub(crate) fn sources(endpoint: &Endpoint, profile: &Profile) -> Result<(), Problem> {
    let route = &profile.target().route;
    let is_used = |source: &IpAddr| {
        let mut connected = endpoint.connected().iter();
        connected.any(|to| to.is_ipv4() == source.is_ipv4())
    };
    let Some(source) = route.sources.iter().find(|source| !is_used(source)) else {
        return Ok(());
    };
    let (family, other) = if source.is_ipv4() {
        ("IPv4", "IPv6")
    } else {
        ("IPv6", "IPv4")
    };
    let who = route.proxy.as_ref().map_or("target", |_| "proxy");
    Err(Problem::could_not_run(
        format!("target.source_addresses: {source}"),
        format!("no connection could come from it: the {who} answers at no {family} address"),
        format!("name {other} addresses of this machine, or make the {who} listen on {family} too"),
    ))
}

/// Where `url` is, if the run may go there.
async fn allowed(url: &HttpUrl, profile: &Profile) -> Result<Endpoint, Problem> {
    let endpoint = Endpoint::resolve(&url.host, url.port).await?;
    let addresses: Vec<_> = endpoint.addresses().iter().map(SocketAddr::ip).collect();
    let listed = &profile.target().allow_hosts;
    if !listed.allows_at(&url.host, &addresses) {
        return Err(Problem::bad_input(
            "target.allow_hosts",
            format!(
                "{} stands for {}, which is not loopback and not what target.allow_hosts lists",
                url.host,
                addresses
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "list its name, and its addresses where addresses are listed, if it may be loaded: logins there can cost MAU",
        ));
    }
    Ok(endpoint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trtc_base::error::Exit;
    use trtc_load_core::profile::{Overrides, Source};

    /// A profile with these sources, and a proxy where one is named.
    fn profile(sources: &str, proxy: &str) -> Profile {
        let text = format!(
            "version = 1\n[target]\nurl = \"http://localhost:81\"\nsource_addresses = [{sources}]\n{proxy}\n\
             [[apps]]\nsdk_app_id = 7\nkey = {{ env = \"KEY\" }}\n[population]\naccounts = 10\n\
             [[scenarios]]\nname = \"login\"\n[[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 1\n"
        );
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: std::path::PathBuf::new(),
        };
        Profile::parse(&text, &source, &Overrides::default()).unwrap()
    }

    fn at(addresses: &[&str]) -> Endpoint {
        let addresses = addresses.iter().map(|text| text.parse().unwrap());
        Endpoint::at(addresses.collect(), "x".into()).unwrap()
    }

    #[test]
    fn a_source_is_refused_exactly_where_no_address_of_its_family_answers() {
        let (four, six) = ("127.0.0.1:81", "[::1]:81");
        let both = "\"127.0.0.2\", \"::1\"";
        for (sources, living, refused) in [
            ("", &[four][..], None),
            ("\"127.0.0.2\"", &[four], None),
            ("\"::ffff:127.0.0.2\"", &[four], None),
            ("\"127.0.0.2\"", &[six, four], None),
            ("\"127.0.0.2\"", &[six], Some("127.0.0.2")),
            ("\"::1\"", &[four], Some("::1")),
            (both, &[four, six], None),
            (both, &[four], Some("::1")),
            (both, &[six], Some("127.0.0.2")),
        ] {
            let found = super::sources(&at(living), &profile(sources, "")).err();
            let place = found.as_ref().map(|problem| problem.place.clone());
            let wanted = refused.map(|source| format!("target.source_addresses: {source}"));
            assert_eq!(place, wanted, "{sources} {living:?}");
            assert!(found.is_none_or(|problem| problem.exit == Exit::CouldNotRun));
        }
    }

    #[test]
    fn behind_a_proxy_it_is_the_proxys_family_that_counts() {
        let profile = profile("\"::1\"", "proxy = \"http://localhost:3128\"");
        let target = profile.target();
        let by = |proxy| {
            let way = Way::new(&target.route, "x", Some(&at(&[proxy])), &target.allow_hosts);
            super::sources(&at(&["127.0.0.1:81"]).by(way), &profile)
        };
        assert!(by("[::1]:3128").is_ok());
        let refused = by("127.0.0.1:3128").unwrap_err();
        assert_eq!(
            refused.what,
            "no connection could come from it: the proxy answers at no IPv6 address"
        );
    }
}
