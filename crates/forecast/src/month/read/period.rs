//! The table `[month]`: which days, where.

use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::Calendar;
use trtc_base::config::{FaultKind, Form, Table, Value};
use trtc_base::section;

section! {
    /// Which days, where.
    pub(super) PERIOD {
        /// The month.
        MONTH: Date = own("month", Form::Like("^(19[7-9][0-9]|2[01][0-9]{2}|2200|20[0-9]{2})-(0[1-9]|1[0-2])$", "a year and a month, 1970-01 to 2200-12"), month).needed("\"2026-12\"");
        /// The zone in which the app's days begin, by its IANA name.
        TIME_ZONE: TimeZone = own("time_zone", Form::Text, zone).needed("\"Asia/Shanghai\"");
        /// The day of the month on which the period begins.
        FROM_DAY: i8 = whole("from_day", 1, 28).or("1");
    }
}

pub(super) fn read(table: &Table<'_>) -> Option<Calendar> {
    let (first, zone) = (table.read(&MONTH), table.read(&TIME_ZONE));
    let from_day = table.read(&FROM_DAY);
    let first = first?;
    let first = first.with().day(from_day?).build().unwrap_or(first);
    let end = first.checked_add(1.month()).ok()?;
    let calendar = Calendar::new(first, end, zone?);
    if calendar.is_none() {
        let what = format!("the calendar has no days from {first} on");
        table.fault(
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
            "write a year from 1970 to 2200 and a month: \"2026-12\"",
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
