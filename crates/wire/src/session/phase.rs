//! The parts of a request that a target and its network can be slow in, each on its own.

use std::fmt;

use serde::{Deserialize, Serialize};

use trtc_base::units::Micros;

/// A part of a step's way to its answer. Adding one is a variant here and a row in [`Phase::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The target's name is looked up. Only where a connection is made and the profile asks for a lookup each time.
    Dns,
    /// The TCP connection is made, a proxy's tunnel included. Only where one was needed.
    Connect,
    /// The TLS handshake. Only where one was needed.
    Tls,
    /// From the request handed to the kernel to the answer's first byte.
    FirstByte,
    /// From the answer's first byte to its last.
    Body,
}

impl Phase {
    /// Every phase, in the order they happen.
    pub const ALL: [Self; 5] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::FirstByte,
        Self::Body,
    ];

    /// Its name in budgets, tags and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first_byte",
            Self::Body => "body",
        }
    }

    /// The phase of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Its place in [`Phase::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How long each phase of a step took. A phase that the step did not go through whole has none: a connect that failed,
/// a kept connection's connect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    took: [Option<Micros>; Phase::ALL.len()],
    under_way: Option<Phase>,
}

impl Phases {
    /// Notes that `phase` began.
    pub const fn begin(&mut self, phase: Phase) {
        self.under_way = Some(phase);
    }

    /// Notes that `phase` took so long.
    pub const fn note(&mut self, phase: Phase, took: Micros) {
        self.took[phase.index()] = Some(took);
        self.under_way = None;
    }

    /// The phase that began and did not end: where a step without an answer hung.
    #[must_use]
    pub const fn under_way(&self) -> Option<Phase> {
        self.under_way
    }

    /// How long `phase` took; none where the step did not go through it.
    #[must_use]
    pub const fn of(&self, phase: Phase) -> Option<Micros> {
        self.took[phase.index()]
    }

    /// Every phase that was gone through, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Phase, Micros)> + '_ {
        let all = Phase::ALL.into_iter();
        all.filter_map(|phase| Some((phase, self.of(phase)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_its_index_and_is_found_by_its_name() {
        for (index, phase) in Phase::ALL.into_iter().enumerate() {
            assert_eq!(phase.index(), index, "{phase}");
            assert_eq!(Phase::named(phase.name()), Some(phase), "{phase}");
        }
    }

    #[test]
    fn phases_come_back_in_order_and_only_those_that_were_noted() {
        let mut phases = Phases::default();
        phases.note(Phase::FirstByte, Micros(7));
        phases.note(Phase::Connect, Micros(3));
        let noted: Vec<_> = phases.iter().collect();
        assert_eq!(
            noted,
            [(Phase::Connect, Micros(3)), (Phase::FirstByte, Micros(7))]
        );
        assert_eq!(phases.of(Phase::Tls), None);
        phases.begin(Phase::Body);
        assert_eq!(phases.under_way(), Some(Phase::Body));
        phases.note(Phase::Body, Micros(1));
        assert_eq!(phases.under_way(), None);
    }
}
