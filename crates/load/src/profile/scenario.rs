//! Scenarios: what an arrival does.

use crate::profile::ConnectionUse;
use crate::profile::OfflineKick;
use crate::session::DeviceRules;
use crate::session::Operation;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// A scenario: what an arrival of it does.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name in the profile and in reports.
    pub name: String,
    /// Its share of the arrivals, in 0..=1; all scenarios sum to 1.
    pub share: f64,
    /// The steps it plays.
    pub play: Play,
    /// How long a session stays online between its planned steps.
    pub dwell: Spread,
    /// How long a kicked person takes to log in again. Only [`Play::Kicked`] and [`Play::Reconnect`] wait for it.
    pub reaction: Spread,
    /// The share of sessions that end by logout; the others leave. In 0..=1.
    pub logout_share: f64,
    /// Whether a session asks who is logged in after each login.
    pub self_info: SelfInfoCheck,
    /// Whether its devices open the push channel.
    pub push: PushUse,
    /// The share of arrivals that are asked in the middle of each stay whether they are still there, in 0..=1.
    pub watch: f64,
    /// The most slots it may use; none: as many as the plan computes.
    pub slots: Option<u32>,
}

/// The steps of a scenario. Adding one is a variant here, a row in the profile's table and a file in the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Play {
    /// Log in, stay, go.
    Login,
    /// Log in, stay, switch to another account, stay, go. Two accounts.
    Switch {
        /// Whether a logout comes before the other login.
        how: SwitchHow,
    },
    /// Log in, stay, be kicked by a rival device, log in again after the reaction time.
    Kicked {
        /// The share of kicks that come while the victim has a request in flight, in 0..=1.
        in_flight: f64,
        /// The share of kicked people who log in again, in 0..=1.
        relogin: f64,
        /// Kicks after the first in which the two devices fight back, one after the other. 0: they never fight.
        fights: u32,
    },
    /// Log in with an expired UserSig, be refused, log in with a new one.
    Expired {
        /// Who notices.
        noticed_by: NoticedBy,
    },
    /// One login with a bad UserSig, be refused, go. Which one goes by turns.
    Refused,
    /// Log in, stay, lose the network, come back by the token without a login, stay, go.
    Reconnect {
        /// How the connections end.
        cut: Cut,
        /// How long the network is away.
        away: Spread,
        /// The share of absences in which a rival logs in, in 0..=1. Such a person logs in again.
        kicked: f64,
        /// What the target says to a device that was kicked so.
        told: OfflineKick,
    },
    /// Log in on several devices of one account, one after the other; those that the policy lets stay together, stay.
    Devices {
        /// What they are, in the order of their logins; at least one.
        platforms: Vec<Platform>,
        /// How long the next one waits.
        pause: Spread,
        /// Which of them may be online together.
        rules: DeviceRules,
    },
    /// An administrator's requests one after the other, without a session.
    Requests {
        /// What is asked, in this order.
        steps: Vec<Operation>,
        /// How many accounts a request names that can name several, at least 1.
        batch: u32,
        /// How long the next request waits for.
        pause: Spread,
    },
    /// Log in, stay, vanish: say nothing more until the target gives the session up.
    Absent {
        /// How long the target waits for a sign of life. Documented: 400 s.
        heartbeat: Micros,
        /// How long it may take to see that the time is over.
        grace: Micros,
    },
}

/// How a person changes accounts on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchHow {
    /// By the other account's login: the service ends the session before.
    Implicit,
    /// By a logout, and a login once that was answered.
    LogoutThenLogin,
}

/// How a lost network ends connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// FIN: the system closes them.
    Fin,
    /// RST: they are cut.
    Reset,
}

/// Who notices an expired UserSig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticedBy {
    /// The target, which refuses the login with 70001.
    Target,
    /// The SDK, which raises 6206 before anything is sent.
    Client,
}

/// Whether `self_info` is asked after each login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelfInfoCheck {
    /// After every login.
    Ask,
    /// Never.
    Skip,
}

/// Whether devices open their push channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushUse {
    /// After the login.
    Open,
    /// Never.
    None,
}

/// A planned span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spread {
    /// Always the same.
    Constant(Micros),
    /// Any in the range with the same chance.
    Uniform {
        /// The shortest.
        from: Micros,
        /// The longest.
        to: Micros,
    },
    /// The exponential distribution cut at `max`: what is longer cannot come, and the shorter share its chance in
    /// proportion. One draw gives one span.
    Exponential {
        /// The mean of the distribution before it is cut, so longer than the mean of the spans drawn.
        mean: Micros,
        /// The longest: where it is cut.
        max: Micros,
    },
}

