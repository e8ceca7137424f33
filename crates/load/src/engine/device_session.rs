//! A device's session as the SDK has it: what the rules say it is, the token, and whether it heard of its kick.

use crate::recorder::{Event, Recorder};
use crate::session::{Effect, Input, Next, State};

/// A session on a device.
#[derive(Debug, Default)]
pub(super) struct DeviceSession {
    /// What it shows to the target; empty: there is none.
    pub(super) token: Box<str>,
    /// Whether the device was told of its last kick.
    pub(super) told: KickTold,
    state: State,
    shown_online: bool,
}

/// Whether a device was told of its kick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum KickTold {
    /// There was none.
    #[default]
    Nothing,
    /// Not within the limit. It may still be.
    NotYet,
    /// It was.
    Yes,
}

impl DeviceSession {
    /// Whether its account is online, as far as the device knows.
    pub(super) const fn is_online(&self) -> bool {
        self.state.is_online()
    }

    /// Tells the session rules what happened. The rules' answer is what the device does next.
    pub(super) fn hears(&mut self, input: Input, recorder: &Recorder) -> &'static [Effect] {
        let effects = match self.state.on(input) {
            Next::Go(state, effects) => {
                self.state = state;
                effects
            }
            Next::Stay => &[],
            Next::Illegal => {
                debug_assert!(false, "{:?} cannot hear {input:?}", self.state);
                &[]
            }
        };
        self.show(recorder);
        effects
    }

    /// The device is gone, whatever it was doing.
    pub(super) fn is_dropped(&mut self, recorder: &Recorder) {
        self.state = State::Offline;
        self.show(recorder);
    }

    /// Books the change between online and not.
    fn show(&mut self, recorder: &Recorder) {
        if self.state.is_online() != self.shown_online {
            self.shown_online = !self.shown_online;
            let event = if self.shown_online {
                Event::Online
            } else {
                Event::Offline
            };
            recorder.record(event);
        }
    }
}
