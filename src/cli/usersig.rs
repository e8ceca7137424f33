//! `trtc-load usersig`: makes a UserSig, or says which part of one is wrong.
//!
//! In: arguments, the key from the environment, a UserSig from an argument or standard input. Out: one line to print,
//! or a problem. Never here: printing; and the key is in no output.

use std::ffi::OsString;
use std::io::Read;
use std::{env, io};

use clap::{Args, Subcommand};

use crate::run::shown_variable;
use trtc_base::clock::unix_now;
use trtc_base::error::Problem;
use trtc_base::units::UnixSeconds;
use trtc_usersig::{Decoded, Key, SdkAppId, UserId, sign, verify};

/// The longest validity the documents allow: ten years, in seconds. Source: trtc.io/document/34456.
const LONGEST_VALIDITY: i64 = 10 * 365 * 86_400;

/// The most bytes read from standard input. More than a UserSig may have, so that a longer one is refused as too long.
const MOST_INPUT: u64 = 16 * 1024;

/// Makes or checks a UserSig.
#[derive(Args, Clone, Debug)]
pub struct UserSigArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: UserSigCommand,
}

/// What to do with a UserSig.
#[derive(Subcommand, Clone, Debug)]
pub enum UserSigCommand {
    /// Sign a UserSig and print it.
    Sign(SignArgs),
    /// Check a UserSig; exit code 1 says that it is not valid, and why.
    Verify(VerifyArgs),
}

/// Whom a UserSig is for, and where its key is.
#[derive(Args, Clone, Debug)]
pub struct TicketArgs {
    /// The app's SDKAppID.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub sdk_app_id: u32,
    /// The account's UserID.
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    pub user_id: String,
    /// The environment variable that holds the app's secret key.
    #[arg(
        long,
        value_name = "NAME",
        allow_hyphen_values = true,
        default_value = "TRTC_LOAD_KEY"
    )]
    pub key_env: String,
}

/// Arguments of `usersig sign`.
#[derive(Args, Clone, Debug)]
pub struct SignArgs {
    /// Whom it is for.
    #[command(flatten)]
    pub ticket: TicketArgs,
    /// For how many seconds from now it is valid; below zero it has expired already.
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-LONGEST_VALIDITY..=LONGEST_VALIDITY))]
    pub expire: i64,
}

/// Arguments of `usersig verify`.
#[derive(Args, Clone, Debug)]
pub struct VerifyArgs {
    /// Whom it should be for.
    #[command(flatten)]
    pub ticket: TicketArgs,
    /// The UserSig, or `-` to read it from standard input.
    #[arg(value_name = "USERSIG")]
    pub sig: String,
}

/// What the command takes from outside its arguments.
struct Surroundings<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    input: &'a mut dyn Read,
    now: UnixSeconds,
}

/// Runs the command; the text is what goes to standard output.
///
/// # Errors
/// Bad arguments or a missing key (exit code 2), or a UserSig that is not valid (exit code 1).
pub fn run(args: &UserSigArgs) -> Result<String, Problem> {
    let around = Surroundings {
        variable: &|name| env::var_os(name),
        input: &mut io::stdin().lock(),
        now: unix_now(),
    };
    match &args.command {
        UserSigCommand::Sign(args) => run_sign(args, &around),
        UserSigCommand::Verify(args) => run_verify(args, around),
    }
}

fn run_sign(args: &SignArgs, around: &Surroundings<'_>) -> Result<String, Problem> {
    let key = key(&args.ticket.key_env, around.variable)?;
    let user = UserId::new(&args.ticket.user_id).map_err(|fault| {
        let remedy = "give 1 to 32 bytes of a-z A-Z 0-9 _ -";
        Problem::bad_input("--user-id", fault.to_string(), remedy)
    })?;
    let app = SdkAppId(args.ticket.sdk_app_id);
    Ok(sign(app, &user, &key, around.now, args.expire))
}

