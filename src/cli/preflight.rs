//! What must be true before the first request: descriptors, a target that answers, signals that are heard.

use std::net::SocketAddr;

use crate::engine::Stop;
use crate::error::Problem;
use crate::plan::Foresight;
use crate::plan::Plan;
use crate::profile::HttpUrl;
use crate::profile::Limited;
use crate::profile::Place;
use crate::profile::Profile;
use crate::profile::Scheme;
use crate::recorder::Ended;
use crate::target::Endpoint;
use crate::target::Tls;
use crate::target::Way;
use crate::target::descriptors;
use crate::target::reachable;

/// Raises the limit on descriptors as far as it goes, and refuses a run that needs more.
pub(super) fn descriptors(foresight: &Foresight) -> Result<(), Problem> {
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
pub(super) fn limits(profile: &Profile, plan: &Plan) -> Result<(), Problem> {
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

/// Refuses a target that nobody named, and one that does not answer.
pub(super) async fn reachable(url: &HttpUrl, profile: &Profile) -> Result<Endpoint, Problem> {
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
    reachable::reachable(&endpoint.secured(tls).by(way)).await
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

/// The first signal winds the run down and still writes everything; the second drops what is in flight.
pub(super) fn stop_on_signals(stop: &Stop) -> Result<(), Problem> {
    let stop = stop.clone();
    let heard = std::sync::atomic::AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if heard.swap(true, std::sync::atomic::Ordering::AcqRel) {
            stop.halt();
        } else {
            stop.wind_down(Ended::Interrupted);
        }
    })
    .map_err(|fault| {
        Problem::could_not_run(
            "signals",
            format!("they cannot be handled: {fault}"),
            "report this as a bug",
        )
    })
}
