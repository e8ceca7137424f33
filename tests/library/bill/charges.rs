//! What each kind of charge says, by hand.

use std::collections::BTreeMap;
use trtc_load::config::Named;

use trtc_load::error::Explain;
use trtc_load::forecast::bill::{
    Active, BillFault, Billable, Counted, Measure, Money, Policy, Usage, Window,
};

use crate::bill::{all, invoice, policy, total};

const EXCESS: &str = "[[charges]]\nname = \"excess\"\nper = \"mau\"\nquota = 1000\nprice = 0.1\n";

fn money(text: &str) -> Money {
    Money::parse(text).expect("an amount")
}

/// Accounts so far, and on each day.
fn by_day(so_far: &[u64], on_day: &[u64]) -> Usage {
    let active = Active {
        in_month: Counted::ByDay(so_far.to_vec()),
        on_day: Counted::ByDay(on_day.to_vec()),
    };
    Usage::of_any_kind(&active, None)
}

#[test]
fn a_tier_begins_right_after_the_one_before_it() {
    let text = "[[charges]]\nname = \"t\"\nper = \"mau\"\nquota = 1000\n\
        tiers = [{ up_to = 2000, price = 0.02 }, { price = 0.01 }]\n";
    let policy = policy("", text);
    for (used, costs, lines) in [
        (0, "0.00", 1),
        (1000, "0.00", 1),
        (1001, "0.02", 1),
        (2000, "20.00", 1),
        (2001, "20.01", 2),
        (12_000, "120.00", 2),
    ] {
        assert_eq!(total(&policy, &all(used)), costs, "{used}");
        assert_eq!(invoice(&policy, &all(used)).lines.len(), lines, "{used}");
    }
}

#[test]
fn a_block_that_was_begun_is_paid_whole() {
    let text = "[[charges]]\nname = \"m\"\nper = \"mau\"\nquota = 100_000_000\nblock = 10_000_000\nprice = 20\n";
    let policy = policy("", text);
    for (used, costs) in [
        (100_000_000, "0.00"),
        (100_000_001, "20.00"),
        (110_000_000, "20.00"),
        (110_000_001, "40.00"),
    ] {
        assert_eq!(total(&policy, &all(used)), costs, "{used}");
    }
}

#[test]
fn nothing_is_rounded_unless_the_policy_says_so_and_then_as_it_says() {
    for (how, of_5, of_15, of_16) in [
        ("half-up", "0.01", "0.02", "0.02"),
        ("half-even", "0.00", "0.02", "0.02"),
        ("up", "0.01", "0.02", "0.02"),
        ("down", "0.00", "0.01", "0.01"),
    ] {
        let keys = format!("rounding = {{ decimals = 2, how = \"{how}\" }}");
        let text = "[[charges]]\nname = \"t\"\nper = \"mau\"\nprice = 0.001\n";
        let (plain, rounded) = (policy("", text), policy(&keys, text));
        for (used, exact, costs) in [
            (5, "0.005", of_5),
            (15, "0.015", of_15),
            (16, "0.016", of_16),
        ] {
            assert_eq!(total(&plain, &all(used)), exact);
            let invoice = invoice(&rounded, &all(used));
            assert_eq!(invoice.known.to_string(), costs, "{how} {exact}");
            assert_eq!(
                invoice.notes,
                [format!("rounded as the policy says, from {exact}")]
            );
        }
        assert!(invoice(&rounded, &all(10)).notes.is_empty());
    }
}

#[test]
fn a_price_that_no_float_holds_is_exact_however_it_is_written() {
    for price in ["0.1", "\"0.1\"", "0.10", "\"0.100000000\""] {
        let policy = policy("", &EXCESS.replace("0.1", price));
        assert_eq!(total(&policy, &all(1003)), "0.30", "{price}");
    }
}

#[test]
fn each_policy_counts_its_own_kind_of_activity() {
    let counts = BTreeMap::from([
        (Billable::Login, 1001),
        (Billable::LoginOrRefresh, 1002),
        (Billable::Device, 1003),
        (Billable::Open, 1004),
        (Billable::DeviceOpen, 1005),
    ]);
    let active = |count: &u64| Active {
        in_month: Counted::Highest(*count),
        on_day: Counted::Unknown,
    };
    let usage = Usage {
        active: counts
            .iter()
            .map(|(kind, count)| (*kind, active(count)))
            .collect(),
        peak_online: None,
    };
    for (kind, costs) in Billable::all().zip(["0.10", "0.20", "0.30", "0.40", "0.50"]) {
        let text = format!(
            "version = 1\nname = \"x\"\ncurrency = \"EUR\"\nbillable = \"{}\"\nwindow = {{ package_from_day = 15 }}\n{EXCESS}",
            kind.name()
        );
        let policy = Policy::parse(&text, "x.toml").expect("a policy");
        assert_eq!(policy.billable(), kind);
        assert_eq!(policy.window(), Window::PackageFromDay(15));
        let same = text.replace("= 15 }", "= 15, ends = \"same-day\" }");
        let policy = Policy::parse(&same, "x.toml").expect("a policy");
        assert_eq!(policy.window(), Window::PackageToSameDay(15));
        assert_eq!(total(&policy, &usage), costs);
    }
}

#[test]
fn what_is_not_counted_is_asked_for_and_never_taken_as_zero() {
    for measure in Measure::all() {
        let text = EXCESS.replace("\"mau\"", &format!("\"{}\"", measure.name()));
        let policy = policy("", &text);
        assert_eq!(policy.measures(), [measure]);
        let fault = policy
            .invoice(&Usage::default())
            .expect_err("nothing is known");
        let charge = "excess".to_owned();
        let billable = Billable::Login;
        assert!(fault.remedy().contains("--"), "{}", fault.remedy());
        assert_eq!(
            fault,
            BillFault::NotCounted {
                charge,
                measure,
                billable
            }
        );
    }
}

