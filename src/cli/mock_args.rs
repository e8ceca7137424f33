//! The arguments of `trtc-load mock`, and the configuration that they make.
//!
//! In: what a person typed, and the environment's keys. Out: [`MockConfig`]. Never here: a socket.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use trtc_base::error::Problem;
use trtc_mock::AppConfig;
use trtc_mock::KickRules;
use trtc_mock::MockConfig;
use trtc_mock::NoticeBy;
use trtc_mock::NoticeFaults;
use trtc_mock::OfflineKick;
use trtc_mock::Policy;
use trtc_mock::Pushes;
use trtc_mock::Stall;
use trtc_wire::dialect::wire::defaults;

/// The longest name of a variable that a message repeats: shorter than a key, which has 64 characters.
const LONGEST_NAME: usize = 48;

/// Start the mock service: logs accounts in, keeps the documented session rules, counts what it did.
#[derive(Debug, Args)]
pub struct MockArgs {
    /// Where to listen; loopback only, port 0 takes a free one.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
    /// An SDKAppID that exists; with `=VAR`, its key is in the variable VAR. Repeatable.
    #[arg(long = "app", value_name = "SDKAPPID[=VAR]", value_parser = app)]
    apps: Vec<AppArg>,
    /// The environment variable that holds the key of every other app.
    #[arg(long, value_name = "VAR", default_value = "TRTC_LOAD_KEY")]
    key_env: String,
    /// Read the whole configuration as one line of JSON from standard input, and end when that closes.
    #[arg(long, conflicts_with_all = ["apps", "until_stdin_closes"])]
    pub(super) config_from_stdin: bool,
    #[command(flatten)]
    pub(super) end: EndArgs,
    #[command(flatten)]
    faults: FaultArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    pushes: PushArgs,
}

/// When it ends by itself.
#[derive(Debug, Args)]
pub(super) struct EndArgs {
    /// End when standard input closes.
    #[arg(long)]
    pub(super) until_stdin_closes: bool,
}

/// What goes wrong, and how often.
#[derive(Debug, Args)]
struct FaultArgs {
    /// How long it works on each request, such as 5ms.
    #[arg(long, default_value = "5ms", value_parser = duration)]
    service_time: Duration,
    /// The share of login, `self_info` and logout requests that it refuses.
    #[arg(long, default_value_t = 0.0)]
    error_rate: f64,
    /// The code it refuses them with.
    #[arg(long, default_value_t = defaults::ERROR_CODE)]
    error_code: i64,
    /// A window without answers: START from the first request, and LENGTH. Repeatable.
    #[arg(long = "stall", value_name = "START+LENGTH", value_parser = stall)]
    stalls: Vec<Stall>,
    /// The share of connections cut before their request is counted.
    #[arg(long, default_value_t = 0.0)]
    cut_before: f64,
    /// The share of connections cut instead of the answer.
    #[arg(long, default_value_t = 0.0)]
    cut_after: f64,
    /// The share of kick notices that are never told.
    #[arg(long, default_value_t = 0.0)]
    notice_lost: f64,
    /// The share of kick notices that are told late.
    #[arg(long, default_value_t = 0.0)]
    notice_late: f64,
    /// How late.
    #[arg(long, default_value = "3s", value_parser = duration)]
    notice_late_by: Duration,
    /// The share of kick notices that are told twice.
    #[arg(long, default_value_t = 0.0)]
    notice_twice: f64,
    /// What tells a kicked WebSocket: message, close (a close frame with the code 4001) or both.
    #[arg(long, value_name = "WAY", default_value = "message", value_parser = notice_by)]
    notice_by: NoticeBy,
    /// When every open push channel is cut, from the first request.
    #[arg(long, value_name = "START", value_parser = duration)]
    cut_channels: Option<Duration>,
    /// What these shares are drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Refuse every login with this code.
    #[arg(long, value_name = "CODE")]
    always: Option<i64>,
    /// Refuse each account's first valid login with this code.
    #[arg(long, value_name = "CODE", conflicts_with = "always")]
    first: Option<i64>,
}

