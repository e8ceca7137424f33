//! A run for tests: its meta, seeded chance, and events of a given shape.

use super::event::{Answered, Event, Planned, Step};
use super::host::Host;
use super::meta::{Meta, ScenarioMeta, StageMeta};
use super::part::Part;
use crate::plan::Shard;
use crate::profile::{ScenarioIx, StageIx, StageKind};
use crate::session::{Class, Departed, Operation};
use trtc_base::units::{Micros, UnixSeconds};
use trtc_usersig::SdkAppId;

/// Three stages of 10 s: `warm up`, `peak`, `down`; scenarios `login` and `kicked`; one app of 1,000 accounts.
pub(crate) fn meta() -> Meta {
    let stage = |name: &str, kind, from| StageMeta {
        name: name.to_owned(),
        kind,
        start: Micros::from_secs(from),
        end: Micros::from_secs(from + 10),
    };
    let scenario = |name: &str| ScenarioMeta {
        name: name.to_owned(),
        first: vec![Operation::Login],
    };
    Meta {
        profile: "example".to_owned(),
        run: "example-1".to_owned(),
        labels: vec![("commit".to_owned(), "abc".to_owned())],
        started_at: UnixSeconds(1_700_000_000),
        stages: vec![
            stage("warm up", StageKind::WarmUp, 0),
            stage("peak", StageKind::Measured, 10),
            stage("down", StageKind::CoolDown, 20),
        ],
        scenarios: vec![scenario("login"), scenario("kicked")],
        apps: vec![SdkAppId(1_400_000_001)],
        accounts_per_app: 1_000,
        timeout: Micros::from_secs(5),
        notice_limit: Micros::from_secs(2),
        cores: 2,
        host: Some(Host {
            id: "0123456789abcdef".to_owned(),
            cores: 2,
        }),
        part: Part {
            plan: "ab".repeat(32),
            shard: Shard::WHOLE,
            arrivals: 1_000,
            arrivals_of_plan: 1_000,
        },
    }
}

/// The stage of [`meta`] that budgets cover.
pub(crate) const PEAK: StageIx = StageIx(1);

/// A login in the peak that was due at 10 s, sent `lag` later and done `felt` after it was due.
pub(crate) fn login(class: Class, felt: Micros, lag: Micros) -> Step {
    let due = Micros::from_secs(10);
    Step {
        operation: Operation::Login,
        planned: Planned::Yes,
        scenario: ScenarioIx(0),
        stage: PEAK,
        class,
        cause: None,
        due,
        ready: due,
        sent: Some(due.plus(lag)),
        departed: Departed::No,
        answered: Answered::Yes,
        done: due.plus(felt),
        phases: crate::session::Phases::default(),
    }
}

/// The same as an event, without lag.
pub(crate) fn logged(class: Class, felt: Micros) -> Event {
    Event::Step(login(class, felt, Micros::ZERO))
}
