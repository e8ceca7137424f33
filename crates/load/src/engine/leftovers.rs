//! Polls whose device has gone: each is read to its end beside what follows, so that every request that left has an outcome.
//!
//! In: polls under way. Out: their outcomes. Never here: a poll that is sent.

use std::sync::Arc;

use parking_lot::Mutex;

use super::channel::{Answered, Pending};
use super::device_session::KickTold;
use super::http_client::ClientSettings;
use super::iteration::{Asked, Iteration};
use super::judgement::Expect;
use super::stop::StopStep;
use crate::recorder::{Event, Tally};
use trtc_wire::dialect::{Notice, Polled};

/// The polls that an arrival's devices left under way.
#[derive(Debug, Default)]
pub(super) struct Leftovers(Mutex<Vec<Leftover>>);

/// A poll whose device has gone.
#[derive(Debug)]
pub(super) struct Leftover {
    pub(super) pending: Pending,
    pub(super) settings: Arc<ClientSettings>,
    /// The device's account.
    pub(super) account: u64,
    /// Whether the session goes on at the target, which has to answer then, or is over.
    pub(super) expect: Expect,
    /// Whether the device still waited to be told of its kick.
    pub(super) told: KickTold,
}

impl Leftovers {
    pub(super) fn add(&self, one: Leftover) {
        self.0.lock().push(one);
    }

    fn next(&self) -> Option<Leftover> {
        self.0.lock().pop()
    }
}

impl Iteration<'_> {
    /// Waits until the last poll of the arrival is over: within its limit, or until the run is halted.
    pub(super) async fn read_leftovers(&self) {
        while let Some(mut one) = self.leftovers.next() {
            let answered = tokio::select! {
                biased;
                answered = one.pending.answered() => Some(answered),
                () = self.stop.reached(StopStep::Halt) => None,
            };
            let answered = match answered {
                Some(answered) => answered,
                None => {
                    one.pending.halt();
                    one.pending.answered().await
                }
            };
            self.book_leftover(&one, &answered);
        }
    }

    fn book_leftover(&self, one: &Leftover, answered: &Answered) {
        let expect = match answered.asked.expect {
            Expect::Success => one.expect,
            other @ (Expect::Either
            | Expect::Refusal
            | Expect::RefusalAsExpired
            | Expect::BadTicket) => other,
        };
        let asked = Asked {
            expect,
            ..answered.asked
        };
        self.books_polls(&one.settings.dialect, one.account)(asked, &answered.sent);
        if one.told == KickTold::NotYet {
            let tally = match answered.polled {
                Some(Polled::Notice(Notice::Kicked)) => Tally::NoticeLate,
                Some(_) | None => Tally::NoticeLost,
            };
            self.recorder.record(Event::Tally(tally));
        }
    }
}
