//! From a profile's tables to a [`Profile`], with every fault told on the way.

use super::activity::{self, Activity};
use super::admin::{self, AdminAccount};
use super::apps::{self, APP};
use super::budget::{self, Budget, Issuing};
use super::limits::{self, Caps, Limits};
use super::population::{self, Population, UsersigLife};
use super::shares::shares;
use super::stages::{self, STAGE, Stage};
use super::target::{self, TargetParts};
use super::usersig::{self, UsersigServer};
use super::webhook::{self, Webhook};
use super::{Fault, Overrides, Profile, Source, safety, signing};
use crate::scenario::{self, Around, SCENARIO, Scenario};
use trtc_base::config::{
    Faults, Form, Raw, Section, Table, check_unique, check_version, tables, tables_of,
};
use trtc_base::section;

/// The version of the format that this program reads.
pub(super) const VERSION: i64 = 1;

section! {
    /// A load profile: what `trtc-load --profile` runs.
    pub(super) PROFILE {
        /// The version of the file's format.
        FORMAT: i64 = whole("version", VERSION, VERSION).needed("1");
        /// What every random choice of the plan comes from.
        SEED: u64 = whole("seed", 0, i64::MAX).or("1");
        /// Limits that the run must keep, as sentences: `"login p99 < 250ms in peak"`, `"login errors < 0.1%"`,
        /// `"arrivals started > 99%"`.
        BUDGETS: Raw = raw("budgets", Form::List(&Form::Text, 0, usize::MAX)).otherwise("`errors < 1%` on every operation");
        /// Where the load goes, and how.
        TARGET: Raw = table("target", &target::TARGET).needed("[target]");
        /// The team's own UserSig server.
        USERSIG: Raw = table("usersig", &usersig::USERSIG).otherwise("UserSigs are made with the apps' keys");
        /// How the harness plays Tencent towards a webhook receiver.
        WEBHOOK: Raw = table("webhook", &webhook::WEBHOOK).otherwise("the defaults of its keys");
        /// Who asks the server REST API.
        ADMIN: Raw = table("admin", &admin::ADMIN).otherwise("the defaults of its keys");
        /// The apps under load.
        APPS: Raw = raw("apps", tables_of(&Form::Table(&APP))).needed("[[apps]]");
        /// The simulated accounts.
        POPULATION: Raw = table("population", &population::POPULATION).needed("[population]");
        /// What arrivals do.
        SCENARIOS: Raw = raw("scenarios", tables_of(&Form::Table(&SCENARIO))).needed("[[scenarios]]");
        /// The schedule.
        STAGES: Raw = raw("stages", tables_of(&Form::Table(&STAGE))).needed("[[stages]]");
        /// What the generator may use.
        LIMITS: Raw = table("limits", &limits::LIMITS).otherwise("the defaults of its keys");
        /// Where the run stops by itself.
        CAPS: Raw = table("caps", &limits::CAPS).otherwise("no caps");
        /// What ends a run before it does harm.
        SAFETY: Raw = table("safety", &safety::SAFETY).otherwise("the defaults of its keys");
        /// What a month looks like.
        ACTIVITY: Raw = table("activity", &activity::ACTIVITY).otherwise("the defaults of its keys");
    }
}

impl Profile {
    /// Every key of a profile.
    pub const KEYS: &Section = &PROFILE;
}

pub(super) fn profile(
    text: &str,
    source: &Source,
    overrides: &Overrides,
) -> Result<Profile, Vec<Fault>> {
    let faults = Faults::new(&source.file, text);
    let profile = faults.parse().and_then(|document| {
        let root = Table::root(&faults, &document, &PROFILE);
        read(&root, source, overrides)
    });
    let found = faults.into_sorted();
    match profile {
        Some(profile) if found.is_empty() => Ok(profile),
        Some(_) | None => Err(found),
    }
}

