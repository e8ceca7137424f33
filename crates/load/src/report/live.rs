//! How a run fares while it goes on: a block that is drawn again each second, or a line every ten.
//!
//! In: the [`Second`] that ended. Out: text to whatever the caller writes it to. Never here: clocks, the result.

use std::io::{IsTerminal, Write};

use super::generator_health::GeneratorHealth;
use super::timeline::felt;
use crate::recorder::{Meta, Second};
use crate::session::Operation;
use trtc_base::figure;
use trtc_base::figure::Millis;
use trtc_base::terminal::fit;
use trtc_base::units::Micros;

/// How often a line is due where the block cannot be drawn again, in seconds.
const EVERY: u64 = 10;
/// Cells of the bar.
const BAR: u64 = 24;
/// The most columns of a line: one that wraps could not be drawn over.
const COLUMNS: usize = 79;

/// How a run fares, at the end of a second.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The second that ended, from 0.
    pub second: u64,
    /// The stage that it lies in; none in the drain after the schedule.
    pub stage: Option<Ahead>,
    /// How long the schedule is.
    pub total: Micros,
    /// Arrivals that came due in it.
    pub due: u64,
    /// Arrivals that a slot began in it.
    pub started: u64,
    /// Steps that ended in it.
    pub done: u64,
    /// Steps that failed, timed out or were throttled since the run's start.
    pub errors: u64,
    /// Devices online at its end.
    pub online: u64,
    /// The 99th percentile of what a login felt like in it; none when none ended.
    pub felt_p99: Option<Micros>,
    /// The 99th percentile of the generator's lag in it; none when nothing was sent.
    pub lag_p99: Option<Micros>,
    /// Arrivals given up since the run's start.
    pub not_started: u64,
    /// What the generator itself takes.
    pub own: GeneratorHealth,
}

/// The stage that a second lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Its name.
    pub name: String,
    /// When it ends, since the run's start.
    pub ends_at: Micros,
}

impl Progress {
    /// The block: four lines of at most 79 columns.
    #[must_use]
    pub fn block(&self) -> [String; 4] {
        let now = Micros::from_secs(self.second + 1);
        let place = match &self.stage {
            Some(stage) => format!(
                "{}, {} left",
                fit(&stage.name, 24),
                minutes(stage.ends_at.since(now))
            ),
            None => "sessions end".to_owned(),
        };
        [
            fit(
                &format!(
                    "{} of {} {} {place}",
                    minutes(now),
                    minutes(self.total),
                    bar(now, self.total)
                ),
                COLUMNS,
            ),
            fit(&self.rates(), COLUMNS),
            fit(&self.health(), COLUMNS),
            fit(&self.own.line(), COLUMNS),
        ]
    }

    fn rates(&self) -> String {
        format!(
            "due {}/s  started {}/s  done {}/s  online {}",
            figure::count(self.due),
            figure::count(self.started),
            figure::count(self.done),
            figure::count(self.online),
        )
    }

    fn health(&self) -> String {
        format!(
            "login p99 {}  lag p99 {}  errors {}  not started {}",
            figure::time(self.felt_p99.map(Millis)),
            figure::time(self.lag_p99.map(Millis)),
            figure::count(self.errors),
            figure::count(self.not_started),
        )
    }

    /// The same in one line, for a log.
    #[must_use]
    pub fn line(&self) -> String {
        let stage = self
            .stage
            .as_ref()
            .map_or_else(|| "drain".to_owned(), |stage| fit(&stage.name, 24));
        format!(
            "{} {stage}  {}  {}  {}",
            minutes(Micros::from_secs(self.second + 1)),
            self.rates(),
            self.health(),
            self.own.line()
        )
    }
}

/// Where progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// A terminal: the block is drawn over the one before.
    Terminal,
    /// A file or a pipe: a line every ten seconds.
    Log,
}

impl Screen {
    /// What standard error is.
    #[must_use]
    pub fn of_stderr() -> Self {
        if std::io::stderr().is_terminal() {
            Self::Terminal
        } else {
            Self::Log
        }
    }
}

/// The progress of one run.
#[derive(Clone, Debug)]
pub struct Live {
    meta: Meta,
    screen: Screen,
    /// Lines of the block that is there.
    drawn: usize,
    errors: u64,
    not_started: u64,
    own: GeneratorHealth,
}

impl Live {
    /// Of a run that has just begun.
    #[must_use]
    pub fn new(meta: Meta, screen: Screen) -> Self {
        Self {
            own: GeneratorHealth {
                cores: meta.cores,
                ..GeneratorHealth::default()
            },
            meta,
            screen,
            drawn: 0,
            errors: 0,
            not_started: 0,
        }
    }

