//! Tables whose keys are known.

use toml::de::DeTable;

use super::{At, FaultKind, Faults, Value, nearest};

/// A table whose keys are known. One that was opened has told about the unknown ones.
#[derive(Clone, Debug)]
pub struct Table<'d> {
    faults: &'d Faults<'d>,
    path: String,
    at: At,
    entries: Vec<(&'d str, Value<'d>)>,
}

impl<'d> Table<'d> {
    /// A table whose keys nobody checked yet.
    pub(super) fn any(
        faults: &'d Faults<'d>,
        path: String,
        at: At,
        entries: &'d DeTable<'d>,
    ) -> Self {
        let mut entries: Vec<_> = entries
            .iter()
            .map(|(key, value)| (key.span().start, key.get_ref().as_ref(), value))
            .collect();
        entries.sort_by_key(|(start, ..)| *start);
        let entries = entries
            .into_iter()
            .map(|(start, key, value)| {
                let path = if path.is_empty() {
                    key.to_owned()
                } else {
                    format!("{path}.{key}")
                };
                // A value's own place is more exact than its key's, but a table's may be far above its header.
                let at = At(value.span().start.max(start));
                (
                    key,
                    Value {
                        faults,
                        path,
                        at,
                        value: value.get_ref(),
                    },
                )
            })
            .collect();
        Self {
            faults,
            path,
            at,
            entries,
        }
    }

    /// A table below this one that has no key, as if it stood there.
    pub(super) fn empty(&self, key: &str) -> Self {
        Self {
            faults: self.faults,
            path: self.path_of(key),
            at: self.at,
            entries: Vec::new(),
        }
    }

    /// Tells about the keys that are not known.
    pub(super) fn check_keys(&self, known: &[&str]) {
        for (key, value) in &self.entries {
            if known.contains(key) {
                continue;
            }
            let remedy = nearest(key, known.iter().copied()).map_or_else(
                || format!("remove it; known here: {}", known.join(", ")),
                |meant| format!("did you mean `{meant}`?"),
            );
            value.fault(
                FaultKind::UnknownKey,
                format!("`{}` is not a known key", value.path),
                remedy,
            );
        }
    }

    /// The value of `key`, where there is one.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value<'d>> {
        let entry = self.entries.iter().find(|(name, _)| *name == key);
        entry.map(|(_, value)| value)
    }

    /// Where it stands.
    #[must_use]
    pub const fn at(&self) -> At {
        self.at
    }

    /// The faults of its file.
    #[must_use]
    pub const fn faults(&self) -> &'d Faults<'d> {
        self.faults
    }

    /// Every key with its value, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = (&'d str, &Value<'d>)> {
        self.entries.iter().map(|(key, value)| (*key, value))
    }

    /// How messages name `key` of this table.
    #[must_use]
    pub fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Tells a fault at another place of the same file.
    pub fn fault_at(
        &self,
        kind: FaultKind,
        at: At,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.faults.add(kind, at, what, remedy);
    }

    /// Tells a fault of the table itself.
    pub fn fault(&self, kind: FaultKind, what: impl Into<String>, remedy: impl Into<String>) {
        self.faults.add(kind, self.at, what, remedy);
    }
}
