//! TLS by rustls: one configuration for a run, and a store of sessions for each device.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::Resumption as Store;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, rustls};

use crate::client::named::Named;
use crate::client::unchecked::Unchecked;
use crate::profile::{Resumption, TlsSettings, Trust};
use trtc_base::error::Problem;

/// Names whose sessions a device keeps: it talks to one target.
const NAMES_KEPT: usize = 2;

/// How a run's connections are encrypted.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    resumption: Resumption,
}

/// A device's TLS sessions: its connections resume its own and nobody else's. Empty and small until the first handshake.
/// Clones share it.
#[derive(Clone, Default)]
pub struct TlsSessions(Arc<OnceLock<Arc<ClientConfig>>>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wallet")
    }
}

impl Tls {
    /// For connections to `host`, a name or an address. Reads the certificates that are trusted.
    ///
    /// # Errors
    /// Where `host` can have no certificate, or the certificates cannot be read.
    pub fn new(settings: &TlsSettings, host: &str) -> Result<Self, Problem> {
        let name = host.parse::<IpAddr>().map_or_else(
            |_| ServerName::try_from(host.to_owned()).map_err(|fault| fault.to_string()),
            |address| Ok(ServerName::from(address)),
        );
        let name = name.map_err(|fault| {
            Problem::bad_input(host, fault, "write the name that the certificate is for")
        })?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|fault| {
                Problem::could_not_run("tls", fault.to_string(), "report this as a bug")
            })?;
        let mut config = match &settings.trust {
            Trust::Nobody => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Unchecked::new(provider)))
                .with_no_client_auth(),
            Trust::System => builder
                .with_root_certificates(of_system()?)
                .with_no_client_auth(),
            Trust::File(path) => builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(of_file(path, provider)?))
                .with_no_client_auth(),
        };
        config.resumption = Store::disabled();
        Ok(Self {
            config: Arc::new(config),
            name,
            resumption: settings.resumption,
        })
    }

    /// What encrypts a connection of the device whose sessions are in `tls_sessions`.
    pub(super) fn connector(&self, tls_sessions: &TlsSessions) -> TlsConnector {
        let config = match self.resumption {
            Resumption::Off => &self.config,
            Resumption::On => tls_sessions.0.get_or_init(|| {
                let mut own = ClientConfig::clone(&self.config);
                own.resumption = Store::in_memory_sessions(NAMES_KEPT);
                Arc::new(own)
            }),
        };
        TlsConnector::from(config.clone())
    }

    /// The settings that every connection starts from.
    pub(super) fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Whom the certificate must be for.
    pub(super) fn name(&self) -> ServerName<'static> {
        self.name.clone()
    }
}

fn of_system() -> Result<RootCertStore, Problem> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added > 0 {
        return Ok(roots);
    }
    let why = found.errors.first().map(ToString::to_string);
    Err(Problem::could_not_run(
        "tls",
        format!(
            "this machine has no certificates to trust ({})",
            why.unwrap_or_else(|| "none found".into())
        ),
        "install the system's CA certificates, or name your own with `ca` in [target.tls]",
    ))
}

fn of_file(path: &Path, provider: Arc<CryptoProvider>) -> Result<Named, Problem> {
    let problem = |what: String| {
        Problem::bad_input(
            path.display().to_string(),
            what,
            "give a PEM file with the certificate of the CA, or the target's own, in `ca` of [target.tls]",
        )
    };
    let found = CertificateDer::pem_file_iter(path).map_err(|fault| problem(fault.to_string()))?;
    let certificates = found.collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|fault| problem(fault.to_string()))?;
    if certificates.is_empty() {
        return Err(problem("it has no certificate".into()));
    }
    Named::new(certificates, provider).map_err(problem)
}
