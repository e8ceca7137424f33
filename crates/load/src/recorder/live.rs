//! The recorder of a run under way: any thread hands it events, one thread ticks it once a second.

use std::cell::Cell;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;

use super::accounts::{Accounts, MOST_ACCOUNTS};
use super::event::Event;
use super::health::HealthSample;
use super::journal::Journal;
use super::journal_record::{SecondRecord, TotalsLine};
use super::login_log::{LoginLog, LoginResult, LoginRow};
use super::meta::Meta;
use super::reader::totals;
use super::recording::{Counts, Ended, Recording};
use super::second::{Frame, Second, stood_still};
use super::standstill::{Pulse, Standstill};
use super::tag::{Layout, Tag};
use super::thread_buffer::ThreadBuffer;
use super::wording::spell_standstill;
use crate::profile::AppIx;
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::Micros;

/// The recorder of a run under way.
#[derive(Debug)]
pub struct Recorder {
    meta: Meta,
    layout: Layout,
    /// One for each worker thread, so that its lock is free; threads beyond that share.
    shards: Vec<Mutex<ThreadBuffer>>,
    accounts: Accounts,
    online: AtomicU64,
    online_peak: AtomicU64,
    keeps: Keeps,
    pulse: Pulse,
    /// Whose time the watch's beats have; none before it beats.
    clock: OnceLock<Clock>,
    writer: Mutex<Writer>,
}

/// What one tick works with. Only the ticking thread takes its lock.
#[derive(Debug)]
struct Writer {
    journal: Journal,
    login_log: Option<LoginLog>,
    /// Empty; swapped with each shard's buffer in turn.
    spare: ThreadBuffer,
    /// One second of all shards.
    merged: ThreadBuffer,
    totals: TotalsLine,
    next: u64,
    due: u64,
}

/// Whether logins are kept one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    Counts,
    Logins,
}

/// What the caller knows of a second that ends.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tick {
    /// Which second ends, from 0. One that is not beyond the last counts as the one after it.
    pub second: u64,
    /// Arrivals due since the run's start, by the plan.
    pub due: u64,
    /// How the generator fared since the last tick.
    pub health: Option<HealthSample>,
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static THREAD: Cell<Option<usize>> = const { Cell::new(None) };
}

/// This thread's number, counted from the first that recorded anything.
fn thread_number() -> usize {
    THREAD.with(|number| {
        number.get().unwrap_or_else(|| {
            let fresh = THREADS.fetch_add(1, Ordering::Relaxed);
            number.set(Some(fresh));
            fresh
        })
    })
}

impl Recorder {
    /// Begins a recording in `folder`, which is made where it is missing, for about `workers` threads.
    ///
    /// # Errors
    /// When the folder holds a recording already or cannot be written, or when the population is too large to count.
    pub fn new(meta: Meta, folder: &Path, workers: usize) -> Result<Self, Problem> {
        let apps = meta.apps.len();
        let accounts = Accounts::new(apps, meta.accounts_per_app).ok_or_else(|| {
            Problem::could_not_run(
                folder.display().to_string(),
                format!(
                    "{} accounts in each of {apps} apps are more than the {MOST_ACCOUNTS} that can be counted",
                    meta.accounts_per_app
                ),
                "lower `population.accounts`",
            )
        })?;
        let layout = Layout::of(&meta);
        let buffer = || ThreadBuffer::new(&layout, apps);
        Ok(Self {
            // Two more than the workers: the watch records too, and so does whoever starts and ends the run.
            shards: (0..workers + 2).map(|_| Mutex::new(buffer())).collect(),
            accounts,
            online: AtomicU64::new(0),
            online_peak: AtomicU64::new(0),
            keeps: Keeps::Counts,
            pulse: Pulse::new(),
            clock: OnceLock::new(),
            writer: Mutex::new(Writer {
                journal: Journal::begin(folder, &meta)?,
                login_log: None,
                spare: buffer(),
                merged: buffer(),
                totals: totals(&[], &Counts::default()),
                next: 0,
                due: 0,
            }),
            layout,
            meta,
        })
    }

    /// The same, which keeps each login in `log` too.
    #[must_use]
    pub fn with_logins(mut self, log: Option<LoginLog>) -> Self {
        if log.is_some() {
            self.keeps = Keeps::Logins;
        }
        self.writer.get_mut().login_log = log;
        self
    }

