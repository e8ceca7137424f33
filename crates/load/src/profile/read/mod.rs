//! From a profile's tables to a [`Profile`], with every fault told on the way.

mod admin;
mod apps;
mod budgets;
mod dialect;
mod implied;
mod limits;
mod mock;
mod playable;
mod population;
mod route;
mod rules;
mod safety;
mod scenarios;
mod sentence;
mod shares;
mod signing;
mod spread;
mod stages;
mod target;
mod tls;
mod usersig;
mod webhook;

use super::{Fault, Overrides, Profile, Source};
use budgets::Issuing;
use target::TargetParts;
use trtc_base::config::{Faults, Table, check_unique, name, tables};

/// The versions of the format that this program reads.
const VERSION: i64 = 1;

const KEYS: &[&str] = &[
    "version",
    "seed",
    "budgets",
    "target",
    "usersig",
    "webhook",
    "admin",
    "apps",
    "population",
    "scenarios",
    "stages",
    "limits",
    "caps",
    "safety",
    "activity",
];

/// What the plan is drawn from where the file says nothing.
const DEFAULT_SEED: u64 = 1;

pub(super) fn profile(
    text: &str,
    source: &Source,
    overrides: &Overrides,
) -> Result<Profile, Vec<Fault>> {
    let faults = Faults::new(&source.file, text);
    let profile = faults.parse().and_then(|document| {
        let root = Table::root(&faults, &document, KEYS);
        read(&root, source, overrides)
    });
    let found = faults.into_sorted();
    match profile {
        Some(profile) if found.is_empty() => Ok(profile),
        Some(_) | None => Err(found),
    }
}

fn read(root: &Table<'_>, source: &Source, overrides: &Overrides) -> Option<Profile> {
    root.check_version(VERSION);
    let seed = root.get_or("seed", DEFAULT_SEED, |value| {
        value.whole(0..=i64::MAX.unsigned_abs())
    });
    let parts = TargetParts::read(root, source, overrides);
    let usersig = usersig::read(root, source, &parts);
    tls::check_used(root, &parts, usersig.as_ref(), overrides);
    let webhook = webhook::read(root, source, &parts);
    let admin = admin::read(root);
    let population = population::read(root);
    let scenarios = scenarios::read(root, &parts);
    let needs = signing::needs_of(&parts, usersig.as_ref(), scenarios.as_deref());
    let apps = apps::read(root, &parts, source, &needs);
    let stages = stages::read(root);
    let budgets = match (&scenarios, &stages) {
        (Some(scenarios), Some(stages)) => {
            let run = budgets::Run {
                scenarios,
                stages,
                target: &parts,
                issuing: match &usersig {
                    Some(None) => Issuing::ByUs,
                    Some(Some(_)) | None => Issuing::ByServer,
                },
            };
            budgets::read(root, &run)
        }
        // Operations and stages cannot be looked up, but sentences can be read.
        _ => {
            budgets::read_alone(root);
            None
        }
    };
    let (limits, caps, activity) = (
        limits::limits(root),
        limits::caps(root),
        limits::activity(root),
    );
    if let (Some(limits), Some(scenarios)) = (&limits, &scenarios) {
        limits::check_drain(root, limits, scenarios);
    }
    let breaker = safety::read(root, &parts);
    let (target, dialect) = parts.into_target()?;
    Some(Profile {
        name: source.name.clone(),
        seed: overrides.seed.or(seed)?,
        target,
        dialect,
        usersig: usersig?,
        webhook: webhook?,
        admin: admin?,
        apps: apps?,
        population: population?,
        scenarios: scenarios?,
        stages: stages?,
        budgets: budgets?,
        limits: limits?,
        caps: caps?,
        breaker: breaker?,
        activity: activity?,
    })
}
