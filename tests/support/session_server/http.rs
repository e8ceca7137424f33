//! Requests off a connection, and answers onto it.

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::fault::{Parting, Route};

/// No request of a session is longer.
const LONGEST: usize = 64 * 1_024;

/// What is asked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) route: Option<Route>,
    pub(super) token: String,
    /// The device that asks by its name, without a token.
    pub(super) device: Option<String>,
    pub(super) body: Vec<u8>,
    /// The key of a WebSocket's handshake.
    pub(super) key: Option<String>,
    pub(super) wants_events: bool,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn ok(more: &str) -> Self {
        let comma = if more.is_empty() { "" } else { "," };
        Self {
            status: 200,
            body: format!(r#"{{"code":0{comma}{more}}}"#),
        }
    }

    pub(super) fn no(status: u16, code: i64) -> Self {
        Self {
            status,
            body: format!(r#"{{"code":{code},"message":"no"}}"#),
        }
    }

    /// A token that is worth nothing.
    pub(super) fn dead() -> Self {
        Self::no(401, 6014)
    }
}

/// The next request; none where the connection has ended. What came behind it stays in `buffer`.
pub(super) async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some((request, length)) = parse(buffer) {
            buffer.drain(..length);
            return Some(request);
        }
        if buffer.len() > LONGEST || stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

/// The request at the front of `buffer`, and its length; none where more must come.
fn parse(buffer: &[u8]) -> Option<(Request, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(begin) = head.parse(buffer).ok()? else {
        return None;
    };
    let header = |name: &str| {
        let found = head.headers.iter();
        let mut found = found.filter(|one| one.name.eq_ignore_ascii_case(name));
        found.next().map(|one| String::from_utf8_lossy(one.value))
    };
    let length = header("content-length").map_or(Ok(0), |text| text.trim().parse::<usize>());
    let end = begin + length.ok()?;
    let body = buffer.get(begin..end)?.to_vec();
    let path = head.path.unwrap_or_default();
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let token = header("authorization").unwrap_or_default();
    let request = Request {
        route: route(head.method.unwrap_or_default(), path),
        token: token
            .strip_prefix("Bearer")
            .unwrap_or_default()
            .trim()
            .to_owned(),
        device: header("x-device").map(std::borrow::Cow::into_owned),
        key: header("sec-websocket-key").map(std::borrow::Cow::into_owned),
        wants_events: header("accept").is_some_and(|accept| accept.contains("text/event-stream")),
        body,
    };
    Some((request, end))
}

fn route(method: &str, path: &str) -> Option<Route> {
    match (method, path) {
        ("POST", "/v1/login") => Some(Route::Login),
        ("GET", "/v1/self") => Some(Route::SelfInfo),
        ("POST", "/v1/reconnect") => Some(Route::Reconnect),
        ("POST", "/v1/logout") => Some(Route::Logout),
        ("GET", "/v1/events") => Some(Route::Events),
        ("GET", "/v1/status") => Some(Route::Status),
        ("GET", "/v1/poll") => Some(Route::Poll),
        ("POST", "/v4/im_open_login_svc/account_check") => Some(Route::AccountCheck),
        _ => None,
    }
}

/// How much of an answer is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Whole,
    Half,
}

/// Writes an answer. None where the other side has gone.
pub(super) async fn write(stream: &mut TcpStream, answer: &Answer, extent: Extent) -> Option<()> {
    let Answer { status, body } = answer;
    let mut text = format!("HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n");
    let _ = write!(text, "Content-Length: {}\r\n\r\n{body}", body.len());
    let end = match extent {
        Extent::Whole => text.len(),
        Extent::Half => text.len() - body.len() / 2,
    };
    stream.write_all(&text.as_bytes()[..end]).await.ok()
}

/// Ends a connection like this.
pub(super) fn part(stream: TcpStream, parting: Parting) {
    match parting {
        Parting::Fin => {}
        Parting::Rst => drop(stream.set_zero_linger()),
    }
    drop(stream);
}
