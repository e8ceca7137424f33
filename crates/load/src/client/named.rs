//! Trusts the certificates of a file: those that they signed, and they themselves.
//!
//! The second is what a self-signed certificate needs that says of itself that it is a CA's, as `openssl req -x509` makes
//! them: no path of signatures may end in a CA's certificate. Host name and validity are checked either way.

use std::sync::Arc;

use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};

/// The type of a common name: 2.5.4.3.
const COMMON_NAME: &[u8] = &[0x55, 4, 3];

/// Trusts the certificates of a file.
#[derive(Debug)]
pub(super) struct Named {
    /// Looks for a path of signatures.
    paths: Arc<WebPkiServerVerifier>,
    /// Each certificate, and its common name.
    certificates: Box<[(CertificateDer<'static>, Option<Box<str>>)]>,
}

impl Named {
    /// One or more certificates.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn new(
        certificates: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        let mut named = Vec::new();
        for certificate in certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|fault| fault.to_string())?;
            let anchor = roots.roots.last();
            let name = anchor.and_then(|anchor| common_name(&anchor.subject));
            named.push((certificate, name.map(Box::from)));
        }
        let paths = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
        Ok(Self {
            paths: paths.map_err(|fault| fault.to_string())?,
            certificates: named.into(),
        })
    }

    /// Whether a certificate of the file is for `host`, by the name that it has.
    fn is_for(
        &self,
        end_entity: &CertificateDer<'_>,
        host: &ServerName<'_>,
    ) -> Option<Result<(), Error>> {
        let found = self.certificates.iter().find(|(one, _)| one == end_entity);
        let (certificate, common_name) = found?;
        let parsed = match ParsedCertificate::try_from(certificate) {
            Ok(parsed) => parsed,
            Err(fault) => return Some(Err(fault)),
        };
        let checked = verify_server_name(&parsed, host);
        let is_common = common_name
            .as_ref()
            .is_some_and(|name| covers(name, &host.to_str()));
        match &checked {
            // Without any subjectAltName the common name says whom it is for, as it does for OpenSSL.
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                presented,
                ..
            })) if presented.is_empty() && is_common => Some(Ok(())),
            Ok(()) | Err(_) => Some(checked),
        }
    }
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let by_path = self.paths.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        // Validity and purpose are looked at before any signature, so these faults say that both are in order.
        let is_in_order = matches!(
            by_path,
            Err(Error::InvalidCertificate(
                CertificateError::UnknownIssuer
                    | CertificateError::Other(_)
                    | CertificateError::NotValidForNameContext { .. }
            ))
        );
        if !is_in_order {
            return by_path;
        }
        match self.is_for(end_entity, server_name) {
            Some(named) => named.map(|()| ServerCertVerified::assertion()),
            None => by_path,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.paths.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.paths.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.paths.supported_verify_schemes()
    }
}

/// Whether a common name is `host`'s; `*.` stands for one label.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = match name.strip_prefix("*.") {
        Some(parent) => match host.split_once('.') {
            Some((_, above)) if host.parse::<std::net::IpAddr>().is_err() => (parent, above),
            Some(_) | None => return false,
        },
        None => (name, host),
    };
    name.eq_ignore_ascii_case(host)
}

/// The common name in a subject in DER: sets of attributes, each a type and a value. The last one is the most specific.
fn common_name(subject: &[u8]) -> Option<&str> {
    let (mut sets, mut found) = (subject, None);
    while !sets.is_empty() {
        let (set, more) = element(sets)?;
        sets = more;
        let mut attributes = set;
        while !attributes.is_empty() {
            let (attribute, more) = element(attributes)?;
            attributes = more;
            let (kind, value) = element(attribute)?;
            if kind == COMMON_NAME {
                found = std::str::from_utf8(element(value)?.0).ok();
            }
        }
    }
    found
}

/// The content of the first element of `der`, and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let [_, first, rest @ ..] = der else {
        return None;
    };
    if *first < 0x80 {
        return rest.split_at_checked(usize::from(*first));
    }
    let (bytes, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
    let length = bytes.iter().try_fold(0_usize, |length, byte| {
        length.checked_mul(256)?.checked_add(usize::from(*byte))
    });
    rest.split_at_checked(length?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_is_read_out_of_a_subject_and_nonsense_has_none() {
        // C = DE, CN = a, CN = localhost
        let subject = b"\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02DE\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01a\
            \x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09localhost";
        assert_eq!(common_name(subject), Some("localhost"));
        for cut in 1..subject.len() {
            let found = common_name(&subject[..cut]);
            assert!(matches!(found, None | Some("a")), "{found:?}");
        }
        assert_eq!(common_name(b""), None);
        assert_eq!(
            common_name(b"\x31\x89\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
            None
        );
    }

    #[test]
    fn a_star_stands_for_one_label_and_for_no_part_of_an_address() {
        for (name, host, covered) in [
            ("localhost", "LOCALHOST", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("*.example.org", "a.example.org", true),
            ("*.example.org", "a.b.example.org", false),
            ("*.example.org", "example.org", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("local", "localhost", false),
        ] {
            assert_eq!(covers(name, host), covered, "{name} {host}");
        }
    }
}
