//! What a kind of scenario says of itself. Each has a file beside this one, and a line in the list of [`Play`].
//!
//! [`Play`]: super::Play

use super::agenda::Draft;
use super::check::Check;
use super::draws::Draws;
use super::itinerary::{Itinerary, Meanwhile};
use super::{Around, Play, Scenario};
use crate::session::Operation;
use trtc_base::config::{Section, Table, Writer};
use trtc_base::units::Micros;

/// What a file says of a kind, and how it is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spelling {
    /// As files spell it.
    pub(super) name: &'static str,
    /// The keys that only it has.
    pub(super) keys: &'static Section,
    /// Keys of scenarios in general that it has, and not every kind.
    pub(super) shares: &'static [&'static str],
    pub(super) read: fn(&Table<'_>, &Around<'_>) -> Option<Play>,
}

/// Which UserSigs an arrival shows at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// A good one.
    Good,
    /// One that has expired.
    Expired,
    /// One that is bad in one way or another.
    Bad,
}

/// What is the same for every arrival of a kind, and what it takes from an itinerary. The defaults are those of a person who
/// logs in once on one device and stays.
pub(super) trait Kind {
    /// Its own lines in a resolved file.
    fn write(&self, _scenario: &Scenario, _out: &mut Writer) {}

    /// Tells what it asks of a dialect that has a login, and that one cannot do.
    fn check(&self, check: &Check<'_>);

    /// What it does that no webhook can be told of, and what to do then.
    fn untold(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// Whether what happens in it happens in a room.
    fn is_room(&self) -> bool {
        false
    }

    /// What of it needs the app's key.
    fn signs(&self) -> Option<&'static str> {
        None
    }

    /// Whether a rival of the same platform must kick the device.
    fn has_rival(&self) -> bool {
        false
    }

    /// Whether a rival comes to the arrival of that plan.
    fn meets_a_rival(&self, _plan: &Itinerary) -> bool {
        self.has_rival()
    }

    /// The administrator's requests that it is made of; none: it logs in.
    fn steps(&self) -> Option<&[Operation]> {
        None
    }

    /// How many accounts a request names that can name several.
    fn batch(&self) -> u32 {
        1
    }

    /// Whether an arrival stays online for a while.
    fn has_dwells(&self) -> bool {
        true
    }

    /// How long it is silent before it asks whether its session has ended; none: it never is.
    fn silence(&self) -> Option<Micros> {
        None
    }

    /// What its first login shows.
    fn shows(&self) -> Shows {
        Shows::Good
    }

    /// Accounts of an arrival: its steps on the population's walk.
    fn accounts(&self) -> u64 {
        1
    }

    /// Devices of an arrival online at once, at most.
    fn devices(&self) -> u64 {
        1
    }

    /// Whether an arrival can carry out or see `operation`.
    fn performs(&self, scenario: &Scenario, operation: Operation) -> bool {
        scenario.in_session(operation) || self.adds().contains(&operation)
    }

    /// What it carries out or sees beside what any session has.
    fn adds(&self) -> Vec<Operation> {
        Vec::new()
    }

    /// In which share of its kicks the victim has a request in flight, and in which it comes back.
    fn shares_of_a_kick(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    /// How long a device is away, or pauses, and what happens meanwhile.
    fn draw_absence(&self, _draws: &mut Draws) -> (Micros, Meanwhile) {
        (Micros::ZERO, Meanwhile::Nothing)
    }

    /// The longest such absence, and the most that happens meanwhile.
    fn longest_absence(&self) -> (Micros, Meanwhile) {
        (Micros::ZERO, Meanwhile::Nothing)
    }

    /// In which share of its absences a rival logs in.
    fn rival_share(&self) -> f64 {
        0.0
    }

    /// How long an arrival means to hold its slot: its planned waits alone.
    fn waits(&self, plan: &Itinerary) -> Micros {
        plan.dwell
    }

    /// Logins of an arrival, and what takes as long, at most, when nobody fights.
    fn logins(&self) -> u64 {
        1
    }

    /// Connections that an arrival opens beside those of its logins, when all goes well; `channel` is 1 where one is opened
    /// for a push channel.
    fn connects_again(&self, _channel: u64) -> u64 {
        0
    }

    /// How often an arrival stays online for a while, on average, or somewhat more.
    fn dwells(&self) -> f64 {
        1.0
    }

    /// The steps of an arrival when all goes well.
    fn agenda(&self, draft: &mut Draft<'_>);
}
