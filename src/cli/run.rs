//! `trtc-load --profile FILE`: the whole run, from a profile to a verdict.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::Output;
use super::ProfileArgs;
use super::account_lock::AccountLock;
use super::account_lock::Claim;
use super::account_lock::Whereabouts;
use super::account_names::AccountNames;
use super::books;
use super::child::ChildMock;
use super::conductor::Conductor;
use super::conductor::Progress;
use super::consent;
use super::fit::Fit;
use super::keys;
use super::keys::Keys;
use super::machine::Machine;
use super::preflight;
use super::profile::Planned;
use super::profile::planned;
use super::report;
use super::report::RESOLVED;
use crate::clock;
use crate::dialect::Dialect;
use crate::engine::Admin;
use crate::engine::Cast;
use crate::engine::Cost;
use crate::engine::Drive;
use crate::engine::Issuer;
use crate::engine::LivePlayer;
use crate::engine::Player;
use crate::engine::Sender;
use crate::engine::Stop;
use crate::engine::WebhookPlayer;
use crate::engine::Wire;
use crate::error::Exit;
use crate::error::Problem;
use crate::plan::Shard;
use crate::profile::HttpUrl;
use crate::profile::Place;
use crate::profile::Preconnect;
use crate::profile::Profile;
use crate::profile::UsersigServer;
use crate::recorder::Meta;
use crate::recorder::Recorder;
use crate::recorder::RunName;
use crate::target::Endpoint;

/// One run of a profile.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that a person types"
)]
pub struct RunArgs {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Where run folders go.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// What is under test, such as `build=1234`; kept in every output. Repeatable.
    #[arg(long = "label", value_name = "KEY=VALUE", value_parser = label)]
    labels: Vec<(String, String)>,
    /// Do not ask before a run that registers accounts, costs MAU or ends sessions off this machine.
    #[arg(long)]
    yes: bool,
    /// Show no progress.
    #[arg(long)]
    quiet: bool,
    /// The result as a table for people or as JSON for programs.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

fn label(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().into(), value.trim().into()))
        }
        Some(_) | None => Err("write it as key=value, for example build=1234".into()),
    }
}

/// Runs the profile and prints the verdict.
///
/// # Errors
/// Every problem that kept the run from starting, or its evidence from being written.
pub fn run(args: &RunArgs, out: &mut impl Write) -> Result<Exit, Vec<Problem>> {
    let planned = planned(&args.profile, Shard::WHOLE)?;
    let keys = keys::load(&planned.profile)?;
    let one = |problem| vec![problem];
    // Nobody is asked about a run that would be refused anyway.
    preflight::limits(&planned.profile, &planned.plan).map_err(one)?;
    if !args.yes {
        consent::ask(&planned).map_err(one)?;
    }
    preflight::descriptors(&planned.plan.foresight(&planned.profile)).map_err(one)?;
    let run = Prepared {
        names: AccountNames::of(planned.profile.population(), clock::unix_now()),
        planned,
        keys,
        out: args.out.clone(),
        labels: args.labels.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|fault| {
            one(Problem::could_not_run(
                "threads",
                fault.to_string(),
                "free some memory or processes",
            ))
        })?;
    let progress = if args.quiet {
        Progress::Quiet
    } else {
        Progress::Shown
    };
    let ran = runtime.block_on(run.drive(progress));
    // Slots that ignored the halt must not hold the evidence back.
    runtime.shutdown_background();
    let folder = ran.map_err(one)?;
    report::of_run(&folder, &run.planned.profile, args.output, out)
}

/// Says what the run is about to do and to cost, before it does.
fn announce(url: &HttpUrl, planned: &Planned) {
    let foresight = planned.plan.foresight(&planned.profile);
    let costs = match consent::cost_of(planned, &foresight) {
        Cost {
            logins: 0,
            registrations: 0,
        } => "nobody logs in or is registered anywhere".to_owned(),
        Cost {
            logins: 0,
            registrations,
        } => format!("{registrations} accounts; each that is new there is registered"),
        Cost { logins, .. } => format!(
            "{logins} accounts; each that is new there is registered and counts into the month's MAU"
        ),
    };
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "{} against {url}: {} arrivals in {} s, {costs}",
        planned.profile.name(),
        foresight.arrivals,
        planned.plan.end().whole_secs(),
    );
    let kicked = consent::kicked_by(planned, &foresight);
    if kicked > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "it ends the sessions of {kicked} accounts, whoever has them"
        );
    }
}