/// What it sends over open push channels by itself.
#[derive(Debug, Args)]
struct PushArgs {
    /// How often it pings a device; otherwise three times in --heartbeat-limit.
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    ping_every: Option<Duration>,
    /// How long the pong may take before a WebSocket's device is lost.
    #[arg(long, value_name = "SPAN", value_parser = duration)]
    pong_limit: Option<Duration>,
    /// When every open push channel gets one broadcast event, from the first request.
    #[arg(long, value_name = "START", value_parser = duration)]
    broadcast_after: Option<Duration>,
}

/// The rules that sessions and logins keep.
#[derive(Debug, Args)]
struct RuleArgs {
    /// Which platforms exclude each other: single, dual, triple or multi.
    #[arg(long, default_value = "dual", value_parser = policy)]
    policy: Policy,
    /// Web instances of one account online together.
    #[arg(long, default_value_t = 1)]
    web_instances: u32,
    /// Instances of one account online together on each native platform.
    #[arg(long, default_value_t = 1)]
    native_instances: u32,
    /// Where a native device that was kicked while it was away meets 6208, once: `silent`, `on_login`, `on_reconnect` or `both`.
    #[arg(long, default_value = "silent", value_parser = offline_kick)]
    offline_kick: OfflineKick,
    /// The most logins each second before it answers 72010.
    #[arg(long, value_name = "N")]
    max_logins_per_second: Option<u32>,
    /// The most logins of one account each minute before it answers 72010.
    #[arg(long, value_name = "N")]
    max_account_logins_per_minute: Option<u32>,
    /// How long a device may be silent before its session ends.
    #[arg(long, default_value = "400s", value_parser = duration)]
    heartbeat_limit: Duration,
}

/// An app, and where its key is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AppArg {
    sdk_app_id: u32,
    key_env: Option<String>,
}

impl MockArgs {
    /// The mock that these arguments ask for.
    pub(super) fn config(&self) -> Result<MockConfig, Problem> {
        let (faults, rules) = (&self.faults, &self.rules);
        Ok(MockConfig {
            listen: self.listen,
            apps: self
                .apps
                .iter()
                .map(|app| self.with_key(app))
                .collect::<Result<_, _>>()?,
            service_time: faults.service_time,
            error_rate: faults.error_rate,
            error_code: faults.error_code,
            stalls: faults.stalls.clone(),
            max_logins_per_second: rules.max_logins_per_second,
            max_account_logins_per_minute: rules.max_account_logins_per_minute,
            cut_before: faults.cut_before,
            cut_after: faults.cut_after,
            notices: faults.notices(),
            notice_by: faults.notice_by,
            cut_channels: faults.cut_channels,
            pushes: Pushes {
                ping_every: self.pushes.ping_every,
                pong_limit: self.pushes.pong_limit,
                broadcast_after: self.pushes.broadcast_after,
            },
            offline_kick: rules.offline_kick,
            kicks: KickRules {
                policy: rules.policy,
                web_instances: rules.web_instances,
                native_instances: rules.native_instances,
            },
            heartbeat_limit: rules.heartbeat_limit,
            seed: faults.seed,
            always: faults.always,
            first: faults.first,
        })
    }

    fn with_key(&self, app: &AppArg) -> Result<AppConfig, Problem> {
        let variable = app.key_env.as_deref().unwrap_or(&self.key_env);
        let key = std::env::var(variable).map_err(|_| {
            // Somebody may have put the key where its variable belongs, and keys are longer than names.
            let is_a_name = |text: &&str| text.len() <= LONGEST_NAME;
            let variable = Some(variable).filter(is_a_name).unwrap_or("VAR");
            Problem::bad_input(
                format!("mock --app {}", app.sdk_app_id),
                format!("the variable {variable} that should hold its key is not set"),
                format!("export {variable}=KEY, or name another variable with --key-env"),
            )
        })?;
        Ok(AppConfig {
            sdk_app_id: app.sdk_app_id,
            key,
        })
    }
}

impl FaultArgs {
    /// No notice is late where none is asked to be.
    fn notices(&self) -> NoticeFaults {
        NoticeFaults {
            lost: self.notice_lost,
            late: self.notice_late,
            late_by: if self.notice_late > 0.0 {
                self.notice_late_by
            } else {
                Duration::ZERO
            },
            twice: self.notice_twice,
        }
    }
}

