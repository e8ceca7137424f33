//! Plays arrivals against a real target.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::account_pool::{AccountPool, Batch, Freshness, VirtualUser, Which};
use super::device::Device;
use super::flaw::Flaw;
use super::http_client::{ClientSettings, HttpClient};
use super::iteration::Iteration;
use super::play::play;
use super::slot::Player;
use crate::plan::{Arrival, Plan};
use crate::profile::{ConnectionUse, Preconnect, ScenarioIx};
use crate::scenario::Agenda;
use crate::scenario::SignUp;
use crate::session::Operation;
use trtc_base::clock::Clock;

/// Plays arrivals over the wire, as the accounts of a pool.
#[derive(Debug)]
pub struct LivePlayer {
    plan: Arc<Plan>,
    settings: Arc<ClientSettings>,
    pool: AccountPool,
    preconnect: Preconnect,
    slot_states: AtomicUsize,
}

/// What a slot keeps between arrivals.
#[derive(Debug)]
pub struct SlotState {
    http: HttpClient,
    slot: usize,
    /// Who the next arrival logs in as, and who its requests name, made ready while nothing is measured.
    next: Option<(VirtualUser, Batch)>,
}

impl LivePlayer {
    /// A player of `plan`.
    #[must_use]
    pub fn new(
        plan: Arc<Plan>,
        settings: ClientSettings,
        pool: AccountPool,
        preconnect: Preconnect,
    ) -> Self {
        Self {
            plan,
            settings: Arc::new(settings),
            pool,
            preconnect,
            slot_states: AtomicUsize::new(0),
        }
    }
}

impl Player for LivePlayer {
    type SlotState = SlotState;

