//! What an arrival does: a kind of scenario with its settings, the person's plan for one arrival, and the steps that it has
//! when all goes well.
//!
//! In: a table of a profile, a dialect, draws. Out: [`Scenario`], [`Itinerary`], [`Agenda`]. Never here: what is done about a
//! step (that is the engine's), and how many arrivals there are.

mod absent;
mod agenda;
mod check;
mod devices;
mod draws;
mod expired;
mod itinerary;
mod kicked;
mod kind;
mod login;
mod read;
mod reconnect;
mod refused;
mod requests;
mod room;
mod spread;
mod switch;

pub use absent::Absent;
pub use agenda::Agenda;
pub use devices::Devices;
pub(crate) use draws::Draws;
pub use expired::{Expired, NoticedBy};
pub use itinerary::{
    Ending, Itinerary, KickedPerson, Meanwhile, Patience, SignUp, Victim, Wanted, Watch,
};
pub use kicked::Kicked;
pub use kind::Shows;
pub use login::Login;
pub(crate) use read::SCENARIO;
pub(crate) use read::{Around, read};
use read::{PAUSE, REACTION};
pub use reconnect::{Cut, Reconnect};
pub use refused::Refused;
pub use requests::Requests;
pub use room::{Leaving, Role, Room, RoomAct, RoomEvent, RoomIds};
pub use spread::Spread;
pub use switch::{Switch, SwitchHow};

use kind::{Kind, Spelling};

use crate::session::Operation;
use trtc_base::config::Section;
use trtc_base::units::Micros;

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
    /// How long a kicked person takes to log in again. Only [`Kicked`] and [`Reconnect`] wait for it.
    pub reaction: Spread,
    /// The share of sessions that end by logout; the others leave. In 0..=1.
    pub logout_share: f64,
    /// Whether a session asks who is logged in after each login.
    pub self_info: SelfInfoCheck,
    /// Whether its devices open the push channel.
    pub push: PushUse,
    /// The share of arrivals whose person presses login once more while a login runs, in 0..=1.
    pub impatient: f64,
    /// The share of arrivals after whose first login the administrator looks whether their account is there, in 0..=1; none: the
    /// dialect cannot look accounts up.
    pub signed_up: Option<f64>,
    /// The share of arrivals that are asked in the middle of each stay whether they are still there, in 0..=1.
    pub watch: f64,
    /// The most slots it may use; none: as many as the plan computes.
    pub slots: Option<u32>,
}

/// The list of kinds: each has a file here, which declares its keys and says what an arrival of it does, and one of its name
/// in `engine/play`, which does it.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident, $file:ident, [$($shared:ident),*];)+) => {
        /// The steps of a scenario, with the settings of its kind.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Play {
            $($(#[doc = $doc])+ $kind($kind),)+
        }

        impl Play {
            fn kind(&self) -> &dyn Kind {
                match self {
                    $(Self::$kind(kind) => kind,)+
                }
            }

            /// As files spell its kind.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($file),)+
                }
            }
        }

        /// The keys of each.
        const SECTIONS: &[&Section] = &[$(&$file::KEYS),+];

        const KINDS: &[Spelling] = &[
            $(Spelling {
                name: stringify!($file),
                keys: &$file::KEYS,
                shares: &[$(read::$shared.name()),*],
                read: $file::read,
            },)+
        ];
    };
}

