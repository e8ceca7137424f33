//! What hyper's client makes of an answer: the other opinion. `fuzz/` compares with it too.

use http_body_util::{BodyExt, Empty, Limited};
use hyper::Request;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::client::fuzzing::{BODY_LIMIT, HEAD_LIMIT, HEADER_COUNT, pieces, read_answer};

/// The longest that hyper may take: a hang is a failure, not a wait.
const LIMIT: Duration = Duration::from_secs(10);

/// Status and body, or None for a refusal.
pub(crate) type Outcome = Option<(u16, Vec<u8>)>;

/// Why we refuse what hyper takes, and how to recognise it in lower-case text.
pub(crate) type Difference = (&'static str, fn(&str) -> bool);

/// Why we read an answer otherwise than hyper, and what it reads as by the standard: both must make the same of that.
pub(crate) type Reading = (&'static str, fn(&[u8]) -> Vec<u8>);

/// Everything that we read by the standard and hyper does not.
pub(crate) const BY_THE_STANDARD: [Reading; 3] = [
    (
        "HTTP/1.2 to 1.9 are read as the latest version that is known (RFC 9110 section 2.5)",
        of_version_1_1,
    ),
    (
        "an empty member of a list means nothing (RFC 9110 section 5.6.1.2); hyper takes one at the end for a coding",
        without_empty_members,
    ),
    (
        "a line that is folded is one line (RFC 9112 section 5.2); hyper knows that in heads, not in trailers",
        without_folds,
    ),
];

/// Up to the first status line that is not an interim answer's: what follows is no head.
fn of_version_1_1(bytes: &[u8]) -> Vec<u8> {
    let (mut read, mut is_head) = (Vec::new(), true);
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        let at = read.len();
        read.extend(line);
        if let [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            b'1',
            b'.',
            minor,
            b' ',
            status,
            ..,
        ] = line
            && is_head
        {
            if (b'2'..=b'9').contains(minor) {
                read[at + 7] = b'1';
            }
            is_head = *status == b'1';
        }
    }
    read
}

/// Without empty members of `Transfer-Encoding`.
fn without_empty_members(bytes: &[u8]) -> Vec<u8> {
    const NAME: &[u8] = b"transfer-encoding:";
    // A line that is folded is one.
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match lines.last_mut() {
            Some(folded) if matches!(line[0], b' ' | b'\t') => folded.extend(line),
            _ => lines.push(line.to_vec()),
        }
    }
    let read = lines
        .into_iter()
        .map(|line| match line.split_at_checked(NAME.len()) {
            Some((name, value)) if name.eq_ignore_ascii_case(NAME) => {
                let is_nothing = |byte: &u8| matches!(byte, b',' | b' ' | b'\t' | b'\r' | b'\n');
                let from = value.iter().position(|byte| !is_nothing(byte));
                let to = value.iter().rposition(|byte| !is_nothing(byte));
                match (from, to) {
                    (Some(from), Some(to)) => [name, &value[from..=to], b"\r\n"].concat(),
                    _ => Vec::new(),
                }
            }
            _ => line,
        });
    read.flatten().collect()
}

/// Without the folds behind the first head.
fn without_folds(bytes: &[u8]) -> Vec<u8> {
    let mut read = bytes.to_vec();
    let head = bytes.windows(4).position(|part| part == b"\r\n\r\n");
    for at in head.unwrap_or(bytes.len()) + 4..bytes.len().saturating_sub(2) {
        let is_fold = matches!(read[at..at + 3], [b'\r', b'\n', b' ' | b'\t']);
        // Behind an empty line nothing is a line any more.
        if is_fold && read[at - 2..at] != *b"\r\n" {
            read[at..at + 2].fill(b' ');
        }
    }
    read
}

