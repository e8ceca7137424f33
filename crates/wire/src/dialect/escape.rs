//! Values made safe for the place in a request where they stand.

/// Where in a request a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// The path or the query: everything but letters, digits and `-._~` is percent-encoded.
    Url,
    /// A header's value: control characters are dropped, so that no value can end the line.
    Header,
    /// A string of a JSON body.
    Json,
    /// A field of a form body: as in a URL.
    Form,
    /// Anywhere, as it stands.
    Raw,
}

impl Spot {
    /// Whether `byte` may stand here as it is.
    const fn keeps(self, byte: u8) -> bool {
        match self {
            Self::Url | Self::Form => {
                byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
            }
            Self::Header => !byte.is_ascii_control(),
            Self::Json => byte >= 0x20 && !matches!(byte, b'"' | b'\\'),
            Self::Raw => true,
        }
    }

    /// Bytes that `byte` takes here once it is escaped.
    const fn width(self, byte: u8) -> usize {
        if self.keeps(byte) {
            return 1;
        }
        match self {
            Self::Url | Self::Form => 3,
            Self::Header => 0,
            Self::Raw => 1,
            Self::Json => match byte {
                b'"' | b'\\' => 2,
                _ => 6,
            },
        }
    }

    /// Bytes that `text` takes here.
    pub(super) fn len(self, text: &str) -> usize {
        text.bytes().map(|byte| self.width(byte)).sum()
    }

    /// Appends `text` to `out`, escaped.
    pub(super) fn push(self, text: &str, out: &mut Vec<u8>) {
        if text.bytes().all(|byte| self.keeps(byte)) {
            out.extend_from_slice(text.as_bytes());
            return;
        }
        for byte in text.bytes() {
            if self.keeps(byte) {
                out.push(byte);
            } else {
                self.push_escaped(byte, out);
            }
        }
    }

    fn push_escaped(self, byte: u8, out: &mut Vec<u8>) {
        let digit = |nibble: u8| b"0123456789ABCDEF"[usize::from(nibble & 15)];
        match self {
            Self::Url | Self::Form => out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte)]),
            Self::Header => {}
            Self::Raw => out.push(byte),
            Self::Json => match byte {
                b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
                _ => {
                    out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte)])
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn escaped(spot: Spot, text: &str) -> String {
        let mut out = Vec::new();
        spot.push(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_spot_escapes_what_would_end_it() {
        for (spot, text, shown) in [
            (Spot::Url, "a-Z_0.~", "a-Z_0.~"),
            (Spot::Url, "a b/c?d&e=f%é", "a%20b%2Fc%3Fd%26e%3Df%25%C3%A9"),
            (Spot::Form, "@x:y+z", "%40x%3Ay%2Bz"),
            (Spot::Header, "a\r\nEvil: 1\0b\x7f é", "aEvil: 1b é"),
            (
                Spot::Json,
                "say \"hi\" \\ \n\u{1} é",
                "say \\\"hi\\\" \\\\ \\u000A\\u0001 é",
            ),
        ] {
            assert_eq!(escaped(spot, text), shown);
        }
    }

    proptest! {
        #[test]
        fn the_length_is_known_before_a_byte_is_written(text in any::<String>()) {
            for spot in [Spot::Url, Spot::Header, Spot::Json, Spot::Form] {
                prop_assert_eq!(spot.len(&text), escaped(spot, &text).len());
            }
        }

        #[test]
        fn json_reads_back_what_was_escaped(text in any::<String>()) {
            let read: String = serde_json::from_str(&format!("\"{}\"", escaped(Spot::Json, &text))).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}
