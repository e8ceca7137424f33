//! `trtc-load mau --against`: a log beside answers of `getappinfo` that this test writes as the documents have them.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

use crate::golden::golden;
use crate::program::{Ended, Place};

/// November 2026 in Beijing's days: account `n` of 30 logs in at noon of every day that `n % 5 + 1` divides, with the offset
/// written. On each day one login fails.
fn log() -> String {
    let mut text = String::from("time,user_id,sdkappid,result\n");
    for day in 1..=30 {
        for account in (0..30).filter(|account| day % (account % 5 + 1) == 0) {
            writeln!(
                text,
                "2026-11-{day:02}T12:00:00+08:00,u{account},1400000001,ok"
            )
            .unwrap();
        }
        writeln!(text, "2026-11-{day:02}T23:59:59+08:00,u0,1400000001,ok").unwrap();
        writeln!(text, "2026-11-{day:02}T12:00:00+08:00,x,1400000001,refused").unwrap();
    }
    text
}

/// What Tencent would count of that: accounts and logins of a day.
fn counted(day: u32) -> (u32, u32) {
    let accounts = (1..=5).filter(|every| day.is_multiple_of(*every)).count();
    let accounts = 6 * u32::try_from(accounts).unwrap();
    (accounts, accounts + 1)
}

/// An answer with `change` made to each day's row.
fn answer(change: impl Fn(u32, &mut Value)) -> String {
    let rows = (1..=30).map(|day| {
        let (accounts, logins) = counted(day);
        let mut row = json!({
            "AppId": "1400000001", "Date": format!("202611{day:02}"), "ActiveUserNum": accounts.to_string(),
            "LoginUserNum": accounts.to_string(), "LoginTimes": logins.to_string(), "MaxOnlineNum": "9",
        });
        change(day, &mut row);
        row
    });
    let rows: Vec<Value> = rows.filter(|row| !row.is_null()).collect();
    json!({"ActionStatus": "OK", "ErrorCode": 0, "ErrorInfo": "OK", "Result": rows}).to_string()
}

fn mau(answer: &str, arguments: &[&str]) -> Ended {
    let place = Place::new();
    fs::write(place.path().join("logins.csv"), log()).unwrap();
    fs::write(place.path().join("appinfo.json"), answer).unwrap();
    let words = ["mau", "logins.csv", "--against", "appinfo.json"];
    place.run(&[&words, arguments].concat())
}

fn json_of(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|fault| panic!("{fault}: {}", ended.said()))
}

const AS_JSON: [&str; 4] = ["--tolerance", "0", "--output", "json"];

#[test]
fn a_log_that_tencent_counts_alike_agrees_to_the_unit_in_whatever_zone_the_rest_is() {
    for zone in ["UTC", "Asia/Shanghai", "America/New_York"] {
        let ended = mau(
            &answer(|_, _| {}),
            &[&["--time-zone", zone], &AS_JSON[..]].concat(),
        );
        assert_eq!(ended.code, Some(0), "{zone} {}", ended.said());
        let against = &json_of(&ended)["against"];
        assert_eq!(
            (&against["agreeing"], &against["differing"]),
            (&json!(30), &json!(0))
        );
        assert_eq!(against["days"][11]["accounts"]["log"], counted(12).0);
        assert_eq!(against["days"][11]["log_failures"], 1);
        assert_eq!(
            against["days"][11]["peak_online"],
            json!({
                "log": null, "tencent": 9, "difference": null, "share": null
            })
        );
        let said = against["projection"]["said"][0].as_str().unwrap();
        assert!(
            said.contains("rests on days that Tencent counts too"),
            "{said}"
        );
    }
}

#[test]
fn each_kind_of_difference_has_its_reason() {
    let set = |row: &mut Value, name: &str, more: i64, day: u32| {
        let (accounts, logins) = counted(day);
        let number = if name == "LoginTimes" {
            logins
        } else {
            accounts
        };
        row[name] = (i64::from(number) + more).to_string().into();
    };
    // Where the failures are counted, where logins are missing, where rows are twice, accounts that one side lacks.
    for (name, more, reason) in [
        ("LoginTimes", 1, "failures_counted"),
        ("LoginTimes", 5, "logins_unseen"),
        ("LoginTimes", -3, "rows_twice"),
        ("LoginUserNum", 2, "log_covers_part"),
        ("LoginUserNum", -2, "names_differ"),
    ] {
        let text = answer(|day, row| {
            if day == 12 {
                set(row, name, more, day);
            }
        });
        let ended = mau(&text, &AS_JSON);
        assert_eq!(ended.code, Some(1), "{reason} {}", ended.said());
        let against = &json_of(&ended)["against"];
        assert_eq!(against["differing"], 1, "{reason}");
        assert_eq!(against["days"][11]["reasons"], json!([reason]));
        // The same difference within what is borne: 50 % of it.
        let borne = mau(&text, &["--tolerance", "50"]);
        assert_eq!(borne.code, Some(0), "{reason} {}", borne.said());
        // Without a tolerance it is shown and not judged.
        assert_eq!(mau(&text, &[]).code, Some(0));
    }
}

