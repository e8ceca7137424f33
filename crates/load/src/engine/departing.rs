//! The client's own count of the requests that left, which every outcome of a run is held against.

use crate::client::Answer;
use crate::recorder::{Event, Recorder};
use crate::session::{Departed, Operation};

/// A request on its way, with what its answer is read into. Once the kernel took it, it is counted, also where whoever
/// waits for the answer goes away: a request that is forgotten must show.
#[derive(Debug)]
pub(super) struct Departing<'r> {
    recorder: &'r Recorder,
    operation: Operation,
    pub(super) answer: Answer,
}

impl<'r> Departing<'r> {
    pub(super) const fn new(recorder: &'r Recorder, operation: Operation) -> Self {
        Self {
            recorder,
            operation,
            answer: Answer::new(),
        }
    }
}

impl Drop for Departing<'_> {
    fn drop(&mut self) {
        match self.answer.departed() {
            Departed::Yes => {
                self.recorder.record(Event::Departed(self.operation));
            }
            Departed::No => {}
        }
    }
}
