//! `trtc-load --workers N`: the shards of a plan as processes of this machine, watched and added up as one run.
//!
//! Each worker is this program with `--shard`, with descriptors, a recording and a folder of its own. The recordings are
//! merged while they grow, so that there is one line of progress, and what was merged survives whatever ends this process.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;
use std::{io, thread};

use super::fit::Fit;
use super::machine::Machine;
use super::merging::Part;
use super::planned::{Planned, explained};
use super::progress_loop::Progress;
use super::ran::Ran;
use super::threads::{cores, no_threads};
use super::worker::{News, Worker, is_a_runs_end};
use super::{Settings, announce, folder, login_log, merging, preflight, start, target_counters};
use trtc_base::clock;
use trtc_base::clock::Clock;
use trtc_base::error::Problem;
use trtc_base::units::Micros;
use trtc_load_core::engine::{Stop, StopStep};
use trtc_load_core::plan::{Plan, Shard};
use trtc_load_core::profile::{Place, Profile};
use trtc_load_core::recorder::{Ended, Merged, Merger, Meta, RunName};
use trtc_load_core::report::live::{Live, Screen};

/// How often the workers are looked at.
const BEAT: Duration = Duration::from_millis(20);

/// From when all are prepared to the start: all of them must have heard of it before.
const LEAD_MILLIS: u64 = 500;

/// How long a worker may take to end once it was told to drop everything.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// What workers may take beyond their schedule, its drain and a request: they write reports, on a busy machine. One that has
/// not ended then is stopped or hangs.
const GRACE: Micros = Micros::from_secs(30);

/// What workers are started with.
pub(crate) struct Hiring {
    /// Words that name the profile to another process of this program, and what it changes there.
    pub(crate) profile: Vec<OsString>,
    pub(crate) count: u32,
    pub(crate) settings: Settings,
}

/// Refuses workers that do not fit this machine together, though each may by itself. A mock of each has ports of its own.
fn refuse_unfit(planned: &Planned, count: u32) -> Result<(), Problem> {
    let fit = |endpoint| {
        Fit::of(planned, endpoint, Machine::read()).of_workers(planned, u64::from(count))
    };
    match &planned.profile.target().place {
        Place::Mock(_) => fit(None).refuse_memory(),
        Place::Url(url) => {
            // Its names are looked up; nothing is sent there.
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|fault| no_threads(&fault))?;
            let endpoint = runtime.block_on(preflight::resolved(url, &planned.profile))?;
            fit(Some(&endpoint)).refuse()
        }
    }
}

/// What the whole run is.
fn meta(settings: &Settings, planned: &Planned, folder: &std::path::Path) -> Meta {
    let name = RunName {
        run: folder::run_name(folder),
        labels: settings.labels.clone(),
        started_at: clock::unix_now(),
    };
    Meta::of(&planned.profile, &planned.plan, name)
}

/// A run that several processes of this program play.
pub(crate) struct Crew {
    planned: Planned,
    hiring: Hiring,
    meta: Meta,
    folder: PathBuf,
    workers: Vec<Worker>,
    stop: Stop,
}

/// Refuses what so many workers could not play. Nothing is sent.
pub(crate) fn refuse_unplayable(planned: &Planned, count: u32) -> Result<(), Vec<Problem>> {
    let one = |problem| vec![problem];
    // The last shard has the least of everything that is divided: what is too little is told once, and not by each.
    if let Some(last) = Shard::new(count, count) {
        Plan::of_shard(&planned.profile, last).map_err(|faults| explained(&faults))?;
    }
    preflight::limits(&planned.profile, &planned.plan).map_err(one)?;
    refuse_unfit(planned, count).map_err(one)
}

impl Crew {
    /// Opens the run's folder. Nobody is started.
    pub(crate) fn of(planned: Planned, hiring: Hiring) -> Result<Self, Problem> {
        let settings = &hiring.settings;
        let folder = folder::open(&settings.out, &planned.profile, Shard::WHOLE)?;
        if settings.progress == Progress::Shown {
            announce::announce_count(&planned);
        }
        Ok(Self {
            meta: meta(settings, &planned, &folder),
            workers: Vec::new(),
            planned,
            hiring,
            folder,
            stop: Stop::default(),
        })
    }

