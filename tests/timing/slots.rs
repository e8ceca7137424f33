//! Goose and the plan: every arrival is played once, by a slot of its own scenario, in the plan's order, and the run
//! ends when it should. No target: the player only waits, so what is seen here is the engine's alone.

use crate::turn;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use trtc_load::engine::{Cost, Drive, Iteration, Player, Stop};
use trtc_load::plan::{Arrival, Plan};
use trtc_load::profile::{Latency, Overrides, Profile, ScenarioIx, Source};
use trtc_load::recorder::{Ended, Meta, Reason, Recorder, Recording, RunName, StageSet, Tick};
use trtc_load::scenario::Agenda;
use trtc_load::session::{Cause, Class, Operation};
use trtc_load::units::{Micros, UnixSeconds};

/// Arrivals as (n, scenario, account).
type Played = Vec<(u64, u8, u64)>;

/// Plays an arrival by waiting for its dwell, `slower` times over.
struct Waiter {
    slower: u32,
    panics_at: Option<u64>,
    played: Mutex<Played>,
    seats: Mutex<BTreeMap<u8, u64>>,
    disorder: AtomicU64,
}

impl Waiter {
    fn new(slower: u32, panics_at: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            slower,
            panics_at,
            played: Mutex::default(),
            seats: Mutex::default(),
            disorder: AtomicU64::new(0),
        })
    }
}

impl Player for Waiter {
    /// The last arrival that this slot took.
    type SlotState = Option<u64>;

    fn sit(&self, scenario: ScenarioIx) -> BoxFuture<'_, Self::SlotState> {
        *self.seats.lock().unwrap().entry(scenario.0).or_default() += 1;
        std::future::ready(None).boxed()
    }

    fn prepare(&self, slot_state: &mut Self::SlotState, arrival: &Arrival) {
        if slot_state.is_some_and(|last| last >= arrival.n) {
            self.disorder.fetch_add(1, Ordering::Relaxed);
        }
        *slot_state = Some(arrival.n);
    }

    async fn play<'a>(&'a self, _seat: &'a mut Self::SlotState, turn: Iteration<'a>) {
        let arrival = turn.arrival();
        self.played
            .lock()
            .unwrap()
            .push((arrival.n, arrival.scenario.0, arrival.accounts[0]));
        assert_ne!(
            Some(arrival.n),
            self.panics_at,
            "this arrival was told to panic"
        );
        let until = turn
            .clock()
            .now()
            .plus(Micros(arrival.itinerary.dwell.0 * u64::from(self.slower)));
        turn.until(until).await;
    }

    fn agenda(&self, _arrival: &Arrival) -> Agenda {
        Agenda::default()
    }

    fn first_operation(&self, _scenario: ScenarioIx) -> Operation {
        Operation::Login
    }
}

/// Four scenarios in equal shares whose sessions last `dwells`, in milliseconds, with `slots` slots each.
fn profile(rate: u32, seconds: u32, dwells: [u32; 4], slots: u32) -> Profile {
    let mut text = format!(
        "version = 1\nseed = 7\n[target]\nurl = \"mock\"\ndialect = \"session\"\n\
         [[apps]]\nsdk_app_id = 1400000001\nkey = {{ text = \"0123456789abcdef\" }}\n\
         [population]\naccounts = 100000\nprefix = \"t_\"\n\
         [[stages]]\nname = \"peak\"\nfor = \"{seconds}s\"\nrate = {rate}\n"
    );
    for (index, dwell) in dwells.into_iter().enumerate() {
        text.push_str(&format!(
            "[[scenarios]]\nname = \"s{index}\"\nkind = \"login\"\nweight = 1\ndwell = \"{dwell}ms\"\nslots = {slots}\n"
        ));
    }
    let source = Source {
        file: "test.toml".into(),
        name: "test".into(),
        dir: ".".into(),
    };
    match Profile::parse(&text, &source, &Overrides::default()) {
        Ok(profile) => profile,
        Err(faults) => panic!(
            "{}",
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        ),
    }
}

