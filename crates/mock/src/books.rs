//! The mock's own books, kept as Tencent keeps an app's: who logged in, how often, and how many were online at once, by day.
//!
//! Days are Beijing's (UTC+8, no summer time), whatever the machine's zone. Source: "Pulling Operations Data"
//! (cloud.tencent.com/document/product/269/4193). The documents do not say who is active: here it is who logged in.

use std::collections::BTreeMap;

use jiff::civil::Date;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use trtc_base::clock::unix_now;
use trtc_base::units::UnixSeconds;

/// The days that are kept, today's included.
const DAYS_KEPT: usize = 30;

/// Beijing's offset from UTC, in seconds.
const BEIJING: i64 = 8 * 3_600;

const DAY_SECONDS: i64 = 86_400;

/// A day of Beijing's calendar, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct BeijingDay(i64);

impl BeijingDay {
    /// The day that it is in Beijing at `now`.
    pub(super) fn at(now: UnixSeconds) -> Self {
        let seconds = i64::try_from(now.0).unwrap_or(i64::MAX - BEIJING);
        Self((seconds + BEIJING).div_euclid(DAY_SECONDS))
    }

    /// The day that it is in Beijing now.
    pub(super) fn today() -> Self {
        Self::at(unix_now())
    }

    /// As an answer writes it: `20260131`.
    fn text(self) -> String {
        let first = Date::constant(1970, 1, 1);
        let days = jiff::Span::new().try_days(self.0).unwrap_or_default();
        let date = first.checked_add(days).unwrap_or(first);
        date.strftime("%Y%m%d").to_string()
    }
}

/// What happened on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct DayBook {
    login_times: u64,
    login_users: u64,
    registered: u64,
    most_online: u64,
}

/// One app.
#[derive(Debug, Default)]
struct AppBook {
    days: BTreeMap<BeijingDay, DayBook>,
    /// Accounts with a session that is alive.
    online: u64,
    registered: u64,
}

impl AppBook {
    /// The book of `day`, which begins with who is online already.
    fn on(&mut self, day: BeijingDay) -> &mut DayBook {
        let online = self.online;
        self.days.entry(day).or_insert(DayBook {
            most_online: online,
            ..DayBook::default()
        })
    }

    fn forget_old_days(&mut self) {
        while self.days.len() > DAYS_KEPT {
            self.days.pop_first();
        }
    }
}

/// A login that succeeded.
#[derive(Clone, Copy, Debug)]
pub(super) struct LoginNote {
    /// When.
    pub(super) day: BeijingDay,
    /// The day of the account's login before this one.
    pub(super) before: Option<BeijingDay>,
    /// Whether it made the account.
    pub(super) newcomer: Newcomer,
}

/// Whether an account is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Newcomer {
    /// Its login registered it.
    Yes,
    /// It was there before: it has logged in, or was imported.
    No,
}

/// The books of all apps.
#[derive(Debug, Default)]
pub(super) struct Books {
    apps: Mutex<BTreeMap<u32, AppBook>>,
}

impl Books {
    /// An account of `app` logged in.
    pub(super) fn logged_in(&self, app: u32, note: LoginNote) {
        let mut apps = self.apps.lock();
        let book = apps.entry(app).or_default();
        let day = book.on(note.day);
        day.login_times += 1;
        day.login_users += u64::from(note.before != Some(note.day));
        if note.newcomer == Newcomer::Yes {
            day.registered += 1;
            book.registered += 1;
        }
        book.forget_old_days();
    }

    /// An administrator made an account of `app`.
    pub(super) fn imported(&self, app: u32, day: BeijingDay) {
        let mut apps = self.apps.lock();
        let book = apps.entry(app).or_default();
        book.on(day).registered += 1;
        book.registered += 1;
        book.forget_old_days();
    }

    /// An account of `app` came online: it had no session alive.
    pub(super) fn came(&self, app: u32, day: BeijingDay) {
        let mut apps = self.apps.lock();
        let book = apps.entry(app).or_default();
        book.on(day);
        book.online += 1;
        let online = book.online;
        let today = book.on(day);
        today.most_online = today.most_online.max(online);
        book.forget_old_days();
    }

    /// The last session of an account of `app` that was alive is over, or away.
    pub(super) fn went(&self, app: u32, day: BeijingDay) {
        let mut apps = self.apps.lock();
        let book = apps.entry(app).or_default();
        // A day that begins with them online had them online.
        book.on(day);
        book.online = book.online.saturating_sub(1);
        book.forget_old_days();
    }

