//! The table is whole, in order, and leads where the documents say.

use std::collections::BTreeSet;

use super::*;

fn of(code: i64) -> &'static CodeEntry {
    tencent_code(&Code::Number(code)).unwrap()
}

#[test]
fn codes_ascend_and_none_comes_twice() {
    let sorted: BTreeSet<i64> = TENCENT_CODES.iter().map(|entry| entry.code).collect();
    let listed: Vec<i64> = TENCENT_CODES.iter().map(|entry| entry.code).collect();
    assert_eq!(listed, Vec::from_iter(sorted));
    assert!(THROTTLES.is_sorted());
}

#[test]
fn every_code_is_found_and_has_words() {
    for entry in TENCENT_CODES {
        let found = of(entry.code);
        assert_eq!(found.code, entry.code);
        assert!(
            !found.meaning.is_empty() && !found.remedy.is_empty(),
            "{}",
            entry.code
        );
    }
}

#[test]
fn only_the_two_documented_codes_renew_the_user_sig_by_themselves() {
    let renewing: Vec<i64> = TENCENT_CODES
        .iter()
        .filter(|entry| entry.class == CodeClass::RenewUserSig)
        .map(|entry| entry.code)
        .collect();
    assert_eq!(renewing, [6206, 70001]);
}

#[test]
fn other_ticket_faults_do_not_log_in_again() {
    for code in [-10004, -10003, -10001, 6226, 70052, 70101] {
        assert_eq!(of(code).class, CodeClass::TicketFault, "{code}");
    }
}

#[test]
fn seventy_thousand_and_fifty_waits_a_minute_and_the_others_the_default() {
    assert_eq!(of(70050).class, CodeClass::Wait(LOCKED_OUT_WAIT));
    for code in [72010, 7008, 9506, 70169, 70500, 60014, -302] {
        assert_eq!(of(code).class, CodeClass::Wait(DEFAULT_WAIT), "{code}");
    }
}

#[test]
fn every_throttle_asks_to_wait() {
    for code in THROTTLES {
        assert!(matches!(of(*code).class, CodeClass::Wait(_)), "{code}");
        assert!(is_throttle(&Code::Number(*code)), "{code}");
    }
    assert!(!is_throttle(&Code::Number(70001)));
    // A number as text is the number.
    assert!(is_throttle(&Code::from("70050")));
    assert!(!is_throttle(&Code::from("M_LIMIT_EXCEEDED")));
}

#[test]
fn a_name_or_an_unknown_number_has_no_entry() {
    assert!(tencent_code(&Code::Name("M_FORBIDDEN".into())).is_none());
    for code in [i64::MIN, -20_010, 0, 70_000, i64::MAX] {
        assert!(tencent_code(&Code::Number(code)).is_none(), "{code}");
    }
}

/// Every code of the SDK's two headers; the numbers alone.
const HEADER: &str = include_str!("header.txt");

#[test]
fn every_code_of_the_header_has_a_row_or_a_reason() {
    let codes: Vec<i64> = HEADER
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|code| code.parse().unwrap())
        .collect();
    assert!(codes.len() > 300, "{}", codes.len());
    for code in codes {
        let has_row = tencent_code(&Code::Number(code)).is_some();
        let has_reason = ABSENT.iter().any(|absent| absent.codes.contains(&code));
        assert!(has_row || has_reason, "{code}");
    }
}

/// Codes of a login in the documents' own table (trtc.io/document/34348): a reason for their whole range is not enough.
const OF_A_LOGIN: &[i64] = &[
    6012, 6013, 6014, 6015, 6017, 6023, 6026, 6200, 6201, 6206, 6207, 6208, 6226, 7003, 7008, 7013,
    7501, 7502, 7508, 9503, 9506, 9507, 9508, 9510, 9511, 9512, 9514, 9517, -302, -10001, -10003,
    -10004, -10101, -10102, -10106, -10112, -10113, -10114, 70001, 70002, 70003, 70005, 70009,
    70013, 70014, 70016, 70020, 70050, 70051, 70052, 70107, 70114, 70169, 70202, 70398, 70399,
    70500, 72000, 72002, 72010, 91101, 60002, 60003, 60004, 60005, 60006, 60007, 60008, 60009,
    60010, 60011, 60012, 60020, 60026,
];

#[test]
fn every_code_of_a_login_has_a_row() {
    let without = OF_A_LOGIN
        .iter()
        .filter(|code| tencent_code(&Code::Number(**code)).is_none());
    let without: Vec<_> = without.collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn reasons_ascend_and_none_overlaps_another() {
    for pair in ABSENT.windows(2) {
        assert!(pair[0].codes.end() < pair[1].codes.start(), "{pair:?}");
    }
    assert!(ABSENT.iter().all(|absent| !absent.codes.is_empty()));
}

#[test]
fn a_code_leads_where_the_header_says() {
    for (codes, class) in [
        (&[6208, 6213, 6255][..], CodeClass::Person),
        (
            &[7501, 7502, 6106, 7508, 6015],
            CodeClass::Wait(DEFAULT_WAIT),
        ),
        (&[-10101, -10106], CodeClass::TicketFault),
        (&[9512, -10102], CodeClass::SdkRecovers),
        (&[-10112, 60004, 60005], CodeClass::Fix),
        (&[7013, 60020], CodeClass::Quota),
    ] {
        for &code in codes {
            assert_eq!(of(code).class, class, "{code}");
        }
    }
    assert!(of(60020).remedy.contains("five minutes"));
    assert!(of(60004).meaning.starts_with("the UserID or the UserSig"));
}

#[test]
fn the_page_has_a_line_for_every_row_and_every_reason() {
    let page = codes_page();
    for entry in TENCENT_CODES {
        assert!(
            page.contains(&format!("\n| {} | {}", entry.code, entry.meaning)),
            "{}",
            entry.code
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| ")).count();
    // Three heads, and a row for each class.
    assert_eq!(rows, TENCENT_CODES.len() + ABSENT.len() + 3 + 7);
}
