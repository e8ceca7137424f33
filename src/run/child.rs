//! The mock as a process of its own beside a run: its CPU and its descriptors are not the generator's.

use std::io::BufRead;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use trtc_base::child::Supervised;
use trtc_base::error::Problem;
use trtc_base::units::Micros;
use trtc_load_core::engine::Stop;
use trtc_load_core::profile::{
    HttpUrl, LoneMock, MockSettings, NoticeBy as Noticed, Profile, Scheme, SessionRules,
};
use trtc_load_core::recorder::Ended;
use trtc_load_core::session::{OfflineKick as Told, Policy as Rule};
use trtc_mock::{
    AppConfig, KickRules, MockConfig, NoticeBy, NoticeFaults, OfflineKick, Policy, Pushes, Stall,
};
use trtc_usersig::{Key, SdkAppId};

/// How long the mock may take to say where it listens.
const FIRST_LINE: Duration = Duration::from_secs(10);

/// How long it may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// A running mock. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct ChildMock {
    /// Dropped first, so that its end is known to be meant.
    child: Supervised,
    /// Set before it is told to end: what ends then has not failed.
    leaving: Arc<AtomicBool>,
    /// Where it listens.
    pub(crate) url: HttpUrl,
}

impl ChildMock {
    /// Starts it, with the apps of the run. Where it ends before it is told to, the run is wound down: what comes after
    /// that is no target's doing.
    pub(crate) fn start(
        settings: &MockSettings,
        profile: &Profile,
        keys: &[(SdkAppId, Key)],
        stop: &Stop,
    ) -> Result<Self, Problem> {
        let program = std::env::current_exe().map_err(|fault| problem(&fault.to_string()))?;
        let mut command = Command::new(program);
        command.args(["mock", "--config-from-stdin"]);
        let (mut child, stdout) = Supervised::start(&mut command, PATIENCE)
            .map_err(|fault| problem(&fault.to_string()))?;
        let config = serde_json::to_string(&config(settings, profile, keys))
            .map_err(|fault| problem(&fault.to_string()))?;
        let told = child.tell(&config);
        let leaving = Arc::<AtomicBool>::default();
        let gone = {
            let (leaving, stop) = (leaving.clone(), stop.clone());
            move || {
                if !leaving.load(Ordering::Acquire) {
                    stop.wind_down(Ended::MockEnded);
                }
            }
        };
        let url = told.ok().and_then(|()| address(stdout, gone));
        let Some(url) = url else {
            let ended = child.end_within(PATIENCE);
            let ended = ended.map_or("it goes on".to_owned(), |status| status.to_string());
            return Err(problem(&format!("it said no address ({ended})")));
        };
        Ok(Self {
            child,
            leaving,
            url,
        })
    }
}

impl Drop for ChildMock {
    fn drop(&mut self) {
        self.leaving.store(true, Ordering::Release);
        self.child.let_go();
    }
}

/// Its first line. A child that says nothing must not hold the run for ever, and a read cannot be given up: a thread
/// does it. It goes on until the child's output ends, which is when the child does, and then says so by `gone`.
fn address(
    mut stdout: impl BufRead + Send + 'static,
    gone: impl FnOnce() + Send + 'static,
) -> Option<HttpUrl> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if stdout.read_line(&mut line).is_ok() {
            let _ = tell.send(line);
        }
        let _ = std::io::copy(&mut stdout, &mut std::io::sink());
        gone();
    });
    let line = told.recv_timeout(FIRST_LINE).ok()?;
    let (host, port) = line
        .trim()
        .strip_prefix("listening on http://")?
        .rsplit_once(':')?;
    Some(HttpUrl {
        scheme: Scheme::Http,
        host: host.trim_matches(['[', ']']).into(),
        port: port.parse().ok()?,
    })
}

/// The mock of a run, with its apps.
fn config(settings: &MockSettings, profile: &Profile, keys: &[(SdkAppId, Key)]) -> MockConfig {
    let app = |(app, key): &(SdkAppId, Key)| AppConfig {
        sdk_app_id: app.0,
        key: String::from_utf8_lossy(key.as_bytes()).into_owned(),
    };
    let target = profile.target();
    MockConfig {
        apps: keys.iter().map(app).collect(),
        seed: profile.seed(),
        ..behaving(&LoneMock {
            settings: settings.clone(),
            rules: target.rules,
            heartbeat_limit: target.heartbeat_limit,
        })
    }
}

/// A mock that behaves so, without an app.
pub(crate) fn behaving(mock: &LoneMock) -> MockConfig {
    let settings = &mock.settings;
    let SessionRules {
        devices,
        offline_kick,
        clock_skew: _,
    } = mock.rules;
    let stall = |(at, length): &(Micros, Micros)| Stall {
        at: at.as_duration(),
        length: length.as_duration(),
    };
    MockConfig {
        service_time: settings.service_time.as_duration(),
        error_rate: settings.error_rate,
        error_code: settings.error_code,
        stalls: settings.stalls.iter().map(stall).collect(),
        max_logins_per_second: settings.max_logins_per_second,
        cut_before: settings.cut_before,
        cut_after: settings.cut_after,
        notices: NoticeFaults {
            lost: settings.notice_lost,
            late: settings.notice_late,
            // No notice is late where none is asked to be.
            late_by: if settings.notice_late > 0.0 {
                settings.notice_late_by.as_duration()
            } else {
                Duration::ZERO
            },
            twice: settings.notice_twice,
        },
        notice_by: match settings.notice_by {
            Noticed::Message => NoticeBy::Message,
            Noticed::Close => NoticeBy::Close,
            Noticed::Both => NoticeBy::Both,
        },
        cut_channels: settings.cut_channels.map(Micros::as_duration),
        pushes: Pushes {
            ping_every: settings.ping_every.map(Micros::as_duration),
            pong_limit: settings.pong_limit.map(Micros::as_duration),
            broadcast_after: settings.broadcast_after.map(Micros::as_duration),
        },
        kicks: KickRules {
            policy: mock_policy(devices.policy),
            web_instances: devices.web_instances,
            native_instances: devices.native_instances,
        },
        offline_kick: match offline_kick {
            Told::Silent => OfflineKick::Silent,
            Told::OnLogin => OfflineKick::OnLogin,
            Told::OnReconnect => OfflineKick::OnReconnect,
            Told::Both => OfflineKick::Both,
        },
        heartbeat_limit: mock.heartbeat_limit.as_duration(),
        ..MockConfig::default()
    }
}

/// The mock has a policy of its own, so that neither side vouches for itself.
const fn mock_policy(policy: Rule) -> Policy {
    match policy {
        Rule::Single => Policy::Single,
        Rule::Dual => Policy::Dual,
        Rule::Triple => Policy::Triple,
        Rule::Multi => Policy::Multi,
    }
}

fn problem(what: &str) -> Problem {
    Problem::could_not_run(
        "target.mock",
        format!("the mock could not be started: {what}"),
        "start it by hand with `trtc-load mock` and give its address with --target",
    )
}
