//! The table `[target.tls]`: whose certificates are trusted, and whether sessions are resumed.

use std::path::PathBuf;

use super::{HttpUrl, Scheme, TargetParts};
use crate::profile::apps::absolute;
use crate::profile::usersig::UsersigServer;
use crate::profile::{Overrides, Source};
use trtc_base::config::{FaultKind, Key, Raw, Table, Value, Writer, Written};
use trtc_base::section;

section! {
    /// How connections are encrypted where an address is https.
    pub(super) TLS {
        /// A PEM file with the authorities whose certificates are trusted, and no others.
        CA: String = text("ca").otherwise("this machine's authorities");
        /// Whether any certificate is taken; only where the load stays on this machine.
        INSECURE: bool = flag("insecure").or("false");
        /// Whether a device resumes its own TLS sessions.
        RESUMPTION: bool = flag("resumption").or("true");
    }
}

/// How connections are encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsSettings {
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// Whether a device resumes its own TLS sessions.
    pub resumption: Resumption,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Those of this machine's certificate authorities.
    System,
    /// Those of the authorities in this PEM file, and no others.
    File(PathBuf),
    /// Any at all; only where the target is loopback.
    Nobody,
}

/// Whether a device resumes its own TLS sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resumption {
    /// Its later connections do, where the target gave it a ticket.
    On,
    /// Every handshake is a whole one.
    Off,
}

/// The settings of a load that is taken to `elsewhere`, where it leaves this machine.
pub(super) fn read(
    target: &Table<'_>,
    key: &Key<Raw>,
    elsewhere: Option<&HttpUrl>,
    source: &Source,
) -> Option<TlsSettings> {
    let table = target.open(key)?;
    let ca = table.given(&CA);
    let (insecure, resumes) = (table.read(&INSECURE), table.read(&RESUMPTION));
    if let (Some(true), Some(value)) = (insecure, table.find(&INSECURE)) {
        check_insecure(value, &table, elsewhere);
    }
    let trust = match (insecure?, ca?) {
        (true, _) => Trust::Nobody,
        (false, Some(path)) => Trust::File(source.dir.join(path)),
        (false, None) => Trust::System,
    };
    let resumption = if resumes? {
        Resumption::On
    } else {
        Resumption::Off
    };
    Some(TlsSettings { trust, resumption })
}

impl TlsSettings {
    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[target.tls]");
        match &self.trust {
            Trust::System => {}
            Trust::File(path) => out.put_as(&CA, &absolute(path).written()),
            Trust::Nobody => out.put(&INSECURE, &true),
        }
        out.put(&RESUMPTION, &(self.resumption == Resumption::On));
    }
}

/// Tells when nothing is encrypted: neither the target nor a UserSig server is spoken to over TLS.
pub(in super::super) fn check_used(
    root: &Table<'_>,
    target: &TargetParts,
    usersig: Option<&Option<UsersigServer>>,
    overrides: &Overrides,
) {
    let Some(value) = root.get("target").and_then(|value| value.as_entry("tls")) else {
        return;
    };
    let is_plain_server = match usersig {
        Some(Some(server)) => server.url.scheme == Scheme::Http,
        Some(None) => true,
        None => false,
    };
    // What the command line names may be http where the file's own target is not.
    if overrides.target.is_none() && target.is_plain() && is_plain_server {
        value.fault(
            FaultKind::TlsUnused,
            "`target.tls` means nothing here: neither the target nor a UserSig server is https",
            "remove it, or write the address as https",
        );
    }
}

fn check_insecure(value: &Value<'_>, table: &Table<'_>, elsewhere: Option<&HttpUrl>) {
    if let Some(host) = elsewhere {
        value.fault(
            FaultKind::InsecureElsewhere,
            format!(
                "any certificate would be taken, and the load leaves this machine: {}",
                host.host
            ),
            "name the certificate of its CA: ca = \"ca.pem\"",
        );
    }
    if table.find(&CA).is_some() {
        value.fault(
            FaultKind::InsecureWithCa,
            "a CA is named, and any certificate is taken all the same",
            "keep `ca` or `insecure`, not both",
        );
    }
}
