//! Logs from text to counts, against sets of (account, day) that are kept row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use trtc_base::chance::Bits;

use super::{AppMonths, AsOf, Failures, Input, Log, Settings, Span, Wishes, read};

pub(super) fn settings(zone: &str) -> Settings {
    Settings {
        columns: Wishes::default(),
        delimiter: None,
        success: Vec::new(),
        zone: TimeZone::get(zone).unwrap(),
        written_in: None,
        failures: Failures::Counted,
        latest: date(2026, 12, 31),
        bad_rows: 0.01,
    }
}

pub(super) fn input(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    Input {
        name: name.to_owned(),
        bytes: Box::new(Cursor::new(bytes.into())),
    }
}

fn log_in(zone: &str, text: &str) -> Log {
    read(vec![input("log.csv", text)], &settings(zone))
        .unwrap_or_else(|fault| panic!("{}: {fault}", fault.place))
}

pub(super) fn log(text: &str) -> Log {
    log_in("UTC", text)
}

/// The accounts of all apps active up to the span's day in its month.
pub(super) fn mau(log: &Log, span: &Span) -> u64 {
    log.months(span)[0]
        .months
        .last()
        .unwrap()
        .active_by(span.as_of.day().unsigned_abs())
}

/// Days of (app, account), as a set.
type Oracle = BTreeSet<(String, String, Date)>;

/// A log of 12,000 rows in disorder over four months of three apps, and the oracle of its successful logins in `zone`.
fn random(seed: u64, zone: &TimeZone) -> (String, Oracle) {
    let mut dice = Bits(seed);
    let first: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
    let (mut text, mut oracle) = (
        String::from("\u{feff}ts,note,user_id,app,code\n"),
        Oracle::new(),
    );
    for row in 0..12_000 {
        // The first row of each app and month is early, so that the log covers its first day.
        let second = if row < 50 {
            dice.below(3_600)
        } else {
            dice.below(120 * 86_400)
        };
        let at = first + i64::try_from(second).unwrap().seconds();
        // Some accounts come often: the square leans to small numbers.
        let account = format!("u{}", dice.below(40) * dice.below(40));
        let app = ["chat", "live", "call"][usize::try_from(dice.below(3)).unwrap()];
        let code = ["0", "200", "6206"][usize::try_from(dice.below(3)).unwrap()];
        let written = match dice.below(3) {
            0 => at.to_string(),
            1 => at.as_millisecond().to_string(),
            _ => at
                .to_zoned(zone.clone())
                .strftime("\"%Y-%m-%d %H:%M:%S\"")
                .to_string(),
        };
        writeln!(text, "{written},\"a, \"\"b\"\"\",{account},{app},{code}").unwrap();
        if code != "6206" {
            oracle.insert((app.to_owned(), account, at.to_zoned(zone.clone()).date()));
        }
    }
    (text, oracle)
}

/// Compares every count of `months` with the oracle's.
fn check(months: &AppMonths, oracle: &Oracle, as_of: Date) {
    let is_app = |app: &str| months.app.as_deref().is_none_or(|own| own == app);
    let mut days = BTreeMap::<(&str, &str), BTreeSet<Date>>::new();
    for (app, account, day) in oracle.iter().filter(|(app, ..)| is_app(app)) {
        days.entry((app, account)).or_default().insert(*day);
    }
    for month in &months.months {
        let first = date(month.year, i8::try_from(month.month).unwrap(), 1);
        for nth in [1, 2, 14, 28, month.days] {
            let day = first
                .with()
                .day(nth.try_into().unwrap())
                .build()
                .unwrap()
                .min(as_of);
            let (mut on, mut known, mut dau) = ([0; 32], 0, 0);
            for days in days.values() {
                let active = days.range(first..=day).count();
                on[active] += 1;
                known += u64::from(active > 0 && days.range(..first).next().is_some());
                dau += u64::from(day < as_of && days.contains(&day));
            }
            on[0] = 0;
            assert_eq!(*month.spectrum(nth), on, "{:?} {day}", months.app);
            assert_eq!(
                month.active_by(nth),
                on.iter().sum::<u64>(),
                "{:?} {day}",
                months.app
            );
            assert_eq!(month.known_by(nth), known, "{:?} {day}", months.app);
            if day < as_of {
                assert_eq!(month.dau(nth), dau, "{:?} {day}", months.app);
            }
        }
    }
}

#[test]
fn every_count_of_a_random_log_is_that_of_a_set_of_accounts_and_days() {
    for (seed, name) in [(1, "UTC"), (2, "Asia/Shanghai"), (3, "America/New_York")] {
        let zone = TimeZone::get(name).unwrap();
        let (text, oracle) = random(seed, &zone);
        let log = log_in(name, &text);
        assert_eq!(log.rows.read, 12_000);
        assert_eq!(log.rows.logins + log.rows.failures, 12_000);
        for as_of in [date(2026, 11, 20), date(2026, 10, 31), date(2026, 9, 3)] {
            let span = log.span(Some(as_of)).unwrap();
            assert_eq!((span.as_of, span.why), (as_of, AsOf::Given));
            let months = log.months(&span);
            assert_eq!(months.len(), 4);
            assert_eq!(
                months[1].months.last().unwrap().month,
                as_of.month().unsigned_abs()
            );
            for app in &months {
                check(app, &oracle, as_of);
            }
        }
    }
}

