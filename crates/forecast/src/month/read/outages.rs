//! The tables `[[outages]]`: times when logins fail.

use jiff::civil::DateTime;

use super::super::{Calendar, Outage};
use trtc_base::config::{FaultKind, Form, Raw, Value};
use trtc_base::section;
use trtc_base::units::Micros;

section! {
    /// A time when logins fail.
    pub(super) OUTAGE {
        /// When it begins, in the app's zone.
        AT: Raw = raw("at", Form::Like("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}(:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?)?)?$", "a date and a time; a date alone is its midnight"))
            .needed("\"2026-12-10T20:00\"");
        /// How long it lasts.
        FOR: Micros = span("for", Micros::from_secs(1), Micros::from_secs(7 * 86_400)).needed("\"30m\"");
        /// The share of logins that fail in it.
        SHARE: f64 = share("share").or("1");
    }
}

pub(super) fn read(value: Option<&Value<'_>>, calendar: Option<&Calendar>) -> Option<Vec<Outage>> {
    let Some(value) = value else {
        return Some(Vec::new());
    };
    let list = value.list()?;
    let read: Vec<_> = list.iter().map(|item| outage(item, calendar)).collect();
    let outages: Vec<Outage> = read.into_iter().collect::<Option<_>>()?;
    check_apart(&outages, &list)?;
    Some(outages)
}

/// Two at once would cut a session off twice.
fn check_apart(outages: &[Outage], list: &[Value<'_>]) -> Option<()> {
    for (at, outage) in outages.iter().enumerate() {
        let meets = |other: &Outage| outage.from < other.until && other.from < outage.until;
        if outages[..at].iter().any(meets) {
            list[at].fault(
                FaultKind::ImpossibleActivity,
                format!("`{}` overlaps another outage", list[at].path()),
                "make one of the two, or end one before the other begins",
            );
            return None;
        }
    }
    Some(())
}

fn outage(value: &Value<'_>, calendar: Option<&Calendar>) -> Option<Outage> {
    let table = value.open(&OUTAGE)?;
    let from = table.must(&AT).and_then(|value| begin(value, calendar?));
    let (long, share) = (table.read(&FOR), table.read(&SHARE));
    let from = from?;
    let long = u32::try_from(long?.whole_secs()).ok()?;
    Some(Outage {
        from,
        until: from + long,
        share: share?,
    })
}

/// A wall time of the period, in the app's zone, as its second.
fn begin(value: &Value<'_>, calendar: &Calendar) -> Option<u32> {
    let text = value.text()?;
    let wall = text.parse::<DateTime>().ok();
    let minute = wall.and_then(|wall| calendar.minute_at(wall.date(), wall.time()));
    if minute.is_none() {
        let what = format!(
            "`{}` is \"{text}\", which is no time of the period",
            value.path()
        );
        let remedy = "write a date and a time of it: \"2026-12-10T20:00\"";
        value.fault(FaultKind::NoDay, what, remedy);
    }
    minute.map(|minute| minute * 60)
}
