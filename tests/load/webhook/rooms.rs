//! A receiver of room callbacks hears exactly what the plan's rooms cause, and each that it fails again when Tencent would
//! send it. The receiver is `tests/webhook/rtc_receiver.py`, written from the documents: it checks each callback whole.

use std::collections::BTreeMap;

use serde_json::Value;
use trtc_load::plan::Plan;
use trtc_load::profile::{Overrides, Profile, Source};
use trtc_load::recorder::{Ended, Recording, StageSet, Tally};
use trtc_load::scenario::{Play, RoomAct};
use trtc_load::session::{Class, Operation};

use crate::program::Place;
use crate::shipped_profile::{Beside, attempts, of_class, ran};
use crate::turn;

const RECEIVER: &str = "tests/webhook/rtc_receiver.py";

fn profile(url: &str, more: &str, rate: u32) -> String {
    format!(
        r#"
version = 1
seed = 5
budgets = ["callback p50 < 200ms"]
[target]
url = "{url}"
dialect = "tencent-rtc-callback"
timeout = "300ms"
[webhook]
path = "/rtc"
token = {{ text = "xxxxyyyy" }}
{more}
[[apps]]
sdk_app_id = 1400000001
[population]
accounts = 3000
platforms = {{ android = 1, iphone = 1, ipad = 1, windows = 1, mac = 1, web = 1 }}
[[scenarios]]
name = "call"
kind = "room"
people = 2
pause = "50ms"
dwell = {{ uniform = ["100ms", "400ms"] }}
[[scenarios]]
name = "class"
kind = "room"
people = 5
audience = 0.6
lost = 0.3
turned_off = 0.5
room_ids = "text"
pause = "20ms"
dwell = {{ uniform = ["100ms", "400ms"] }}
[[stages]]
name = "peak"
for = "1s"
rate = {rate}
spacing = "even"
[limits]
drain = "20s"
"#
    )
}

/// What both sides counted of a run.
struct Run {
    ours: Recording,
    theirs: Value,
    plan: Plan,
    said: String,
}

/// Plays that profile against a receiver with these arguments; none where it cannot be started here.
fn played(arguments: &[&str], more: &str, rate: u32) -> Option<Run> {
    let _turn = turn::shared();
    let arguments = [&["--port", "0"], arguments].concat();
    let receiver = Beside::start("room-storm", RECEIVER, &arguments)?;
    let place = Place::new();
    let text = profile(&receiver.url, more, rate);
    let ended = place.run_profile(&text, &[]);
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.accounts(), 0, "nobody has logged in anywhere");
    let source = Source {
        file: "test.toml".into(),
        name: "test".into(),
        dir: ".".into(),
    };
    let profile = Profile::parse(&text, &source, &Overrides::default()).expect("it has just run");
    let theirs: Value =
        serde_json::from_str(&receiver.last_words()).expect("what it heard is JSON");
    assert_eq!(theirs["wrong"], Value::Null, "{theirs:#}");
    Some(Run {
        ours,
        theirs,
        plan: Plan::new(&profile).expect("it has just run"),
        said: ended.stdout,
    })
}

impl Run {
    fn tally(&self, tally: Tally) -> u64 {
        let tallies = &self.ours.counts().tallies;
        tallies.get(&tally).copied().unwrap_or(0)
    }

    fn class(&self, class: Class) -> u64 {
        self.ours.by_class(Operation::Callback, StageSet::All)[class.index()]
    }

    fn theirs(&self, what: &str) -> u64 {
        self.theirs[what].as_u64().unwrap_or(0)
    }

    /// Events of the plan's rooms by their number in the documents.
    fn planned(&self) -> BTreeMap<u64, u64> {
        let mut planned = BTreeMap::new();
        for arrival in self.plan.arrivals() {
            let Play::Room(room) = &self.plan.scenarios()[usize::from(arrival.scenario.0)].play
            else {
                panic!("only rooms are played");
            };
            for event in room.timetable(&arrival.itinerary) {
                *planned.entry(number(event.act)).or_default() += 1;
            }
        }
        planned
    }

    /// When each try of the events of that type came, in milliseconds after the first.
    fn times(&self, of_type: u64) -> Vec<Vec<i64>> {
        let all = self.theirs["times"]
            .as_array()
            .expect("it was asked for times");
        let of_type = all.iter().filter(|one| one["type"] == of_type);
        let at = |one: &Value| {
            let times = one["at_ms"].as_array().expect("a list").iter();
            times.map(|at| at.as_i64().expect("a number")).collect()
        };
        of_type.map(at).collect()
    }
}

/// The documents' table of event types.
fn number(act: RoomAct) -> u64 {
    match act {
        RoomAct::Create => 101,
        RoomAct::Dismiss => 102,
        RoomAct::Enter(_) => 103,
        RoomAct::Exit(..) => 104,
        RoomAct::ChangeRole(_) => 105,
        RoomAct::StartVideo => 201,
        RoomAct::StopVideo => 202,
        RoomAct::StartAudio => 203,
        RoomAct::StopAudio => 204,
        RoomAct::StartScreen => 205,
        RoomAct::StopScreen => 206,
    }
}

