//! Generators of answers: valid ones, nearly valid ones, and what damage makes of them.

use proptest::prelude::*;

fn body() -> impl Strategy<Value = String> {
    "[a-z0-9\r\n:;]{0,40}"
}

/// A body in chunks, with every liberty that a server has.
fn chunked() -> impl Strategy<Value = String> {
    let chunk = (
        "[a-z0-9\r\n]{1,40}",
        0..4_usize,
        "( ?;[a-z]{0,3}(=\"?[a-z\r]?\"?)?| |\t)?",
    );
    let trailer = "([A-Z][a-z-]{0,5}: ?[a-z ]{0,5}\r\n){0,3}";
    (prop::collection::vec(chunk, 0..5), "0{1,3}(;x)?", trailer).prop_map(
        |(chunks, last, trailer)| {
            let written = chunks.into_iter().map(|(data, zeros, extension)| {
                let size = data.len();
                let width = zeros + 2;
                format!("{size:0width$X}{extension}\r\n{data}\r\n")
            });
            format!("{}{last}\r\n{trailer}\r\n", written.collect::<String>())
        },
    )
}

/// An answer that is valid, or nearly so.
pub(super) fn answer() -> impl Strategy<Value = Vec<u8>> {
    let framed = prop_oneof![
        4 => body().prop_map(|body| format!("Content-Length: {}\r\n\r\n{body}", body.len())),
        1 => body().prop_map(|body| format!("content-length: {0}, {0}\r\nContent-Length:{0}\r\n\r\n{body}", body.len())),
        4 => chunked().prop_map(|body| format!("Transfer-Encoding: chunked\r\n\r\n{body}")),
        1 => chunked().prop_map(|body| format!("transfer-encoding:\tChunked \r\n\r\n{body}")),
        1 => chunked().prop_map(|body| format!("Transfer-Encoding: gzip, chunked\r\n\r\n{body}")),
        1 => chunked().prop_map(|body| format!("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{body}")),
        1 => ("[-+0-9a-fx, ]{0,6}", body()).prop_map(|(length, body)| format!("Content-Length: {length}\r\n\r\n{body}")),
        1 => ("[a-z, ]{0,9}", body()).prop_map(|(coding, body)| format!("Transfer-Encoding: {coding}\r\n\r\n{body}")),
        2 => body().prop_map(|body| format!("\r\n{body}")),
    ];
    let interim = "(HTTP/1\\.1 10[0-35] [A-Z]{0,3}\r\n([A-Z]: [a-z]\r\n)?\r\n){0,2}";
    let line = "HTTP/1\\.[01] (200|201|204|304|404|503|[0-9]{3})( OK| | [a-z]{0,4})?\r\n";
    let fields = "(Connection: (close|keep-alive|upgrade)\r\n|X-[a-z]{1,4}: ?[ -~]{0,9}\r\n){0,3}";
    let after = "(HTTP/1\\.1 200 OK\r\n|[a-z]{0,3})?";
    (interim, line, fields, framed, after).prop_map(|(interim, line, fields, framed, after)| {
        format!("{interim}{line}{fields}{framed}{after}").into_bytes()
    })
}

/// Damage: where (a share of the length, in 1/1000), what kind, and a byte that means something to a parser.
pub(super) fn damage() -> impl Strategy<Value = Vec<(usize, u8, u8)>> {
    let telling = prop::sample::select(b"\r\n :;,0159aAfFgxX-+\t\0\x7f\xff\"".to_vec());
    prop::collection::vec((0..1000_usize, 0..5_u8, telling), 0..4)
}

/// `bytes` with that damage done, one after the other.
pub(super) fn damaged(mut bytes: Vec<u8>, damage: &[(usize, u8, u8)]) -> Vec<u8> {
    for &(share, kind, byte) in damage {
        let at = share * bytes.len() / 1000;
        match kind {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, byte),
            2 if at < bytes.len() => bytes[at] = byte,
            3 if at < bytes.len() => drop(bytes.remove(at)),
            4 => bytes.extend_from_within(at..(at + 9).min(bytes.len())),
            _ => {}
        }
    }
    bytes
}

/// Sizes of the pieces that an answer comes in.
pub(super) fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1..8_usize, 1..200_usize], 0..4)
}
