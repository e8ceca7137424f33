//! How a mock behaves: one value, which a parent process can hand over as JSON, and its checks.
//!
//! JSON, so that keys travel over standard input and never appear among a process's arguments.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use trtc_base::error::Explain;
use trtc_usersig::Key;

use super::notice::{NoticeBy, NoticeFaults};
use super::policy::KickRules;
use super::pushes::Pushes;

/// Everything that can be set. The defaults are those of a healthy service with no app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MockConfig {
    /// Where to listen. Loopback only; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The apps that exist here, at least one.
    pub apps: Vec<AppConfig>,
    /// How long it works on each request.
    pub service_time: Duration,
    /// The share of login, `self_info` and logout requests that it refuses with `error_code`, in 0..=1.
    pub error_rate: f64,
    /// The code it refuses them with.
    pub error_code: i64,
    /// Windows in which no answer is written. They may overlap.
    pub stalls: Vec<Stall>,
    /// The most logins each second before it answers 72010.
    pub max_logins_per_second: Option<u32>,
    /// The most logins of one account each minute before it answers 72010.
    pub max_account_logins_per_minute: Option<u32>,
    /// The share of login, `self_info` and logout requests cut off before they are counted, in 0..=1.
    pub cut_before: f64,
    /// The share of them that are carried out and then cut off instead of answered, in 0..=1.
    pub cut_after: f64,
    /// What goes wrong with kick notices on push channels that stay open.
    pub notices: NoticeFaults,
    /// What tells a kicked `WebSocket`.
    pub notice_by: NoticeBy,
    /// When every open push channel is cut, from the first request.
    pub cut_channels: Option<Duration>,
    /// What it sends over push channels by itself.
    pub pushes: Pushes,
    /// Which sessions of an account exclude each other.
    pub kicks: KickRules,
    /// What a device is told that was kicked while it was away.
    pub offline_kick: OfflineKick,
    /// How long a device may be silent before its session ends. Documented: 400 s.
    pub heartbeat_limit: Duration,
    /// What the shares above are drawn from.
    pub seed: u64,
    /// Refuse every login with this code.
    pub always: Option<i64>,
    /// Refuse each account's first valid login with this code.
    pub first: Option<i64>,
}

/// An app that exists in the mock.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// Its SDKAppID.
    pub sdk_app_id: u32,
    /// The key that signs its tickets. Secret.
    pub key: String,
}

impl fmt::Debug for AppConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppConfig")
            .field("sdk_app_id", &self.sdk_app_id)
            .finish_non_exhaustive()
    }
}

/// A window in which no answer is written. Requests are read and carried out; their answers wait for its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stall {
    /// Its start, from the first request.
    pub at: Duration,
    /// Its length.
    pub length: Duration,
}

/// Where a native device that was kicked while it was away meets 6208, once. Source: Chat docs, "Login" (facts: the
/// contradiction on 6208); web devices never do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineKick {
    /// Nowhere: its next login succeeds. The documented default.
    #[default]
    Silent,
    /// At its next login.
    OnLogin,
    /// When it comes back by its token.
    OnReconnect,
    /// At whichever comes first.
    Both,
}

impl OfflineKick {
    /// Whether a login is told.
    pub(super) const fn at_login(self) -> bool {
        matches!(self, Self::OnLogin | Self::Both)
    }

    /// Whether a token is told.
    pub(super) const fn at_reconnect(self) -> bool {
        matches!(self, Self::OnReconnect | Self::Both)
    }
}

impl Default for MockConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            apps: Vec::new(),
            service_time: Duration::from_millis(5),
            error_rate: 0.0,
            error_code: 70500,
            stalls: Vec::new(),
            max_logins_per_second: None,
            max_account_logins_per_minute: None,
            cut_before: 0.0,
            cut_after: 0.0,
            notices: NoticeFaults::default(),
            notice_by: NoticeBy::default(),
            cut_channels: None,
            pushes: Pushes::default(),
            kicks: KickRules::default(),
            offline_kick: OfflineKick::default(),
            heartbeat_limit: Duration::from_secs(400),
            seed: 0,
            always: None,
            first: None,
        }
    }
}

