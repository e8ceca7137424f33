//! Plays arrivals against a real target.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::device::Device;
use super::line::Line;
use super::line::Wire;
use super::persona::Batch;
use super::persona::Cast;
use super::persona::Freshness;
use super::persona::Persona;
use super::persona::Which;
use super::play::play;
use super::slot::Player;
use super::turn::Turn;
use crate::clock::Clock;
use crate::plan::Arrival;
use crate::plan::Plan;
use crate::profile::ConnectionUse;
use crate::profile::Play;
use crate::profile::Preconnect;
use crate::profile::ScenarioIx;
use crate::session::Operation;

/// Plays arrivals over the wire, as the accounts of a cast.
#[derive(Debug)]
pub struct LivePlayer {
    plan: Arc<Plan>,
    wire: Wire,
    cast: Cast,
    preconnect: Preconnect,
    seats: AtomicUsize,
}

/// What a slot keeps between arrivals.
#[derive(Debug)]
pub struct Seat {
    line: Line,
    slot: usize,
    /// Who the next arrival logs in as, and who its requests name, made ready while nothing is measured.
    next: Option<(Persona, Batch)>,
}

impl LivePlayer {
    /// A player of `plan`.
    #[must_use]
    pub const fn new(plan: Arc<Plan>, wire: Wire, cast: Cast, preconnect: Preconnect) -> Self {
        Self {
            plan,
            wire,
            cast,
            preconnect,
            seats: AtomicUsize::new(0),
        }
    }
}

impl Player for LivePlayer {
    type Seat = Seat;

    fn sit(&self, _scenario: ScenarioIx) -> BoxFuture<'_, Seat> {
        async move {
            let slot = self.seats.fetch_add(1, Ordering::Relaxed);
            let mut line = Line::new(slot);
            if self.preconnect == Preconnect::Yes {
                line.preconnect(&self.wire, &Clock::start()).await;
            }
            Seat {
                line,
                slot,
                next: None,
            }
        }
        .boxed()
    }

    fn prepare(&self, seat: &mut Seat, arrival: &Arrival) {
        let persona = self
            .cast
            .persona(&self.plan, arrival.app, arrival.accounts[0], Which::Own);
        seat.next = persona.map(|mut persona| {
            let mut batch = Batch::default();
            match &self.plan.scenarios()[usize::from(arrival.scenario.0)].play {
                Play::Requests { batch: count, .. } => {
                    // Renewed here, where nothing is measured.
                    let _ = self.cast.admin_sig(persona.app);
                    batch = self.cast.batch(persona.account, *count);
                }
                Play::Expired { .. } => self.cast.prepare_ticket(&mut persona, Freshness::Expired),
                Play::Login
                | Play::Switch { .. }
                | Play::Devices { .. }
                | Play::Kicked { .. }
                | Play::Reconnect { .. }
                | Play::Absent { .. } => self.cast.prepare_ticket(&mut persona, Freshness::Fresh),
            }
            (persona, batch)
        });
    }

    fn play<'a>(&'a self, seat: &'a mut Seat, turn: Turn<'a>) -> BoxFuture<'a, ()> {
        async move {
            let Some((persona, batch)) = seat.next.take() else {
                return;
            };
            let line = std::mem::replace(&mut seat.line, Line::new(seat.slot));
            let mut device = Device::new(turn, &self.wire, &self.cast, persona, line);
            play(&mut device, &batch).await;
            if self.wire.connection == ConnectionUse::Keep {
                seat.line = std::mem::take(&mut device.line);
            }
        }
        .boxed()
    }

    fn first_operation(&self, scenario: ScenarioIx) -> Operation {
        if let Play::Requests { steps, .. } = &self.plan.scenarios()[usize::from(scenario.0)].play {
            return steps.first().copied().unwrap_or(Operation::Status);
        }
        if self.wire.dialect.request(Operation::Register).is_some() {
            Operation::Register
        } else if self.cast.issuer().is_some() {
            Operation::Usersig
        } else {
            Operation::Login
        }
    }
}