fn run_verify(args: &VerifyArgs, around: Surroundings<'_>) -> Result<String, Problem> {
    let key = key(&args.ticket.key_env, around.variable)?;
    let read;
    let sig = if args.sig == "-" {
        read = read_bounded(around.input)?;
        read.trim()
    } else {
        args.sig.trim()
    };
    let app = SdkAppId(args.ticket.sdk_app_id);
    match verify(sig, app, &args.ticket.user_id, &key, around.now) {
        Ok(decoded) => Ok(sentence(&decoded, around.now)),
        Err(fault) => Err(Problem::from(&fault)),
    }
}

fn sentence(decoded: &Decoded, now: UnixSeconds) -> String {
    let ticket = &decoded.ticket;
    let (app, user, last) = (ticket.app, &ticket.identifier, ticket.expires());
    let left = last.0.saturating_sub(now.0);
    let mut said = format!(
        "valid: UserID {user:?} in app {app}, up to {} ({left} s left)",
        utc(last)
    );
    if ticket.issued > now {
        let ahead = ticket.issued.0.saturating_sub(now.0);
        said.push_str(&format!(
            "; signed {ahead} s in the future: one clock is wrong"
        ));
    }
    said
}

/// `2026-01-31T23:59:59Z`; a second beyond the calendar as its number.
fn utc(at: UnixSeconds) -> String {
    i64::try_from(at.0)
        .ok()
        .and_then(|second| jiff::Timestamp::from_second(second).ok())
        .map_or_else(|| format!("Unix second {}", at.0), |at| at.to_string())
}

