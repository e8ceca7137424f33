//! What one arrival means to do, drawn before it starts: how long it stays, how the person reacts, how it ends.

use super::Scenario;
use super::draws::Draws;
use crate::session::Operation;
use trtc_base::units::Micros;
use trtc_usersig::Platform;
use trtc_wire::dialect::Dialect;

/// Planned for each request of a session, so that slots last while a target answers at an ordinary pace. A slower
/// target shows as blocked arrivals.
const REQUEST_ALLOWANCE: Micros = Micros::from_millis(100);

/// One arrival's plan for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Itinerary {
    /// How long the session is online before its event: the switch, the kick, the end.
    pub dwell: Micros,
    /// How long it stays after its event.
    pub dwell_after: Micros,
    /// How long the person takes to log in again.
    pub reaction: Micros,
    /// How the session ends.
    pub ending: Ending,
    /// Where the victim's request stands when its rival comes.
    pub victim: Victim,
    /// What the kicked person does.
    pub kicked_person: KickedPerson,
    /// How long the network is away, an administrator pauses, or the next device waits.
    pub away: Micros,
    /// What happens while the network is away.
    pub meanwhile: Meanwhile,
    /// Whether it is asked in the middle of its stays whether it is still there.
    pub watch: Watch,
    /// Whether the person waits for a login's answer.
    pub patience: Patience,
    /// Whether the account is looked up after its first login.
    pub sign_up: SignUp,
    /// How many arrivals of its scenario come before it: what a scenario does by turns goes by it.
    pub nth: u64,
    /// Where the draws start of what is told of it: only a webhook's runs make them.
    pub lot: u64,
}

/// Whether a session is asked for in the middle of a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It is.
    Asked,
    /// It is not.
    Not,
}

/// Whether a person waits for the answer of a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// They do.
    Waits,
    /// They press login once more while it runs.
    PressesAgain,
}

/// Whether an account is looked up after its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// It is.
    LookedUp,
    /// It is not.
    Not,
}

/// What happens while a device has no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// A rival logs in with the account.
    Rival,
}

/// How a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The app goes away without a logout, as most do.
    Leave,
    /// The person logs out.
    Logout,
}

/// What the victim of a kick is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Victim {
    /// Nothing.
    Idle,
    /// It has a request in flight.
    InFlight,
}

/// What a kicked person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KickedPerson {
    /// Logs in again after the reaction time.
    ComesBack,
    /// Stays away.
    StaysAway,
}

/// The requests that an arrival's plan sends when all goes well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Logins, of every kind: `login` (a rival's before a `provoke` that is a request is one), `relogin`, `switch`, and
    /// `provoke` where that is a login.
    pub logins: u64,
    /// Kicks.
    pub kicks: u64,
}

impl Itinerary {
    /// The one of the scenario's `nth` arrival.
    #[must_use]
    pub(crate) fn draw(scenario: &Scenario, nth: u64, mut draws: Draws) -> Self {
        // Always the same draws in the same order, whatever the scenario uses: a change of one setting moves no other.
        let dwell = scenario.dwell.draw(&mut draws);
        let dwell_after = scenario.dwell.draw(&mut draws);
        let reaction = scenario.reaction.draw(&mut draws);
        let ending = if draws.next() < scenario.logout_share {
            Ending::Logout
        } else {
            Ending::Leave
        };
        let (in_flight, relogin) = scenario.play.kind().shares_of_a_kick();
        let victim = if draws.next() < in_flight {
            Victim::InFlight
        } else {
            Victim::Idle
        };
        let kicked_person = if draws.next() < relogin {
            KickedPerson::ComesBack
        } else {
            KickedPerson::StaysAway
        };
        let (away, meanwhile) = scenario.play.kind().draw_absence(&mut draws);
        let watch = if draws.next() < scenario.watch {
            Watch::Asked
        } else {
            Watch::Not
        };
        let patience = if draws.next() < scenario.impatient {
            Patience::PressesAgain
        } else {
            Patience::Waits
        };
        let sign_up = if draws.next() < scenario.signed_up.unwrap_or(0.0) {
            SignUp::LookedUp
        } else {
            SignUp::Not
        };
        let lot = draws.later();
        Self {
            dwell,
            dwell_after,
            reaction,
            ending,
            victim,
            kicked_person,
            away,
            meanwhile,
            watch,
            patience,
            sign_up,
            nth,
            lot,
        }
    }

    /// How often the kicked one comes back, where the two devices fight so often after the first return.
    #[must_use]
    pub const fn returns(&self, fights: u32) -> u32 {
        match self.kicked_person {
            KickedPerson::ComesBack => fights + 1,
            KickedPerson::StaysAway => 0,
        }
    }

    /// How long the arrival means to hold its slot: its planned waits alone.
    #[must_use]
    pub fn waits(&self, scenario: &Scenario) -> Micros {
        scenario.play.kind().waits(self)
    }

    /// Its planned waits and an allowance for each of its requests.
    #[must_use]
    pub fn hold(&self, scenario: &Scenario) -> Micros {
        let requests = scenario.requests();
        self.waits(scenario)
            .plus(Micros(REQUEST_ALLOWANCE.0 * requests))
    }

    /// The one that holds its slot longest.
    pub(super) fn longest(scenario: &Scenario) -> Self {
        let (away, meanwhile) = scenario.play.kind().longest_absence();
        Self {
            dwell: scenario.dwell.max(),
            dwell_after: scenario.dwell.max(),
            reaction: scenario.reaction.max(),
            ending: Ending::Logout,
            victim: Victim::InFlight,
            kicked_person: KickedPerson::ComesBack,
            away,
            meanwhile,
            watch: Watch::Asked,
            patience: Patience::PressesAgain,
            sign_up: if scenario.signed_up.is_some() {
                SignUp::LookedUp
            } else {
                SignUp::Not
            },
            nth: 0,
            lot: 0,
        }
    }

    /// The logins and kicks of an arrival of `scenario` when all goes well, at a service of that dialect and on a native device.
    #[must_use]
    pub fn wanted(&self, scenario: &Scenario, dialect: &Dialect) -> Wanted {
        let agenda = self.agenda(scenario, dialect, Platform::Android);
        let times = |operation| u64::from(agenda.times(operation));
        let provoked = if dialect.is_provoked_by_login() {
            times(Operation::Provoke)
        } else {
            0
        };
        let asked_for = [Operation::Login, Operation::Relogin, Operation::Switch];
        Wanted {
            logins: asked_for.map(times).iter().sum::<u64>() + provoked,
            kicks: times(Operation::KickNotice),
        }
    }
}