#[test]
fn what_one_side_does_not_cover_is_not_judged_and_zeros_and_shifts_are() {
    let logins = |row: &mut Value, day: u32, more: i64| {
        row["LoginTimes"] = (i64::from(counted(day).1) + more).to_string().into();
    };
    let text = answer(|day, row| match day {
        1 => logins(row, day, 1),
        12 => logins(row, day, 10),
        13 => logins(row, day, -3),
        14 => logins(row, day, 3),
        20 => {
            for name in [
                "ActiveUserNum",
                "LoginUserNum",
                "LoginTimes",
                "MaxOnlineNum",
            ] {
                row[name] = "0".into();
            }
        }
        _ => {}
    });
    let against = &json_of(&mau(&text, &AS_JSON))["against"];
    for (day, standing, reasons) in [
        (1, "not_judged", json!(["log_begins"])),
        (2, "agrees", json!([])),
        (12, "differs", json!(["logins_unseen"])),
        (13, "differs", json!(["rows_twice", "shifted"])),
        (14, "differs", json!(["logins_unseen", "shifted"])),
        (20, "differs", json!(["blank"])),
    ] {
        let found = &against["days"][day - 1];
        assert_eq!(found["standing"], standing, "{found}");
        assert_eq!(found["reasons"], reasons, "{found}");
    }
    let sentences = against["reasons"].as_array().unwrap();
    assert_eq!(sentences.len(), 5, "{sentences:?}");
}

#[test]
fn times_without_an_offset_are_of_the_zone_that_is_named() {
    let place = Place::new();
    let bare = log().replace("+08:00", "");
    fs::write(place.path().join("logins.csv"), bare).unwrap();
    fs::write(place.path().join("appinfo.json"), answer(|_, _| {})).unwrap();
    let told = |zone: &str| {
        let words = [
            "mau",
            "logins.csv",
            "--against",
            "appinfo.json",
            "--time-zone",
            zone,
        ];
        json_of(&place.run(&[&words, &["--output", "json"][..]].concat()))["against"].clone()
    };
    assert_eq!(told("Asia/Shanghai")["agreeing"], 30);
    // Noon of New York is the next day's first hour in Beijing.
    let wrong = told("America/New_York")["days"][11].clone();
    let reasons = wrong["reasons"].as_array().unwrap();
    assert!(reasons.contains(&"unzoned".into()), "{wrong}");
    assert_eq!(wrong["accounts"]["log"], counted(11).0, "{wrong}");
    // Noon of another day, in a zone in which that is right, is moved back.
    let tokyo = log()
        .replace("T12:00:00+08:00", "T13:00:00")
        .replace("-11-01T23:59:59+08:00", "-11-01T23:00:00");
    let tokyo = tokyo.replace("T23:59:59+08:00", "T14:00:00");
    fs::write(place.path().join("logins.csv"), tokyo).unwrap();
    assert_eq!(told("Asia/Tokyo")["agreeing"], 30);
}

#[test]
fn a_day_that_the_answer_lacks_is_no_pass() {
    let ended = mau(
        &answer(|day, row| {
            if day == 12 {
                *row = Value::Null;
            }
        }),
        &AS_JSON,
    );
    assert_eq!(ended.code, Some(4), "{}", ended.said());
    let against = &json_of(&ended)["against"];
    assert_eq!(against["days"][11]["standing"], "not_judged");
    assert_eq!(against["days"][11]["reasons"], json!(["not_in_answer"]));
    assert_eq!(against["days"][11]["accounts"]["tencent"], Value::Null);
}

#[test]
fn a_month_of_which_the_log_lacks_accounts_has_its_projection_refuted() {
    let text = answer(|day, row| {
        if day == 28 {
            row["LoginUserNum"] = "500".into();
        }
    });
    let ended = mau(&text, &[&["--as-of", "2026-11-20"], &AS_JSON[..]].concat());
    let said = json_of(&ended)["against"]["projection"]["said"].to_string();
    assert!(said.contains("500") && said.contains("refuted"), "{said}");
    let early = answer(|day, row| {
        if day == 8 {
            row["LoginUserNum"] = "500".into();
        }
    });
    let ended = mau(&early, &[&["--as-of", "2026-11-20"], &AS_JSON[..]].concat());
    let projection = &json_of(&ended)["against"]["projection"];
    // The log has 30 accounts in all.
    assert_eq!(projection["missing_at_least"], 470);
}

#[test]
fn people_read_the_days_side_by_side() {
    let text = answer(|day, row| {
        if day == 12 {
            row["LoginTimes"] = "99".into();
        }
    });
    let ended = mau(&text, &["--time-zone", "Asia/Shanghai", "--tolerance", "1"]);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    golden("mau-against.txt", &ended.stdout);
}