    /// What the run is.
    #[must_use]
    pub const fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Takes in an event, from any thread.
    pub fn record(&self, event: Event) {
        match event {
            Event::Online => {
                let online = self.online.fetch_add(1, Ordering::Relaxed) + 1;
                self.online_peak.fetch_max(online, Ordering::Relaxed);
            }
            Event::Offline => {
                let fewer = |online: u64| online.checked_sub(1);
                let _ = self
                    .online
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer);
            }
            Event::LoggedIn { app, account } => {
                let seen = self.accounts.note(app, account);
                let mut buffer = self.shard().lock();
                buffer.logged_in(app, seen);
                self.keep_login(&mut buffer, (app, account), LoginResult::Ok);
            }
            Event::NotLoggedIn {
                app,
                account,
                result,
            } => {
                if self.keeps == Keeps::Logins {
                    self.keep_login(&mut self.shard().lock(), (app, account), result);
                }
            }
            Event::Step(step) => {
                let sent = step.sent;
                let was_still = sent.is_some_and(|sent| {
                    let now = || self.clock.get().map_or(step.done, Clock::now);
                    self.pulse.was_in_flight(sent, step.done, now)
                });
                let mut buffer = self.shard().lock();
                if was_still {
                    buffer.in_flight(step.operation);
                }
                buffer.take(&self.layout, Event::Step(step));
            }
            Event::Started(_)
            | Event::NotStarted(_)
            | Event::Unsent(..)
            | Event::LoginBeyondRules
            | Event::Tally(_)
            | Event::Checked(_)
            | Event::Departed(_)
            | Event::ChannelEnded(..)
            | Event::Violation(_) => self.shard().lock().take(&self.layout, event),
        }
    }

    fn keep_login(
        &self,
        buffer: &mut ThreadBuffer,
        (app, account): (AppIx, u64),
        result: LoginResult,
    ) {
        if self.keeps == Keeps::Logins {
            buffer.logins.push(LoginRow {
                at: clock::unix_millis(),
                app,
                account,
                result,
            });
        }
    }

    /// Takes in how much too late a timer of the generator woke. See [`super::Watch`].
    pub fn overslept(&self, late: Micros) {
        self.shard().lock().put(&self.layout, Tag::Oversleep, late);
    }

    /// The watch begins to beat, by this clock.
    pub(super) fn beats_by(&self, clock: Clock) {
        // Of two watches the first one's stays; nobody starts two.
        let _ = self.clock.set(clock);
    }

    /// The watch sleeps until `due`. While it does not wake, steps know that the generator may have stood still.
    pub(super) fn sleeps_until(&self, due: Micros) {
        self.pulse.sleeps_until(due);
    }

    /// Takes in when a timer of the generator woke, and when it should have: how much too late, and whether the generator
    /// stood still meanwhile. See [`super::Watch`].
    pub fn woke(&self, due: Micros, woke: Micros) {
        self.pulse.woke(due, woke);
        self.overslept(woke.since(due));
    }

    /// Whether the generator stood still at `at`, as it is known at `now`.
    #[must_use]
    pub fn stood_still_at(&self, at: Micros, now: Micros) -> bool {
        self.pulse.stood_still_at(at, now)
    }

    fn shard(&self) -> &Mutex<ThreadBuffer> {
        // `new` makes two shards at least.
        &self.shards[thread_number() % self.shards.len()]
    }

    /// Devices online now.
    #[must_use]
    pub fn online(&self) -> u64 {
        self.online.load(Ordering::Relaxed)
    }

    /// Ends a second: writes what was recorded since the last tick, and gives it back for a live line.
    ///
    /// # Errors
    /// When the files cannot be written, or are not there any more. What they did not take is kept in memory for
    /// [`Recorder::read_back`]; whoever ticks ends the run.
    pub fn tick(&self, tick: Tick) -> Result<Second, Problem> {
        let mut writer = self.writer.lock();
        let ends = Micros::from_secs(tick.second.max(writer.next) + 1);
        self.write_second(&mut writer, tick, self.pulse.take(ends))
    }

    /// Ends the recording: writes the last second and the last line.
    ///
    /// # Errors
    /// When the files cannot be written.
    pub fn finish(&self, tick: Tick, ended: &Ended) -> Result<Second, Problem> {
        let mut writer = self.writer.lock();
        let all = self.pulse.take(Micros(u64::MAX));
        let second = self.write_second(&mut writer, tick, all);
        let totals = writer.totals;
        let ended = match (&second, ended) {
            (Err(problem), Ended::Completed) => &Ended::Unwritten(problem.what.clone()),
            (Ok(_) | Err(_), ended) => ended,
        };
        let written = writer.journal.end(ended, totals);
        second.and_then(|second| written.map(|()| second))
    }

    /// The recording so far, also what could not be written, and also where its folder is gone.
    ///
    /// # Errors
    /// When it cannot be read back.
    pub fn read_back(&self) -> Result<Recording, Problem> {
        self.writer.lock().journal.read_back()
    }

    fn write_second(
        &self,
        writer: &mut Writer,
        tick: Tick,
        standstills: Vec<Standstill>,
    ) -> Result<Second, Problem> {
        let number = tick.second.max(writer.next);
        let covers = number + 1 - writer.next;
        for shard in &self.shards {
            std::mem::swap(&mut *shard.lock(), &mut writer.spare);
            writer.merged.drain(&mut writer.spare);
        }
        writer.merged.sum_up(&self.layout);
        writer.merged.counts.due = tick.due.saturating_sub(writer.due);
        let online = self.online();
        let frame = Frame {
            second: number,
            covers,
            online,
            // The next second's peak begins at what is online now.
            online_peak: self.online_peak.swap(online, Ordering::Relaxed).max(online),
            accounts: writer.totals.accounts + writer.merged.counts.accounts(),
            stood_still: stood_still(&standstills),
            health: tick.health,
        };
        let line = SecondRecord {
            second: number,
            covers,
            online: frame.online,
            online_peak: frame.online_peak,
            standstills: standstills.iter().map(spell_standstill).collect(),
            health: tick.health.as_ref().map(Into::into),
            ..SecondRecord::default()
        };
        let second = frame.second(&writer.merged.counts, writer.merged.filled(&self.layout));
        let written = writer.journal.second(&self.layout, &writer.merged, line);
        let logged = match &mut writer.login_log {
            Some(log) => log.write(&writer.merged.logins),
            None => Ok(()),
        };
        let new = totals(std::slice::from_ref(&second), &writer.merged.counts);
        writer.totals.add(new);
        writer.merged.clear();
        writer.next = number + 1;
        writer.due = writer.due.max(tick.due);
        written.and(logged).map(|()| second)
    }
}
