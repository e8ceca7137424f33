//! A run with everything that it needs but its target: driven to its end, its evidence in its folder.

use std::io::Write;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::account_lock::{AccountLock, Claim, ClaimedShard, Whereabouts};
use super::account_names::AccountNames;
use super::announce::announce;
use super::child::ChildMock;
use super::fit::Fit;
use super::machine::Machine;
use super::planned::Planned;
use super::progress_loop::{Progress, ProgressLoop};
use super::ran::Ran;
use super::start::{Start, Worker};
use super::warm_up::warm_up;
use super::{Run, folder, preflight, target_counters};
use trtc_base::error::Problem;
use trtc_base::units::UnixSeconds;
use trtc_load_core::client::Endpoint;
use trtc_load_core::engine::{
    AccountPool, Admin, ClientSettings, Cost, Drive, Issuer, LivePlayer, Player, Sender, Telling,
    WebhookPlayer,
};
use trtc_load_core::plan::Shard;
use trtc_load_core::profile::{Place, Preconnect, UsersigServer};
use trtc_load_core::recorder::{LoginLog, Meta, Recorder, RunName, fingerprint};
use trtc_wire::dialect::Dialect;

/// Keeps what the mock counted, before it goes. A run without it is still whole: only the other side is missing.
fn keep_counters(mock: &ChildMock, folder: &Path, progress: Progress) {
    let told = target_counters::told(target_counters::keep(&mock.url, folder));
    if let (Progress::Shown, Some(said)) = (progress, told) {
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(std::io::stderr(), "{said}");
    }
}

/// A run's folder, what recorded it, and whether everything is on disk.
type Played = (PathBuf, Arc<Recorder>, Result<(), Problem>);

/// A run with everything it needs but its target.
pub(crate) struct Prepared<'r> {
    /// The second that the run is named after.
    pub(crate) second: UnixSeconds,
    pub(crate) names: AccountNames,
    pub(crate) run: &'r Run,
}

