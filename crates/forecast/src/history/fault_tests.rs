//! Logs that are refused, and rows that are left out: with their place.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::tests::{input, log, settings};
use super::{Fault, Reason, read};
use trtc_base::error::Explain;

fn fault(text: impl Into<Vec<u8>>) -> Fault {
    read(vec![input("log.csv", text)], &settings("UTC"))
        .map(|_| ())
        .unwrap_err()
}

/// Holds a fault of each text against its place, a part of what it says and a part of what to do.
fn check<const N: usize>(cases: [(Vec<u8>, &str, &str, &str); N]) {
    for (text, place, what, remedy) in cases {
        let fault = fault(text);
        assert_eq!(fault.place(), place, "{fault}");
        assert!(fault.to_string().contains(what), "{fault}");
        assert!(
            fault.remedy().contains(remedy),
            "{fault}: {}",
            fault.remedy()
        );
    }
}

#[test]
fn a_log_that_cannot_be_read_says_where_and_what_to_do() {
    let gz = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    let rows = "a,2026-11-05T10:00:00Z\n".repeat(150);
    let many: String = (0..300)
        .map(|app| format!("a,2026-11-05,app{app}\n"))
        .collect();
    check([
        (
            b"".to_vec(),
            "log.csv",
            "there is no row",
            "a row for each login",
        ),
        (
            b"user,time\n".to_vec(),
            "log.csv",
            "there is no row",
            "a row for each login",
        ),
        (
            format!("user,time,app\n{many}").into(),
            "log.csv:258",
            "more than 256",
            "--app -",
        ),
        (
            format!("user,time\n\"{rows}{}", "x".repeat(70_000)).into(),
            "log.csv:2",
            "longer than 64 KiB",
            "quote",
        ),
        (gz.to_vec(), "log.csv", "cannot be read", "whole"),
        (b"BZh91AY".to_vec(), "log.csv", "bzip2", "bzip2 -dc"),
        (b"\xff\xfeu\0s\0".to_vec(), "log.csv", "UTF-16", "iconv"),
    ]);
}

#[test]
fn a_log_that_is_no_log_of_logins_says_where_and_what_to_do() {
    let rows = "a,2026-11-05T10:00:00Z\n".repeat(150);
    check([
        (
            b"who,when\na,2026-11-05\n".to_vec(),
            "log.csv:1",
            "like an account: there are `who`, `when`",
            "--account 1",
        ),
        (
            b"a,2026-11-05,x\n".to_vec(),
            "log.csv:1",
            "no header",
            "--account 1",
        ),
        (
            b"user,time,code\na,2026-11-05,77\n".to_vec(),
            "log.csv",
            "results are `77`",
            "--success WORD",
        ),
        (
            b"user,time\n,2026-11-05\n".to_vec(),
            "log.csv",
            "no account, first in log.csv:2",
            "--account NAME",
        ),
        (
            b"user,time\na,2027-11-05\n".to_vec(),
            "log.csv",
            "a time in the future",
            "--as-of",
        ),
        (
            format!("user,time\n{rows}b,yesterday\nc,\n").into(),
            "log.csv",
            "2 of 152 rows",
            "--bad-rows 2",
        ),
        (
            b"user,time\nb,yesterday\nb,today\nc,2026-11-05\n".to_vec(),
            "log.csv",
            "2 of 3 rows",
            "--account NAME",
        ),
        (
            b"user,time\na,11/25/2026 10:00\n".to_vec(),
            "log.csv",
            "`11/25/2026 10:00`",
            "2026-11-25 10:00:00",
        ),
        (
            b"user,time,user\na,2026-11-05,b\n".to_vec(),
            "log.csv:1",
            "two columns are called `user`, 1 and 3",
            "--account 1",
        ),
    ]);
}

#[test]
fn faulty_rows_below_the_bound_are_counted_by_reason_with_their_first_line() {
    let mut text = String::from("user;time;app\r\n");
    for row in 0..1_000 {
        write!(text, "u{row};2026-11-05T10:00:00Z;x\r\n").unwrap();
    }
    text +=
        "\r\nb;;x\r\nc;soon;x\r\nd\r\n ;2026-11-05;x\r\ne;later;x\r\n\"f\r\ng\";2026-11-05;x\r\n";
    let log = log(&text);
    let reasons: BTreeMap<String, (u64, u64, &str)> = log
        .rows
        .rejected
        .iter()
        .map(|one| {
            (
                one.reason.to_string(),
                (one.rows, one.line, one.cell.as_str()),
            )
        })
        .collect();
    let want = [
        (Reason::NoTime, (1, 1_003, "")),
        (Reason::UnknownTime, (2, 1_004, "soon")),
        (Reason::TooShort, (1, 1_005, "")),
        (Reason::NoAccount, (1, 1_006, "")),
        (Reason::LineBreak, (1, 1_008, "")),
    ];
    assert_eq!(
        reasons,
        want.map(|(reason, found)| (reason.to_string(), found))
            .into()
    );
    assert_eq!(
        (log.rows.read, log.rows.logins, log.rows.breaks),
        (1_006, 1_000, 1)
    );
}
