//! Reads a run's folder back, whole or cut short.
//!
//! The rule: a run is read up to the first second that is not whole in both files. A second is whole when its JSON line
//! is complete and every histogram that the line names is in the interval log. A run without its last line, or with a
//! second that was not whole, has ended [`Ended::Lost`]. Only a recording without a readable first line is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{
    IntervalLogHistogram, IntervalLogIterator, LogEntry,
};

use super::book::BREACHES_KEPT;
use super::counts::held_sum;
use super::distribution::{DIGITS, Distribution, LEAST_MICROS, MOST_MICROS};
use super::journal::{COUNTERS, HISTOGRAMS};
use super::line::{Line, SecondLine, TotalsLine};
use super::meta::{Meta, VERSION};
use super::recording::{Counts, Ended, Recording};
use super::second::{Frame, Second, stood_still};
use super::tag::{Layout, Tag};
use super::wording::{
    read_breach, read_counts, read_ended, read_exact, read_meta, read_standstill,
};
use crate::error::Problem;

impl Recording {
    /// Reads the recording in a run's folder, also one that was cut short.
    ///
    /// # Errors
    /// When a file is missing or not a recording of this version, or when the end's totals are not those of its
    /// seconds.
    pub fn read(folder: &Path) -> Result<Self, Problem> {
        let counters = bytes(folder, COUNTERS)?;
        let histograms = bytes(folder, HISTOGRAMS)?;
        Self::parse(&counters, &histograms).map_err(|(what, remedy)| {
            Problem::bad_input(folder.join(COUNTERS).display().to_string(), what, remedy)
        })
    }

    fn parse(counters: &[u8], histograms: &[u8]) -> Result<Self, (String, String)> {
        let mut lines = whole(counters)
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice::<Line>(line).ok());
        let Some(Some(Line::Meta(first))) = lines.next() else {
            return Err((
                "the first line is not that of a recording".to_owned(),
                "name the folder of a run".to_owned(),
            ));
        };
        if first.version != VERSION {
            return Err((
                format!(
                    "the recording has version {}, this program reads {VERSION}",
                    first.version
                ),
                "read it with the program that made it".to_owned(),
            ));
        }
        let meta = read_meta(first).ok_or_else(|| {
            let what = "the first line uses a word that this version does not know";
            (what.to_owned(), "restore the file from a copy".to_owned())
        })?;
        let layout = Layout::of(&meta);
        let mut recording = Self::empty(meta);
        let mut log = Log::new(whole(histograms));
        for line in lines {
            match line {
                Some(Line::Second(line)) => {
                    if recording.take_second(&layout, &line, &mut log).is_none() {
                        break;
                    }
                }
                Some(Line::End(end)) => {
                    if end.totals != totals(&recording.seconds, &recording.counts) {
                        return Err((
                            "the totals of the last line are not those of the seconds".to_owned(),
                            "the files were changed or mixed up: restore them".to_owned(),
                        ));
                    }
                    recording.ended = read_ended(&end);
                    break;
                }
                Some(Line::Meta(_)) | None => break,
            }
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
        }
    }

    /// Takes in one second; none when it is not whole.
    fn take_second(&mut self, layout: &Layout, line: &SecondLine, log: &mut Log) -> Option<()> {
        let counts = read_counts(line)?;
        let breaches: Vec<_> = line
            .breaches
            .iter()
            .map(read_breach)
            .collect::<Option<_>>()?;
        let mut cells = Vec::with_capacity(line.series.len());
        for _ in 0..line.series.len() {
            let interval = log.next_of(line)?;
            let name = interval.tag()?.as_str();
            let exact = read_exact(*line.series.get(name)?);
            let histogram = decode(interval.encoded_histogram())?;
            if histogram.len() != exact.count {
                return None;
            }
            cells.push((layout.parse(name)?, Distribution::of(exact, histogram)));
        }
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
        Some(())
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
                let stage = self.meta.stage_at(crate::units::Micros::from_secs(second));
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

/// The interval log's histograms in order, up to the first that cannot be read.
struct Log<'a> {
    entries: std::iter::Peekable<IntervalLogIterator<'a>>,
}

impl<'a> Log<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            entries: IntervalLogIterator::new(bytes).peekable(),
        }
    }

    /// The next histogram of that second. Those of earlier seconds, which got no JSON line, are passed over.
    fn next_of(&mut self, line: &SecondLine) -> Option<IntervalLogHistogram<'a>> {
        let start = line.start();
        loop {
            let entry = self.entries.next_if(|entry| match entry {
                Ok(LogEntry::Interval(interval)) => interval.start_timestamp().as_secs() <= start,
                Ok(LogEntry::StartTime(_) | LogEntry::BaseTime(_)) => true,
                Err(_) => false,
            })?;
            if let Ok(LogEntry::Interval(interval)) = entry
                && interval.start_timestamp().as_secs() == start
            {
                return Some(interval);
            }
        }
    }
}

/// The histogram, if it has the shape that every recording uses: only then do two add up.
fn decode(text: &str) -> Option<Histogram<u64>> {
    let bytes = STANDARD.decode(text).ok()?;
    let histogram: Histogram<u64> = Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .ok()?;
    let shape = (histogram.low(), histogram.high(), histogram.sigfig());
    (shape == (LEAST_MICROS, MOST_MICROS, DIGITS)).then_some(histogram)
}

/// The bytes up to the last line's end: a torn line is none.
fn whole(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    end.map_or(&[], |end| &bytes[..=end])
}

fn bytes(folder: &Path, name: &str) -> Result<Vec<u8>, Problem> {
    let path = folder.join(name);
    fs::read(&path).map_err(|fault| {
        Problem::bad_input(
            path.display().to_string(),
            format!("the recording cannot be read: {fault}"),
            "name the folder of a run",
        )
    })
}
