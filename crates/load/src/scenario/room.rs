//! `room`: a room is made, people enter, speak, show themselves, share a screen, and leave; the room is closed.

use super::agenda::Draft;
use super::check::Check;
use super::draws::Draws;
use super::itinerary::{Itinerary, Meanwhile};
use super::kind::Kind;
use super::{Around, PAUSE, Play, Scenario, Spread};
use crate::session::Operation;
use trtc_base::config::{Named, Table, Writer};
use trtc_base::section;
use trtc_base::units::Micros;

/// How long the next person waits where nobody says.
const USUAL_PAUSE: Spread = Spread::Constant(Micros::from_secs(1));

section! {
    /// The kind `room`: a room is made, people enter it one after the other with a `pause` between them, stay for the dwell
    /// and leave; the one who made it stays to the end, and it is closed. Only where the dialect tells of rooms.
    pub(super) KEYS {
        /// How many people enter.
        PEOPLE: u32 = whole("people", 1, 100).or("4");
        /// The share of them who enter as audience and change their role to speak.
        AUDIENCE: f64 = share("audience").or("0.25");
        /// The share of them who turn their camera on.
        CAMERA: f64 = share("camera").or("0.5");
        /// The share of microphones and cameras that are turned off by hand before their person leaves.
        TURNED_OFF: f64 = share("turned_off").or("0.2");
        /// The share of rooms in which a screen is shared.
        SCREEN: f64 = share("screen").or("0.2");
        /// The share of people who are lost: their leaving is a time-out.
        LOST: f64 = share("lost").or("0.05");
        /// How the app writes the number of a room.
        ROOM_IDS: RoomIds = one_of("room_ids").or("\"number\"");
    }
}

/// How an app writes the number of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomIds {
    /// As a number.
    Number,
    /// As text.
    Text,
}

impl Named for RoomIds {
    const NAMED: &'static [(&'static str, Self)] =
        &[("number", Self::Number), ("text", Self::Text)];
}

/// A room is made, people enter, speak, show themselves, share a screen, and leave; the room is closed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Room {
    /// How many people enter, 1 to 100.
    pub people: u32,
    /// The share who enter as audience, in 0..=1.
    pub audience: f64,
    /// The share who turn their camera on, in 0..=1.
    pub camera: f64,
    /// The share of microphones and cameras that are turned off by hand, in 0..=1.
    pub turned_off: f64,
    /// The share of rooms in which a screen is shared, in 0..=1.
    pub screen: f64,
    /// The share of people whose leaving is a time-out, in 0..=1.
    pub lost: f64,
    /// How long the next person waits.
    pub pause: Spread,
    /// How the app writes the number of a room.
    pub ids: RoomIds,
}

/// Something that happens in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoomEvent {
    /// How long after the room's first event.
    pub after: Micros,
    /// Which of its people does it; 0 made the room.
    pub person: u32,
    /// What it is.
    pub act: RoomAct,
}

/// What people do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoomAct {
    /// The room is made.
    Create,
    /// The room is closed.
    Dismiss,
    /// Somebody enters.
    Enter(Role),
    /// Somebody leaves, or is lost.
    Exit(Role, Leaving),
    /// Somebody takes this role.
    ChangeRole(Role),
    /// A camera is turned on.
    StartVideo,
    /// A camera is turned off by hand.
    StopVideo,
    /// A microphone is turned on.
    StartAudio,
    /// A microphone is turned off by hand.
    StopAudio,
    /// A screen is shared.
    StartScreen,
    /// It is not any more.
    StopScreen,
}

/// What somebody may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Speak.
    Anchor,
    /// Listen.
    Audience,
}

/// How somebody leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaving {
    /// By will.
    Voluntary,
    /// Nothing was heard of them any more.
    Lost,
}

pub(super) fn read(table: &Table<'_>, _around: &Around<'_>) -> Option<Play> {
    let people = table.read(&PEOPLE);
    let (audience, camera) = (table.read(&AUDIENCE), table.read(&CAMERA));
    let (turned_off, screen) = (table.read(&TURNED_OFF), table.read(&SCREEN));
    let (lost, ids) = (table.read(&LOST), table.read(&ROOM_IDS));
    let pause = table.read_or(&PAUSE, USUAL_PAUSE);
    Some(Play::Room(Room {
        people: people?,
        audience: audience?,
        camera: camera?,
        turned_off: turned_off?,
        screen: screen?,
        lost: lost?,
        pause: pause?,
        ids: ids?,
    }))
}

