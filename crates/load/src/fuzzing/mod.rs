//! What must hold for every input of a parser, whoever sends it. `fuzz/` drives these functions, and so do tests.
//!
//! In: arbitrary bytes. Out: whether they were accepted, or a panic that names the rule they break. Never here: I/O,
//! and anything in a build for use: this room exists for tests and under the feature `fuzzing` alone.

mod answer;
mod dialect;
mod http;
mod push_event;
mod shipped;
mod user_sig;

pub use answer::answer;
pub use dialect::dialect;
pub use http::{http, sizes};
pub use push_event::push_event;
pub use user_sig::user_sig;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// The parser refused it.
    Refused,
    /// The parser accepted it, and what it made of it keeps its rules.
    Accepted,
}

impl Reached {
    /// Of an input of which this says whether it was accepted.
    fn of<T>(accepted: Option<T>) -> Self {
        accepted.map_or(Self::Refused, |_| Self::Accepted)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A fuzzing target's rule, as the target calls it.
    type Rule = fn(&[u8]) -> Reached;

    /// Every target with its rule. `against_hyper` compares two readers of the seeds of `http`; here
    /// `target/tests/differential.rs` does.
    const TARGETS: [(&str, Rule); 5] = [
        ("answer", answer),
        ("dialect", dialect),
        ("http", http),
        ("push_event", push_event),
        ("user_sig", user_sig),
    ];

    /// The seeds of a target: name and bytes.
    fn seeds(target: &str) -> BTreeMap<String, Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../fuzz/seeds")
            .join(target);
        let entries = fs::read_dir(&folder).unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect()
    }

    #[test]
    fn every_seed_keeps_the_rules_and_each_target_has_some_of_either_kind() {
        for (target, rule) in TARGETS {
            let seeds = seeds(target);
            let reached: Vec<_> = seeds.values().map(|seed| rule(seed)).collect();
            for kind in [Reached::Refused, Reached::Accepted] {
                assert!(reached.contains(&kind), "no seed of {target} is {kind:?}");
            }
        }
    }

    #[test]
    fn every_seed_that_is_cut_or_has_a_byte_flipped_keeps_the_rules() {
        for (target, rule) in TARGETS {
            for seed in seeds(target).values() {
                // Sixteen places in each are enough to reach every part of a small file.
                for at in (0..seed.len()).step_by(seed.len() / 16 + 1) {
                    let _ = rule(&seed[..at]);
                    let mut flipped = seed.clone();
                    flipped[at] ^= 1 << (at % 8);
                    let _ = rule(&flipped);
                }
            }
        }
    }
}
