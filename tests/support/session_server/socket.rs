//! A push channel on the server's side: a WebSocket, frame by frame, or an event stream.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::Shared;
use super::fault::{ChannelEnd, Parting};
use super::http::part;
use super::world::Push;

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// How a channel speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    WebSocket,
    Events,
}

/// An open channel of a session.
pub(super) struct Open {
    pub(super) stream: TcpStream,
    /// What the client sent behind its request.
    pub(super) read: Vec<u8>,
    pub(super) kind: Kind,
    pub(super) session: usize,
    pub(super) pushes: UnboundedReceiver<Push>,
    /// How it ends before its time, and after how long.
    pub(super) ends: Option<(ChannelEnd, Duration)>,
}

/// Speaks over the channel until it ends.
pub(super) async fn run(mut open: Open, shared: Arc<Shared>) {
    let mut pings = interval(shared.heartbeat / 3);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let early = open.ends;
    let ends = async move {
        match early {
            Some((end, after)) => {
                sleep(after).await;
                end
            }
            None => std::future::pending().await,
        }
    };
    let mut ends = std::pin::pin!(ends);
    loop {
        let going = tokio::select! {
            end = &mut ends => {
                open.pushes.close();
                shared.channel_ended(open.session);
                return end_like(open.stream, open.kind, end).await;
            }
            push = open.pushes.recv() => match push {
                Some(push) => {
                    shared.standstill().await;
                    let told = tell(&mut open, push).await;
                    if told.is_none() {
                        shared.not_told(open.session);
                    }
                    told
                }
                None => None,
            },
            _ = pings.tick() => {
                let ping: &[u8] = match open.kind {
                    Kind::WebSocket => &[PING, 0],
                    Kind::Events => b": still here\n\n",
                };
                open.stream.write_all(ping).await.ok()
            }
            came = open.stream.read_buf(&mut open.read) => match came {
                Ok(1..) => {
                    shared.sign_of_life(open.session);
                    answer_frames(&mut open).await
                }
                Ok(0) | Err(_) => None,
            },
        };
        if going.is_none() {
            break;
        }
    }
    open.pushes.close();
    shared.channel_ended(open.session);
    if open.pushes.try_recv().is_ok() {
        shared.not_told(open.session);
    }
}

/// Tells a session. None where its device has gone.
async fn tell(open: &mut Open, push: Push) -> Option<()> {
    let (Push(event), stream) = (push, &mut open.stream);
    // A device that has closed is gone, though its side of the connection would still take this.
    if matches!(stream.try_read_buf(&mut open.read), Ok(0)) {
        return None;
    }
    let text = match event {
        "kicked_offline" => r#"{"event":"kicked_offline","reason":"multiple_device"}"#.to_owned(),
        other => format!(r#"{{"event":"{other}"}}"#),
    };
    let bytes = match open.kind {
        Kind::WebSocket => frame(TEXT, text.as_bytes()),
        Kind::Events => format!("event: {event}\ndata: {text}\n\n").into_bytes(),
    };
    stream.write_all(&bytes).await.ok()
}

/// A short frame, unmasked as a server's frames are.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).expect("no message here is longer than 125 bytes");
    assert!(length < 126, "longer lengths are written otherwise");
    [&[first, length], payload].concat()
}

/// Answers the frames that came whole. None where the client closes.
async fn answer_frames(open: &mut Open) -> Option<()> {
    if open.kind == Kind::Events {
        open.read.clear();
        return Some(());
    }
    while let Some((first, payload, length)) = first_frame(&open.read) {
        open.read.drain(..length);
        match first {
            PING => {
                let pong = frame(PONG, &payload);
                open.stream.write_all(&pong).await.ok()?;
            }
            CLOSE => {
                // Best effort: the client may have gone already.
                let _ = open.stream.write_all(&frame(CLOSE, &payload)).await;
                return None;
            }
            _ => {}
        }
    }
    Some(())
}

/// The first frame in `read`, if it is there as a whole: its first byte, its payload, its length. A client's frames are masked,
/// and those of a device are short.
fn first_frame(read: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let [first, second, rest @ ..] = read else {
        return None;
    };
    let length = usize::from(second & 0x7f);
    assert!(second & 0x80 != 0, "a client's frame is masked");
    let mask = rest.get(..4)?;
    let payload = rest.get(4..4 + length)?;
    let payload = payload.iter().zip(mask.iter().cycle());
    let payload = payload.map(|(byte, mask)| byte ^ mask).collect();
    Some((*first, payload, 6 + length))
}

/// Ends the channel before its time.
async fn end_like(mut stream: TcpStream, kind: Kind, end: ChannelEnd) {
    let last = match end {
        ChannelEnd::Fin => return part(stream, Parting::Fin),
        ChannelEnd::Rst => return part(stream, Parting::Rst),
        ChannelEnd::Code(code) => frame(CLOSE, &code.to_be_bytes()),
        ChannelEnd::ForbiddenCode => frame(CLOSE, &1005_u16.to_be_bytes()),
        ChannelEnd::InvalidUtf8 => frame(TEXT, &[0xff, 0xfe]),
        ChannelEnd::ImpossibleLength => [&[TEXT, 127][..], &[0xff; 8]].concat(),
        ChannelEnd::MaskedFrame => vec![TEXT, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2],
        ChannelEnd::ReservedOpcode => frame(0x83, b"?"),
    };
    assert_eq!(kind, Kind::WebSocket, "an event stream has no frames");
    let _ = stream.write_all(&last).await;
    // What the client says to it is read, so that its end is no reset; then the server goes too.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut rest)).await;
}