#[test]
fn counts_that_no_month_has_are_refused() {
    let policy = policy("", EXCESS);
    let fault = policy
        .invoice(&by_day(&[5, 7, 6], &[5, 5, 5]))
        .expect_err("it falls");
    assert_eq!(fault, BillFault::SoFarFalls { day: 3 });
    let fault = policy
        .invoice(&by_day(&[5, 7], &[5, 8]))
        .expect_err("8 of 7");
    assert_eq!(
        fault,
        BillFault::MoreOnADay {
            on_day: 8,
            in_month: 7
        }
    );
}

#[test]
fn a_quota_without_a_price_says_from_which_day_logins_fail() {
    let text = "[[charges]]\nname = \"free\"\nper = \"mau\"\nquota = 100\nrefused_with = 72002\n\
        [[charges]]\nname = \"daily\"\nper = \"peak-dau\"\nquota = 60\nrefused_with = 72000\n";
    let policy = policy("", text);
    let invoice = invoice(&policy, &by_day(&[50, 100, 101, 130], &[50, 61, 40, 70]));
    assert_eq!(invoice.total, Some(Money::ZERO));
    let found: Vec<_> = invoice
        .refusals
        .iter()
        .map(|refusal| {
            (
                refusal.charge.as_str(),
                refusal.used,
                refusal.code,
                refusal.first_day,
            )
        })
        .collect();
    assert_eq!(
        found,
        [("free", 130, 72002, Some(3)), ("daily", 70, 72000, Some(2))]
    );
    assert!(invoice.to_string().contains(
        "logins fail with 72002 above 100 accounts active in the month; there would be 130, more than 100 from day 3 on"
    ));
    assert_eq!(crate::bill::invoice(&policy, &all(101)).refusals.len(), 2);
    assert_eq!(
        crate::bill::invoice(&policy, &all(101)).refusals[0].first_day,
        None
    );
    assert!(crate::bill::invoice(&policy, &all(60)).refusals.is_empty());
}

#[test]
fn what_is_not_known_makes_the_total_unknown_where_it_matters() {
    let text = "[[charges]]\nname = \"plan\"\nfee = 10\n[[charges]]\nname = \"excess\"\nper = \"mau\"\nquota = 1000\nprice = \"unknown\"\n";
    let unknown_price = policy("", text);
    assert_eq!(total(&unknown_price, &all(1000)), "10.00");
    let invoice = invoice(&unknown_price, &all(1001));
    assert_eq!((invoice.total, invoice.known), (None, money("10")));
    let shown = invoice.to_string();
    assert!(
        shown.contains("at least 10.00 USD; not known: `excess`"),
        "{shown}"
    );

    let unknown_quota = policy("", &EXCESS.replace("1000", "\"unknown\""));
    assert_eq!(total(&unknown_quota, &all(0)), "0.00");
    assert_eq!(total(&unknown_quota, &all(1)), "-");
    let unknown_fee = policy("", "[[charges]]\nname = \"plan\"\nfee = \"unknown\"\n");
    assert_eq!(total(&unknown_fee, &all(0)), "-");
}

#[test]
fn a_contract_of_your_own_sets_prices_and_quotas_and_the_bill_says_so() {
    let text = format!("{EXCESS}[[charges]]\nname = \"plan\"\nfee = \"unknown\"\n");
    let changed = policy("", &text)
        .with_price("excess", money("0.2"))
        .and_then(|policy| policy.with_quota("excess", 900))
        .and_then(|policy| policy.with_price("plan", money("5")))
        .expect("both charges are there");
    let invoice = invoice(&changed, &all(1001));
    assert_eq!(invoice.known.to_string(), "25.20", "5 + 101 * 0.2");
    assert_eq!(
        invoice.notes,
        [
            "the price of `excess` was set to 0.20; the policy has 0.10",
            "the quota of `excess` was set to 900; the policy has 1000",
            "the price of `plan` was set to 5.00; the policy has unknown",
        ]
    );
    let fault = policy("", &text)
        .with_price("exces", money("1"))
        .expect_err("no such charge");
    assert_eq!(fault.remedy(), "did you mean `excess`?");
    let fault = policy("", &text)
        .with_quota("plan", 1)
        .expect_err("a fee has none");
    assert_eq!(fault, BillFault::NoSingleQuota("plan".into()));
}

#[test]
fn two_bills_are_compared_where_both_are_known_and_of_one_currency() {
    let dear = invoice(&policy("", EXCESS), &all(3000));
    let cheap = invoice(&policy("", EXCESS), &all(1500));
    let more = cheap
        .more_than(&dear)
        .expect("one currency")
        .expect("both known");
    assert_eq!(format!("{more:+}"), "-150.00");
    let back = dear
        .more_than(&cheap)
        .expect("one currency")
        .expect("both known");
    assert_eq!(format!("{back:+}"), "+150.00");
    let open = invoice(
        &policy("", "[[charges]]\nname = \"plan\"\nfee = \"unknown\"\n"),
        &all(1),
    );
    assert_eq!(open.more_than(&dear), Ok(None));
    let mut yuan = cheap.clone();
    yuan.currency = "CNY".into();
    assert!(yuan.more_than(&dear).is_err());
}

#[test]
fn a_control_character_of_a_policy_is_shown_and_not_obeyed() {
    let noted = policy("notes = [\"a\\u001b[31mb\"]", EXCESS);
    let shown = invoice(&noted, &all(1)).to_string();
    assert!(shown.contains("note: a\u{fffd}[31mb\n"), "{shown:?}");
}
