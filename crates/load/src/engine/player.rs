//! Plays arrivals against a real target.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::device::Device;
use super::flaw::Flaw;
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
use crate::plan::Arrival;
use crate::plan::Plan;
use crate::profile::ConnectionUse;
use crate::profile::Preconnect;
use crate::profile::ScenarioIx;
use crate::scenario::Agenda;
use crate::session::Operation;
use trtc_base::clock::Clock;

/// Plays arrivals over the wire, as the accounts of a cast.
#[derive(Debug)]
pub struct LivePlayer {
    plan: Arc<Plan>,
    wire: Arc<Wire>,
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
    pub fn new(plan: Arc<Plan>, wire: Wire, cast: Cast, preconnect: Preconnect) -> Self {
        Self {
            plan,
            wire: Arc::new(wire),
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
            let scenario = &self.plan.scenarios()[usize::from(arrival.scenario.0)];
            if !scenario.logs_in() {
                // Renewed here, where nothing is measured.
                let _ = self.cast.admin_sig(persona.app);
                batch = self.cast.batch(persona.account, scenario.batch());
            } else {
                let flaw = Flaw::of(
                    scenario.shows(),
                    arrival.itinerary.nth,
                    self.wire.clock_skew,
                );
                let freshness = flaw.map_or(Freshness::Fresh, Freshness::Bad);
                self.cast.prepare_ticket(&mut persona, freshness);
            }
            (persona, batch)
        });
    }

    async fn play<'a>(&'a self, seat: &'a mut Seat, turn: Turn<'a>) {
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

    fn agenda(&self, arrival: &Arrival) -> Agenda {
        let scenario = &self.plan.scenarios()[usize::from(arrival.scenario.0)];
        let platform = self.plan.platform(arrival.app, arrival.accounts[0]);
        let itinerary = &arrival.itinerary;
        itinerary.agenda(scenario, &self.wire.dialect, platform)
    }

    fn first_operation(&self, scenario: ScenarioIx) -> Operation {
        let scenario = &self.plan.scenarios()[usize::from(scenario.0)];
        if let Some(steps) = scenario.steps() {
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::client::Endpoint;
    use crate::engine::issuer::Issuer;
    use crate::profile::Overrides;
    use crate::profile::Profile;
    use crate::profile::Source;
    use crate::profile::Verify;
    use trtc_base::clock::unix_now;
    use trtc_base::units::Micros;
    use trtc_usersig::Key;
    use trtc_usersig::SdkAppId;
    use trtc_usersig::verify;
    use trtc_wire::dialect::Credential;
    use trtc_wire::dialect::Dialect;

    const PROFILE: &str = r#"
version = 1
budgets = []
[target]
url = "mock"
[[apps]]
sdk_app_id = 1
key = { text = "k" }
[population]
accounts = 100
prefix = "u"
[[scenarios]]
name = "login"
[[scenarios]]
name = "expired"
[[stages]]
name = "peak"
for = "10s"
rate = 4
spacing = "even"
"#;

    fn plan() -> Plan {
        let source = Source {
            file: "x.toml".into(),
            name: "x".into(),
            dir: PathBuf::new(),
        };
        let profile = Profile::parse(PROFILE, &source, &Overrides::default()).unwrap();
        Plan::new(&profile).unwrap()
    }

    /// The way to nobody: preparing sends nothing.
    fn nowhere() -> Wire {
        Wire {
            endpoint: Endpoint::at(vec!["127.0.0.1:1".parse().unwrap()], "x".into()).unwrap(),
            dialect: Arc::new(Dialect::parse(Dialect::shipped("session").unwrap(), "x").unwrap()),
            headers: String::new(),
            timeout: Micros::from_secs(5),
            notice_limit: Micros::from_secs(1),
            clock_skew: Micros::from_secs(300),
            connection: ConnectionUse::Upgrade,
        }
    }

    fn player(issuer: Option<Issuer>) -> LivePlayer {
        let apps = vec![(SdkAppId(1), Key::new("k"))];
        let cast = Cast::new(apps, "u".into(), 100, Credential::UserSig).unwrap();
        let (plan, cast) = (Arc::new(plan()), cast.issued_by(issuer));
        LivePlayer::new(plan, nowhere(), cast, Preconnect::No)
    }

    /// What each arrival has in hand once it is prepared, and whether it is to be an expired UserSig.
    fn prepared(player: &LivePlayer) -> Vec<(Persona, bool)> {
        let mut seat = Seat {
            line: Line::new(0),
            slot: 0,
            next: None,
        };
        let arrivals: Vec<_> = player.plan.arrivals().collect();
        let of = |arrival: &Arrival| {
            player.prepare(&mut seat, arrival);
            let (persona, _) = seat.next.take().unwrap();
            let scenario = &player.plan.scenarios()[usize::from(arrival.scenario.0)];
            (persona, scenario.shows() == crate::scenario::Shows::Expired)
        };
        let all: Vec<_> = arrivals.iter().map(of).collect();
        assert!(all.iter().any(|(_, expired)| *expired));
        assert!(all.iter().any(|(_, expired)| !*expired));
        all
    }

    #[test]
    fn who_is_prepared_has_its_user_sig_before_anything_is_due() {
        let player = player(None);
        for (persona, expired) in prepared(&player) {
            let (user, key) = (persona.user_id.as_str(), Key::new("k"));
            let found = verify(&persona.user_sig, persona.app, user, &key, unix_now());
            assert_eq!(found.is_err(), expired, "{user}: {found:?}");
            // Nothing is left to be made when the login is due; an expired one is shown as it is.
            assert_eq!(player.cast.has_ticket(&persona), !expired);
        }
    }

    #[test]
    fn where_a_server_issues_only_expired_user_sigs_are_made_here() {
        let issuer = Issuer {
            wire: nowhere(),
            verify: Verify::Each,
        };
        for (persona, expired) in prepared(&player(Some(issuer))) {
            assert_eq!(!persona.user_sig.is_empty(), expired);
        }
    }
}
