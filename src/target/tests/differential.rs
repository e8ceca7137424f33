//! The parser against hyper's client on the same bytes, and against arbitrary bytes.

use std::cell::Cell;

use http_body_util::BodyExt;
use http_body_util::Empty;
use http_body_util::Limited;
use hyper::Request;
use hyper::client::conn::http1::Builder;
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::io::DuplexStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::target::BODY_LIMIT;
use crate::target::HEAD_LIMIT;
use crate::target::HEADER_COUNT;
use crate::target::chunks::Step;
use crate::target::framing::ResponseParser;
use crate::target::tests::LIMIT;
use crate::target::tests::arbitrary::answer;
use crate::target::tests::arbitrary::damage;
use crate::target::tests::arbitrary::damaged;
use crate::target::tests::arbitrary::sizes;

/// Answers compared, whole and damaged.
const CASES: u32 = 3000;

/// Status and body, or None for a refusal.
type Outcome = Option<(u16, Vec<u8>)>;

/// Why we refuse what hyper takes, and how to recognise it in lower-case text.
type Difference = (&'static str, fn(&str) -> bool);

/// Every difference on purpose. Everything else must come out the same.
const STRICTER: [Difference; 2] = [
    (
        "a length beside a transfer coding is how answers are split (RFC 9112 section 6.3 item 3: an error)",
        |text| text.contains("transfer-encoding") && text.contains("content-length"),
    ),
    (
        "a transfer coding other than chunked was not asked for, and we do not undo it",
        |text| {
            let mut codings = text.split("transfer-encoding").skip(1).map(|rest| {
                rest.trim_start_matches(':')
                    .split(['\r', '\n'])
                    .next()
                    .unwrap_or("")
                    .trim()
            });
            codings.next().is_some_and(|coding| coding != "chunked") || codings.next().is_some()
        },
    ),
];

/// Feeds pieces of the given sizes, then the end of the stream.
fn by_us(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let (mut parser, mut raw, mut body) = (ResponseParser::new(), Vec::new(), Vec::new());
    for piece in pieces(bytes, sizes) {
        raw.extend_from_slice(piece);
        let step = parser.feed(&mut raw, &mut body).ok()?;
        assert!(body.len() <= BODY_LIMIT, "a body of {} bytes", body.len());
        assert!(
            raw.len() <= HEAD_LIMIT + piece.len(),
            "{} bytes held back",
            raw.len()
        );
        if step == Step::Done {
            break;
        }
    }
    parser.end().ok()?;
    parser.into_head().map(|head| (head.status, body))
}

async fn by_hyper(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let (ours, theirs) = tokio::io::duplex(BODY_LIMIT);
    let mut builder = Builder::new();
    builder
        .max_headers(HEADER_COUNT)
        .max_header_size(HEAD_LIMIT);
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

/// Cuts `bytes` into pieces of `sizes`, over and over.
fn pieces<'a>(bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let (mut rest, mut cut) = (bytes, Vec::new());
    let mut sizes = sizes.iter().cycle();
    while !rest.is_empty() {
        let size = sizes
            .next()
            .copied()
            .unwrap_or(rest.len())
            .clamp(1, rest.len());
        let (piece, after) = rest.split_at(size);
        cut.push(piece);
        rest = after;
    }
    cut
}

/// Whether both took the answer.
fn compare(runtime: &Runtime, bytes: &[u8], sizes: &[usize]) -> Result<bool, TestCaseError> {
    let ours = by_us(bytes, sizes);
    let hypers = runtime.block_on(by_hyper(bytes, sizes));
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let is_on_purpose = ours.is_none() && STRICTER.iter().any(|(_, applies)| applies(&text));
    prop_assert!(
        ours == hypers || is_on_purpose,
        "ours {ours:?}\nhyper {hypers:?}\non {:?}",
        String::from_utf8_lossy(bytes)
    );
    prop_assert_eq!(&ours, &by_us(bytes, &[]), "the pieces make a difference");
    Ok(hypers.is_some() && ours.is_some())
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// The same cases in every run; another seed is one environment variable away.
fn config(cases: u32) -> ProptestConfig {
    let seed = std::env::var("PROPTEST_RNG_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Fixed(seed.unwrap_or(0x7472_7463)),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

#[test]
fn whole_and_damaged_answers_come_out_as_hypers_do() {
    let runtime = runtime();
    let taken = Cell::new(0);
    proptest!(config(CASES), |(whole in answer(), damage in damage(), sizes in sizes())| {
        if compare(&runtime, &damaged(whole, &damage), &sizes)? {
            taken.set(taken.get() + 1);
        }
    });
    let taken = taken.get();
    assert!(
        (CASES / 4..CASES * 3 / 4).contains(&taken),
        "{taken} of {CASES} taken: one-sided cases"
    );
}

#[test]
fn arbitrary_bytes_never_panic_nor_pass_a_bound() {
    let runtime = runtime();
    let start = prop_oneof![
        Just(""),
        Just("HTTP/1.1 200 OK\r\n"),
        Just("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..300);
    proptest!(config(1000), |(start in start, bytes in bytes, sizes in sizes())| {
        let all = [start.as_bytes(), &bytes].concat();
        compare(&runtime, &all, &sizes)?;
    });
}

#[test]
fn each_difference_from_hyper_is_one_on_purpose_and_is_there() {
    let runtime = runtime();
    for (n, head) in [
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
    ]
    .iter()
    .enumerate()
    {
        let bytes = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        assert!(STRICTER[n].1(&bytes.to_lowercase()), "{}", STRICTER[n].0);
        assert_eq!(by_us(bytes.as_bytes(), &[]), None);
        assert_eq!(
            runtime.block_on(by_hyper(bytes.as_bytes(), &[])),
            Some((200, b"abc".to_vec()))
        );
    }
}

#[test]
fn long_answers_and_small_pieces_come_out_as_hypers_do() {
    let runtime = runtime();
    let body = "x".repeat(300_000);
    let chunks = "7fff\r\n".to_owned() + &"y".repeat(0x7fff) + "\r\n";
    for bytes in [
        format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\n\r\n{body}"),
        format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}0\r\n\r\n",
            chunks.repeat(9)
        ),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: {}\r\n\r\n",
            "z".repeat(16_000)
        ),
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n{}\r\n",
            "A: b\r\n".repeat(HEADER_COUNT)
        ),
    ] {
        for sizes in [vec![1448], vec![1, 4096], vec![100_000], vec![]] {
            compare(&runtime, bytes.as_bytes(), &sizes).unwrap();
        }
    }
}

/// The start of an answer in chunks.
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Answers that lenient and strict readers see with other eyes, each in two parts.
const ODDITIES: &[(&str, &str)] = &[
    ("", "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.1 200 OK\nContent-Length: 1\n\nx"),
    ("", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.1 200 \r\nContent-Length : 1\r\n\r\nx"),
    (
        "",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 1\r\n\r\nx",
    ),
    ("", "HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 1\r\n\r\nx"),
    (
        "",
        "HTTP/1.1 200 OK\r\nA: b\0\r\nContent-Length: 1\r\n\r\nx",
    ),
    (
        "",
        "HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
    ),
    ("", "HTTP/1.1 200 x\r\nContent-Length: 2, 1\r\n\r\nxy"),
    ("", "http/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.1 20 OK\r\n\r\nx"),
    ("", "HTTP/1.1 099 OK\r\n\r\nx"),
    ("", "HTTP/1.1 999 OK\r\n\r\nx"),
    (
        "",
        "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ),
    ("", "HTTP/1.1 304 x\r\nContent-Length: 100\r\n\r\n"),
    ("", "HTTP/1.1 304 x\r\nContent-Length: -100\r\n\r\n"),
    (
        "",
        "HTTP/1.1 100 x\r\nContent-Length: x\r\n\r\nHTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n",
    ),
    (
        "",
        "HTTP/1.1 200 x\r\nContent-Length: 18446744073709551616\r\n\r\n",
    ),
    (
        "",
        "HTTP/1.1 200 x\r\nContent-Length: 00000000000000000000000001\r\n\r\nx",
    ),
    (CHUNKED, "1\nx\r\n0\r\n\r\n"),
    (CHUNKED, "1\r\nx\n0\r\n\r\n"),
    (CHUNKED, "1\r\nx\r\n0\r\n\n"),
    (CHUNKED, "1\r\nx\r\n0\r\nA: b\n\r\n"),
    (CHUNKED, "1\r\nx\r\n0\r\nA: b\n\n"),
    (CHUNKED, "1\r\nx\r\n0\r\nA: b\nC: d\r\n\r\n"),
    (CHUNKED, "1\r\nx\r\n0\r\nA: b\r\n c\r\n\r\n"),
    (CHUNKED, "1\r\nx\r\n0\r\nno field\r\n\r\n"),
    (CHUNKED, "1 \t ;a\r\nx\r\n0\r\n\r\n"),
    (CHUNKED, " 1\r\nx\r\n0\r\n\r\n"),
    (CHUNKED, "1;a\rb\r\nx\r\n0\r\n\r\n"),
    (CHUNKED, "0x1\r\nx\r\n0\r\n\r\n"),
    (CHUNKED, "00000000000000000001\r\nx\r\n0\r\n\r\n"),
    (CHUNKED, "0"),
    (CHUNKED, "0\r\n\r"),
    (CHUNKED, ""),
];

#[test]
fn hand_written_oddities_come_out_as_hypers_do() {
    let runtime = runtime();
    for (start, rest) in ODDITIES {
        let bytes = format!("{start}{rest}");
        for sizes in [vec![], vec![1], vec![start.len() + 3]] {
            compare(&runtime, bytes.as_bytes(), &sizes).unwrap();
        }
    }
}
