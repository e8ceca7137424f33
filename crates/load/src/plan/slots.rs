//! How many slots each scenario needs: the plan's own arrivals, played without a target.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::estimate::estimate;
use super::needs::connections_of;
use super::{Cursor, Plan};
use crate::profile::{ScenarioIx, Target};
use trtc_base::units::Micros;

/// What the plan's arrivals hold at once, if every request takes its allowance.
#[derive(Clone, Debug, Default)]
pub(super) struct Occupancy {
    /// Whether the plan is too long to be played: counts are expectations, and what is held at once is a bound.
    pub(super) is_estimated: bool,
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
    /// Arrivals that are online when UserSigs end together, each of which logs in once more; in `logins` too.
    pub(super) renewals: u64,
    /// Kicks wanted, in all.
    pub(super) kicks: u64,
    /// Steps of each app's walk.
    pub(super) steps: Vec<u64>,
}

impl Occupancy {
    /// That of no arrivals.
    pub(super) fn empty(plan: &Plan) -> Self {
        let count = plan.scenarios.len();
        Self {
            by_stage: vec![0; plan.schedule.spans().len()],
            by_scenario: vec![0; count],
            logins: vec![0; count],
            steps: vec![0; plan.apps.len()],
            ..Self::default()
        }
    }
}

/// What is in use now, and the most that ever was.
#[derive(Clone, Copy, Debug, Default)]
struct Gauge {
    now: u64,
    most: u64,
}

impl Gauge {
    fn take(&mut self, weight: u64) {
        self.now += weight;
        self.most = self.most.max(self.now);
    }

    fn most_slots(self) -> u32 {
        u32::try_from(self.most).unwrap_or(u32::MAX)
    }
}

/// Arrivals that are under way at once.
#[derive(Debug)]
struct Crowd {
    ends: BinaryHeap<Reverse<(Micros, u8)>>,
    /// What an arrival of each scenario weighs in `weighed`.
    weights: Vec<u64>,
    by_scenario: Vec<Gauge>,
    all: Gauge,
    weighed: Gauge,
}

impl Crowd {
    fn of(weights: Vec<u64>) -> Self {
        Self {
            ends: BinaryHeap::new(),
            by_scenario: vec![Gauge::default(); weights.len()],
            weights,
            all: Gauge::default(),
            weighed: Gauge::default(),
        }
    }

    /// An arrival of `scenario` is under way from `from` to `until`; those that end by then have gone.
    fn join(&mut self, from: Micros, until: Micros, scenario: ScenarioIx) {
        while let Some(&Reverse((end, gone))) = self.ends.peek()
            && end <= from
        {
            self.ends.pop();
            let gone = usize::from(gone);
            self.by_scenario[gone].now -= 1;
            self.all.now -= 1;
            self.weighed.now -= self.weights[gone];
        }
        self.ends.push(Reverse((until, scenario.0)));
        let ix = usize::from(scenario.0);
        self.by_scenario[ix].take(1);
        self.all.take(1);
        self.weighed.take(self.weights[ix]);
    }

    fn most_slots(&self) -> Vec<u32> {
        self.by_scenario
            .iter()
            .map(|one| one.most_slots())
            .collect()
    }
}

/// The most arrivals that are played beforehand, in a second or less. Of a longer plan everything is estimated.
const PLAYED: f64 = 2_000_000.0;

/// What the plan's arrivals hold at once: played where they are few, estimated where they are many.
pub(super) fn occupancy(plan: &Plan, target: &Target, allowed: u32) -> Occupancy {
    if plan.schedule.expected() > PLAYED {
        return estimate(plan, target);
    }
    // What would need more than is allowed is told what it needs, not only that.
    play(plan, target, allowed).unwrap_or_else(|| estimate(plan, target))
}

/// Plays the plan without a target. None for one whose waits alone need more than `allowed` slots: it could hold any number
/// of arrivals at once.
pub(super) fn play(plan: &Plan, target: &Target, allowed: u32) -> Option<Occupancy> {
    let connections = plan.scenarios.iter();
    let connections = connections.map(|scenario| connections_of(scenario, target.connection));
    let mut holding = Crowd::of(connections.collect());
    let mut waiting = Crowd::of(vec![0; plan.scenarios.len()]);
    let mut found = Occupancy::empty(plan);
    let mut cursor = Cursor::new(plan);
    while let Some((drawn, itinerary)) = cursor.next_itinerary(plan) {
        let (due, ix) = (drawn.due, usize::from(drawn.scenario.0));
        let scenario = &plan.scenarios[ix];
        waiting.join(due, due.plus(itinerary.waits(scenario)), drawn.scenario);
        if waiting.all.most > u64::from(allowed) {
            return None;
        }
        holding.join(due, due.plus(itinerary.hold(scenario)), drawn.scenario);
        let wanted = itinerary.wanted(scenario, &target.dialect);
        found.logins[ix] += wanted.logins;
        let until = due.plus(itinerary.waits(scenario));
        if scenario.logs_in() && plan.is_online_at_the_end_of_usersigs(due, until) {
            found.logins[ix] += 1;
            found.renewals += 1;
        }
        found.kicks += wanted.kicks;
        found.by_scenario[ix] += 1;
        found.by_stage[usize::from(drawn.stage.0)] += 1;
        found.steps[usize::from(drawn.app.0)] += scenario.accounts();
    }
    found.of_all_shards = cursor.passed();
    found.waits = waiting.most_slots();
    found.holds = holding.most_slots();
    found.sessions = holding.all.most_slots();
    found.connections = holding.weighed.most;
    Some(found)
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
    fn a_crowd_counts_what_overlaps_and_lets_go_what_ends_at_the_same_instant() {
        let mut crowd = Crowd::of(vec![1, 2]);
        let (one, other) = (ScenarioIx(0), ScenarioIx(1));
        crowd.join(Micros(0), Micros(10), one);
        crowd.join(Micros(5), Micros(20), other);
        crowd.join(Micros(10), Micros(11), one);
        assert_eq!((crowd.all.most, crowd.weighed.most), (2, 3));
        assert_eq!(crowd.most_slots(), [1, 1]);
        crowd.join(Micros(30), Micros(31), other);
        assert_eq!((crowd.all.now, crowd.weighed.now), (1, 2));
    }
}
