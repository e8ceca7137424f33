//! The table `[population]`: the simulated accounts.

use super::shares::shares;
use super::stages::Stage;
use super::target::TargetParts;
use super::usersig::UsersigServer;
use trtc_base::config::{FaultKind, Form, Table, Value, Writer};
use trtc_base::section;
use trtc_base::units::Micros;
use trtc_usersig::{Platform, UserId};

/// Accounts in an app, at most.
const MOST_ACCOUNTS: i64 = 1_000_000_000;

/// Bytes that tell the accounts of one run from those of another.
const RUN_TAG: usize = 6;

/// The longest span that a file can have. No run is longer, so a UserSig that lasts longer is the same to it.
const LONGEST: Micros = Micros::from_secs(7 * 86_400);

/// The most that a weight may be.
const HEAVIEST: f64 = 1e9;

section! {
    /// The simulated accounts.
    pub(super) POPULATION {
        /// Accounts in each app.
        ACCOUNTS: u64 = whole("accounts", 1, MOST_ACCOUNTS).needed("10000");
        /// The text before the number in a UserID; numbers are zero-padded to one width.
        PREFIX: String = any_text("prefix").or("\"load_\"");
        /// Whether every run has new accounts, each of which costs MAU.
        FRESH: bool = flag("fresh").or("false");
        /// How long each UserSig is valid that is signed here, in whole seconds.
        USERSIG_VALID_FOR: Micros = span("usersig_valid_for", Micros::from_secs(2), LONGEST).or("\"24h\"");
        /// When all UserSigs end together that are signed here before that time, from the run's start: those of one deploy. Each
        /// later one is valid for `usersig_valid_for`.
        USERSIG_ENDS_AT: Micros = span("usersig_ends_at", Micros::from_secs(1), LONGEST).otherwise("each is valid for `usersig_valid_for`");
        /// The platforms of devices, with their weights.
        PLATFORMS: Vec<(Platform, f64)> = own("platforms", Form::Names(platforms, &Form::Number(0.0, HEAVIEST)), read_platforms)
            .or("{ android = 1 }");
    }
}

/// Tells when nobody would see UserSigs end together.
pub(super) fn check_ends(
    table: &Table<'_>,
    target: &TargetParts,
    server: Option<&UsersigServer>,
    stages: &[Stage],
) {
    let Some(value) = table.find(&USERSIG_ENDS_AT) else {
        return;
    };
    let fault = |what: String, remedy: &str| {
        value.fault(FaultKind::UsersigEnds, what, remedy);
    };
    if target.dialect().is_some_and(|it| !it.shows_user_sig()) {
        fault(
            "`population.usersig_ends_at`: the dialect's login shows no UserSig".to_owned(),
            "remove it, or name a dialect whose login has {user_sig}",
        );
    } else if server.is_some() {
        fault(
            "`population.usersig_ends_at`: the UserSigs come from the server in [usersig]"
                .to_owned(),
            "remove it and let the server decide how long they are valid, or remove [usersig]",
        );
    } else if let Some(Some(ends_at)) = table.given(&USERSIG_ENDS_AT) {
        let end = stages
            .iter()
            .fold(Micros::ZERO, |end, stage| end.plus(stage.length));
        if !stages.is_empty() && ends_at >= end {
            fault(
                format!(
                    "`population.usersig_ends_at` is {ends_at}, and the last stage ends at {end}"
                ),
                "write an earlier time, or lengthen a stage: the logins that follow belong to one",
            );
        }
    }
}

fn platforms() -> Vec<&'static str> {
    Platform::ALL.map(Platform::name).to_vec()
}

/// The simulated accounts.
#[derive(Clone, Debug)]
pub struct Population {
    /// Accounts in each app, at least 1.
    pub accounts: u64,
    /// The text before the number in a UserID; numbers are zero-padded to one width.
    pub prefix: String,
    /// The platforms of devices with their shares, which sum to 1.
    pub platforms: Vec<(Platform, f64)>,
    /// The same accounts from run to run, or new ones, which cost MAU.
    pub freshness: Freshness,
    /// How long their UserSigs are valid.
    pub usersigs: UsersigLife,
}

