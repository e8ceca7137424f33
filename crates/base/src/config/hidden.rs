//! Takes out of a message what may be a secret.
//!
//! In: a text that quotes what a person or a service wrote. Out: the same text, with [`HIDDEN`] for what looks like a
//! key or a UserSig, and for what an address says beyond its host and path. Never here: what the secrets of a run are.

use std::borrow::Cow;
use std::ops::Range;

/// What stands in a message for what it does not repeat.
pub const HIDDEN: &str = "[redacted]";

/// From this many characters on, hex digits or what begins like a UserSig may be a secret. An app's key has 64.
const LONG: usize = 32;

/// The text without what looks like a key or a UserSig, and with its addresses as [`address`] shows them.
#[must_use]
pub fn hidden(text: &str) -> Cow<'_, str> {
    let mut spots = Vec::new();
    for word in pieces(text, |byte| {
        !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'`')
    }) {
        if text[word.clone()].contains("://") {
            spots.extend(beyond_host(&text[word.clone()]).map(|spot| moved(&spot, word.start)));
        }
    }
    spots.extend(pieces(text, |byte| byte.is_ascii_hexdigit()).filter(|run| run.len() >= LONG));
    let in_ticket = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'*' | b'-');
    // In base64 a zlib frame, which a UserSig is, begins with one of four pairs, and JSON, which other tickets are, with `ey`.
    let is_ticket = |run: &Range<usize>| {
        let heads = ["eA", "eF", "eJ", "eN", "ey"];
        run.len() >= LONG && heads.iter().any(|head| text[run.start..].starts_with(head))
    };
    spots.extend(pieces(text, in_ticket).filter(is_ticket));
    without(text, spots)
}

/// An address for a message: without the user and password before its host, and without its query.
#[must_use]
pub fn address(text: &str) -> Cow<'_, str> {
    without(text, beyond_host(text).collect())
}

/// The text with [`HIDDEN`] in place of `spots`, which are ranges of its bytes in any order.
#[must_use]
pub fn without(text: &str, mut spots: Vec<Range<usize>>) -> Cow<'_, str> {
    if spots.is_empty() {
        return Cow::Borrowed(text);
    }
    spots.sort_by_key(|spot| (spot.start, spot.end));
    let mut shown = String::with_capacity(text.len());
    let mut done = 0;
    for spot in spots {
        if spot.end <= done {
            continue;
        }
        if spot.start >= done {
            // A spot that ends or begins inside a character hides all of it.
            shown.push_str(
                &text[text.floor_char_boundary(done)..text.floor_char_boundary(spot.start)],
            );
            shown.push_str(HIDDEN);
        }
        done = text.ceil_char_boundary(spot.end);
    }
    shown.push_str(&text[done..]);
    Cow::Owned(shown)
}

/// Where an address has a user and password, and where it has a query or a fragment.
fn beyond_host(text: &str) -> impl Iterator<Item = Range<usize>> {
    let from = text.find("://").map_or(0, |at| at + "://".len());
    // A password that was not escaped may have any character: what comes before the last at sign is all of it.
    let ends = ["@", "%40"].iter().filter_map(|at| text.rfind(at));
    let user = ends.max().filter(|end| *end > from).map(|end| from..end);
    let rest = user.as_ref().map_or(from, |user| user.end);
    let query = text[rest..].find(['?', '#']).map(|at| rest + at + 1);
    let query = query.filter(|at| *at < text.len()).map(|at| at..text.len());
    user.into_iter().chain(query)
}

/// The longest runs of bytes that `belongs` takes. All of them are ASCII or whole characters.
fn pieces(text: &str, belongs: impl Fn(u8) -> bool) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    let bytes = text.as_bytes();
    std::iter::from_fn(move || {
        let start = from + bytes[from..].iter().position(|byte| belongs(*byte))?;
        let length = bytes[start..].iter().position(|byte| !belongs(*byte));
        from = length.map_or(bytes.len(), |length| start + length);
        Some(start..from)
    })
}

fn moved(spot: &Range<usize>, by: usize) -> Range<usize> {
    spot.start + by..spot.end + by
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const SIG: &str = "eJwtzNEKgkAQheFX2XcwZ*eqE7oItYvCzNQ2llQ-E5AaO7u_qw5";

    /// A UserSig that was not compressed.
    const STORED: &str = "eAEBpgBZ-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoiYWxpY2Ui";

    #[test]
    fn what_looks_like_a_key_or_a_user_sig_is_hidden_wherever_it_stands() {
        for (text, shown) in [
            (
                format!("`apps.{KEY}` is not known"),
                "`apps.[redacted]` is not known",
            ),
            (format!("my_{}!", KEY.to_uppercase()), "my_[redacted]!"),
            (format!("\"{SIG}\" is no name"), "\"[redacted]\" is no name"),
            (format!("'{STORED}'"), "'[redacted]'"),
            (format!("{KEY}{KEY} {SIG}"), "[redacted] [redacted]"),
            (
                "deadbeef, eJust a word, 1400000001".to_owned(),
                "deadbeef, eJust a word, 1400000001",
            ),
            (
                "kicked-storm-of-the-22nd-of-november-again.toml".to_owned(),
                "kicked-storm-of-the-22nd-of-november-again.toml",
            ),
        ] {
            assert_eq!(hidden(&text), shown);
        }
    }

    #[test]
    fn an_address_keeps_its_scheme_host_and_path() {
        for (text, shown) in [
            ("http://127.0.0.1:80/a", "http://127.0.0.1:80/a"),
            ("http://bob:pass@host:80", "http://[redacted]@host:80"),
            (
                "http://bob:p/a?s#s@w@host/a?b=c",
                "http://[redacted]@host/a?[redacted]",
            ),
            ("bob:pass@host", "[redacted]@host"),
            ("http://bob:pass%40host", "http://[redacted]%40host"),
            ("/sig?token=x", "/sig?[redacted]"),
            ("http://host/#token=x", "http://host/#[redacted]"),
            ("mock", "mock"),
            ("@", "@"),
        ] {
            assert_eq!(address(text), shown, "{text}");
        }
        assert_eq!(
            hidden("no dialect \"http://bob:pass@host/?t=1\", see `a@b`?"),
            "no dialect \"http://[redacted]@host/?[redacted]\", see `a@b`?"
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_none_keeps_a_key(before in ".{0,20}", after in ".{0,20}") {
            let text = format!("{before}{KEY}{after}");
            let (plain, addressed) = (hidden(&text), address(&before));
            prop_assert!(!plain.contains(&KEY[..12]), "{}", plain);
            prop_assert!(addressed.len() <= before.len() + 2 * HIDDEN.len());
        }
    }
}
