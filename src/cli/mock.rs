//! `trtc-load mock`: the mock service in a process of its own.
//!
//! Its first line on standard output is `listening on http://ADDRESS`. It ends on SIGINT or SIGTERM, and, where its
//! configuration came over standard input or it is asked to, when standard input closes.

use std::io;
use std::io::{BufRead, Write};

use tokio_util::sync::CancellationToken;

pub use super::mock_args::MockArgs;
use trtc_base::error::Problem;
use trtc_mock::{Mock, MockConfig};

/// The most bytes of a configuration on standard input.
const CONFIG_BYTES: u64 = 1 << 20;

/// Serves until it is told to end.
///
/// # Errors
/// A configuration that is wrong or unreadable, or an address that cannot be had.
pub fn run(args: &MockArgs) -> Result<(), Problem> {
    let config = if args.config_from_stdin {
        config_from(io::stdin().lock())?
    } else {
        args.config()?
    };
    let stop = CancellationToken::new();
    end_on_signal(&stop)?;
    if args.config_from_stdin || args.end.until_stdin_closes {
        end_with_stdin(&stop);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|reason| {
            Problem::could_not_run(
                "mock",
                format!("no threads to run on: {reason}"),
                "free some memory or processes",
            )
        })?;
    runtime.block_on(serve(&config, stop))
}

async fn serve(config: &MockConfig, stop: CancellationToken) -> Result<(), Problem> {
    let mock = Mock::bind(config).map_err(|fault| Problem::from(&fault))?;
    let mut out = io::stdout().lock();
    writeln!(out, "listening on http://{}", mock.address())
        .and_then(|()| out.flush())
        .map_err(|reason| {
            Problem::could_not_run(
                "standard output",
                reason.to_string(),
                "keep its other end open",
            )
        })?;
    drop(out);
    mock.serve(stop).await;
    Ok(())
}

fn end_on_signal(stop: &CancellationToken) -> Result<(), Problem> {
    let stop = stop.clone();
    ctrlc::set_handler(move || stop.cancel()).map_err(|reason| {
        Problem::could_not_run(
            "mock",
            format!("signals cannot be handled: {reason}"),
            "report this as a bug",
        )
    })
}

/// On a thread of its own, because a read of standard input cannot be given up.
fn end_with_stdin(stop: &CancellationToken) {
    let stop = stop.clone();
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        stop.cancel();
    });
}

fn config_from(input: impl BufRead) -> Result<MockConfig, Problem> {
    let mut line = String::new();
    let problem = |what: String| {
        Problem::bad_input(
            "standard input",
            what,
            "write the configuration as one line of JSON",
        )
    };
    // Its text stays out of the message: it holds keys.
    input
        .take(CONFIG_BYTES)
        .read_line(&mut line)
        .map_err(|reason| problem(reason.to_string()))?;
    serde_json::from_str(&line).map_err(|reason| {
        problem(format!(
            "it is no configuration (column {})",
            reason.column()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read_from_one_line_and_a_bad_one_is_not_repeated() {
        let line = "{\"apps\": [{\"sdk_app_id\": 7, \"key\": \"k\"}], \"seed\": 3}\nmore";
        let config = config_from(line.as_bytes()).unwrap();
        assert_eq!((config.seed, config.apps.len()), (3, 1));
        let problem = config_from(&b"{\"key\": \"top-secret\"}"[..]).unwrap_err();
        assert!(!problem.to_string().contains("top-secret"));
    }
}