fn read(root: &Table<'_>, source: &Source, overrides: &Overrides) -> Option<Profile> {
    check_version(root, &FORMAT, VERSION);
    let seed = root.read(&SEED);
    let target = root.open(&TARGET);
    let parts = target.map_or_else(TargetParts::default, |table| {
        TargetParts::read(&table, source, overrides)
    });
    let usersig = read_usersig(root, source, &parts);
    target::check_tls_used(root, &parts, usersig.as_ref(), overrides);
    let webhook = read_webhook(root, source, &parts);
    let admin = root
        .open(&ADMIN)
        .and_then(|table| AdminAccount::read(&table));
    let accounts = root.open(&POPULATION);
    let population = accounts.as_ref().and_then(Population::read);
    let scenarios = read_scenarios(root, &parts);
    let needs = signing::needs_of(&parts, usersig.as_ref(), scenarios.as_deref());
    let apps = apps::read(root, &APPS, &parts, source, &needs);
    let stages = stages::read(root, &STAGES);
    if let Some(table) = &accounts {
        let server = usersig.as_ref().and_then(Option::as_ref);
        population::check_ends(table, &parts, server, stages.as_deref().unwrap_or_default());
    }
    let run = scenarios.as_deref().zip(stages.as_deref());
    let issuing = match &usersig {
        Some(None) => Issuing::ByUs,
        Some(Some(_)) | None => Issuing::ByServer,
    };
    let issuing = (issuing, population.as_ref().map(|it| it.usersigs));
    let budgets = read_budgets(root, run, &parts, issuing);
    let limits = read_limits(root, scenarios.as_deref());
    let caps = root.open(&CAPS).and_then(|table| Caps::read(&table));
    let activity = root.open(&ACTIVITY);
    let activity = activity.and_then(|table| Activity::read(&table));
    let safety = root.open(&SAFETY);
    let breaker = safety.and_then(|table| safety::read(&table, &parts));
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

/// The server; none inside where the profile names none.
fn read_usersig(
    root: &Table<'_>,
    source: &Source,
    target: &TargetParts,
) -> Option<Option<UsersigServer>> {
    let Some(value) = root.find(&USERSIG) else {
        return Some(None);
    };
    let table = root.open(&USERSIG)?;
    usersig::check_asked(value, target);
    UsersigServer::read(&table, source, target).map(Some)
}

fn read_webhook(root: &Table<'_>, source: &Source, target: &TargetParts) -> Option<Webhook> {
    if let Some(value) = root.find(&WEBHOOK) {
        webhook::check_used(value, target);
    }
    Webhook::read(&root.open(&WEBHOOK)?, source, target)
}

fn read_scenarios(root: &Table<'_>, target: &TargetParts) -> Option<Vec<Scenario>> {
    let list = tables(root, &SCENARIOS)?;
    let named = list.iter().filter_map(|value| value.as_entry("name"));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let around = Around {
        dialect: target.dialect(),
        is_http2: target.is_http2(),
        heartbeat_limit: target.heartbeat_limit,
        notice_limit: target.notice_limit,
        devices: target.rules.map(|rules| rules.devices),
        offline_kick: target.rules.map(|rules| rules.offline_kick),
    };
    let read = list.iter().map(|value| scenario::read(value, &around));
    let scenarios: Vec<_> = read.collect();
    let mut scenarios: Vec<_> = scenarios.into_iter().collect::<Option<_>>()?;
    let weights: Vec<_> = scenarios.iter().map(|scenario| scenario.share).collect();
    let shares = shares(&weights, root.find(&SCENARIOS)?)?;
    for (scenario, share) in scenarios.iter_mut().zip(shares) {
        scenario.share = share;
    }
    Some(scenarios)
}

fn read_budgets(
    root: &Table<'_>,
    run: Option<(&[Scenario], &[Stage])>,
    target: &TargetParts,
    (issuing, usersigs): (Issuing, Option<UsersigLife>),
) -> Option<Vec<Budget>> {
    let Some((scenarios, stages)) = run else {
        // Operations and stages cannot be looked up, but sentences can be read.
        budget::read_alone(root, &BUDGETS);
        return None;
    };
    let run = budget::Run {
        scenarios,
        stages,
        target,
        issuing,
        usersigs,
    };
    budget::read(root, &BUDGETS, &run)
}

fn read_limits(root: &Table<'_>, scenarios: Option<&[Scenario]>) -> Option<Limits> {
    let table = root.open(&LIMITS)?;
    let limits = Limits::read(&table)?;
    limits.check_drain(&table, scenarios.unwrap_or_default());
    Some(limits)
}
