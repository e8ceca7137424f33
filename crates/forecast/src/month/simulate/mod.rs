//! Lives every account's month, on as many threads as there are.
//!
//! An account's month is a function of (seed, account), so parts of the accounts can be lived anywhere and add up exactly.

mod life;
mod local_counters;
mod play;
mod tables;

use std::num::NonZero;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::{Model, Tally};
use life::live;
use local_counters::LocalCounters;
use play::Play;
use tables::Tables;

/// Accounts that a thread takes at once. Of 50 app starts a day in one hour, the most that a profile may ask for, a chunk
/// has some 14,000 in a minute: what [`LocalCounters`] counts in sixteen bits.
const CHUNK: u64 = 8_192;

/// The month of the persons `people` under each policy of the model, in their order. `lived` counts the persons done.
#[must_use]
pub fn simulate(
    model: &Model,
    people: Range<u64>,
    threads: NonZero<usize>,
    lived: &AtomicU64,
) -> Vec<Tally> {
    let tables = Tables::new(model);
    let next = AtomicU64::new(people.start);
    let work = || {
        let mut sums = empty(model);
        let mut locals: Vec<LocalCounters> = sums.iter().map(LocalCounters::of).collect();
        let mut starts = Vec::new();
        loop {
            let from = next.fetch_add(CHUNK, Ordering::Relaxed);
            if from >= people.end {
                return sums;
            }
            let until = (from + CHUNK).min(people.end);
            for index in from..until {
                let Some(person) = live(&tables, index, &mut starts) else {
                    continue;
                };
                let counters = sums.iter_mut().zip(&mut locals);
                for (policy, (sum, local)) in model.policies.iter().zip(counters) {
                    Play::new(&tables, policy, &person, (sum, local)).month(&starts);
                }
            }
            for (sum, local) in sums.iter_mut().zip(&mut locals) {
                local.add_to(sum);
            }
            lived.fetch_add(until - from, Ordering::Relaxed);
        }
    };
    // No more than there are chunks: each has counters of its own.
    let chunks = people.end.saturating_sub(people.start).div_ceil(CHUNK);
    let threads = usize::try_from(chunks).map_or(threads.get(), |chunks| threads.get().min(chunks));
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut sums = empty(model);
        for worker in workers {
            match worker.join() {
                Ok(parts) => {
                    for (sum, part) in sums.iter_mut().zip(&parts) {
                        sum.add(part);
                    }
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sums
    })
}

fn empty(model: &Model) -> Vec<Tally> {
    let none = || Tally::new(&model.calendar);
    model.policies.iter().map(|_| none()).collect()
}