    fn sit(&self, _scenario: ScenarioIx) -> BoxFuture<'_, SlotState> {
        async move {
            let slot = self.slot_states.fetch_add(1, Ordering::Relaxed);
            let mut http = HttpClient::new(slot);
            if self.preconnect == Preconnect::Yes {
                http.preconnect(&self.settings, &Clock::start()).await;
            }
            SlotState {
                http,
                slot,
                next: None,
            }
        }
        .boxed()
    }

    fn prepare(&self, slot_state: &mut SlotState, arrival: &Arrival) {
        let virtual_user =
            self.pool
                .virtual_user(&self.plan, arrival.app, arrival.accounts[0], Which::Own);
        slot_state.next = virtual_user.map(|mut virtual_user| {
            let mut batch = Batch::default();
            let scenario = &self.plan.scenarios()[usize::from(arrival.scenario.0)];
            if !scenario.logs_in() {
                // Renewed here, where nothing is measured.
                let _ = self.pool.admin_sig(virtual_user.app);
                batch = self.pool.batch(virtual_user.account, scenario.batch());
            } else {
                if arrival.itinerary.sign_up == SignUp::LookedUp {
                    let _ = self.pool.admin_sig(virtual_user.app);
                }
                let flaw = Flaw::of(
                    scenario.shows(),
                    arrival.itinerary.nth,
                    self.settings.clock_skew,
                );
                let freshness = flaw.map_or(Freshness::Fresh, Freshness::Bad);
                self.pool.prepare_ticket(&mut virtual_user, freshness);
            }
            (virtual_user, batch)
        });
    }

    async fn play<'a>(&'a self, slot_state: &'a mut SlotState, iteration: Iteration<'a>) {
        let Some((virtual_user, batch)) = slot_state.next.take() else {
            return;
        };
        let http = std::mem::replace(&mut slot_state.http, HttpClient::new(slot_state.slot));
        let mut device = Device::new(iteration, &self.settings, &self.pool, virtual_user, http);
        play(&mut device, &batch).await;
        if self.settings.connection == ConnectionUse::Keep {
            slot_state.http = std::mem::take(&mut device.http);
        }
    }

    fn agenda(&self, arrival: &Arrival) -> Agenda {
        let scenario = &self.plan.scenarios()[usize::from(arrival.scenario.0)];
        let platform = self.plan.platform(arrival.app, arrival.accounts[0]);
        let itinerary = &arrival.itinerary;
        itinerary.agenda(scenario, &self.settings.dialect, platform)
    }

    fn first_operation(&self, scenario: ScenarioIx) -> Operation {
        let scenario = &self.plan.scenarios()[usize::from(scenario.0)];
        if let Some(steps) = scenario.steps() {
            return steps.first().copied().unwrap_or(Operation::Status);
        }
        if self.settings.dialect.request(Operation::Register).is_some() {
            Operation::Register
        } else if self.pool.issuer().is_some() {
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
    use crate::profile::{Overrides, Profile, Source, UsersigLife, Verify};
    use trtc_base::clock::unix_now;
    use trtc_base::units::Micros;
    use trtc_usersig::{Key, SdkAppId, verify};
    use trtc_wire::dialect::{Credential, Dialect};

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
    fn nowhere() -> ClientSettings {
        ClientSettings {
            endpoint: Endpoint::at(vec!["127.0.0.1:1".parse().unwrap()], "x".into()).unwrap(),
            dialect: Arc::new(Dialect::parse(Dialect::shipped("session").unwrap(), "x").unwrap()),
            headers: String::new(),
            timeout: Micros::from_secs(5),
            notice_limit: Micros::from_secs(1),
            heartbeat_limit: Micros::from_secs(400),
            clock_skew: Micros::from_secs(300),
            connection: ConnectionUse::Upgrade,
        }
    }

    fn player(issuer: Option<Issuer>) -> LivePlayer {
        let apps = vec![(SdkAppId(1), Key::new("k"))];
        let life = UsersigLife {
            valid_for: Micros::from_secs(86_400),
            ends_at: None,
        };
        let pool = AccountPool::new(apps, "u".into(), 100, Credential::UserSig, life).unwrap();
        let (plan, pool) = (Arc::new(plan()), pool.issued_by(issuer));
        LivePlayer::new(plan, nowhere(), pool, Preconnect::No)
    }

    /// What each arrival has in hand once it is prepared, and whether it is to be an expired UserSig.
    fn prepared(player: &LivePlayer) -> Vec<(VirtualUser, bool)> {
        let mut slot_state = SlotState {
            http: HttpClient::new(0),
            slot: 0,
            next: None,
        };
        let arrivals: Vec<_> = player.plan.arrivals().collect();
        let of = |arrival: &Arrival| {
            player.prepare(&mut slot_state, arrival);
            let (virtual_user, _) = slot_state.next.take().unwrap();
            let scenario = &player.plan.scenarios()[usize::from(arrival.scenario.0)];
            (
                virtual_user,
                scenario.shows() == crate::scenario::Shows::Expired,
            )
        };
        let all: Vec<_> = arrivals.iter().map(of).collect();
        assert!(all.iter().any(|(_, expired)| *expired));
        assert!(all.iter().any(|(_, expired)| !*expired));
        all
    }

    #[test]
    fn who_is_prepared_has_its_user_sig_before_anything_is_due() {
        let player = player(None);
        for (virtual_user, expired) in prepared(&player) {
            let (user, key) = (virtual_user.user_id.as_str(), Key::new("k"));
            let found = verify(
                &virtual_user.user_sig,
                virtual_user.app,
                user,
                &key,
                unix_now(),
            );
            assert_eq!(found.is_err(), expired, "{user}: {found:?}");
            // Nothing is left to be made when the login is due; an expired one is shown as it is.
            assert_eq!(player.pool.has_ticket(&virtual_user), !expired);
        }
    }

    #[test]
    fn where_a_server_issues_only_expired_user_sigs_are_made_here() {
        let issuer = Issuer {
            settings: nowhere(),
            verify: Verify::Each,
        };
        for (virtual_user, expired) in prepared(&player(Some(issuer))) {
            assert_eq!(!virtual_user.user_sig.is_empty(), expired);
        }
    }
}