/// Keeps what the mock counted, before it goes. A run without it is still whole: only the other side is missing.
fn keep_books(mock: &ChildMock, folder: &Path, progress: Progress) {
    let said = match books::keep(&mock.url, folder) {
        Ok(books) => books::said(&books),
        Err(fault) => Some(format!("the mock's books could not be kept: {fault}")),
    };
    if let (Progress::Shown, Some(said)) = (progress, said) {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(std::io::stderr(), "{said}");
    }
}

/// A new folder for this run, with the resolved profile in it.
fn open_folder(out: &Path, profile: &Profile) -> Result<PathBuf, Problem> {
    let base = format!("{}-{}", profile.name(), clock::utc_stamp());
    let problem = |path: &Path, fault: &std::io::Error| {
        Problem::could_not_run(
            path.display().to_string(),
            format!("the run's folder cannot be made: {fault}"),
            "give a folder that can be written with --out",
        )
    };
    std::fs::create_dir_all(out).map_err(|fault| problem(out, &fault))?;
    // Two runs of one profile may begin in the same second.
    let names = std::iter::once(base.clone()).chain((2..100).map(|n| format!("{base}-{n}")));
    for name in names {
        let folder = out.join(name);
        match std::fs::create_dir(&folder) {
            Ok(()) => {
                let resolved = folder.join(RESOLVED);
                std::fs::write(&resolved, profile.resolved_toml())
                    .map_err(|fault| problem(&resolved, &fault))?;
                return Ok(folder);
            }
            Err(fault) if fault.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(fault) => return Err(problem(&folder, &fault)),
        }
    }
    Err(problem(out, &std::io::ErrorKind::AlreadyExists.into()))
}

/// What a run is recorded with and stopped by.
struct Way {
    recorder: Arc<Recorder>,
    stop: Stop,
    progress: Progress,
}

/// A run with everything it needs but its target.
struct Prepared {
    planned: Planned,
    names: AccountNames,
    keys: Keys,
    /// Where run folders go.
    out: PathBuf,
    labels: Vec<(String, String)>,
}

impl Prepared {
    /// Drives the run. Gives its folder, with the recording in it.
    async fn drive(&self, progress: Progress) -> Result<PathBuf, Problem> {
        let Planned { profile, plan } = &self.planned;
        let stop = Stop::default();
        preflight::stop_on_signals(&stop)?;
        let (mock, url) = match &profile.target().place {
            Place::Mock(settings) => {
                let mock = ChildMock::start(settings, profile, &self.keys.apps)?;
                let url = mock.url.clone();
                (Some(mock), url)
            }
            Place::Url(url) => (None, url.clone()),
        };
        let endpoint = preflight::resolved(&url, profile).await?;
        self.fit(&endpoint).refuse()?;
        let endpoint = preflight::answering(endpoint).await?;
        preflight::sources(&endpoint, profile)?;
        self.fits(&endpoint, progress)?;
        // The mock that was started for this run is nobody else's.
        let is_own = mock.is_some() && endpoint.is_loopback();
        let _lock = (!is_own)
            .then(|| AccountLock::take(self.claim(&endpoint, url.port)))
            .transpose()?;
        let issuer = match profile.usersig() {
            Some(server) => {
                let endpoint = preflight::resolved(&server.url, profile).await?;
                Fit::of_issuer(&self.planned, &endpoint, Machine::read()).refuse()?;
                Some((server, preflight::answering(endpoint).await?))
            }
            None => None,
        };
        // Before anything is sent: a run that cannot be kept is not begun.
        let folder = open_folder(&self.out, profile)?;
        let recorder = Arc::new(self.recorder(&folder)?);
        if progress == Progress::Shown {
            announce(&url, &self.planned);
        }
        let run = recorder.meta().run.clone();
        let way = Way {
            recorder,
            stop,
            progress,
        };
        let driven = if profile.target().dialect.is_webhook() {
            let player =
                WebhookPlayer::new(plan.clone(), self.sender(endpoint, &run), self.cast()?);
            self.conduct(player, way).await
        } else {
            let player = self.player(endpoint, issuer, &run)?;
            self.conduct(player, way).await
        };
        if let Some(mock) = mock {
            keep_books(&mock, &folder, progress);
        }
        driven.map(|()| folder)
    }

    fn fit(&self, endpoint: &Endpoint) -> Fit {
        Fit::of(&self.planned, Some(endpoint), Machine::read())
    }

