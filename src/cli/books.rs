//! The built-in mock's own books of a run: kept beside the recording, so that both sides can be compared.

use std::io;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use crate::dialect::wire;
use crate::dialect::wire::Stats;
use crate::profile::HttpUrl;

/// The file in a run's folder.
const BOOKS: &str = "mock.json";

/// How long the mock may take for an answer. It has nothing else to do any more.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the books of the mock at `url` in `folder`, and gives them. Blocks for at most some seconds.
///
/// # Errors
/// Where the mock does not answer, or the file cannot be written.
pub(super) fn keep(url: &HttpUrl, folder: &Path) -> io::Result<Stats> {
    let mut stream = TcpStream::connect((url.host.as_str(), url.port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let host = &url.host;
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n",
        wire::STATS
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let books: Stats = serde_json::from_str(body)?;
    std::fs::write(folder.join(BOOKS), serde_json::to_string_pretty(&books)?)?;
    Ok(books)
}

/// What the mock sent by itself and what came back, for people; nothing where it sent nothing.
pub(super) fn said(books: &Stats) -> Option<String> {
    let Stats {
        broadcasts,
        pings,
        pongs,
        devices_lost,
        ..
    } = books;
    (broadcasts + pings > 0).then(|| {
        format!(
            "the mock's books ({BOOKS}): {broadcasts} broadcasts sent, {pings} pings, {pongs} pongs, {devices_lost} devices lost"
        )
    })
}