/// Drives `profile` with `player`, and calls `meanwhile` once the run has started. Gives the time up to which arrivals are
/// booked too.
fn drive(
    profile: &Profile,
    player: &Arc<Waiter>,
    folder: &Path,
    stop: &Stop,
    meanwhile: impl FnOnce() + Send,
) -> (Recording, Micros) {
    let plan = Arc::new(Plan::new(profile).unwrap());
    let name = RunName {
        run: "test".into(),
        labels: Vec::new(),
        started_at: UnixSeconds(0),
    };
    let recorder = Arc::new(Recorder::new(Meta::of(profile, &plan, name), folder, 2).unwrap());
    let drive = Drive {
        drain: plan.longest_session(),
        plan,
        player: player.clone(),
        recorder: recorder.clone(),
        stop: stop.clone(),
        timeout: Micros::from_secs(1),
        caps: profile.caps(),
        costs: vec![Cost::default(); profile.scenarios().len()],
        clock: trtc_load::engine::soon(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let settled = runtime.block_on(drive.run(|_| meanwhile())).unwrap();
    recorder.finish(Tick::default(), &stop.ended()).unwrap();
    (Recording::read(folder).unwrap(), settled)
}

fn planned(profile: &Profile) -> Played {
    let plan = Plan::new(profile).unwrap();
    plan.arrivals()
        .map(|arrival| (arrival.n, arrival.scenario.0, arrival.accounts[0]))
        .collect()
}

/// Arrivals due up to `at`, that very time included.
fn due_by(profile: &Profile, at: Micros) -> u64 {
    let plan = Plan::new(profile).unwrap();
    plan.arrivals().filter(|one| one.due <= at).count() as u64
}

#[test]
fn ten_thousand_slots_play_exactly_the_plan_and_a_panic_is_one_outcome() {
    let _turn = turn::alone();
    let folder = tempfile::tempdir().unwrap();
    let profile = profile(2000, 5, [100, 300, 1000, 3000], 2500);
    let player = Waiter::new(1, Some(1234));
    let (recording, _) = drive(&profile, &player, folder.path(), &Stop::default(), || {});

    let mut played = player.played.lock().unwrap().clone();
    played.sort_unstable();
    assert_eq!(
        played,
        planned(&profile),
        "each planned arrival once, with its scenario and account"
    );
    assert_eq!(
        player.disorder.load(Ordering::Relaxed),
        0,
        "each slot takes arrivals in the plan's order"
    );
    let seats = player.seats.lock().unwrap().clone();
    assert_eq!(
        seats,
        BTreeMap::from([(0, 2500), (1, 2500), (2, 2500), (3, 2500)])
    );

    assert_eq!(
        recording.started(StageSet::All),
        played.len() as u64,
        "no start is lost"
    );
    assert_eq!(recording.not_started(StageSet::All), 0);
    let panics = recording
        .counts()
        .causes
        .get(&(Operation::Login, Class::Failed, Cause::Panic));
    assert_eq!(panics, Some(&1));
    assert_eq!(*recording.ended(), Ended::Completed);
}

#[test]
fn slots_that_a_slow_target_keeps_busy_show_as_blocked_and_not_as_lag() {
    let _turn = turn::alone();
    let folder = tempfile::tempdir().unwrap();
    // 25 arrivals a second for each scenario whose sessions mean to last 0.2 s need 5 slots or so; here they last
    // 2 s, so 20 slots play at most 10 a second and arrivals wait longer and longer.
    let profile = profile(100, 4, [200; 4], 20);
    let (recording, _) = drive(
        &profile,
        &Waiter::new(10, None),
        folder.path(),
        &Stop::default(),
        || {},
    );

    let blocked = recording.blocked(StageSet::All);
    let longest = blocked.max().unwrap();
    // The last of 100 arrivals a scenario is played in the fifth wave of 20: 8 s after the start, due at about 4 s.
    // Runs differ by how evenly the seed deals; the drain ends what is left.
    assert!(longest >= Micros::from_secs(2), "{longest}");
    // Nothing is sent here, so nothing can lag: what waited for a slot was never late by our own doing.
    assert_eq!(recording.lag(None, StageSet::All).count(), 0);
    let not_started = recording.not_started_by_reason();
    assert!(
        not_started
            .keys()
            .all(|(_, reason)| *reason == Reason::NoSlot),
        "{not_started:?}"
    );
    let total = recording.started(StageSet::All) + recording.not_started(StageSet::All);
    assert_eq!(
        total,
        planned(&profile).len() as u64,
        "every arrival is started or booked as not started"
    );
    let latency = recording.latency(Operation::Login, StageSet::All, Latency::Felt);
    assert_eq!(
        latency.count(),
        recording.not_started(StageSet::All),
        "those without a slot enter the latency"
    );
}

#[test]
fn a_stop_ends_every_long_wait_and_books_what_was_not_played() {
    let _turn = turn::alone();
    let folder = tempfile::tempdir().unwrap();
    let profile = profile(400, 60, [20_000; 4], 2_500);
    let stop = Stop::default();
    let player = Waiter::new(1, None);
    let stopper = stop.clone();
    let watched = player.clone();
    let mut thread = None;
    let (recording, settled) = drive(&profile, &player, folder.path(), &stop, || {
        thread = Some(std::thread::spawn(move || {
            // Some arrivals are being played, the rest of the slots wait for theirs.
            for _ in 0..3000 {
                if watched.played.lock().unwrap().len() >= 500 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            stopper.wind_down(Ended::Interrupted);
        }));
    });
    thread.unwrap().join().unwrap();
    assert_eq!(*recording.ended(), Ended::Interrupted);
    let started = recording.started(StageSet::All);
    assert!(started >= 500, "{started}");
    assert_eq!(
        started + recording.not_started(StageSet::All),
        due_by(&profile, settled),
        "what came due is started or booked as not; what never came due is neither"
    );
    let reasons = recording.not_started_by_reason();
    assert!(
        reasons
            .keys()
            .all(|(_, reason)| *reason == Reason::RunStopped),
        "{reasons:?}"
    );
}
