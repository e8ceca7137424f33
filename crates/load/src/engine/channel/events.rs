//! A stream of server-sent events as a push channel.

use super::{Channel, Opening, Word, refusal};
use crate::client::EventChannel;
use crate::engine::reply::Reply;
use crate::session::{ChannelEnd, Phase};
use trtc_base::units::Micros;
use trtc_wire::dialect::EventsPush;

/// The longest wait that a stream can ask for: its `retry` is meant for a reader that never goes away.
const LONGEST_RETRY: Micros = Micros::from_secs(60);

pub(super) async fn open(
    push: &EventsPush,
    mut opening: Opening<'_>,
    last_event_id: &str,
) -> Result<Channel, Reply> {
    let (settings, values) = (opening.settings, opening.values);
    let mut request = Vec::new();
    let mut headers = settings.headers.clone();
    // An ID is the target's own word: one that is no header's value is not said back.
    if !last_event_id.is_empty()
        && last_event_id
            .bytes()
            .all(|byte| matches!(byte, b' '..=b'~' | 0x80..))
    {
        headers.push_str("Last-Event-ID: ");
        headers.push_str(last_event_id);
        headers.push_str("\r\n");
    }
    push.render(
        values,
        settings.endpoint.host_header(),
        &headers,
        &mut request,
    );
    let connection = opening.connection().await?;
    let answer = opening.answer;
    let opened = connection.subscribe(&request, &mut *answer).await;
    let channel = opened.map_err(|refused| refusal(refused, answer, |body| push.refusal(body)))?;
    opening
        .phases
        .note(Phase::FirstByte, channel.opened().waited);
    Ok(Channel::Events(Box::new(channel)))
}

/// How long the stream asks to wait before it is opened again.
pub(super) fn retry(channel: &EventChannel) -> Option<Micros> {
    channel.retry().map(|asked| asked.min(LONGEST_RETRY))
}

/// Waits for word.
///
/// # Errors
/// How it ended.
pub(super) async fn hear(
    channel: &mut EventChannel,
    push: &EventsPush,
) -> Result<Word, ChannelEnd> {
    loop {
        let came = match push.silence() {
            None => channel.next().await,
            Some(most) => match tokio::time::timeout(most.as_duration(), channel.next()).await {
                Ok(came) => came,
                Err(_elapsed) => return Err(ChannelEnd::Silent),
            },
        };
        let notice = match came {
            Ok(Some(event)) => push.read(&event.name, &event.data),
            // Bytes that complete no event, such as a comment, show that the target is there.
            Ok(None) => continue,
            Err(end) => return Err(end.into()),
        };
        if let Some(word) = Word::of(notice) {
            return Ok(word);
        }
    }
}