    /// Refuses a run that this machine has no ports or no memory for, now that it is known which addresses answer.
    fn fits(&self, endpoint: &Endpoint, progress: Progress) -> Result<(), Problem> {
        let fit = self.fit(endpoint);
        if let Some(warning) = fit.warning().filter(|_| progress == Progress::Shown) {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(std::io::stderr(), "{warning}");
        }
        fit.refuse()
    }

    /// Plays the plan to its end, and ends its recording.
    async fn conduct<P: Player>(&self, player: P, way: Way) -> Result<(), Problem> {
        let Planned { profile, plan } = &self.planned;
        let Way {
            recorder,
            stop,
            progress,
        } = way;
        let conductor = Conductor::new(recorder.clone(), plan.clone(), stop.clone(), progress)
            .breaking(profile.breaker());
        let dialect = &profile.target().dialect;
        let costs = profile.scenarios().iter();
        let costs = costs.map(|scenario| Cost::of(scenario, dialect));
        let drive = Drive {
            plan: plan.clone(),
            player: Arc::new(player),
            recorder,
            stop,
            drain: profile
                .limits()
                .drain
                .unwrap_or_else(|| plan.longest_session()),
            timeout: profile.target().timeout,
            caps: self.planned.caps(),
            costs: costs.collect(),
        };
        let driven = Box::pin(drive.run(|clock| conductor.begin(clock))).await;
        let settled = driven.as_ref().copied().unwrap_or_default();
        let recorded = conductor.end(settled);
        driven.and(recorded)
    }

    fn recorder(&self, folder: &Path) -> Result<Recorder, Problem> {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let run = folder.file_name().map(|name| name.to_string_lossy());
        let name = RunName {
            run: run.unwrap_or_default().into_owned(),
            labels: self.labels.clone(),
            started_at: clock::unix_now(),
        };
        let Planned { profile, plan } = &self.planned;
        Recorder::new(Meta::of(profile, plan, name), folder, workers)
    }

    /// What no other run may use meanwhile, at what answers there.
    fn claim(&self, endpoint: &Endpoint, port: u16) -> Claim {
        let profile = &self.planned.profile;
        Claim {
            whereabouts: if endpoint.is_loopback() {
                Whereabouts::Here(port)
            } else {
                Whereabouts::Elsewhere
            },
            apps: profile.apps().iter().map(|app| app.sdk_app_id.0).collect(),
            names: self.names.clone(),
        }
    }

    /// The accounts of the run.
    fn cast(&self) -> Result<Cast, Problem> {
        Cast::new(
            self.keys.apps.clone(),
            self.names.prefix.clone(),
            self.names.accounts,
            self.planned.profile.target().dialect.credential(),
        )
        .map_err(|fault| Problem::bad_input("population.prefix", fault.to_string(), "shorten it"))
    }

    /// The way to a service of the run.
    fn wire(&self, endpoint: Endpoint, dialect: &Arc<Dialect>, run: &str) -> Wire {
        let target = self.planned.profile.target();
        Wire {
            endpoint,
            dialect: dialect.clone(),
            headers: format!(
                "User-Agent: trtc-load/{}\r\nX-Trtc-Load-Run: {run}\r\n",
                env!("CARGO_PKG_VERSION")
            ),
            timeout: target.timeout,
            notice_limit: target.notice_limit,
            connection: target.connection,
        }
    }

    /// The way to a webhook receiver, with what signs for Tencent there.
    fn sender(&self, endpoint: Endpoint, run: &str) -> Sender {
        let profile = &self.planned.profile;
        let webhook = profile.webhook();
        Sender {
            wire: self.wire(endpoint, &profile.target().dialect, run),
            path: webhook.path.clone(),
            token: self.keys.token.clone(),
            retries: webhook.retries,
            sdk: webhook.sdk,
        }
    }

    fn player(
        &self,
        endpoint: Endpoint,
        issuer: Option<(&UsersigServer, Endpoint)>,
        run: &str,
    ) -> Result<LivePlayer, Problem> {
        let Planned { profile, plan } = &self.planned;
        let target = profile.target();
        let issuer = issuer.map(|(server, endpoint)| Issuer {
            wire: self.wire(endpoint, &server.dialect, run),
            verify: server.verify,
        });
        let admin = profile.admin();
        let admin = Admin::new(admin.identifier.clone(), admin.valid_for);
        let cast = self.cast()?.issued_by(issuer).with_admin(Some(admin));
        let wire = self.wire(endpoint, &target.dialect, run);
        let preconnect: Preconnect = target.preconnect;
        Ok(LivePlayer::new(plan.clone(), wire, cast, preconnect))
    }
}
