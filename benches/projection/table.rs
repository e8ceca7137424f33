//! One table: by world and day, how wrong each method was, and whether its bounds held.

use trtc_load::forecast::history::MonthCounts;
use trtc_load::forecast::history::project::{Bounds, Method, project};

const DAYS: [u8; 5] = [3, 7, 10, 15, 20];
/// What an interval misses by costs 2 / alpha times as much as its width: alpha is 0.2 for 80 %.
const MISS: f64 = 10.0;

/// What one method, or the choice, did in a cell.
#[derive(Default)]
struct Record {
    errors: Vec<f64>,
    held: Vec<f64>,
    held_wide: Vec<f64>,
    scores: Vec<f64>,
}

impl Record {
    fn add(&mut self, point: f64, likely: Option<Bounds>, truth: f64) {
        self.errors.push((point / truth - 1.0).abs());
        if let Some(Bounds { low, high }) = likely {
            self.held
                .push(f64::from(u8::from(low <= truth && truth <= high)));
            let missed = (low - truth).max(0.0) + (truth - high).max(0.0);
            self.scores.push((high - low + MISS * missed) / truth);
        }
    }

    /// The median error and how many bounds held, both in percent.
    fn cell(&self, of: usize) -> String {
        if self.errors.is_empty() {
            return "-".to_owned();
        }
        let held = match self.held.len() {
            0 => String::new(),
            _ => format!(" ({:.0})", 100.0 * mean(&self.held)),
        };
        let some = match self.errors.len() {
            all if all == of => String::new(),
            some => format!(" [{some}]"),
        };
        format!("{:.2}{held}{some}", 100.0 * median(&self.errors))
    }
}

/// All replicates of a world as of a day.
#[derive(Default)]
struct Cell {
    methods: [Record; Method::ALL.len()],
    chosen: Record,
}

impl Cell {
    fn of(replicates: &[Vec<MonthCounts>], day: u8) -> Self {
        let mut cell = Self::default();
        for months in replicates {
            let month = months.last().expect("a world has months");
            let truth = month.active_by(month.days) as f64;
            let projection = project(months, day).expect("a world has months");
            for estimate in &projection.estimates {
                if let Ok(point) = estimate.accounts {
                    cell.methods[estimate.method as usize].add(point, estimate.likely, truth);
                }
            }
            if let Some(point) = projection.point {
                cell.chosen.add(point, projection.likely, truth);
                if let Some(Bounds { low, high }) = projection.wide {
                    let held = low <= truth && truth <= high;
                    cell.chosen.held_wide.push(f64::from(u8::from(held)));
                }
            }
        }
        cell
    }

    /// The least median error of a method that answered in nine of ten replicates.
    fn best(&self, of: usize) -> f64 {
        self.methods
            .iter()
            .filter(|method| method.errors.len() * 10 >= of * 9)
            .map(|method| median(&method.errors))
            .fold(f64::INFINITY, f64::min)
    }
}

/// Prints a table of `worlds` and what it comes to.
pub(crate) fn print(worlds: &[(&'static str, Vec<Vec<MonthCounts>>)]) {
    let names: Vec<String> = Method::ALL.iter().map(ToString::to_string).collect();
    println!(
        "| world | day | {} | chosen | of the best | 95 % held | score |",
        names.join(" | ")
    );
    println!("|---|---|{}---|---|---|---|", "---|".repeat(names.len()));
    let (mut held, mut held_wide, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    let mut within = 0;
    for (name, replicates) in worlds {
        let of = replicates.len();
        for day in DAYS {
            let cell = Cell::of(replicates, day);
            let times = median(&cell.chosen.errors) / cell.best(of);
            within += usize::from(times <= 1.1);
            println!(
                "| {name} | {day} | {} | {} | {times:.2} | {:.0} | {:.1} |",
                cell.methods
                    .each_ref()
                    .map(|method| method.cell(of))
                    .join(" | "),
                cell.chosen.cell(of),
                100.0 * mean(&cell.chosen.held_wide),
                100.0 * mean(&cell.chosen.scores),
            );
            held.extend(cell.chosen.held);
            held_wide.extend(cell.chosen.held_wide);
            scores.extend(cell.chosen.scores);
        }
    }
    println!(
        "\nChosen at most 10 % worse than the best single method in {within} of {} cells. The 80 % interval held in {:.1} %, the 95 % interval in {:.1} % of {}; interval score {:.1} % of the MAU.",
        worlds.len() * DAYS.len(),
        100.0 * mean(&held),
        100.0 * mean(&held_wide),
        held.len(),
        100.0 * mean(&scores),
    );
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}