kinds! {
    /// Log in, stay, go.
    Login, login, [WATCH, IMPATIENT, SIGNED_UP];
    /// Log in, stay, switch to another account, stay, go. Two accounts.
    Switch, switch, [WATCH, IMPATIENT, SIGNED_UP];
    /// Log in, stay, be kicked by a rival device, log in again after the reaction time.
    Kicked, kicked, [REACTION, WATCH, IMPATIENT, SIGNED_UP];
    /// Log in with an expired UserSig, be refused, log in with a new one.
    Expired, expired, [WATCH];
    /// Log in, stay, lose the network, come back by the token without a login, stay, go.
    Reconnect, reconnect, [REACTION, WATCH, IMPATIENT, SIGNED_UP];
    /// Log in, stay, vanish: say nothing more until the target gives the session up.
    Absent, absent, [WATCH, IMPATIENT, SIGNED_UP];
    /// Log in on several devices of one account, one after the other; those that the policy lets stay together, stay.
    Devices, devices, [PAUSE, WATCH, IMPATIENT, SIGNED_UP];
    /// An administrator's requests one after the other, without a session.
    Requests, requests, [PAUSE];
    /// One login with a bad UserSig, be refused, go. Which one goes by turns.
    Refused, refused, [];
    /// A room is made, people enter, speak, show themselves, share a screen, and leave; the room is closed.
    Room, room, [PAUSE];
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

impl Scenario {
    /// The administrator's requests that an arrival of it is made of; none: it logs in.
    #[must_use]
    pub fn steps(&self) -> Option<&[Operation]> {
        self.play.kind().steps()
    }

    /// Whether a rival comes to the arrival of that plan, which may end its sessions.
    #[must_use]
    pub fn meets_a_rival(&self, plan: &Itinerary) -> bool {
        self.play.kind().meets_a_rival(plan)
    }

    /// How many accounts one of its requests names that can name several.
    #[must_use]
    pub fn batch(&self) -> u32 {
        self.play.kind().batch()
    }

    /// Whether an arrival of it logs in.
    #[must_use]
    pub fn logs_in(&self) -> bool {
        self.steps().is_none()
    }

    /// Whether an arrival of it stays online for a while, so that it can be asked for in the middle.
    #[must_use]
    pub fn has_dwells(&self) -> bool {
        self.play.kind().has_dwells()
    }

    /// How often it does, on average, or somewhat more.
    #[must_use]
    pub fn dwells(&self) -> f64 {
        self.play.kind().dwells()
    }

    /// How long a device of it says nothing before it asks whether its session has ended; none: it never is silent.
    #[must_use]
    pub fn silence(&self) -> Option<Micros> {
        self.play.kind().silence()
    }

    /// What the first login of an arrival shows.
    #[must_use]
    pub fn shows(&self) -> Shows {
        self.play.kind().shows()
    }

    /// What of it needs the app's key.
    #[must_use]
    pub fn signs(&self) -> Option<&'static str> {
        let looks_up = || {
            self.signed_up
                .filter(|share| *share > 0.0)
                .map(|_| "the administrator's UserSig")
        };
        self.play.kind().signs().or_else(looks_up)
    }

    /// How many accounts an arrival of it holds: its steps on the population's walk.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.play.kind().accounts()
    }

    /// How many devices an arrival of it has online at once, at most: its descriptors.
    #[must_use]
    pub fn devices(&self) -> u64 {
        self.play.kind().devices()
    }

    /// Connections that an arrival opens beside those of its logins, when all goes well.
    #[must_use]
    pub fn connects_again(&self) -> u64 {
        self.play
            .kind()
            .connects_again(u64::from(self.push == PushUse::Open))
    }

    /// Whether an arrival of it can carry out or see `operation`. A registration belongs to the run, not to a scenario.
    #[must_use]
    pub fn performs(&self, operation: Operation) -> bool {
        self.play.kind().performs(self, operation)
    }

    /// The same, of what any session has.
    fn in_session(&self, operation: Operation) -> bool {
        match operation {
            Operation::Login => true,
            Operation::SelfInfo => self.self_info == SelfInfoCheck::Ask,
            Operation::Watch => self.watch > 0.0,
            Operation::Push => self.push == PushUse::Open,
            Operation::Logout => self.logout_share > 0.0,
            Operation::Register
            | Operation::Usersig
            | Operation::SignIn
            | Operation::InFlight
            | Operation::Switch
            | Operation::Provoke
            | Operation::KickNotice
            | Operation::Relogin
            | Operation::Reconnect
            | Operation::Status
            | Operation::LongPoll
            | Operation::AccountCheck
            | Operation::RegisterMany
            | Operation::AppInfo
            | Operation::Callback => false,
        }
    }

    /// Requests of one arrival, at most, when nobody fights.
    fn requests(&self) -> u64 {
        if let Some(steps) = self.steps() {
            return steps.len() as u64;
        }
        let logins = self.play.kind().logins();
        let asks = match self.self_info {
            SelfInfoCheck::Ask => logins,
            SelfInfoCheck::Skip => 0,
        };
        logins + asks + 1
    }

    /// The longest that an arrival of it can mean to hold its slot.
    #[must_use]
    pub fn longest_hold(&self) -> Micros {
        Itinerary::longest(self).hold(self)
    }
}
