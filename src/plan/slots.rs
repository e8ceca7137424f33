//! How many slots each scenario needs: the plan's own arrivals, played without a target.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Cursor;
use super::Plan;
use crate::profile::Target;
use crate::units::Micros;

/// What the plan's arrivals hold at once, if every request takes its allowance.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy {
    /// The most slots of each scenario in use at once, by planned waits alone.
    pub(super) waits: Vec<u32>,
    /// The same with the allowance for requests.
    pub(super) holds: Vec<u32>,
    /// The most sessions online at once, over all scenarios.
    pub(super) sessions: u32,
    /// The most connections of devices open at once, over all scenarios.
    pub(super) connections: u64,
    /// Arrivals of the whole plan, those of other shards included.
    pub(super) of_all_shards: u64,
    /// Arrivals by stage.
    pub(super) by_stage: Vec<u64>,
    /// Arrivals by scenario.
    pub(super) by_scenario: Vec<u64>,
    /// Logins wanted, by scenario.
    pub(super) logins: Vec<u64>,
    /// Kicks wanted, in all.
    pub(super) kicks: u64,
    /// Steps of each app's walk.
    pub(super) steps: Vec<u64>,
}

/// What is in use now, and the most that ever was.
#[derive(Clone, Debug, Default)]
struct Gauge {
    ends: BinaryHeap<Reverse<(Micros, u64)>>,
    now: u64,
    most: u64,
}

impl Gauge {
    fn hold(&mut self, from: Micros, until: Micros, weight: u64) {
        while let Some(&Reverse((end, ended))) = self.ends.peek() {
            if end > from {
                break;
            }
            self.ends.pop();
            self.now -= ended;
        }
        self.ends.push(Reverse((until, weight)));
        self.now += weight;
        self.most = self.most.max(self.now);
    }

    fn most_slots(&self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }
}

/// Plays the plan without a target. One whose waits alone need more than `allowed` slots is not played to its end: its
/// numbers are those up to there.
pub(super) fn occupancy(plan: &Plan, target: &Target, allowed: u32) -> Occupancy {
    let count = plan.scenarios.len();
    let mut waits = vec![Gauge::default(); count];
    let mut holds = vec![Gauge::default(); count];
    let (mut sessions, mut connections, mut all) =
        (Gauge::default(), Gauge::default(), Gauge::default());
    let mut found = Occupancy {
        by_stage: vec![0; plan.schedule.spans().len()],
        by_scenario: vec![0; count],
        logins: vec![0; count],
        steps: vec![0; plan.apps.len()],
        ..Occupancy::default()
    };
    let mut cursor = Cursor::new(plan);
    while let Some(arrival) = cursor.next(plan) {
        let ix = usize::from(arrival.scenario.0);
        let scenario = &plan.scenarios[ix];
        let until = arrival.due.plus(arrival.itinerary.hold(scenario));
        let waited = arrival.due.plus(arrival.itinerary.waits(&scenario.play));
        waits[ix].hold(arrival.due, waited, 1);
        all.hold(arrival.due, waited, 1);
        if all.most > u64::from(allowed) {
            break;
        }
        holds[ix].hold(arrival.due, until, 1);
        sessions.hold(arrival.due, until, 1);
        connections.hold(arrival.due, until, scenario.connections(target.connection));
        let wanted = arrival.itinerary.wanted(&scenario.play, &target.dialect);
        found.logins[ix] += wanted.logins;
        found.kicks += wanted.kicks;
        found.by_scenario[ix] += 1;
        found.by_stage[usize::from(arrival.stage.0)] += 1;
        found.steps[usize::from(arrival.app.0)] += scenario.accounts();
    }
    found.of_all_shards = cursor.passed();
    found.waits = waits.iter().map(Gauge::most_slots).collect();
    found.holds = holds.iter().map(Gauge::most_slots).collect();
    found.sessions = sessions.most_slots();
    found.connections = connections.most;
    found
}

/// Slots for a scenario that holds `most` at once: a quarter more for a target slower than its allowance.
pub(super) fn with_margin(most: u32) -> u32 {
    most.saturating_add(most / 4).saturating_add(8)
}

/// What each scenario is given of the slots that it wishes beyond its need: all of it where `left` slots allow that,
/// else the same share of it everywhere, rounded down, so that the sum is never more than `left`.
pub(super) fn granted(wishes: &[u32], left: u32) -> Vec<u32> {
    let sum: u64 = wishes.iter().map(|&wish| u64::from(wish)).sum();
    let grant = |&wish: &u32| {
        if sum <= u64::from(left) {
            wish
        } else {
            // No more than the wish, for `left` is less than the sum here.
            u32::try_from(u64::from(wish) * u64::from(left) / sum).unwrap_or(wish)
        }
    };
    wishes.iter().map(grant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_granted_whole_or_in_proportion_and_never_beyond_what_is_left() {
        const MOST: u32 = u32::MAX;
        for (wishes, left, want) in [
            (vec![], 0, vec![]),
            (vec![0, 0], 0, vec![0, 0]),
            (vec![1], 0, vec![0]),
            (vec![1, 0], 1, vec![1, 0]),
            (vec![1, 1], 1, vec![0, 0]),
            (vec![8, 8], 16, vec![8, 8]),
            (vec![8, 8], 15, vec![7, 7]),
            (vec![30, 10], 20, vec![15, 5]),
            (vec![MOST, MOST], MOST, vec![MOST / 2, MOST / 2]),
        ] {
            let got = granted(&wishes, left);
            assert_eq!(got, want, "{wishes:?} of {left}");
            let sum: u64 = got.iter().map(|&one| u64::from(one)).sum();
            assert!(sum <= u64::from(left), "{wishes:?} of {left}");
        }
    }

    #[test]
    fn a_gauge_counts_what_overlaps_and_frees_what_ends_at_the_same_instant() {
        let mut gauge = Gauge::default();
        gauge.hold(Micros(0), Micros(10), 1);
        gauge.hold(Micros(5), Micros(20), 2);
        gauge.hold(Micros(10), Micros(11), 1);
        assert_eq!(gauge.most, 3);
        gauge.hold(Micros(30), Micros(31), 1);
        assert_eq!((gauge.now, gauge.most), (1, 3));
    }
}
