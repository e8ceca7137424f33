//! The tables `[[scenarios]]`, and whether the dialect can play them.

use super::super::Http;
use super::super::scenario::{
    Cut, NoticedBy, Play, PushUse, Scenario, SelfInfoCheck, Spread, SwitchHow,
};
use super::shares::shares;
use super::spread::read_spread;
use super::target::TargetParts;
use super::{check_unique, name, playable, tables};
use crate::session::Operation;
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;
use trtc_usersig::Platform;

const KEYS: &[&str] = &[
    "name",
    "kind",
    "weight",
    "dwell",
    "reaction",
    "logout",
    "self_info",
    "push",
    "slots",
    "watch",
    "in_flight",
    "relogin",
    "fights",
    "noticed_by",
    "cut",
    "away",
    "steps",
    "batch",
    "pause",
    "how",
    "kicked_meanwhile",
    "devices",
];

/// Keys that some kinds have and the others do not.
const OWN_KEYS: &[(&str, &[Kind])] = &[
    ("how", &[Kind::Switch]),
    ("reaction", &[Kind::Kicked, Kind::Reconnect]),
    ("in_flight", &[Kind::Kicked]),
    ("relogin", &[Kind::Kicked]),
    ("fights", &[Kind::Kicked]),
    ("noticed_by", &[Kind::Expired]),
    ("cut", &[Kind::Reconnect]),
    ("away", &[Kind::Reconnect]),
    ("kicked_meanwhile", &[Kind::Reconnect]),
    ("devices", &[Kind::Devices]),
    ("steps", &[Kind::Requests]),
    ("batch", &[Kind::Requests]),
    ("pause", &[Kind::Requests, Kind::Devices]),
    ("watch", WITH_STAYS),
];

/// Kinds whose sessions stay online for a while.
const WITH_STAYS: &[Kind] = &[
    Kind::Login,
    Kind::Switch,
    Kind::Kicked,
    Kind::Expired,
    Kind::Reconnect,
    Kind::Absent,
    Kind::Devices,
];

/// The share of stays in which a session is asked for: few, as each costs a request.
const DEFAULT_WATCH: f64 = 0.02;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Login,
    Switch,
    Kicked,
    Expired,
    Reconnect,
    Absent,
    Devices,
    Requests,
    Refused,
}

const KINDS: &[(&str, Kind)] = &[
    ("login", Kind::Login),
    ("switch", Kind::Switch),
    ("kicked", Kind::Kicked),
    ("expired", Kind::Expired),
    ("reconnect", Kind::Reconnect),
    ("absent", Kind::Absent),
    ("devices", Kind::Devices),
    ("requests", Kind::Requests),
    ("refused", Kind::Refused),
];

const DEFAULT_DWELL: Spread = Spread::Constant(Micros::from_secs(10));
const DEFAULT_AWAY: Spread = Spread::Constant(Micros::from_secs(2));
const DEFAULT_PAUSE: Spread = Spread::Constant(Micros::from_secs(1));
const DEFAULT_REACTION: Spread = Spread::Constant(Micros::from_secs(2));

/// Kicks that two devices may fight back, at most.
const MOST_FIGHTS: u32 = 100;

pub(super) fn read(root: &Table<'_>, target: &TargetParts) -> Option<Vec<Scenario>> {
    let list = tables(root, "scenarios")?;
    let named = list.iter().filter_map(|value| value.as_entry("name"));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let scenarios: Vec<_> = list
        .iter()
        .map(|value| read_scenario(value, target))
        .collect();
    let mut scenarios: Vec<_> = scenarios.into_iter().collect::<Option<_>>()?;
    let weights: Vec<_> = scenarios.iter().map(|scenario| scenario.share).collect();
    let shares = shares(&weights, root.get("scenarios")?)?;
    for (scenario, share) in scenarios.iter_mut().zip(shares) {
        scenario.share = share;
    }
    Some(scenarios)
}

