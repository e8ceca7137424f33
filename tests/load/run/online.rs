//! The profile `online-50k`, made small: each device that is online gets the broadcast, and answers its pings.

use std::fs;

use serde_json::Value;
use trtc_load::dialect::wire::Stats;
use trtc_load::profile::shipped;
use trtc_load::recorder::{Recording, Tally};

use crate::program::Place;
use crate::run_folder::summary;
use crate::turn;

/// Devices of the small run.
const ALL: u64 = 300;

/// What is made small, in the words of the profile.
const SMALLER: [(&str, &str); 6] = [
    ("accounts = 50000", "accounts = 300"),
    ("rate = 1000", "rate = 300"),
    ("for = \"50s\"", "for = \"1s\""),
    ("dwell = \"360s\"", "dwell = \"5s\""),
    ("ping_every = \"25s\"", "ping_every = \"500ms\""),
    ("broadcast_after = \"120s\"", "broadcast_after = \"2s\""),
];

#[test]
fn everybody_who_is_online_gets_the_broadcast_and_answers_pings() {
    let _turn = turn::shared();
    let mut profile = shipped("online-50k").expect("it is shipped").to_owned();
    for (whole, small) in SMALLER {
        assert!(profile.contains(whole), "{whole}");
        profile = profile.replace(whole, small);
    }
    let place = Place::new();
    let ended = place.run_profile(&profile, &[]);
    // How fast a busy machine was is not asked.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    let folder = place.run_folder();
    let ours = Recording::read(&folder).expect("the run has a recording");
    let books = fs::read(folder.join("mock.json")).expect("the mock's books are kept");
    let theirs: Stats = serde_json::from_slice(&books).expect("they are JSON");
    assert_eq!((ours.online_peak(), theirs.most_live_sessions), (ALL, ALL));
    assert_eq!(theirs.broadcasts, ALL);
    assert_eq!(ours.counts().tallies.get(&Tally::Broadcast), Some(&ALL));
    assert_eq!((theirs.devices_lost, theirs.kicks), (0, 0));
    // Nine intervals fit into five seconds with half of one to spare. A device may leave with a ping under way.
    assert!(theirs.pings >= 6 * ALL, "{theirs:?}");
    assert!(
        theirs.pongs <= theirs.pings && theirs.pings - theirs.pongs <= ALL,
        "{theirs:?}"
    );
    let told = summary(&folder)["tallies"].as_array().map(|rows| {
        let row = rows.iter().find(|row| row["what"] == "broadcasts received");
        row.map(|row| row["count"].clone())
    });
    assert_eq!(told, Some(Some(Value::from(ALL))), "{}", ended.said());
}