/// Rows of an answer, each with what is wrong with it.
const BAD_ROWS: &[(&str, &str)] = &[
    (
        r#"{"Date":"20261101","LoginTimes":12}"#,
        "appinfo.json: Result[0].LoginTimes\n  12 is no text",
    ),
    (
        r#"{"Date":20261101,"LoginTimes":"1"}"#,
        "appinfo.json: Result[0].Date\n  20261101 is no text",
    ),
    (
        r#"{"Date":"2026-11-01","LoginTimes":"1"}"#,
        "is no day such as",
    ),
    (
        r#"{"Date":"20260230","LoginTimes":"1"}"#,
        "is no day such as",
    ),
    (
        r#"{"Date":"20261101","LoginTimes":"-1"}"#,
        "\"-1\" is no whole number",
    ),
    (
        r#"{"Date":"20261101","LoginTimes":"1.5"}"#,
        "\"1.5\" is no whole number",
    ),
    (
        r#"{"Date":"20261101","LoginTimes":""}"#,
        "\"\" is no whole number",
    ),
    (
        r#"{"Date":"20261101","LoginTimes":"99999999999999999999"}"#,
        "is no whole number",
    ),
    (r#"{"Date":"20261101"}"#, "no day has LoginUserNum"),
    (r#"{"LoginTimes":"1"}"#, "the row has no Date"),
    ("7", "it is no object with a Date"),
    (
        r#"{"Date":"20261101","LoginTimes":"1"},{"Date":"20261101","LoginTimes":"1"}"#,
        "2026-11-01 is there twice",
    ),
    ("", "Result\n  it is empty"),
    (
        r#"{"AppId":"5","Date":"20261101","LoginTimes":"1"},{"AppId":"6","Date":"20261102","LoginTimes":"1"}"#,
        "app 5 and of app 6",
    ),
    (
        r#"{"Date":"20200101","LoginUserNum":"1","LoginTimes":"1"}"#,
        "no day is in both",
    ),
];

/// Whole answers, each with what is wrong with it.
const BAD_ANSWERS: &[(&str, &str)] = &[
    (
        r#"{"ActionStatus":"FAIL","ErrorCode":70003,"ErrorInfo":"bad sig"}"#,
        "refused with 70003 (UserSig is illegal or cut): bad sig",
    ),
    (
        r#"{"ErrorCode":60009,"ErrorInfo":""}"#,
        "name an administrator",
    ),
    (r#"{"ErrorCode":"none","Result":[]}"#, "it has no ErrorCode"),
    (
        r#"{"ErrorCode":"70003","Result":[]}"#,
        "refused with 70003 (",
    ),
    (r#"{"ErrorCode":0}"#, "no list `Result`"),
    ("[]", "no object with ErrorCode"),
    ("<html>\n502", "appinfo.json:1:1\n  this is not JSON"),
    ("", "this is not JSON"),
];

#[test]
fn an_answer_that_is_none_is_refused_with_its_place_and_a_way_out() {
    let row = |text: &str| format!(r#"{{"ErrorCode":0,"Result":[{text}]}}"#);
    let rows = BAD_ROWS.iter().map(|(text, said)| (row(text), *said));
    let answers = BAD_ANSWERS
        .iter()
        .map(|(text, said)| ((*text).to_owned(), *said));
    let long = format!("{}{}", row(BAD_ROWS[8].0), " ".repeat(1 << 20));
    for (text, said) in rows.chain(answers).chain([(long, "longer than 1 MiB")]) {
        let ended = mau(&text, &[]);
        let shown: String = text.chars().take(120).collect();
        assert_eq!(ended.code, Some(2), "{shown}: {}", ended.said());
        assert!(ended.stderr.contains(said), "{shown}: {}", ended.said());
        assert!(ended.stderr.contains("try: "), "{}", ended.said());
    }
}

#[test]
fn what_is_wrong_with_the_arguments_is_said() {
    let good = answer(|_, _| {});
    for (arguments, said) in [
        (&["--tolerance", "101"][..], "--tolerance\n"),
        (
            &["--against-app", "1400000002"],
            "the answer is of app 1400000001",
        ),
        (
            &["--against-app", "ios"],
            "`1400000001`, and ios is none of them",
        ),
    ] {
        let ended = mau(&good, arguments);
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.contains(said), "{}", ended.said());
    }
    let place = Place::new();
    fs::write(place.path().join("appinfo.json"), good).unwrap();
    for (arguments, said) in [
        (
            &["-", "--against", "appinfo.json"][..],
            "it can be read only once",
        ),
        (&["x.csv", "--tolerance", "1"], "--against"),
        (&["x.csv", "--against", "."], "it is a folder"),
        (&["x.csv", "--against", "none.json"], "none.json"),
    ] {
        let ended = place.run(&[&["mau"], arguments].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.said());
        assert!(ended.stderr.contains(said), "{}", ended.said());
    }
}