/// What is wrong with a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFault {
    /// It would listen where others can reach it.
    NotLoopback {
        /// Where.
        listen: SocketAddr,
    },
    /// There is no app.
    NoApp,
    /// An app is there twice.
    AppTwice {
        /// Its SDKAppID.
        sdk_app_id: u32,
    },
    /// An app has no key.
    NoKey {
        /// Its SDKAppID.
        sdk_app_id: u32,
    },
    /// An app's key has several lines.
    KeyLines {
        /// Its SDKAppID.
        sdk_app_id: u32,
    },
    /// A share is outside 0..=1.
    Share {
        /// The setting.
        name: &'static str,
    },
    /// Notices are told twice, and only by close frames, of which there is one.
    TwiceByClose,
    /// A setting may not be zero.
    Zero {
        /// The setting.
        name: &'static str,
    },
}

impl MockConfig {
    /// Finds everything that is wrong with it.
    ///
    /// # Errors
    /// All faults, at least one.
    pub fn check(&self) -> Result<(), Vec<ConfigFault>> {
        let mut faults = Vec::new();
        if !self.listen.ip().is_loopback() {
            faults.push(ConfigFault::NotLoopback {
                listen: self.listen,
            });
        }
        self.check_apps(&mut faults);
        for (name, share) in [
            ("error-rate", self.error_rate),
            ("cut-before", self.cut_before),
            ("cut-after", self.cut_after),
            ("notice-lost", self.notices.lost),
            ("notice-late", self.notices.late),
            ("notice-twice", self.notices.twice),
        ] {
            if !(0.0..=1.0).contains(&share) {
                faults.push(ConfigFault::Share { name });
            }
        }
        if self.notices.twice > 0.0 && self.notice_by == NoticeBy::Close {
            faults.push(ConfigFault::TwiceByClose);
        }
        for (name, is_zero) in [
            ("heartbeat-limit", self.heartbeat_limit.is_zero()),
            ("web-instances", self.kicks.web_instances == 0),
            ("native-instances", self.kicks.native_instances == 0),
        ]
        .into_iter()
        .chain(self.pushes.zeros())
        {
            if is_zero {
                faults.push(ConfigFault::Zero { name });
            }
        }
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }

    fn check_apps(&self, faults: &mut Vec<ConfigFault>) {
        if self.apps.is_empty() {
            faults.push(ConfigFault::NoApp);
        }
        for (position, AppConfig { sdk_app_id, key }) in self.apps.iter().enumerate() {
            let sdk_app_id = *sdk_app_id;
            if self
                .apps
                .iter()
                .take(position)
                .any(|earlier| earlier.sdk_app_id == sdk_app_id)
            {
                faults.push(ConfigFault::AppTwice { sdk_app_id });
            }
            if key.trim().is_empty() {
                faults.push(ConfigFault::NoKey { sdk_app_id });
            }
            if !Key::new(key).is_one_line() {
                faults.push(ConfigFault::KeyLines { sdk_app_id });
            }
        }
    }
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback { listen } => {
                write!(
                    f,
                    "{listen} can be reached from other machines, and the mock trusts everybody"
                )
            }
            Self::NoApp => f.write_str("there is no app, so every login would be refused"),
            Self::AppTwice { sdk_app_id } => write!(f, "the app {sdk_app_id} is there twice"),
            Self::NoKey { sdk_app_id } => write!(f, "the app {sdk_app_id} has an empty key"),
            Self::KeyLines { sdk_app_id } => {
                write!(f, "the key of the app {sdk_app_id} has several lines")
            }
            Self::Share { name } => write!(f, "{name} is not between 0 and 1"),
            Self::TwiceByClose => f.write_str("a close frame cannot be sent twice"),
            Self::Zero { name } => write!(f, "{name} is zero"),
        }
    }
}

impl Explain for ConfigFault {
    fn place(&self) -> String {
        match self {
            Self::NotLoopback { .. } => "mock: listen".into(),
            Self::NoApp | Self::AppTwice { .. } | Self::NoKey { .. } | Self::KeyLines { .. } => {
                "mock: apps".into()
            }
            Self::TwiceByClose => "mock: notice-twice".into(),
            Self::Share { name } | Self::Zero { name } => format!("mock: {name}"),
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::NotLoopback { .. } => "listen on 127.0.0.1 (or another 127.x address)".into(),
            Self::NoApp => {
                "name one with --app SDKAPPID, and put its key into TRTC_LOAD_KEY".into()
            }
            Self::AppTwice { .. } => "name each app once".into(),
            Self::NoKey { .. } | Self::KeyLines { .. } => {
                "put the key that signs its UserSigs into the variable, and nothing else".into()
            }
            Self::TwiceByClose => "leave it out, or set notice-by to message or both".into(),
            Self::Share { .. } => "write a share such as 0.02 for 2 %".into(),
            Self::Zero { .. } => "write 1 or more".into(),
        }
    }
}

#[cfg(test)]
mod tests;
