//! The table of a service's error codes.

use std::collections::BTreeMap;

use super::super::codes::Codes;
use super::compile::check_plain;
use crate::session::{Code, CodeClass};
use trtc_base::config::{FaultKind, Form, Key, Raw, Table, Value};
use trtc_base::section;
use trtc_base::units::Micros;

/// How a file writes a code: a number or a name.
pub(super) const CODE: Form = Form::Either(&[Form::Whole(i64::MIN, i64::MAX), NAME]);

const NAME: Form = Form::Like("^[^{}]{1,64}$", "a name of 1 to 64 bytes");

const LIST: Form = Form::List(&CODE, 0, usize::MAX);

/// How a file writes all of them.
pub(super) const FORM: Form = Form::Either(&[Form::Just("tencent"), Form::Table(&CODES)]);

section! {
    /// What the service's error codes ask of a device. A code that stands nowhere is a failure that nothing mends.
    CODES {
        /// Codes of a UserSig that must be renewed: the device logs in once more, with a new one.
        RENEW: Raw = raw("renew", LIST).otherwise("none");
        /// Codes of another fault of the ticket: nothing is tried again.
        TICKET: Raw = raw("ticket", LIST).otherwise("none");
        /// Codes of a fault that somebody must mend in the console or the program.
        FIX: Raw = raw("fix", LIST).otherwise("none");
        /// Codes that ask to wait: the account's next arrival is put off so long.
        WAIT: Raw = raw("wait", Form::List(&Form::Table(&WAITS), 0, usize::MAX)).otherwise("none");
        /// Codes that ask the person to do something, such as to log in again.
        PERSON: Raw = raw("person", LIST).otherwise("none");
        /// Codes of a used-up quota.
        QUOTA: Raw = raw("quota", LIST).otherwise("none");
    }
}

section! {
    /// A code that asks to wait.
    WAITS {
        /// The code.
        CODE_KEY: Raw = raw("code", CODE).needed("70050");
        /// How long.
        FOR: Micros = span("for", Micros::ZERO, Micros::from_secs(3600)).needed("\"60s\"");
    }
}

/// Lists of codes and what those in them ask of a device.
const CLASSES: &[(Key<Raw>, CodeClass)] = &[
    (RENEW, CodeClass::RenewUserSig),
    (TICKET, CodeClass::TicketFault),
    (FIX, CodeClass::Fix),
    (PERSON, CodeClass::Person),
    (QUOTA, CodeClass::Quota),
];

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
    let table = value.open(&CODES)?;
    let mut codes = BTreeMap::new();
    for (key, class) in CLASSES {
        for item in list(&table, key).unwrap_or_default() {
            put(&mut codes, &item, code(&item), *class);
        }
    }
    for item in list(&table, &WAIT).unwrap_or_default() {
        read_wait(&mut codes, &item);
    }
    Some(Codes::Own(codes))
}

/// `{ code = "M_LIMIT_EXCEEDED", for = "5s" }`
fn read_wait(codes: &mut BTreeMap<Code, CodeClass>, item: &Value<'_>) {
    let Some(table) = item.open(&WAITS) else {
        return;
    };
    let code = table.must(&CODE_KEY).and_then(code);
    let length = table.read(&FOR);
    if let Some(length) = length {
        put(codes, item, code, CodeClass::Wait(length));
    }
}

fn list<'d>(table: &Table<'d>, key: &Key<Raw>) -> Option<Vec<Value<'d>>> {
    table.find(key).and_then(Value::list)
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
