//! Logs from text to counts, against sets of (account, day) that are kept row by row.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{AppMonths, AsOf, Fault, Input, Log, LogFault, Reason, Settings, Span, Wishes, read};
use crate::error::Explain;

fn settings(zone: &str) -> Settings {
    Settings {
        columns: Wishes::default(),
        delimiter: None,
        success: Vec::new(),
        zone: TimeZone::get(zone).unwrap(),
        latest: date(2026, 12, 31),
        bad_rows: 0.01,
    }
}

fn input(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    Input {
        name: name.to_owned(),
        bytes: Box::new(Cursor::new(bytes.into())),
    }
}

fn log_in(zone: &str, text: &str) -> Log {
    read(vec![input("log.csv", text)], &settings(zone))
        .unwrap_or_else(|fault| panic!("{}: {fault}", fault.place))
}

fn log(text: &str) -> Log {
    log_in("UTC", text)
}

fn fault(text: impl Into<Vec<u8>>) -> Fault {
    read(vec![input("log.csv", text)], &settings("UTC"))
        .map(|_| ())
        .unwrap_err()
}

/// The accounts of all apps active up to the span's day in its month.
fn mau(log: &Log, span: &Span) -> u64 {
    log.months(span)[0]
        .months
        .last()
        .unwrap()
        .active_by(span.as_of.day().unsigned_abs())
}

/// Numbers that are mixed well enough for a test (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }
}

/// Days of (app, account), as a set.
type Oracle = BTreeSet<(String, String, Date)>;

/// A log of 12,000 rows in disorder over four months of three apps, and the oracle of its successful logins in `zone`.
fn random(seed: u64, zone: &TimeZone) -> (String, Oracle) {
    let mut dice = Dice(seed);
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
    assert_eq!(log.month_end(&span), Some(vec![51]));
}

