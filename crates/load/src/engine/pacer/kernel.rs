//! The timer of Linux: a descriptor that the runtime waits for with all others.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::unix::AsyncFd;

/// A timer that can be set anew while somebody waits for it.
pub(super) struct Timer(AsyncFd<Descriptor>);

/// The kernel's timer, as the runtime wants it.
struct Descriptor(TimerFd);

impl AsRawFd for Descriptor {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Timer {
    /// One that is not set, on the runtime of the caller.
    #[expect(
        deprecated,
        reason = "what replaces it is unsafe; this descriptor is owned, and closed after it left the runtime"
    )]
    pub(super) fn start() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        AsyncFd::new(Descriptor(timer)).map(Self)
    }

    /// Rings in `left`, whatever it was set to before.
    pub(super) fn set(&self, left: Duration) {
        // Zero would turn it off.
        let left = TimeSpec::from_duration(left.max(Duration::from_nanos(1)));
        // Refused are only spans that are no spans.
        let timer = &self.0.get_ref().0;
        let _ = timer.set(Expiration::OneShot(left), TimerSetTimeFlags::empty());
    }

    /// Waits until it rings, or seems to. An error ends it for good: the runtime has gone.
    pub(super) async fn rang(&self) -> io::Result<()> {
        let mut guard = self.0.readable().await?;
        // One that has not run out leaves the readiness cleared.
        let _ = guard.try_io(|timer| Ok(timer.get_ref().0.wait()?));
        Ok(())
    }
}
