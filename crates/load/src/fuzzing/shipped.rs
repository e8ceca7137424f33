//! The dialects that ship with the program, parsed once.

use std::sync::LazyLock;

use trtc_wire::dialect::{Dialect, SHIPPED};

/// Each with its name.
pub(super) static DIALECTS: LazyLock<Vec<Dialect>> = LazyLock::new(|| {
    let parsed = SHIPPED
        .iter()
        .filter_map(|(name, text)| Dialect::parse(text, name).ok());
    parsed.collect()
});

/// An answer as the inputs write one: its status in decimal, then its body from the first byte that is no digit; that
/// byte is left out where it is white space. Without digits the status is 200.
pub(super) fn status_and_body(input: &[u8]) -> (u16, &[u8]) {
    let digits = input
        .iter()
        .take(3)
        .take_while(|byte| byte.is_ascii_digit());
    let (count, status) = digits.fold((0, 0), |(count, status), digit| {
        (count + 1, status * 10 + u16::from(digit - b'0'))
    });
    let body = &input[count..];
    let body = body
        .strip_prefix(b"\n")
        .or_else(|| body.strip_prefix(b" "))
        .unwrap_or(body);
    (if count == 0 { 200 } else { status }, body)
}
