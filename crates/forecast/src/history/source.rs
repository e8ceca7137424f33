//! What stands behind a file's bytes: plain text, or gzip or Zstandard by its first bytes, never by its name.
//!
//! In: bytes. Out: text bytes, its first part looked at. Never here: rows.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

/// The bytes at the front of a log that are looked at before it is read.
pub(super) const FRONT: u64 = 65_536;
/// What some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The longest of the signatures below.
const LONGEST: u64 = 6;

/// How a file begins that holds no text that can be read here, what it is, and how to read it all the same.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (
        b"BZh",
        "bzip2",
        "decompress it on the way: `bzip2 -dc FILE | trtc-load mau -`",
    ),
    (
        b"\xfd7zXZ\0",
        "xz",
        "decompress it on the way: `xz -dc FILE | trtc-load mau -`",
    ),
    (
        b"PK\x03\x04",
        "a zip archive or a workbook",
        "unpack it on the way: `unzip -p FILE | trtc-load mau -`, or save it as CSV",
    ),
    (b"PAR1", "Parquet", "write it as CSV first"),
    (b"SQLite", "a database", "write its rows as CSV first"),
    (
        b"\xff\xfe",
        "UTF-16 text",
        "convert it on the way: `iconv -f UTF-16 -t UTF-8 FILE | trtc-load mau -`",
    ),
    (
        b"\xfe\xff",
        "UTF-16 text",
        "convert it on the way: `iconv -f UTF-16 -t UTF-8 FILE | trtc-load mau -`",
    ),
];

/// A log's text, decompressed.
pub(super) struct Source {
    /// Its first bytes, [`FRONT`] at most.
    pub(super) front: Vec<u8>,
    /// The whole of it, front included.
    pub(super) text: Box<dyn Read>,
    /// How it was packed, for the reader of the result.
    pub(super) packed: &'static str,
}

/// Why there is no text.
#[derive(Debug)]
pub(super) enum Unreadable {
    /// Reading failed.
    Io(io::Error),
    /// It is something else: what, and what to do.
    Foreign(&'static str, &'static str),
}

/// Finds out what `input` is.
///
/// # Errors
/// Reading fails, or it is no text.
pub(super) fn open(mut input: Box<dyn Read>) -> Result<Source, Unreadable> {
    let mut start = Vec::new();
    input
        .by_ref()
        .take(LONGEST)
        .read_to_end(&mut start)
        .map_err(Unreadable::Io)?;
    let whole = Cursor::new(start.clone()).chain(input);
    let (mut text, packed): (Box<dyn Read>, _) = if start.starts_with(b"\x1f\x8b") {
        (
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(
                1 << 17,
                whole,
            ))),
            "gzip",
        )
    } else if start.starts_with(b"\x28\xb5\x2f\xfd") {
        (
            Box::new(zstd::Decoder::new(whole).map_err(Unreadable::Io)?),
            "zstd",
        )
    } else {
        (Box::new(whole), "plain")
    };
    let mut front = Vec::new();
    text.by_ref()
        .take(FRONT)
        .read_to_end(&mut front)
        .map_err(Unreadable::Io)?;
    let foreign = FOREIGN
        .iter()
        .find(|(signature, ..)| front.starts_with(signature));
    if let Some((_, what, remedy)) = foreign {
        return Err(Unreadable::Foreign(what, remedy));
    }
    if front.starts_with(BYTE_ORDER_MARK) {
        front.drain(..BYTE_ORDER_MARK.len());
    }
    let text = Box::new(Cursor::new(front.clone()).chain(text));
    Ok(Source {
        front,
        text,
        packed,
    })
}