/// The scenario, its share being a weight still.
fn read_scenario(value: &Value<'_>, target: &TargetParts) -> Option<Scenario> {
    let dialect = target.dialect();
    let table = value.table(KEYS)?;
    let name = table.need("name", "name = \"login\"").and_then(name);
    let kind = read_kind(&table, name);
    let can = |operation| dialect.is_none_or(|dialect| dialect.can(operation));
    let has_push = dialect.is_none_or(|dialect| dialect.push().is_some());
    let flag = |key, default| table.get_or(key, default, Value::flag);
    let self_info = flag("self_info", can(Operation::SelfInfo));
    let push = flag("push", has_push);
    let slots = table.get_or("slots", None, |value| {
        value.whole(1..=1_000_000_u32).map(Some)
    });
    let watch = read_watch(&table, self_info, push);
    let weight = table.get_or("weight", 1.0, |value| value.number(0.0..=1e9));
    let dwell = table.get_or("dwell", DEFAULT_DWELL, read_spread);
    let reaction = table.get_or("reaction", DEFAULT_REACTION, read_spread);
    let logout = table.get_or("logout", 0.0, Value::share);
    let play = kind.and_then(|kind| read_play(&table, kind, target));
    let scenario = Scenario {
        name: name?.to_owned(),
        share: weight?,
        play: play?,
        dwell: dwell?,
        reaction: reaction?,
        logout_share: logout?,
        self_info: if self_info? {
            SelfInfoCheck::Ask
        } else {
            SelfInfoCheck::Skip
        },
        push: if push? { PushUse::Open } else { PushUse::None },
        watch: watch?,
        slots: slots?,
    };
    if let Some(dialect) = dialect {
        playable::check(&table, &scenario, dialect);
        if let Some(rules) = target.rules {
            playable::check_rival(&table, &scenario, rules.devices);
        }
    }
    Some(scenario)
}

/// `watch = "2%"`: left out, that share where somebody can be asked and a notice would be heard.
fn read_watch(table: &Table<'_>, self_info: Option<bool>, push: Option<bool>) -> Option<f64> {
    let asks = self_info == Some(true);
    let usual = if asks && push == Some(true) {
        DEFAULT_WATCH
    } else {
        0.0
    };
    let watch = table.get_or("watch", usual, Value::share)?;
    if let (false, Some(value)) = (asks, table.get("watch").filter(|_| watch > 0.0)) {
        value.fault(
            FaultKind::WatchAsksNobody,
            format!(
                "`{}` is {watch}, but the scenario asks nobody who is logged in",
                value.path()
            ),
            "write `self_info = true`, or remove `watch`",
        );
    }
    Some(watch)
}

fn read_kind(table: &Table<'_>, name: Option<&str>) -> Option<Kind> {
    let kind = match table.get("kind") {
        Some(value) => value.one_of(KINDS)?,
        None => {
            let name = name?;
            let Some((_, kind)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
                table.get("name")?.fault(FaultKind::ScenarioWithoutKind,
                    format!("the scenario \"{name}\" has no `kind`, and its name is none"),
                    "add `kind = \"login\"`, or switch, kicked, expired, reconnect, absent, devices, requests, refused",
                );
                return None;
            };
            *kind
        }
    };
    for (key, owners) in OWN_KEYS {
        if let (Some(value), false) = (table.get(key), owners.contains(&kind)) {
            let names = KINDS.iter().filter(|(_, kind)| owners.contains(kind));
            let names: Vec<_> = names.map(|(name, _)| *name).collect();
            let what = format!(
                "`{key}` means nothing here: only scenarios of the kind {} have it",
                names.join(" and ")
            );
            let one = names.first().copied().unwrap_or_default();
            value.fault(
                FaultKind::KeyOfAnotherKind,
                what,
                format!("remove it, or write `kind = \"{one}\"`"),
            );
        }
    }
    Some(kind)
}

fn read_play(table: &Table<'_>, kind: Kind, target: &TargetParts) -> Option<Play> {
    match kind {
        Kind::Login => Some(Play::Login),
        Kind::Switch => {
            let how = table.get_or("how", SwitchHow::Implicit, |value| {
                value.one_of(&[
                    ("implicit", SwitchHow::Implicit),
                    ("logout_then_login", SwitchHow::LogoutThenLogin),
                ])
            });
            Some(Play::Switch { how: how? })
        }
        Kind::Kicked => {
            let in_flight = table.get_or("in_flight", 0.0, Value::share);
            let relogin = table.get_or("relogin", 1.0, Value::share);
            let fights = table.get_or("fights", 0, |value| value.whole(0..=MOST_FIGHTS));
            Some(Play::Kicked {
                in_flight: in_flight?,
                relogin: relogin?,
                fights: fights?,
            })
        }
        Kind::Expired => {
            let noticed_by = table.get_or("noticed_by", NoticedBy::Target, |value| {
                value.one_of(&[("target", NoticedBy::Target), ("client", NoticedBy::Client)])
            });
            Some(Play::Expired {
                noticed_by: noticed_by?,
            })
        }
        Kind::Reconnect => {
            let cut = read_cut(table, target);
            let away = table.get_or("away", DEFAULT_AWAY, read_spread);
            let kicked = table.get_or("kicked_meanwhile", 0.0, Value::share);
            Some(Play::Reconnect {
                cut: cut?,
                away: away?,
                kicked: kicked?,
                told: target.rules?.offline_kick,
            })
        }
        Kind::Devices => read_devices(table, target),
        Kind::Refused => Some(Play::Refused),
        Kind::Requests => read_requests(table, target),
        Kind::Absent => Some(Play::Absent {
            heartbeat: target.heartbeat_limit?,
            grace: target.notice_limit?,
        }),
    }
}

