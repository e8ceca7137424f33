//! From a month profile's tables to a [`Model`], with every fault told on the way.

mod activity;
mod behaviour;
mod hours;
mod outages;
mod period;
mod policies;

use super::Model;
use trtc_base::config::{Fault, Faults, Table};

/// The versions of the format that this program reads.
const VERSION: i64 = 1;

const KEYS: &[&str] = &[
    "version",
    "seed",
    "month",
    "activity",
    "zones",
    "behaviour",
    "outages",
    "policies",
    "bill",
];

/// What accounts are drawn from where the file says nothing.
const DEFAULT_SEED: u64 = 1;

impl Model {
    /// Reads a month profile. `file` is how messages name it.
    ///
    /// # Errors
    /// Every fault of the file at once.
    pub fn parse(text: &str, file: &str, name: &str) -> Result<Self, Vec<Fault>> {
        let faults = Faults::new(file, text);
        let model = faults.parse().and_then(|document| {
            let root = Table::root(&faults, &document, KEYS);
            read(&root, name)
        });
        let found = faults.into_sorted();
        match model {
            Some(model) if found.is_empty() => Ok(model),
            Some(_) | None => Err(found),
        }
    }
}

fn read(root: &Table<'_>, name: &str) -> Option<Model> {
    root.check_version(VERSION);
    let seed = root.get_or("seed", DEFAULT_SEED, |value| {
        value.whole(0..=i64::MAX.unsigned_abs())
    });
    let calendar = period::read(root);
    let mut assumptions = Vec::new();
    let activity = activity::read(root, calendar.as_ref(), &mut assumptions);
    let day = hours::read(root, calendar.as_ref(), &mut assumptions);
    let behaviour = behaviour::read(root);
    let outages = outages::read(root, calendar.as_ref());
    let policies = policies::read(root);
    let bill = root.get_or("bill", None, |value| {
        value.text().map(|text| Some(text.to_owned()))
    });
    Some(Model {
        name: name.to_owned(),
        seed: seed?,
        calendar: calendar?,
        activity: activity?,
        day: day?,
        behaviour: behaviour?,
        outages: outages?,
        policies: policies?,
        bill: bill?,
        assumptions,
    })
}
