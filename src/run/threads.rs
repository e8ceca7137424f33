//! The threads that a run's devices share.

use std::num::NonZero;

use tokio::runtime::Runtime;
use trtc_base::error::Problem;

/// What devices run on. The library panics where the system gives it no thread, and not where it gives it no descriptor.
pub(crate) fn runtime(threads: usize) -> Result<Runtime, Problem> {
    let build = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(threads).enable_all().build()
    };
    let built = std::panic::catch_unwind(build);
    let built = built.unwrap_or_else(|_| Err(std::io::ErrorKind::OutOfMemory.into()));
    built.map_err(|fault| no_threads(&fault))
}

/// Cores that this process may use; 1 where that is not known.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// Why a runtime could not be made.
pub(crate) fn no_threads(fault: &std::io::Error) -> Problem {
    Problem::could_not_run(
        "threads",
        fault.to_string(),
        "free some memory or processes",
    )
}
