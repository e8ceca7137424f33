//! The program: arguments in, results to standard output, the log to standard error, one exit code.

use std::borrow::Cow;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use trtc_load::cli::Cli;
use trtc_load::cli::dispatch;
use trtc_load::dialect::document::hidden;
use trtc_load::error::Exit;

fn main() -> ExitCode {
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
