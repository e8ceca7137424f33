//! A profile, checked: what the person asks for, with every value in its range.
//!
//! In: the text of a TOML file. Out: [`Profile`], or every fault of the file at once. Never here: traffic, time, seeds
//! drawn.

mod admin;
mod allowed;
mod budget;
mod mock;
mod read;
mod resolved;
mod route;
mod rules;
mod safety;
mod scenario;
mod shipped;
mod stage;
mod target;
mod usersig;
mod webhook;

pub use admin::AdminAccount;
pub use allowed::{AllowedHosts, NoHost, is_loopback};
pub use budget::{Budget, BudgetOf, Latency, Limit, Origin, Quantile};
pub use mock::{MockSettings, NoticeBy};
pub use route::{Http, Lookups, Route};
pub use rules::{OfflineKick, SessionRules};
pub use safety::BreakerRule;
pub use scenario::{Cut, NoticedBy, Play, PushUse, Scenario, SelfInfoCheck, Spread, SwitchHow};
pub use shipped::{SHIPPED, shipped};
pub use stage::{Spacing, Stage, StageKind};
pub use target::{
    ConnectionUse, HttpUrl, Limited, Place, Preconnect, Resumption, Scheme, Target, TlsSettings,
    Trust,
};
pub use trtc_wire::dialect::Fault;
pub use trtc_wire::dialect::FaultKind;
pub use usersig::{UsersigServer, Verify};
pub use webhook::{Sdk, Webhook};

use std::path::PathBuf;

use trtc_base::units::Micros;
use trtc_usersig::{Platform, SdkAppId};

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

/// An app under load.
#[derive(Clone, Debug)]
pub struct App {
    /// Its SDKAppID.
    pub sdk_app_id: SdkAppId,
    /// Where its key comes from; none: nothing in this run needs it. Loading it is I/O and happens when the run starts.
    pub key: Option<KeySource>,
    /// Its share of the arrivals, in 0..=1; all apps sum to 1.
    pub share: f64,
}

/// Where a key comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable.
    Env(String),
    /// A file's content.
    File(PathBuf),
    /// A command's output: the program and its arguments.
    Command(Vec<String>),
    /// The text itself; only where the target is loopback.
    Inline(trtc_usersig::Key),
}

/// The simulated accounts.
#[derive(Clone, Debug)]
pub struct Population {
    /// Accounts in each app, at least 1.
    pub accounts: u64,
    /// The text before the number in a UserID; numbers are zero-padded to one width.
    pub prefix: String,
    /// The platforms of devices with their shares, which sum to 1.
    pub platforms: Vec<(Platform, f64)>,
    /// The same accounts from run to run, or new ones, which cost MAU.
    pub freshness: Freshness,
}

/// Whether a run uses the accounts of earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The same accounts in every run.
    SameEveryRun,
    /// Accounts that no earlier run used: each costs an MAU.
    NewEveryRun,
}

/// What the generator may use, and how much of the plan it must have played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The most slots of all scenarios together.
    pub slots: u32,
    /// How long sessions may go on after the schedule's end; none: as long as the longest planned session needs.
    pub drain: Option<Micros>,
    /// The share of the whole plan's arrivals that merged shards must have observed, in 0..=1.
    pub least_coverage: f64,
}

/// Where the run stops by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// The most distinct accounts that may log in, over all apps.
    pub max_mau: Option<u64>,
    /// The most accounts that the run may register.
    pub max_registered_accounts: Option<u64>,
}

/// What a month looks like, for the expectation "as configured".
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activity {
    /// Mean share of accounts that are active on a day, in 0..1.
    pub daily_share: f64,
    /// How alike accounts are: the sum of the Beta's parameters, above 0. Small: few heavy users, many idle ones.
    pub concentration: f64,
    /// Days of the month.
    pub days: u32,
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
        read::profile(text, source, overrides)
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

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "Env({name})"),
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Command(_) => f.write_str("Command(redacted)"),
            Self::Inline(_) => f.write_str("Inline(redacted)"),
        }
    }
}
