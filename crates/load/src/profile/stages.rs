//! The tables `[[stages]]`: the named ranges of the schedule.

use trtc_base::config::{
    FaultKind, Form, Key, Named, Raw, Table, Value, Writer, Written, check_unique, tables,
};
use trtc_base::section;
use trtc_base::units::Micros;

/// The most arrivals a second that a profile may ask for.
const HIGHEST_RATE: f64 = 1e6;

section! {
    /// A named range of the schedule.
    pub(super) STAGE {
        /// Its name, unique in the profile.
        NAME: String = word("name").needed("\"peak\"");
        /// What it is for: a budget without `in STAGE` covers measured stages only.
        KIND: StageKind = one_of("kind").otherwise("its name, where that is a kind, else `\"measured\"`");
        /// How long it lasts.
        FOR: Micros = span("for", Micros::from_millis(1), Micros::from_secs(7 * 86_400)).needed("\"60s\"");
        /// Arrivals a second: a number, or a ramp.
        RATE: (f64, f64) = own("rate", Form::Either(&[NUMBER, Form::Table(&RAMP)]), rate).needed("100");
        /// How arrivals are spaced: as independent people come, or at equal distances.
        SPACING: Spacing = one_of("spacing").or("\"poisson\"");
    }
}

const NUMBER: Form = Form::Number(0.0, HIGHEST_RATE);

section! {
    /// A rate that grows or falls evenly over its stage.
    RAMP {
        /// Arrivals a second at its start.
        FROM: f64 = number("from", 0.0, HIGHEST_RATE).needed("50");
        /// Arrivals a second at its end.
        TO: f64 = number("to", 0.0, HIGHEST_RATE).needed("500");
    }
}

/// A named range of the schedule.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Its name, unique in the profile.
    pub name: String,
    /// Whether budgets without `in STAGE` cover it.
    pub kind: StageKind,
    /// How long it lasts.
    pub length: Micros,
    /// Arrivals a second at its start and at its end; equal when it is constant.
    pub rate: (f64, f64),
    /// How arrivals are spaced.
    pub spacing: Spacing,
}

/// What a stage is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StageKind {
    /// Caches fill; no budget covers it unless it names it.
    WarmUp,
    /// What the run is about.
    Measured,
    /// The load goes down; no budget covers it unless it names it.
    CoolDown,
}

impl Named for StageKind {
    const NAMED: &'static [(&'static str, Self)] = &[
        ("warm-up", Self::WarmUp),
        ("measured", Self::Measured),
        ("cool-down", Self::CoolDown),
    ];
}

/// How arrivals are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    /// At equal distances of the rate's integral.
    Even,
    /// As independent people come: exponential distances.
    Poisson,
}

impl Named for Spacing {
    const NAMED: &'static [(&'static str, Self)] =
        &[("poisson", Self::Poisson), ("even", Self::Even)];
}

pub(super) fn read(root: &Table<'_>, key: &Key<Raw>) -> Option<Vec<Stage>> {
    let list = tables(root, key)?;
    let named = list.iter().filter_map(|value| value.as_entry(NAME.name()));
    check_unique(named.filter_map(|value| Some((value.as_text()?, value))));
    let stages: Vec<_> = list.iter().map(Stage::read).collect();
    let stages: Vec<_> = stages.into_iter().collect::<Option<_>>()?;
    if stages.iter().all(|stage| stage.rate == (0.0, 0.0)) {
        root.find(key)?.fault(
            FaultKind::NoArrivals,
            "no stage has an arrival",
            "give at least one stage a `rate` above 0",
        );
    }
    Some(stages)
}

impl Stage {
    fn read(value: &Value<'_>) -> Option<Self> {
        let table = value.open(&STAGE)?;
        let name = table.read(&NAME);
        let usual = name.as_deref().and_then(StageKind::named);
        let kind = table.read_or(&KIND, usual.unwrap_or(StageKind::Measured));
        let (length, rate) = (table.read(&FOR), table.read(&RATE));
        let spacing = table.read(&SPACING);
        Some(Self {
            name: name?,
            kind: kind?,
            length: length?,
            rate: rate?,
            spacing: spacing?,
        })
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[[stages]]");
        out.put(&NAME, &self.name);
        out.put_named(&KIND, self.kind);
        out.put(&FOR, &self.length);
        let (from, to) = (self.rate.0.written(), self.rate.1.written());
        out.put_as(&RATE, &format!("{{ from = {from}, to = {to} }}"));
        out.put_named(&SPACING, self.spacing);
    }
}

/// `500`, or `{ from = 50, to = 500 }`
fn rate(value: &Value<'_>) -> Option<(f64, f64)> {
    if !value.is_table() {
        let rate = value.number(0.0..=HIGHEST_RATE)?;
        return Some((rate, rate));
    }
    let table = value.open(&RAMP)?;
    let (from, to) = (table.read(&FROM), table.read(&TO));
    Some((from?, to?))
}
