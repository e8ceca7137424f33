//! A profile, checked: what the person asks for, with every value in its range.
//!
//! In: the text of a TOML file. Out: [`Profile`], or every fault of the file at once. Never here: traffic, time, seeds
//! drawn.

mod budget;

pub use budget::{Budget, BudgetOf, Latency, Limit, Quantile};

use std::path::PathBuf;
use std::sync::Arc;

use crate::dialect::Dialect;
use crate::identity::{Platform, SdkAppId};
use crate::units::Micros;

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
    apps: Vec<App>,
    population: Population,
    scenarios: Vec<Scenario>,
    stages: Vec<Stage>,
    budgets: Vec<Budget>,
    limits: Limits,
    caps: Caps,
    activity: Activity,
}

/// Where the load goes, and how.
#[derive(Clone, Debug)]
pub struct Target {
    /// The service.
    pub place: Place,
    /// What it speaks.
    pub dialect: Arc<Dialect>,
    /// How long a step may take, connect included.
    pub timeout: Micros,
    /// How long a kick notice may take.
    pub notice_limit: Micros,
    /// What becomes of a login's connection.
    pub connection: ConnectionUse,
    /// Whether slots open their connection before the run starts (only with [`ConnectionUse::Keep`]).
    pub preconnect: Preconnect,
    /// Hosts that are not loopback and may be loaded all the same.
    pub allow_hosts: Vec<String>,
}

/// The service under load.
#[derive(Clone, Debug)]
pub enum Place {
    /// The built-in mock, started beside the run.
    Mock(MockSettings),
    /// A service at `http://host:port`.
    Url(HttpUrl),
}

/// An `http://` address without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl {
    /// The host, as written. An IPv6 address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// How the mock behaves. The defaults are those of a healthy service.
#[derive(Clone, Debug, PartialEq)]
pub struct MockSettings {
    /// How long it takes for each answer.
    pub service_time: Micros,
    /// The share of logins that it refuses, in 0..=1.
    pub error_rate: f64,
    /// The code it refuses them with.
    pub error_code: i64,
    /// A window in which it answers nothing: its start, counted from the first request, and its length.
    pub stall: Option<(Micros, Micros)>,
    /// The most logins a second before it answers 72010.
    pub max_logins_per_second: Option<u32>,
    /// The share of connections cut before their request is counted, in 0..=1.
    pub cut_before: f64,
    /// The share of connections cut instead of the answer, in 0..=1.
    pub cut_after: f64,
}

/// What becomes of a login's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionUse {
    /// It becomes the push channel; a later operation opens a short second one.
    Upgrade,
    /// The slot keeps it for its later operations and its next session.
    Keep,
    /// It closes once the login's own steps are done.
    Close,
}

/// Whether connections are opened before the run starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preconnect {
    /// Each slot opens its connection beforehand.
    Yes,
    /// Connections open when they are needed.
    No,
}

/// An app under load.
#[derive(Clone, Debug)]
pub struct App {
    /// Its SDKAppID.
    pub sdk_app_id: SdkAppId,
    /// Where its key comes from. Loading it is I/O and happens when the run starts.
    pub key: KeySource,
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
    Inline(crate::identity::Key),
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
    /// The same UserIDs in every run.
    SameEveryRun,
    /// UserIDs that no earlier run used: each costs an MAU.
    NewEveryRun,
}

/// A scenario: what an arrival of it does.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name in the profile and in reports.
    pub name: String,
    /// Its share of the arrivals, in 0..=1; all scenarios sum to 1.
    pub share: f64,
    /// The steps it plays.
    pub play: Play,
    /// How long a session stays online between its planned steps.
    pub dwell: Spread,
    /// How long a person takes to log in again.
    pub reaction: Spread,
    /// The share of sessions that end by logout; the others leave. In 0..=1.
    pub logout_share: f64,
    /// Whether a session asks who is logged in after each login.
    pub self_info: SelfInfoCheck,
    /// Whether its devices open the push channel.
    pub push: PushUse,
    /// The most slots it may use; none: as many as the plan computes.
    pub slots: Option<u32>,
}

/// The steps of a scenario. Adding one is a variant here, a row in the profile's table and a file in the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Play {
    /// Log in, stay, go.
    Login,
    /// Log in, stay, switch to another account, stay, go. Two accounts.
    Switch,
    /// Log in, stay, be kicked by a rival device, log in again after the reaction time.
    Kicked {
        /// The share of kicks that come while the victim has a request in flight, in 0..=1.
        in_flight: f64,
        /// The share of kicked people who log in again, in 0..=1.
        relogin: f64,
        /// Kicks after the first in which the two devices fight back, one after the other. 0: they never fight.
        fights: u32,
    },
    /// Log in with an expired UserSig, be refused, log in with a new one.
    Expired {
        /// Who notices.
        noticed_by: NoticedBy,
    },
}

/// Who notices an expired UserSig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticedBy {
    /// The target, which refuses the login with 70001.
    Target,
    /// The SDK, which raises 6206 before anything is sent.
    Client,
}

/// Whether `self_info` is asked after each login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfInfoCheck {
    /// After every login.
    Ask,
    /// Never.
    Skip,
}

/// Whether devices open their push channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushUse {
    /// After the login.
    Open,
    /// Never.
    None,
}

/// A planned span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Always the same.
    Constant(Micros),
    /// Any in the range with the same chance.
    Uniform {
        /// The shortest.
        from: Micros,
        /// The longest.
        to: Micros,
    },
    /// Exponential with this mean, drawn again from the tail's remainder so that none is longer than `max`.
    Exponential {
        /// The mean before it is held at `max`.
        mean: Micros,
        /// The longest.
        max: Micros,
    },
}

impl Spread {
    /// The longest it can be.
    #[must_use]
    pub const fn max(&self) -> Micros {
        match *self {
            Self::Constant(length) => length,
            Self::Uniform { to, .. } => to,
            Self::Exponential { max, .. } => max,
        }
    }
}

/// A named range of the schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, unique in the profile.
    pub name: String,
    /// Whether budgets without `in STAGE` cover it.
    pub kind: StageKind,
    /// How long it lasts.
    pub length: Micros,
    /// Arrivals a second at its start and at its end; equal when it is constant.
    pub rate: (f64, f64),
    /// How arrivals are spaced.
    pub spacing: Spacing,
}

/// What a stage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Caches fill; no budget covers it unless it names it.
    WarmUp,
    /// What the run is about.
    Measured,
    /// The load goes down; no budget covers it unless it names it.
    CoolDown,
}

/// How arrivals are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// At equal distances of the rate's integral.
    Even,
    /// As independent people come: exponential distances.
    Poisson,
}

/// What the generator may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most slots of all scenarios together.
    pub slots: u32,
    /// How long sessions may go on after the schedule's end; none: as long as the longest planned session needs.
    pub drain: Option<Micros>,
}

/// Where the run stops by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

impl Profile {
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

    /// What a month looks like.
    #[must_use]
    pub const fn activity(&self) -> Activity {
        self.activity
    }
}

impl Scenario {
    /// How many accounts an arrival of it holds: its steps on the population's walk.
    #[must_use]
    pub const fn accounts(&self) -> u64 {
        match self.play {
            Play::Login | Play::Kicked { .. } | Play::Expired { .. } => 1,
            Play::Switch => 2,
        }
    }

    /// How many devices an arrival of it has online at once, at most: its descriptors.
    #[must_use]
    pub const fn devices(&self) -> u64 {
        match self.play {
            Play::Login | Play::Switch | Play::Expired { .. } => 1,
            Play::Kicked { .. } => 2,
        }
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
