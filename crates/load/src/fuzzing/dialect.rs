//! Dialect files, and the requests that they render.

use serde::de::IgnoredAny;

use super::Reached;
use crate::session::Operation;
use trtc_base::error::Explain;
use trtc_wire::dialect::{CallbackValues, Dialect, Push, Values};

/// Values that try to leave the place they stand in. The raw ones, which this program writes itself, are as it writes
/// them.
const HOSTILE: Values<'_> = Values {
    sdk_app_id: u32::MAX,
    user_id: "u\"\\\r\nX: y {token} é\u{0}",
    user_sig: "s/?&=#%\r\n\r\nGET / HTTP/1.1",
    password: "\u{7f}\u{1b}\"}",
    platform: "\n",
    device_id: " d ",
    token: "\"t\\",
    cursor: "c\t",
    admin: "\"a",
    admin_sig: "\\",
    random: "4294967295",
    user_ids: "[\"a\",\"b\"]",
    named: 2,
    callback: CallbackValues {
        path: "/hook",
        client_ip: "::1\r\n",
        opt_platform: "\"",
        event_time: "1629883332497",
        action: "\\u",
        reason: "\"",
        kicked_devices: ",\"KickedDevice\":[{\"Platform\":\"iOS\"}]",
        custom_status: ",\"CustomStatus\":\"x\"",
        event_group: "1",
        event_type: "101",
        callback_ts: "1629883332499",
        event_info: "{\"RoomId\":1}",
        body_sign: "a+/=\r\n",
        signature: "&Sign=1&RequestTime=2",
    },
};

/// A text is a dialect that renders every operation as one HTTP request, or has faults that each name a line of it.
///
/// # Panics
/// Where it is neither.
pub fn dialect(input: &[u8]) -> Reached {
    let Ok(text) = std::str::from_utf8(input) else {
        return Reached::Refused;
    };
    match Dialect::parse(text, "x.toml") {
        Ok(dialect) => {
            // A profile's path is never empty.
            let plain = Values {
                callback: CallbackValues {
                    path: "/",
                    ..CallbackValues::default()
                },
                ..Values::default()
            };
            for values in [&HOSTILE, &plain] {
                render_all(&dialect, values);
            }
            Reached::Accepted
        }
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a reason");
            let lines = 1 + text.bytes().filter(|byte| *byte == b'\n').count();
            for fault in faults {
                assert!((1..=lines).contains(&fault.line()), "{}", fault.place());
                assert!(!fault.to_string().is_empty() && !fault.remedy().is_empty());
            }
            Reached::Refused
        }
    }
}

fn render_all(dialect: &Dialect, values: &Values<'_>) {
    let rendered = |render: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        render(&mut out);
        check_request(&out, values);
    };
    for operation in Operation::ALL {
        if let Some(request) = dialect.request(operation) {
            rendered(&|out| request.render(values, "host:1", "X-Run: 1\r\n", out));
        }
    }
    match dialect.push() {
        Some(Push::WebSocket(push)) => {
            rendered(&|out| push.render(values, "host:1", "X-Run: 1\r\n", "key==", out));
        }
        Some(Push::Events(push)) => {
            rendered(&|out| push.render(values, "host:1", "X-Run: 1\r\n", out));
        }
        Some(Push::Poll(push)) => {
            rendered(&|out| push.render(values, "host:1", "X-Run: 1\r\n", out));
        }
        None => {}
    }
}

/// One request, with nothing behind it.
fn check_request(bytes: &[u8], values: &Values<'_>) {
    let shown = String::from_utf8_lossy(bytes);
    let mut fields = vec![httparse::EMPTY_HEADER; 1024];
    let mut request = httparse::Request::new(&mut fields);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) | Err(_) => 0,
    };
    assert!(head > 0, "no request: {shown:?}");
    let named = |name: &str| -> Vec<&[u8]> {
        let found = request
            .headers
            .iter()
            .filter(|field| field.name.eq_ignore_ascii_case(name));
        found.map(|field| field.value).collect()
    };
    assert_eq!(named("host"), [b"host:1"], "{shown:?}");
    assert_eq!(named("x-run"), [b"1"], "{shown:?}");
    assert!(named("x").is_empty(), "a value became a header: {shown:?}");
    let body = &bytes[head..];
    let stated = named("content-length");
    let length = body.len().to_string();
    let lengths = if body.is_empty() {
        &[][..]
    } else {
        &[length.as_bytes()]
    };
    assert!(
        stated == lengths || (body.is_empty() && stated == [b"0"]),
        "{shown:?}"
    );
    let is_json = named("content-type").iter().any(|kind| contains_json(kind));
    // A value that a step does not have leaves a hole where a number stood.
    if is_json && !body.is_empty() && values.random == HOSTILE.random {
        let read = serde_json::from_slice::<IgnoredAny>(body);
        assert!(read.is_ok(), "the body is no JSON: {shown:?}");
    }
}

fn contains_json(kind: &[u8]) -> bool {
    kind.windows(4).any(|part| part == b"json")
}
