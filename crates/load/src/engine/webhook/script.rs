//! What happens to the sessions of an arrival, scenario by scenario, as the receiver is to hear of it: a list, worked out
//! before any of it is told.

use super::event::Happened;
use crate::plan::{Arrival, Plan, Told};
use crate::profile::{Sdk, Shares};
use crate::scenario::{Devices, Ending, Itinerary, Meanwhile, Play};
use crate::session::DeviceRules;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// After how long the service notices that a browser has lost its link.
/// Source: tencentcloud.com/document/product/1047/34357, section Web.
const WEB_LINK_LOST: Micros = Micros::from_secs(60);

/// How the service is set that the receiver hears of.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Which SDK the devices run.
    pub sdk: Sdk,
    /// How often what happens.
    pub shares: Shares,
    /// Which devices of an account may be online together.
    pub rules: DeviceRules,
}

/// Whose device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The arrival's first account's.
    Own,
    /// Its second account's.
    Other,
}

/// A device that has a session, or had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) whose: Whose,
    /// Which of the account's devices, from 0.
    pub(super) number: u8,
    pub(super) platform: Platform,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) at: Micros,
    pub(super) device: Device,
    pub(super) what: Happened,
    /// How many sessions end with it.
    pub(super) ends: usize,
}

impl Line {
    /// Whether its device is online after it, and was not before.
    pub(super) const fn brings_online(&self) -> bool {
        matches!(self.what, Happened::CameOnline(_))
    }
}

/// A script on its way.
struct Script<'s> {
    plan: &'s Itinerary,
    sdk: Sdk,
    lines: Vec<Line>,
}

/// Everything that happens in `arrival`, in order. Times are the plan's: what happens does not wait for the receiver.
pub(super) fn script(plan: &Plan, arrival: &Arrival, telling: Telling) -> Vec<Line> {
    let platform = |account: usize| plan.platform(arrival.app, arrival.accounts[account]);
    let told = plan.told(arrival, telling.shares, telling.rules);
    let play = &plan.scenarios()[usize::from(arrival.scenario.0)].play;
    let own = device(0, platform(0));
    let mut script = Script {
        plan: &arrival.itinerary,
        sdk: telling.sdk,
        lines: Vec::new(),
    };
    if let Play::Devices(kind) = play {
        script.devices(arrival.due, kind, told);
        return script.lines;
    }
    script.online(arrival.due, own, &[]);
    let second = match play {
        Play::Kicked(_) => told.second.map(|platform| device(2, platform)),
        Play::Login(_)
        | Play::Switch(_)
        | Play::Expired(_)
        | Play::Reconnect(_)
        | Play::Absent(_)
        | Play::Devices(_)
        | Play::Requests(_)
        | Play::Room(_)
        | Play::Refused(_) => None,
    };
    script.first_stay(arrival.due, own, second, told);
    let at = arrival.due.plus(script.plan.dwell);
    let rival = device(1, told.rival);
    match play {
        // A login that is refused as expired is told to nobody; the one that follows it is.
        // An administrator's requests have no session; a webhook's profile has no such scenario.
        // Nor has it one with logins that are only refused. Rooms have callbacks of their own.
        Play::Login(_)
        | Play::Expired(_)
        | Play::Requests(_)
        | Play::Devices(_)
        | Play::Room(_)
        | Play::Refused(_) => script.end(at, own),
        Play::Reconnect(_) => script.reconnect(at, own, rival),
        Play::Absent(kind) => script.vanish(at, own, kind.heartbeat),
        Play::Switch(_) => {
            // One device holds one account: the SDK logs the old one out by itself.
            script.offline(at, own, Happened::LoggedOut);
            let other = Device {
                whose: Whose::Other,
                ..device(0, platform(1))
            };
            script.online(at, other, &[]);
            script.end(at.plus(script.plan.dwell_after), other);
        }
        Play::Kicked(kind) => {
            let returns = arrival.itinerary.returns(kind.fights);
            script.kicks(at, (own, rival, second), returns);
        }
    }
    script.lines
}

const fn device(number: u8, platform: Platform) -> Device {
    Device {
        whose: Whose::Own,
        number,
        platform,
    }
}

