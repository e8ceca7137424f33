//! What one thread recorded since the last second: distributions at their tags' places, and counters.

use super::distribution::Distribution;
use super::event::{Answered, Event, NotStarted, Planned, Reason, Started, Step, Violation};
use super::login_log::LoginRow;
use super::recording::{AppCount, Counts, SeriesKey};
use super::tag::{Layout, Tag};
use crate::profile::{AppIx, Latency};
use crate::session::{Class, Departed, Operation, Phase};
use trtc_base::units::Micros;

/// Breaches that are kept whole; the rest are counted.
pub(super) const BREACHES_KEPT: usize = 100;

/// Counts of 32 bits hold what a second can bring, at half the memory.
type Cell = Distribution<u32>;

/// What one thread recorded since the last second. Emptied, it keeps its memory.
#[derive(Debug)]
pub(super) struct ThreadBuffer {
    cells: Vec<Option<Box<Cell>>>,
    pub(super) counts: Counts,
    pub(super) breaches: Vec<Violation>,
    /// Empty unless a log of logins is kept.
    pub(super) logins: Vec<LoginRow>,
}

/// Whether an account logged in for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    First,
    Again,
    /// The population has no such account.
    Stray,
}

impl ThreadBuffer {
    pub(super) fn new(layout: &Layout, apps: usize) -> Self {
        Self {
            cells: layout.tags().iter().map(|_| None).collect(),
            counts: Counts {
                apps: vec![AppCount::default(); apps],
                ..Counts::default()
            },
            breaches: Vec::new(),
            logins: Vec::new(),
        }
    }

    /// Takes in an event. Nothing is allocated once its tag was met in this buffer.
    pub(super) fn take(&mut self, layout: &Layout, event: Event) {
        match event {
            Event::Started(started) => self.started(layout, started),
            Event::NotStarted(given_up) => self.not_started(layout, given_up),
            Event::Step(step) => self.step(layout, step),
            Event::Unsent(operation, why, steps) => {
                *self.counts.unsent.entry((operation, why)).or_default() += u64::from(steps);
            }
            Event::LoginBeyondRules => self.counts.logins_beyond_rules += 1,
            Event::Checked(invariant) => *self.counts.checks.entry(invariant).or_default() += 1,
            Event::Violation(violation) => {
                *self.counts.checks.entry(violation.invariant).or_default() += 1;
                *self.counts.breaches.entry(violation.invariant).or_default() += 1;
                if self.breaches.len() < BREACHES_KEPT {
                    self.breaches.push(violation);
                }
            }
            Event::Tally(tally) => *self.counts.tallies.entry(tally).or_default() += 1,
            Event::ChannelEnded(end, standing) => {
                *self.counts.channel_ends.entry((end, standing)).or_default() += 1;
            }
            Event::Departed(operation) => {
                self.counts.departures.entry(operation).or_default().handed += 1;
            }
            // The recorder keeps these where all threads see them at once.
            Event::Online | Event::Offline | Event::LoggedIn { .. } | Event::NotLoggedIn { .. } => {
            }
        }
    }

    pub(super) fn logged_in(&mut self, app: AppIx, seen: Seen) {
        match (self.counts.apps.get_mut(usize::from(app.0)), seen) {
            (Some(count), Seen::First) => {
                count.accounts += 1;
                count.logins += 1;
            }
            (Some(count), Seen::Again) => count.logins += 1,
            (Some(_), Seen::Stray) | (None, _) => self.counts.strays += 1,
        }
    }

    /// A step of `operation` was in flight while the generator stood still. A sum over steps is none itself.
    pub(super) fn in_flight(&mut self, operation: Operation) {
        if operation != Operation::SignIn {
            *self.counts.in_flight.entry(operation).or_default() += 1;
        }
    }

    fn started(&mut self, layout: &Layout, started: Started) {
        let key = (started.stage, started.scenario);
        *self.counts.started.entry(key).or_default() += 1;
        if started.free > started.due {
            let waited = started.free.since(started.due);
            self.put(layout, Tag::Blocked(started.stage), waited);
        }
    }

    fn not_started(&mut self, layout: &Layout, given_up: NotStarted) {
        let NotStarted {
            stage,
            scenario,
            reason,
            ..
        } = given_up;
        *self
            .counts
            .not_started
            .entry((stage, scenario, reason))
            .or_default() += 1;
        if reason == Reason::NoSlot {
            let waited = given_up.at.since(given_up.due);
            self.put(layout, Tag::Unstarted(stage, scenario), waited);
        }
    }