    pub(crate) const fn profile(&self) -> &Profile {
        &self.planned.profile
    }

    /// What ends it from elsewhere, by steps.
    pub(crate) fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Starts the workers, plays the run to its end, and merges what they recorded.
    pub(crate) fn run(&mut self) -> Result<Ran, Vec<Problem>> {
        let played = self.hire().and_then(|()| self.play());
        let (merger, faults) = played.map_err(|problem| {
            // One that still starts may yet make a folder of its own.
            self.workers.clear();
            folder::take_back(&self.folder, &self.planned.profile);
            vec![problem]
        })?;
        Ran::of(&self.folder, merger.read_back(), faults)
    }

    const fn progress(&self) -> Progress {
        self.hiring.settings.progress
    }

    /// Starts a worker for each shard.
    fn hire(&mut self) -> Result<(), Problem> {
        let count = self.hiring.count;
        let shards = (1..=count).filter_map(|number| Shard::new(number, count));
        let shards: Vec<Shard> = shards.collect();
        let threads = cores() / shards.len().max(1);
        for shard in &shards {
            let mut words = self.hiring.profile.clone();
            for (name, value) in &self.hiring.settings.labels {
                words.push("--label".into());
                words.push(format!("{name}={value}").into());
            }
            if let Some(path) = &self.hiring.settings.logins {
                words.push("--logins".into());
                words.push(login_log::of_shard(path, *shard).into());
            }
            let place = self.folder.join(folder::shard_name(&self.meta.run, *shard));
            let worker =
                Worker::start(*shard, &place, &words, self.meta.started_at, threads.max(1))?;
            self.workers.push(worker);
        }
        Ok(())
    }

    /// Plays the run to its end. Its recording is complete afterwards; what kept it from the disk is told beside it.
    fn play(&mut self) -> Result<(Merger, Vec<Problem>), Problem> {
        self.prepare()?;
        let prepared = self.workers.iter().filter(|worker| worker.is_ready());
        let sources: Vec<PathBuf> = prepared.map(|worker| worker.folder.clone()).collect();
        self.agree(&sources)?;
        let mut merger = Merger::begin(&sources, &self.meta, &self.folder)?;
        if !self.stop.has_reached(StopStep::WindDown) {
            are_ready(&mut self.workers)?;
            self.announce();
            let at = clock::unix_millis() + LEAD_MILLIS;
            self.tell(&format!("{}{at}", start::START));
        }
        let watched = self.watch(&mut merger);
        // Nobody watches them any more: what is not over winds down.
        self.workers.iter_mut().for_each(Worker::let_go);
        let unwritten = watched?;
        let finished = merging::finish(&mut merger, &self.parts(), unwritten.as_ref());
        if matches!(self.planned.profile.target().place, Place::Mock(_)) {
            self.keep_books();
        }
        let fault = unwritten.or(finished.err());
        Ok((merger, fault.into_iter().collect()))
    }

    /// Keeps what the workers' mocks counted. A run without it is still whole: only the other side is missing.
    fn keep_books(&self) {
        let folders = self.workers.iter().map(|worker| worker.folder.as_path());
        let told = target_counters::told(target_counters::keep_sum(folders, &self.folder));
        if let (Progress::Shown, Some(told)) = (self.progress(), told) {
            // Nobody is left to tell where standard error is closed.
            let _ = writeln!(io::stderr(), "{told}");
        }
    }

    /// Waits until every worker is prepared. One that ends before keeps the run from starting.
    fn prepare(&mut self) -> Result<(), Problem> {
        loop {
            if self.stop.has_reached(StopStep::WindDown) {
                self.tell(start::WIND_DOWN);
                return Ok(());
            }
            if are_ready(&mut self.workers)? {
                return Ok(());
            }
            thread::sleep(BEAT);
        }
    }

