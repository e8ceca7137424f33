//! Billing policies from outside: what is refused, what is charged, what ships, and the command.

mod charges;
mod command;
mod exact;
mod faults;
mod shipped;

use trtc_load::forecast::bill::{Active, Counted, Invoice, Policy, Usage};

/// A policy with these charges, and with further keys before them.
fn policy(keys: &str, charges: &str) -> Policy {
    let text = format!(
        "version = 1\nname = \"x\"\ncurrency = \"USD\"\nbillable = \"login\"\nwindow = \"calendar-month\"\n\
         {keys}\n{charges}"
    );
    Policy::parse(&text, "x.toml").unwrap_or_else(|faults| panic!("{faults:#?}\n{text}"))
}

/// So many accounts in the month, and as many on its highest day and online at once.
fn all(count: u64) -> Usage {
    let active = Active {
        in_month: Counted::Highest(count),
        on_day: Counted::Highest(count),
    };
    Usage::of_any_kind(&active, Some(count))
}

fn invoice(policy: &Policy, usage: &Usage) -> Invoice {
    policy.invoice(usage).expect("there is an invoice")
}

/// The total, or a dash where it is not known.
fn total(policy: &Policy, usage: &Usage) -> String {
    let total = invoice(policy, usage).total;
    total.map_or_else(|| "-".to_owned(), |total| total.to_string())
}
