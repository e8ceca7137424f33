//! How a device gets a connection: a name looked up, a connect, a proxy's consent, a handshake, each timed.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::connection::Carrier;
use crate::client::http2::Http2;
use crate::client::stream::Stream;
use crate::client::{Connection, Endpoint, HEAD_LIMIT, TlsSessions, fault, head};
use crate::profile::Http;
use crate::session::{Phase, Phases, Transport};
use trtc_base::clock::Clock;

/// A device that connects: where to, and as whom.
#[derive(Clone, Copy, Debug)]
pub struct Dial<'a> {
    /// Where the target is, and by which way.
    pub endpoint: &'a Endpoint,
    /// Spreads devices over the target's addresses and this machine's.
    pub slot: usize,
    /// The device's TLS sessions.
    pub tls_sessions: &'a TlsSessions,
    /// What times it.
    pub clock: &'a Clock,
}

impl Dial<'_> {
    /// A connection for requests. How long each part took goes into `phases`, also of an attempt that is dropped.
    ///
    /// Cancel safe: dropping the future gives the descriptor back.
    ///
    /// # Errors
    /// [`Transport::Lookup`], [`Transport::ConnectRefused`], [`Transport::ConnectFailed`], [`Transport::Proxy`],
    /// [`Transport::Certificate`], [`Transport::Handshake`], or [`Transport::Exhausted`] where this machine has no
    /// descriptor or port left.
    pub async fn open(self, phases: &mut Phases) -> Result<Connection, Transport> {
        let http = self.endpoint.http();
        let stream = self.stream(http, phases).await?;
        let carrier = match http {
            Http::One => Carrier::One(stream),
            Http::Two => Carrier::Two(Box::new(Http2::over(stream, self.endpoint).await?)),
        };
        Ok(Connection::over(carrier, *self.clock))
    }

    /// A connection that can become a push channel: HTTP/1.1, whatever requests are spoken in.
    ///
    /// # Errors
    /// As [`Dial::open`].
    pub async fn open_for_push(self, phases: &mut Phases) -> Result<Connection, Transport> {
        let stream = self.stream(Http::One, phases).await?;
        Ok(Connection::over(Carrier::One(stream), *self.clock))
    }

    async fn stream(self, http: Http, phases: &mut Phases) -> Result<Stream, Transport> {
        let tcp = self.connect(phases).await?;
        let Some(tls) = self.endpoint.tls() else {
            return Ok(Stream::Plain(tcp));
        };
        let began = self.clock.now();
        phases.begin(Phase::Tls);
        let stream = Stream::secure(tcp, tls, self.tls_sessions, http).await?;
        phases.note(Phase::Tls, self.clock.now().since(began));
        Ok(stream)
    }

    /// The connection to the target, through the proxy where there is one: its consent is part of the connect.
    async fn connect(self, phases: &mut Phases) -> Result<TcpStream, Transport> {
        let way = self.endpoint.way();
        let mut began = self.clock.now();
        if way.lookup.is_some() {
            phases.begin(Phase::Dns);
        }
        let address = self.endpoint.address_now(self.slot).await?;
        if way.lookup.is_some() {
            let found = self.clock.now();
            phases.note(Phase::Dns, found.since(began));
            began = found;
        }
        phases.begin(Phase::Connect);
        let proxy = self
            .slot
            .checked_rem(way.proxies.len())
            .map(|nth| way.proxies[nth]);
        let to = proxy.unwrap_or(address);
        let source = way.source(self.slot, self.endpoint.connected().len(), to);
        let tcp = Stream::connect(to, source).await;
        let mut tcp = tcp.map_err(|error| fault::of_connect(&error))?;
        if proxy.is_some() {
            tcp = through(tcp, &address.to_string()).await?;
        }
        phases.note(Phase::Connect, self.clock.now().since(began));
        Ok(tcp)
    }
}

/// Asks a proxy to connect. It is told the address, not the name: a name could stand for another machine there.
/// Source: RFC 9110 section 9.3.6.
async fn through(mut tcp: TcpStream, address: &str) -> Result<TcpStream, Transport> {
    let request = format!("CONNECT {address} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    let written = tcp.write_all(request.as_bytes()).await;
    written.map_err(|_| Transport::Proxy)?;
    let mut raw = Vec::new();
    loop {
        let read = tcp.read_buf(&mut raw).await;
        if read.map_err(|_| Transport::Proxy)? == 0 || raw.len() > HEAD_LIMIT {
            return Err(Transport::Proxy);
        }
        match head::parse(&raw) {
            Ok(None) => {}
            // Bytes behind the consent would pass for the target's.
            Ok(Some(head)) if head.status / 100 == 2 && head.bytes == raw.len() => {
                return Ok(tcp);
            }
            Ok(Some(_)) | Err(_) => return Err(Transport::Proxy),
        }
    }
}
