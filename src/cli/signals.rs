//! Signals that end a run, and those that must not.
//!
//! The first SIGINT, SIGTERM or SIGHUP winds a run down, the second drops what is in flight; SIGQUIT does that at once. All of
//! them write everything. A limit on the size of files is an error of the write that passes it, and ends nothing by itself.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};

use trtc_base::error::Problem;
use trtc_load_core::engine::Stop;
use trtc_load_core::recorder::Ended;

/// From here on a write beyond the limit on the size of files fails and does not end the process. For the thread that calls
/// it and those that it starts.
pub fn outlive_file_size_limits() {
    // Where it cannot be blocked, the signal ends the process as it ever did.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
}

/// From here on SIGQUIT waits until [`stop_on_signals`] hears of it. For the thread that calls it and those that it starts:
/// before any other, for a thread that does not hold it would be ended by it, and all with it.
pub(super) fn hold_quit() {
    // Where it cannot be held, it ends the process as it ever did.
    let _ = SigSet::from(Signal::SIGQUIT).thread_block();
}

/// Signals end the run, by steps.
pub(super) fn stop_on_signals(stop: &Stop) -> Result<(), Problem> {
    let quitting = stop.clone();
    let waiting = thread::Builder::new().name("quit".into()).spawn(move || {
        if SigSet::from(Signal::SIGQUIT).wait().is_ok() {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(
                io::stderr(),
                "SIGQUIT: what is in flight is dropped, what was measured is written"
            );
            quitting.wind_down(Ended::Interrupted);
            quitting.halt();
        }
    });
    waiting.map_err(|fault| unheard(&fault))?;
    let (stop, heard) = (stop.clone(), AtomicBool::new(false));
    ctrlc::set_handler(move || {
        if heard.swap(true, Ordering::AcqRel) {
            stop.halt();
        } else {
            stop.wind_down(Ended::Interrupted);
        }
    })
    .map_err(|fault| unheard(&fault))
}

fn unheard(fault: &dyn std::error::Error) -> Problem {
    Problem::could_not_run(
        "signals",
        format!("they cannot be handled: {fault}"),
        "free some memory or threads; run it again",
    )
}
