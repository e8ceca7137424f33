//! The tables `[[stages]]`.

use super::super::{Spacing, Stage, StageKind};
use super::{check_unique, name, tables};
use trtc_base::config::{FaultKind, Table, Value};
use trtc_base::units::Micros;

const KEYS: &[&str] = &["name", "kind", "for", "rate", "spacing"];

/// The most arrivals a second that a profile may ask for.
const HIGHEST_RATE: f64 = 1e6;

const KINDS: &[(&str, StageKind)] = &[
    ("warm-up", StageKind::WarmUp),
    ("measured", StageKind::Measured),
    ("cool-down", StageKind::CoolDown),
];

pub(super) fn read(root: &Table<'_>) -> Option<Vec<Stage>> {
    let list = tables(root, "stages")?;
    let named = list.iter().filter_map(|value| value.as_entry("name"));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let stages: Vec<_> = list.iter().map(read_stage).collect();
    let stages: Vec<_> = stages.into_iter().collect::<Option<_>>()?;
    if stages.iter().all(|stage| stage.rate == (0.0, 0.0)) {
        root.get("stages")?.fault(
            FaultKind::NoArrivals,
            "no stage has an arrival",
            "give at least one stage a `rate` above 0",
        );
    }
    Some(stages)
}

fn read_stage(value: &Value<'_>) -> Option<Stage> {
    let table = value.table(KEYS)?;
    let name = table.need("name", "name = \"peak\"").and_then(name);
    let default = KINDS.iter().find(|(kind, _)| Some(*kind) == name);
    let default = default.map_or(StageKind::Measured, |(_, kind)| *kind);
    let kind = table.get_or("kind", default, |value| value.one_of(KINDS));
    let range = Micros::from_millis(1)..=Micros::from_secs(7 * 86_400);
    let length = table
        .need("for", "for = \"60s\"")
        .and_then(|value| value.span(range));
    let rate = table.need("rate", "rate = 100").and_then(read_rate);
    let spacing = table.get_or("spacing", Spacing::Poisson, |value| {
        value.one_of(&[("poisson", Spacing::Poisson), ("even", Spacing::Even)])
    });
    Some(Stage {
        name: name?.to_owned(),
        kind: kind?,
        length: length?,
        rate: rate?,
        spacing: spacing?,
    })
}

/// `500`, or `{ from = 50, to = 500 }`
fn read_rate(value: &Value<'_>) -> Option<(f64, f64)> {
    let range = 0.0..=HIGHEST_RATE;
    if !value.is_table() {
        let rate = value.number(range)?;
        return Some((rate, rate));
    }
    let table = value.table(&["from", "to"])?;
    let from = table
        .need("from", "from = 50")
        .and_then(|value| value.number(range.clone()));
    let to = table
        .need("to", "to = 500")
        .and_then(|value| value.number(range));
    Some((from?, to?))
}
