//! The run's timer: every wait of every slot, woken in ticks, and by the run's stop.
//!
//! The runtime's own timer counts whole milliseconds and rounds up, which alone is a lag of 1 to 2 ms, and takes a lock
//! when a wait begins and when it ends. Here one timer of the system wakes whoever is due on a tick, and a request that is
//! answered in time touches nothing: its alarm stays, and serves the next request.

#[cfg(target_os = "linux")]
mod kernel;
#[cfg(any(not(target_os = "linux"), test))]
mod thread;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::stop::{Stop, StopStep};
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// Waits end on whole multiples of this. Waking an idle core costs about 28 us of CPU: shorter ticks pay that more often,
/// longer ones are lag.
const TICK: Micros = Micros(750);

/// What ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Woken {
    /// Its time has come.
    Due,
    /// The run's stop.
    Stopped,
}

/// The timer of one run. Dropped, it wakes nobody any more.
pub(super) struct Pacer {
    shared: Arc<Shared>,
    _driver: AbortOnDropHandle<()>,
}

struct Shared {
    clock: Clock,
    stop: Stop,
    timer: Timer,
    wake_table: Mutex<WakeTable>,
}

/// Who is to be woken at which tick.
#[derive(Debug)]
struct WakeTable {
    due: BTreeMap<u64, Vec<Waker>>,
    /// The tick that the timer is set to; the end of time where it is not set.
    set_to: u64,
}

/// A wake that one task has in store. One that is early enough serves its next waits too.
#[derive(Debug, Default)]
pub(super) struct Alarm(Option<(Micros, Waker)>);

impl Alarm {
    /// Whether it will wake the task of `waker` at `at` or before.
    fn covers(&self, at: Micros, now: Micros, waker: &Waker) -> bool {
        let in_time =
            |(set, task): &(Micros, Waker)| now < *set && *set <= at && task.will_wake(waker);
        self.0.as_ref().is_some_and(in_time)
    }
}

impl Pacer {
    /// The timer of a run with that clock and stop, on the runtime of the caller.
    ///
    /// # Errors
    /// Where this machine has no descriptor left.
    pub(super) fn start(clock: Clock, stop: Stop) -> io::Result<Self> {
        Ok(Self::by(Timer::of_this_system()?, clock, stop))
    }

    fn by(timer: Timer, clock: Clock, stop: Stop) -> Self {
        let shared = Arc::new(Shared {
            clock,
            stop,
            timer,
            wake_table: Mutex::new(WakeTable {
                due: BTreeMap::new(),
                set_to: u64::MAX,
            }),
        });
        let driven = shared.clone();
        let driver = tokio::spawn(async move { driven.drive().await });
        Self {
            shared,
            _driver: AbortOnDropHandle::new(driver),
        }
    }

    /// Resolves at `at`, at once where that is over, or when the run's stop has reached `step`.
    ///
    /// Cancel safe: `alarm` stays set, for the task's next wait.
    pub(super) async fn until(&self, at: Micros, step: StopStep, alarm: &mut Alarm) -> Woken {
        let shared = &self.shared;
        std::future::poll_fn(|cx| {
            if shared.stop.has_reached(step) {
                return Poll::Ready(Woken::Stopped);
            }
            // Before the run begins its clock reads zero, and what is due at zero is not due yet.
            if shared.clock.left_until(at).is_zero() {
                return Poll::Ready(Woken::Due);
            }
            let now = shared.clock.now();
            if !alarm.covers(at, now, cx.waker()) {
                shared.wake_at(at, cx.waker());
                alarm.0 = Some((at, cx.waker().clone()));
            }
            // A stop that was taken before the waker was in the table has not woken it.
            if shared.stop.has_reached(step) {
                return Poll::Ready(Woken::Stopped);
            }
            Poll::Pending
        })
        .await
    }
}

impl Shared {
    fn wake_at(&self, at: Micros, waker: &Waker) {
        let tick = at.0.div_ceil(TICK.0);
        let mut wake_table = self.wake_table.lock();
        wake_table.due.entry(tick).or_default().push(waker.clone());
        self.set(&mut wake_table);
    }

    /// Sets the timer to the first tick at which anybody waits.
    fn set(&self, wake_table: &mut WakeTable) {
        if let Some((&first, _)) = wake_table.due.first_key_value()
            && first < wake_table.set_to
        {
            wake_table.set_to = first;
            let tick = Micros(first.saturating_mul(TICK.0));
            self.timer.set(self.clock.left_until(tick));
        }
    }

    async fn drive(&self) {
        for step in [StopStep::WindDown, StopStep::Halt] {
            tokio::select! {
                () = self.stop.reached(step) => self.wake_all(),
                () = self.wake_in_time() => {}
            }
        }
        self.wake_in_time().await;
    }

    /// Wakes everybody when they are due, for ever.
    async fn wake_in_time(&self) {
        let mut woken = Vec::new();
        while self.timer.rang().await.is_ok() {
            self.take_due(&mut woken);
            woken.drain(..).for_each(Waker::wake);
        }
    }

    fn take_due(&self, due: &mut Vec<Waker>) {
        let tick = self.clock.now().0 / TICK.0;
        let mut wake_table = self.wake_table.lock();
        while let Some(entry) = wake_table.due.first_entry()
            && *entry.key() <= tick
        {
            due.extend(entry.remove());
        }
        wake_table.set_to = u64::MAX;
        self.set(&mut wake_table);
    }

    /// Lets every wait look at the stop. Their times stay in the table: requests in flight keep their limits.
    fn wake_all(&self) {
        let wake_table = self.wake_table.lock();
        wake_table
            .due
            .values()
            .flatten()
            .for_each(Waker::wake_by_ref);
    }
}

