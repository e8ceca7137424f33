//! `absent`: log in, stay, vanish without a word until the target has given the session up.

use super::agenda::Draft;
use super::check::Check;
use super::itinerary::Itinerary;
use super::kind::Kind;
use super::{Around, Play, PushUse, Scenario};
use crate::session::Operation;
use trtc_base::config::Table;
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_wire::dialect::Push;

section! {
    /// The kind `absent`: log in, stay, vanish without a word until the target must have given the session up, which takes
    /// it `target.heartbeat_limit`. It has no keys of its own.
    pub(super) KEYS {}
}

/// Log in, stay, vanish: say nothing more until the target gives the session up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absent {
    /// How long the target waits for a sign of life. Documented: 400 s.
    pub heartbeat: Micros,
    /// How long it may take to see that the time is over.
    pub grace: Micros,
}

pub(super) fn read(_table: &Table<'_>, around: &Around<'_>) -> Option<Play> {
    Some(Play::Absent(Absent {
        heartbeat: around.heartbeat_limit?,
        grace: around.notice_limit?,
    }))
}

impl Absent {
    /// How long the device says nothing.
    #[must_use]
    pub const fn silence(&self) -> Micros {
        self.heartbeat.plus(self.grace)
    }
}

impl Kind for Absent {
    fn check(&self, check: &Check<'_>) {
        let dialect = check.dialect;
        if !dialect.can(Operation::SelfInfo) {
            let remedy = "add [operations.self_info] to the dialect, or remove the scenario";
            check.lacks("kind", "asks whether its session has ended", remedy);
        }
        // The kernel of a device that only ever reads goes on acknowledging: no target could tell that it is gone.
        let only_reads = matches!(dialect.push(), Some(Push::Events(_)));
        if only_reads && check.scenario.push == PushUse::Open {
            let remedy = "write `push = false`: on an event stream a device only reads, and is always silent";
            check.lacks("push", "tells by its silence that it is gone", remedy);
        }
    }

    fn silence(&self) -> Option<Micros> {
        Some(self.silence())
    }

    fn performs(&self, scenario: &Scenario, operation: Operation) -> bool {
        // Whoever vanishes says nothing.
        operation != Operation::Logout && scenario.in_session(operation)
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        plan.dwell.plus(self.heartbeat).plus(self.grace)
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.arrive();
        draft.dwell_for(draft.plan.dwell);
        draft.refused_where_it_can(Operation::SelfInfo);
    }
}
