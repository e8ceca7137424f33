//! `trtc-load bill`, as a program.

use std::process::{Command, Output};

use serde_json::{Value, json};
use trtc_load::forecast::bill::SHIPPED;

fn run(line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trtc-load"))
        .args(line.split_whitespace())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts")
}

/// What it prints; it must end well.
fn said(line: &str) -> String {
    let output = run(line);
    let wrong = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{line}: {wrong}");
    String::from_utf8(output.stdout).expect("it prints text")
}

fn json_of(line: &str) -> Value {
    serde_json::from_str(&said(line)).expect("it prints JSON")
}

#[test]
fn a_bill_is_columns_for_people() {
    let text = said("bill --policy chat-standard --mau 25000");
    let table: Vec<_> = text.lines().skip(3).take(4).collect();
    assert_eq!(
        table,
        [
            "charge       used  included  beyond  billed  price  amount",
            "plan            \u{2013}         \u{2013}       \u{2013}       \u{2013}      \u{2013}  399.00",
            "excess-mau  25000     10000   15000   15000  0.015  225.00",
            "total                                               624.00",
        ],
        "{text}"
    );
}

#[test]
fn a_bill_is_json_with_amounts_as_text_and_null_for_what_is_not_known() {
    let bill = json_of("bill --policy profiles/bills/chat-standard.toml --mau 10001 --output json");
    assert_eq!(bill["total"], json!("399.015"));
    assert_eq!(bill["lines"][1]["unit_price"], json!("0.015"));
    assert_eq!(bill["lines"][1]["billed"], json!(1));
    let open = json_of("bill --policy china-roomkit --dau 10001,3 --output json");
    assert_eq!(
        (&open["total"], &open["known"]),
        (&Value::Null, &json!("3374.00"))
    );
    let refused = json_of("bill --policy chat-trial.toml --mau 60,99 --mau 140 --output json");
    assert_eq!(refused["refusals"][0]["first_day"], json!(3));
}

#[test]
fn a_bill_is_csv_with_empty_cells_for_what_is_not_there() {
    let text = said("bill --policy china-im --peak-dau 20001 --output csv");
    assert_eq!(
        text.lines().collect::<Vec<_>>(),
        [
            "charge,per,tier,used,quota,over,block,billed,unit_price,amount",
            "plan,,,,,,,,,1499.00",
            "peak-dau,peak-dau,,20001,0,20001,10000,3,1000.00,3000.00",
            "total,,,,,,,,,4499.00",
        ]
    );
}

#[test]
fn a_contract_fills_what_a_shipped_policy_does_not_know() {
    let line =
        "bill --policy call --mau 3000 --price plan=99.5 --quota excess-mau=1000 --output json";
    assert_eq!(
        json_of(line)["total"],
        json!("129.50"),
        "99.5 + 2000 * 0.015"
    );
}

#[test]
fn the_list_has_each_shipped_policy_with_its_source_and_date() {
    let text = said("bill --list");
    let entries = json_of("bill --list --output json");
    assert_eq!(entries.as_array().map(Vec::len), Some(SHIPPED.len()));
    for ((name, _), entry) in SHIPPED.iter().zip(entries.as_array().into_iter().flatten()) {
        assert_eq!(entry["policy"], json!(name));
        for part in [
            &entry["name"],
            &entry["source"]["where"],
            &entry["source"]["date"],
        ] {
            assert!(text.contains(part.as_str().unwrap_or("missing")), "{name}");
        }
    }
}

#[test]
fn what_makes_no_bill_is_bad_input_with_a_way_out() {
    for (line, words) in [
        (
            "bill --policy nobodys --mau 1",
            "one of the shipped ones: chat-trial",
        ),
        (
            "bill --policy chat-standard",
            "try: give the number (`--mau N`)",
        ),
        ("bill --policy china-im --mau 5", "`--peak-dau N`"),
        (
            "bill --policy china-im --mau 5 --peak-dau 6",
            "6 accounts are active on one day",
        ),
        (
            "bill --policy chat-standard --mau 5 --price plam=1",
            "did you mean `plan`?",
        ),
        (
            "bill --policy chat-standard --mau 12,500",
            "write 12500 for the number",
        ),
        (
            "bill --policy china-im --dau 18,000,20,001",
            "`000` is no whole number",
        ),
        (
            "bill --policy call --mau 5 --price plan=1 --price plan=2",
            "`plan` is set twice",
        ),
        (
            "bill --policy chat-standard --mau 5 --price plan=1e3",
            "not exact",
        ),
        (
            "bill --policy tests/bad_bills/version.toml --mau 5",
            "version.toml:1",
        ),
        ("bill --mau 5", "--policy"),
    ] {
        let output = run(line);
        assert_eq!(output.status.code(), Some(2), "{line}");
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(wrong.contains(words), "{line}: {wrong}");
    }
}

#[test]
fn a_month_gives_the_window_its_days_and_bounds_the_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let bill = folder.path().join("bill.toml");
    for (window, month, said) in [
        (
            "\"calendar-month\"",
            "2028-02",
            "2028-02-01 to 2028-02-29, 29 days",
        ),
        (
            "{ package_from_day = 31 }",
            "2026-01",
            "2026-01-31 to 2026-02-27 23:59:59, 28 days",
        ),
        (
            "{ package_from_day = 31, ends = \"same-day\" }",
            "2028-01",
            "2028-01-31 to 2028-02-29, 30 days",
        ),
        (
            "{ package_from_day = 1, ends = \"same-day\" }",
            "2026-12",
            "2026-12-01 to 2027-01-01, 32 days",
        ),
    ] {
        let text = format!(
            "version = 1\nname = \"x\"\ncurrency = \"USD\"\nbillable = \"login\"\nwindow = {window}\n\
             [[charges]]\nname = \"each\"\nper = \"mau\"\nprice = 1\n"
        );
        std::fs::write(&bill, text).expect("it is writable");
        let bill = bill.display();
        let text = self::said(&format!("bill --policy {bill} --mau 5 --month {month}"));
        assert!(text.contains(&format!("this window is {said}")), "{text}");
        let days: usize = said
            .rsplit(' ')
            .nth(1)
            .and_then(|days| days.parse().ok())
            .expect("days");
        let many = vec!["5"; days].join(",");
        self::said(&format!(
            "bill --policy {bill} --mau {many} --month {month}"
        ));
        let refused = run(&format!(
            "bill --policy {bill} --mau {many},5 --month {month}"
        ));
        assert_eq!(refused.status.code(), Some(2));
    }
    for month in ["2026", "2026-13", "2026-1", "January"] {
        assert_eq!(
            run(&format!("bill --policy call --mau 5 --month {month}"))
                .status
                .code(),
            Some(2)
        );
    }
}
