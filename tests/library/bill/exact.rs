//! Amounts against whole numbers of billionths, which know nothing of decimals.

use proptest::prelude::*;
use trtc_load::forecast::bill::{BillFault, Counted};

use crate::bill::{all, policy, total};

/// Billionths in one.
const ONE: i128 = 1_000_000_000;

/// The highest number that a decimal's 96 bits hold.
const MOST: i128 = (1 << 96) - 1;

/// An amount of billionths as a bill shows it: at least two digits behind the point, and no zeros after them.
fn shown(billionths: i128) -> String {
    let digits = format!("{:09}", billionths % ONE);
    let kept = digits.trim_end_matches('0').len().max(2);
    format!("{}.{}", billionths / ONE, &digits[..kept])
}

/// The same as a file has it: all nine digits, as a number or as text.
fn written(billionths: i128) -> String {
    let number = format!("{}.{:09}", billionths / ONE, billionths % ONE);
    if billionths % 2 == 0 {
        number
    } else {
        format!("\"{number}\"")
    }
}

/// Prices of 0 to 1,000 with few or many digits.
fn price() -> impl Strategy<Value = i128> {
    (
        0..1_000_000_i128,
        prop::sample::select(vec![1, 1_000, 1_000_000]),
    )
        .prop_map(|(number, unit)| number * unit)
}

/// A charge's lines of a file, and what it costs by counting.
#[derive(Clone, Debug)]
struct Charge {
    fee: i128,
    quota: i128,
    block: i128,
    price: i128,
}

impl Charge {
    fn text(&self, place: usize) -> String {
        let (fee, price) = (written(self.fee), written(self.price));
        let (quota, block) = (self.quota, self.block);
        format!(
            "[[charges]]\nname = \"fee-{place}\"\nfee = {fee}\n[[charges]]\nname = \"per-{place}\"\nper = \"mau\"\n\
             quota = {quota}\nblock = {block}\nprice = {price}\n"
        )
    }

    fn costs(&self, used: i128) -> i128 {
        let over = (used - self.quota).max(0);
        let begun = over / self.block + i128::from(over % self.block > 0);
        self.fee + begun * self.price
    }
}

fn charge() -> impl Strategy<Value = Charge> {
    let block = prop::sample::select(vec![1, 7, 10_000, 10_000_000]);
    (price(), 0..2_000_000_i128, block, price()).prop_map(|(fee, quota, block, price)| Charge {
        fee,
        quota,
        block,
        price,
    })
}

/// What graduated tiers cost, block by block: each costs what the tier says in which its first account is.
fn by_block(quota: u64, block: u64, tiers: &[(u64, i128)], used: u64) -> i128 {
    let mut sum = 0;
    let mut first = quota + 1;
    while first <= used {
        let tier = tiers.iter().find(|(up_to, _)| first <= *up_to);
        sum += tier.expect("the last tier has no end").1;
        first += block;
    }
    sum
}

proptest! {
    #[test]
    fn fees_quotas_prices_and_blocks_add_up_to_the_billionth(
        charges in prop::collection::vec(charge(), 1..5),
        used in prop_oneof![0..3_000_000_u64, 0..1_000_000_000_000_u64],
    ) {
        let text: String = charges.iter().enumerate().map(|(place, charge)| charge.text(place)).collect();
        let costs = charges.iter().map(|charge| charge.costs(i128::from(used))).sum();
        prop_assert_eq!(total(&policy("", &text), &all(used)), shown(costs));
    }

    #[test]
    fn tiers_cost_what_their_blocks_cost_one_by_one(
        quota in 0..50_u64,
        block in 1..8_u64,
        lengths in prop::collection::vec(1..20_u64, 0..4),
        prices in prop::collection::vec(price(), 4),
        used in 0..400_u64,
    ) {
        let mut up_to = quota;
        let ends = lengths.iter().map(|blocks| {
            up_to += blocks * block;
            up_to
        });
        let tiers: Vec<_> = ends.chain([u64::MAX]).zip(prices).collect();
        let rows: Vec<_> = tiers.iter().map(|(up_to, price)| match *up_to {
            u64::MAX => format!("{{ price = {} }}", written(*price)),
            end => format!("{{ up_to = {end}, price = {} }}", written(*price)),
        }).collect();
        let text = format!(
            "[[charges]]\nname = \"t\"\nper = \"mau\"\nquota = {quota}\nblock = {block}\ntiers = [{}]\n",
            rows.join(", ")
        );
        let costs = by_block(quota, block, &tiers, used);
        prop_assert_eq!(total(&policy("", &text), &all(used)), shown(costs));
    }

    /// Prices up to the highest that a file may have, counts up to the highest that there is.
    #[test]
    fn an_amount_is_exact_or_it_is_refused(
        price in prop_oneof![1..ONE * ONE, price().prop_map(|price| price + 1)],
        used in prop_oneof![any::<u64>(), 0..1_000_000_000_000_u64],
    ) {
        let text = format!("[[charges]]\nname = \"t\"\nper = \"mau\"\nprice = {}\n", written(price));
        let invoice = policy("", &text).invoice(&all(used));
        // A price is held without the zeros at its end.
        let mut digits = price;
        let mut decimals = 9;
        while digits % 10 == 0 && decimals > 0 {
            digits /= 10;
            decimals -= 1;
        }
        if digits * i128::from(used) <= MOST {
            let total = invoice.expect("it fits").total.expect("all is known");
            prop_assert_eq!(total.to_string(), shown(price * i128::from(used)));
        } else {
            prop_assert_eq!(invoice, Err(BillFault::TooLarge { what: "`t`".into() }));
        }
    }

    #[test]
    fn the_first_day_over_a_quota_is_the_first_of_a_plain_search(
        days in prop::collection::vec(0..20_u64, 0..31),
        most in 0..20_u64,
    ) {
        let mut found = None;
        for (day, count) in days.iter().enumerate() {
            if *count > most && found.is_none() {
                found = u32::try_from(day + 1).ok();
            }
        }
        prop_assert_eq!(Counted::ByDay(days).first_day_over(most), found);
    }
}

#[test]
fn a_sum_that_does_not_fit_is_refused_and_not_rounded() {
    // Each amount fits by itself: 1.8e28 whole ones, and a billionth.
    let text = "[[charges]]\nname = \"a\"\nper = \"mau\"\nprice = 1000000000\n\
        [[charges]]\nname = \"b\"\nfee = 0.000000001\n";
    let fault = policy("", text)
        .invoice(&all(u64::MAX))
        .expect_err("it does not fit");
    let what = "all charges together".to_owned();
    assert_eq!(fault, BillFault::TooLarge { what });
}
