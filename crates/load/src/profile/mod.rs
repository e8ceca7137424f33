//! A profile, checked: what the person asks for, with every value in its range.
//!
//! In: the text of a TOML file. Out: [`Profile`], or every fault of the file at once. Never here: traffic, time, seeds
//! drawn.

mod activity;
mod admin;
mod apps;
mod budget;
mod file;
mod limits;
mod population;
mod resolved;
mod safety;
mod shares;
mod shipped;
mod signing;
mod stages;
mod target;
mod usersig;
mod webhook;

pub use activity::Activity;
pub use admin::AdminAccount;
pub use apps::{App, KeySource};
pub use budget::{Budget, BudgetOf, Latency, Limit, Origin, Quantile};
pub use limits::{Caps, Limits};
pub use population::{Freshness, Population, UsersigLife};
pub use safety::BreakerRule;
pub use shipped::{SHIPPED, shipped};
pub use stages::{Spacing, Stage, StageKind};
pub use target::{
    AllowedHosts, ConnectionUse, Http, HttpUrl, Limited, LoneMock, Lookups, MockSettings, NoHost,
    NoticeBy, Place, Preconnect, Resumption, Route, Scheme, SessionRules, Target, TlsSettings,
    Trust, is_loopback,
};
pub use trtc_wire::dialect::{Fault, FaultKind};
pub use usersig::{UsersigServer, Verify};
pub use webhook::{RETRIES_AT_ONCE, Retries, Sdk, Shares, Webhook};

use std::path::PathBuf;

use crate::scenario::{Play, Scenario};

/// A scenario's place in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScenarioIx(pub u8);

/// A stage's place in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageIx(pub u8);

/// An app's place in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppIx(pub u8);

/// A checked profile. One that exists is valid.
#[derive(Clone, Debug)]
pub struct Profile {
    name: String,
    seed: u64,
    target: Target,
    /// What names the dialect: a shipped name or a path.
    dialect: String,
    usersig: Option<UsersigServer>,
    webhook: Webhook,
    admin: AdminAccount,
    apps: Vec<App>,
    population: Population,
    scenarios: Vec<Scenario>,
    stages: Vec<Stage>,
    budgets: Vec<Budget>,
    limits: Limits,
    caps: Caps,
    breaker: Option<BreakerRule>,
    activity: Activity,
}

/// Where a profile's text comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// How messages name the file.
    pub file: String,
    /// The profile's name: the file's, without `.toml`.
    pub name: String,
    /// Where relative paths in the file begin.
    pub dir: PathBuf,
}

/// What the command line says instead of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--target`: another `target.url`.
    pub target: Option<String>,
    /// `--seed`: another `seed`.
    pub seed: Option<u64>,
}

impl Profile {
    /// Reads and checks a profile. Reads the dialect file that it names, if any, and nothing else.
    ///
    /// # Errors
    /// Every fault of the file by line, then those of its dialect file.
    pub fn parse(text: &str, source: &Source, overrides: &Overrides) -> Result<Self, Vec<Fault>> {
        file::profile(text, source, overrides)
    }

    /// The profile as TOML with every default written out and every secret redacted. It parses again, with the same
    /// meaning but for the keys.
    #[must_use]
    pub fn resolved_toml(&self) -> String {
        resolved::toml(self)
    }

    /// Its name: the file's, without `.toml`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What every random choice of the plan comes from.
    #[must_use]
    pub const fn seed(&self) -> u64 {
        self.seed
    }

    /// Where the load goes.
    #[must_use]
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// The team's UserSig server; none: UserSigs are made with the apps' keys.
    #[must_use]
    pub const fn usersig(&self) -> Option<&UsersigServer> {
        self.usersig.as_ref()
    }

    /// Who asks the server REST API.
    #[must_use]
    pub const fn admin(&self) -> &AdminAccount {
        &self.admin
    }

    /// The most people in one room; 1 where there are no rooms.
    #[must_use]
    pub fn most_people(&self) -> u32 {
        let people = |scenario: &Scenario| {
            if let Play::Room(room) = &scenario.play {
                room.people
            } else {
                1
            }
        };
        self.scenarios.iter().map(people).max().unwrap_or(1)
    }

    /// How the harness plays Tencent, where the dialect is a webhook's.
    #[must_use]
    pub const fn webhook(&self) -> &Webhook {
        &self.webhook
    }

    /// The apps, at least one.
    #[must_use]
    pub fn apps(&self) -> &[App] {
        &self.apps
    }

    /// The simulated accounts.
    #[must_use]
    pub const fn population(&self) -> &Population {
        &self.population
    }

    /// The scenarios, at least one.
    #[must_use]
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The stages, at least one.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The budgets, the implied `errors < 1%` included.
    #[must_use]
    pub fn budgets(&self) -> &[Budget] {
        &self.budgets
    }

    /// What the generator may use.
    #[must_use]
    pub const fn limits(&self) -> Limits {
        self.limits
    }

    /// Where the run stops by itself.
    #[must_use]
    pub const fn caps(&self) -> Caps {
        self.caps
    }

    /// When the run ends early because its target does little but fail; none: never.
    #[must_use]
    pub const fn breaker(&self) -> Option<BreakerRule> {
        self.breaker
    }

    /// What a month looks like.
    #[must_use]
    pub const fn activity(&self) -> Activity {
        self.activity
    }
}
