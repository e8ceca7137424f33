//! The forms in which a target may repeat a secret: as it is, backwards, and in the common encodings.
//!
//! In: a secret. Out: its forms, in lower case. Never here: where they stand in a text.

use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// RFC 4648, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Every form of `secret`. Base64 and base32 write it in one of several ways, depending on how many bytes stand before
/// it in what was encoded: what begins a byte later is a part of what begins earlier in another way.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut forms = vec![secret.to_owned()];
    forms.push(secret.chars().rev().collect());
    forms.push(bytes.iter().map(|byte| format!("{byte:02x}")).collect());
    for from in 0..bytes.len().min(3) {
        let standard = STANDARD_NO_PAD.encode(&bytes[from..]);
        let for_urls = URL_SAFE_NO_PAD.encode(&bytes[from..]);
        if standard != for_urls {
            forms.push(for_urls);
        }
        forms.push(standard);
    }
    forms.extend((0..bytes.len().min(5)).map(|from| base32(&bytes[from..])));
    for form in &mut forms {
        form.make_ascii_lowercase();
    }
    forms
}

/// Without padding.
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xFFFF;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(digit(held >> bits));
        }
    }
    if bits > 0 {
        text.push(digit(held << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> char {
    // Five bits are below 32.
    BASE32
        .get(value as usize & 31)
        .map_or('=', |digit| char::from(*digit))
}

/// `text` with its percent-encoding (`%41`) and its escapes (`\u0041`, `\x41`, `&#65;`, `&#x41;`) undone; none where it
/// has none.
pub(super) fn unescaped(text: &str) -> Option<String> {
    if !text.contains(['%', '\\', '&']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (value, length) = escape(rest).unwrap_or((first, first.len_utf8()));
        let mut room = [0; 4];
        if rest.starts_with('%') && length == 3 {
            // A byte of a character, which may have several.
            bytes.push(u8::try_from(u32::from(value)).unwrap_or(b'?'));
        } else {
            bytes.extend_from_slice(value.encode_utf8(&mut room).as_bytes());
        }
        rest = &rest[length..];
    }
    let plain = String::from_utf8_lossy(&bytes).into_owned();
    (plain != text).then_some(plain)
}

/// Runs of escapes in which letters and digits are escaped, which need none: whatever they hide, somebody meant to.
pub(super) fn escaped_runs(text: &str) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let (from, mut plain) = (at, 0);
        while let Some((value, length)) = escape(&text[at..]) {
            plain += usize::from(value.is_ascii_alphanumeric());
            at += length;
        }
        if plain >= 3 {
            runs.push(from..at);
        }
        if at == from {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    runs
}

/// The character that the escape at the start of `text` stands for, and the escape's length.
fn escape(text: &str) -> Option<(char, usize)> {
    let hex = |from: usize, digits: usize| {
        let digits = text.get(from..from + digits)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
    };
    let (value, length) = if text.starts_with('%') {
        (hex(1, 2)?, 3)
    } else if text.starts_with("\\u") {
        (hex(2, 4)?, 6)
    } else if text.starts_with("\\x") {
        (hex(2, 2)?, 4)
    } else {
        let number = text.strip_prefix("&#")?;
        let number = number.get(..number.find(';').filter(|end| *end <= 7)?)?;
        let value = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16).ok()?,
            None => number.parse().ok()?,
        };
        (value, number.len() + 3)
    };
    Some((char::from_u32(value)?, length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "my"),
            ("fo", "mzxq"),
            ("foo", "mzxw6"),
            ("foob", "mzxw6yq"),
            ("fooba", "mzxw6ytb"),
            ("foobar", "mzxw6ytboi"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn escapes_of_all_kinds_are_undone() {
        for (text, plain) in [
            ("plain", None),
            ("50% of\\ &c", None),
            ("%41%c3%A9%2", Some("Aé%2")),
            ("\\u0041\\x42\\u00e9", Some("ABé")),
            ("&#65;&#x42;&#;&#99999999;", Some("AB&#;&#99999999;")),
        ] {
            assert_eq!(unescaped(text).as_deref(), plain, "{text}");
        }
    }

    #[test]
    fn a_run_of_escapes_that_nobody_needs_is_found() {
        for (text, run) in [
            ("no: \\u0035\\u006b\\u0076\\u00", Some(4..22)),
            ("%33%34%33%38 and %C3%A9%C3%A9%20", Some(0..12)),
            ("a&#65;&#x42;&#67;b", Some(1..17)),
            ("100%41", None),
        ] {
            let runs: Vec<_> = run.into_iter().collect();
            assert_eq!(escaped_runs(text), runs, "{text}");
        }
    }

    proptest! {
        #[test]
        fn wherever_a_secret_stands_in_what_was_encoded_a_form_of_it_is_there(
            before in "[ -~]{0,9}", secret in "[a-zA-Z0-9_.~-]{20,40}", after in "[ -~]{0,9}",
        ) {
            let whole = format!("{before}{secret}{after}");
            let hex: String = whole.bytes().map(|byte| format!("{byte:02X}")).collect();
            let forms = forms(&secret);
            for encoded in [
                STANDARD_NO_PAD.encode(&whole),
                URL_SAFE_NO_PAD.encode(&whole),
                base32(whole.as_bytes()),
                hex,
                whole.chars().rev().collect(),
            ] {
                let encoded = encoded.to_ascii_lowercase();
                // All but the characters that hold bits of a neighbour.
                let inside = |form: &&String| form.len() >= 20 && encoded.contains(&form[..form.len() - 2]);
                prop_assert!(forms.iter().any(|form| inside(&form)), "{}", encoded);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "[%\\\\&#xu;0-9a-fé]{0,40}") {
            let _ = (unescaped(&text), escaped_runs(&text));
        }
    }
}
