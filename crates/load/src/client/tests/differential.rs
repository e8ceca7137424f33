//! The parser against hyper's client on the same bytes, and against arbitrary bytes.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tokio::runtime::Runtime;

use crate::client::HEADER_COUNT;
use crate::client::tests::arbitrary::{answer, damage, damaged, sizes};
use crate::client::tests::hyper::{
    BY_THE_STANDARD, STRICTER, by_hyper, by_us, difference, runtime,
};

/// Answers compared, whole and damaged.
const CASES: u32 = 3000;

/// Whether both took the answer.
fn compare(runtime: &Runtime, bytes: &[u8], sizes: &[usize]) -> Result<bool, TestCaseError> {
    let (ours, hypers) = difference(runtime, bytes, sizes).map_err(|(ours, hypers)| {
        let bytes = String::from_utf8_lossy(bytes);
        TestCaseError::fail(format!("ours {ours:?}\nhyper {hypers:?}\non {bytes:?}"))
    })?;
    prop_assert_eq!(&ours, &by_us(bytes, &[]), "the pieces make a difference");
    Ok(hypers.is_some() && ours.is_some())
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
    let examples = [
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\nx\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    ];
    assert_eq!(examples.len(), STRICTER.len());
    let taken = Some((200, b"abc".to_vec()));
    for ((why, applies), example) in STRICTER.iter().zip(examples) {
        assert!(applies(&example.to_lowercase()), "{why}");
        assert_eq!(by_us(example.as_bytes(), &[]), None, "{why}");
        let hypers = runtime.block_on(by_hyper(example.as_bytes(), &[]));
        assert_eq!(hypers, taken, "{why}");
    }
    let examples = [
        "HTTP/1.7 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked ,\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n c\r\n\r\n",
    ];
    assert_eq!(examples.len(), BY_THE_STANDARD.len());
    for ((why, read), example) in BY_THE_STANDARD.iter().zip(examples) {
        assert_eq!(by_us(example.as_bytes(), &[]), taken, "{why}");
        let hypers = |bytes: &[u8]| runtime.block_on(by_hyper(bytes, &[]));
        assert_ne!(hypers(example.as_bytes()), taken, "{why}");
        assert_eq!(hypers(&read(example.as_bytes())), taken, "{why}");
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
    ("", "HTTP/1.2 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.10 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx"),
    ("", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 1\r\n \r\n\r\nx"),
    (
        "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: , chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
    ),
    (
        "",
        "HTTP/1.1 100 x\r\n\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
    ),
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

#[test]
fn every_seed_of_the_fuzzer_comes_out_as_hypers_do() {
    let runtime = runtime();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/http");
    let mut taken = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for sizes in [vec![], vec![1], vec![7, 20]] {
            taken += usize::from(compare(&runtime, &bytes, &sizes).unwrap());
        }
    }
    assert!(taken > 0, "no seed is an answer");
}
