//! How counters add up and are emptied.

use std::collections::BTreeMap;

use super::invariant::Invariant;
use super::recording::{AppCount, Counts, Departures};
use crate::session::{Cause, Class, Operation};

/// Kinds of causes that are told apart. A target that puts a request's number into its error code must not fill memory.
pub const CAUSE_KINDS: usize = 1_000;

impl Counts {
    /// Takes in all of `other`. Sums are held at the largest value: a damaged file must not end the program.
    pub(super) fn add(&mut self, other: &Self) {
        self.due = self.due.saturating_add(other.due);
        add_all(&mut self.started, &other.started);
        add_all(&mut self.not_started, &other.not_started);
        add_all(&mut self.checks, &other.checks);
        self.checks_untold = self.checks_untold.saturating_add(other.checks_untold);
        add_all(&mut self.breaches, &other.breaches);
        add_all(&mut self.tallies, &other.tallies);
        add_all(&mut self.in_flight, &other.in_flight);
        add_all(&mut self.channel_ends, &other.channel_ends);
        add_all(&mut self.as_planned, &other.as_planned);
        add_all(&mut self.unsent, &other.unsent);
        for (operation, exchange) in &other.exchanges {
            let mine = self.exchanges.entry(*operation).or_default();
            mine.attempts = mine.attempts.saturating_add(exchange.attempts);
            mine.answers = mine.answers.saturating_add(exchange.answers);
        }
        for (operation, theirs) in &other.departures {
            if theirs.handed + theirs.booked > 0 {
                let mine = self.departures.entry(*operation).or_default();
                mine.handed = mine.handed.saturating_add(theirs.handed);
                mine.booked = mine.booked.saturating_add(theirs.booked);
            }
        }
        for (kind, count) in &other.causes {
            if *count > 0 {
                self.add_cause(kind.clone(), *count);
            }
        }
        self.other_causes = self.other_causes.saturating_add(other.other_causes);
        if self.apps.len() < other.apps.len() {
            self.apps.resize(other.apps.len(), AppCount::default());
        }
        for (mine, theirs) in self.apps.iter_mut().zip(&other.apps) {
            mine.accounts = mine.accounts.saturating_add(theirs.accounts);
            mine.logins = mine.logins.saturating_add(theirs.logins);
        }
        self.logins_beyond_rules = self
            .logins_beyond_rules
            .saturating_add(other.logins_beyond_rules);
        self.strays = self.strays.saturating_add(other.strays);
    }

    /// Distinct accounts with at least one successful login, all apps.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        held_sum(self.apps.iter().map(|app| app.accounts))
    }

    /// Successful logins, all apps.
    #[must_use]
    pub fn logins(&self) -> u64 {
        held_sum(self.apps.iter().map(|app| app.logins))
    }

    /// How often a session rule was checked; none where the recording is from before checks were counted.
    #[must_use]
    pub fn checks_of(&self, invariant: Invariant) -> Option<u64> {
        let checks = self.checks.get(&invariant).copied().unwrap_or(0);
        (self.checks_untold == 0).then_some(checks)
    }

    /// Counts a cause; one of a new kind beyond the bound goes under "other".
    pub(super) fn add_cause(&mut self, kind: (Operation, Class, Cause), count: u64) {
        if let Some(mine) = self.causes.get_mut(&kind) {
            *mine = mine.saturating_add(count);
        } else if self.causes.len() < CAUSE_KINDS {
            self.causes.insert(kind, count);
        } else {
            self.other_causes = self.other_causes.saturating_add(count);
        }
    }

    /// Sets every counter to zero and keeps the keys, so that the next second allocates nothing for them.
    pub(super) fn zero(&mut self) {
        self.due = 0;
        self.started.values_mut().for_each(|count| *count = 0);
        self.not_started.values_mut().for_each(|count| *count = 0);
        self.checks.values_mut().for_each(|count| *count = 0);
        self.checks_untold = 0;
        self.breaches.values_mut().for_each(|count| *count = 0);
        self.tallies.values_mut().for_each(|count| *count = 0);
        self.in_flight.values_mut().for_each(|count| *count = 0);
        self.channel_ends.values_mut().for_each(|count| *count = 0);
        self.as_planned.values_mut().for_each(|count| *count = 0);
        self.unsent.values_mut().for_each(|count| *count = 0);
        self.causes.values_mut().for_each(|count| *count = 0);
        for exchange in self.exchanges.values_mut() {
            exchange.attempts = 0;
            exchange.answers = 0;
        }
        for departures in self.departures.values_mut() {
            *departures = Departures::default();
        }
        self.apps.fill(AppCount::default());
        self.other_causes = 0;
        self.logins_beyond_rules = 0;
        self.strays = 0;
    }
}

/// The sum, held at the largest value.
pub(super) fn held_sum(counts: impl Iterator<Item = u64>) -> u64 {
    counts.fold(0, u64::saturating_add)
}

fn add_all<K: Ord + Copy>(mine: &mut BTreeMap<K, u64>, theirs: &BTreeMap<K, u64>) {
    for (key, count) in theirs {
        if *count > 0 {
            let mine = mine.entry(*key).or_default();
            *mine = mine.saturating_add(*count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Code;

    fn kind(number: i64) -> (Operation, Class, Cause) {
        (
            Operation::Login,
            Class::Failed,
            Cause::Code(Code::Number(number)),
        )
    }

    #[test]
    fn causes_beyond_the_bound_are_summed_and_known_ones_still_count() {
        let mut counts = Counts::default();
        for number in 0..1_500 {
            counts.add_cause(kind(number), 1);
        }
        counts.add_cause(kind(7), 2);
        assert_eq!(counts.causes.len(), CAUSE_KINDS);
        assert_eq!(counts.other_causes, 500);
        assert_eq!(counts.causes[&kind(7)], 3);
        assert_eq!(
            counts.causes.values().sum::<u64>() + counts.other_causes,
            1_502
        );
    }

    #[test]
    fn emptied_counters_add_nothing_and_leave_no_line() {
        let mut one = Counts::default();
        one.add_cause(kind(7), 2);
        one.due = 9;
        one.zero();
        let mut all = Counts::default();
        all.add(&one);
        assert_eq!(all, Counts::default());
    }
}