#[test]
fn every_event_of_every_room_is_told_once_signed_and_in_order() {
    let Some(run) = played(&[], "", 60) else {
        return;
    };
    let planned = run.planned();
    assert_eq!(planned.len(), 11, "{planned:?}");
    for (kind, count) in &planned {
        assert_eq!(run.theirs(&format!("type {kind}")), *count, "{kind}");
    }
    let all: u64 = planned.values().sum();
    assert_eq!((run.theirs("all"), run.theirs("again")), (all, 0));
    assert_eq!(run.class(Class::Success), all);
    assert_eq!(run.tally(Tally::CallbackAgain), 0);
}

/// By the documents: again at once, then so long after each failure, and none later than so long after the first try. With
/// 500 ms and 2 s that is at 0, 0, 0.5, 1 and 1.5 s, as with 10 s and 60 s it is at 0, 0, 10, 20, 30, 40 and 50 s.
#[test]
fn what_is_refused_is_sent_again_as_often_and_when_the_documents_say() {
    let more = "retry_gap = \"500ms\"\nretry_for = \"2s\"";
    let arguments = ["--fail-first", "100", "--only", "103", "--times"];
    let Some(run) = played(&arguments, more, 4) else {
        return;
    };
    let planned = run.planned();
    let (all, failing) = (planned.values().sum::<u64>(), planned[&103]);
    let times = run.times(103);
    assert_eq!(times.len() as u64, failing);
    for tries in &times {
        assert_eq!(tries.len(), 5, "{tries:?}");
        assert!(tries[1] < 200, "at once: {tries:?}");
        for pair in tries[1..].windows(2) {
            // A request's way, on a busy machine; never sooner than its gap, but for two roundings to a millisecond.
            let gap = pair[1] - pair[0];
            assert!((498..700).contains(&gap), "{tries:?}");
        }
    }
    assert!(run.times(101).iter().all(|tries| tries.len() == 1));
    // Both sides count the same, first tries and retries apart.
    assert_eq!(
        (run.theirs("first"), run.theirs("again")),
        (all, 4 * failing)
    );
    assert_eq!(run.tally(Tally::CallbackAgain), 4 * failing);
    assert_eq!(run.tally(Tally::CallbackLost), failing);
    assert_eq!(run.tally(Tally::CallbackCut), 0);
    assert_eq!(attempts(&run.ours, Operation::Callback), all + 4 * failing);
    assert_eq!(run.class(Class::Failed), 5 * failing);
    let sent = run.ours.counts().as_planned[&Operation::Callback];
    assert_eq!(sent, all, "retries are on no plan");
    let line = format!("{} callbacks sent again", 4 * failing);
    assert!(run.said.contains(&line), "{}", run.said);
}

/// A try without an answer fails at its limit, here 300 ms: the second goes out then, the third a gap after that one's end.
#[test]
fn what_hangs_is_given_up_and_sent_again_while_the_room_goes_on() {
    let more = "retry_gap = \"500ms\"\nretry_for = \"5s\"";
    let arguments = ["--hang-first", "2", "--only", "101", "--times"];
    let Some(run) = played(&arguments, more, 4) else {
        return;
    };
    let planned = run.planned();
    let (all, rooms) = (planned.values().sum::<u64>(), planned[&101]);
    for tries in run.times(101) {
        assert_eq!(tries.len(), 3, "{tries:?}");
        // The receiver's clock: a try that it sees late makes the way to the next one seem shorter.
        assert!((250..550).contains(&tries[1]), "{tries:?}");
        assert!((750..1_050).contains(&(tries[2] - tries[1])), "{tries:?}");
    }
    assert_eq!((run.theirs("first"), run.theirs("again")), (all, 2 * rooms));
    assert_eq!(run.tally(Tally::CallbackAgain), 2 * rooms);
    assert_eq!(run.tally(Tally::CallbackLost), 0);
    assert_eq!(run.class(Class::Timeout), 2 * rooms);
    assert_eq!(run.class(Class::Success), all);
}

#[test]
fn without_retries_what_is_refused_is_lost() {
    let arguments = ["--fail-first", "1", "--only", "104"];
    let Some(run) = played(&arguments, "retry = false", 10) else {
        return;
    };
    let planned = run.planned();
    assert_eq!(run.theirs("again"), 0);
    assert_eq!(run.theirs("all"), planned.values().sum::<u64>());
    assert_eq!(run.class(Class::Failed), planned[&104]);
}

#[test]
fn room_storm_runs_beside_the_receiver_that_it_names_and_both_count_the_same() {
    let _turn = turn::shared();
    let Some(receiver) = Beside::start("room-storm", RECEIVER, &["--port", "0"]) else {
        return;
    };
    let ours = ran("room-storm", &["--target", &receiver.url.clone()]);
    let heard: BTreeMap<String, u64> =
        serde_json::from_str(&receiver.last_words()).expect("what it heard is JSON");
    let told = attempts(&ours, Operation::Callback);
    assert!(told > 2_000, "{told} callbacks were sent");
    assert_eq!((heard["all"], heard["first"]), (told, told), "{heard:?}");
    assert_eq!(heard.get("wrong"), None, "{heard:?}");
    assert_eq!(of_class(&ours, Operation::Callback, Class::Success), told);
}
