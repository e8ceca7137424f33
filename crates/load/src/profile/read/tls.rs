//! The table `[target.tls]`: whose certificates are trusted, and whether sessions are resumed.

use super::super::target::{HttpUrl, Resumption, Scheme, TlsSettings, Trust};
use super::super::usersig::UsersigServer;
use super::super::{Overrides, Source};
use super::target::TargetParts;
use trtc_base::config::{FaultKind, Table, Value};

const KEYS: &[&str] = &["ca", "insecure", "resumption"];

/// The settings of a load that is taken to `elsewhere`, where it leaves this machine.
pub(super) fn read(
    target: &Table<'_>,
    elsewhere: Option<&HttpUrl>,
    source: &Source,
) -> Option<TlsSettings> {
    let usual = TlsSettings {
        trust: Trust::System,
        resumption: Resumption::On,
    };
    let Some(value) = target.get("tls") else {
        return Some(usual);
    };
    let table = value.table(KEYS)?;
    let ca = table.get_or("ca", None, |value| {
        value.text().map(|path| Some(source.dir.join(path)))
    });
    let insecure = table.get_or("insecure", false, Value::flag);
    let resumes = table.get_or("resumption", true, Value::flag);
    if let (Some(true), Some(value)) = (insecure, table.get("insecure")) {
        check_insecure(value, &table, elsewhere);
    }
    let trust = match (insecure?, ca?) {
        (true, _) => Trust::Nobody,
        (false, Some(path)) => Trust::File(path),
        (false, None) => Trust::System,
    };
    let resumption = if resumes? {
        Resumption::On
    } else {
        Resumption::Off
    };
    Some(TlsSettings { trust, resumption })
}

/// Tells when nothing is encrypted: neither the target nor a UserSig server is spoken to over TLS.
pub(super) fn check_used(
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
    if table.get("ca").is_some() {
        value.fault(
            FaultKind::InsecureWithCa,
            "a CA is named, and any certificate is taken all the same",
            "keep `ca` or `insecure`, not both",
        );
    }
}
