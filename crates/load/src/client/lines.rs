//! Header lines of an answer: split by `httparse`, with what the standard tells a client to take beside.
//!
//! In: bytes. Out: lines, the members of list fields. Never here: what a field means.

use std::borrow::Cow;

use httparse::{Header, Status};

use crate::client::HEADER_COUNT;
use crate::session::{Bound, Transport};

/// The length of the trailer section at the front of `raw`, its empty line included. None where it is not complete yet. Its
/// fields have no meaning to us, but must be fields.
pub(super) fn trailers(raw: &[u8]) -> Result<Option<usize>, Transport> {
    /// Before it a trailer section reads as a head does, folded lines included.
    const LINE: &[u8] = b"HTTP/1.1 200\r\n";
    let block = [LINE, raw].concat();
    let mut fields = [httparse::EMPTY_HEADER; HEADER_COUNT];
    let bytes = read(&mut httparse::Response::new(&mut fields), &block)?;
    Ok(bytes.map(|bytes| bytes - LINE.len()))
}

/// Parses a status line and header lines into `response`: their length, or none where they are not complete yet. A line that is
/// folded is one line (RFC 9112 section 5.2).
pub(super) fn read<'b>(
    response: &mut httparse::Response<'_, 'b>,
    raw: &'b [u8],
) -> Result<Option<usize>, Transport> {
    let mut rules = httparse::ParserConfig::default();
    rules.allow_obsolete_multiline_headers_in_responses(true);
    match rules.parse_response(response, raw) {
        Ok(Status::Complete(bytes)) => Ok(Some(bytes)),
        Ok(Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(Transport::TooLarge(Bound::HeaderLines)),
        Err(_) => Err(Transport::NotHttp),
    }
}

/// RFC 9110 section 2.5: a version HTTP/1.2 or later is read as the latest that is known.
pub(super) fn of_a_known_version(raw: &[u8]) -> Cow<'_, [u8]> {
    match raw {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'2'..=b'9', ..] => {
            let mut known = raw.to_vec();
            known[7] = b'1';
            known.into()
        }
        _ => raw.into(),
    }
}

/// A value as it reads without its folds: a space for each (RFC 9112 section 5.2).
pub(super) fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    let value = value.trim_ascii();
    if !value.contains(&b'\n') {
        return value.into();
    }
    let lines: Vec<_> = value.split(|&byte| byte == b'\n').collect();
    let lines: Vec<_> = lines.into_iter().map(<[u8]>::trim_ascii).collect();
    lines.join(&b' ').into()
}

/// Every member of the list field `name`, over all its lines, without the white space around.
pub(super) fn values<'a>(
    fields: &'a [Header<'_>],
    name: &'static str,
) -> impl Iterator<Item = &'a [u8]> {
    fields
        .iter()
        .filter(move |field| field.name.eq_ignore_ascii_case(name))
        .flat_map(|field| field.value.split(|&byte| byte == b','))
        .map(<[u8]>::trim_ascii)
}

pub(super) fn is(value: &[u8], token: &str) -> bool {
    value.eq_ignore_ascii_case(token.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_are_fields_and_end_with_an_empty_line() {
        for (text, length) in [
            ("\r\nHTTP", Ok(Some(2))),
            ("A: b\r\n c\r\n\r\n d", Ok(Some(12))),
            ("A: b\r\n", Ok(None)),
            ("no field\r\n\r\n", Err(Transport::NotHttp)),
        ] {
            assert_eq!(trailers(text.as_bytes()), length, "{text:?}");
        }
    }

    #[test]
    fn a_fold_is_a_space_and_white_space_around_it_is_part_of_it() {
        for (value, reads) in [
            (&b"a b"[..], &b"a b"[..]),
            (b" a \r\n\t b\r\n c ", b"a b c"),
            (b"\r\n a", b"a"),
        ] {
            assert_eq!(&*unfolded(value), reads);
        }
    }
}
