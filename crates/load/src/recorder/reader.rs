//! Reads a run's folder back, whole or cut short.
//!
//! The rule: a run is read up to the first second that is not whole in both files. A run without its last line has ended
//! [`Ended::Lost`], one with a line that is complete and not whole, or not as it was written, [`Ended::Damaged`]: nobody who
//! writes leaves that behind.
//! Only a recording without a readable first line is refused.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::counts::held_sum;
use super::distribution::Distribution;
use super::journal::COUNTERS;
use super::journal_record::TotalsLine;
use super::meta::Meta;
use super::recording::{Counts, Ended, Recording};
use super::recording_reader::{Entry, Page, RecordingReader, unreadable};
use super::second::{Frame, Second, stood_still};
use super::tag::Tag;
use super::thread_buffer::BREACHES_KEPT;
use super::unknown::Unknown;
use super::wording::{read_ended, read_standstill};
use trtc_base::error::Problem;

impl Recording {
    /// Reads the recording in a run's folder, also one that was cut short.
    ///
    /// # Errors
    /// When a file is missing or not a recording of this version, or when the end's totals are not those of its
    /// seconds.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        Self::of(folder, RecordingReader::open(folder)?)
    }

    /// Reads the recording that is open, from its first second on.
    pub(super) fn of(
        folder: &Path,
        (meta, mut reader): (Meta, RecordingReader),
    ) -> Result<Self, Problem> {
        let mut recording = Self::empty(meta);
        let mut totals_said = None;
        let read = |fault: io::Error| unreadable(folder, &fault);
        let damage = loop {
            match reader.next().map_err(read)? {
                Some(Entry::Second(page)) => recording.take_page(*page),
                Some(Entry::Shard(shard)) => recording.shards.push(shard),
                Some(Entry::End(end)) => {
                    recording.ended = read_ended(&end.ended, end.why.as_ref());
                    totals_said = Some(end.totals);
                    break reader.foreign().map_err(read)?;
                }
                Some(Entry::Torn(damage)) => break Some(damage),
                None => break reader.unfinished().map_err(read)?,
            }
        };
        recording.unknown = reader.into_unknown();
        let totals = totals(&recording.seconds, &recording.counts);
        // What was passed over is in the totals.
        if recording.unknown.is_none() && totals_said.is_some_and(|said| said != totals) {
            return Err(Problem::bad_input(
                folder.join(COUNTERS).display().to_string(),
                "the totals of the last line are not those of the seconds",
                "the files were changed or mixed up: restore them",
            ));
        }
        if let Some(damage) = damage {
            recording.ended = Ended::Damaged(damage.to_string());
        }
        Ok(recording)
    }

    fn empty(meta: Meta) -> Self {
        Self {
            meta,
            ended: Ended::Lost,
            seconds: Vec::new(),
            steps: BTreeMap::new(),
            scenario_steps: BTreeMap::new(),
            unstarted: BTreeMap::new(),
            phases: BTreeMap::new(),
            lag: BTreeMap::new(),
            blocked: BTreeMap::new(),
            oversleep: BTreeMap::new(),
            counts: Counts::default(),
            breaches: Vec::new(),
            standstills: Vec::new(),
            shards: Vec::new(),
            unknown: Unknown::default(),
        }
    }

    /// Takes in one second.
    fn take_page(&mut self, page: Page<u64>) {
        let Page {
            line,
            counts,
            breaches,
            cells,
        } = page;
        let standstills: Vec<_> = line.standstills.iter().map(read_standstill).collect();
        self.counts.add(&counts);
        let frame = Frame {
            second: line.second,
            covers: line.covers,
            online: line.online,
            online_peak: line.online_peak,
            accounts: self.accounts(),
            stood_still: stood_still(&standstills),
            health: line.health.as_ref().map(Into::into),
        };
        let filled = cells.iter().map(|(tag, cell)| (*tag, cell));
        self.seconds.push(frame.second(&counts, filled));
        for (tag, cell) in &cells {
            self.take_cell(line.second, *tag, cell);
        }
        self.standstills.extend(standstills);
        let room = BREACHES_KEPT.saturating_sub(self.breaches.len());
        self.breaches.extend(breaches.into_iter().take(room));
    }

    fn take_cell(&mut self, second: u64, tag: Tag, cell: &Distribution) {
        let all = match tag {
            Tag::Step(key, latency) => self.steps.entry(key).or_default().of(latency),
            Tag::ScenarioStep(key, scenario, latency) => {
                let series = self.scenario_steps.entry((key, scenario));
                series.or_default().of(latency)
            }
            Tag::Phase(operation, phase, stage) => {
                let took = self.phases.entry((operation, phase, stage));
                took.or_default()
            }
            Tag::Lag(operation, stage) => self.lag.entry((operation, stage)).or_default(),
            Tag::Blocked(stage) => self.blocked.entry(stage).or_default(),
            Tag::Unstarted(stage, scenario) => self.unstarted.entry((stage, scenario)).or_default(),
            Tag::Oversleep => {
                // A timer has no due stage: it belongs to the stage under way.
                let stage = self
                    .meta
                    .stage_at(trtc_base::units::Micros::from_secs(second));
                self.oversleep.entry(stage).or_default()
            }
        };
        all.add(cell);
    }
}

/// What the last line must say of these seconds.
pub(super) fn totals(seconds: &[Second], counts: &Counts) -> TotalsLine {
    TotalsLine {
        steps: seconds.iter().map(Second::done).sum(),
        due: counts.due,
        started: held_sum(counts.started.values().copied()),
        not_started: held_sum(counts.not_started.values().copied()),
        accounts: counts.accounts(),
        logins: counts.logins(),
        breaches: held_sum(counts.breaches.values().copied()),
    }
}