    /// The days of `app` up to `today`, the oldest first, each with the fields that `wanted` names; all where it is none.
    pub(super) fn result(&self, app: u32, today: BeijingDay, wanted: Option<&[String]>) -> Value {
        let mut apps = self.apps.lock();
        let book = apps.entry(app).or_default();
        book.on(today);
        book.forget_old_days();
        let mut total = book.registered;
        // The total of each day is the newest less what came after it.
        let mut rows: Vec<Value> = Vec::new();
        for (day, counts) in book.days.iter().rev() {
            rows.push(row(app, *day, counts, total, wanted));
            total = total.saturating_sub(counts.registered);
        }
        rows.reverse();
        Value::Array(rows)
    }
}

/// A day as the answer has it: every number is text.
fn row(
    app: u32,
    day: BeijingDay,
    counts: &DayBook,
    registered: u64,
    wanted: Option<&[String]>,
) -> Value {
    let fields = [
        ("AppId", app.to_string()),
        ("ActiveUserNum", counts.login_users.to_string()),
        ("LoginTimes", counts.login_times.to_string()),
        ("LoginUserNum", counts.login_users.to_string()),
        ("MaxOnlineNum", counts.most_online.to_string()),
        ("RegistUserNumOneDay", counts.registered.to_string()),
        ("RegistUserNumTotal", registered.to_string()),
    ];
    let is_wanted = |name: &str| wanted.is_none_or(|names| names.iter().any(|one| one == name));
    let mut row: Map<String, Value> = fields
        .into_iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, value)| (name.to_owned(), Value::String(value)))
        .collect();
    row.insert("Date".to_owned(), json!(day.text()));
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(day: BeijingDay, before: Option<BeijingDay>, newcomer: Newcomer) -> LoginNote {
        LoginNote {
            day,
            before,
            newcomer,
        }
    }

    #[test]
    fn a_day_begins_at_16_00_utc_the_day_before() {
        // 2026-11-30T15:59:59Z is the last second of Beijing's 30th.
        let last = UnixSeconds(1_796_054_399);
        let (before, after) = (
            BeijingDay::at(last),
            BeijingDay::at(UnixSeconds(last.0 + 1)),
        );
        assert_eq!(
            (before.text().as_str(), after.text().as_str()),
            ("20261130", "20261201")
        );
        assert_eq!(BeijingDay::at(UnixSeconds(0)).text(), "19700101");
        assert_eq!(BeijingDay::at(UnixSeconds(57_600)).text(), "19700102");
    }

    #[test]
    fn an_account_counts_once_a_day_and_who_is_online_at_midnight_is_online_on_both_days() {
        let books = Books::default();
        let (first, second) = (BeijingDay(20_000), BeijingDay(20_001));
        books.logged_in(7, login(first, None, Newcomer::Yes));
        books.came(7, first);
        books.logged_in(7, login(first, Some(first), Newcomer::No));
        books.logged_in(7, login(first, None, Newcomer::Yes));
        books.came(7, first);
        books.logged_in(9, login(first, None, Newcomer::Yes));
        books.went(7, second);
        books.logged_in(7, login(second, Some(first), Newcomer::No));
        let rows = books.result(7, second, None);
        let of = |nth: usize, name: &str| rows[nth][name].as_str().unwrap().to_owned();
        for (name, on_first, on_second) in [
            ("LoginTimes", "3", "1"),
            ("LoginUserNum", "2", "1"),
            ("MaxOnlineNum", "2", "2"),
            ("RegistUserNumOneDay", "2", "0"),
            ("RegistUserNumTotal", "2", "2"),
        ] {
            assert_eq!(
                (of(0, name), of(1, name)),
                (on_first.to_owned(), on_second.to_owned()),
                "{name}"
            );
        }
    }

    #[test]
    fn thirty_days_are_kept_and_only_what_is_asked_for_is_told() {
        let books = Books::default();
        for day in 0..40 {
            books.logged_in(7, login(BeijingDay(day), None, Newcomer::No));
        }
        let wanted = ["LoginTimes".to_owned()];
        let rows = books.result(7, BeijingDay(39), Some(&wanted));
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), 30);
        assert_eq!(rows[0], json!({"Date": "19700111", "LoginTimes": "1"}));
    }
}
