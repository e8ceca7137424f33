//! What happens to the sessions of an arrival, scenario by scenario, as the receiver is to hear of it.

use super::callback_sender::{CallbackSender, CutShort, Who};
use super::event::Happened;
use crate::engine::account_pool::VirtualUser;
use crate::profile::Sdk;
use crate::recorder::Event;
use crate::scenario::{Ending, Itinerary, Meanwhile, Play};
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// After how long the service notices that a browser has lost its link.
/// Source: tencentcloud.com/document/product/1047/34357, section Web.
const WEB_LINK_LOST: Micros = Micros::from_secs(60);

/// The accounts of an arrival: its own, and the one that a switch goes to.
pub(super) struct ScriptAccounts<'p> {
    pub(super) own: &'p VirtualUser,
    pub(super) other: Option<&'p VirtualUser>,
}

/// How many callbacks an arrival's whole script has.
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

impl CallbackSender<'_> {
    /// Plays an arrival's script from its due time on. Times are the plan's: what happens does not wait for the receiver.
    pub(super) async fn play_script(&mut self, parts: &ScriptAccounts<'_>) -> Result<(), CutShort> {
        let (from, plan) = (
            self.iteration.arrival.due,
            &self.iteration.arrival.itinerary,
        );
        let (own, play) = (first(parts.own), &self.iteration.scenario().play);
        self.online(from, own, None).await?;
        let iteration = from.plus(plan.dwell);
        match play {
            // A login that is refused as expired is told to nobody; the one that follows it is.
            // An administrator's requests have no session; a webhook's profile has no such scenario.
            // Nor has it one with several devices, or with logins that are only refused.
            Play::Login(_)
            | Play::Expired(_)
            | Play::Requests(_)
            | Play::Devices(_)
            | Play::Refused(_) => self.end(iteration, own).await,
            Play::Reconnect(_) => {
                self.offline(iteration, own, Happened::LinkClosed).await?;
                let back = iteration.plus(plan.away);
                if plan.meanwhile == Meanwhile::Rival {
                    let came = iteration.plus(Micros(plan.away.0 / 2));
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
                self.offline(iteration.plus(after), own, how).await
            }
            Play::Switch(_) => {
                // One device holds one account: the SDK logs the old one out by itself.
                self.offline(iteration, own, Happened::LoggedOut).await?;
                let other = first(parts.other.unwrap_or(parts.own));
                self.online(iteration, other, None).await?;
                self.end(iteration.plus(plan.dwell_after), other).await
            }
            Play::Kicked(kind) => {
                let returns = plan.returns(kind.fights);
                self.kicks(iteration, parts.own, returns).await
            }
        }
    }

    /// The rival comes, then the two devices kick each other `returns` times; the last one stays.
    async fn kicks(
        &mut self,
        from: Micros,
        virtual_user: &VirtualUser,
        returns: u32,
    ) -> Result<(), CutShort> {
        let (reaction, dwell) = {
            let plan = &self.iteration.arrival.itinerary;
            (plan.reaction, plan.dwell_after)
        };
        let mut at = from;
        let mut inside = rival(virtual_user);
        self.kick(at, inside, first(virtual_user)).await?;
        for _ in 0..returns {
            at = at.plus(reaction);
            let out = if inside.device == 0 {
                rival(virtual_user)
            } else {
                first(virtual_user)
            };
            self.kick(at, out, inside).await?;
            inside = out;
        }
        self.end(at.plus(dwell), inside).await
    }

    /// `winner` comes online and ends the session of `victim`.
    async fn kick(&mut self, at: Micros, winner: Who<'_>, victim: Who<'_>) -> Result<(), CutShort> {
        let came = self.online(at, winner, Some(victim)).await;
        self.iteration.recorder.record(Event::Offline);
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
        let kicked = kicked.map(|victim| victim.virtual_user.platform);
        self.tell(at, who, Happened::CameOnline(kicked)).await?;
        self.iteration.recorder.record(Event::Online);
        Ok(())
    }

    async fn offline(&mut self, at: Micros, who: Who<'_>, how: Happened) -> Result<(), CutShort> {
        let told = self.tell(at, who, how).await;
        self.iteration.recorder.record(Event::Offline);
        told
    }

    /// The session ends as the arrival means to.
    async fn end(&mut self, at: Micros, who: Who<'_>) -> Result<(), CutShort> {
        let how = match self.iteration.arrival.itinerary.ending {
            Ending::Logout => Happened::LoggedOut,
            Ending::Leave => Happened::LinkClosed,
        };
        self.offline(at, who, how).await
    }
}

const fn first(virtual_user: &VirtualUser) -> Who<'_> {
    Who {
        virtual_user,
        device: 0,
    }
}

const fn rival(virtual_user: &VirtualUser) -> Who<'_> {
    Who {
        virtual_user,
        device: 1,
    }
}
