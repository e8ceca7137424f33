//! The policies that ship: each says where it is from, and charges what its source says.

use trtc_load::forecast::bill::{Billable, Money, Policy, SHIPPED, shipped};

use crate::bill::{all, invoice, total};

fn policy(name: &str) -> Policy {
    let text = shipped(name).expect("it ships");
    Policy::parse(text, name).unwrap_or_else(|faults| panic!("{name}: {faults:#?}"))
}

#[test]
fn each_shipped_policy_tells_its_source_and_sends_the_reader_to_the_contract() {
    let docs = include_str!("../../../docs/billing.md");
    for (name, text) in SHIPPED {
        let policy = policy(name);
        assert!(text.starts_with("# Asks: "), "{name}");
        assert!(text.contains("\n# Check your contract"), "{name}");
        let source = policy.source().expect("a shipped policy has a source");
        let shown = invoice(&policy, &all(1)).to_string();
        let line = format!(
            "prices from {}, {}: check your contract",
            source.place, source.date
        );
        assert!(shown.contains(&line), "{name}\n{shown}");
        assert!(
            docs.contains(&format!("| `{name}` |")),
            "docs/billing.md has a row for {name}"
        );
    }
}

#[test]
fn every_file_of_the_folder_ships() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/bills");
    let files = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<_> = files
        .map(|file| {
            file.expect("it is readable")
                .file_name()
                .to_string_lossy()
                .replace(".toml", "")
        })
        .collect();
    names.sort();
    let mut shipped: Vec<_> = SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect();
    shipped.sort();
    assert_eq!(names, shipped);
}

#[test]
fn shipped_prices_are_those_of_their_sources() {
    for (name, used, costs) in [
        ("chat-standard", 0, "399.00"),
        ("chat-standard", 10_000, "399.00"),
        ("chat-standard", 10_001, "399.015"),
        // 399 + 4,990,000 * 0.015
        ("chat-standard", 5_000_000, "75249.00"),
        ("chat-free", 1_001, "0.00"),
        ("chat-trial", 101, "0.00"),
        ("china-im", 0, "1499.00"),
        ("china-im", 10_000, "2499.00"),
        ("china-im", 10_001, "3499.00"),
        ("china-roomkit", 10_000, "3374.00"),
        ("china-roomkit", 10_001, "-"),
        ("chat-legacy", 10_000, "-"),
        ("call", 1, "-"),
        ("mini-program-pro", 200_001, "-"),
        ("mini-program-enterprise", 1_000_001, "-"),
    ] {
        assert_eq!(total(&policy(name), &all(used)), costs, "{name} {used}");
    }
    // With a fee that somebody's contract has: quota and price are the documents'.
    for (name, used, costs) in [
        ("mini-program-pro", 200_000, "7.00"),
        ("mini-program-pro", 200_001, "7.015"),
        ("mini-program-pro", 1_200_000, "15007.00"),
        ("mini-program-enterprise", 1_000_000, "7.00"),
        ("mini-program-enterprise", 1_200_000, "2007.00"),
    ] {
        let fee = Money::parse("7").expect("an amount");
        let policy = policy(name).with_price("plan", fee).expect("it has a plan");
        assert_eq!(policy.billable(), Billable::DeviceOpen, "{name}");
        assert_eq!(total(&policy, &all(used)), costs, "{name} {used}");
    }
    for (name, quota) in [("chat-free", 1_000), ("chat-trial", 100)] {
        assert!(
            invoice(&policy(name), &all(quota)).refusals.is_empty(),
            "{name}"
        );
        let refusals = invoice(&policy(name), &all(quota + 1)).refusals;
        let found: Vec<_> = refusals
            .iter()
            .map(|refusal| (refusal.quota, refusal.code))
            .collect();
        assert_eq!(found, [(quota, 72002)], "{name}");
    }
}
