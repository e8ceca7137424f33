//! The tables `[[scenarios]]` of a profile: the keys that all kinds have, and which kind it is.

use super::{KINDS, PushUse, SECTIONS, Scenario, SelfInfoCheck, Spelling, Spread, check, spread};
use crate::session::{DeviceRules, OfflineKick, Operation};
use trtc_base::config::{FaultKind, Form, Raw, Table, Value, Writer, Written};
use trtc_base::figure;
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_wire::dialect::Dialect;

section! {
    /// A scenario: what an arrival does. Its kind has keys of its own, below.
    pub(crate) SCENARIO with all SECTIONS {
        /// Its name, in budgets and reports.
        NAME: String = word("name").needed("\"login\"");
        /// What it plays.
        KIND: Raw = raw("kind", Form::OneOf(kinds)).otherwise("its name, where that is a kind");
        /// Its weight among the scenarios: how often an arrival plays it.
        WEIGHT: f64 = number("weight", 0.0, 1e9).or("1");
        /// How long a session stays online between its planned steps.
        DWELL: Spread = own("dwell", spread::FORM, Spread::read).or("\"10s\"");
        /// How long a kicked person takes to log in again. Kinds `kicked` and `reconnect` only.
        REACTION: Spread = own("reaction", spread::FORM, Spread::read).or("\"2s\"");
        /// The share of sessions that end by a logout; the others leave without a word.
        LOGOUT: f64 = share("logout").or("0");
        /// Whether a session asks who is logged in after each login.
        SELF_INFO: bool = flag("self_info").otherwise("`true` where the dialect can ask");
        /// Whether devices open the push channel.
        PUSH: bool = flag("push").otherwise("`true` where the dialect has one");
        /// The most slots that it may use.
        SLOTS: u32 = whole("slots", 1, 1_000_000).otherwise("as many as the plan computes");
        /// The share of arrivals that are asked in the middle of each stay whether they are still logged in.
        WATCH: f64 = share("watch").otherwise("`\"2%\"` with `self_info` and `push`, else 0");
        /// The share of arrivals whose person presses login once more while a login runs. The rules send nothing for it, as the SDK
        /// does.
        IMPATIENT: f64 = share("impatient").or("0");
        /// The share of arrivals after whose first login the administrator looks whether their account is there, by `account_check`.
        SIGNED_UP: f64 = share("signed_up").otherwise("`\"2%\"` where the dialect has `account_check` and no `register`, else 0");
        /// How long the next device, request or person waits. Kinds `devices`, `requests` and `room` only.
        PAUSE: Spread = own("pause", spread::FORM, Spread::read).otherwise("`\"1s\"` for devices and people, `\"0s\"` for requests");
    }
}

/// The share of stays in which a session is asked for: few, as each costs a request.
const USUAL_WATCH: f64 = 0.02;

/// The share of arrivals whose account is looked up: few, as the service allows an administrator few requests.
const USUAL_SIGN_UP: f64 = 0.02;

fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|kind| kind.name).collect()
}

/// What a scenario depends on outside its table; none: it could not be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    /// What the target speaks.
    pub dialect: Option<&'a Dialect>,
    /// Whether that is known to be HTTP/2.
    pub is_http2: bool,
    /// How long a device may be silent.
    pub heartbeat_limit: Option<Micros>,
    /// How long a notice may take.
    pub notice_limit: Option<Micros>,
    /// Which devices of an account may be online together.
    pub devices: Option<DeviceRules>,
    /// Where a device that was kicked while it was away meets 6208.
    pub offline_kick: Option<OfflineKick>,
}

/// The scenario, its share being a weight still.
pub(crate) fn read(value: &Value<'_>, around: &Around<'_>) -> Option<Scenario> {
    let dialect = around.dialect;
    let table = value.open(&SCENARIO)?;
    let name = table.read(&NAME);
    let kind = read_kind(&table, name.as_deref());
    let can = |operation| dialect.is_none_or(|dialect| dialect.can(operation));
    let has_push = dialect.is_none_or(|dialect| dialect.push().is_some());
    let self_info = table.read_or(&SELF_INFO, can(Operation::SelfInfo));
    let push = table.read_or(&PUSH, has_push);
    let slots = table.given(&SLOTS);
    let watch = read_watch(&table, self_info, push);
    let impatient = table.read(&IMPATIENT);
    let signed_up = read_signed_up(&table, kind, dialect);
    let weight = table.read(&WEIGHT);
    let dwell = table.read(&DWELL);
    let reaction = table.read(&REACTION);
    let logout = table.read(&LOGOUT);
    let play = kind.and_then(|kind| (kind.read)(&table, around));
    let scenario = Scenario {
        name: name?,
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
        impatient: impatient?,
        signed_up: signed_up?,
        watch: watch?,
        slots: slots?,
    };
    check::check(&table, &scenario, around);
    Some(scenario)
}

