//! The wire form of a UserSig: JSON in a zlib stream, in base64 with three characters of its own.
//!
//! In: the JSON's bytes, or a UserSig's text. Out: the other one, or why the text cannot be one. Bounded both ways:
//! no text costs more than its two bounds. Never here: what the JSON says.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Decompress, FlushDecompress, Status};

/// The most bytes of text that are looked at. A UserSig with a 32-byte UserID has about 280, one with a 1 KiB
/// userbuf about 2,200.
pub(super) const MAX_TEXT: usize = 8 * 1024;

/// The most bytes the zlib stream may unpack to: twice what [`MAX_TEXT`] holds when it is not compressed at all.
pub(super) const MAX_JSON: usize = 16 * 1024;

/// The most data one stored block of a deflate stream can hold. Source: RFC 1951, section 3.2.4.
const STORED_MAX: usize = 0xFFFF;

/// The modulus of the Adler-32 checksum, the largest prime below 2^16. Source: RFC 1950, section 9.
const ADLER_MODULUS: u32 = 65_521;

/// Why a text cannot be a UserSig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It has no bytes.
    Empty,
    /// It has more than 8 KiB.
    TooLong {
        /// How many it has.
        bytes: usize,
    },
    /// A character that a UserSig never has.
    Character {
        /// The first such character.
        found: char,
        /// The byte it starts at, from 0.
        at: usize,
    },
    /// The base64 is cut, or its last character is not the one an encoder writes.
    Base64,
    /// The bytes are no zlib stream, or their checksum is wrong.
    NotZlib,
    /// The zlib stream ends too early.
    Truncated,
    /// Bytes follow the zlib stream's end. Most inflaters ignore them; no library that signs writes them.
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// It unpacks to more than 16 KiB.
    Bomb,
    /// The content is not the JSON object of a UserSig.
    Content {
        /// What is wrong with it.
        reason: String,
    },
    /// A ticket of version 1: `TLS.version` and `TLS.sdk_appid`, texts for numbers, signed with a private key (ECDSA).
    FirstVersion,
    /// The version is not 2.0.
    Version {
        /// The version it says.
        found: String,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::TooLong { bytes } => write!(f, "it has {bytes} bytes, more than {MAX_TEXT}"),
            Self::Character { found, at } => {
                write!(f, "{found:?} at byte {at} is none of a-z A-Z 0-9 * - _")
            }
            Self::Base64 => f.write_str("its base64 is cut or damaged"),
            Self::NotZlib => f.write_str("its zlib stream is damaged"),
            Self::Truncated => f.write_str("its zlib stream is cut"),
            Self::Trailing { bytes } => write!(f, "{bytes} bytes follow its zlib stream"),
            Self::Bomb => write!(f, "it unpacks to more than {MAX_JSON} bytes"),
            Self::Content { reason } => write!(f, "its content is wrong: {reason}"),
            Self::FirstVersion => f.write_str("its fields are those of version 1"),
            Self::Version { found } => write!(f, "its version is {found:?}, not \"2.0\""),
        }
    }
}

/// Packs `json` into a UserSig's text.
///
/// The stream is stored, not compressed: compressing would save 50 of 240 characters and cost some thirty times as
/// much as all the rest of a signature (an encoder sets up its tables for each). One official library stores by default.
pub(super) fn encode(json: &[u8]) -> String {
    let packed = stored_zlib(json);
    STANDARD.encode(packed).bytes().map(to_wire).collect()
}

/// Unpacks a UserSig's text into its JSON.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    if text.is_empty() {
        return Err(Malformed::Empty);
    }
    if text.len() > MAX_TEXT {
        return Err(Malformed::TooLong { bytes: text.len() });
    }
    let mut base64 = Vec::with_capacity(text.len());
    for (at, found) in text.char_indices() {
        base64.push(from_wire(found).ok_or(Malformed::Character { found, at })?);
    }
    let packed = STANDARD.decode(base64).map_err(|_| Malformed::Base64)?;
    inflate(&packed)
}

fn to_wire(base64: u8) -> char {
    char::from(match base64 {
        b'+' => b'*',
        b'/' => b'-',
        b'=' => b'_',
        other => other,
    })
}

/// Strict: `+`, `/` and `=` themselves are refused, so that a ticket has one spelling of each byte.
fn from_wire(wire: char) -> Option<u8> {
    match wire {
        '*' => Some(b'+'),
        '-' => Some(b'/'),
        '_' => Some(b'='),
        _ if wire.is_ascii_alphanumeric() => u8::try_from(wire).ok(),
        _ => None,
    }
}