impl Script<'_> {
    /// `who` comes online, and `kicked` are not any more, in the order of their logins.
    fn online(&mut self, at: Micros, who: Device, kicked: &[Device]) {
        let platforms = kicked.iter().map(|victim| victim.platform).collect();
        self.lines.push(Line {
            at,
            device: who,
            what: Happened::CameOnline(platforms),
            ends: kicked.len(),
        });
        match self.sdk {
            Sdk::Current => {}
            Sdk::Legacy => self.lines.extend(kicked.iter().map(|victim| Line {
                at,
                device: *victim,
                what: Happened::LoggedOut,
                ends: 0,
            })),
        }
    }

    fn offline(&mut self, at: Micros, who: Device, what: Happened) {
        self.lines.push(Line {
            at,
            device: who,
            what,
            ends: 1,
        });
    }

    /// The session ends as the arrival means to.
    fn end(&mut self, at: Micros, who: Device) {
        let how = match self.plan.ending {
            Ending::Logout => Happened::LoggedOut,
            Ending::Leave => Happened::LinkClosed,
        };
        self.offline(at, who, how);
    }

    /// What happens while the first session goes on: a second device comes online, the person sets a status.
    fn first_stay(&mut self, from: Micros, own: Device, second: Option<Device>, told: Told) {
        if let Some(second) = second {
            self.online(from.plus(Micros(self.plan.dwell.0 / 3)), second, &[]);
        }
        if let Some(status) = told.status {
            self.lines.push(Line {
                at: from.plus(Micros(self.plan.dwell.0 / 2)),
                device: own,
                what: Happened::SetStatus(status),
                ends: 0,
            });
        }
    }

    /// The device says nothing more, and the service notices at `heartbeat` at the latest.
    fn vanish(&mut self, at: Micros, who: Device, heartbeat: Micros) {
        let (after, how) = match who.platform {
            // A browser's lost link is noticed as such, and sooner than a native device's silence.
            Platform::Web => (WEB_LINK_LOST.min(heartbeat), Happened::LinkClosed),
            Platform::Android
            | Platform::Iphone
            | Platform::Ipad
            | Platform::Windows
            | Platform::Mac => (heartbeat, Happened::TimedOut),
        };
        self.offline(at.plus(after), who, how);
    }

    fn reconnect(&mut self, at: Micros, own: Device, rival: Device) {
        self.offline(at, own, Happened::LinkClosed);
        let mut back = at.plus(self.plan.away);
        match self.plan.meanwhile {
            Meanwhile::Nothing => self.online(back, own, &[]),
            Meanwhile::Rival => {
                self.online(at.plus(Micros(self.plan.away.0 / 2)), rival, &[]);
                back = back.plus(self.plan.reaction);
                self.online(back, own, &[rival]);
            }
        }
        self.end(back.plus(self.plan.dwell_after), own);
    }

    /// The rival comes, then it and the person's own device kick each other `returns` times; the last one stays.
    fn kicks(
        &mut self,
        from: Micros,
        (own, rival, second): (Device, Device, Option<Device>),
        returns: u32,
    ) {
        let victims: Vec<Device> = [Some(own), second].into_iter().flatten().collect();
        self.online(from, rival, &victims);
        let (mut at, mut inside, mut out) = (from, rival, own);
        for _ in 0..returns {
            at = at.plus(self.plan.reaction);
            self.online(at, out, &[inside]);
            (inside, out) = (out, inside);
        }
        self.end(at.plus(self.plan.dwell_after), inside);
    }

    /// The devices come one after the other; those that the policy lets stay together, stay, and end together.
    fn devices(&mut self, from: Micros, kind: &Devices, told: Told) {
        let mut at = from;
        let mut online: Vec<Device> = Vec::new();
        for (number, &platform) in (0_u8..).zip(&kind.platforms) {
            if number > 0 {
                at = at.plus(self.plan.away);
            }
            let platforms: Vec<_> = online.iter().map(|one| one.platform).collect();
            let ended = kind.rules.ended_by(platform, &platforms);
            let victims: Vec<_> = ended.iter().map(|&place| online[place]).collect();
            let newcomer = device(number, platform);
            self.online(at, newcomer, &victims);
            online.retain(|one| !victims.contains(one));
            online.push(newcomer);
        }
        if let (Some(status), Some(last)) = (told.status, online.last()) {
            self.lines.push(Line {
                at: at.plus(Micros(self.plan.dwell.0 / 2)),
                device: *last,
                what: Happened::SetStatus(status),
                ends: 0,
            });
        }
        for one in online {
            self.end(at.plus(self.plan.dwell), one);
        }
    }
}
