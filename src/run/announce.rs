//! What is told before a run begins: what it will do and cost, and what its plan cannot decide.

use std::io::Write;

use super::planned::{Planned, cost_of, kicked_by};
use super::undecided::undecided;
use trtc_load_core::engine::Cost;
use trtc_load_core::report::Facts;

/// Arrivals of a plan that are counted in a second, about.
const COUNTED_A_SECOND: u64 = 10_000_000;

/// Says that the arrivals of a long plan are counted first, as a shard's have to be.
pub(crate) fn announce_count(planned: &Planned) {
    if planned.plan.foresight(&planned.profile).is_estimated {
        let arrivals = planned.plan.total_of_all_shards();
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(
            std::io::stderr(),
            "the plan's {arrivals} arrivals or so are counted first, to divide them exactly: about {} s",
            arrivals.div_ceil(COUNTED_A_SECOND)
        );
    }
}

/// Says what the run is about to do and to cost, before it does.
pub(crate) fn announce(planned: &Planned) {
    let foresight = planned.plan.foresight(&planned.profile);
    let costs = match cost_of(planned, &foresight) {
        Cost {
            logins: 0,
            registrations: 0,
        } => "nobody logs in or is registered anywhere".to_owned(),
        Cost {
            logins: 0,
            registrations,
        } => format!("{registrations} accounts; each that is new there is registered"),
        Cost { logins, .. } => format!(
            "{logins} accounts; each that is new there is registered and counts into the month's MAU"
        ),
    };
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(
        std::io::stderr(),
        "{} against {}: {} arrivals in {} s, {costs}",
        planned.profile.name(),
        Facts::of(&planned.profile).target,
        foresight.arrivals,
        planned.plan.end().whole_secs(),
    );
    let kicked = kicked_by(planned, &foresight);
    if kicked > 0 {
        let _ = writeln!(
            std::io::stderr(),
            "it ends the sessions of {kicked} accounts, whoever has them"
        );
    }
    for one in undecided(planned) {
        let _ = writeln!(std::io::stderr(), "this plan cannot keep {one}");
    }
}
