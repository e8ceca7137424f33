//! How a list of accounts is written in a request.

/// How each account of a list is written: what stands before and after its UserID.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) before: Box<str>,
    pub(super) after: Box<str>,
}

impl Default for Item {
    /// A JSON string.
    fn default() -> Self {
        Self {
            before: "\"".into(),
            after: "\"".into(),
        }
    }
}

impl Item {
    /// A JSON list of these accounts. A UserID needs no escaping.
    pub(super) fn list_of<'u>(&self, user_ids: impl IntoIterator<Item = &'u str>) -> String {
        let mut list = String::from("[");
        for user_id in user_ids {
            if list.len() > 1 {
                list.push(',');
            }
            for part in [&self.before, user_id, &self.after] {
                list.push_str(part);
            }
        }
        list.push(']');
        list
    }
}
