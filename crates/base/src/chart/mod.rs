//! Charts: lines over time, over marks of the caller's, or over rarity, as a figure that needs no script.
//!
//! In: a [`Chart`] as data. Out: a `figure` with inline SVG, every text of it escaped, whose colours are the page's own.
//! [`SCRIPT`] adds what follows the pointer, and zoom. Never here: what a number means, and text that becomes markup.

mod axis;
mod draw;
mod frame;
#[cfg(test)]
mod tests;
mod unit;
mod words;

use axis::{Axis, clock, percentile, time_ticks};
pub use axis::{RARITIES, rarity};
pub use unit::Unit;

/// What a page with charts runs: hover, keys and zoom. Without it every chart is whole.
pub const SCRIPT: &str = include_str!("chart.js");

/// Lines that share both axes.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart<'t> {
    /// What it shows.
    pub title: String,
    /// Where each point of every line stands along the x axis, rising.
    pub at: Vec<f64>,
    /// What the x axis is.
    pub x: Across,
    /// What the values are in.
    pub unit: Unit,
    /// How the y axis goes up.
    pub scale: Scale,
    /// Values that the y axis reaches too: those of the charts beside this one.
    pub reach: Vec<f64>,
    /// The lines, the first one lowest.
    pub lines: Vec<Line<'t>>,
    /// Parts of the x axis with names.
    pub bands: Vec<Band<'t>>,
    /// When nothing could be measured: from and until.
    pub stills: Vec<(f64, f64)>,
    /// What values should stay below.
    pub limits: Vec<Limit<'t>>,
}

/// What an x axis is.
#[derive(Clone, Debug, PartialEq)]
pub enum Across {
    /// Seconds since the start.
    Time {
        /// Seconds that one point stands for, around its place.
        every: f64,
        /// Where the axis ends.
        until: f64,
    },
    /// Points in their order, the first one at 0.
    Marks {
        /// Where a label stands, and its words.
        marks: Vec<(usize, String)>,
        /// What each point is called.
        names: Vec<String>,
    },
    /// Factors of ten in rarity: 1 is one in ten, 2 one in a hundred ([`rarity`]).
    Rarity,
}

/// How a y axis goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// From 0 in equal steps.
    Linear,
    /// By factors; linear where no value is above 0.
    Log,
}

/// A line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Line<'t> {
    /// Its name in the key.
    pub name: &'t str,
    /// Its colour.
    pub ink: Ink,
    /// How it is drawn.
    pub stroke: Stroke,
    /// One for each point of the chart. A missing one breaks the line, one alone is a dot.
    pub values: Vec<Option<f64>>,
}

/// A colour of the page's palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// What a chart is about.
    Blue,
    /// What is slow.
    Orange,
    /// What went wrong.
    Red,
    /// What grows.
    Green,
    /// A third thing.
    Violet,
    /// What others are compared with.
    Grey,
}

impl Ink {
    const fn class(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::Green => "green",
            Self::Violet => "violet",
            Self::Grey => "grey",
        }
    }
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stroke {
    /// In one.
    Solid,
    /// In dashes, which leave a line below in sight.
    Dashed,
}

/// A part of the x axis with a name above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Band<'t> {
    /// Its name, from anywhere.
    pub name: &'t str,
    /// Whether it counts.
    pub counts: Counts,
    /// Where it begins and ends.
    pub span: (f64, f64),
}

/// Whether what happened in a band is what the run is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// It is.
    Measured,
    /// It is not: warm-up, cool-down.
    Beside,
}

/// A value that others should stay below, drawn across a part of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit<'t> {
    /// What it says, from anywhere.
    pub words: &'t str,
    /// The value.
    pub value: f64,
    /// Where along the x axis it holds.
    pub span: (f64, f64),
}

impl Chart<'_> {
    /// The chart as a `figure`.
    #[must_use]
    pub fn figure(&self) -> String {
        draw::figure(self)
    }

    /// Where the x axis ends; it begins at 0.
    fn until(&self) -> f64 {
        let last = self.at.last().copied().unwrap_or(0.0);
        match self.x {
            Across::Time { until, .. } => until.max(last).max(1.0),
            Across::Marks { .. } => last.max(1.0),
            Across::Rarity => last.max(rarity(0.9)),
        }
    }

    /// The x axis' labels and where they stand.
    fn marks(&self) -> Vec<(f64, String)> {
        let until = self.until();
        match &self.x {
            Across::Time { .. } => {
                let ticks = time_ticks(until).into_iter();
                ticks.map(|second| (second, clock(second))).collect()
            }
            Across::Marks { marks, .. } => {
                let place = |at: &usize| self.at.get(*at).copied();
                let marks = marks.iter();
                marks
                    .filter_map(|(at, words)| Some((place(at)?, words.clone())))
                    .collect()
            }
            Across::Rarity => {
                let shares = RARITIES.iter().map(|share| rarity(*share));
                let within = shares.filter(|place| *place <= until + 1e-9);
                within.map(|place| (place, percentile(place))).collect()
            }
        }
    }

    /// What each point is called when it is pointed at.
    fn names(&self) -> Vec<String> {
        match &self.x {
            Across::Time { every, .. } => {
                let starts = self.at.iter().map(|at| at - every / 2.0);
                starts.map(clock).collect()
            }
            Across::Marks { names, .. } => names.clone(),
            Across::Rarity => self.at.iter().map(|at| percentile(*at)).collect(),
        }
    }

    /// The y axis; none where there is no value, for a chart without one has nothing to measure with.
    fn axis(&self) -> Option<Axis> {
        let values = self.lines.iter().flat_map(|line| &line.values);
        let seen = || {
            values
                .clone()
                .flatten()
                .copied()
                .filter(|one| one.is_finite())
        };
        seen().next()?;
        let limits = self.limits.iter().map(|limit| limit.value);
        let all = seen().chain(limits).chain(self.reach.iter().copied());
        Some(Axis::of(self.scale, all))
    }
}