/// Every other difference on purpose: what we refuse and hyper takes. Everything else must come out the same.
pub(crate) const STRICTER: [Difference; 4] = [
    (
        "a length beside a transfer coding is how answers are split (RFC 9112 section 6.3 item 3: an error)",
        |text| text.contains("transfer-encoding") && text.contains("content-length"),
    ),
    (
        "a transfer coding other than chunked was not asked for, and we do not undo it",
        |text| {
            let mut codings = text
                .lines()
                .filter_map(|line| line.strip_prefix("transfer-encoding:"))
                .map(str::trim_ascii);
            // An empty member of the list is none.
            let is_plain = |coding: &str| coding.trim_matches([',', ' ', '\t', '\r']) == "chunked";
            codings.next().is_some_and(|coding| !is_plain(coding)) || codings.next().is_some()
        },
    ),
    (
        "a bare LF ends no line of a trailer: hyper stops reading fields there and drops what follows",
        |text| text.split("\r\n0").skip(1).any(has_bare_lf),
    ),
    (
        "a line break before a status line is no HTTP: hyper skips it as servers may before a request (RFC 9112 section 2.2)",
        |text| {
            text.match_indices("http/")
                .any(|(at, _)| is_behind_a_break(&text[..at]))
        },
    ),
];

/// Whether what ends here ends with more than the empty line of the head before.
fn is_behind_a_break(text: &str) -> bool {
    let before = text.trim_end_matches(['\r', '\n']);
    let breaks = text[before.len()..].matches('\n').count();
    breaks > if before.is_empty() { 0 } else { 2 }
}

fn has_bare_lf(text: &str) -> bool {
    text.split('\n')
        .rev()
        .skip(1)
        .any(|line| !line.ends_with('\r'))
}

/// What we make of `bytes` in pieces of `sizes`, and then the end of the stream.
pub(crate) fn by_us(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let read = read_answer(bytes, sizes).ok()?;
    Some((read.status, read.body))
}

/// What hyper makes of them.
pub(crate) async fn by_hyper(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let (ours, theirs) = tokio::io::duplex(BODY_LIMIT);
    let mut builder = Builder::new();
    builder
        .max_headers(HEADER_COUNT)
        .max_header_size(HEAD_LIMIT)
        .allow_obsolete_multiline_headers_in_responses(true);
    let (mut sender, connection) = builder.handshake(TokioIo::new(ours)).await.unwrap();
    let driver = tokio::spawn(connection);
    let asked = async {
        let request = Request::get("/")
            .header("host", "x")
            .body(Empty::<&[u8]>::new());
        let answer = sender.send_request(request.unwrap()).await.ok()?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), BODY_LIMIT)
            .collect()
            .await
            .ok()?;
        Some((status, body.to_bytes().to_vec()))
    };
    let both = async { tokio::join!(asked, serve(theirs, bytes, sizes)).0 };
    let outcome = timeout(LIMIT, both).await.expect("hyper comes to an end");
    driver.abort();
    outcome
}

async fn serve(mut stream: DuplexStream, bytes: &[u8], sizes: &[usize]) {
    let mut request = [0; 1024];
    let _ = stream.read(&mut request).await;
    for piece in pieces(bytes, sizes) {
        if stream.write_all(piece).await.is_err() {
            return;
        }
        // Lets hyper see this piece apart from the next.
        tokio::task::yield_now().await;
    }
}

/// What `bytes` read as by each choice of those readings that changes them: what is no line of a head may look like one.
fn readings(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (1..1 << BY_THE_STANDARD.len()).filter_map(move |choice: usize| {
        let chosen = BY_THE_STANDARD.iter().enumerate();
        let chosen = chosen.filter(|(nth, _)| choice & (1 << nth) != 0);
        let read = chosen.fold(bytes.to_vec(), |bytes, (_, (_, read))| read(&bytes));
        (read != bytes).then_some(read)
    })
}

/// What both make of `bytes`, where they differ and not on purpose.
pub(crate) fn difference(
    runtime: &Runtime,
    bytes: &[u8],
    sizes: &[usize],
) -> Result<(Outcome, Outcome), (Outcome, Outcome)> {
    let ours = by_us(bytes, sizes);
    let hypers = runtime.block_on(by_hyper(bytes, sizes));
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let is_stricter = ours.is_none() && STRICTER.iter().any(|(_, applies)| applies(&text));
    let is_by_the_standard =
        || readings(bytes).any(|read| runtime.block_on(by_hyper(&read, sizes)) == ours);
    if ours == hypers || is_stricter || is_by_the_standard() {
        Ok((ours, hypers))
    } else {
        Err((ours, hypers))
    }
}

/// A runtime that runs both.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
