//! Plays a profile: everything between a checked profile and a run that has ended.
//!
//! In: a profile, and what the caller wants of its run. Out: the run's folder, its recording, its verdict. Never here: arguments,
//! questions to a person, signals.
//!
//! ```
//! use trtc_load::error::Exit;
//! use trtc_load::profile::{Overrides, Profile, Source};
//! use trtc_load::run::{Run, Settings};
//! # use trtc_load::error::Problem;
//! # fn main() -> Result<(), Vec<Problem>> {
//! # let runtime = tokio::runtime::Runtime::new().expect("a runtime");
//! # let mock = trtc_load::mock::MockConfig {
//! #     apps: vec![trtc_load::mock::AppConfig { sdk_app_id: 1_400_000_001, key: "secret".into() }],
//! #     ..Default::default()
//! # };
//! # let _context = runtime.enter();
//! # let service = trtc_load::mock::Mock::bind(&mock).expect("a free port");
//! # let address = service.address();
//! # runtime.spawn(service.serve(Default::default()));
//! let text = format!(
//!     r#"
//!     version = 1
//!     budgets = ["login p95 < 250ms"]
//!     [target]
//!     url = "http://{address}"
//!     [[apps]]
//!     sdk_app_id = 1400000001
//!     key = {{ text = "secret" }}
//!     [population]
//!     accounts = 1000
//!     [[scenarios]]
//!     name = "login"
//!     dwell = "100ms"
//!     [[stages]]
//!     name = "peak"
//!     for = "3s"
//!     rate = 30
//!     spacing = "even"
//!     "#
//! );
//! let source = Source { file: "here".into(), name: "small".into(), dir: ".".into() };
//! let profile = Profile::parse(&text, &source, &Overrides::default()).expect("it is valid");
//! # let folder = tempfile::tempdir().expect("a folder");
//! let settings = Settings {
//! #   out: folder.path().into(),
//!     labels: vec![("build".into(), "1234".into())],
//!     ..Settings::default()
//! };
//! let run = Run::prepare(profile, settings)?;
//! let ran = run.play()?;
//! let verdict = ran.verdict(run.profile());
//! // On a machine that is busy the run may prove nothing; a mock that answers at once breaks nothing.
//! assert!(matches!(verdict.exit, Exit::Kept | Exit::Invalid), "{:?}", verdict.reasons);
//! assert_eq!(ran.recording.logins(), 90);
//! # Ok(())
//! # }
//! ```

mod account_lock;
mod account_names;
mod announce;
mod app_info;
mod child;
mod fit;
mod folder;
mod keys;
mod login_log;
mod machine;
mod merging;
mod planned;
mod preflight;
mod prepared;
mod progress_loop;
mod ran;
mod start;
mod target_counters;
mod threads;
mod undecided;
mod warm_up;
mod worker;
mod workers;

use std::fmt;
use std::path::PathBuf;

use trtc_base::error::Problem;
use trtc_load_core::engine::Stop;
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::Profile;

use account_names::AccountNames;
use keys::Keys;
use prepared::Prepared;

pub use progress_loop::Progress;
pub use ran::Ran;
pub use start::{Start, Worker};

pub(crate) use app_info::fetch_app_info;
pub(crate) use child::behaving as mock_behaving;
pub(crate) use fit::Fit;
pub(crate) use folder::{RESOLVED, open, take_back};
pub(crate) use keys::shown_variable;
pub(crate) use login_log::{refuse_shards_logs, refuse_unlogged};
pub(crate) use machine::Machine;
pub(crate) use merging::{Part, merge};
pub(crate) use planned::{Planned, cost_of, kicked_by};
pub(crate) use start::time;
pub(crate) use undecided::undecided;
pub(crate) use workers::{Crew, Hiring, refuse_unplayable};

/// What a caller wants of a run beside its profile.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where run folders go.
    pub out: PathBuf,
    /// What is under test, as name and value; kept in every output.
    pub labels: Vec<(String, String)>,
    /// Threads that devices run on, at least 1.
    pub threads: usize,
    /// When it starts.
    pub start: Start,
    /// Which part of the plan it plays.
    pub shard: Shard,
    /// Whether progress is told on standard error.
    pub progress: Progress,
    /// Where each login is kept as a row, for `trtc-load mau`; a file that does not exist yet. None: nowhere.
    pub logins: Option<PathBuf>,
}

impl Default for Settings {
    /// All of the plan, as soon as it is prepared, on all cores, into `reports`, without a word.
    fn default() -> Self {
        Self {
            out: "reports".into(),
            labels: Vec::new(),
            threads: threads::cores(),
            start: Start::Soon,
            shard: Shard::WHOLE,
            progress: Progress::Quiet,
            logins: None,
        }
    }
}

/// A run that could begin: planned, with its keys at hand, within the limits of its target and of this process.
pub struct Run {
    planned: Planned,
    keys: Keys,
    settings: Settings,
    stop: Stop,
}

impl Run {
    /// Plans `profile` and fetches its keys. Nothing is sent.
    ///
    /// # Errors
    /// Everything that keeps the run from starting.
    pub fn prepare(profile: Profile, settings: Settings) -> Result<Self, Vec<Problem>> {
        let planned = Planned::of(profile, settings.shard)?;
        Self::of(planned, settings)
    }

    pub(crate) fn of(planned: Planned, settings: Settings) -> Result<Self, Vec<Problem>> {
        let one = |problem| vec![problem];
        settings.start.check().map_err(one)?;
        refuse_unlogged(&planned, settings.logins.as_deref()).map_err(one)?;
        settings
            .logins
            .as_deref()
            .map_or(Ok(()), login_log::refuse_existing)
            .map_err(one)?;
        let keys = keys::load(&planned.profile)?;
        preflight::limits(&planned.profile, &planned.plan).map_err(one)?;
        preflight::descriptors(&planned.plan.foresight(&planned.profile)).map_err(one)?;
        Ok(Self {
            planned,
            keys,
            settings,
            stop: Stop::default(),
        })
    }

    /// What it plays.
    #[must_use]
    pub const fn profile(&self) -> &Profile {
        &self.planned.profile
    }

    pub(crate) const fn planned(&self) -> &Planned {
        &self.planned
    }

    /// What ends it from elsewhere, by steps.
    #[must_use]
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Plays it to its end, on threads of its own. A profile whose target is the built-in mock starts this very program
    /// with the argument `mock`.
    ///
    /// # Errors
    /// What kept it from starting, or its recording from being read back.
    pub fn play(&self) -> Result<Ran, Vec<Problem>> {
        let settings = &self.settings;
        let second = settings.start.second();
        let run = Prepared {
            names: AccountNames::of(self.planned.profile.population(), second),
            second,
            run: self,
        };
        let runtime = threads::runtime(settings.threads).map_err(|one| vec![one])?;
        if settings.progress == Progress::Shown && settings.shard != Shard::WHOLE {
            announce::announce_count(&self.planned);
        }
        let ran = runtime.block_on(run.drive());
        // Slots that ignored the halt must not hold the evidence back.
        runtime.shutdown_background();
        ran
    }
}

impl fmt::Debug for Run {
    /// Without its keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("profile", &self.planned.profile.name())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
