//! The table `[usersig]`: the team's own UserSig server, where the profile names one.

use std::sync::Arc;

use super::Source;
use super::target::{self, HttpUrl, TargetParts};
use crate::session::Operation;
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, Written, address};
use trtc_base::section;
use trtc_wire::dialect::{Credential, Dialect};

section! {
    /// The team's own UserSig server: each login asks there first. Without it UserSigs are made with the apps' keys.
    pub(super) USERSIG {
        /// Its address; paths stand in the dialect.
        URL: Raw = raw("url", target::ADDRESS).needed("\"http://127.0.0.1:9101\"");
        /// What it speaks: a shipped dialect's name, or a file that has the operation `usersig`.
        DIALECT: Raw = raw("dialect", Form::Text).otherwise("`\"usersig-server\"`");
        /// Whether what it issues is checked with the app's key.
        VERIFY: bool = flag("verify").or("true");
    }
}

/// A server that issues UserSigs: each login asks there first.
#[derive(Clone, Debug)]
pub struct UsersigServer {
    /// The service.
    pub url: HttpUrl,
    /// What it speaks: a dialect with the operation `usersig`.
    pub dialect: Arc<Dialect>,
    /// What names the dialect: a shipped name or a path.
    named: String,
    /// Whether what it issues is checked with the app's key.
    pub verify: Verify,
}

/// Whether issued UserSigs are checked with the app's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Each of them.
    Each,
    /// None: the profile's key is not the one that signs.
    None,
}

impl UsersigServer {
    pub(super) fn read(table: &Table<'_>, source: &Source, target: &TargetParts) -> Option<Self> {
        let url = table.must(&URL).and_then(|value| {
            let url = read_url(value, target)?;
            check_trust(&url, value, target);
            Some(url)
        });
        let verify = table.read(&VERIFY);
        let dialect = target::read_dialect(table, &DIALECT, source, "usersig-server");
        if let Some((dialect, _)) = dialect
            .as_ref()
            .filter(|(dialect, _)| !dialect.can(Operation::Usersig))
        {
            let place = table.find(&DIALECT).map_or(table.at(), Value::at);
            table.fault_at(
                FaultKind::UsersigDialect,
                place,
                format!("the dialect {} has no operation usersig", dialect.name()),
                "add [operations.usersig] to it, or name another",
            );
        }
        let (dialect, named) = dialect?;
        Some(Self {
            url: url?,
            dialect,
            named,
            verify: if verify? { Verify::Each } else { Verify::None },
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[usersig]");
        out.put_as(&URL, &self.url.to_string().written());
        out.put_as(&DIALECT, &target::dialect_anywhere(&self.named).written());
        out.put(&VERIFY, &(self.verify == Verify::Each));
    }
}

/// Tells when nobody would ask the server.
pub(super) fn check_asked(value: &Value<'_>, target: &TargetParts) {
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