fn offline_kick(text: &str) -> Result<OfflineKick, String> {
    OfflineKick::named(text).ok_or_else(|| "write silent, on_login, on_reconnect or both".into())
}

fn notice_by(text: &str) -> Result<NoticeBy, String> {
    NoticeBy::named(text).ok_or_else(|| "write message, close or both".into())
}

fn app(text: &str) -> Result<AppArg, String> {
    let (id, variable) = text
        .split_once('=')
        .map_or((text, None), |(id, variable)| (id, Some(variable)));
    let sdk_app_id = id
        .parse()
        .map_err(|_| format!("{id:?} is no SDKAppID; write a number, such as 1400000000"))?;
    Ok(AppArg {
        sdk_app_id,
        key_env: variable.map(str::to_owned),
    })
}

fn policy(text: &str) -> Result<Policy, String> {
    Policy::named(text).ok_or_else(|| "write single, dual, triple or multi".into())
}

fn stall(text: &str) -> Result<Stall, String> {
    let (at, length) = text
        .split_once('+')
        .ok_or("write START+LENGTH, such as 30s+2s")?;
    Ok(Stall {
        at: duration(at)?,
        length: duration(length)?,
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let micros_in_unit: u64 = match unit {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        _ => return Err("write us, ms, s or m after a whole number, such as 5ms".into()),
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(micros_in_unit))
        .map(Duration::from_micros)
        .ok_or_else(|| format!("{number:?} is not a number that fits"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        mock: MockArgs,
    }

    fn parsed(args: &[&str]) -> MockArgs {
        Program::try_parse_from(["mock"].iter().chain(args))
            .unwrap()
            .mock
    }

    #[test]
    fn without_arguments_it_is_a_healthy_service_without_an_app() {
        assert_eq!(parsed(&[]).config().unwrap(), MockConfig::default());
    }

    #[test]
    fn a_rule_has_the_spelling_of_profiles_and_the_older_one() {
        for (text, rule) in [
            ("on_login", OfflineKick::OnLogin),
            ("on-login", OfflineKick::OnLogin),
            ("on_reconnect", OfflineKick::OnReconnect),
            ("on-reconnect", OfflineKick::OnReconnect),
        ] {
            let config = parsed(&["--offline-kick", text]).config().unwrap();
            assert_eq!(config.offline_kick, rule, "{text}");
        }
    }

    #[test]
    fn what_a_late_notice_waits_is_the_same_by_flag_and_by_profile() {
        let config = parsed(&["--notice-late", "0.5"]).config().unwrap();
        assert_eq!(config.notices.late_by, defaults::NOTICE_LATE_BY);
    }

    #[test]
    fn arguments_become_settings() {
        let args = [
            "--stall",
            "30s+250ms",
            "--policy",
            "triple",
            "--service-time",
            "5ms",
            "--first",
            "70001",
        ];
        let config = parsed(&args).config().unwrap();
        assert_eq!(
            config.stalls,
            [Stall {
                at: Duration::from_secs(30),
                length: Duration::from_millis(250)
            }]
        );
        assert_eq!(config.kicks.policy, Policy::Triple);
        assert_eq!(config.service_time, Duration::from_millis(5));
        assert_eq!(config.first, Some(70001));
    }

    #[test]
    fn a_key_that_is_not_in_the_environment_is_named_with_its_variable() {
        let problem = parsed(&["--app", "7=NO_SUCH_VARIABLE_HERE"])
            .config()
            .unwrap_err();
        assert!(problem.what.contains("NO_SUCH_VARIABLE_HERE"), "{problem}");
        let key = "0123456789abcdef".repeat(4);
        let problem = parsed(&["--app", &format!("7={key}")])
            .config()
            .unwrap_err();
        assert!(
            !problem.to_string().contains(&key),
            "a key in the wrong place is not repeated"
        );
    }

    #[test]
    fn a_duration_needs_its_unit() {
        for (text, micros) in [
            ("7us", 7),
            ("5ms", 5_000),
            ("2s", 2_000_000),
            ("1m", 60_000_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_micros(micros)));
        }
        for text in [
            "5",
            "ms",
            "5h",
            "-5s",
            "99999999999999999999s",
            "1.5s",
            "99999999999999999m",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