impl Room {
    /// All that happens in an arrival's room, in order. Who leaves takes camera and microphone along without a word.
    ///
    /// Source: trtc.io/document/39558, the note below the event types.
    #[must_use]
    #[expect(
        clippy::too_many_lines,
        reason = "one person's stay, from entering to leaving"
    )]
    pub fn timetable(&self, plan: &Itinerary) -> Vec<RoomEvent> {
        let mut draws = Draws::new(plan.lot);
        let shares_screen = draws.next() < self.screen;
        let mut events = Vec::new();
        let mut last = Vec::new();
        let mut add = |person, after, act| {
            events.push(RoomEvent { after, person, act });
        };
        add(0, Micros::ZERO, RoomAct::Create);
        for person in 0..self.people {
            // Always the same draws in the same order: a change of one share moves no other.
            let is = [
                self.audience,
                self.camera,
                self.turned_off,
                self.turned_off,
                self.lost,
            ]
            .map(|share| draws.next() < share);
            let [listens, shows, mutes, hides, is_lost] = is;
            let enters = Micros(plan.away.0.saturating_mul(u64::from(person)));
            let stay = if person == 0 {
                self.length(plan)
            } else {
                plan.dwell
            };
            let role = if listens && person > 0 {
                Role::Audience
            } else {
                Role::Anchor
            };
            let part = |of: u64| enters.plus(Micros(stay.0 / 8 * of));
            add(person, enters, RoomAct::Enter(role));
            let mut speaks = enters;
            if role == Role::Audience {
                speaks = part(2);
                add(person, speaks, RoomAct::ChangeRole(Role::Anchor));
            }
            add(person, speaks, RoomAct::StartAudio);
            if shows {
                add(person, speaks, RoomAct::StartVideo);
            }
            if shares_screen && person == 0 {
                add(person, part(3), RoomAct::StartScreen);
                add(person, part(5), RoomAct::StopScreen);
            }
            if mutes {
                add(person, part(6), RoomAct::StopAudio);
            }
            if shows && hides {
                add(person, part(7), RoomAct::StopVideo);
            }
            let how = if is_lost {
                Leaving::Lost
            } else {
                Leaving::Voluntary
            };
            let (after, act) = (enters.plus(stay), RoomAct::Exit(Role::Anchor, how));
            if person == 0 {
                last = vec![(after, act), (after, RoomAct::Dismiss)];
            } else {
                add(person, after, act);
            }
        }
        last.into_iter().for_each(|(after, act)| add(0, after, act));
        // Stable: what happens at the same time stays in the order in which it is written down.
        events.sort_by_key(|event| event.after);
        events
    }

    /// From the first event to the last.
    fn length(&self, plan: &Itinerary) -> Micros {
        let pauses = u64::from(self.people.saturating_sub(1));
        Micros(plan.away.0.saturating_mul(pauses)).plus(plan.dwell)
    }
}

impl Kind for Room {
    fn write(&self, _scenario: &Scenario, out: &mut Writer) {
        out.put(&PEOPLE, &self.people);
        out.put(&AUDIENCE, &self.audience);
        out.put(&CAMERA, &self.camera);
        out.put(&TURNED_OFF, &self.turned_off);
        out.put(&SCREEN, &self.screen);
        out.put(&LOST, &self.lost);
        out.put(&PAUSE, &self.pause);
        out.put_named(&ROOM_IDS, self.ids);
    }

    fn check(&self, check: &Check<'_>) {
        check.lacks(
            "kind",
            "tells of a room",
            "name a dialect that tells of rooms, such as \"tencent-rtc-callback\"",
        );
    }

    fn is_room(&self) -> bool {
        true
    }

    fn has_dwells(&self) -> bool {
        // There is nobody who could be asked.
        false
    }

    fn dwells(&self) -> f64 {
        0.0
    }

    fn performs(&self, _scenario: &Scenario, _operation: Operation) -> bool {
        // What is told of it is a callback, as of any scenario.
        false
    }

    fn draw_absence(&self, draws: &mut Draws) -> (Micros, Meanwhile) {
        (self.pause.draw(draws), Meanwhile::Nothing)
    }

    fn longest_absence(&self) -> (Micros, Meanwhile) {
        (self.pause.max(), Meanwhile::Nothing)
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        self.length(plan)
    }

    fn agenda(&self, _draft: &mut Draft<'_>) {
        // Nobody logs in.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(people: u32, share: f64) -> (Room, Itinerary) {
        let room = Room {
            people,
            audience: share,
            camera: share,
            turned_off: share,
            screen: share,
            lost: share,
            pause: Spread::Constant(Micros::from_secs(1)),
            ids: RoomIds::Number,
        };
        let scenario = Scenario {
            name: "room".into(),
            share: 1.0,
            play: Play::Room(room),
            dwell: Spread::Constant(Micros::from_secs(8)),
            reaction: Spread::Constant(Micros::ZERO),
            logout_share: 0.0,
            self_info: super::super::SelfInfoCheck::Skip,
            push: super::super::PushUse::None,
            watch: 0.0,
            impatient: 0.0,
            signed_up: None,
            slots: None,
        };
        (room, Itinerary::longest(&scenario))
    }

    #[test]
    fn a_room_of_one_without_shares_is_made_entered_spoken_in_left_and_closed() {
        let (room, plan) = room(1, 0.0);
        let acts: Vec<_> = room
            .timetable(&plan)
            .iter()
            .map(|event| event.act)
            .collect();
        let exit = RoomAct::Exit(Role::Anchor, Leaving::Voluntary);
        let whole = [
            RoomAct::Create,
            RoomAct::Enter(Role::Anchor),
            RoomAct::StartAudio,
            exit,
            RoomAct::Dismiss,
        ];
        assert_eq!(acts, whole);
    }

    #[test]
    fn everything_that_can_happen_happens_in_order_within_the_rooms_time() {
        let (room, plan) = room(3, 1.0);
        let events = room.timetable(&plan);
        // Made, closed, a screen on and off; each of three enters, speaks, shows, mutes, hides, leaves; two take a role.
        assert_eq!(events.len(), 4 + 3 * 6 + 2);
        assert!(events.is_sorted_by_key(|event| event.after));
        assert_eq!(events[0].act, RoomAct::Create);
        let end = events.last().unwrap();
        assert_eq!((end.act, end.after), (RoomAct::Dismiss, room.waits(&plan)));
        assert_eq!(room.waits(&plan), Micros::from_secs(10));
    }
}
