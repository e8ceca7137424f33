//! The charts of a month's page: by day, by hour, and the busiest day by minute.

use super::MonthFindings;
use super::digest::Digest;
use trtc_base::chart::{Across, Chart, Ink, Line, Scale, Stroke, Unit};
use trtc_base::page::Html;

pub(super) fn charts(page: &mut Html, findings: &MonthFindings<'_>, digest: &Digest) {
    page.raw("<section><h2>Over the month</h2>\n<div class=\"charts\">");
    over_days(page, digest);
    over_hours(page, findings, digest);
    busiest_day(page, findings);
    page.raw("</div></section>\n");
}

/// A line over points in their order.
fn line<'t>(name: &'t str, ink: Ink, values: impl Iterator<Item = f64>) -> Line<'t> {
    Line {
        name,
        ink,
        stroke: Stroke::Solid,
        values: values.map(Some).collect(),
    }
}

/// Counts over points, each with its name.
fn chart<'t>(
    title: String,
    lines: Vec<Line<'t>>,
    marks: Vec<(usize, String)>,
    names: Vec<String>,
) -> Chart<'t> {
    Chart {
        title,
        at: (0..names.len()).map(|at| at as f64).collect(),
        x: Across::Marks { marks, names },
        unit: Unit::Count,
        scale: Scale::Linear,
        reach: Vec::new(),
        lines,
        bands: Vec::new(),
        stills: Vec::new(),
        limits: Vec::new(),
    }
}

fn over_days(page: &mut Html, digest: &Digest) {
    let days = || digest.by_day.iter();
    let names: Vec<String> = days().map(|row| row.date.clone()).collect();
    let active = line("DAU", Ink::Blue, days().map(|row| row.dau as f64));
    let so_far = line("MAU", Ink::Green, days().map(|row| row.mau_so_far as f64));
    for (title, line) in [
        ("Accounts that logged in, by day", active),
        ("MAU so far", so_far),
    ] {
        let marks = dates(digest, 1, names.len());
        let chart = chart(title.to_owned(), vec![line], marks, names.clone());
        page.drawn(&chart.figure());
    }
}

fn over_hours(page: &mut Html, findings: &MonthFindings<'_>, digest: &Digest) {
    let tally = &findings.first.tally;
    let (logins, online) = (tally.logins(), tally.online());
    for (title, name, ink, values) in [
        (
            "Logins in the busiest minute of each hour",
            "logins",
            Ink::Blue,
            logins,
        ),
        (
            "Most sessions online in each hour",
            "online",
            Ink::Violet,
            online,
        ),
    ] {
        let hours = values.chunks(60);
        let largest = hours.map(|hour| hour.iter().copied().max().unwrap_or(0) as f64);
        let line = line(name, ink, largest);
        let minutes = (0..).step_by(60).take(line.values.len());
        let names = minutes.map(|minute| wall(findings, minute, "%Y-%m-%d %H:%M"));
        let marks = dates(digest, 24, line.values.len());
        let chart = chart(title.to_owned(), vec![line], marks, names.collect());
        page.drawn(&chart.figure());
    }
}

/// What the clock on the wall says in a minute of the month; nothing of one that is not in it.
fn wall(findings: &MonthFindings<'_>, minute: u32, format: &str) -> String {
    let wall = findings.model.calendar.wall(minute);
    wall.map_or_else(String::new, |wall| wall.strftime(format).to_string())
}

/// The day with the busiest minute, by minute.
fn busiest_day(page: &mut Html, findings: &MonthFindings<'_>) {
    let calendar = &findings.model.calendar;
    let busy = calendar.day_of(findings.first.peaks.minute.minute);
    let Some(day) = calendar.days().get(busy) else {
        return;
    };
    let minutes = day.first_minute..day.first_minute + day.minutes;
    let range = minutes.start as usize..minutes.end as usize;
    let logins = findings.first.tally.logins();
    let logins = logins.get(range.clone()).unwrap_or(&[]).iter();
    let expected = findings.first.expected.logins.get(range).unwrap_or(&[]);
    let clock = |minute| wall(findings, minute, "%H:%M");
    let hours = minutes.clone().step_by(180);
    let marks = hours.map(|minute| ((minute - minutes.start) as usize, clock(minute)));
    let lines = vec![
        line("simulated", Ink::Blue, logins.map(|count| *count as f64)),
        line(
            "starts in closed form",
            Ink::Orange,
            expected.iter().copied(),
        ),
    ];
    let title = format!(
        "Logins by minute on {}, the day of the busiest minute",
        day.date
    );
    let names = minutes.clone().map(clock).collect();
    let chart = chart(title, lines, marks.collect(), names);
    page.drawn(&chart.figure());
}

/// Every fifth day's number, where a day has `every` points.
fn dates(digest: &Digest, every: usize, points: usize) -> Vec<(usize, String)> {
    let days = digest.by_day.iter().enumerate().step_by(5);
    let marks = days.map(|(at, row)| (at * every, row.date.get(8..).unwrap_or("").to_owned()));
    marks.filter(|(at, _)| *at < points).collect()
}
