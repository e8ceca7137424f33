//! The table as a page for people: `docs/codes.md`.

use std::fmt::Write;

use super::{ABSENT, CodeClass, CodeEntry, TENCENT_CODES, is_throttle};
use crate::session::Code;

/// What stands above the rows.
const INTRO: &str = "# Error codes

Made from the table in `crates/wire/src/session/codes/table.rs`: the documented codes of Tencent RTC / Chat that a login path can meet
(trtc.io/document/34348, the SDK's `TIMErrorCode.h`, and for 60xxx cloud.tencent.com/document/product/679/131708). A dialect with
`codes = \"tencent\"` goes by it; one with a table `[codes]` has codes of its own.

A code as text is the code: `\"70001\"` is 70001, and `\"0\"` the success that 0 is. Where the dialect's success is a number, a run counts such
answers in its report: \"codes written as text where a number is documented\". SDKs that compare numbers read them as something else.

| the device | when |
|---|---|
";

/// A class in words.
const fn does(class: CodeClass) -> &'static str {
    match class {
        CodeClass::RenewUserSig => "signs anew, logs in once more",
        CodeClass::TicketFault => "session over, no login by itself",
        CodeClass::Fix => "gives up",
        CodeClass::Wait(_) => "waits",
        CodeClass::Person => "session over, the person decides",
        CodeClass::Quota => "gives up: quota",
        CodeClass::SdkRecovers => "lets the SDK come back",
    }
}

/// The classes, with what a run does about a login that is answered so.
const CLASSES: &[(CodeClass, &str)] = &[
    (
        CodeClass::RenewUserSig,
        "The UserSig expired: a new one and one more login, the operation `relogin`. Refused once more, it gives up.",
    ),
    (
        CodeClass::TicketFault,
        "Another fault of the ticket or the key: the session is over, and a login would be the loop that the SDK's documents warn of.",
    ),
    (
        CodeClass::Fix,
        "Somebody must mend the request, the app or its settings: nothing is tried again.",
    ),
    (
        CodeClass::Wait(super::DEFAULT_WAIT),
        "The login is given up, and the account's next arrival is put off: 10 s, 60 s for 70050. Marked *throttled*, the answer counts as that; others count as failed.",
    ),
    (
        CodeClass::Person,
        "Kicked, or never logged in: the session is over. Only a person logs in again; in a run, the scenario.",
    ),
    (
        CodeClass::Quota,
        "Something must be bought: nothing is tried again.",
    ),
    (
        CodeClass::SdkRecovers,
        "No network: the session goes on, the SDK reconnects, and no login follows.",
    ),
];

/// The table as Markdown: every code with a row, then every range without one and why.
#[must_use]
pub fn codes_page() -> String {
    let mut out = INTRO.to_owned();
    for (class, when) in CLASSES {
        line(&mut out, &[does(*class), when]);
    }
    out.push_str(
        "\n## Codes with a row\n\n| code | means | the device | what to do |\n|---|---|---|---|\n",
    );
    for entry in TENCENT_CODES {
        let code = entry.code.to_string();
        line(
            &mut out,
            &[&code, entry.meaning, &leads(entry), entry.remedy],
        );
    }
    out.push_str(
        "\n## Codes of the header without one\n\nA code that stands in no row is a failure that nothing mends, whatever it is. A range here has codes with a row above, too: what is\nsaid here is of its others.\n\n\
         | codes | why |\n|---|---|\n",
    );
    for absent in ABSENT {
        let (first, last) = (absent.codes.start(), absent.codes.end());
        let codes = if first == last {
            first.to_string()
        } else {
            format!("{first} to {last}")
        };
        line(&mut out, &[&codes, absent.reason]);
    }
    out
}

fn leads(entry: &CodeEntry) -> String {
    let does = does(entry.class);
    if is_throttle(&Code::Number(entry.code)) {
        format!("{does}, *throttled*")
    } else {
        does.to_owned()
    }
}

fn line(out: &mut String, cells: &[&str]) {
    // Writing to a String does not fail.
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}