/// 100 accounts a day at `minutes` past each hour, from the first of `month` to `last`.
fn busy(month: i8, last: i8) -> String {
    let mut text = String::new();
    for day in 1..=last {
        for account in 0..100 {
            writeln!(
                text,
                "u{},2026-{month:02}-{day:02} {:02}:59:59",
                account * i32::from(day) % 700,
                account % 24
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn clocks_that_are_wrong_do_not_move_the_day_and_are_told() {
    let text = "user,time\n".to_owned()
        + &busy(8, 31)
        + &busy(9, 15)
        // Half a year before and after, days ahead in the month, and the next month: few, and apart.
        + "x,2026-02-03 10:00:00\ny,2026-09-28 10:00:00\ny,2026-10-02 10:00:00\nz,2026-12-24 10:00:00\n"
        // A clock that was never set, and one of the future.
        + "x,1970-01-01 00:00:01\nx,2027-03-01 00:00:01\n";
    let log = log(&text);
    let span = log.span(None).unwrap();
    assert_eq!(
        (span.first, span.last, span.as_of),
        (date(2026, 8, 1), date(2026, 9, 15), date(2026, 9, 15))
    );
    assert_eq!(
        (span.stray_rows, span.stray_first),
        (4, Some(date(2026, 2, 3)))
    );
    let months = &log.months(&span)[0].months;
    assert_eq!(
        months.iter().map(|month| month.month).collect::<Vec<_>>(),
        [8, 9]
    );
    let reasons: Vec<(Reason, u64, u64)> = log
        .rows
        .rejected
        .iter()
        .map(|one| (one.reason, one.rows, one.line))
        .collect();
    let rows = u64::try_from(text.lines().count()).unwrap();
    assert_eq!(
        reasons,
        [(Reason::TooEarly, 1, rows - 1), (Reason::Future, 1, rows)]
    );
    assert_eq!(log.rows.logins, rows - 3);
}

#[test]
fn the_day_is_the_last_one_that_is_over() {
    let head = "user,time\n".to_owned() + &busy(9, 9);
    let dates: String = (0..50)
        .map(|account| format!("u{account},2026-09-10\n"))
        .collect();
    for (more, as_of, why) in [
        // Rows up to the last minute of the day before.
        ("", date(2026, 9, 9), AsOf::LastDay),
        // A day that has begun.
        (
            "a,2026-09-10 00:10:00\nb,2026-09-10 07:00:00\n",
            date(2026, 9, 9),
            AsOf::DayBefore(date(2026, 9, 10)),
        ),
        // A day that has hardly begun.
        (
            "a,2026-09-10 00:00:05\n",
            date(2026, 9, 9),
            AsOf::DayBefore(date(2026, 9, 10)),
        ),
        // The last row is within the last hour, but 100 rows of a morning do not reach to it.
        (
            &"a,2026-09-10 23:00:00\n".repeat(500),
            date(2026, 9, 9),
            AsOf::DayBefore(date(2026, 9, 10)),
        ),
        // Dates alone are days that are over.
        (&dates, date(2026, 9, 10), AsOf::LastDate),
    ] {
        let span = log(&(head.clone() + more)).span(None).unwrap();
        assert_eq!((span.as_of, span.why), (as_of, why), "{more:.40}");
    }
    // The last day that is over may be the last of the month before.
    let text = "user,time\n".to_owned() + &busy(9, 30) + "a,2026-10-01 08:00:00\n";
    let log = log(&text);
    let span = log.span(None).unwrap();
    assert_eq!(
        (span.as_of, span.why),
        (date(2026, 9, 30), AsOf::DayBefore(date(2026, 10, 1)))
    );
    assert!(log.month_end(&span).is_some());
}

#[test]
fn a_day_that_is_not_in_the_log_is_refused_with_the_days_that_are() {
    let log = log(&("user,time\n".to_owned() + &busy(9, 15)));
    for day in [date(2026, 8, 31), date(2026, 10, 1), date(2025, 9, 3)] {
        let fault = log.span(Some(day)).unwrap_err();
        let LogFault::NotInLog { first, last, .. } = fault else {
            panic!("{fault}")
        };
        assert_eq!((first, last), (date(2026, 9, 1), date(2026, 9, 15)));
    }
    // A day without rows in the log's last month may be asked for: an app may be that small.
    assert_eq!(log.span(Some(date(2026, 9, 20))).unwrap().empty_days, 5);
}

#[test]
fn a_first_month_that_the_log_does_not_cover_is_no_earlier_month() {
    let text = "user,time\n".to_owned() + "u1,2026-07-20 10:00:00\n" + &busy(8, 31) + &busy(9, 15);
    let log = log(&text);
    let months = log.months(&log.span(None).unwrap());
    assert_eq!(
        months[0]
            .months
            .iter()
            .map(|month| month.month)
            .collect::<Vec<_>>(),
        [8, 9]
    );
    // Its accounts are known all the same.
    assert_eq!(months[0].months[0].known_by(31), 1);
    let first = log.span(Some(date(2026, 7, 25))).unwrap();
    assert_eq!(
        (first.covered_from, mau(&log, &first)),
        (date(2026, 7, 20), 1)
    );
}

#[test]
fn a_log_that_cannot_be_used_says_where_and_what_to_do() {
    let rows = "a,2026-11-05T10:00:00Z\n".repeat(150);
    let gz = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1];
    let many: String = (0..300)
        .map(|app| format!("a,2026-11-05,app{app}\n"))
        .collect();
    for (text, place, what, remedy) in [
        (
            b"".to_vec(),
            "log.csv",
            "there is no row",
            "a row for each login",
        ),
        (
            b"user,time\n".to_vec(),
            "log.csv",
            "there is no row",
            "a row for each login",
        ),
        (
            b"who,when\na,2026-11-05\n".to_vec(),
            "log.csv:1",
            "like an account: there are `who`, `when`",
            "--account 1",
        ),
        (
            b"a,2026-11-05,x\n".to_vec(),
            "log.csv:1",
            "no header",
            "--account 1",
        ),
        (
            b"user,time,code\na,2026-11-05,77\n".to_vec(),
            "log.csv",
            "results are `77`",
            "--success WORD",
        ),
        (
            b"user,time\n,2026-11-05\n".to_vec(),
            "log.csv",
            "no account, first in log.csv:2",
            "--account NAME",
        ),
        (
            b"user,time\na,2027-11-05\n".to_vec(),
            "log.csv",
            "a time in the future",
            "--as-of",
        ),
        (
            format!("user,time\n{rows}b,yesterday\nc,\n").into(),
            "log.csv",
            "2 of 152 rows",
            "--bad-rows",
        ),
        (
            format!("user,time,app\n{many}").into(),
            "log.csv:258",
            "more than 256",
            "--app -",
        ),
        (
            format!("user,time\n\"{rows}{}", "x".repeat(70_000)).into(),
            "log.csv:2",
            "longer than 64 KiB",
            "quote",
        ),
        (gz.to_vec(), "log.csv", "cannot be read", "whole"),
        (b"BZh91AY".to_vec(), "log.csv", "bzip2", "bzip2 -dc"),
        (b"\xff\xfeu\0s\0".to_vec(), "log.csv", "UTF-16", "iconv"),
    ] {
        let fault = fault(text);
        assert_eq!(fault.place(), place, "{fault}");
        assert!(fault.to_string().contains(what), "{fault}");
        assert!(
            fault.remedy().contains(remedy),
            "{fault}: {}",
            fault.remedy()
        );
    }
}

#[test]
fn faulty_rows_below_the_bound_are_counted_by_reason_with_their_first_line() {
    let mut text = String::from("user;time;app\r\n");
    for row in 0..1_000 {
        write!(text, "u{row};2026-11-05T10:00:00Z;x\r\n").unwrap();
    }
    text +=
        "\r\nb;;x\r\nc;soon;x\r\nd\r\n ;2026-11-05;x\r\ne;later;x\r\n\"f\r\ng\";2026-11-05;x\r\n";
    let log = log(&text);
    let reasons: BTreeMap<String, (u64, u64, &str)> = log
        .rows
        .rejected
        .iter()
        .map(|one| {
            (
                one.reason.to_string(),
                (one.rows, one.line, one.cell.as_str()),
            )
        })
        .collect();
    let want = [
        (Reason::NoTime, (1, 1_003, "")),
        (Reason::UnknownTime, (2, 1_004, "soon")),
        (Reason::TooShort, (1, 1_005, "")),
        (Reason::NoAccount, (1, 1_006, "")),
        (Reason::LineBreak, (1, 1_008, "")),
    ];
    assert_eq!(
        reasons,
        want.map(|(reason, found)| (reason.to_string(), found))
            .into()
    );
    assert_eq!(
        (log.rows.read, log.rows.logins, log.rows.breaks),
        (1_006, 1_000, 1)
    );
}
