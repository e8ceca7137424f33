//! Plays arrivals as callbacks, one slot after the other's own line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::callback_sender::{Accounts, CallbackSender, Sender};
use super::script::script;
use crate::engine::account_pool::{AccountPool, Which};
use crate::engine::http_client::HttpClient;
use crate::engine::iteration::Iteration;
use crate::engine::slot::Player;
use crate::plan::{Arrival, Plan};
use crate::profile::{ConnectionUse, ScenarioIx};
use crate::scenario::Agenda;
use crate::session::Operation;
use trtc_base::clock;

/// Tells a webhook receiver of the plan's sessions.
#[derive(Debug)]
pub struct WebhookPlayer {
    plan: Arc<Plan>,
    sender: Sender,
    pool: AccountPool,
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
    pub const fn new(plan: Arc<Plan>, sender: Sender, pool: AccountPool) -> Self {
        Self {
            plan,
            sender,
            pool,
            slot_states: AtomicUsize::new(0),
        }
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
        let (app, accounts) = (
            iteration.arrival.app,
            iteration.arrival.accounts(&self.plan),
        );
        let virtual_user = |account| self.pool.virtual_user(&self.plan, app, account, Which::Own);
        let Some(own) = virtual_user(accounts[0]) else {
            return;
        };
        let other = accounts.get(1).and_then(|account| virtual_user(*account));
        let ready = iteration.ready;
        let mut callbacks = CallbackSender {
            iteration,
            sender: &self.sender,
            accounts: Accounts {
                own: &own,
                other: other.as_ref(),
            },
            http: &mut slot_state.http,
            ready,
            zero: unix_millis_at_zero(iteration),
        };
        let lines = script(&self.plan, iteration.arrival, self.sender.telling);
        callbacks.play(&lines).await;
        match self.sender.settings.connection {
            ConnectionUse::Close => slot_state.http.close(),
            ConnectionUse::Keep | ConnectionUse::Upgrade => {}
        }
    }

    fn agenda(&self, arrival: &Arrival) -> Agenda {
        let told = script(&self.plan, arrival, self.sender.telling).len();
        Agenda::of(Operation::Callback, u16::try_from(told).unwrap_or(u16::MAX))
    }

    fn first_operation(&self, _scenario: ScenarioIx) -> Operation {
        Operation::Callback
    }
}

/// The Unix time at which the run's clock read zero, rounded down: no event may lie in the receiver's future.
fn unix_millis_at_zero(iteration: Iteration<'_>) -> u64 {
    let since = iteration.clock.now().0.div_ceil(1000) + 1;
    clock::unix_millis().saturating_sub(since)
}
