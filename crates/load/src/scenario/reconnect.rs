//! `reconnect`: log in, stay, lose the network, come back by the token without a login, stay, go.

use super::agenda::Draft;
use super::check::Check;
use super::draws::Draws;
use super::itinerary::{Itinerary, Meanwhile};
use super::kind::Kind;
use super::{Around, Play, REACTION, Scenario, Spread, spread};
use crate::session::{OfflineKick, Operation};
use trtc_base::config::{FaultKind, Named, Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

section! {
    /// The kind `reconnect`: log in, stay, lose the network, come back by the token without a login, stay, go. Where a rival
    /// logged in meanwhile the session is over, and the person logs in again after the `reaction` time.
    pub(super) KEYS {
        /// How the network ends the connections: cut, or closed by the system.
        CUT: Cut = one_of("cut").otherwise("`\"rst\"`; over HTTP/2 `\"fin\"`");
        /// How long the network is away.
        AWAY: Spread = own("away", spread::FORM, Spread::read).or("\"2s\"");
        /// The share of absences in which a rival logs in with the account.
        KICKED: f64 = share("kicked_meanwhile").or("0");
    }
}

/// Log in, stay, lose the network, come back by the token without a login, stay, go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconnect {
    /// How the connections end.
    pub cut: Cut,
    /// How long the network is away.
    pub away: Spread,
    /// The share of absences in which a rival logs in, in 0..=1. Such a person logs in again.
    pub kicked: f64,
    /// What the target says to a device that was kicked so.
    pub told: OfflineKick,
}

/// How a lost network ends connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// FIN: the system closes them.
    Fin,
    /// RST: they are cut.
    Reset,
}

impl Named for Cut {
    const NAMED: &'static [(&'static str, Self)] = &[("rst", Self::Reset), ("fin", Self::Fin)];
}

pub(super) fn read(table: &Table<'_>, around: &Around<'_>) -> Option<Play> {
    let cut = read_cut(table, around);
    let away = table.read(&AWAY);
    let kicked = table.read(&KICKED);
    Some(Play::Reconnect(Reconnect {
        cut: cut?,
        away: away?,
        kicked: kicked?,
        told: around.offline_kick?,
    }))
}

/// `cut = "rst"`: left out, as a lost network does it where connections can be cut so.
fn read_cut(table: &Table<'_>, around: &Around<'_>) -> Option<Cut> {
    let usual = if around.is_http2 {
        Cut::Fin
    } else {
        Cut::Reset
    };
    let cut = table.read_or(&CUT, usual)?;
    if let (Cut::Reset, true, Some(value)) = (cut, around.is_http2, table.find(&CUT)) {
        value.fault(
            FaultKind::CutByReset,
            format!(
                "`{}` is \"rst\", but an HTTP/2 connection is closed with FIN",
                value.path()
            ),
            "write `cut = \"fin\"`, or `http = \"1.1\"` in [target]",
        );
    }
    Some(cut)
}

impl Kind for Reconnect {
    fn write(&self, scenario: &Scenario, out: &mut Writer) {
        out.put_named(&CUT, self.cut);
        out.put(&AWAY, &self.away);
        out.put(&KICKED, &self.kicked);
        out.put(&REACTION, &scenario.reaction);
    }

    fn check(&self, check: &Check<'_>) {
        if self.has_rival() {
            check.kicks();
        }
    }

    fn has_rival(&self) -> bool {
        self.kicked > 0.0
    }

    fn meets_a_rival(&self, plan: &Itinerary) -> bool {
        plan.meanwhile == Meanwhile::Rival
    }

    fn devices(&self) -> u64 {
        1 + u64::from(self.has_rival())
    }

    fn adds(&self) -> Vec<Operation> {
        // A channel that the target loses is another matter: nobody can count on it.
        let mut adds = vec![Operation::Reconnect];
        if self.has_rival() {
            adds.extend([Operation::KickNotice, Operation::Relogin]);
        }
        adds
    }

    fn draw_absence(&self, draws: &mut Draws) -> (Micros, Meanwhile) {
        let away = self.away.draw(draws);
        let meanwhile = if draws.next() < self.kicked {
            Meanwhile::Rival
        } else {
            Meanwhile::Nothing
        };
        (away, meanwhile)
    }

    fn longest_absence(&self) -> (Micros, Meanwhile) {
        let meanwhile = if self.has_rival() {
            Meanwhile::Rival
        } else {
            Meanwhile::Nothing
        };
        (self.away.max(), meanwhile)
    }

    fn rival_share(&self) -> f64 {
        self.kicked
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        let told_by_login = self.told.at_login() && !self.told.at_reconnect();
        let reactions = match (plan.meanwhile, told_by_login) {
            (Meanwhile::Nothing, _) => 0,
            (Meanwhile::Rival, false) => 1,
            (Meanwhile::Rival, true) => 2,
        };
        let away = Micros(plan.away.0.saturating_add(plan.reaction.0 * reactions));
        plan.dwell.plus(away).plus(plan.dwell_after)
    }

    fn logins(&self) -> u64 {
        if self.has_rival() { 6 } else { 2 }
    }

    fn connects_again(&self, channel: u64) -> u64 {
        // The old token is tried, or the device comes back by it.
        1 + channel
    }

    fn dwells(&self) -> f64 {
        self.kicked.mul_add(3.0, 2.0)
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        draft.arrive();
        draft.dwell_for(draft.plan.dwell);
        match draft.plan.meanwhile {
            Meanwhile::Nothing => draft.come_back(),
            Meanwhile::Rival => self.come_back_to_a_rival(draft),
        }
        draft.dwell_and_end(draft.plan.dwell_after);
    }
}

impl Reconnect {
    fn come_back_to_a_rival(&self, draft: &mut Draft<'_>) {
        draft.log_in(Operation::Login);
        draft.dwell_for(draft.plan.away);
        draft.refused_where_it_can(Operation::Reconnect);
        draft.dwell_for(draft.plan.reaction);
        // A web device is never told.
        let is_told_before = self.told.at_reconnect() && draft.dialect.can(Operation::Reconnect);
        if self.told.at_login() && !is_told_before && draft.platform != Platform::Web {
            draft.refused(Operation::Relogin, 1);
            draft.dwell_for(draft.plan.reaction);
        }
        if draft.dialect.is_provoked_by_login() {
            draft.kick(Operation::Relogin);
        } else {
            draft.log_in(Operation::Relogin);
        }
    }
}