    fn step(&mut self, layout: &Layout, step: Step) {
        let key = SeriesKey {
            operation: step.operation,
            class: step.class,
            stage: step.stage,
        };
        // A timeout that our own clock cut short must not look faster than its limit.
        let least = match step.class {
            Class::Timeout => layout.limit(step.operation),
            Class::Success | Class::Expected | Class::Throttled | Class::Failed | Class::Cut => {
                Micros::ZERO
            }
        };
        if step.planned == Planned::Yes {
            *self.counts.as_planned.entry(step.operation).or_default() += 1;
        }
        let by_scenario = step.operation.is_kept_by_scenario();
        let served = step.served().map(|served| (Latency::Served, served));
        for (latency, value) in [Some((Latency::Felt, step.felt())), served]
            .into_iter()
            .flatten()
        {
            // Where scenarios are kept apart, their sum is made when the second ends.
            let tag = if by_scenario {
                Tag::ScenarioStep(key, step.scenario, latency)
            } else {
                Tag::Step(key, latency)
            };
            self.put(layout, tag, value.max(least));
        }
        if step.operation.is_request() {
            self.exchanged(layout, &step);
        }
        if let Some(cause) = step.cause {
            self.counts
                .add_cause((step.operation, step.class, cause), 1);
        }
    }

    /// What the generator sent and got back, and how late it sent.
    fn exchanged(&mut self, layout: &Layout, step: &Step) {
        // What comes after the request is the target's choice where it holds it.
        let is_timed = |phase: Phase| {
            step.operation.has_latency() || !matches!(phase, Phase::FirstByte | Phase::Body)
        };
        for (phase, took) in step.phases.iter().filter(|(phase, _)| is_timed(*phase)) {
            self.put(layout, Tag::Phase(step.operation, phase, step.stage), took);
        }
        // Where a step without an answer hung, it hung for as long as it was waited for: no phase looks fast for that.
        if let (Class::Timeout, Some(phase)) = (step.class, step.phases.under_way())
            && is_timed(phase)
        {
            let waited = step.served().unwrap_or_default();
            let waited = waited.max(layout.limit(step.operation));
            let tag = Tag::Phase(step.operation, phase, step.stage);
            self.put(layout, tag, waited);
        }
        if let Some(lag) = step.lag() {
            self.put(layout, Tag::Lag(step.operation, step.stage), lag);
        }
        let exchange = self.counts.exchanges.entry(step.operation).or_default();
        exchange.attempts += u64::from(step.sent.is_some());
        let departed = step.departed == Departed::Yes;
        exchange.answers += u64::from(step.answered == Answered::Yes);
        if departed {
            let departures = self.counts.departures.entry(step.operation).or_default();
            departures.booked += 1;
        }
    }

    /// Takes in one duration at its tag. A stage or scenario that the run does not have is our own fault: counted.
    pub(super) fn put(&mut self, layout: &Layout, tag: Tag, value: Micros) {
        match layout
            .place(tag)
            .and_then(|place| self.cells.get_mut(place))
        {
            Some(cell) => cell.get_or_insert_default().take(value),
            None => self.counts.strays += 1,
        }
    }

    /// Every distribution that is not empty.
    pub(super) fn filled<'a>(
        &'a self,
        layout: &'a Layout,
    ) -> impl Iterator<Item = (Tag, &'a Cell)> {
        layout
            .tags()
            .iter()
            .zip(&self.cells)
            .filter_map(|(tag, cell)| Some((*tag, cell.as_deref()?)))
            .filter(|(_, cell)| !cell.is_empty())
    }

    /// Takes in a second of another recording with the same layout, exactly.
    pub(super) fn add(&mut self, layout: &Layout, counts: &Counts, cells: &[(Tag, Cell)]) {
        self.counts.add(counts);
        for (tag, cell) in cells {
            let place = layout.place(*tag);
            if let Some(mine) = place.and_then(|place| self.cells.get_mut(place)) {
                mine.get_or_insert_default().add(cell);
            }
        }
    }

    /// Keeps breaches whole, as far as there is room.
    pub(super) fn keep(&mut self, breaches: impl IntoIterator<Item = Violation>) {
        let room = BREACHES_KEPT.saturating_sub(self.breaches.len());
        self.breaches.extend(breaches.into_iter().take(room));
    }

    /// Moves all of `other` into this, exactly, and leaves it empty with its memory kept.
    pub(super) fn drain(&mut self, other: &mut Self) {
        for (mine, theirs) in self.cells.iter_mut().zip(&mut other.cells) {
            if let Some(theirs) = theirs.as_deref_mut().filter(|cell| !cell.is_empty()) {
                mine.get_or_insert_default().add(theirs);
            }
        }
        self.counts.add(&other.counts);
        self.keep(other.breaches.drain(..));
        self.logins.append(&mut other.logins);
        other.clear();
    }

    /// Adds the steps that are kept by scenario up, for all scenarios.
    pub(super) fn sum_up(&mut self, layout: &Layout) {
        for (place, tag) in layout.tags().iter().enumerate() {
            let Tag::ScenarioStep(key, _, latency) = *tag else {
                continue;
            };
            let one = self.cells[place].take();
            if let (Some(cell), Some(all)) = (&one, layout.place(Tag::Step(key, latency)))
                && !cell.is_empty()
            {
                self.cells[all].get_or_insert_default().add(cell);
            }
            self.cells[place] = one;
        }
    }

    /// Empties it and keeps its memory.
    pub(super) fn clear(&mut self) {
        for cell in self.cells.iter_mut().flatten() {
            // Emptying costs as much as the histogram is long: only where there is something.
            if !cell.is_empty() {
                cell.reset();
            }
        }
        self.counts.zero();
        self.breaches.clear();
        self.logins.clear();
    }
}
