//! What one arrival means to do, drawn before it starts: how long it stays, how the person reacts, how it ends.

use super::chance::Draws;
use crate::profile::Play;
use crate::profile::Scenario;
use crate::profile::SelfInfoCheck;
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
    /// How long the session is online before its turn: the switch, the kick, the end.
    pub dwell: Micros,
    /// How long it stays after its turn.
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
    /// How many arrivals of its scenario come before it: what a scenario does by turns goes by it.
    pub nth: u64,
}

/// Whether a session is asked for in the middle of a stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// It is.
    Asked,
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

/// In which share of its kicks the victim has a request in flight, and in which it comes back.
const fn shares_of_a_kick(play: &Play) -> (f64, f64) {
    match play {
        Play::Kicked {
            in_flight, relogin, ..
        } => (*in_flight, *relogin),
        Play::Login
        | Play::Switch { .. }
        | Play::Expired { .. }
        | Play::Reconnect { .. }
        | Play::Absent { .. }
        | Play::Devices { .. }
        | Play::Refused
        | Play::Requests { .. } => (0.0, 1.0),
    }
}

/// How long a device is away, or pauses, and what happens meanwhile.
fn draw_absence(play: &Play, draws: &mut Draws) -> (Micros, Meanwhile) {
    match play {
        Play::Reconnect { away, kicked, .. } => {
            let away = draws.span(away);
            let meanwhile = if draws.next() < *kicked {
                Meanwhile::Rival
            } else {
                Meanwhile::Nothing
            };
            (away, meanwhile)
        }
        Play::Requests { pause, .. } | Play::Devices { pause, .. } => {
            (draws.span(pause), Meanwhile::Nothing)
        }
        Play::Login
        | Play::Switch { .. }
        | Play::Kicked { .. }
        | Play::Expired { .. }
        | Play::Refused
        | Play::Absent { .. } => (Micros::ZERO, Meanwhile::Nothing),
    }
}

impl Itinerary {
    pub(super) fn draw(scenario: &Scenario, nth: u64, mut draws: Draws) -> Self {
        // Always the same draws in the same order, whatever the scenario uses: a change of one setting moves no other.
        let dwell = draws.span(&scenario.dwell);
        let dwell_after = draws.span(&scenario.dwell);
        let reaction = draws.span(&scenario.reaction);
        let ending = if draws.next() < scenario.logout_share {
            Ending::Logout
        } else {
            Ending::Leave
        };
        let (in_flight, relogin) = shares_of_a_kick(&scenario.play);
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
        let (away, meanwhile) = draw_absence(&scenario.play, &mut draws);
        let watch = if draws.next() < scenario.watch {
            Watch::Asked
        } else {
            Watch::Not
        };
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
            nth,
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
    pub fn waits(&self, play: &Play) -> Micros {
        match *play {
            Play::Requests { ref steps, .. } => {
                let pauses = steps.len().saturating_sub(1) as u64;
                Micros(self.away.0.saturating_mul(pauses))
            }
            Play::Login | Play::Expired { .. } => self.dwell,
            Play::Refused => Micros::ZERO,
            Play::Switch { .. } => self.dwell.plus(self.dwell_after),
            Play::Reconnect { told, .. } => {
                let reactions = match (self.meanwhile, told.at_login() && !told.at_reconnect()) {
                    (Meanwhile::Nothing, _) => 0,
                    (Meanwhile::Rival, false) => 1,
                    (Meanwhile::Rival, true) => 2,
                };
                let away = Micros(self.away.0.saturating_add(self.reaction.0 * reactions));
                self.dwell.plus(away).plus(self.dwell_after)
            }
            Play::Devices { ref platforms, .. } => {
                let pauses = platforms.len().saturating_sub(1) as u64;
                Micros(self.away.0.saturating_mul(pauses)).plus(self.dwell)
            }
            Play::Absent { heartbeat, grace } => self.dwell.plus(heartbeat).plus(grace),
            Play::Kicked { fights, .. } => {
                let again = u64::from(self.returns(fights));
                let reactions = Micros(self.reaction.0.saturating_mul(again));
                self.dwell.plus(reactions).plus(self.dwell_after)
            }
        }
    }

    /// Its planned waits and an allowance for each of its requests.
    #[must_use]
    pub fn hold(&self, scenario: &Scenario) -> Micros {
        let requests = requests(scenario);
        self.waits(&scenario.play)
            .plus(Micros(REQUEST_ALLOWANCE.0 * requests))
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

/// Requests of one arrival, at most, when nobody fights.
fn requests(scenario: &Scenario) -> u64 {
    let logins = match scenario.play {
        Play::Requests { ref steps, .. } => return steps.len() as u64,
        Play::Login | Play::Absent { .. } | Play::Refused => 1,
        Play::Switch { .. } | Play::Expired { .. } => 2,
        Play::Reconnect { kicked, .. } => {
            if kicked > 0.0 {
                6
            } else {
                2
            }
        }
        // Each logs in, and is asked again at the end.
        Play::Devices { ref platforms, .. } => 2 * platforms.len() as u64,
        Play::Kicked { fights, .. } => 3 + u64::from(fights),
    };
    let asks = match scenario.self_info {
        SelfInfoCheck::Ask => logins,
        SelfInfoCheck::Skip => 0,
    };
    logins + asks + 1
}

/// The longest that an arrival of `scenario` can mean to hold its slot.
#[must_use]
pub(super) fn longest_hold(scenario: &Scenario) -> Micros {
    let longest = Itinerary {
        dwell: scenario.dwell.max(),
        dwell_after: scenario.dwell.max(),
        reaction: scenario.reaction.max(),
        ending: Ending::Logout,
        victim: Victim::InFlight,
        kicked_person: KickedPerson::ComesBack,
        away: match &scenario.play {
            Play::Reconnect { away, .. } => away.max(),
            Play::Requests { pause, .. } | Play::Devices { pause, .. } => pause.max(),
            Play::Login
            | Play::Switch { .. }
            | Play::Kicked { .. }
            | Play::Expired { .. }
            | Play::Refused
            | Play::Absent { .. } => Micros::ZERO,
        },
        meanwhile: match scenario.play {
            Play::Reconnect { kicked, .. } if kicked > 0.0 => Meanwhile::Rival,
            Play::Login
            | Play::Switch { .. }
            | Play::Kicked { .. }
            | Play::Expired { .. }
            | Play::Reconnect { .. }
            | Play::Absent { .. }
            | Play::Devices { .. }
            | Play::Refused
            | Play::Requests { .. } => Meanwhile::Nothing,
        },
        watch: Watch::Asked,
        nth: 0,
    };
    longest.hold(scenario)
}
