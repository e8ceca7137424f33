//! What one HTTP/1.1 exchange costs without a socket: `cargo bench --bench exchange --features fuzzing`.
//!
//! A login is rendered, its answer read off a stream in memory, judged, and its token taken out.
#![expect(
    clippy::expect_used,
    reason = "a bench ends at the first thing that is not as it should be"
)]

use divan::{AllocProfiler, Bencher, black_box};
use trtc_load::client::fuzzing::read_answer;
use trtc_load::dialect::{Dialect, Judged, Request, Values};
use trtc_load::session::Operation;

#[global_allocator]
static ALLOCATIONS: AllocProfiler = AllocProfiler::system();

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 26 Nov 2026 00:00:00 GMT\r\n\
    Content-Type: application/json\r\nContent-Length: 58\r\nConnection: keep-alive\r\n\r\n\
    {\"code\":0,\"token\":\"0123456789abcdef\",\"user_id\":\"user_00042\"}";

fn main() {
    divan::main();
}

fn values() -> Values<'static> {
    Values {
        sdk_app_id: 1_400_000_001,
        user_id: "user_00042",
        user_sig: "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLBwqXFqUUGUPHilOzEgoLMFCUrQxMDA2NLIDBWqgUAaoYSZA__",
        platform: "android",
        device_id: "user_00042.0",
        ..Values::default()
    }
}

/// The login's bytes, in memory that is there already.
fn rendered(request: &Request, bytes: &mut Vec<u8>) {
    bytes.clear();
    let extra = "User-Agent: trtc-load\r\n";
    request.render(&values(), "127.0.0.1:8080", extra, bytes);
}

fn session() -> Dialect {
    let text = Dialect::shipped("session").expect("shipped");
    Dialect::parse(text, "session").expect("right")
}

#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let dialect = session();
    let request = dialect.request(Operation::Login).expect("it logs in");
    let mut bytes = Vec::with_capacity(2_048);
    bencher.bench_local(|| {
        rendered(request, &mut bytes);
        let read = read_answer(black_box(ANSWER), &[ANSWER.len()]).expect("an answer");
        let judged = request.judge(read.status, &read.body);
        assert!(matches!(judged, Judged::Success(_)), "{judged:?}");
        judged
    });
}

#[divan::bench]
fn render(bencher: Bencher<'_, '_>) {
    let dialect = session();
    let request = dialect.request(Operation::Login).expect("it logs in");
    let mut bytes = Vec::with_capacity(2_048);
    bencher.bench_local(|| {
        rendered(request, &mut bytes);
        bytes.len()
    });
}
