//! The arguments of `trtc-load mock`, and the configuration that they make.
//!
//! In: what a person typed, and the environment's keys. Out: [`MockConfig`]. Never here: a socket.

use std::net::{Ipv4Addr, SocketAddr};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::run::mock_behaving;
use trtc_base::config::{About, Absent, Form, Written};
use trtc_base::error::{Explain, Problem};
use trtc_load_core::profile::LoneMock;
use trtc_mock::{AppConfig, MockConfig};

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
    #[arg(
        long,
        value_name = "VAR",
        allow_hyphen_values = true,
        default_value = "TRTC_LOAD_KEY"
    )]
    key_env: String,
    /// Read the whole configuration as one line of JSON from standard input, and end when that closes.
    #[arg(long, conflicts_with_all = ["apps", "until_stdin_closes", "listen", "key_env", "seed", "always", "first", "max_account_logins_per_minute"])]
    pub(super) config_from_stdin: bool,
    #[command(flatten)]
    pub(super) end: EndArgs,
    #[command(flatten)]
    behaviour: BehaviourArgs,
    /// What the shares are drawn from.
    #[arg(long, allow_negative_numbers = true, default_value_t = 0)]
    seed: u64,
    /// Refuse every login with this code.
    #[arg(long, value_name = "CODE", allow_negative_numbers = true, value_parser = code)]
    always: Option<i64>,
    /// Refuse each account's first valid login with this code.
    #[arg(long, value_name = "CODE", allow_negative_numbers = true, value_parser = code, conflicts_with = "always")]
    first: Option<i64>,
    /// The most logins of one account each minute before it answers 72010.
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    max_account_logins_per_minute: Option<u32>,
}

/// When it ends by itself.
#[derive(Debug, Args)]
pub(super) struct EndArgs {
    /// End when standard input closes.
    #[arg(long)]
    pub(super) until_stdin_closes: bool,
}

/// How it behaves: a flag for each key that a profile has for the mock, with the same values.
#[derive(Debug)]
struct BehaviourArgs(LoneMock);

/// A key whose flag may be given several times, each an entry of the key's list: `--stall START+LENGTH`.
const STALLS: &str = "stalls";

/// Keys whose flags are called otherwise; the key's own name does as well.
const CALLED: &[(&str, &str)] = &[(STALLS, "stall"), ("kicked_while_away", "offline-kick")];

