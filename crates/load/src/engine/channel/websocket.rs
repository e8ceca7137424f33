//! A WebSocket as a push channel.

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{Channel, Opening, Word, refusal};
use crate::client::{Parting, PushChannel, PushMessage, WebSocketKey};
use crate::engine::reply::Reply;
use crate::session::{ChannelEnd, Phase};
use trtc_base::units::Micros;
use trtc_wire::dialect::WebSocketPush;

pub(super) async fn open(push: &WebSocketPush, mut opening: Opening<'_>) -> Result<Channel, Reply> {
    let (settings, values) = (opening.settings, opening.values);
    let key = WebSocketKey::from_seed(opening.run.clock.now().0);
    let mut request = Vec::new();
    let host = settings.endpoint.host_header();
    push.render(values, host, &settings.headers, key.as_str(), &mut request);
    let connection = opening.connection().await?;
    let answer = opening.answer;
    let opened = connection.upgrade(&request, &key, &mut *answer).await;
    let channel = opened.map_err(|refused| refusal(refused, answer, |body| push.refusal(body)))?;
    opening
        .phases
        .note(Phase::FirstByte, channel.opened().waited);
    Ok(Channel::WebSocket(Box::new(WebSocket {
        channel,
        pings: push.ping().map(Pings::every),
    })))
}

/// An open WebSocket.
#[derive(Debug)]
pub(in crate::engine) struct WebSocket {
    channel: PushChannel,
    /// None where the dialect has no pings.
    pings: Option<Pings>,
}

/// The pings of a channel.
#[derive(Debug)]
struct Pings {
    ticks: Interval,
    /// What had been heard when the last one was sent.
    sent_at: Option<u64>,
}

impl Pings {
    fn every(span: Micros) -> Self {
        let mut ticks = interval(span.as_duration());
        // A target has a whole interval for its answer, also where the tick before came late.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.reset();
        Self {
            ticks,
            sent_at: None,
        }
    }
}

/// Waits until a ping is due; for ever where there are none.
async fn due(pings: &mut Option<Pings>) -> &mut Option<u64> {
    match pings {
        Some(pings) => {
            pings.ticks.tick().await;
            &mut pings.sent_at
        }
        None => std::future::pending().await,
    }
}

impl WebSocket {
    /// Waits for word. A target from which nothing came between two pings is lost.
    ///
    /// # Errors
    /// How it ended.
    pub(super) async fn hear(&mut self, push: &WebSocketPush) -> Result<Word, ChannelEnd> {
        loop {
            // What came is read before the silence is judged: a device may have been busy while it came.
            let came = tokio::select! {
                biased;
                came = self.channel.next() => came,
                sent_at = due(&mut self.pings) => {
                    let heard = self.channel.heard();
                    // Whatever came, a pong or more, shows that the target is there.
                    if sent_at.replace(heard) == Some(heard) {
                        return Err(ChannelEnd::Silent);
                    }
                    self.channel.ping();
                    continue;
                }
            };
            let notice = match came {
                Ok(PushMessage::Text(text)) => push.read(&text),
                Ok(PushMessage::Binary) => continue,
                Err(end) => return Err(end.into()),
            };
            if let Some(word) = Word::of(notice) {
                return Ok(word);
            }
        }
    }

    /// Ends it as a lost network does.
    pub(super) fn cut(self, parting: Parting) {
        self.channel.cut(parting);
    }
}