    /// Merges what the workers record, until all of them have ended. Gives why that could not be written any more: what is
    /// still merged then is kept in memory, and the run ends.
    fn watch(&mut self, merger: &mut Merger) -> Result<Option<Problem>, Problem> {
        let mut unwritten = None;
        let mut live = Live::new(self.meta.clone(), Screen::of_stderr());
        let (mut told, since, longest) = (Told::default(), Clock::start(), self.longest());
        loop {
            if since.now() > longest && told.halt.is_none() {
                live.end(&mut io::stderr());
                self.name_who_hangs();
                self.stop.halt();
            }
            self.pass_on(&mut told);
            let mut all_ended = true;
            for worker in &mut self.workers {
                match worker.news() {
                    News::Works => all_ended = false,
                    News::HasEnded => {}
                    News::Ends(status) => {
                        merger.ended(&worker.folder);
                        if !is_a_runs_end(status) {
                            live.end(&mut io::stderr());
                            worker.lament(status);
                        }
                    }
                }
            }
            match merger.step()? {
                Merged::Second(second) if self.progress() == Progress::Shown => {
                    live.show(&second, &mut io::stderr());
                }
                Merged::Second(_) => {}
                Merged::Unwritten(problem) => {
                    self.stop.wind_down(Ended::Unwritten(problem.what.clone()));
                    self.stop.halt();
                    unwritten.get_or_insert(problem);
                }
                Merged::Over if all_ended => break,
                Merged::Waits | Merged::Over => thread::sleep(BEAT),
            }
        }
        if self.progress() == Progress::Shown {
            live.end(&mut io::stderr());
        }
        Ok(unwritten)
    }

    /// How long the workers may take from their start on.
    fn longest(&self) -> Micros {
        let Planned { profile, plan } = &self.planned;
        let schedule = plan.end().plus(self.planned.drain());
        schedule.plus(profile.target().timeout).plus(GRACE)
    }

    fn name_who_hangs(&self) {
        for worker in &self.workers {
            if !worker.was_seen_to_end() {
                let _ = writeln!(
                    io::stderr(),
                    "worker {} should have ended {GRACE} ago: it is stopped or hangs, and is ended now. Its folder: {}",
                    worker.shard,
                    worker.folder.display()
                );
            }
        }
    }

    /// Hands a stop on to the workers, and ends those that do not hear of it.
    fn pass_on(&mut self, told: &mut Told) {
        if self.stop.has_reached(StopStep::WindDown) && !told.wind_down {
            told.wind_down = true;
            self.tell(start::WIND_DOWN);
        }
        if self.stop.has_reached(StopStep::Halt) && told.halt.is_none() {
            told.halt = Some(Clock::start());
            self.tell(start::HALT);
        }
        let is_late = |since: Clock| since.now().as_duration() > LAST_WAIT;
        if told.halt.is_some_and(is_late) {
            self.workers.iter_mut().for_each(Worker::kill);
        }
    }

    fn tell(&mut self, line: &str) {
        for worker in &mut self.workers {
            worker.tell(line);
        }
    }

    fn announce(&self) {
        if self.progress() == Progress::Quiet {
            return;
        }
        announce::announce(&self.planned);
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            io::stderr(),
            "{} workers, threads for each: {}, in {}",
            self.workers.len(),
            (cores() / self.workers.len()).max(1),
            self.folder.display()
        );
    }

    /// Takes the plan's arrivals from the workers, who have counted them, if they play this process's plan.
    fn agree(&mut self, sources: &[PathBuf]) -> Result<(), Problem> {
        for source in sources {
            let part = Meta::read(source)?.part;
            if part.plan != self.meta.part.plan {
                return Err(Problem::could_not_run(
                    source.display().to_string(),
                    "this worker has another plan: the profile was changed while it started",
                    "run it again",
                ));
            }
            self.meta.part = part.whole();
        }
        Ok(())
    }

    /// The workers' recordings, each judged by itself. One that left none is missing.
    fn parts(&self) -> Vec<Part> {
        let read = |worker: &Worker| Part::read(&worker.folder, &self.planned.profile).ok();
        self.workers.iter().filter_map(read).collect()
    }
}

/// Whether every worker is prepared. Refuses where one has ended, also after it was prepared.
fn are_ready(workers: &mut [Worker]) -> Result<bool, Problem> {
    let mut all = true;
    for worker in workers {
        all &= worker.look_for_ready();
        if let Some(status) = worker.ended() {
            return Err(worker.unprepared(status));
        }
    }
    Ok(all)
}

/// What the workers were told of a stop.
#[derive(Default)]
struct Told {
    wind_down: bool,
    halt: Option<Clock>,
}

#[cfg(test)]
mod tests;
