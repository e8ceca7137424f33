//! How far projections of a month's MAU can be trusted: `cargo bench --bench projection` prints the tables of
//! docs/projection.md. `cargo bench --bench projection -- --log FILE` judges the same methods on a log of purchases in the
//! form of CDNOW: lines of `customer YYYYMMDD ..`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench prints, draws numbers within their ranges, and ends at the first thing that is not as it should be"
)]

mod log;
mod table;
mod worlds;

use trtc_load::forecast::history::MonthCounts;
use worlds::World;

/// The seeds on which all constants were set. `-- --build` shows them.
const BUILD: std::ops::RangeInclusive<u64> = 1..=30;
/// The seeds of the tables: none of them was looked at before.
const FINAL: std::ops::RangeInclusive<u64> = 1_001..=1_100;

const THREE: [World; 3] = [World::Zipf, World::Weekly, World::Growing];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = arguments.iter().position(|one| one == "--log") {
        let path = arguments.get(at + 1).expect("--log takes a file");
        return log::judge(path);
    }
    let building = arguments.iter().any(|one| one == "--build");
    let seeds = || if building { BUILD } else { FINAL };
    let live =
        |world: World| -> Vec<Vec<MonthCounts>> { seeds().map(|seed| world.live(seed)).collect() };
    let worlds: Vec<_> = THREE
        .iter()
        .map(|world| (world.name(), live(*world)))
        .collect();
    println!("### Three earlier months\n");
    table::print(&worlds);
    println!("\n### No earlier month\n");
    table::print(&newest(&worlds, 1));
    println!("\n### One earlier month\n");
    table::print(&newest(&worlds, 2));
    println!("\n### A month that is not like the earlier ones\n");
    table::print(&[(World::Campaign.name(), live(World::Campaign))]);
}

/// The same worlds, of which only the newest months are known.
fn newest(
    worlds: &[(&'static str, Vec<Vec<MonthCounts>>)],
    months: usize,
) -> Vec<(&'static str, Vec<Vec<MonthCounts>>)> {
    worlds
        .iter()
        .map(|(name, all)| {
            let cut = all.iter().map(|one| one[one.len() - months..].to_vec());
            (*name, cut.collect())
        })
        .collect()
}
