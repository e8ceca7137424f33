//! `devices`: log in on several devices of one account, one after the other; those that the policy lets stay together, stay.

use super::agenda::Draft;
use super::check::Check;
use super::draws::Draws;
use super::itinerary::{Ending, Itinerary, Meanwhile};
use super::kind::Kind;
use super::{Around, PAUSE, Play, Scenario, Spread};
use crate::session::{DeviceRules, Operation};
use trtc_base::config::{FaultKind, Form, Raw, Table, Writer, Written, list};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_usersig::Platform;

/// The most devices of one account: each policy's platforms, with their most instances, are 25.
const MOST: usize = 25;

/// How long the next device waits where nobody says.
const USUAL_PAUSE: Spread = Spread::Constant(Micros::from_secs(1));

section! {
    /// The kind `devices`: log in on several devices of one account, one after the other, with a `pause` between them. Those
    /// that `target.policy` lets stay together, stay; the others are kicked.
    pub(super) KEYS {
        /// What the devices are, in the order of their logins.
        DEVICES: Raw = raw("devices", Form::List(&Form::OneOf(platforms), 1, MOST)).otherwise("a fault: the kind needs it");
    }
}

fn platforms() -> Vec<&'static str> {
    Platform::ALL.map(Platform::name).to_vec()
}

/// Log in on several devices of one account, one after the other; those that the policy lets stay together, stay.
#[derive(Clone, Debug, PartialEq)]
pub struct Devices {
    /// What they are, in the order of their logins; at least one.
    pub platforms: Vec<Platform>,
    /// How long the next one waits.
    pub pause: Spread,
    /// Which of them may be online together.
    pub rules: DeviceRules,
}

pub(super) fn read(table: &Table<'_>, around: &Around<'_>) -> Option<Play> {
    let devices = table.need(&DEVICES, "[\"android\", \"web\"]")?;
    let list = devices.list()?;
    if list.is_empty() || list.len() > MOST {
        devices.fault(
            FaultKind::DeviceCount,
            format!("`{}` has {} entries", devices.path(), list.len()),
            format!("name 1 to {MOST} platforms"),
        );
        return None;
    }
    let names = Platform::ALL.map(|platform| (platform.name(), platform));
    let read: Vec<_> = list.iter().map(|value| value.one_of(&names)).collect();
    let pause = table.read_or(&PAUSE, USUAL_PAUSE);
    Some(Play::Devices(Devices {
        platforms: read.into_iter().collect::<Option<_>>()?,
        pause: pause?,
        rules: around.devices?,
    }))
}

impl Kind for Devices {
    /// Each device is one to those before it.
    fn meets_a_rival(&self, _plan: &Itinerary) -> bool {
        true
    }

    fn write(&self, _scenario: &Scenario, out: &mut Writer) {
        // Which of them stay is the target's setting.
        let devices = self.platforms.iter().map(|one| one.name().written());
        out.put_as(&DEVICES, &list(devices));
        out.put(&PAUSE, &self.pause);
    }

    fn check(&self, check: &Check<'_>) {
        check.tells_of_kicks();
    }

    fn devices(&self) -> u64 {
        // Each may be online, and one that was kicked listens on.
        self.platforms.len() as u64
    }

    fn adds(&self) -> Vec<Operation> {
        let kicks = self.rules.kicks(&self.platforms) > 0;
        kicks.then_some(Operation::KickNotice).into_iter().collect()
    }

    fn draw_absence(&self, draws: &mut Draws) -> (Micros, Meanwhile) {
        (self.pause.draw(draws), Meanwhile::Nothing)
    }

    fn longest_absence(&self) -> (Micros, Meanwhile) {
        (self.pause.max(), Meanwhile::Nothing)
    }

    fn waits(&self, plan: &Itinerary) -> Micros {
        let pauses = self.platforms.len().saturating_sub(1) as u64;
        Micros(plan.away.0.saturating_mul(pauses)).plus(plan.dwell)
    }

    fn logins(&self) -> u64 {
        // Each logs in, and is asked again at the end.
        2 * self.devices()
    }

    fn connects_again(&self, channel: u64) -> u64 {
        // Each is asked again at the end, or loses its session.
        (1 + channel) * self.devices()
    }

    fn dwells(&self) -> f64 {
        // Each that is there waits for each that comes.
        #[expect(clippy::cast_precision_loss, reason = "a handful of devices")]
        let devices = self.platforms.len() as f64;
        devices * (devices + 1.0) / 2.0
    }

    fn agenda(&self, draft: &mut Draft<'_>) {
        let plan = draft.plan;
        let mut online = Vec::with_capacity(self.platforms.len());
        for (nth, platform) in self.platforms.iter().enumerate() {
            if nth == 0 {
                draft.arrive();
            } else {
                online.iter().for_each(|_| draft.dwell_for(plan.away));
                draft.log_in(Operation::Login);
            }
            for place in self.rules.ended_by(*platform, &online).into_iter().rev() {
                online.remove(place);
                draft.add(Operation::KickNotice, 1);
                draft.try_the_old_token();
            }
            online.push(*platform);
        }
        for nth in 0..online.len() {
            draft.ask();
            // Whoever logs out later is asked whether it outlives the first logout.
            if nth > 0 && plan.ending == Ending::Logout && draft.dialect.can(Operation::Logout) {
                draft.ask();
            }
            draft.dwell_and_end(plan.dwell);
        }
    }
}
