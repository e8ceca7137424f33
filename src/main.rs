//! The program: arguments in, results to standard output, the log to standard error, one exit code.

use std::borrow::Cow;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use trtc_load::cli::{Cli, dispatch, signals};
use trtc_load::config::hidden;
use trtc_load::error::Exit;

fn main() -> ExitCode {
    hide_secrets_in_panics();
    signals::outlive_file_size_limits();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => {
            let text = asked.render().to_string();
            // Help and version are results, everything else is bad input. Nobody is left to tell where this fails.
            let _ = match hidden(&text) {
                Cow::Borrowed(_) => asked.print(),
                // A key was given in the place of something else.
                Cow::Owned(shown) => std::io::stderr().write_all(shown.as_bytes()),
            };
            return if asked.use_stderr() {
                Exit::BadInput
            } else {
                Exit::Kept
            }
            .into();
        }
    };
    match dispatch(&cli, &mut std::io::stdout().lock()) {
        Ok(exit) => exit.into(),
        Err(problems) => {
            let mut err = std::io::stderr().lock();
            for problem in &problems {
                let _ = writeln!(err, "error: {}", hidden(&problem.to_string()));
            }
            problems
                .first()
                .map_or(Exit::CouldNotRun, |problem| problem.exit)
                .into()
        }
    }
}

/// A panic says what it was about, and that may be a ticket or a key.
fn hide_secrets_in_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match hidden(&panic.to_string()) {
        Cow::Borrowed(_) => usual(panic),
        Cow::Owned(shown) => {
            // Nobody is left to tell where this fails.
            let _ = writeln!(std::io::stderr(), "{shown}");
        }
    }));
}
