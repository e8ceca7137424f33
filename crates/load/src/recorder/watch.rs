//! A thread that sleeps a little, over and over, and records how much too late it woke.
//!
//! A generator that waits for a core reads its answers late, and what it calls served time is then partly its own. This
//! thread waits for the same cores with the same priority, so its delay is a sample of that wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use super::live::Recorder;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::Micros;

/// How long it sleeps each time: 100 samples a second cost about 0.1% of a core.
const BEAT: Micros = Micros::from_millis(10);

/// The thread, which ends when this is dropped.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Starts it. It records nothing before the clock leaves zero.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(recorder: Arc<Recorder>, clock: Clock) -> Result<Self, Problem> {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        recorder.beats_by(clock);
        let beat = move || {
            let mut last = clock.now();
            while !told.load(Ordering::Relaxed) {
                // From the last beat on, so that nothing between two of them is unseen.
                let due = last.plus(BEAT);
                // Until the clock leaves zero every beat is due at the same time.
                if due > BEAT {
                    recorder.sleeps_until(due);
                }
                thread::sleep(clock.left_until(due).min(BEAT.as_duration()));
                last = clock.now();
                if due > BEAT {
                    recorder.woke(due, last);
                }
            }
        };
        let thread = thread::Builder::new()
            .name("watch".to_owned())
            .spawn(beat)
            .map_err(|fault| {
                Problem::could_not_run(
                    "this machine",
                    format!("no thread could be started: {fault}"),
                    "raise the limit on threads (ulimit -u)",
                )
            })?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It ends within a beat; if it panicked there is nothing left to end.
            let _ = thread.join();
        }
    }
}
