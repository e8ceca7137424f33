//! The table `[month]`: which days, where.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::Calendar;
use trtc_base::config::{FaultKind, Table, Value};

pub(super) fn read(root: &Table<'_>) -> Option<Calendar> {
    let value = root.need("month", "[month]")?;
    let table = value.table(&["month", "time_zone", "from_day"])?;
    let first = table.need("month", "month = \"2026-12\"").and_then(month);
    let zone = table
        .need("time_zone", "time_zone = \"Asia/Shanghai\"")
        .and_then(zone);
    let from_day = table.get_or("from_day", 1, |value| value.whole(1..=28_i8));
    let first = first?;
    let first = first.with().day(from_day?).build().unwrap_or(first);
    let end = first.checked_add(1.month()).ok()?;
    let calendar = Calendar::new(first, end, zone?);
    if calendar.is_none() {
        let what = format!("the calendar has no days from {first} on");
        value.fault(
            FaultKind::NoMonth,
            what,
            "write a month of these years, such as \"2026-12\"",
        );
    }
    calendar
}

/// `"2026-12"`
fn month(value: &Value<'_>) -> Option<Date> {
    let text = value.text()?;
    let first = (text.len() == 7).then(|| format!("{text}-01"));
    let date = first.and_then(|first| first.parse::<Date>().ok());
    let date = date.filter(|date| (1970..=2200).contains(&date.year()));
    if date.is_none() {
        let what = format!("`{}` is \"{text}\", which is no month", value.path());
        value.fault(
            FaultKind::NoMonth,
            what,
            "write a year and a month: \"2026-12\"",
        );
    }
    date
}

/// An IANA name: `"Asia/Shanghai"`, `"UTC"`.
pub(super) fn zone(value: &Value<'_>) -> Option<TimeZone> {
    let text = value.text()?;
    let zone = TimeZone::get(text).ok();
    if zone.is_none() {
        let what = format!("`{}` is \"{text}\", which is no time zone", value.path());
        value.fault(
            FaultKind::NoTimeZone,
            what,
            "write an IANA name, such as \"Asia/Shanghai\", \"Europe/Berlin\" or \"UTC\"",
        );
    }
    zone
}
