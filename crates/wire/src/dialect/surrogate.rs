//! Halves of surrogate pairs in JSON's escapes: a text that was cut in the middle of a character has them.

/// `text` with U+FFFD in place of each escape that is half a pair; none where it has none.
pub(super) fn mended(text: &str) -> Option<String> {
    let mut mended = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_mended = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (shown, length) = match (half(escape), half(escape.get(6..).unwrap_or_default())) {
            (None, _) => {
                // The escaped character may be a backslash, which begins no escape of its own.
                let length = 1 + escape[1..].chars().next().map_or(0, char::len_utf8);
                (&escape[..length], length)
            }
            (Some(Half::First), Some(Half::Second)) => (&escape[..12], 12),
            (Some(Half::First | Half::Second), _) => {
                is_mended = true;
                ("\\ufffd", 6)
            }
        };
        mended.push_str(shown);
        rest = &escape[length..];
    }
    mended.push_str(rest);
    is_mended.then_some(mended)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    First,
    Second,
}

/// Which half of a pair the escape at the start of `text` is.
fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    match u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)? {
        0xD800..=0xDBFF => Some(Half::First),
        0xDC00..=0xDFFF => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_half_a_pair_is_mended() {
        for (text, mended_as) in [
            ("", None),
            ("no escape", None),
            ("\\ud83d\\ude00", None),
            ("\\\\ud83d", None),
            ("\\u00e9\\n", None),
            ("\\ud83d", Some("\\ufffd")),
            ("\\uDE00x", Some("\\ufffdx")),
            ("\\uD83D\\uD83D\\uDE00", Some("\\ufffd\\uD83D\\uDE00")),
            ("\\\\\\ud83d", Some("\\\\\\ufffd")),
            ("\\ud83d\\n", Some("\\ufffd\\n")),
            ("\\", None),
            ("\\é", None),
            ("\\ud8é", None),
        ] {
            assert_eq!(mended(text).as_deref(), mended_as, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_was_mended_is_json_and_needs_no_mending(text in "([a-c é]|\\\\\\\\|\\\\n|\\\\u(d83d|DE00|00e9)){0,12}") {
            let mended_text = mended(&text).unwrap_or_else(|| text.clone());
            prop_assert_eq!(mended(&mended_text), None);
            let json = format!("\"{mended_text}\"");
            prop_assert!(serde_json::from_str::<String>(&json).is_ok(), "{}", json);
        }
    }
}
