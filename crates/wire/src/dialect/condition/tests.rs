//! Conditions on answers: what stands in each item of a list, what is missing, and what nobody told of.

use crate::dialect::{Dialect, Judged, Taken};
use crate::session::{AnswerFault, Code, Operation};

/// What the shipped check of accounts makes of an answer to a request that named so many.
fn checked(body: &str, named: usize) -> Judged {
    let dialect = Dialect::parse(Dialect::shipped("tencent-rest").unwrap(), "rest").unwrap();
    let request = dialect.request(Operation::AccountCheck).unwrap();
    request.judge_of_many(200, body.as_bytes(), named).0
}

fn items(states: &[&str]) -> String {
    let item = |state: &&str| format!(r#"{{"ResultCode":0,"AccountStatus":"{state}"}}"#);
    let items: Vec<_> = states.iter().map(item).collect();
    format!(r#"{{"ErrorCode":0,"ResultItem":[{}]}}"#, items.join(","))
}

fn said(words: &str) -> Judged {
    Judged::Refused {
        status: 200,
        code: Some(Code::Said(words.into())),
    }
}

fn lacks(place: &str) -> Judged {
    Judged::Malformed(AnswerFault::Lacks(place.into()))
}

#[test]
fn one_item_among_many_that_is_otherwise_is_no_success() {
    let mut states = ["Imported"; 100];
    assert_eq!(
        checked(&items(&states), 100),
        Judged::Success(Taken::default())
    );
    for at in [0, 57, 99] {
        states[at] = "NotImported";
        let words = "HTTP 200, /ResultItem/*/AccountStatus is \"NotImported\"";
        assert_eq!(checked(&items(&states), 100), said(words), "{at}");
        states[at] = "Imported";
    }
}

#[test]
fn an_answer_that_is_silent_about_an_account_is_no_success() {
    let place = "an item of /ResultItem for each account";
    assert_eq!(checked(&items(&["Imported"; 99]), 100), lacks(place));
    assert_eq!(checked(&items(&[]), 1), lacks(place));
    // One more than was asked for hides nothing.
    assert_eq!(
        checked(&items(&["Imported"; 3]), 2),
        Judged::Success(Taken::default())
    );
}

#[test]
fn a_list_that_is_missing_or_is_none_is_told_by_its_place() {
    for body in [
        r#"{"ErrorCode":0}"#,
        r#"{"ErrorCode":0,"ResultItem":{}}"#,
        r#"{"ErrorCode":0,"ResultItem":[{"AccountStatus":"Imported"}]}"#,
        r#"{"ErrorCode":0,"ResultItem":[{"ResultCode":0},{"ResultCode":0,"AccountStatus":"Imported"}]}"#,
        // The key that stands last counts, with nothing of what the first one held.
        r#"{"ErrorCode":0,"ResultItem":[{"ResultCode":0,"AccountStatus":"Imported"}],"ResultItem":1}"#,
    ] {
        let judged = checked(body, 1);
        assert!(
            matches!(&judged, Judged::Malformed(AnswerFault::Lacks(place)) if place.starts_with("/ResultItem/*/")),
            "{body}: {judged:?}"
        );
    }
}

#[test]
fn the_code_of_an_item_is_told_and_the_answers_own_code_comes_first() {
    let failed = r#"{"ErrorCode":0,"ResultItem":[{"ResultCode":70402,"AccountStatus":""}]}"#;
    assert_eq!(
        checked(failed, 1),
        Judged::Refused {
            status: 200,
            code: Some(Code::Number(70402)),
        }
    );
    let refused = failed.replacen(":0", ":70500", 1);
    let code = Some(Code::Number(70500));
    assert_eq!(checked(&refused, 1), Judged::Refused { status: 200, code });
}

#[test]
fn each_way_to_say_a_condition_holds_what_it_says() {
    let judged = |condition: &str, body: &str| {
        let text = format!(
            "version = 1\nname = \"x\"\n[operations.status]\npath = \"/s\"\nsuccess = {{ and = [{{ pointer = \"/a/*/b/*\", {condition} }}] }}\n"
        );
        let dialect = Dialect::parse(&text, "x").unwrap_or_else(|faults| panic!("{faults:?}"));
        let request = dialect.request(Operation::Status).unwrap();
        matches!(request.judge(200, body.as_bytes()), Judged::Success(_))
    };
    let (nested, empty) = (r#"{"a":[{"b":[1,2]},{"b":[3]}]}"#, r#"{"a":[{"b":[]}]}"#);
    for (condition, body, holds) in [
        ("one_of = [1, 2, 3]", nested, true),
        ("one_of = [1, 2]", nested, false),
        ("equals = 1", nested, false),
        ("exists = true", nested, true),
        ("exists = false", nested, false),
        ("exists = false", empty, true),
        ("exists = false", "{}", true),
        ("exists = true", "{}", false),
        ("exists = true", r#"{"a":[{"b":[1]},{}]}"#, false),
        ("equals = 1", "no JSON", false),
    ] {
        assert_eq!(judged(condition, body), holds, "{condition}: {body}");
    }
}

#[test]
fn a_list_longer_than_any_request_is_looked_at_as_far_as_one_can_ask() {
    let body = items(&vec!["Imported"; 30_000]);
    assert_eq!(checked(&body, 10_000), Judged::Success(Taken::default()));
}
