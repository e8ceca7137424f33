//! Plays arrivals as callbacks, one slot after the other's own line.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::story::Parts;
use super::story::callbacks;
use super::teller::Sender;
use super::teller::Teller;
use crate::engine::line::Line;
use crate::engine::persona::Cast;
use crate::engine::persona::Which;
use crate::engine::slot::Player;
use crate::engine::turn::Turn;
use crate::plan::Arrival;
use crate::plan::Plan;
use crate::profile::ConnectionUse;
use crate::profile::ScenarioIx;
use crate::scenario::Agenda;
use crate::session::Operation;
use trtc_base::clock;

/// Tells a webhook receiver of the plan's sessions.
#[derive(Debug)]
pub struct WebhookPlayer {
    plan: Arc<Plan>,
    sender: Sender,
    cast: Cast,
    seats: AtomicUsize,
}

/// What a slot keeps between arrivals: its connection to the receiver, as a sender's pool would.
#[derive(Debug)]
pub struct Kept {
    line: Line,
}

impl WebhookPlayer {
    /// A player of `plan`, as the accounts of `cast`.
    #[must_use]
    pub const fn new(plan: Arc<Plan>, sender: Sender, cast: Cast) -> Self {
        Self {
            plan,
            sender,
            cast,
            seats: AtomicUsize::new(0),
        }
    }
}

impl Player for WebhookPlayer {
    type Seat = Kept;

    fn sit(&self, _scenario: ScenarioIx) -> BoxFuture<'_, Kept> {
        let slot = self.seats.fetch_add(1, Ordering::Relaxed);
        async move {
            Kept {
                line: Line::new(slot),
            }
        }
        .boxed()
    }

    fn prepare(&self, _seat: &mut Kept, _arrival: &Arrival) {}

    async fn play<'a>(&'a self, seat: &'a mut Kept, turn: Turn<'a>) {
        let (app, accounts) = (turn.arrival.app, turn.arrival.accounts(&self.plan));
        let persona = |account| self.cast.persona(&self.plan, app, account, Which::Own);
        let Some(own) = persona(accounts[0]) else {
            return;
        };
        let other = accounts.get(1).and_then(|account| persona(*account));
        let ready = turn.ready;
        let mut teller = Teller {
            turn,
            sender: &self.sender,
            line: &mut seat.line,
            ready,
            zero: unix_millis_at_zero(turn),
        };
        let parts = Parts {
            own: &own,
            other: other.as_ref(),
        };
        // A story that the run's end cut short ends without its last words.
        let _ = teller.tell_story(&parts).await;
        match self.sender.wire.connection {
            ConnectionUse::Close => seat.line.close(),
            ConnectionUse::Keep | ConnectionUse::Upgrade => {}
        }
    }

    fn agenda(&self, arrival: &Arrival) -> Agenda {
        let scenario = &self.plan.scenarios()[usize::from(arrival.scenario.0)];
        let told = callbacks(&scenario.play, &arrival.itinerary, self.sender.sdk);
        Agenda::of(Operation::Callback, told)
    }

    fn first_operation(&self, _scenario: ScenarioIx) -> Operation {
        Operation::Callback
    }
}

/// The Unix time at which the run's clock read zero, rounded down: no event may lie in the receiver's future.
fn unix_millis_at_zero(turn: Turn<'_>) -> u64 {
    let since = turn.clock.now().0.div_ceil(1000) + 1;
    clock::unix_millis().saturating_sub(since)
}
