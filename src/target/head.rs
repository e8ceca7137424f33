//! An answer's header block: its status, how long its body is, and what becomes of the connection.
//!
//! In: the bytes so far. Out: [`ParsedHead`] once they are enough. Never here: a socket, a body.
//! Source: RFC 9112 sections 4 to 6 and 9.3. Where it lets a client choose, doubt is refused: a load test that guesses
//! where an answer ends measures something else than it says.

use httparse::Header;
use httparse::Status;

use crate::session::Transport;
use crate::target::BODY_LIMIT;
use crate::target::HEADER_COUNT;

/// How the end of a body is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// So many bytes, at most [`BODY_LIMIT`].
    Exactly(usize),
    /// In chunks.
    Chunked,
    /// What comes until the connection closes.
    UntilClose,
}

/// What a body is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A stream of events.
    Events,
    /// Anything else.
    Other,
}

/// A complete header block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ParsedHead {
    /// 100 to 999.
    pub(super) status: u16,
    /// Whether the connection outlives the answer.
    pub(super) keep_alive: bool,
    /// How the body's end is found.
    pub(super) length: Length,
    /// The `Sec-WebSocket-Accept` of an answer that agrees to a WebSocket in every other header.
    pub(super) accept: Option<Box<[u8]>>,
    /// `Retry-After` as it stands, of an answer that asks to slow down.
    pub(super) retry_after: Option<Box<[u8]>>,
    /// What its body is.
    pub(super) content: Content,
    /// Bytes of the block, its empty line included.
    pub(super) bytes: usize,
}

