//! Which days of a log count: where it begins and ends, and what lies apart.

use std::fmt::Write;

use jiff::civil::date;

use super::tests::{log, mau};
use super::{AsOf, LogFault, Reason};

/// 100 accounts a day, at the end of an hour each, from the first of `month` to `last`.
fn busy(month: i8, last: i8) -> String {
    (1..=last).map(|day| busy_day(month, day)).collect()
}

fn busy_day(month: i8, day: i8) -> String {
    let mut text = String::new();
    for account in 0..100 {
        writeln!(
            text,
            "u{},2026-{month:02}-{day:02} {:02}:59:59",
            account * i32::from(day) % 700,
            account % 24
        )
        .unwrap();
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
}

#[test]
fn a_day_that_is_not_in_the_log_is_refused_with_the_days_that_are() {
    let log = log(&("user,time\n".to_owned() + &busy(9, 15)));
    for day in [
        date(2026, 8, 31),
        date(2026, 9, 16),
        date(2026, 10, 1),
        date(2025, 9, 3),
    ] {
        let fault = log.span(Some(day)).unwrap_err();
        let LogFault::NotInLog { first, last, .. } = fault else {
            panic!("{fault}")
        };
        assert_eq!((first, last), (date(2026, 9, 1), date(2026, 9, 15)));
    }
    // A day that has only begun may be asked for.
    let text = "user,time\n".to_owned() + &busy(9, 15) + "a,2026-09-16 08:00:00\n";
    let begun = super::tests::log(&text);
    let span = begun.span(Some(date(2026, 9, 16))).unwrap();
    assert_eq!((span.as_of, span.empty_days), (date(2026, 9, 16), 0));
    // A log that is silent on weekends, as from 2026-09-05 on, may be asked about the end of its last one.
    let office: String = (1..=18)
        .filter(|day| !matches!(day, 5 | 6 | 12 | 13))
        .map(|day| busy_day(9, day))
        .collect();
    let office = super::tests::log(&("user,time\n".to_owned() + &office));
    let span = office.span(Some(date(2026, 9, 20))).unwrap();
    assert_eq!((span.as_of, span.empty_days), (date(2026, 9, 20), 6));
    assert!(office.span(Some(date(2026, 9, 21))).is_err());
    // However long it was silent before, a month without any row is not in it.
    let text = "user,time\n".to_owned() + &busy_day(9, 1) + &busy_day(9, 15) + &busy_day(9, 29);
    let silent = super::tests::log(&text);
    assert!(silent.span(Some(date(2026, 9, 30))).is_ok());
    assert!(silent.span(Some(date(2026, 10, 2))).is_err());
    // An app may be so small that a day has no login: its log's last month may be asked about to the end.
    let small = super::tests::log("user,time\na,2026-09-01 08:00:00\na,2026-09-15 08:00:00\n");
    let span = small.span(Some(date(2026, 9, 20))).unwrap();
    assert_eq!((span.as_of, span.empty_days), (date(2026, 9, 20), 18));
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
