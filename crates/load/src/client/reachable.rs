//! Asks before a run whether the target is there, and fetches documents that no measurement counts.
//!
//! In: an endpoint, a URL. Out: the endpoint that answers, a document; or a [`Problem`] with a way out. Never here:
//! anything measured.

use std::error::Error;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::Endpoint;
use trtc_base::error::Problem;

/// How long one address may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How long a document may take.
const FETCH_LIMIT: Duration = Duration::from_secs(10);

/// The longest document, in bytes.
const DOCUMENT_LIMIT: usize = 16 * 1024 * 1024;

/// The endpoint, once at least one of its addresses accepts a connection; behind a proxy, one of the proxy's.
///
/// Where no address of one family (IPv4, IPv6) accepts, that family is left out: a name such as `localhost` has both,
/// a service often listens on one, and a device would use the other family without an error. An address that is dead
/// beside living ones of its family stays: the app's users meet it, so the run must.
///
/// # Errors
/// Where no address accepts within 2 s each.
pub async fn reachable(endpoint: &Endpoint) -> Result<Endpoint, Problem> {
    for &source in &endpoint.way().sources {
        check_source(source)?;
    }
    let connected = endpoint.connected();
    let living = accepting(endpoint, connected).await?;
    let is_of_a_living_family = |one: &SocketAddr| {
        living
            .iter()
            .any(|other: &SocketAddr| other.is_ipv4() == one.is_ipv4())
    };
    let known = connected.iter().copied();
    let kept = known.filter(is_of_a_living_family).collect();
    Ok(endpoint.clone().only(kept))
}

/// Refuses a source address that is not this machine's.
fn check_source(source: IpAddr) -> Result<(), Problem> {
    UdpSocket::bind((source, 0)).map(drop).map_err(|fault| {
        Problem::could_not_run(
            format!("target.source_addresses: {source}"),
            format!("connections cannot come from it: {fault}"),
            "name addresses of this machine; `ip addr add` gives it more",
        )
    })
}

/// Those of `addresses` that accept a connection.
async fn accepting(
    endpoint: &Endpoint,
    addresses: &[SocketAddr],
) -> Result<Vec<SocketAddr>, Problem> {
    let mut living = Vec::new();
    let mut refusal = None;
    for &address in addresses {
        match timeout(CONNECT_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => living.push(address),
            Ok(Err(error)) => refusal = Some(format!("{address}: {error}")),
            Err(_) => refusal = Some(format!("{address}: no answer within 2 s")),
        }
    }
    if living.is_empty() {
        let scheme = endpoint.tls().map_or("http", |_| "https");
        let who = if endpoint.way().proxies.is_empty() {
            "target"
        } else {
            "proxy before it"
        };
        return Err(Problem::could_not_run(
            format!("{scheme}://{}", endpoint.host_header()),
            format!(
                "the {who} does not accept a connection ({})",
                refusal.unwrap_or_default()
            ),
            "start the target, or check its host and port; `mock` as the target needs no service",
        ));
    }
    Ok(living)
}

/// The JSON document at `url`, such as the mock's counts. Takes no proxy from the environment, and follows no redirect.
///
/// # Errors
/// Where it does not come within 10 s, is longer than 16 MiB, or is not what was expected.
pub async fn fetch_json<T: DeserializeOwned>(url: &str) -> Result<T, Problem> {
    let explained = |what: String| {
        let what = format!("cannot be read: {what}");
        let remedy = "check that the service is still running, and its version";
        Problem::could_not_run(url, what, remedy)
    };
    let bytes = fetch(url).await.map_err(explained)?;
    serde_json::from_slice(&bytes).map_err(|error| explained(error.to_string()))
}

async fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(FETCH_LIMIT)
        .build()
        .map_err(told)?;
    let mut answer = client.get(url).send().await.map_err(told)?;
    if !answer.status().is_success() {
        return Err(format!("it answers {}", answer.status()));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(told)? {
        if bytes.len() + piece.len() > DOCUMENT_LIMIT {
            return Err("it is longer than 16 MiB".to_owned());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// The error and what is behind it: reqwest's own words leave out why a connection failed.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        text = format!("{text}: {cause}");
        behind = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use tokio::net::TcpListener;

    use super::*;
    use crate::client::Way;
    use crate::profile::{AllowedHosts, Route};

    /// An address at which somebody listens, and one of the other family at which nobody does.
    async fn half_alive() -> (TcpListener, Vec<SocketAddr>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let alive = listener.local_addr().unwrap();
        let dead = SocketAddr::from((Ipv6Addr::LOCALHOST, alive.port()));
        (listener, vec![dead, alive])
    }

    #[tokio::test]
    async fn a_family_on_which_nobody_listens_is_left_out_of_the_target_and_of_a_proxy() {
        let (_listener, addresses) = half_alive().await;
        let alive = addresses[1];
        let direct = Endpoint::at(addresses.clone(), "x".into()).unwrap();
        let direct = reachable(&direct).await.unwrap();
        assert_eq!(direct.addresses(), [alive]);
        let proxy = Endpoint::at(addresses, "proxy".into()).unwrap();
        // Behind a proxy nobody asks the target itself.
        let unasked = SocketAddr::from(([127, 0, 0, 1], 1));
        let target = Endpoint::at(vec![unasked], "x".into()).unwrap();
        let way = Way::new(
            &Route::default(),
            "x",
            Some(&proxy),
            &AllowedHosts::default(),
        );
        let behind = reachable(&target.by(way)).await.unwrap();
        assert_eq!(behind.addresses(), [unasked]);
        assert_eq!(*behind.way().proxies, [alive]);
    }
}
