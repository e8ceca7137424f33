//! The table of a service's error codes.

use std::collections::BTreeMap;

use super::super::codes::Codes;
use super::compile::check_plain;
use crate::session::{Code, CodeClass};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;

const KEYS: &[&str] = &["renew", "ticket", "fix", "wait", "person", "quota"];

/// Lists of codes and what those in them ask of a device.
const CLASSES: &[(&str, CodeClass)] = &[
    ("renew", CodeClass::RenewUserSig),
    ("ticket", CodeClass::TicketFault),
    ("fix", CodeClass::Fix),
    ("person", CodeClass::Person),
    ("quota", CodeClass::Quota),
];

/// The longest that a code may ask to wait.
const LONGEST_WAIT: Micros = Micros::from_secs(3600);

/// The codes, those of the documents where the key is missing.
pub(super) fn read(value: Option<&Value<'_>>) -> Option<Codes> {
    let Some(value) = value else {
        return Some(Codes::Tencent);
    };
    if value.as_text() == Some("tencent") {
        return Some(Codes::Tencent);
    }
    if !value.is_table() {
        value.fault(
            FaultKind::CodesForm,
            "`codes` is neither \"tencent\" nor a table",
            "write `codes = \"tencent\"`, or a table [codes]",
        );
        return None;
    }
    let table = value.table(KEYS)?;
    let mut codes = BTreeMap::new();
    for (key, class) in CLASSES {
        for item in table.get(key).and_then(Value::list).unwrap_or_default() {
            put(&mut codes, &item, code(&item), *class);
        }
    }
    for item in table.get("wait").and_then(Value::list).unwrap_or_default() {
        read_wait(&mut codes, &item);
    }
    Some(Codes::Own(codes))
}

/// `{ code = "M_LIMIT_EXCEEDED", for = "5s" }`
fn read_wait(codes: &mut BTreeMap<Code, CodeClass>, item: &Value<'_>) {
    let Some(table) = item.table(&["code", "for"]) else {
        return;
    };
    let code = field(&table, "code", "code = 70050").and_then(|value| code(&value));
    let length = field(&table, "for", "for = \"60s\"")
        .and_then(|value| value.span(Micros::ZERO..=LONGEST_WAIT));
    if let Some(length) = length {
        put(codes, item, code, CodeClass::Wait(length));
    }
}

fn field<'d>(table: &Table<'d>, key: &str, example: &str) -> Option<Value<'d>> {
    table.need(key, example).cloned()
}

fn put(
    codes: &mut BTreeMap<Code, CodeClass>,
    at: &Value<'_>,
    code: Option<Code>,
    class: CodeClass,
) {
    let Some(code) = code else { return };
    if codes.contains_key(&code) {
        at.fault(
            FaultKind::CodeTwice,
            format!("the code {code} stands in two places of `codes`"),
            "keep it in one of them",
        );
    }
    codes.insert(code, class);
}

/// A code as a file writes it: a number or a name.
pub(super) fn code(value: &Value<'_>) -> Option<Code> {
    if let Some(number) = value.as_whole() {
        return Some(Code::Number(number));
    }
    if let Some(name) = value
        .as_text()
        .filter(|name| (1..=64).contains(&name.len()))
    {
        check_plain(value, name);
        return Some(Code::from(name));
    }
    let what = format!("`{}` is no error code", value.path());
    value.fault(
        FaultKind::NoCode,
        what,
        "write a number such as 70001, or a name of 1 to 64 bytes such as \"M_FORBIDDEN\"",
    );
    None
}
