//! From the busiest window of a month to a load profile.

use std::fmt::Write;
use std::ops::Range;

use super::{Calendar, Model, Scenario, Tally};

/// Stages that a load profile may have.
const STAGES: u32 = 60;

/// Slots of one process that a load profile has without asking for more.
const SLOTS: f64 = 20_000.0;

/// A window of the month as a load: how it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// Its minutes of the period.
    pub window: Range<u32>,
    /// Each stage: what it is called, its minutes, its arrivals.
    pub stages: Vec<Step>,
    /// Arrivals of each scenario in the whole window, before scaling, in the order of [`Scenario::ALL`].
    pub mix: [u64; 5],
    /// What the counts were multiplied by.
    pub scale: f64,
}

/// A stage of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name: when it begins on the wall.
    pub name: String,
    /// Its length in minutes.
    pub minutes: u32,
    /// Its arrivals, scaled: the sums from the window's start on are rounded, so that they add up.
    pub arrivals: u64,
}

impl Load {
    /// The arrivals of `window` times `scale`, minute by minute; in steps of several minutes where the window has more
    /// minutes than a profile may have stages.
    #[must_use]
    pub fn of(calendar: &Calendar, tally: &Tally, window: Range<u32>, scale: f64) -> Self {
        let every = (window.end - window.start).div_ceil(STAGES).max(1);
        let arrivals = tally.all_arrivals();
        let (mut seen, mut given) = (0_u64, 0_u64);
        let steps = window.clone().step_by(every as usize).map(|from| {
            let until = (from + every).min(window.end);
            let step = arrivals.get(from as usize..until as usize);
            seen += step.unwrap_or(&[]).iter().sum::<u64>();
            let scaled = rounded(seen as f64 * scale);
            let arrivals = scaled - given;
            given = scaled;
            let wall = calendar.wall(from);
            let name = wall.map_or_else(
                || format!("m{from}"),
                |wall| wall.strftime("at-%H-%M").to_string(),
            );
            Step {
                name,
                minutes: until - from,
                arrivals,
            }
        });
        let stages = distinct(steps.collect());
        let minutes = |scenario: &Scenario| {
            let range = window.start as usize..window.end as usize;
            let all = tally.arrivals(*scenario);
            all.get(range).unwrap_or(&[]).iter().sum::<u64>()
        };
        Self {
            stages,
            mix: Scenario::ALL.each_ref().map(minutes),
            window,
            scale,
        }
    }

    /// Arrivals of all stages.
    #[must_use]
    pub fn arrivals(&self) -> u64 {
        self.stages.iter().map(|step| step.arrivals).sum()
    }

    /// As a load profile for the built-in mock, ready to run.
    #[must_use]
    pub fn profile(&self, model: &Model) -> String {
        let mut out = String::new();
        // Writing to a String cannot fail.
        let _ = self.write(&mut out, model);
        out
    }

    fn write(&self, out: &mut String, model: &Model) -> std::fmt::Result {
        let wall = |minute| {
            let wall = model.calendar.wall(minute);
            wall.map_or_else(String::new, |wall| {
                wall.strftime("%Y-%m-%d %H:%M %:z").to_string()
            })
        };
        writeln!(
            out,
            "# The busiest {} minutes of the month {:?}: {} to {}. {} arrivals; the month had {} (scale {}).\n\
             # Written by `trtc-load month --emit-peak`. Sessions that were online before are not there: the load begins with nobody.\n\
             # For another target than the built-in mock: change [target], the app's key and `allow`.\n\n\
             version = 1\nseed = {}\n\
             budgets = [\"login p99 < 250ms\", \"arrivals started > 99%\"]\n\n\
             [target]\nurl = \"mock\"\ndialect = \"session\"\n\n\
             [[apps]]\nsdk_app_id = 1400000001\n\
             # A sample key, good for nothing but the mock.\n\
             key = {{ text = \"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\" }}\n",
            self.window.end - self.window.start,
            model.name,
            wall(self.window.start),
            wall(self.window.end),
            self.arrivals(),
            self.mix.iter().sum::<u64>(),
            self.scale,
            model.seed,
        )?;
        self.population(out, model)?;
        self.scenarios(out, model)?;
        for step in self.stages.iter() {
            let seconds = f64::from(step.minutes) * 60.0;
            writeln!(
                out,
                "[[stages]]\nname = \"{}\"\nkind = \"measured\"\nfor = \"{}s\"\nrate = {}   # {} arrivals\nspacing = \"even\"\n",
                step.name,
                step.minutes * 60,
                // A hair less, so that no rounding moves the next stage's first arrival into this one.
                step.arrivals as f64 / seconds * (1.0 - 1e-12),
                step.arrivals
            )?;
        }
        Ok(())
    }

    /// Accounts, slots and what is above the usual.
    fn population(&self, out: &mut String, model: &Model) -> std::fmt::Result {
        let rate = |step: &Step| step.arrivals as f64 / (f64::from(step.minutes) * 60.0);
        let fastest = self.stages.iter().map(rate).fold(0.0, f64::max);
        let longest = f64::from(model.day.session_max + model.behaviour.reaction);
        // An arrival takes two accounts at most, and holds them as long as the longest session.
        let needed = rounded(fastest * 2.0 * longest * 1.25).max(1_000);
        let scaled = rounded(model.people() as f64 * self.scale);
        writeln!(
            out,
            "[population]\naccounts = {}\nprefix = \"load_\"\n",
            needed.max(scaled)
        )?;
        let slots = fastest * model.day.session_mean * 2.0;
        writeln!(out, "[limits]\ndrain = \"30s\"")?;
        if slots > SLOTS {
            writeln!(
                out,
                "# More than one process of 20,000 descriptors holds: run with `--workers`, or emit with a smaller `--scale`.\n\
                 slots = {}",
                rounded(slots).min(1_000_000)
            )?;
        }
        writeln!(out)
    }

    fn scenarios(&self, out: &mut String, model: &Model) -> std::fmt::Result {
        let behaviour = &model.behaviour;
        for (scenario, arrivals) in Scenario::ALL.iter().zip(self.mix) {
            if arrivals == 0 {
                continue;
            }
            writeln!(
                out,
                "[[scenarios]]\nname = \"{}\"\nweight = {arrivals}\ndwell = {{ exponential = \"{}s\", max = \"{}s\" }}",
                scenario.word(),
                model.day.session_mean,
                model.day.session_max
            )?;
            match scenario {
                Scenario::Kicked => writeln!(
                    out,
                    "reaction = \"{}s\"\nrelogin = {}\n",
                    behaviour.reaction, behaviour.relogin
                )?,
                Scenario::Reconnect => writeln!(out, "cut = \"rst\"\naway = \"1s\"\n")?,
                Scenario::Login | Scenario::Switch | Scenario::Expired => writeln!(out)?,
            }
        }
        Ok(())
    }
}

/// Stages need names of their own: where clocks are put back, a wall shows a minute twice.
fn distinct(mut steps: Vec<Step>) -> Vec<Step> {
    for at in 0..steps.len() {
        let name = steps[at].name.clone();
        if steps[..at].iter().any(|before| before.name == name) {
            steps[at].name = format!("{name}-b");
        }
    }
    steps
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count; a float-to-integer cast saturates"
)]
fn rounded(count: f64) -> u64 {
    count.round() as u64
}