/// Reads a header block from the front of `raw`. None where it is not complete yet.
pub(super) fn parse(raw: &[u8]) -> Result<Option<ParsedHead>, Transport> {
    let mut fields = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let mut response = httparse::Response::new(&mut fields);
    let bytes = match response.parse(raw) {
        Ok(Status::Complete(bytes)) => bytes,
        Ok(Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Transport::TooLarge),
        Err(_) => return Err(Transport::NotHttp),
    };
    let status = response.code.filter(|&code| code >= 100);
    let status = status.ok_or(Transport::NotHttp)?;
    let version = match response.version {
        Some(0) => Version::Http10,
        _ => Version::Http11,
    };
    let length = length(status, version, response.headers)?;
    Ok(Some(ParsedHead {
        status,
        keep_alive: length != Length::UntilClose && is_kept(version, response.headers),
        length,
        accept: accept(status, response.headers),
        retry_after: retry_after(status, response.headers),
        content: content(response.headers),
        bytes,
    }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

/// RFC 9112 section 6.3, for answers to anything but HEAD and CONNECT.
fn length(status: u16, version: Version, fields: &[Header<'_>]) -> Result<Length, Transport> {
    if matches!(status, 100..200 | 204 | 304) {
        return Ok(Length::Exactly(0));
    }
    let mut codings = values(fields, "transfer-encoding").peekable();
    let stated = content_length(fields)?;
    if codings.peek().is_none() {
        return Ok(stated.map_or(Length::UntilClose, Length::Exactly));
    }
    // We send no TE field, so chunked is the only coding a target may use; a length beside it is how answers are
    // split, and HTTP/1.0 knows no codings.
    let is_chunked = codings.next().is_some_and(|coding| is(coding, "chunked"));
    if is_chunked && codings.next().is_none() && stated.is_none() && version == Version::Http11 {
        Ok(Length::Chunked)
    } else {
        Err(Transport::NotHttp)
    }
}

/// The stated length; the same one may be stated more than once (RFC 9110 section 8.6).
fn content_length(fields: &[Header<'_>]) -> Result<Option<usize>, Transport> {
    let mut stated = None;
    for value in values(fields, "content-length") {
        let length = digits(value).ok_or(Transport::NotHttp)?;
        if stated.is_some_and(|before| before != length) {
            return Err(Transport::NotHttp);
        }
        stated = Some(length);
    }
    stated
        .map(|length| {
            usize::try_from(length)
                .ok()
                .filter(|&fits| fits <= BODY_LIMIT)
        })
        .map(|bounded| bounded.ok_or(Transport::TooLarge))
        .transpose()
}

/// A number of one digit or more, without a sign.
fn digits(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = std::str::from_utf8(value).ok().filter(|_| is_number)?;
    text.parse().ok()
}

/// RFC 9112 section 9.3: `close` wins over `keep-alive`.
fn is_kept(version: Version, fields: &[Header<'_>]) -> bool {
    let says = |option: &str| values(fields, "connection").any(|value| is(value, option));
    !says("close") && (version == Version::Http11 || says("keep-alive"))
}

/// RFC 6455 section 4.1: the answer must agree to the upgrade, and to no extension, since none is asked for.
fn accept(status: u16, fields: &[Header<'_>]) -> Option<Box<[u8]>> {
    let says = |name: &'static str, token: &str| values(fields, name).any(|value| is(value, token));
    let agrees = status == 101 && says("connection", "upgrade") && says("upgrade", "websocket");
    let extends = values(fields, "sec-websocket-extensions").next().is_some();
    let mut accepts = values(fields, "sec-websocket-accept");
    match (accepts.next(), accepts.next()) {
        (Some(accept), None) if agrees && !extends => Some(accept.into()),
        _ => None,
    }
}

/// WHATWG HTML section 9.2.5: parameters of the type mean nothing.
fn content(fields: &[Header<'_>]) -> Content {
    let is_type = |value: &[u8]| {
        let essence = value.split(|&byte| byte == b';').next();
        essence.is_some_and(|essence| is(essence.trim_ascii(), "text/event-stream"))
    };
    if values(fields, "content-type").any(is_type) {
        Content::Events
    } else {
        Content::Other
    }
}

/// RFC 9110 section 10.2.3: with 429 and 503.
fn retry_after(status: u16, fields: &[Header<'_>]) -> Option<Box<[u8]>> {
    let asks = matches!(status, 429 | 503);
    let field = fields
        .iter()
        .find(|field| asks && field.name.eq_ignore_ascii_case("retry-after"))?;
    Some(field.value.trim_ascii().into())
}

/// Every member of the list field `name`, over all its lines, without the white space around.
fn values<'a>(fields: &'a [Header<'_>], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    fields
        .iter()
        .filter(move |field| field.name.eq_ignore_ascii_case(name))
        .flat_map(|field| field.value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}

fn is(value: &[u8], token: &str) -> bool {
    value.eq_ignore_ascii_case(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(fields: &str) -> Result<ParsedHead, Transport> {
        block(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n"))
    }

    fn block(text: &str) -> Result<ParsedHead, Transport> {
        parse(text.as_bytes()).map(|head| head.expect("the block is complete"))
    }

    #[test]
    fn the_end_of_a_body_is_where_rfc_9112_section_6_3_says() {
        for (fields, length) in [
            ("", Length::UntilClose),
            ("Content-Length: 0\r\n", Length::Exactly(0)),
            ("content-length:42\r\n", Length::Exactly(42)),
            (
                "Content-Length: 5, 5\r\nContent-Length: 5\r\n",
                Length::Exactly(5),
            ),
            ("Transfer-Encoding: chunked\r\n", Length::Chunked),
            ("transfer-encoding: \tCHUNKED \r\n", Length::Chunked),
        ] {
            assert_eq!(
                head(fields).map(|head| head.length),
                Ok(length),
                "{fields:?}"
            );
        }
    }

    #[test]
    fn an_end_in_doubt_is_refused() {
        for fields in [
            "Content-Length: -1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: 1 2\r\n",
            "Content-Length: 0x10\r\n",
            "Content-Length:\r\n",
            "Content-Length: 5,\r\n",
            "Content-Length: 5, 6\r\n",
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding:\r\n",
            "Folded: a\r\n b\r\n",
            "Space : a\r\n",
        ] {
            assert_eq!(head(fields), Err(Transport::NotHttp), "{fields:?}");
        }
        let old = "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(block(old), Err(Transport::NotHttp));
    }

    #[test]
    fn a_status_without_a_body_has_none_whatever_its_headers_say() {
        for status in [100, 103, 204, 304] {
            let text = format!("HTTP/1.1 {status} x\r\nContent-Length: 7\r\n\r\n");
            assert_eq!(block(&text).map(|head| head.length), Ok(Length::Exactly(0)));
        }
        assert_eq!(block("HTTP/1.1 099 x\r\n\r\n"), Err(Transport::NotHttp));
    }

    #[test]
    fn a_connection_is_kept_only_where_both_ends_know_where_the_answer_ends() {
        for (text, kept) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close\r\n\r\n",
                false,
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nConnection: keep-alive\r\n\r\n",
                false,
            ),
            ("HTTP/1.1 200 OK\r\n\r\n", false),
            ("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false),
            (
                "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
                true,
            ),
        ] {
            assert_eq!(
                block(text).map(|head| head.keep_alive),
                Ok(kept),
                "{text:?}"
            );
        }
    }

    #[test]
    fn bounds_are_refusals_of_their_own() {
        let many = |count: usize| "A: b\r\n".repeat(count) + "Content-Length: 0\r\n";
        assert!(head(&many(HEADER_COUNT - 1)).is_ok());
        assert_eq!(head(&many(HEADER_COUNT)), Err(Transport::TooLarge));
        assert!(head("Content-Length: 1048576\r\n").is_ok());
        assert_eq!(
            head("Content-Length: 1048577\r\n"),
            Err(Transport::TooLarge)
        );
    }

    #[test]
    fn an_upgrade_is_agreed_to_only_by_all_its_headers() {
        let answer = |fields: &str| {
            let text = format!("HTTP/1.1 101 x\r\nSec-WebSocket-Accept: k\r\n{fields}\r\n");
            block(&text).map(|head| head.accept.is_some())
        };
        let agreed = "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n";
        assert_eq!(answer(agreed), Ok(true));
        assert_eq!(answer("Upgrade: websocket\r\n"), Ok(false));
        assert_eq!(answer("Connection: upgrade\r\n"), Ok(false));
        assert_eq!(
            answer(&format!("{agreed}Sec-WebSocket-Accept: k\r\n")),
            Ok(false)
        );
        assert_eq!(
            answer(&format!("{agreed}Sec-WebSocket-Extensions: x\r\n")),
            Ok(false)
        );
    }
}