/// How long UserSigs are valid that are signed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsersigLife {
    /// Each of them, from its second on; 2 s to 7 days.
    pub valid_for: Micros,
    /// When all of those end that are signed before, from the run's start; none: each has an end of its own.
    pub ends_at: Option<Micros>,
}

/// Whether a run uses the accounts of earlier runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// The same accounts in every run.
    SameEveryRun,
    /// Accounts that no earlier run used: each costs an MAU.
    NewEveryRun,
}

impl Population {
    pub(super) fn read(table: &Table<'_>) -> Option<Self> {
        let accounts = table.read(&ACCOUNTS);
        let (fresh, prefix) = (table.read(&FRESH), table.read(&PREFIX));
        let platforms = table.read(&PLATFORMS);
        let valid_for = table.read(&USERSIG_VALID_FOR);
        let ends_at = table.given(&USERSIG_ENDS_AT);
        let population = Self {
            accounts: accounts?,
            prefix: prefix?,
            platforms: platforms?,
            freshness: if fresh? {
                Freshness::NewEveryRun
            } else {
                Freshness::SameEveryRun
            },
            usersigs: UsersigLife {
                valid_for: valid_for?,
                ends_at: ends_at?,
            },
        };
        population.check_user_ids(table);
        Some(population)
    }

    pub(super) fn write(&self, out: &mut Writer) {
        out.header("[population]");
        out.put(&ACCOUNTS, &self.accounts);
        out.put(&PREFIX, &self.prefix);
        out.put(&FRESH, &(self.freshness == Freshness::NewEveryRun));
        out.put(&USERSIG_VALID_FOR, &self.usersigs.valid_for);
        if let Some(ends_at) = &self.usersigs.ends_at {
            out.put(&USERSIG_ENDS_AT, ends_at);
        }
        let platforms = self.platforms.iter();
        let platforms = platforms.map(|(platform, share)| format!("{platform} = {share}"));
        let platforms = platforms.collect::<Vec<_>>().join(", ");
        out.put_as(&PLATFORMS, &format!("{{ {platforms} }}"));
    }

    /// Tells when the longest UserID of the population would be none.
    fn check_user_ids(&self, table: &Table<'_>) {
        let digits = self.accounts.to_string().len();
        let tag = match self.freshness {
            Freshness::SameEveryRun => 0,
            Freshness::NewEveryRun => RUN_TAG,
        };
        let longest = format!("{}{}", self.prefix, "0".repeat(tag + digits));
        let Err(fault) = UserId::new(&longest) else {
            return;
        };
        let room = UserId::MAX_BYTES.saturating_sub(tag + digits);
        let place = table.find(&PREFIX).map_or(table.at(), Value::at);
        table.fault_at(FaultKind::UserIds,
            place,
            format!("`population.prefix` and the number make no UserID: {fault}"),
            format!("write at most {room} of a-z A-Z 0-9 _ -; numbers take {digits}, new accounts in every run {RUN_TAG} more"),
        );
    }
}

/// `{ android = 5, web = 2 }`
fn read_platforms(value: &Value<'_>) -> Option<Vec<(Platform, f64)>> {
    let table = value.table(&platforms())?;
    let weights: Vec<_> = table
        .iter()
        .filter_map(|(name, weight)| Some((Platform::named(name)?, weight.number(0.0..=HEAVIEST)?)))
        .collect();
    if weights.len() < table.iter().count() {
        // Told already.
        return None;
    }
    let only: Vec<_> = weights.iter().map(|(_, weight)| *weight).collect();
    let shares = shares(&only, value)?;
    let platforms = weights.into_iter().zip(shares);
    Some(
        platforms
            .map(|((platform, _), share)| (platform, share))
            .collect(),
    )
}