fn inflate(packed: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut inflater = Decompress::new(true);
    // One byte more than allowed, to tell a full buffer from one that would overflow. It never grows.
    let mut json = Vec::with_capacity(MAX_JSON + 1);
    let status = inflater
        .decompress_vec(packed, &mut json, FlushDecompress::Finish)
        .map_err(|_| Malformed::NotZlib)?;
    if json.len() > MAX_JSON {
        return Err(Malformed::Bomb);
    }
    match status {
        Status::StreamEnd => {}
        Status::Ok | Status::BufError => return Err(Malformed::Truncated),
    }
    let read = usize::try_from(inflater.total_in()).unwrap_or(usize::MAX);
    match packed.len().saturating_sub(read) {
        0 => Ok(json),
        bytes => Err(Malformed::Trailing { bytes }),
    }
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951, section 3.2.4).
fn stored_zlib(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 16);
    // Deflate with a 32 KiB window, fastest level.
    out.extend([0x78, 0x01]);
    let last = data.len().div_ceil(STORED_MAX).saturating_sub(1);
    for (index, block) in data.chunks(STORED_MAX).enumerate() {
        // Exact: a chunk has at most STORED_MAX bytes.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(index == last));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(adler32(data).to_be_bytes());
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    // 5,552 bytes are the most that cannot overflow 32 bits before the remainder. Source: RFC 1950, section 9.
    for chunk in data.chunks(5_552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= ADLER_MODULUS;
        b %= ADLER_MODULUS;
    }
    (b << 16) | a
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;

    fn zlib(data: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn text_of(packed: &[u8]) -> String {
        STANDARD.encode(packed).bytes().map(to_wire).collect()
    }

    #[test]
    fn a_stored_stream_is_read_by_the_library_that_knows_all_levels() {
        for length in [1, 2, 255, 5_552, 5_553, MAX_JSON] {
            let data: Vec<u8> = (0..=250).cycle().take(length).collect();
            assert_eq!(inflate(&stored_zlib(&data)).as_ref(), Ok(&data), "{length}");
        }
    }

    #[test]
    fn a_checksum_equals_the_worked_example() {
        // "Wikipedia" is the example that the literature on Adler-32 works through.
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
        assert_eq!(adler32(b""), 1);
    }

    #[test]
    fn more_than_one_stored_block_is_one_stream() {
        let data = vec![7_u8; STORED_MAX + 10];
        let mut out = Vec::with_capacity(data.len() + 1);
        let status = Decompress::new(true)
            .decompress_vec(&stored_zlib(&data), &mut out, FlushDecompress::Finish)
            .unwrap();
        assert_eq!(status, Status::StreamEnd);
        assert_eq!(out, data);
    }

    #[test]
    fn any_level_is_read() {
        let json = br#"{"TLS.ver":"2.0","TLS.identifier":"alice","TLS.sig":"AAAA"}"#;
        for level in 0..=9 {
            let text = text_of(&zlib(json, level));
            assert_eq!(decode(&text).unwrap(), json, "level {level}");
        }
    }

    #[test]
    fn a_bomb_ends_at_the_bound() {
        // 4 MiB of zeros pack into about 4 KiB, which is below the bound on text.
        let text = text_of(&zlib(&vec![0; 4 << 20], 9));
        assert!(text.len() < MAX_TEXT, "{}", text.len());
        assert_eq!(decode(&text), Err(Malformed::Bomb));
        assert_eq!(
            decode(&text_of(&zlib(&vec![0; MAX_JSON + 1], 9))),
            Err(Malformed::Bomb)
        );
        assert!(decode(&text_of(&zlib(&vec![0; MAX_JSON], 9))).is_ok());
    }

    #[test]
    fn a_megabyte_of_noise_is_refused_by_its_length() {
        let noise = "eJyr".repeat(1 << 18);
        assert_eq!(decode(&noise), Err(Malformed::TooLong { bytes: 1 << 20 }));
    }

    #[test]
    fn a_stream_cut_anywhere_is_refused() {
        let packed = zlib(br#"{"TLS.ver":"2.0","TLS.identifier":"alice"}"#, 6);
        for end in 2..packed.len() {
            assert_eq!(
                inflate(&packed[..end]),
                Err(Malformed::Truncated),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn bytes_after_the_stream_are_refused_although_inflaters_ignore_them() {
        let mut packed = zlib(b"{}", 6);
        packed.extend(b"abc");
        assert_eq!(
            decode(&text_of(&packed)),
            Err(Malformed::Trailing { bytes: 3 })
        );
    }

    #[test]
    fn plain_base64_and_white_space_are_named_with_their_place() {
        for (text, found, at) in [
            ("eJ+r", '+', 2),
            ("eJ/r", '/', 2),
            ("eJyr\n", '\n', 4),
            ("eJ=", '=', 2),
        ] {
            assert_eq!(
                decode(text),
                Err(Malformed::Character { found, at }),
                "{text:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(data in proptest::collection::vec(any::<u8>(), 1..2_000)) {
            prop_assert_eq!(decode(&encode(&data)).unwrap(), data);
        }

        #[test]
        fn noise_is_refused_or_read_but_never_panics(text in "[a-zA-Z0-9*_-]{0,400}", any in ".{0,200}") {
            let _ = decode(&text);
            let _ = decode(&any);
        }

        #[test]
        fn noise_in_a_zlib_frame_never_panics(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut packed = vec![0x78, 0x9C];
            packed.extend(noise);
            let _ = inflate(&packed);
        }
    }
}
