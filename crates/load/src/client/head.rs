//! An answer's header block: its status, how long its body is, and what becomes of the connection.
//!
//! In: the bytes so far. Out: [`ParsedHead`] once they are enough. Never here: a socket, a body.
//! Source: RFC 9112 sections 4 to 6 and 9.3. Where it lets a client choose, doubt is refused: a load test that guesses
//! where an answer ends measures something else than it says. What it tells a client to take is taken.

use httparse::Header;

use crate::client::agreement::Agreed;
use crate::client::lines::{is, of_a_known_version, read, unfolded, values};
use crate::client::{BODY_LIMIT, HEADER_COUNT};
use crate::session::{Bound, Transport};

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
    /// What a 101 agrees to.
    pub(super) agreed: Option<Box<Agreed>>,
    /// `Retry-After` as it stands, of an answer that asks to slow down.
    pub(super) retry_after: Option<Box<[u8]>>,
    /// What its body is.
    pub(super) content: Content,
    /// Bytes of the block, its empty line included.
    pub(super) bytes: usize,
}

/// Reads a header block from the front of `raw`. None where it is not complete yet.
pub(super) fn parse(raw: &[u8]) -> Result<Option<ParsedHead>, Transport> {
    // A server skips an empty line before a request; nothing lets a client skip one before an answer.
    if matches!(raw.first(), Some(b'\r' | b'\n')) {
        return Err(Transport::NotHttp);
    }
    let raw = of_a_known_version(raw);
    let mut fields = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let mut response = httparse::Response::new(&mut fields);
    let Some(bytes) = read(&mut response, &raw)? else {
        return Ok(None);
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
        agreed: (status == 101).then(|| Box::new(Agreed::of(response.headers))),
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
    // A length beside a coding is how answers are split, and HTTP/1.0 knows no codings.
    if stated.is_some() || version == Version::Http10 {
        return Err(Transport::NotHttp);
    }
    // An empty member of a list means nothing (RFC 9110 section 5.6.1.2).
    let mut codings = codings.filter(|coding| !coding.is_empty());
    let is_chunked = |coding: Option<&[u8]>| coding.map(|coding| is(coding, "chunked"));
    match (is_chunked(codings.next()), is_chunked(codings.next())) {
        (Some(true), None) => Ok(Length::Chunked),
        (None, _) | (Some(true), Some(true)) => Err(Transport::NotHttp),
        // We send no TE field, so chunked is the only coding a target may use.
        (Some(false), _) | (Some(true), Some(false)) => Err(Transport::Coding),
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
    let Some(digits) = stated else {
        return Ok(None);
    };
    // However many digits it has: a number beyond any machine's is too large too.
    let length = digits.iter().fold(0_usize, |length, digit| {
        let digit = usize::from(digit - b'0');
        length.saturating_mul(10).saturating_add(digit)
    });
    if length > BODY_LIMIT {
        return Err(Transport::TooLarge(Bound::Body));
    }
    Ok(Some(length))
}

/// The digits of a number without a sign, without the zeros before it.
fn digits(value: &[u8]) -> Option<&[u8]> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let zeros = value.iter().take_while(|&&digit| digit == b'0').count();
    value.get(zeros..).filter(|_| is_number)
}

/// RFC 9112 section 9.3: `close` wins over `keep-alive`.
fn is_kept(version: Version, fields: &[Header<'_>]) -> bool {
    let says = |option: &str| values(fields, "connection").any(|value| is(value, option));
    !says("close") && (version == Version::Http11 || says("keep-alive"))
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
    Some(unfolded(field.value).into())
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
            ("Transfer-Encoding: , chunked\r\n", Length::Chunked),
            (
                "Transfer-Encoding:\r\nTransfer-Encoding: chunked,,\r\n",
                Length::Chunked,
            ),
            ("Content-Length:\r\n 007,\r\n\t7\r\n", Length::Exactly(7)),
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
            "Content-Length: 5\r\n 6\r\n",
            "Content-Length: 99999999999999999999, 99999999999999999998\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding:\r\n",
            "Transfer-Encoding: ,\r\n",
            " Folded: before any line\r\n",
            "Space : a\r\n",
        ] {
            assert_eq!(head(fields), Err(Transport::NotHttp), "{fields:?}");
        }
        for fields in [
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, gzip\r\n",
            "Transfer-Encoding: identity\r\n",
        ] {
            assert_eq!(head(fields), Err(Transport::Coding), "{fields:?}");
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
        assert_eq!(
            head(&many(HEADER_COUNT)),
            Err(Transport::TooLarge(Bound::HeaderLines))
        );
        assert!(head("Content-Length: 1048576\r\n").is_ok());
        for longer in ["1048577", "9223372036854775808", "99999999999999999999"] {
            assert_eq!(
                head(&format!("Content-Length: {longer}\r\n")),
                Err(Transport::TooLarge(Bound::Body)),
                "{longer}"
            );
        }
    }

    #[test]
    fn a_later_minor_version_is_read_as_1_1_and_another_major_one_is_not_http() {
        for minor in 2..=9 {
            let text = format!("HTTP/1.{minor} 200 OK\r\nContent-Length: 3\r\n\r\n");
            let head = block(&text).unwrap();
            assert_eq!((head.length, head.keep_alive), (Length::Exactly(3), true));
            assert_eq!(head.bytes, text.len());
        }
        for version in ["HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "HTTP/1.x", "HTTP/1"] {
            let text = format!("{version} 200 OK\r\nContent-Length: 3\r\n\r\n");
            assert_eq!(parse(text.as_bytes()), Err(Transport::NotHttp), "{version}");
        }
    }

    #[test]
    fn a_line_break_before_the_status_line_is_not_http() {
        for breaks in ["\r\n", "\n", "\r"] {
            let text = format!("{breaks}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            assert_eq!(parse(text.as_bytes()), Err(Transport::NotHttp));
            assert_eq!(parse(breaks.as_bytes()), Err(Transport::NotHttp));
        }
    }

    #[test]
    fn a_folded_line_is_one_line() {
        let head = block(
            "HTTP/1.1 503 x\r\nRetry-After: Sun, 06 Nov 1994 \r\n\t 08:49:37 GMT\r\nConnection: x,\r\n close\r\n\
             Content-Type:\r\n text/event-stream;\r\n charset=x\r\nContent-Length: 0\r\n\r\n",
        )
        .unwrap();
        let date = head.retry_after.as_deref();
        assert_eq!(date, Some(&b"Sun, 06 Nov 1994 08:49:37 GMT"[..]));
        assert_eq!((head.keep_alive, head.content), (false, Content::Events));
        let many = "A: b\r\n c\r\n".repeat(HEADER_COUNT);
        assert!(
            super::tests::head(&many).is_ok(),
            "a fold is no line of its own"
        );
    }
}
