//! Tencent's answer to `getappinfo`, as rows.
//!
//! In: the answer's bytes. Out: its days, the oldest first, or every fault with its place. Source: "Pulling Operations Data"
//! (tencentcloud.com/document/product/1047/34886): days are text such as `20260131`, and so is every number.

use jiff::civil::Date;
use serde_json::{Map, Value};

use trtc_base::config::hidden;
use trtc_base::error::Problem;
use trtc_forecast::against::ServiceDay;
use trtc_wire::session::{Code, tencent_code};

/// The most faults that are told.
const FAULTS_TOLD: usize = 10;

/// The most characters of what stands there that a message repeats.
const SHOWN: usize = 40;

/// The highest count that is believed: more than there are logins of everybody.
const HIGHEST: u64 = 1_000_000_000_000;

const AS_IT_CAME: &str =
    "give the answer as it came, from curl or the like, not as another program rewrote it";

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// The app, where the answer says it.
    pub(super) app: Option<String>,
    /// Its days, the oldest first; at least one.
    pub(super) days: Vec<ServiceDay>,
}

/// Reads an answer; `place` is what messages call it.
pub(super) fn read(bytes: &[u8], place: &str) -> Result<Answer, Vec<Problem>> {
    let rows = rows(bytes, place).map_err(|one| vec![one])?;
    let (mut days, mut apps, mut faults) = (Vec::<ServiceDay>::new(), Vec::new(), Vec::new());
    for (nth, row) in rows.iter().enumerate() {
        let at = format!("{place}: Result[{nth}]");
        match day(row, &at) {
            Ok((day, app)) => {
                if days.iter().any(|other| other.date == day.date) {
                    let what = format!("{} is there twice", day.date);
                    faults.push(Problem::bad_input(format!("{at}.Date"), what, AS_IT_CAME));
                }
                days.push(day);
                apps.extend(app);
            }
            Err(found) => faults.extend(found),
        }
    }
    apps.sort_unstable();
    apps.dedup();
    if let [one, other, ..] = apps.as_slice() {
        let what = format!("it has rows of app {one} and of app {other}");
        faults.push(Problem::bad_input(
            place,
            what,
            "give the answer of one app",
        ));
    }
    let is_counted = |day: &ServiceDay| day.accounts().is_some() || day.logins.is_some();
    if faults.is_empty() && !days.iter().any(is_counted) {
        faults.push(Problem::bad_input(
            place,
            "no day has LoginUserNum, ActiveUserNum or LoginTimes",
            "ask without RequestField, or name them in it",
        ));
    }
    if let Some(more @ 1..) = faults.len().checked_sub(FAULTS_TOLD) {
        faults.truncate(FAULTS_TOLD);
        faults.push(Problem::bad_input(
            place,
            format!("it has {more} more faults"),
            AS_IT_CAME,
        ));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    days.sort_unstable_by_key(|day| day.date);
    Ok(Answer {
        app: apps.pop(),
        days,
    })
}

/// The rows of an answer that says yes.
fn rows(bytes: &[u8], place: &str) -> Result<Vec<Value>, Problem> {
    let document: Value = serde_json::from_slice(bytes).map_err(|fault| {
        let place = match fault.line() {
            0 => place.to_owned(),
            line => format!("{place}:{line}:{}", fault.column()),
        };
        // What stands there may be a page of a proxy, or a secret: it is not repeated.
        Problem::bad_input(place, "this is not JSON", AS_IT_CAME)
    })?;
    let is_none = |what: &str| {
        Problem::bad_input(
            place,
            what,
            "give the answer to /v4/openconfigsvr/getappinfo",
        )
    };
    let Value::Object(mut fields) = document else {
        return Err(is_none("it is no object with ErrorCode and Result"));
    };
    // A code as text is the code.
    let code = match fields.get("ErrorCode") {
        Some(Value::Number(code)) => code.as_i64(),
        Some(Value::String(code)) => code.parse().ok(),
        Some(_) | None => None,
    };
    match code {
        None => return Err(is_none("it has no ErrorCode")),
        Some(0) => {}
        Some(code) => return Err(refused(place, code, fields.get("ErrorInfo"))),
    }
    if fields
        .get("ActionStatus")
        .is_some_and(|status| status != "OK")
    {
        return Err(is_none("its ActionStatus is not OK"));
    }
    match fields.remove("Result") {
        Some(Value::Array(rows)) if !rows.is_empty() => Ok(rows),
        Some(Value::Array(_)) => Err(Problem::bad_input(
            format!("{place}: Result"),
            "it is empty: Tencent has counted no day of this app",
            "ask for the right SDKAppID, and after 10:00 Beijing time for yesterday",
        )),
        Some(_) | None => Err(is_none("it has no list `Result`")),
    }
}

/// An answer that says no.
fn refused(place: &str, code: i64, info: Option<&Value>) -> Problem {
    let said = info.and_then(Value::as_str).unwrap_or_default();
    let said: String = hidden(said).chars().take(200).collect();
    let known = tencent_code(&Code::Number(code));
    let means = known.map_or(String::new(), |known| format!(" ({})", known.meaning));
    let remedy = match code {
        60_009..=60_010 => "name an administrator of the app in [admin]",
        _ => known.map_or(
            "look the code up in Tencent's error codes (trtc.io/document/34348), and ask again",
            |known| known.remedy,
        ),
    };
    Problem::bad_input(
        format!("{place}: ErrorCode"),
        format!("Tencent refused with {code}{means}: {said}"),
        remedy,
    )
}

/// A row, with its app.
fn day(row: &Value, at: &str) -> Result<(ServiceDay, Option<String>), Vec<Problem>> {
    let Value::Object(row) = row else {
        let problem = Problem::bad_input(at, "it is no object with a Date", AS_IT_CAME);
        return Err(vec![problem]);
    };
    let mut faults = Vec::new();
    let date = date(row, at).map_err(|fault| faults.push(fault)).ok();
    let mut number = |name: &str| {
        let read = count(row, name, at);
        read.unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let (login_users, active) = (number("LoginUserNum"), number("ActiveUserNum"));
    let (logins, most_online) = (number("LoginTimes"), number("MaxOnlineNum"));
    match date {
        Some(date) if faults.is_empty() => {
            let app = row.get("AppId").map(|app| {
                let text = app.as_str().map(|text| text.chars().take(SHOWN).collect());
                text.unwrap_or_else(|| shown(app))
            });
            let day = ServiceDay {
                date,
                login_users,
                active,
                logins,
                most_online,
            };
            Ok((day, app))
        }
        Some(_) | None => Err(faults),
    }
}

fn date(row: &Map<String, Value>, at: &str) -> Result<Date, Problem> {
    let wrong = |what: String| Problem::bad_input(format!("{at}.Date"), what, AS_IT_CAME);
    let text = match row.get("Date") {
        Some(Value::String(text)) => text,
        Some(other) => {
            return Err(wrong(format!(
                "{} is no text, and the documents have text such as \"20260131\"",
                shown(other)
            )));
        }
        None => return Err(wrong("the row has no Date".to_owned())),
    };
    let is_plain = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let part = |range: std::ops::Range<usize>| text.get(range)?.parse::<i16>().ok();
    let date = || {
        let month = i8::try_from(part(4..6)?).ok()?;
        let day = i8::try_from(part(6..8)?).ok()?;
        Date::new(part(0..4)?, month, day).ok()
    };
    let date = if is_plain { date() } else { None };
    date.ok_or_else(|| {
        let text: String = text.chars().take(SHOWN).collect();
        wrong(format!("\"{text}\" is no day such as \"20260131\""))
    })
}

/// A number, which the answer has as text. None where it is left out.
fn count(row: &Map<String, Value>, name: &str, at: &str) -> Result<Option<u64>, Problem> {
    let wrong = |what: String| Problem::bad_input(format!("{at}.{name}"), what, AS_IT_CAME);
    let text = match row.get(name) {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(other) => {
            let other = shown(other);
            return Err(wrong(format!(
                "{other} is no text, and the documents have numbers as text: \"12\""
            )));
        }
    };
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_plain { text.parse().ok() } else { None };
    match number {
        Some(number) if number <= HIGHEST => Ok(Some(number)),
        Some(_) | None => {
            let text: String = text.chars().take(SHOWN).collect();
            Err(wrong(format!(
                "\"{text}\" is no whole number from 0 to {HIGHEST}"
            )))
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string().chars().take(SHOWN).collect(),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