#[test]
fn packed_logs_and_parts_of_a_log_are_the_same_log() {
    let (text, _) = random(4, &TimeZone::UTC);
    let pack = |text: &str| {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        gz.finish().unwrap()
    };
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    // Cut after a line in the middle: both packers allow files one after the other.
    let cut = text[..text.len() / 2].rfind('\n').unwrap() + 1;
    let (left, right) = text.split_at(cut);
    let header = text
        .lines()
        .next()
        .unwrap()
        .trim_start_matches('\u{feff}')
        .to_owned()
        + "\n";
    let parts: [Vec<Input>; 5] = [
        vec![input("a", pack(&text))],
        vec![input("a", [pack(left), pack(right)].concat())],
        vec![input("a.gz", zstd(&text))],
        vec![input("a", [zstd(left), zstd(right)].concat())],
        vec![input("b", header + right), input("a", pack(left))],
    ];
    let months = |log: &Log| log.months(&log.span(None).unwrap());
    let want = months(&log(&text));
    for (nth, inputs) in parts.into_iter().enumerate() {
        let got = read(inputs, &settings("UTC")).unwrap();
        // Apps may come in another order where the parts do.
        let mut got = months(&got);
        got.sort_by_key(|app| want.iter().position(|one| one.app == app.app));
        assert_eq!(got, want, "{nth}");
    }
}

#[test]
fn a_month_begins_at_midnight_of_the_named_zone() {
    // 16:00 UTC is midnight in Shanghai; the same second is the last of October's in New York.
    let text = "user,time\na,2026-10-31T15:59:59Z\nb,2026-10-31T16:00:00Z\nc,2026-11-01 00:00:00\nd,2026-10-31 23:59:59\n\
                e,2026-11-01T03:59:59Z\n";
    for (zone, october, november) in [
        ("Asia/Shanghai", 2, 3),
        ("America/New_York", 4, 1),
        ("UTC", 3, 2),
    ] {
        let log = log_in(zone, text);
        let upto = |day| mau(&log, &log.span(Some(day)).unwrap());
        assert_eq!(
            (upto(date(2026, 10, 31)), upto(date(2026, 11, 30))),
            (october, november),
            "{zone}"
        );
    }
}

#[test]
fn a_day_of_daylight_saving_is_one_day_whichever_way_the_clock_goes() {
    // Berlin, 2026: the night of 29 March has no 02:30, that of 25 October has it twice.
    let text = "user,time\na,2026-03-28T23:00:00Z\na,2026-03-29T00:30:00Z\na,2026-03-29T21:59:59Z\nb,2026-03-29T22:00:00Z\n\
                a,2026-03-29 02:30:00\n";
    let month = log_in("Europe/Berlin", text);
    let month = &month.months(&month.span(Some(date(2026, 3, 31))).unwrap())[0].months[0];
    assert_eq!((month.dau(28), month.dau(29), month.dau(30)), (0, 1, 1));
    let text = "user,time\na,2026-10-24T22:00:00Z\na,2026-10-25T00:30:00Z\na,2026-10-25T01:30:00Z\na,2026-10-25T22:59:59Z\n\
                b,2026-10-25T23:00:00Z\n";
    let month = log_in("Europe/Berlin", text);
    let month = &month.months(&month.span(Some(date(2026, 10, 31))).unwrap())[0].months[0];
    assert_eq!((month.dau(24), month.dau(25), month.dau(26)), (0, 1, 1));
}

#[test]
fn a_log_of_one_day_or_one_account_or_of_bots_is_counted_as_it_is() {
    let one = log("user,time\na,2026-11-05T10:00:00Z\n");
    let span = one.span(None).unwrap();
    assert_eq!(
        (span.as_of, span.why, mau(&one, &span)),
        (date(2026, 11, 5), AsOf::OnlyDay, 1)
    );
    assert_eq!((span.covered_from, span.empty_days), (date(2026, 11, 5), 0));

    // Everyone on every day, and one account with 10,000 rows, each twice.
    let mut text = String::from("user,time\n");
    for day in 1..=30 {
        for account in 0..50 {
            writeln!(text, "u{account},2026-11-{day:02}T23:59:50Z").unwrap();
        }
    }
    for row in 0..20_000 {
        writeln!(text, "bot,2026-11-10T10:{:02}:00Z", row / 2 % 60).unwrap();
    }
    let log = log(&text);
    let span = log.span(None).unwrap();
    let month = &log.months(&span)[0].months[0];
    assert_eq!((span.as_of, span.why), (date(2026, 11, 30), AsOf::LastDay));
    assert_eq!(
        (
            month.spectrum(30)[30],
            month.spectrum(30)[1],
            month.active_by(30)
        ),
        (50, 1, 51)
    );
    assert_eq!(log.month_end(&span), None);
    let earlier = log.span(Some(date(2026, 11, 5))).unwrap();
    assert_eq!(log.month_end(&earlier), Some(vec![51]));
}
