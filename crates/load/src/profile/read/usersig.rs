//! The table `[usersig]`: the team's own UserSig server.

use super::super::Source;
use super::super::target::HttpUrl;
use super::super::usersig::{UsersigServer, Verify};
use super::dialect::read_dialect;
use super::target::TargetParts;
use crate::session::Operation;
use trtc_base::config::{FaultKind, Table, Value, address};
use trtc_wire::dialect::Credential;

const KEYS: &[&str] = &["url", "dialect", "verify"];

/// The server; none inside where the profile names none.
pub(super) fn read(
    root: &Table<'_>,
    source: &Source,
    target: &TargetParts,
) -> Option<Option<UsersigServer>> {
    let Some(value) = root.get("usersig") else {
        return Some(None);
    };
    let table = value.table(KEYS)?;
    check_asked(value, target);
    let url = table
        .need("url", "url = \"http://127.0.0.1:9101\"")
        .and_then(|value| read_url(value, target));
    if let (Some(url), Some(value)) = (&url, table.get("url")) {
        check_trust(url, value, target);
    }
    let verify = table.get_or("verify", true, Value::flag);
    let dialect = read_dialect(&table, source, "usersig-server");
    if let Some((dialect, _)) = dialect
        .as_ref()
        .filter(|(dialect, _)| !dialect.can(Operation::Usersig))
    {
        let place = table.get("dialect").map_or(table.at(), Value::at);
        table.fault_at(
            FaultKind::UsersigDialect,
            place,
            format!("the dialect {} has no operation usersig", dialect.name()),
            "add [operations.usersig] to it, or name another",
        );
    }
    let (dialect, named) = dialect?;
    Some(Some(UsersigServer {
        url: url?,
        dialect,
        named,
        verify: if verify? { Verify::Each } else { Verify::None },
    }))
}

/// Tells when nobody would ask the server.
fn check_asked(value: &Value<'_>, target: &TargetParts) {
    let Some(dialect) = target.dialect() else {
        return;
    };
    let (what, remedy) = if dialect.is_webhook() {
        (
            "a UserSig server is named, but nobody logs in to a webhook's receiver",
            "remove [usersig], or name the dialect of a service that is logged in to",
        )
    } else if dialect.credential() == Credential::Password {
        (
            "a UserSig server is named, but the target's accounts log in with passwords",
            "remove [usersig], or name a dialect whose credential is a UserSig",
        )
    } else {
        return;
    };
    value.fault(FaultKind::UsersigNotAsked, what, remedy);
}

/// The target's TLS settings are this server's too.
fn check_trust(url: &HttpUrl, value: &Value<'_>, target: &TargetParts) {
    if target.takes_any_certificate() && !url.is_loopback() {
        value.fault(
            FaultKind::InsecureElsewhere,
            format!(
                "any certificate would be taken, and the UserSig server is not this machine: {}",
                url.host
            ),
            "take `insecure` out of [target.tls], or name the certificate of its CA there: ca = \"ca.pem\"",
        );
    }
}

fn read_url(value: &Value<'_>, target: &TargetParts) -> Option<HttpUrl> {
    let text = value.text()?;
    let url = match HttpUrl::parse(text) {
        Ok(url) => url,
        Err(fault) => {
            value.fault(
                FaultKind::UsersigUrl,
                format!("`usersig.url`: \"{}\" is no server: {fault}", address(text)),
                "write an address such as \"http://127.0.0.1:9101\"; paths stand in the dialect",
            );
            return None;
        }
    };
    if !target.allows(&url) {
        value.fault(
            FaultKind::HostNotAllowed,
            format!(
                "`usersig.url`: \"{}\" is not this machine, and the profile does not allow it",
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
