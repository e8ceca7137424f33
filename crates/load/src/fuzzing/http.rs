//! The reader of HTTP/1.1 answers.

use super::Reached;
use crate::client::fuzzing::{Told, read_answer, read_channel};
use crate::session::Transport;
use trtc_base::units::Micros;

/// The longest wait that an answer can ask for.
const LONGEST_WAIT: Micros = Micros::from_secs(3_600);

/// An answer comes out the same whatever pieces it comes in, within its bounds; and so do its events, and the end of the
/// channel, where they are what it is asked for.
///
/// # Panics
/// Where it does not.
pub fn http(stream: &[u8]) -> Reached {
    let whole = read_answer(stream, &[]);
    for sizes in [&[1][..], &sizes(stream)] {
        let cut = read_answer(stream, sizes);
        assert_eq!(cut, whole, "pieces of {sizes:?} make a difference");
        let channels = (read_channel(stream, &[]), read_channel(stream, sizes));
        if let (Some(whole), Some(cut)) = &channels
            && (is_bounded(whole) || is_bounded(cut))
        {
            continue;
        }
        assert_eq!(channels.1, channels.0, "a channel in pieces of {sizes:?}");
    }
    if let Ok(read) = &whole {
        assert!((101..1000).contains(&read.status), "{}", read.status);
        assert!(read.left <= stream.len(), "more is left than came");
        assert!(read.retry_after.is_none_or(|wait| wait <= LONGEST_WAIT));
    }
    Reached::of(whole.ok())
}

/// Whether a channel ended at a bound on memory: what is held at once depends on the pieces.
fn is_bounded(told: &Told) -> bool {
    matches!(told.end, Some(Transport::TooLarge(_)))
}

/// Sizes of pieces, 1 to 64 bytes, that the end of a stream chooses: it often lies behind the answer.
#[must_use]
pub fn sizes(stream: &[u8]) -> Vec<usize> {
    let end = stream.len().saturating_sub(4);
    let chosen = stream[end..].iter().map(|byte| usize::from(byte % 64) + 1);
    chosen.collect()
}
