//! The thread that ends each second of a run: the journal's, the watch's and the progress line's clock.

use std::sync::{Arc, OnceLock};
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::Micros;
use trtc_load_core::engine::Stop;
use trtc_load_core::plan::{Cursor, Plan};
use trtc_load_core::profile::BreakerRule;
use trtc_load_core::recorder::{Ended, HealthProbe, Recorder, Second, Tick, Watch};
use trtc_load_core::report::live::{Live, Screen};
use trtc_load_core::verdict::Breaker;

/// How often the thread looks whether it is over.
const BEAT: Duration = Duration::from_millis(50);

/// Whether progress is shown on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is.
    Shown,
    /// It is not.
    Quiet,
}

/// The thread that counts them.
type Counting = JoinHandle<Result<(), Problem>>;

/// Ends the seconds of one run.
pub(crate) struct ProgressLoop {
    recorder: Arc<Recorder>,
    plan: Arc<Plan>,
    stop: Stop,
    progress: Progress,
    breaker: Option<BreakerRule>,
    /// Set when the run is over: the time up to which arrivals are booked.
    over: Arc<OnceLock<Micros>>,
    thread: Mutex<Option<std::io::Result<Counting>>>,
}

impl ProgressLoop {
    pub(crate) fn new(
        recorder: Arc<Recorder>,
        plan: Arc<Plan>,
        stop: Stop,
        progress: Progress,
    ) -> Self {
        Self {
            breaker: None,
            recorder,
            plan,
            stop,
            progress,
            over: Arc::default(),
            thread: Mutex::new(None),
        }
    }

    /// The same, with a circuit breaker.
    pub(crate) fn breaking(self, breaker: Option<BreakerRule>) -> Self {
        Self { breaker, ..self }
    }

    /// The run's clock reads zero soon: seconds begin.
    pub(crate) fn begin(&self, clock: Clock) {
        let seconds = Seconds {
            recorder: self.recorder.clone(),
            plan: self.plan.clone(),
            stop: self.stop.clone(),
            clock,
            probe: HealthProbe::new(clock),
            cursor: Cursor::new(&self.plan),
            due: 0,
            next_due: None,
            breaker: self.breaker.map(Breaker::new),
        };
        let (progress, over) = (self.progress, self.over.clone());
        let spawned = thread::Builder::new()
            .name("seconds".into())
            .spawn(move || seconds.count(progress, &over));
        *self.thread.lock() = Some(spawned);
    }

    /// Ends the recording of a run whose arrivals are booked up to `settled`. Everything is on disk afterwards.
    pub(crate) fn end(&self, settled: Micros) -> Result<(), Problem> {
        let _ = self.over.set(settled);
        let bug = |what: String| {
            Problem::could_not_run(
                "recording",
                what,
                "free some memory or threads; run it again",
            )
        };
        match self.thread.lock().take() {
            // Stopped before it began.
            None => {
                let ended = self.stop.ended();
                self.recorder.finish(Tick::default(), &ended).map(|_| ())
            }
            Some(Err(fault)) => Err(bug(format!("its thread could not be started: {fault}"))),
            Some(Ok(thread)) => match thread.join() {
                Ok(recorded) => recorded,
                Err(_) => Err(bug("its thread panicked".into())),
            },
        }
    }
}

/// What the thread works with.
struct Seconds {
    recorder: Arc<Recorder>,
    plan: Arc<Plan>,
    stop: Stop,
    clock: Clock,
    probe: HealthProbe,
    cursor: Cursor,
    due: u64,
    /// The first arrival that is not counted yet.
    next_due: Option<Micros>,
    breaker: Option<Breaker>,
}

impl Seconds {
    fn count(mut self, progress: Progress, over: &OnceLock<Micros>) -> Result<(), Problem> {
        // Without it nothing would tell the generator's delay from the target's.
        let watch = Watch::start(self.recorder.clone(), self.clock);
        let watch = watch.inspect_err(|_| self.stop.halt())?;
        self.next_due = self.cursor.next_due(&self.plan);
        let mut live = Live::new(self.recorder.meta().clone(), Screen::of_stderr());
        let mut second = 0;
        let mut unwritten = None;
        let settled = loop {
            if let Some(settled) = over.get() {
                break *settled;
            }
            let (ends, now) = (Micros::from_secs(second + 1), self.clock.now());
            let left = ends.since(now).as_duration();
            if self.is_missed(ends, now) {
                second = now.whole_secs();
            } else if left.is_zero() {
                let tick = self.tick(second, ends);
                let ended = self.recorder.tick(tick);
                self.show(progress, &mut live, &ended);
                self.look_for_harm(&ended);
                // A disk that is full, or a folder that is gone, ends the run. What it still measures is kept in memory.
                if let Err(problem) = ended {
                    self.stop.wind_down(Ended::Unwritten(problem.what.clone()));
                    self.stop.halt();
                    unwritten.get_or_insert(problem);
                }
                second += 1;
            } else {
                thread::sleep(left.min(BEAT));
            }
        };
        drop(watch);
        let now = self.clock.now();
        if self.is_missed(Micros::from_secs(second + 1), now) {
            second = now.whole_secs();
        }
        // An arrival due at the very time is booked, and a tick ends before its time.
        let last = self.tick(second, settled.plus(Micros(1)));
        let finished = self.recorder.finish(last, &self.stop.ended());
        if progress == Progress::Shown {
            live.end(&mut std::io::stderr());
        }
        unwritten.map_or_else(|| finished.map(|_| ()), Err)
    }

    /// Whether a second could not be ended when it ended at `ends`, because the generator stood still then or this thread was
    /// held up. What was recorded since cannot be told from what is its own any more, so the second under way takes it in
    /// and says that it covers both.
    fn is_missed(&self, ends: Micros, now: Micros) -> bool {
        let is_late = now >= ends.plus(Micros::from_secs(1));
        is_late || now >= ends && self.recorder.stood_still_at(ends, now)
    }

    /// Ends a run whose target does little but fail.
    fn look_for_harm(&mut self, ended: &Result<Second, Problem>) {
        if let (Some(breaker), Ok(second)) = (&mut self.breaker, ended)
            && let Some(why) = breaker.take(second)
        {
            self.stop.wind_down(Ended::Aborted(why));
        }
    }

    fn show(&self, progress: Progress, live: &mut Live, ended: &Result<Second, Problem>) {
        if let (Progress::Shown, Ok(second)) = (progress, ended) {
            live.show(second, &mut std::io::stderr());
        }
    }

    fn tick(&mut self, second: u64, ends: Micros) -> Tick {
        while self.next_due.is_some_and(|due| due < ends) {
            self.due += 1;
            self.next_due = self.cursor.next_due(&self.plan);
        }
        Tick {
            second,
            due: self.due,
            health: Some(self.probe.sample()),
        }
    }
}
