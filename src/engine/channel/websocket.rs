//! A WebSocket as a push channel.

use super::Channel;
use super::Heard;
use super::Opening;
use crate::dialect::WebSocketPush;
use crate::engine::line::Reply;
use crate::session::Phase;
use crate::target::Answer;
use crate::target::PushChannel;
use crate::target::PushEnd;
use crate::target::PushMessage;
use crate::target::UpgradeRefused;
use crate::target::WebSocketKey;
use crate::units::Micros;

pub(super) async fn open(push: &WebSocketPush, mut opening: Opening<'_>) -> Result<Channel, Reply> {
    let (wire, values) = (opening.wire, opening.values);
    let key = WebSocketKey::from_seed(opening.run.clock.now().0);
    let mut request = Vec::new();
    let host = wire.endpoint.host_header();
    push.render(values, host, &wire.headers, key.as_str(), &mut request);
    let connection = opening.connection().await?;
    let mut answer = Answer::default();
    match connection.upgrade(&request, &key, &mut answer).await {
        Ok(channel) => {
            opening
                .phases
                .note(Phase::FirstByte, channel.opened().waited);
            Ok(Channel::WebSocket(Box::new(channel)))
        }
        Err(UpgradeRefused::Answered(head)) => Err(Reply::Refused {
            status: head.status,
            code: push.refusal(answer.body()),
            retry_after: head.retry_after,
        }),
        Err(UpgradeRefused::Transport(fault)) => Err(Reply::Transport(fault)),
    }
}

pub(super) async fn hear(channel: &mut PushChannel, push: &WebSocketPush) -> Heard {
    loop {
        let came = tokio::select! {
            came = channel.next() => came,
            () = silence(push.ping()) => {
                let heard = channel.heard();
                channel.ping();
                // Whatever comes, its pong or more, shows that the target is there.
                tokio::select! {
                    came = channel.next() => came,
                    () = silence(push.ping()) => {
                        if channel.heard() == heard {
                            return Heard::Lost;
                        }
                        continue;
                    }
                }
            }
        };
        let notice = match came {
            Ok(PushMessage::Text(text)) => push.read(&text),
            Ok(PushMessage::Binary) => continue,
            Err(PushEnd::Closed(Some(code))) => {
                return Heard::of(push.closed(code)).unwrap_or(Heard::Lost);
            }
            Err(PushEnd::Closed(None) | PushEnd::Transport(_)) => return Heard::Lost,
        };
        if let Some(heard) = Heard::of(notice) {
            return heard;
        }
    }
}

/// The time between two pings; for ever where the dialect has none.
async fn silence(every: Option<Micros>) {
    match every {
        Some(every) => tokio::time::sleep(every.as_duration()).await,
        None => std::future::pending().await,
    }
}
