//! The timer of every other system: a thread that sleeps until it is due. Tests on Linux play it too, so that it does not rot.

use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use parking_lot::{Condvar, Mutex};
use tokio::sync::Notify;
use trtc_base::clock::Clock;
use trtc_base::units::Micros;

/// A timer that can be set anew while somebody waits for it. Its thread ends when it is dropped.
pub(super) struct Timer(Arc<Shared>);

struct Shared {
    clock: Clock,
    set_to: Mutex<SetTo>,
    changed: Condvar,
    rang: Notify,
}

/// What the thread waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SetTo {
    Nothing,
    Ring(Micros),
    End,
}

impl Timer {
    /// One that is not set.
    pub(super) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared {
            clock: Clock::start(),
            set_to: Mutex::new(SetTo::Nothing),
            changed: Condvar::new(),
            rang: Notify::new(),
        });
        let sleeping = shared.clone();
        let thread = thread::Builder::new().name("timer".into());
        thread.spawn(move || sleeping.sleep())?;
        Ok(Self(shared))
    }

    /// Rings in `left`, whatever it was set to before.
    pub(super) fn set(&self, left: Duration) {
        let at = self.0.clock.now().plus(left.into());
        self.0.change(SetTo::Ring(at));
    }

    /// Waits until it rings. It never fails.
    pub(super) async fn rang(&self) -> io::Result<()> {
        self.0.rang.notified().await;
        Ok(())
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.change(SetTo::End);
    }
}

impl Shared {
    fn change(&self, set_to: SetTo) {
        *self.set_to.lock() = set_to;
        self.changed.notify_one();
    }

    fn sleep(&self) {
        let mut set_to = self.set_to.lock();
        loop {
            match *set_to {
                SetTo::End => return,
                SetTo::Nothing => self.changed.wait(&mut set_to),
                SetTo::Ring(at) => {
                    let left = at.since(self.clock.now());
                    if left == Micros::ZERO {
                        *set_to = SetTo::Nothing;
                        self.rang.notify_one();
                    } else {
                        self.changed.wait_for(&mut set_to, left.as_duration());
                    }
                }
            }
        }
    }
}
