//! What a process and each of its threads set up at their first use is used once before a run's clock starts: no target is
//! charged for it.
//!
//! In: the services that a run talks to. Out: every thread of the runtime is warm. Never here: traffic.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use parking_lot::{Condvar, Mutex};

use trtc_base::error::Problem;
use trtc_base::units::UnixSeconds;
use trtc_load_core::client::{Endpoint, Rehearsal, touch_buffers};
use trtc_usersig::{Key, SdkAppId, UserId, sign};

/// How long a thread waits for the others. One that does not come by then is cold, and the run goes on.
const LIMIT: Duration = Duration::from_secs(5);

/// What every thread does once.
type Work = Arc<dyn Fn() -> Result<(), Problem> + Send + Sync>;

/// Warms the process and each of the runtime's `threads` threads up for connections to `services`.
///
/// A name was looked up when the services were found, and files are begun with the recording.
///
/// # Errors
/// Where the crypto library can do no handshake.
pub(crate) async fn warm_up(services: &[&Endpoint], threads: usize) -> Result<(), Problem> {
    let rehearsals = services.iter().filter_map(|service| service.rehearsal());
    let rehearsals: Vec<Rehearsal> = rehearsals.collect::<Result<_, _>>()?;
    on_every_thread(threads, Arc::new(move || played(&rehearsals))).await
}

fn played(rehearsals: &[Rehearsal]) -> Result<(), Problem> {
    touch_buffers();
    if let Ok(user) = UserId::new("warm") {
        let _ = sign(SdkAppId(1), &user, &Key::new("warm"), UnixSeconds(0), 1);
    }
    for rehearsal in rehearsals {
        rehearsal.play()?;
    }
    Ok(())
}

/// Does `work` on each of the runtime's threads: one that is done waits for the others, so that none does it twice.
async fn on_every_thread(threads: usize, work: Work) -> Result<(), Problem> {
    let gate = Arc::new(Gate::default());
    let task = |_| {
        let (work, gate) = (work.clone(), gate.clone());
        tokio::spawn(async move {
            let done = work();
            gate.meet(threads);
            done
        })
    };
    for done in join_all((0..threads).map(task)).await {
        done.map_err(|fault| {
            Problem::could_not_run("warm-up", fault.to_string(), "report this as a bug")
        })??;
    }
    Ok(())
}

/// Where threads wait for each other.
#[derive(Default)]
struct Gate {
    come: Mutex<usize>,
    all: Condvar,
}

impl Gate {
    fn meet(&self, wanted: usize) {
        let mut come = self.come.lock();
        *come += 1;
        if *come >= wanted {
            self.all.notify_all();
        } else {
            self.all
                .wait_while_for(&mut come, |come| *come < wanted, LIMIT);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn each_thread_of_the_runtime_does_the_work_once() {
        for threads in [1, 2, 5] {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(threads)
                .build()
                .unwrap();
            let seen = Arc::new(Mutex::new(Vec::new()));
            let work: Work = {
                let seen = seen.clone();
                Arc::new(move || {
                    seen.lock().push(thread::current().id());
                    Ok(())
                })
            };
            runtime.block_on(on_every_thread(threads, work)).unwrap();
            let seen = seen.lock();
            let different: HashSet<_> = seen.iter().collect();
            assert_eq!((seen.len(), different.len()), (threads, threads));
        }
    }

    #[test]
    fn what_goes_wrong_on_one_thread_is_told() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .build()
            .unwrap();
        let failing: Work = Arc::new(|| Err(Problem::could_not_run("here", "wrong", "mend it")));
        let told = runtime.block_on(on_every_thread(2, failing)).unwrap_err();
        assert_eq!(told.place, "here");
        let panicking: Work = Arc::new(|| panic!("on purpose"));
        let told = runtime.block_on(on_every_thread(2, panicking));
        assert_eq!(told.unwrap_err().place, "warm-up");
    }
}