/// `cut = "rst"`: left out, as a lost network does it where connections can be cut so.
fn read_cut(table: &Table<'_>, target: &TargetParts) -> Option<Cut> {
    let is_http2 = target.http() == Some(Http::Two);
    let usual = if is_http2 { Cut::Fin } else { Cut::Reset };
    let cut = table.get_or("cut", usual, |value| {
        value.one_of(&[("rst", Cut::Reset), ("fin", Cut::Fin)])
    })?;
    if let (Cut::Reset, true, Some(value)) = (cut, is_http2, table.get("cut")) {
        value.fault(
            FaultKind::CutByReset,
            format!(
                "`{}` is \"rst\", but an HTTP/2 connection is closed with FIN",
                value.path()
            ),
            "write `cut = \"fin\"`, or `http = \"1.1\"` in [target]",
        );
    }
    Some(cut)
}

/// The most devices of one account: each policy's platforms, with their most instances, are 25.
const MOST_DEVICES: usize = 25;

/// `devices = ["android", "web", "ipad"]`, `pause = "1s"`
fn read_devices(table: &Table<'_>, target: &TargetParts) -> Option<Play> {
    let devices = table.need("devices", "devices = [\"android\", \"web\"]")?;
    let list = devices.list()?;
    if list.is_empty() || list.len() > MOST_DEVICES {
        devices.fault(
            FaultKind::DeviceCount,
            format!("`{}` has {} entries", devices.path(), list.len()),
            format!("name 1 to {MOST_DEVICES} platforms"),
        );
        return None;
    }
    let names = Platform::ALL.map(|platform| (platform.name(), platform));
    let read: Vec<_> = list.iter().map(|value| value.one_of(&names)).collect();
    let pause = table.get_or("pause", DEFAULT_PAUSE, read_spread);
    Some(Play::Devices {
        platforms: read.into_iter().collect::<Option<_>>()?,
        pause: pause?,
        rules: target.rules?.devices,
    })
}

/// `steps = ["register", "status"]`, `batch = 100`, `pause = "1s"`
fn read_requests(table: &Table<'_>, target: &TargetParts) -> Option<Play> {
    let steps = table.need("steps", "steps = [\"register\", \"status\"]")?;
    let list = steps.list()?;
    if list.is_empty() || list.len() > 16 {
        steps.fault(
            FaultKind::StepCount,
            format!("`{}` has {} entries", steps.path(), list.len()),
            "name 1 to 16 operations",
        );
    }
    let read: Vec<_> = list.iter().map(|step| read_step(step, target)).collect();
    let pause = table.get_or("pause", Spread::Constant(Micros::ZERO), read_spread);
    let batch = table.get_or("batch", 1, |value| value.whole(1..=10_000_u32));
    let (steps, batch) = (read.into_iter().collect::<Option<Vec<_>>>()?, batch?);
    for step in &steps {
        let most = target
            .dialect()
            .and_then(|dialect| dialect.request(*step)?.batch());
        if let (Some(value), Some(most)) = (table.get("batch"), most.filter(|most| batch > *most)) {
            value.fault(
                FaultKind::BatchTooLong,
                format!(
                    "`{}` is {batch}, and {step} takes at most {most} accounts",
                    value.path()
                ),
                format!("write {most} or less"),
            );
        }
    }
    Some(Play::Requests {
        steps,
        batch,
        pause: pause?,
    })
}

fn read_step(value: &Value<'_>, target: &TargetParts) -> Option<Operation> {
    let name = value.text()?;
    let dialect = target.dialect();
    let operation = Operation::named(name);
    // Of a dialect that could not be read nothing is known but that it is one.
    let can = |one: &Operation| {
        dialect.map_or(one.is_administrators(), |dialect| dialect.administers(*one))
    };
    if let Some(operation) = operation.filter(can) {
        return Some(operation);
    }
    let has = |one: Operation| dialect.is_none_or(|dialect| dialect.request(one).is_some());
    let (kind, why) = if operation.is_some_and(has) {
        (FaultKind::StepOfSession, "belongs to a session")
    } else {
        (FaultKind::StepUnknown, "the dialect cannot ask for")
    };
    let able = Operation::ALL.into_iter().filter(can);
    let able: Vec<_> = able.map(Operation::name).collect();
    let remedy = if able.is_empty() {
        "name a dialect for administrators, such as \"tencent-rest\", or play another kind"
            .to_owned()
    } else {
        format!("write one of: {}", able.join(", "))
    };
    let what = format!("`{}` is \"{name}\", which {why}", value.path());
    value.fault(kind, what, remedy);
    None
}