fn key(name: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Key, Problem> {
    let refused = |what: &str| {
        let remedy = "export the app's secret key in it, for example from a file: \
                      TRTC_LOAD_KEY=\"$(cat key.txt)\"; --key-env names another variable";
        Err(Problem::bad_input(
            "--key-env",
            format!("{} {what}", shown_variable(name)),
            remedy,
        ))
    };
    let Some(value) = variable(name) else {
        return refused("is not set");
    };
    let Some(text) = value.to_str() else {
        return refused("is not text");
    };
    let key = Key::new(text);
    if key.as_bytes().is_empty() {
        return refused("is empty");
    }
    Ok(key)
}

fn read_bounded(input: &mut dyn Read) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    input
        .take(MOST_INPUT)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            let remedy = "pass the UserSig as the argument";
            Problem::could_not_run("standard input", format!("cannot read it: {error}"), remedy)
        })?;
    // What is no text becomes a character that no UserSig has, and is refused as such.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use trtc_base::error::Exit;

    use super::*;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const AT: u64 = 1_700_000_000;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: UserSigArgs,
    }

    /// Runs a command line at a fixed time with the key in `TRTC_LOAD_KEY`.
    fn at(now: u64, line: &str, mut input: &[u8]) -> Result<String, Problem> {
        let words = std::iter::once("usersig").chain(line.split_whitespace());
        let line = Line::try_parse_from(words).unwrap();
        let around = Surroundings {
            variable: &|name| match name {
                "TRTC_LOAD_KEY" | "OTHER" => Some(KEY.into()),
                "BLANK" => Some(" \n".into()),
                _ => None,
            },
            input: &mut input,
            now: UnixSeconds(now),
        };
        match line.args.command {
            UserSigCommand::Sign(args) => run_sign(&args, &around),
            UserSigCommand::Verify(args) => run_verify(&args, around),
        }
    }

    fn signed() -> String {
        at(
            AT,
            "sign --sdk-app-id 1400000000 --user-id alice --expire 60",
            b"",
        )
        .unwrap()
    }

    fn verified(now: u64, app: u32, user: &str) -> Result<String, Problem> {
        let sig = signed();
        at(
            now,
            &format!("verify --sdk-app-id {app} --user-id {user} {sig}"),
            b"",
        )
    }

    #[test]
    fn what_was_signed_verifies_and_says_until_when() {
        let said = verified(AT + 20, 1_400_000_000, "alice").unwrap();
        assert_eq!(
            said,
            "valid: UserID \"alice\" in app 1400000000, up to 2023-11-14T22:14:20Z (40 s left)"
        );
        let early = verified(AT - 5, 1_400_000_000, "alice").unwrap();
        assert!(
            early.ends_with("signed 5 s in the future: one clock is wrong"),
            "{early}"
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_exits_with_one() {
        for (app, user, now, words) in [
            (7, "alice", AT, "app 1400000000"),
            (1_400_000_000, "bob", AT, "UserID \"alice\""),
            (1_400_000_000, "alice", AT + 61, "expired 1 s ago"),
        ] {
            let problem = verified(now, app, user).unwrap_err();
            assert_eq!(problem.exit, Exit::Broken);
            assert!(problem.what.contains(words), "{problem}");
        }
    }

    #[test]
    fn a_user_sig_is_read_from_standard_input_up_to_a_bound() {
        let line = "verify --sdk-app-id 1400000000 --user-id alice -";
        assert!(at(AT, line, format!("{}\n", signed()).as_bytes()).is_ok());
        let endless = vec![b'e'; 1 << 20];
        let problem = at(AT, line, &endless).unwrap_err();
        assert!(problem.what.contains("more than 8192"), "{problem}");
        assert_eq!(at(AT, line, b"\xff\xfe").unwrap_err().exit, Exit::Broken);
        assert_eq!(at(AT, line, b"").unwrap_err().exit, Exit::Broken);
    }

    #[test]
    fn a_missing_key_is_a_bad_argument_with_the_way_out() {
        for (name, words) in [
            ("NOT_THERE", "NOT_THERE is not set"),
            ("BLANK", "BLANK is empty"),
        ] {
            let line = format!("sign --sdk-app-id 1 --user-id a --key-env {name}");
            let problem = at(AT, &line, b"").unwrap_err();
            assert_eq!(problem.exit, Exit::BadInput);
            assert!(problem.what.contains(words), "{problem}");
        }
        assert!(at(AT, "sign --sdk-app-id 1 --user-id a --key-env OTHER", b"").is_ok());
    }

    #[test]
    fn the_key_is_in_no_output_not_even_when_it_is_given_as_a_name() {
        let line = format!("sign --sdk-app-id 1 --user-id a --key-env {KEY}");
        let upper = line
            .to_uppercase()
            .replace("SIGN --SDK-APP-ID", "sign --sdk-app-id");
        let upper = upper.replace("--USER-ID A --KEY-ENV", "--user-id a --key-env");
        for line in [line, upper] {
            let said = at(AT, &line, b"").unwrap_err().to_string().to_lowercase();
            assert!(!said.contains(KEY), "{said}");
        }
        assert!(!signed().contains(KEY));
    }

    #[test]
    fn a_user_id_outside_the_rule_cannot_be_signed() {
        let problem = at(AT, "sign --sdk-app-id 1 --user-id a.b", b"").unwrap_err();
        assert_eq!(
            (problem.place.as_str(), problem.exit),
            ("--user-id", Exit::BadInput)
        );
    }

    #[test]
    fn a_user_id_that_begins_with_a_hyphen_is_one() {
        let whom = "--sdk-app-id 1400000000 --user-id";
        for id in ["-abc", "-5", "--key-env", "-"] {
            let sig = at(AT, &format!("sign {whom} {id}"), b"").unwrap();
            let said = at(AT, &format!("verify {whom} {id} {sig}"), b"").unwrap();
            assert!(said.contains(&format!("UserID {id:?}")), "{said}");
        }
    }

    #[test]
    fn what_was_signed_for_less_than_nothing_has_expired() {
        let whom = "--sdk-app-id 1400000000 --user-id alice";
        let sig = at(AT, &format!("sign {whom} --expire -5"), b"").unwrap();
        let problem = at(AT, &format!("verify {whom} {sig}"), b"").unwrap_err();
        assert!(problem.what.contains("expired 5 s ago"), "{problem}");
    }

    #[test]
    fn a_validity_beyond_ten_years_is_no_argument() {
        let words = [
            "usersig",
            "sign",
            "--sdk-app-id",
            "1",
            "--user-id",
            "a",
            "--expire",
        ];
        let parsed = |seconds: &str| Line::try_parse_from(words.iter().chain([&seconds])).is_ok();
        assert!(parsed("315360000"));
        assert!(!parsed("315360001"));
        assert!(parsed("-315360000"));
        assert!(!parsed("-315360001"));
    }
}