    /// Shows the second that ended, when it is time. A screen that cannot be written to is none of the run's business.
    pub fn show(&mut self, second: &Second, out: &mut impl Write) {
        let progress = self.progress(second);
        if let Some(text) = self.text(&progress) {
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }

    /// Takes the block away, for the result that comes instead.
    pub fn end(&mut self, out: &mut impl Write) {
        let gone = erase(std::mem::take(&mut self.drawn));
        let _ = out.write_all(gone.as_bytes()).and_then(|()| out.flush());
    }

    fn progress(&mut self, second: &Second) -> Progress {
        self.errors += second.errors();
        self.not_started += second.not_started;
        self.own.take(second);
        let at = Micros::from_secs(second.second);
        let stage = self
            .meta
            .stage_at(at)
            .and_then(|stage| self.meta.stages.get(usize::from(stage.0)));
        Progress {
            second: second.second,
            stage: stage.map(|stage| Ahead {
                name: stage.name.clone(),
                ends_at: stage.end,
            }),
            total: self
                .meta
                .stages
                .last()
                .map_or(Micros::ZERO, |last| last.end),
            due: second.due,
            started: second.started,
            done: second.done(),
            errors: self.errors,
            online: second.online,
            felt_p99: felt(second, Operation::Login).map(|felt| felt.p99),
            lag_p99: second.lag.map(|lag| lag.p99),
            not_started: self.not_started,
            own: self.own,
        }
    }

    fn text(&mut self, progress: &Progress) -> Option<String> {
        match self.screen {
            Screen::Log => (progress.second + 1)
                .is_multiple_of(EVERY)
                .then(|| format!("{}\n", progress.line())),
            Screen::Terminal => {
                let block = progress.block();
                let text = format!("{}{}\n", erase(self.drawn), block.join("\n"));
                self.drawn = block.len();
                Some(text)
            }
        }
    }
}

/// Up by as many lines, and everything below is gone (ECMA-48: CPL, ED).
fn erase(lines: usize) -> String {
    match lines {
        0 => String::new(),
        lines => format!("\u{1b}[{lines}F\u{1b}[J"),
    }
}

/// `01:05`, or `1:00:05` from an hour on.
fn minutes(time: Micros) -> String {
    let seconds = time.whole_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes:02}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn bar(now: Micros, total: Micros) -> String {
    let full = (now.0.min(total.0) * BAR)
        .checked_div(total.0)
        .unwrap_or(BAR);
    (0..BAR)
        .map(|cell| if cell < full { '\u{2588}' } else { '\u{2591}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::example;
    use crate::session::Class;

    fn progress(second: u64) -> Progress {
        Progress {
            second,
            stage: Some(Ahead {
                name: "peak".to_owned(),
                ends_at: Micros::from_secs(90),
            }),
            total: Micros::from_secs(120),
            due: 1_200,
            started: 1_199,
            done: 3_600,
            errors: 2,
            online: 12_345,
            felt_p99: Some(Micros(12_300)),
            lag_p99: None,
            not_started: 0,
            own: GeneratorHealth::default(),
        }
    }

    #[test]
    fn a_block_says_where_the_run_is_what_it_does_and_how_it_fares() {
        let [place, rates, health, own] = progress(59).block();
        assert_eq!(
            place,
            "01:00 of 02:00 \u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\u{2588}\
             \u{2588}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591}\u{2591} \
             peak, 00:30 left"
        );
        assert_eq!(
            rates,
            "due 1,200/s  started 1,199/s  done 3,600/s  online 12,345"
        );
        assert_eq!(
            health,
            "login p99 12.3ms  lag p99 \u{2013}  errors 2  not started 0"
        );
        assert_eq!(own, GeneratorHealth::default().line());
    }

    #[test]
    fn a_terminal_is_drawn_over_and_left_clean() {
        let mut live = Live::new(example::meta(), Screen::Terminal);
        let mut first = Vec::new();
        live.show(&Second::default(), &mut first);
        let first = String::from_utf8(first).unwrap();
        assert_eq!(first.lines().count(), 4);
        assert!(!first.contains('\u{1b}'));

        let mut again = Vec::new();
        live.show(&Second::default(), &mut again);
        assert!(again.starts_with(b"\x1b[4F\x1b[J"));
        for wanted in ["\u{1b}[4F\u{1b}[J", ""] {
            let mut end = Vec::new();
            live.end(&mut end);
            assert_eq!(String::from_utf8(end).unwrap(), wanted);
        }
    }

    #[test]
    fn a_log_gets_a_line_every_ten_seconds() {
        let mut live = Live::new(example::meta(), Screen::Log);
        let mut seconds_shown = Vec::new();
        for second in 0..30 {
            let mut line = Vec::new();
            let ended = Second {
                second,
                ..Second::default()
            };
            live.show(&ended, &mut line);
            if !line.is_empty() {
                seconds_shown.push(second);
            }
        }
        assert_eq!(seconds_shown, [9, 19, 29]);
    }

    #[test]
    fn errors_and_lost_arrivals_add_up_over_the_run_and_the_drain_has_no_stage() {
        let mut live = Live::new(example::meta(), Screen::Log);
        let mut second = Second {
            second: 9,
            not_started: 2,
            ..Second::default()
        };
        second.by_class[Class::Timeout.index()] = 3;
        let _ = live.progress(&second);
        second.second = 30;
        let drain = live.progress(&second);
        assert_eq!((drain.errors, drain.not_started), (6, 4));
        assert_eq!(drain.stage, None);
        assert_eq!(drain.total, Micros::from_secs(30));
    }

    #[test]
    fn a_run_without_an_end_in_sight_has_a_full_bar_and_long_runs_show_hours() {
        assert_eq!(minutes(Micros::from_secs(3_605)), "1:00:05");
        assert!(!bar(Micros::ZERO, Micros::ZERO).contains('\u{2591}'));
    }
}
