//! How push channels ended by the target's doing.

use serde::Serialize;

use crate::recorder::Recording;

/// Channels that ended in one way.
#[derive(Clone, Debug, Serialize)]
pub(in crate::report) struct ChannelEndRow {
    /// How: a close frame's code, `fin`, `rst`, silence, a fault.
    pub(in crate::report) end: String,
    /// `in_session`, `named` or `afterwards`.
    pub(in crate::report) standing: &'static str,
    /// What that says.
    pub(in crate::report) meaning: &'static str,
    pub(in crate::report) count: u64,
}

/// Every way in which a channel ended.
pub(super) fn channel_ends(recording: &Recording) -> Vec<ChannelEndRow> {
    let ends = recording.counts().channel_ends.iter();
    let ends = ends.filter(|(_, count)| **count > 0);
    ends.map(|((end, standing), count)| ChannelEndRow {
        end: end.to_string(),
        standing: standing.key(),
        meaning: standing.words(),
        count: *count,
    })
    .collect()
}
