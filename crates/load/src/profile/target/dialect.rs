//! The dialect that a profile names: a shipped one, or a file.

use std::path::Path;
use std::sync::Arc;

use crate::profile::Source;
use crate::profile::apps::absolute;
use trtc_base::config::{FaultKind, Key, Raw, Table, Value, nearest};
use trtc_wire::dialect::Dialect;

/// A dialect file longer than this is none.
const LONGEST_FILE: u64 = 1 << 20;

/// The dialect, and what names it; the shipped one `usual` where the table names none.
pub(in super::super) fn read_dialect(
    table: &Table<'_>,
    key: &Key<Raw>,
    source: &Source,
    usual: &str,
) -> Option<(Arc<Dialect>, String)> {
    let Some(value) = table.find(key) else {
        let text = Dialect::shipped(usual)?;
        let dialect = Dialect::parse(text, usual).ok()?;
        return Some((Arc::new(dialect), usual.to_owned()));
    };
    let named = value.text()?;
    let (text, file) = if let Some(text) = Dialect::shipped(named) {
        (text.to_owned(), named.to_owned())
    } else if named.contains('/') || named.ends_with(".toml") {
        let path = source.dir.join(named);
        (read_file(value, &path)?, path.display().to_string())
    } else {
        let names: Vec<_> = trtc_wire::dialect::SHIPPED
            .iter()
            .map(|(name, _)| *name)
            .collect();
        let meant = nearest(named, names.iter().copied());
        let meant = meant
            .map(|meant| format!("did you mean \"{meant}\"? "))
            .unwrap_or_default();
        value.fault(
            FaultKind::DialectUnknown,
            format!("there is no shipped dialect \"{named}\""),
            format!(
                "{meant}Shipped: {}; a file's name contains `/` or ends in .toml",
                names.join(", ")
            ),
        );
        return None;
    };
    match Dialect::parse(&text, &file) {
        Ok(dialect) => Some((Arc::new(dialect), file)),
        Err(faults) => {
            let what = format!("the dialect {file} has {} fault(s)", faults.len());
            value.fault(
                FaultKind::DialectBad,
                what,
                "mend what is said of that file below",
            );
            value.faults().add_all(faults);
            None
        }
    }
}

fn read_file(value: &Value<'_>, path: &Path) -> Option<String> {
    let text = match std::fs::metadata(path) {
        // What a device or a pipe holds has no length, and may have no end.
        Ok(meta) if !meta.is_file() => Err("it is no regular file".to_owned()),
        Ok(meta) if meta.len() > LONGEST_FILE => Err("it is longer than 1 MiB".to_owned()),
        Ok(_) => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    match text {
        Ok(text) => Some(text),
        Err(why) => {
            let what = format!("the dialect file {} cannot be read: {why}", path.display());
            value.fault(
                FaultKind::DialectUnreadable,
                what,
                "mend the path; a relative one begins at the profile's folder",
            );
            None
        }
    }
}

/// What names a dialect wherever the file is read.
pub(in super::super) fn dialect_anywhere(named: &str) -> String {
    match Dialect::shipped(named) {
        Some(_) => named.to_owned(),
        None => absolute(named.as_ref()),
    }
}
