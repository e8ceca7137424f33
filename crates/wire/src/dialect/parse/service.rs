//! What is known of a service beside its wire: where it stands, and how much it allows.

use crate::session::Operation;
use trtc_base::config::{FaultKind, Form, Key, Raw, Table, Value};

/// A name and a host.
type Region = (Box<str>, Box<str>);

/// How a file writes a host.
const HOST: Form = Form::Like("^[A-Za-z0-9.-]+$", "a host name");

/// How it writes its regions.
pub(super) const REGIONS: Form = Form::Map(&HOST);

/// How it writes its limits.
pub(super) const LIMITS: Form = Form::Names(operations, &Form::Number(0.001, 1e9));

fn operations() -> Vec<&'static str> {
    Operation::ALL.iter().map(|one| one.name()).collect()
}

/// `[regions]`: names and hosts.
pub(super) fn regions(root: &Table<'_>, key: &Key<Raw>) -> Option<Vec<Region>> {
    let Some(value) = root.find(key) else {
        return Some(Vec::new());
    };
    let mut regions = Vec::new();
    for (name, host) in value.free_table()?.iter() {
        let text = host.text()?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        if !text.chars().all(plain) {
            host.fault(
                FaultKind::NoHost,
                format!("`{}` is {text:?}, which is no host name", host.path()),
                "write the host alone, without https:// and without a path",
            );
        }
        regions.push((name.into(), text.into()));
    }
    Some(regions)
}

/// `[limits]`: operations and the requests a second that the service allows an app.
pub(super) fn limits(root: &Table<'_>, key: &Key<Raw>) -> Option<Vec<(Operation, f64)>> {
    let Some(value) = root.find(key) else {
        return Some(Vec::new());
    };
    let table = value.table(&operations())?;
    let row = |(name, limit): (&str, &Value<'_>)| {
        Some((Operation::named(name)?, limit.number(0.001..=1e9)?))
    };
    table.iter().map(row).collect()
}