impl Args for BehaviourArgs {
    fn augment_args(command: Command) -> Command {
        LoneMock::KEYS
            .keys()
            .filter(|about| is_behaviour(about))
            .map(flag)
            .fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// How far two clocks may be apart is asked of who judges the mock, not of the mock.
fn is_behaviour(about: &About) -> bool {
    about.name != "clock_skew"
}

/// What the flag of a key is called.
fn flag_of(about: &About) -> String {
    let called = CALLED.iter().find(|(key, _)| *key == about.name);
    called.map_or_else(
        || about.name.replace('_', "-"),
        |(_, called)| (*called).to_owned(),
    )
}

fn flag(about: &About) -> Arg {
    let says = about.says.trim().trim_end_matches('.');
    let help = match about.absent {
        Absent::Value(literal) if literal != "[]" => {
            format!("{says} [default: {}]", literal.trim_matches('"'))
        }
        Absent::Value(_) | Absent::Fault(_) => says.to_owned(),
        Absent::Words(words) => format!("{says}. Left out: {words}"),
    };
    let arg = Arg::new(about.name)
        .help(help)
        .value_name("VALUE")
        .allow_negative_numbers(true)
        .conflicts_with("config_from_stdin");
    let (long, own) = (flag_of(about), about.name.replace('_', "-"));
    let arg = if long == own {
        arg.long(long)
    } else {
        arg.long(long).alias(own)
    };
    if about.name == STALLS {
        return arg.value_name("START+LENGTH").action(ArgAction::Append);
    }
    arg.action(ArgAction::Set)
}

impl FromArgMatches for BehaviourArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut text = String::new();
        let mut told = Vec::new();
        for about in LoneMock::KEYS.keys().filter(|about| is_behaviour(about)) {
            let given = matches.get_many::<String>(about.name);
            let Some(given) = given.map(Iterator::collect::<Vec<_>>) else {
                continue;
            };
            let value = if about.name == STALLS {
                let stalls: Result<Vec<_>, _> = given.iter().map(|text| stall(text)).collect();
                format!("[{}]", stalls.map_err(refused)?.join(", "))
            } else {
                given
                    .last()
                    .map_or_else(String::new, |text| literal(about, text))
            };
            let line = format!("{} = {value}\n", about.name);
            let flag = flag_of(about);
            for fault in LoneMock::parse(&line, &flag).err().into_iter().flatten() {
                told.push(format!("--{flag}: {fault}; {}", fault.remedy()));
            }
            text.push_str(&line);
        }
        if !told.is_empty() {
            return Err(refused(told.join("\n")));
        }
        // Each by itself is right, so nothing is wrong with all of them: no rule of theirs is about two.
        let told = |faults: Vec<_>| refused(format!("{} faults", faults.len()));
        LoneMock::parse(&text, "mock").map(Self).map_err(told)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn code(text: &str) -> Result<i64, String> {
    let code = text.parse::<i64>().ok().filter(|code| *code != 0);
    code.ok_or_else(|| "write a number such as 70001; 0 is a success".to_owned())
}

fn refused(what: String) -> clap::Error {
    clap::Error::raw(clap::error::ErrorKind::ValueValidation, what + "\n")
}

/// What a file would write: a number where the key has one, anything else in quotes. Names had dashes once.
fn literal(about: &About, text: &str) -> String {
    let number = match about.form {
        Form::Whole(..) => text.parse::<i64>().ok().map(|number| number.to_string()),
        Form::Number(..) | Form::Share => {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.map(|number| number.to_string())
        }
        Form::OneOf(names) => {
            let dashed = text.replace('-', "_");
            let is_name = names().contains(&dashed.as_str());
            is_name.then(|| dashed.as_str().written())
        }
        Form::Flag
        | Form::Text
        | Form::AnyText
        | Form::Word
        | Form::Like(..)
        | Form::Span(..)
        | Form::Just(_)
        | Form::Table(_)
        | Form::Map(_)
        | Form::Names(..)
        | Form::List(..)
        | Form::Either(_) => None,
    };
    number.unwrap_or_else(|| text.written())
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
        Ok(MockConfig {
            listen: self.listen,
            apps: self
                .apps
                .iter()
                .map(|app| self.with_key(app))
                .collect::<Result<_, _>>()?,
            max_account_logins_per_minute: self.max_account_logins_per_minute,
            seed: self.seed,
            always: self.always,
            first: self.first,
            ..mock_behaving(&self.behaviour.0)
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

fn app(text: &str) -> Result<AppArg, String> {
    let (id, variable) = text
        .split_once('=')
        .map_or((text, None), |(id, variable)| (id, Some(variable)));
    let sdk_app_id = id
        .parse()
        .ok()
        .filter(|id| *id > 0)
        .ok_or_else(|| format!("{id:?} is no SDKAppID; write a number, such as 1400000000"))?;
    if variable == Some("") {
        return Err("write the name of the variable after `=`, or leave `=` out".to_owned());
    }
    Ok(AppArg {
        sdk_app_id,
        key_env: variable.map(str::to_owned),
    })
}

/// `30s+2s`, as a file writes it.
fn stall(text: &str) -> Result<String, String> {
    let (at, length) = text
        .split_once('+')
        .ok_or("write START+LENGTH, such as 30s+2s")?;
    let (at, length) = (at.written(), length.written());
    Ok(format!("{{ at = {at}, for = {length} }}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use clap::Parser;
    use trtc_mock::{OfflineKick, Policy, Stall};

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
        assert_eq!(config.notices.late_by, Duration::from_secs(3));
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
    fn a_value_that_a_profile_would_refuse_is_refused_with_the_same_words() {
        for (args, words) in [
            (["--service-time", "5"], "no span of time"),
            (["--stall", "30s"], "START+LENGTH"),
            (["--stall", "30s+x"], "no span of time"),
            (["--error-rate", "2"], "outside 0 to 1"),
            (["--error-rate", "x"], "must be a share"),
            (["--policy", "duall"], "did you mean `dual`?"),
            (["--native-instances", "4"], "outside 1 to 3"),
            (["--policy", "1"], "write one of: single"),
            (["--error-rate", "-0.1"], "--error-rate: "),
            (["--offline-kick", "On-Login"], "--offline-kick: "),
            (["--app", "0"], "SDKAppID"),
            (["--always", "0"], "0 is a success"),
            (["--service-time", "5ms\u{a0}"], "no span of time"),
            (["--error-code", "\"\n#"], "must be a whole number"),
        ] {
            let all = ["mock"].into_iter().chain(args);
            let refused = Program::try_parse_from(all).map(|_| ()).unwrap_err();
            assert!(refused.to_string().contains(words), "{args:?}: {refused}");
        }
    }

    #[test]
    fn a_share_may_be_in_per_cent_and_a_span_have_a_fraction() {
        let config = parsed(&["--error-rate", "2%", "--service-time", "1.5ms"]);
        let config = config.config().unwrap();
        assert!((config.error_rate - 0.02).abs() < 1e-12);
        assert_eq!(config.service_time, Duration::from_micros(1_500));
        let config = parsed(&["--error-rate", ".5", "--native-instances", "02"]);
        let config = config.config().unwrap();
        assert!((config.error_rate - 0.5).abs() < 1e-12);
        assert_eq!(config.kicks.native_instances, 2);
    }
}
