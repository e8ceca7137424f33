//! What happens to the sessions of an arrival, scenario by scenario, as the receiver is to hear of it.

use super::event::Happened;
use super::teller::CutShort;
use super::teller::Teller;
use super::teller::Who;
use crate::engine::persona::Persona;
use crate::profile::Sdk;
use crate::recorder::Event;
use crate::scenario::Ending;
use crate::scenario::Itinerary;
use crate::scenario::Meanwhile;
use crate::scenario::Play;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// After how long the service notices that a browser has lost its link.
/// Source: tencentcloud.com/document/product/1047/34357, section Web.
const WEB_LINK_LOST: Micros = Micros::from_secs(60);

/// The accounts of an arrival: its own, and the one that a switch goes to.
pub(super) struct Parts<'p> {
    pub(super) own: &'p Persona,
    pub(super) other: Option<&'p Persona>,
}

/// How many callbacks tell an arrival's whole story.
pub(super) fn callbacks(play: &Play, plan: &Itinerary, sdk: Sdk) -> u16 {
    // A rival comes online, and an older SDK says that its victim went.
    let kick = match sdk {
        Sdk::Current => 1,
        Sdk::Legacy => 2,
    };
    match play {
        Play::Login(_)
        | Play::Expired(_)
        | Play::Requests(_)
        | Play::Devices(_)
        | Play::Refused(_)
        | Play::Absent(_) => 2,
        Play::Switch(_) => 4,
        Play::Reconnect(_) => match plan.meanwhile {
            Meanwhile::Nothing => 4,
            Meanwhile::Rival => 4 + kick,
        },
        Play::Kicked(kind) => {
            let kicks = u16::try_from(1 + plan.returns(kind.fights));
            kicks
                .unwrap_or(u16::MAX)
                .saturating_mul(kick)
                .saturating_add(2)
        }
    }
}

impl Teller<'_> {
    /// Tells an arrival's story from its due time on. Times are the plan's: what happens does not wait for the receiver.
    pub(super) async fn tell_story(&mut self, parts: &Parts<'_>) -> Result<(), CutShort> {
        let (from, plan) = (self.turn.arrival.due, &self.turn.arrival.itinerary);
        let (own, play) = (first(parts.own), &self.turn.scenario().play);
        self.online(from, own, None).await?;
        let turn = from.plus(plan.dwell);
        match play {
            // A login that is refused as expired is told to nobody; the one that follows it is.
            // An administrator's requests have no session; a webhook's profile has no such scenario.
            // Nor has it one with several devices, or with logins that are only refused.
            Play::Login(_)
            | Play::Expired(_)
            | Play::Requests(_)
            | Play::Devices(_)
            | Play::Refused(_) => self.end(turn, own).await,
            Play::Reconnect(_) => {
                self.offline(turn, own, Happened::LinkClosed).await?;
                let back = turn.plus(plan.away);
                if plan.meanwhile == Meanwhile::Rival {
                    let came = turn.plus(Micros(plan.away.0 / 2));
                    self.online(came, rival(parts.own), None).await?;
                    let back = back.plus(plan.reaction);
                    self.kick(back, own, rival(parts.own)).await?;
                    return self.end(back.plus(plan.dwell_after), own).await;
                }
                self.online(back, own, None).await?;
                self.end(back.plus(plan.dwell_after), own).await
            }
            Play::Absent(kind) => {
                let (after, how) = match parts.own.platform {
                    // A browser's lost link is noticed as such, and sooner than a native device's silence.
                    Platform::Web => (WEB_LINK_LOST.min(kind.heartbeat), Happened::LinkClosed),
                    Platform::Android
                    | Platform::Iphone
                    | Platform::Ipad
                    | Platform::Windows
                    | Platform::Mac => (kind.heartbeat, Happened::TimedOut),
                };
                self.offline(turn.plus(after), own, how).await
            }
            Play::Switch(_) => {
                // One device holds one account: the SDK logs the old one out by itself.
                self.offline(turn, own, Happened::LoggedOut).await?;
                let other = first(parts.other.unwrap_or(parts.own));
                self.online(turn, other, None).await?;
                self.end(turn.plus(plan.dwell_after), other).await
            }
            Play::Kicked(kind) => {
                let returns = plan.returns(kind.fights);
                self.kicks(turn, parts.own, returns).await
            }
        }
    }

    /// The rival comes, then the two devices kick each other `returns` times; the last one stays.
    async fn kicks(
        &mut self,
        from: Micros,
        persona: &Persona,
        returns: u32,
    ) -> Result<(), CutShort> {
        let (reaction, stay) = {
            let plan = &self.turn.arrival.itinerary;
            (plan.reaction, plan.dwell_after)
        };
        let mut at = from;
        let mut inside = rival(persona);
        self.kick(at, inside, first(persona)).await?;
        for _ in 0..returns {
            at = at.plus(reaction);
            let out = if inside.device == 0 {
                rival(persona)
            } else {
                first(persona)
            };
            self.kick(at, out, inside).await?;
            inside = out;
        }
        self.end(at.plus(stay), inside).await
    }

    /// `winner` comes online and ends the session of `victim`.
    async fn kick(&mut self, at: Micros, winner: Who<'_>, victim: Who<'_>) -> Result<(), CutShort> {
        let came = self.online(at, winner, Some(victim)).await;
        self.turn.recorder.record(Event::Offline);
        came?;
        match self.sender.sdk {
            Sdk::Current => Ok(()),
            Sdk::Legacy => self.tell(at, victim, Happened::LoggedOut).await,
        }
    }

    async fn online(
        &mut self,
        at: Micros,
        who: Who<'_>,
        kicked: Option<Who<'_>>,
    ) -> Result<(), CutShort> {
        let kicked = kicked.map(|victim| victim.persona.platform);
        self.tell(at, who, Happened::CameOnline(kicked)).await?;
        self.turn.recorder.record(Event::Online);
        Ok(())
    }

    async fn offline(&mut self, at: Micros, who: Who<'_>, how: Happened) -> Result<(), CutShort> {
        let told = self.tell(at, who, how).await;
        self.turn.recorder.record(Event::Offline);
        told
    }

    /// The session ends as the arrival means to.
    async fn end(&mut self, at: Micros, who: Who<'_>) -> Result<(), CutShort> {
        let how = match self.turn.arrival.itinerary.ending {
            Ending::Logout => Happened::LoggedOut,
            Ending::Leave => Happened::LinkClosed,
        };
        self.offline(at, who, how).await
    }
}

const fn first(persona: &Persona) -> Who<'_> {
    Who { persona, device: 0 }
}

const fn rival(persona: &Persona) -> Who<'_> {
    Who { persona, device: 1 }
}