/// What rings at a tick. Both kinds are built for tests.
enum Timer {
    #[cfg(target_os = "linux")]
    Kernel(kernel::Timer),
    #[cfg(any(not(target_os = "linux"), test))]
    Thread(thread::Timer),
}

impl Timer {
    #[cfg(target_os = "linux")]
    fn of_this_system() -> io::Result<Self> {
        kernel::Timer::start().map(Self::Kernel)
    }

    #[cfg(not(target_os = "linux"))]
    fn of_this_system() -> io::Result<Self> {
        thread::Timer::start().map(Self::Thread)
    }

    fn set(&self, left: Duration) {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(timer) => timer.set(left),
            #[cfg(any(not(target_os = "linux"), test))]
            Self::Thread(timer) => timer.set(left),
        }
    }

    /// Waits until it rings, or seems to.
    async fn rang(&self) -> io::Result<()> {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel(timer) => timer.rang().await,
            #[cfg(any(not(target_os = "linux"), test))]
            Self::Thread(timer) => timer.rang().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every kind of timer that this system can have.
    fn timers() -> Vec<Timer> {
        vec![
            Timer::of_this_system().unwrap(),
            Timer::Thread(thread::Timer::start().unwrap()),
        ]
    }

    /// A pacer whose run begins in 5 ms.
    fn pacer(timer: Timer, stop: &Stop) -> (Pacer, Clock) {
        let clock = Clock::starting_in(Duration::from_millis(5));
        (Pacer::by(timer, clock, stop.clone()), clock)
    }

    async fn ended(pacer: &Pacer, at: u64) -> Woken {
        let mut alarm = Alarm::default();
        pacer
            .until(Micros(at), StopStep::WindDown, &mut alarm)
            .await
    }

    #[tokio::test]
    async fn nobody_wakes_early_whoever_waits_beside_and_in_whatever_order_they_came() {
        for timer in timers() {
            let (pacer, clock) = pacer(timer, &Stop::default());
            let dues = (1..40_u64).map(|n| (n * 7_919) % 30_000);
            let waits = dues.map(|due| {
                let pacer = &pacer;
                async move {
                    assert_eq!(ended(pacer, due).await, Woken::Due);
                    assert!(clock.now() >= Micros(due), "{due} at {}", clock.now());
                }
            });
            futures_util::future::join_all(waits).await;
        }
    }

    #[tokio::test]
    async fn what_is_due_at_zero_waits_for_the_run_to_begin() {
        for timer in timers() {
            let before = Clock::start();
            let clock = Clock::starting_in(Duration::from_millis(30));
            let pacer = Pacer::by(timer, clock, Stop::default());
            assert_eq!(ended(&pacer, 0).await, Woken::Due);
            assert!(before.now() >= Micros::from_millis(30), "{}", before.now());
        }
    }

    #[tokio::test]
    async fn what_is_over_does_not_wait() {
        let (pacer, clock) = pacer(Timer::of_this_system().unwrap(), &Stop::default());
        assert_eq!(ended(&pacer, 1_000).await, Woken::Due);
        let before = clock.now();
        let over = std::pin::pin!(ended(&pacer, before.0));
        assert_eq!(futures_util::poll!(over), Poll::Ready(Woken::Due));
    }

    #[tokio::test]
    async fn each_step_of_the_stop_ends_its_waits_and_leaves_the_others_their_times() {
        for timer in timers() {
            let stop = Stop::default();
            let (pacer, clock) = pacer(timer, &stop);
            let far = Micros::from_secs(3_600);
            let mut alarms = [Alarm::default(), Alarm::default(), Alarm::default()];
            let [one, two, three] = &mut alarms;
            let soon = Micros::from_millis(60);
            let asked = async {
                tokio::task::yield_now().await;
                stop.end_sessions();
            };
            let (planned, request, ()) = tokio::join!(
                pacer.until(far, StopStep::WindDown, one),
                pacer.until(soon, StopStep::Halt, two),
                asked
            );
            assert_eq!((planned, request), (Woken::Stopped, Woken::Due));
            assert!(clock.now() >= soon);
            let halt = async {
                tokio::task::yield_now().await;
                stop.halt();
            };
            let (request, ()) = tokio::join!(pacer.until(far, StopStep::Halt, three), halt);
            assert_eq!(request, Woken::Stopped);
        }
    }

    #[tokio::test]
    async fn an_alarm_serves_the_waits_after_it_and_comes_no_later_for_an_earlier_one() {
        for timer in timers() {
            let (pacer, clock) = pacer(timer, &Stop::default());
            let mut alarm = Alarm::default();
            for limit in [20_000, 40_000, 30_000] {
                // A request that is answered in time: its alarm stays.
                tokio::select! {
                    biased;
                    woken = pacer.until(Micros(limit), StopStep::Halt, &mut alarm) => panic!("{woken:?}"),
                    () = std::future::ready(()) => {}
                }
            }
            assert_eq!(
                pacer
                    .shared
                    .wake_table
                    .lock()
                    .due
                    .values()
                    .flatten()
                    .count(),
                1
            );
            for limit in [25_000, 50_000] {
                let woken = pacer.until(Micros(limit), StopStep::Halt, &mut alarm).await;
                assert_eq!(woken, Woken::Due);
                assert!(clock.now() >= Micros(limit));
                // Two ticks late at most, and what a busy machine adds.
                assert!(clock.now() < Micros(limit + 100_000), "{}", clock.now());
            }
        }
    }
}
