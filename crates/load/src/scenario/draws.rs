//! The draws of one arrival, one after the other: each the same for the same start.

use trtc_base::chance::{STEP, mix, unit};

/// Random numbers that are all a function of where they start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draws {
    state: u64,
}

impl Draws {
    /// Those that start at these bits.
    #[must_use]
    pub(crate) const fn new(start: u64) -> Self {
        Self { state: start }
    }

    /// The next number in 0..1.
    pub(crate) const fn next(&mut self) -> f64 {
        self.state = self.state.wrapping_add(STEP);
        unit(mix(self.state))
    }

    /// Where draws start that are made later, of what only some runs ask for.
    pub(crate) const fn later(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }
}
