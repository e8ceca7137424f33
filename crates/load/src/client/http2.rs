//! HTTP/2 as a device speaks it: one connection, one request at a time.
//!
//! In: the same request bytes as HTTP/1.1. Out: the same head and body. Never here: several streams at once.

use h2::Reason;
use h2::client::{ResponseFuture, SendRequest};
use http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Request, Uri};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Bytes;

use crate::client::metered::{Meter, Metering};
use crate::client::stream::Stream;
use crate::client::watched::Watched;
use crate::client::{
    Answer, BODY_LIMIT, Endpoint, HEAD_LIMIT, HEADER_COUNT, Head, fault, retry_after,
};
use crate::session::{Bound, Departed, Transport};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// The longest header block that the library unpacks, in bytes as RFC 9113 counts them: room for what is refused by name.
const LIST_LIMIT: u32 = 64 * 1024;

/// An open HTTP/2 connection. A task of its own answers the target's pings; it ends with this.
#[derive(Debug)]
pub(super) struct Http2 {
    sender: SendRequest<Bytes>,
    meter: Meter,
    driver: JoinHandle<()>,
    scheme: &'static str,
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Http2 {
    /// Begins on a stream that both ends know to be HTTP/2.
    pub(super) async fn over(stream: Stream, endpoint: &Endpoint) -> Result<Self, Transport> {
        let mut builder = h2::client::Builder::new();
        builder
            .enable_push(false)
            .max_concurrent_streams(1)
            .max_header_list_size(LIST_LIMIT);
        let meter = Meter::default();
        let stream = Watched::new(stream, Metering::by(meter.clone()));
        let (sender, connection) = builder.handshake(stream).await.map_err(of_h2)?;
        let driver = tokio::spawn(async move {
            // How it ended shows in the exchange under way, or in `is_open`.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            meter,
            driver,
            scheme: if endpoint.tls().is_some() {
                "https"
            } else {
                "http"
            },
        })
    }

    /// Whether it may carry another request, as far as this machine knows yet.
    pub(super) fn is_open(&self) -> bool {
        !self.driver.is_finished()
    }

    /// Sends the request whose HTTP/1.1 form is `request`, and reads its answer into `scratch`.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        clock: &Clock,
        scratch: &mut Answer,
    ) -> Result<Head, Transport> {
        self.meter.begin();
        let came = self.round_trip(request, clock, scratch).await;
        match came {
            // Whatever the library makes of a stream that broke off.
            Err(_) if self.meter.is_over() => Err(Transport::TooLarge(Bound::Head)),
            Ok(_) | Err(_) => came,
        }
    }

    async fn round_trip(
        &mut self,
        request: &[u8],
        clock: &Clock,
        scratch: &mut Answer,
    ) -> Result<Head, Transport> {
        let (request, body) = translated(request, self.scheme).ok_or(Transport::NotHttp)?;
        let mut sender = self.sender.clone().ready().await.map_err(of_h2)?;
        let (answer, mut stream) = sender
            .send_request(request, body.is_empty())
            .map_err(of_h2)?;
        scratch.departed = Departed::Yes;
        if !body.is_empty() {
            stream.send_data(body, true).map_err(of_h2)?;
        }
        let handed = clock.now();
        received(answer, clock, handed, scratch).await
    }
}

async fn received(
    answer: ResponseFuture,
    clock: &Clock,
    handed: Micros,
    scratch: &mut Answer,
) -> Result<Head, Transport> {
    let (parts, mut body) = answer.await.map_err(of_h2)?.into_parts();
    let first_byte = clock.now();
    bounded(&parts.headers)?;
    while let Some(piece) = body.data().await {
        let piece = piece.map_err(of_h2)?;
        if scratch.body.len() + piece.len() > BODY_LIMIT {
            return Err(Transport::TooLarge(Bound::Body));
        }
        scratch.body.extend_from_slice(&piece);
        body.flow_control()
            .release_capacity(piece.len())
            .map_err(of_h2)?;
    }
    Ok(Head {
        status: parts.status.as_u16(),
        keep_alive: true,
        waited: first_byte.since(handed),
        retry_after: asked_to_wait(parts.status.as_u16(), &parts.headers),
        first_byte,
    })
}

/// The bounds of HTTP/1.1 hold here too: a target answers the same by both.
fn bounded(headers: &HeaderMap) -> Result<(), Transport> {
    if headers.len() > HEADER_COUNT {
        return Err(Transport::TooLarge(Bound::HeaderLines));
    }
    let lines = headers.iter();
    // A colon, a space and a line end.
    let bytes: usize = lines
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    if bytes > HEAD_LIMIT {
        return Err(Transport::TooLarge(Bound::Head));
    }
    Ok(())
}

fn asked_to_wait(status: u16, headers: &HeaderMap) -> Option<Micros> {
    let value = headers
        .get(RETRY_AFTER)
        .filter(|_| matches!(status, 429 | 503))?;
    retry_after::wait(value.as_bytes(), clock::unix_now())
}

/// A rendered HTTP/1.1 request, as HTTP/2 wants it: no `Host`, no header that is about the connection.
/// Source: RFC 9113 section 8.2.2.
fn translated(bytes: &[u8], scheme: &str) -> Option<(Request<()>, Bytes)> {
    let mut fields = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let mut parsed = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(head) = parsed.parse(bytes).ok()? else {
        return None;
    };
    let mut request = Request::builder().method(parsed.method?);
    let mut authority = None;
    for field in parsed.headers.iter() {
        if field.name.eq_ignore_ascii_case("host") {
            authority = Some(field.value);
        } else if !field.name.eq_ignore_ascii_case("connection") {
            let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
            request = request.header(name, HeaderValue::from_bytes(field.value).ok()?);
        }
    }
    let uri = Uri::builder()
        .scheme(scheme)
        .authority(authority?)
        .path_and_query(parsed.path?)
        .build()
        .ok()?;
    let request = request.uri(uri).body(()).ok()?;
    Some((request, Bytes::copy_from_slice(&bytes[head..])))
}

/// The fault behind an HTTP/2 error.
fn of_h2(error: h2::Error) -> Transport {
    if let Some(io) = error.get_io() {
        return fault::of_stream(io);
    }
    // What the library ends for a flood: header lines that unpack to more than its bound, a header block without an end.
    if error.is_library() && error.reason() == Some(Reason::ENHANCE_YOUR_CALM) {
        return Transport::TooLarge(Bound::Head);
    }
    if error.is_remote() {
        // The target ended the stream or the connection.
        return Transport::Reset;
    }
    Transport::NotHttp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_method_path_fields_and_body_and_loses_what_is_about_the_connection() {
        let bytes =
            b"POST /v1/login?x=1 HTTP/1.1\r\nHost: a.example:8443\r\nConnection: keep-alive\r\n\
            X-One: 1\r\nContent-Length: 2\r\n\r\n{}";
        let (request, body) = translated(bytes, "https").unwrap();
        assert_eq!(request.method(), "POST");
        assert_eq!(request.uri(), "https://a.example:8443/v1/login?x=1");
        let fields: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(fields, ["x-one", "content-length"]);
        assert_eq!(&body[..], b"{}");
        for broken in [&b"POST / HTTP/1.1\r\n"[..], b"", b"GET / HTTP/1.1\r\n\r\n"] {
            assert!(translated(broken, "http").is_none());
        }
    }
}
