//! When a run's clock reads zero: soon, at a time that several machines know, or when the process that started it says so.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use std::{io, thread};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::UnixSeconds;
use trtc_load_core::engine::{Stop, soon};
use trtc_load_core::recorder::Ended;

/// The argument that names the time.
const ARGUMENT: &str = "--start-at";

/// What a worker says once every slot has its state.
pub(crate) const READY: &str = "ready";
/// Before the time at which the clock reads zero, in milliseconds of Unix time.
pub(crate) const START: &str = "start ";
/// Winds a worker down.
pub(crate) const WIND_DOWN: &str = "wind down";
/// Drops what a worker has in flight.
pub(crate) const HALT: &str = "halt";

/// When a run starts.
#[derive(Clone, Debug)]
pub enum Start {
    /// As soon as it is prepared.
    Soon,
    /// At that time.
    At(UnixSeconds),
    /// When its parent says so.
    Told(Worker),
}

/// A run that another process of this program has started, as one of several.
#[derive(Clone, Debug)]
pub struct Worker {
    /// Its folder, to be made.
    pub folder: PathBuf,
    /// The second of the whole run, from which new accounts take their names.
    pub second: UnixSeconds,
}

impl Start {
    /// The second that the run is named after.
    pub(crate) fn second(&self) -> UnixSeconds {
        match self {
            Self::Soon => clock::unix_now(),
            Self::At(second) | Self::Told(Worker { second, .. }) => *second,
        }
    }

    /// Refuses a time that is past already.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        match self {
            Self::At(second) if until(*second).is_none() => Err(Problem::bad_input(
                ARGUMENT,
                "that time is past",
                "give one that leaves every machine the time to prepare, half a minute for example",
            )),
            Self::Soon | Self::At(_) | Self::Told(_) => Ok(()),
        }
    }

    /// Says when it starts, where that is known.
    pub(crate) fn announce(&self) {
        if let Self::At(second) = self {
            let left = until(*second).unwrap_or_default();
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(io::stderr(), "it starts in {} s", left.as_secs());
        }
    }

    /// The run's clock, asked for when everything is prepared. What a parent says goes to `stop`.
    pub(crate) fn clock(&self, stop: &Stop) -> BoxFuture<'static, Result<Clock, Problem>> {
        match self {
            Self::Soon => soon(),
            Self::At(second) => {
                let second = *second;
                // It is polled once everything is prepared, and only then is it known whether that was in time.
                async move { at(second) }.boxed()
            }
            Self::Told(_) => {
                let told = listen(stop.clone());
                async { told_clock(told).await }.boxed()
            }
        }
    }
}

/// A time as RFC 3339 or in Unix seconds.
pub(crate) fn time(text: &str) -> Result<UnixSeconds, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(UnixSeconds(seconds));
    }
    let at: Option<jiff::Timestamp> = text.parse().ok();
    at.filter(|at| at.subsec_nanosecond() == 0)
        .and_then(|at| u64::try_from(at.as_second()).ok())
        .map(UnixSeconds)
        .ok_or_else(|| {
            "write a whole second: 2026-01-31T23:59:00Z, with another offset than Z, or in Unix time".into()
        })
}

fn until(second: UnixSeconds) -> Option<Duration> {
    clock::until(Duration::from_secs(second.0))
}

/// It is asked for once everything is prepared: what is past then was not prepared in time.
fn at(second: UnixSeconds) -> Result<Clock, Problem> {
    until(second).map(Clock::starting_in).ok_or_else(|| {
        Problem::could_not_run(
            ARGUMENT,
            "that time passed before this run was prepared; nothing was measured",
            "stop the other shards, and give a later time to all of them",
        )
    })
}

async fn told_clock(told: oneshot::Receiver<Duration>) -> Result<Clock, Problem> {
    let orphan = || {
        Problem::could_not_run(
            "worker",
            "whoever started this worker has gone before it said when to start",
            "start workers with `trtc-load --workers`",
        )
    };
    // The main thread, which drives this, has the lock on standard output already and may take it again.
    let mut out = io::stdout();
    let said = writeln!(out, "{READY}").and_then(|()| out.flush());
    said.map_err(|_| orphan())?;
    let at = told.await.map_err(|_| orphan())?;
    // A worker that hears of it late starts late, which is lag: nothing is lost.
    Ok(Clock::starting_in(clock::until(at).unwrap_or_default()))
}

/// Hears what the parent says, line by line. Where it has gone, also by being killed, the run winds down.
fn listen(stop: Stop) -> oneshot::Receiver<Duration> {
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let hear = move || {
        for line in io::stdin().lines() {
            match line.as_deref() {
                Ok(WIND_DOWN) => stop.wind_down(Ended::Interrupted),
                Ok(HALT) => stop.halt(),
                Ok(line) => {
                    let millis = line.strip_prefix(START).and_then(|at| at.parse().ok());
                    if let (Some(millis), Some(tell)) = (millis, tell.take()) {
                        let _ = tell.send(Duration::from_millis(millis));
                    }
                }
                Err(_) => break,
            }
        }
        stop.wind_down(Ended::Interrupted);
    };
    // Without the thread nobody ever says when to start, which is told as what it is.
    let _ = thread::Builder::new().name("parent".into()).spawn(hear);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_rfc_3339_or_as_unix_seconds_and_must_be_a_whole_second() {
        for text in [
            "1769904000",
            "2026-02-01T00:00:00Z",
            "2026-02-01T08:00:00+08:00",
        ] {
            assert_eq!(time(text), Ok(UnixSeconds(1_769_904_000)), "{text}");
        }
        for text in [
            "",
            "-5",
            "noon",
            "2026-02-01",
            "2026-02-01T00:00:00",
            "2026-02-01T00:00:00.5Z",
            "1960-02-01T00:00:00Z",
        ] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_time_that_is_past_is_refused_before_and_after_preparing() {
        let past = Start::At(UnixSeconds(1_000));
        assert!(past.check().is_err());
        assert!(at(UnixSeconds(1_000)).is_err());
        let ahead = UnixSeconds(clock::unix_now().0 + 100);
        assert!(Start::At(ahead).check().is_ok());
        assert_eq!(at(ahead).unwrap().now(), trtc_base::units::Micros::ZERO);
    }

    #[test]
    fn a_time_that_passes_while_the_run_is_prepared_is_refused_when_the_clock_is_asked_for() {
        let second = UnixSeconds(clock::unix_now().0 + 1);
        let asked = Start::At(second).clock(&Stop::default());
        while until(second).is_some() {
            thread::yield_now();
        }
        assert!(asked.now_or_never().unwrap().is_err());
    }
}
