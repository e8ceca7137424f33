//! What happens in an arrival's room, in the words of the room callbacks.
//!
//! Source of the words: trtc.io/document/39558.

use super::callback::{Callback, Says};
use crate::engine::account_pool::{VirtualUser, guest};
use crate::plan::{Arrival, Plan};
use crate::scenario::{Leaving, Role, Room, RoomAct, RoomEvent, RoomIds};
use trtc_usersig::Platform;

/// The room of an arrival: its one's who made it, and what its people are.
struct Place<'p> {
    plan: &'p Plan,
    arrival: &'p Arrival,
    host: &'p VirtualUser,
    /// `RoomId` as it stands in JSON.
    id: String,
    /// The Unix time, in milliseconds, at which the run's clock read zero.
    zero: u64,
}

/// Everything that happens in the room that `host` makes.
pub(super) fn callbacks(
    plan: &Plan,
    arrival: &Arrival,
    room: &Room,
    host: &VirtualUser,
    zero: u64,
) -> Vec<Callback> {
    let place = Place {
        plan,
        arrival,
        host,
        id: room_id(room.ids, host.account),
        zero,
    };
    let events = room.timetable(&arrival.itinerary);
    events.iter().map(|event| place.callback(*event)).collect()
}

/// A room's number: one for each account that makes rooms. No number is zero.
fn room_id(ids: RoomIds, account: u64) -> String {
    let number = account.saturating_add(1);
    match ids {
        RoomIds::Number => number.to_string(),
        RoomIds::Text => format!("\"{number}\""),
    }
}

impl Place<'_> {
    fn callback(&self, event: RoomEvent) -> Callback {
        let at = self.arrival.due.plus(event.after);
        let millis = self.zero + at.0 / 1000;
        // The longest name was tried before the run.
        let user = guest(&self.host.user_id, event.person);
        let user_id = user
            .unwrap_or_else(|_| self.host.user_id.clone())
            .to_string();
        let (group, kind) = names(event.act);
        let who = if event.act == RoomAct::Dismiss {
            String::new()
        } else {
            format!(",\"UserId\":\"{user_id}\"")
        };
        let info = format!(
            "{{\"RoomId\":{},\"EventTs\":{},\"EventMsTs\":{millis}{who}{}}}",
            self.id,
            millis / 1000,
            self.details(event)
        );
        Callback {
            at,
            sdk_app_id: self.host.app.0,
            user_id,
            event_time: millis.to_string(),
            says: Says::Room { group, kind, info },
            comes: usize::from(matches!(event.act, RoomAct::Enter(_))),
            goes: usize::from(matches!(event.act, RoomAct::Exit(..))),
        }
    }

    /// The members of `EventInfo` that only some types have.
    fn details(&self, event: RoomEvent) -> String {
        match event.act {
            RoomAct::Enter(as_role) => {
                let (terminal, user) = kinds(self.platform(event.person));
                format!(
                    ",\"Role\":{},\"TerminalType\":{terminal},\"UserType\":{user},\"Reason\":1",
                    role(as_role)
                )
            }
            RoomAct::Exit(as_role, leaving) => {
                let reason = match leaving {
                    Leaving::Voluntary => 1,
                    Leaving::Lost => 2,
                };
                format!(",\"Role\":{},\"Reason\":{reason}", role(as_role))
            }
            RoomAct::ChangeRole(as_role) => format!(",\"Role\":{}", role(as_role)),
            RoomAct::StopVideo | RoomAct::StopAudio | RoomAct::StopScreen => {
                ",\"Reason\":0".to_owned()
            }
            RoomAct::Create
            | RoomAct::Dismiss
            | RoomAct::StartVideo
            | RoomAct::StartAudio
            | RoomAct::StartScreen => String::new(),
        }
    }

    /// The platform of a person: of a guest, one as the population has them.
    fn platform(&self, person: u32) -> Platform {
        let account = self.host.account ^ (u64::from(person) << 32);
        self.plan.platform(self.arrival.app, account)
    }
}

/// `EventGroupId` and `EventType`.
const fn names(act: RoomAct) -> (&'static str, &'static str) {
    match act {
        RoomAct::Create => ("1", "101"),
        RoomAct::Dismiss => ("1", "102"),
        RoomAct::Enter(_) => ("1", "103"),
        RoomAct::Exit(..) => ("1", "104"),
        RoomAct::ChangeRole(_) => ("1", "105"),
        RoomAct::StartVideo => ("2", "201"),
        RoomAct::StopVideo => ("2", "202"),
        RoomAct::StartAudio => ("2", "203"),
        RoomAct::StopAudio => ("2", "204"),
        RoomAct::StartScreen => ("2", "205"),
        RoomAct::StopScreen => ("2", "206"),
    }
}

/// `Role`.
const fn role(role: Role) -> u8 {
    match role {
        Role::Anchor => 20,
        Role::Audience => 21,
    }
}

/// `TerminalType` and `UserType` of a platform. A browser and a Mac are terminals of another kind than those with a number.
const fn kinds(platform: Platform) -> (u8, u8) {
    match platform {
        Platform::Windows => (1, 3),
        Platform::Android => (2, 3),
        Platform::Iphone | Platform::Ipad => (3, 3),
        Platform::Mac => (100, 3),
        Platform::Web => (100, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_events_have_the_second_group_and_room_events_the_first() {
        for act in [
            RoomAct::Create,
            RoomAct::Dismiss,
            RoomAct::ChangeRole(Role::Anchor),
            RoomAct::StartVideo,
            RoomAct::StopVideo,
            RoomAct::StartAudio,
            RoomAct::StopAudio,
            RoomAct::StartScreen,
            RoomAct::StopScreen,
        ] {
            let (group, kind) = names(act);
            assert!(kind.len() == 3 && kind.starts_with(group), "{act:?}");
        }
    }

    #[test]
    fn a_rooms_number_is_never_zero_and_is_text_where_the_app_says_so() {
        assert_eq!(room_id(RoomIds::Number, 0), "1");
        assert_eq!(room_id(RoomIds::Text, 41), "\"42\"");
    }
}