impl Spread {
    /// The longest it can be.
    #[must_use]
    pub const fn max(&self) -> Micros {
        match *self {
            Self::Constant(length) => length,
            Self::Uniform { to, .. } => to,
            Self::Exponential { max, .. } => max,
        }
    }
}

impl Scenario {
    /// Whether an arrival of it logs in.
    #[must_use]
    pub const fn logs_in(&self) -> bool {
        !matches!(self.play, Play::Requests { .. })
    }

    /// Whether an arrival of it stays online for a while, so that it can be asked for in the middle.
    #[must_use]
    pub const fn has_stays(&self) -> bool {
        !matches!(self.play, Play::Requests { .. } | Play::Refused)
    }

    /// How many accounts an arrival of it holds: its steps on the population's walk.
    #[must_use]
    pub const fn accounts(&self) -> u64 {
        match self.play {
            Play::Login
            | Play::Kicked { .. }
            | Play::Expired { .. }
            | Play::Reconnect { .. }
            | Play::Absent { .. }
            | Play::Devices { .. }
            | Play::Refused
            | Play::Requests { .. } => 1,
            Play::Switch { .. } => 2,
        }
    }

    /// How many devices an arrival of it has online at once, at most: its descriptors.
    #[must_use]
    pub fn devices(&self) -> u64 {
        match &self.play {
            Play::Login
            | Play::Switch { .. }
            | Play::Expired { .. }
            | Play::Absent { .. }
            | Play::Refused
            | Play::Requests { .. } => 1,
            Play::Reconnect { kicked, .. } if *kicked <= 0.0 => 1,
            Play::Kicked { .. } | Play::Reconnect { .. } => 2,
            // Each may be online, and one that was kicked listens on.
            Play::Devices { platforms, .. } => platforms.len() as u64,
        }
    }

    /// How many connections they have for as long as they are online, at most.
    #[must_use]
    pub fn connections(&self, connection: ConnectionUse) -> u64 {
        let each = match (connection, self.push) {
            (ConnectionUse::Upgrade | ConnectionUse::Close, _)
            | (ConnectionUse::Keep, PushUse::None) => 1,
            // The kept one, and the push channel's.
            (ConnectionUse::Keep, PushUse::Open) => 2,
        };
        self.devices() * each
    }

    /// Whether an arrival of it can carry out or see `operation`. A registration belongs to the run, not to a scenario.
    #[must_use]
    pub fn performs(&self, operation: Operation) -> bool {
        if let Play::Requests { steps, .. } = &self.play {
            return steps.contains(&operation);
        }
        if self.play == Play::Refused {
            return operation == Operation::Login;
        }
        match operation {
            Operation::Register
            | Operation::Usersig
            | Operation::SignIn
            | Operation::Status
            | Operation::LongPoll
            | Operation::AccountCheck
            | Operation::Callback => false,
            Operation::Login => true,
            // A channel that the target loses is another matter: nobody can count on it.
            Operation::Reconnect => matches!(self.play, Play::Reconnect { .. }),
            Operation::SelfInfo => self.self_info == SelfInfoCheck::Ask,
            Operation::Watch => self.watch > 0.0,
            Operation::InFlight => {
                matches!(self.play, Play::Kicked { in_flight, .. } if in_flight > 0.0)
            }
            Operation::Push => self.push == PushUse::Open,
            Operation::Switch => matches!(self.play, Play::Switch { .. }),
            Operation::Provoke => matches!(self.play, Play::Kicked { .. }),
            Operation::KickNotice => match &self.play {
                Play::Login
                | Play::Switch { .. }
                | Play::Expired { .. }
                | Play::Absent { .. }
                | Play::Refused
                | Play::Requests { .. } => false,
                Play::Kicked { .. } => true,
                Play::Reconnect { kicked, .. } => *kicked > 0.0,
                Play::Devices {
                    platforms, rules, ..
                } => rules.kicks(platforms) > 0,
            },
            Operation::Relogin => match self.play {
                Play::Login
                | Play::Switch { .. }
                | Play::Absent { .. }
                | Play::Devices { .. }
                | Play::Refused
                | Play::Requests { .. } => false,
                Play::Reconnect { kicked, .. } => kicked > 0.0,
                Play::Kicked { relogin, .. } => relogin > 0.0,
                Play::Expired { .. } => true,
            },
            Operation::Logout => {
                let switches = Play::Switch {
                    how: SwitchHow::LogoutThenLogin,
                };
                // Whoever vanishes says nothing.
                let leaves = self.logout_share > 0.0 && !matches!(self.play, Play::Absent { .. });
                leaves || self.play == switches
            }
        }
    }
}