impl Prepared<'_> {
    /// Drives the run. Gives what it measured, also where that could not be written.
    pub(crate) async fn drive(&self) -> Result<Ran, Vec<Problem>> {
        let one = |problem| vec![problem];
        let (folder, recorder, recorded) = self.play().await.map_err(one)?;
        let faults = recorded.err().into_iter().collect();
        Ran::of(&folder, recorder.read_back(), faults)
    }

    /// Plays the run. Gives its folder, its recorder, and whether everything is on disk.
    async fn play(&self) -> Result<Played, Problem> {
        let Planned { profile, plan } = &self.run.planned;
        let (stop, progress) = (&self.run.stop, self.run.settings.progress);
        let (mock, url) = match &profile.target().place {
            Place::Mock(settings) => {
                let mock = ChildMock::start(settings, profile, &self.run.keys.apps, stop)?;
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
        let issuer = self.issuer().await?;
        let services: Vec<_> = iter::once(&endpoint)
            .chain(issuer.as_ref().map(|(_, issuer)| issuer))
            .collect();
        warm_up(&services, self.run.settings.threads).await?;
        // Before anything is sent: a run that cannot be kept is not begun.
        let folder = self.open_folder()?;
        let recorder = self.recorder(&folder);
        let recorder = recorder.inspect_err(|_| folder::take_back(&folder, profile))?;
        let recorder = Arc::new(recorder);
        if progress == Progress::Shown {
            announce(&self.run.planned);
            self.run.settings.start.announce();
        }
        let run = recorder.meta().run.clone();
        let driven = if profile.target().dialect.is_webhook() {
            let player =
                WebhookPlayer::new(plan.clone(), self.sender(endpoint, &run), self.pool()?);
            self.conduct(player, recorder.clone()).await
        } else {
            let player = self.player(endpoint, issuer, &run)?;
            self.conduct(player, recorder.clone()).await
        };
        if let Some(mock) = mock {
            keep_counters(&mock, &folder, progress);
        }
        driven.map(|recorded| (folder, recorder, recorded))
    }

    /// The team's UserSig server where there is one, once it answers.
    async fn issuer(&self) -> Result<Option<(&UsersigServer, Endpoint)>, Problem> {
        let profile = &self.run.planned.profile;
        let Some(server) = profile.usersig() else {
            return Ok(None);
        };
        let endpoint = preflight::resolved(&server.url, profile).await?;
        Fit::of_issuer(&self.run.planned, &endpoint, Machine::read()).refuse()?;
        Ok(Some((server, preflight::answering(endpoint).await?)))
    }

    fn fit(&self, endpoint: &Endpoint) -> Fit {
        Fit::of(&self.run.planned, Some(endpoint), Machine::read())
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

    /// Plays the plan to its end, and ends its recording. Gives whether everything is on disk.
    async fn conduct<P: Player>(
        &self,
        player: P,
        recorder: Arc<Recorder>,
    ) -> Result<Result<(), Problem>, Problem> {
        let Planned { profile, plan } = &self.run.planned;
        let (stop, progress) = (self.run.stop.clone(), self.run.settings.progress);
        let progress_loop =
            ProgressLoop::new(recorder.clone(), plan.clone(), stop.clone(), progress)
                .breaking(profile.breaker());
        let dialect = &profile.target().dialect;
        let costs = profile.scenarios().iter();
        let costs = costs.map(|scenario| Cost::of(scenario, dialect));
        let drive = Drive {
            plan: plan.clone(),
            player: Arc::new(player),
            recorder,
            drain: self.run.planned.drain(),
            timeout: profile.target().timeout,
            caps: self.run.planned.caps(),
            costs: costs.collect(),
            clock: self.run.settings.start.clock(&stop),
            stop,
        };
        let driven = Box::pin(drive.run(|clock| progress_loop.begin(clock))).await;
        let settled = driven.as_ref().copied().unwrap_or_default();
        let recorded = progress_loop.end(settled);
        driven.map(|_| recorded)
    }

    fn open_folder(&self) -> Result<PathBuf, Problem> {
        let Planned { profile, plan } = &self.run.planned;
        match &self.run.settings.start {
            Start::Told(Worker { folder, .. }) => {
                folder::open_at(folder, profile).map(|()| folder.clone())
            }
            Start::Soon | Start::At(_) => {
                folder::open(&self.run.settings.out, profile, plan.shard())
            }
        }
    }

    fn recorder(&self, folder: &Path) -> Result<Recorder, Problem> {
        let name = RunName {
            run: folder::run_name(folder),
            labels: self.run.settings.labels.clone(),
            started_at: self.second,
        };
        let Planned { profile, plan } = &self.run.planned;
        let meta = Meta {
            cores: u32::try_from(self.run.settings.threads).unwrap_or(u32::MAX),
            ..Meta::of(profile, plan, name)
        };
        // Before the recording: a folder without one can be taken back.
        let log = self.login_log()?;
        let recorder = Recorder::new(meta, folder, self.run.settings.threads);
        if let (Err(_), Some(path)) = (&recorder, &self.run.settings.logins) {
            // Nothing stands in it but its header, and the next try must find its place free.
            let _ = std::fs::remove_file(path);
        }
        Ok(recorder?.with_logins(log))
    }

    /// The log of logins, where one is asked for.
    fn login_log(&self) -> Result<Option<LoginLog>, Problem> {
        let Some(path) = &self.run.settings.logins else {
            return Ok(None);
        };
        let apps = self.run.planned.profile.apps().iter();
        let apps = apps.map(|app| app.sdk_app_id.0).collect();
        let names = self.names.clone();
        LoginLog::begin(path, apps, Box::new(move |number| names.name(number))).map(Some)
    }

    /// What no other run may use meanwhile, at what answers there.
    fn claim(&self, endpoint: &Endpoint, port: u16) -> Claim {
        let Planned { profile, plan } = &self.run.planned;
        let shard = plan.shard();
        Claim {
            whereabouts: if endpoint.is_loopback() {
                Whereabouts::Here(port)
            } else {
                Whereabouts::Elsewhere
            },
            apps: profile.apps().iter().map(|app| app.sdk_app_id.0).collect(),
            names: self.names.clone(),
            shard: (shard != Shard::WHOLE).then(|| ClaimedShard {
                plan: format!("{} from {}", fingerprint(profile), self.second.0),
                number: shard.number(),
                of: shard.of(),
            }),
        }
    }

    /// The accounts of the run.
    fn pool(&self) -> Result<AccountPool, Problem> {
        AccountPool::new(
            self.run.keys.apps.clone(),
            self.names.prefix.clone(),
            self.names.accounts,
            self.run.planned.profile.target().dialect.credential(),
            self.run.planned.profile.population().usersigs,
        )
        .and_then(|pool| pool.with_rooms_of(self.run.planned.profile.most_people()))
        .map_err(|fault| Problem::bad_input("population.prefix", fault.to_string(), "shorten it"))
    }

    /// How devices reach a service of the run.
    fn client_settings(
        &self,
        endpoint: Endpoint,
        dialect: &Arc<Dialect>,
        run: &str,
    ) -> ClientSettings {
        let target = self.run.planned.profile.target();
        ClientSettings {
            endpoint,
            dialect: dialect.clone(),
            headers: format!(
                "User-Agent: trtc-load/{}\r\nX-Trtc-Load-Run: {run}\r\n",
                env!("CARGO_PKG_VERSION")
            ),
            timeout: target.timeout,
            notice_limit: target.notice_limit,
            heartbeat_limit: target.heartbeat_limit,
            clock_skew: target.rules.clock_skew,
            connection: target.connection,
        }
    }

    /// The way to a webhook receiver, with what signs for Tencent there.
    fn sender(&self, endpoint: Endpoint, run: &str) -> Sender {
        let profile = &self.run.planned.profile;
        let webhook = profile.webhook();
        Sender {
            settings: self.client_settings(endpoint, &profile.target().dialect, run),
            path: webhook.path.clone(),
            token: self.run.keys.token.clone(),
            retries: webhook.retries,
            telling: Telling {
                sdk: webhook.sdk,
                shares: webhook.shares,
                rules: profile.target().rules.devices,
            },
        }
    }

    fn player(
        &self,
        endpoint: Endpoint,
        issuer: Option<(&UsersigServer, Endpoint)>,
        run: &str,
    ) -> Result<LivePlayer, Problem> {
        let Planned { profile, plan } = &self.run.planned;
        let target = profile.target();
        let issuer = issuer.map(|(server, endpoint)| Issuer {
            settings: self.client_settings(endpoint, &server.dialect, run),
            verify: server.verify,
        });
        let admin = profile.admin();
        let admin = Admin::new(admin.identifier.clone(), admin.valid_for);
        let pool = self.pool()?.issued_by(issuer).with_admin(Some(admin));
        let settings = self.client_settings(endpoint, &target.dialect, run);
        let preconnect: Preconnect = target.preconnect;
        Ok(LivePlayer::new(plan.clone(), settings, pool, preconnect))
    }
}
