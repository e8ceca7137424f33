//! Plays arrivals as callbacks, one slot after the other's own line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::again::Again;
use super::callback::Callback;
use super::callback_sender::{CallbackSender, Sender};
use super::room;
use super::script::{Line, Whose, script};
use crate::engine::account_pool::{AccountPool, Which};
use crate::engine::http_client::HttpClient;
use crate::engine::iteration::Iteration;
use crate::engine::slot::Player;
use crate::plan::{Arrival, Plan};
use crate::profile::{ConnectionUse, ScenarioIx};
use crate::scenario::{Agenda, Play};
use crate::session::Operation;
use trtc_base::clock;

/// Tells a webhook receiver of the plan's sessions, or of its rooms.
#[derive(Debug)]
pub struct WebhookPlayer {
    plan: Arc<Plan>,
    sender: Arc<Sender>,
    pool: AccountPool,
    again: Again,
    slot_states: AtomicUsize,
}

/// What a slot keeps between arrivals: its connection to the receiver, as a sender's pool would.
#[derive(Debug)]
pub struct Kept {
    http: HttpClient,
}

impl WebhookPlayer {
    /// A player of `plan`, as the accounts of `pool`.
    #[must_use]
    pub fn new(plan: Arc<Plan>, sender: Sender, pool: AccountPool) -> Self {
        Self {
            plan,
            sender: Arc::new(sender),
            pool,
            again: Again::new(),
            slot_states: AtomicUsize::new(0),
        }
    }

    fn play_of(&self, arrival: &Arrival) -> &Play {
        &self.plan.scenarios()[usize::from(arrival.scenario.0)].play
    }

    /// All that is to be told of `arrival`, in order, where the run's clock read zero at that Unix time in milliseconds.
    fn callbacks(&self, arrival: &Arrival, zero: u64) -> Vec<Callback> {
        let accounts = arrival.accounts(&self.plan);
        let virtual_user = |account| {
            self.pool
                .virtual_user(&self.plan, arrival.app, account, Which::Own)
        };
        let Some(own) = virtual_user(accounts[0]) else {
            return Vec::new();
        };
        if let Play::Room(kind) = self.play_of(arrival) {
            return room::callbacks(&self.plan, arrival, kind, &own, zero);
        }
        let other = accounts.get(1).and_then(|account| virtual_user(*account));
        let lines = script(&self.plan, arrival, self.sender.telling);
        let callback = |line: Line| {
            let whose = match line.device.whose {
                Whose::Own => &own,
                Whose::Other => other.as_ref().unwrap_or(&own),
            };
            Callback::of_session(&line, whose, zero)
        };
        lines.into_iter().map(callback).collect()
    }
}

impl Player for WebhookPlayer {
    type SlotState = Kept;

    fn sit(&self, _scenario: ScenarioIx) -> BoxFuture<'_, Kept> {
        let slot = self.slot_states.fetch_add(1, Ordering::Relaxed);
        async move {
            Kept {
                http: HttpClient::new(slot),
            }
        }
        .boxed()
    }

    fn prepare(&self, _seat: &mut Kept, _arrival: &Arrival) {}

    async fn play<'a>(&'a self, slot_state: &'a mut Kept, iteration: Iteration<'a>) {
        let callbacks = self.callbacks(iteration.arrival, unix_millis_at_zero(iteration));
        let ready = iteration.ready;
        let mut sender = CallbackSender {
            iteration,
            sender: &self.sender,
            plan: &self.plan,
            again: &self.again,
            http: &mut slot_state.http,
            ready,
        };
        sender.play(callbacks).await;
        match self.sender.settings.connection {
            ConnectionUse::Close => slot_state.http.close(),
            ConnectionUse::Keep | ConnectionUse::Upgrade => {}
        }
    }

    fn agenda(&self, arrival: &Arrival) -> Agenda {
        let told = match self.play_of(arrival) {
            Play::Room(kind) => kind.timetable(&arrival.itinerary).len(),
            Play::Login(_)
            | Play::Switch(_)
            | Play::Kicked(_)
            | Play::Expired(_)
            | Play::Reconnect(_)
            | Play::Absent(_)
            | Play::Devices(_)
            | Play::Requests(_)
            | Play::Refused(_) => script(&self.plan, arrival, self.sender.telling).len(),
        };
        Agenda::of(Operation::Callback, u16::try_from(told).unwrap_or(u16::MAX))
    }

    fn first_operation(&self, _scenario: ScenarioIx) -> Operation {
        Operation::Callback
    }

    fn rest(&self) -> BoxFuture<'_, ()> {
        self.again.over().boxed()
    }
}

/// The Unix time at which the run's clock read zero, rounded down: no event may lie in the receiver's future.
fn unix_millis_at_zero(iteration: Iteration<'_>) -> u64 {
    let since = iteration.clock.now().0.div_ceil(1000) + 1;
    clock::unix_millis().saturating_sub(since)
}