/// `watch = "2%"`: left out, that share where somebody can be asked and a notice would be heard.
fn read_watch(table: &Table<'_>, self_info: Option<bool>, push: Option<bool>) -> Option<f64> {
    let asks = self_info == Some(true);
    let usual = if asks && push == Some(true) {
        USUAL_WATCH
    } else {
        0.0
    };
    let watch = table.read_or(&WATCH, usual)?;
    if let (false, Some(value)) = (asks, table.find(&WATCH).filter(|_| watch > 0.0)) {
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

/// `signed_up = "2%"`: left out, that share where the dialect can look accounts up, and nothing but a login makes them. Gives no
/// share where nobody can be looked up.
fn read_signed_up(
    table: &Table<'_>,
    kind: Option<&Spelling>,
    dialect: Option<&Dialect>,
) -> Option<Option<f64>> {
    let Some(dialect) = dialect else {
        return table.given(&SIGNED_UP);
    };
    let logs_in_well = kind.is_some_and(|kind| kind.shares.contains(&SIGNED_UP.name()));
    if !logs_in_well || !dialect.can(Operation::Login) || !dialect.can(Operation::AccountCheck) {
        return table.given(&SIGNED_UP);
    }
    let usual = if dialect.can(Operation::Register) {
        0.0
    } else {
        USUAL_SIGN_UP
    };
    table.read_or(&SIGNED_UP, usual).map(Some)
}

fn read_kind(table: &Table<'_>, name: Option<&str>) -> Option<&'static Spelling> {
    let kind = match table.find(&KIND) {
        Some(value) => value.one_of(
            &KINDS
                .iter()
                .map(|kind| (kind.name, kind))
                .collect::<Vec<_>>(),
        )?,
        None => {
            let name = name?;
            let Some(kind) = KINDS.iter().find(|kind| kind.name == name) else {
                let (first, others) = kinds()
                    .split_first()
                    .map_or(("", String::new()), |(first, others)| {
                        (*first, others.join(", "))
                    });
                table.find(&NAME)?.fault(
                    FaultKind::ScenarioWithoutKind,
                    format!("the scenario \"{name}\" has no `kind`, and its name is none"),
                    format!("add `kind = \"{first}\"`, or {others}"),
                );
                return None;
            };
            kind
        }
    };
    check_owners(table, kind);
    Some(kind)
}

/// Tells of keys that kinds have, and this one has not.
fn check_owners(table: &Table<'_>, kind: &Spelling) {
    for (key, value) in table.iter() {
        let has = |kind: &&Spelling| {
            kind.shares.contains(&key) || kind.keys.keys().any(|about| about.name == key)
        };
        let owners: Vec<_> = KINDS.iter().filter(has).map(|kind| kind.name).collect();
        let Some(one) = owners.first().filter(|_| !owners.contains(&kind.name)) else {
            continue;
        };
        value.fault(
            FaultKind::KeyOfAnotherKind,
            format!(
                "`{key}` means nothing here: only scenarios of the kind {} have it",
                figure::listed(&owners)
            ),
            format!("remove it, or write `kind = \"{one}\"`"),
        );
    }
}

impl Scenario {
    /// Its table in a resolved file.
    pub(crate) fn write(&self, out: &mut Writer) {
        out.header("[[scenarios]]");
        out.put(&NAME, &self.name);
        out.put_as(&KIND, &self.play.name().written());
        out.put(&WEIGHT, &self.share);
        out.put(&DWELL, &self.dwell);
        out.put(&LOGOUT, &self.logout_share);
        out.put(&SELF_INFO, &(self.self_info == SelfInfoCheck::Ask));
        out.put(&PUSH, &(self.push == PushUse::Open));
        if self.has_dwells() {
            out.put(&WATCH, &self.watch);
        }
        if self.impatient > 0.0 {
            out.put(&IMPATIENT, &self.impatient);
        }
        out.put_given(&SIGNED_UP, self.signed_up.as_ref());
        out.put_given(&SLOTS, self.slots.as_ref());
        self.play.kind().write(self, out);
    }
}
