//! From a month profile's tables to a [`Model`], with every fault told on the way.

mod activity;
mod behaviour;
mod hours;
mod outages;
mod period;
mod policies;

use super::Model;
use trtc_base::config::{Fault, Faults, Form, Raw, Section, Table, check_version};
use trtc_base::section;

/// The version of the format that this program reads.
const VERSION: i64 = 1;

section! {
    /// A month profile: what `trtc-load month` plays.
    MONTH {
        /// The version of the file's format.
        FORMAT: i64 = whole("version", VERSION, VERSION).needed("1");
        /// What accounts are drawn from.
        SEED: u64 = whole("seed", 0, i64::MAX).or("1");
        /// Which days, where.
        PERIOD: Raw = table("month", &period::PERIOD).needed("[month]");
        /// How many accounts there are, how often they come, and when in a day.
        ACTIVITY: Raw = table("activity", &activity::ACTIVITY).needed("[activity]");
        /// Where people are.
        ZONES: Raw = raw("zones", Form::List(&Form::Table(&hours::ZONE), 1, hours::MOST_ZONES)).otherwise("all in the app's zone");
        /// What an app start leads to, and what goes wrong.
        BEHAVIOUR: Raw = table("behaviour", &behaviour::BEHAVIOUR).otherwise("the defaults of its keys");
        /// Times when logins fail.
        OUTAGES: Raw = raw("outages", Form::List(&Form::Table(&outages::OUTAGE), 0, usize::MAX)).otherwise("none");
        /// Login policies to compare.
        POLICIES: Raw = raw("policies", Form::List(&Form::Table(&policies::POLICY), 1, policies::MOST)).otherwise("one, as advised");
        /// The billing policy: a shipped one's name, or a file.
        BILL: String = text("bill").otherwise("no bill");
    }
}

impl Model {
    /// Every key of a month profile.
    pub const KEYS: &Section = &MONTH;

    /// Reads a month profile. `file` is how messages name it.
    ///
    /// # Errors
    /// Every fault of the file at once.
    pub fn parse(text: &str, file: &str, name: &str) -> Result<Self, Vec<Fault>> {
        let faults = Faults::new(file, text);
        let model = faults.parse().and_then(|document| {
            let root = Table::root(&faults, &document, &MONTH);
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
    check_version(root, &FORMAT, VERSION);
    let seed = root.read(&SEED);
    let period = root.open(&PERIOD);
    let calendar = period.and_then(|table| period::read(&table));
    let mut assumptions = Vec::new();
    let table = root.open(&ACTIVITY);
    let activity = table
        .as_ref()
        .and_then(|table| activity::read(table, calendar.as_ref(), &mut assumptions));
    let zones = hours::zones(root.find(&ZONES), calendar.as_ref());
    let day = table.and_then(|table| hours::read(&table, zones, &mut assumptions));
    let behaviour = root.open(&BEHAVIOUR);
    let behaviour = behaviour.and_then(|table| behaviour::read(&table));
    let outages = outages::read(root.find(&OUTAGES), calendar.as_ref());
    let policies = policies::read(root.find(&POLICIES));
    let bill = root.given(&BILL);
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
