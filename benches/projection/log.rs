//! A log of purchases, each month of which is projected from those before it.

use std::collections::BTreeMap;
use std::fs;

use jiff::civil::Date;
use trtc_load::forecast::history::{Known, MonthCounts, Tally};

use crate::table;

/// Months that are only history.
const HISTORY: usize = 3;

/// Prints the table of the log at `path`.
pub(crate) fn judge(path: &str) {
    let text = fs::read_to_string(path).expect("the log can be read");
    let mut months: BTreeMap<Date, BTreeMap<&str, u32>> = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split_whitespace();
        let (Some(account), Some(date)) = (fields.next(), fields.next()) else {
            continue;
        };
        // The heading has no date.
        let Ok(date) = Date::strptime("%Y%m%d", date) else {
            continue;
        };
        let days = months.entry(date.first_of_month()).or_default();
        *days.entry(account).or_default() |= 1 << (date.day() - 1);
    }
    let counts: Vec<MonthCounts> = months
        .iter()
        .map(|(month, accounts)| {
            let mut tally = Tally::of_month(*month);
            for days in accounts.values() {
                tally.add(*days, Known::New);
            }
            tally.counts()
        })
        .collect();
    let cut = |from: fn(usize) -> usize| -> Vec<Vec<MonthCounts>> {
        (HISTORY..counts.len())
            .map(|last| counts[from(last)..=last].to_vec())
            .collect()
    };
    println!("### The log, with its earlier months\n");
    table::print(&[("log", cut(|_| 0))]);
    println!("\n### The log, each month alone\n");
    table::print(&[("log", cut(|last| last))]);
}
