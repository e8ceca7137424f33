//! A handshake in memory, before the first one that is measured: what the crypto library sets up once in a process, and once
//! in a thread, is paid then and not by the target's first answer.
//!
//! In: how a run's connections are encrypted. Out: nothing but that everything a handshake needs was used once. Never here:
//! a socket, the target, its certificate.

use std::error::Error;
use std::io::{Read, Write};
use std::sync::Arc;

use tokio_rustls::rustls::client::{Resumption as Store, WebPkiServerVerifier};
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, HandshakeKind, RootCertStore, ServerConfig,
    ServerConnection, SideData,
};

use crate::client::Tls;
use crate::client::stream::H2;
use crate::profile::Http;
use trtc_base::error::Problem;

/// Whom the throw-away certificate is for.
const NAME: &str = "localhost";

/// Times that both sides may speak in one handshake. Three are needed.
const MOST_TURNS: usize = 8;

/// What is sent once hands are shaken, each way.
const WORD: &[u8] = b"rehearsed";

/// The parts for handshakes like those of a run: the run's own settings against servers of our own.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    client: ClientConfig,
    /// One for each version of TLS: a target chooses.
    servers: Vec<Arc<ServerConfig>>,
}

/// Whatever rustls or the maker of the certificate says.
type Fault = Box<dyn Error + Send + Sync>;

/// How a rehearsal went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// Handshakes with a certificate and a key exchange.
    pub whole: usize,
    /// Handshakes that resumed a session.
    pub resumed: usize,
}

impl Rehearsal {
    /// Of connections that are encrypted like `tls`, for `http`.
    ///
    /// # Errors
    /// Where the crypto library can do no handshake at all.
    pub fn of(tls: &Tls, http: Http) -> Result<Self, Problem> {
        Self::made(tls.config(), http).map_err(|fault| unable(fault.as_ref()))
    }

    fn made(config: &ClientConfig, http: Http) -> Result<Self, Fault> {
        let made = rcgen::generate_simple_self_signed([NAME.to_owned()])?;
        let certificate = made.cert.der().clone();
        let alpn = match http {
            Http::One => Vec::new(),
            Http::Two => vec![H2.to_vec()],
        };
        let provider = config.crypto_provider().clone();
        let mut servers = Vec::new();
        for version in [&TLS13, &TLS12] {
            let key = PrivateKeyDer::try_from(made.signing_key.serialize_der())?;
            let mut server = ServerConfig::builder_with_provider(provider.clone())
                .with_protocol_versions(&[version])?
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key)?;
            server.alpn_protocols.clone_from(&alpn);
            servers.push(Arc::new(server));
        }
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?;
        // The run's settings, but for whom they trust and what they remember.
        let mut client = config.clone();
        client.dangerous().set_certificate_verifier(verifier);
        client.alpn_protocols = alpn;
        Ok(Self { client, servers })
    }

    /// Shakes hands on this thread: with each server a whole handshake, then one that resumes its session.
    ///
    /// # Errors
    /// Where the crypto library can do no handshake at all.
    pub fn play(&self) -> Result<Rehearsed, Problem> {
        let mut kinds = Rehearsed {
            whole: 0,
            resumed: 0,
        };
        for server in &self.servers {
            // A store of the client's own for each server: the same name would stand for both.
            let mut client = self.client.clone();
            client.resumption = Store::in_memory_sessions(1);
            let client = Arc::new(client);
            for _ in 0..2 {
                let kind = shaken(&client, server).map_err(|fault| unable(fault.as_ref()))?;
                if kind == Some(HandshakeKind::Resumed) {
                    kinds.resumed += 1;
                } else {
                    kinds.whole += 1;
                }
            }
        }
        Ok(kinds)
    }
}

/// Shakes hands once, and sends a word each way.
fn shaken(
    client: &Arc<ClientConfig>,
    server: &Arc<ServerConfig>,
) -> Result<Option<HandshakeKind>, Fault> {
    let name = ServerName::try_from(NAME)?;
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(server.clone())?;
    for _ in 0..MOST_TURNS {
        pass(&mut client, &mut server)?;
        pass(&mut server, &mut client)?;
    }
    let mut read = [0; WORD.len()];
    client.writer().write_all(WORD)?;
    pass(&mut client, &mut server)?;
    server.reader().read_exact(&mut read)?;
    server.writer().write_all(&read)?;
    pass(&mut server, &mut client)?;
    client.reader().read_exact(&mut read)?;
    Ok(client.handshake_kind())
}

/// Gives what one side has to say to the other.
fn pass<A: SideData, B: SideData>(
    from: &mut ConnectionCommon<A>,
    to: &mut ConnectionCommon<B>,
) -> Result<(), Fault> {
    let mut wire = Vec::new();
    while from.wants_write() {
        from.write_tls(&mut wire)?;
    }
    let mut rest = wire.as_slice();
    while !rest.is_empty() {
        to.read_tls(&mut rest)?;
        to.process_new_packets()?;
    }
    Ok(())
}

fn unable(fault: &(dyn Error + Send + Sync)) -> Problem {
    Problem::could_not_run(
        "tls",
        format!("a handshake in memory, before the run, does not work: {fault}"),
        "report this as a bug, with the machine and its processor",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Resumption, TlsSettings, Trust};

    #[test]
    fn every_version_is_shaken_whole_and_then_resumed_whatever_the_run_trusts_and_speaks() {
        for resumption in [Resumption::On, Resumption::Off] {
            for http in [Http::One, Http::Two] {
                let trust = Trust::Nobody;
                let tls = Tls::new(&TlsSettings { trust, resumption }, "127.0.0.1").unwrap();
                let rehearsal = Rehearsal::of(&tls, http).unwrap();
                // As often as there are threads.
                for _ in 0..3 {
                    let played = rehearsal.play().unwrap();
                    let wanted = Rehearsed {
                        whole: 2,
                        resumed: 2,
                    };
                    assert_eq!(played, wanted, "{resumption:?} {http:?}");
                }
            }
        }
    }
}
