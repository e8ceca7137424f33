//! The program: arguments in, results to standard output, the log to standard error, one exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use trtc_load::cli::Cli;
use trtc_load::cli::dispatch;
use trtc_load::error::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => {
            // Help and version are results, everything else is bad input. Nobody is left to tell where this fails.
            let _ = asked.print();
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
                let _ = writeln!(err, "error: {problem}");
            }
            problems
                .first()
                .map_or(Exit::CouldNotRun, |problem| problem.exit)
                .into()
        }
    }
}
