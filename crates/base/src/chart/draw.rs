//! A chart as SVG. What scales with the window is in an inner `svg` that may be stretched, and so looked at in parts; words
//! stand outside it.

use std::fmt::Write;

use super::axis::Axis;
use super::frame::{FINE, HIGH, INNER, LEFT, MARGIN, TALL, TOP, WIDE, across, down, tag};
use super::words::words;
use super::{Across, Chart, Counts, Line, Stroke};
use crate::page::Html;
use crate::shown::plain;

pub(super) fn figure(chart: &Chart<'_>) -> String {
    let axis = chart.axis();
    let mut page = Html::default();
    page.raw("<figure class=\"chart\"><figcaption><b>")
        .text(&chart.title)
        .raw("</b>");
    for line in &chart.lines {
        page.raw("<span class=\"key ")
            .raw(line.ink.class())
            .raw(dashes(line.stroke))
            .raw("\">")
            .text(line.name)
            .raw("</span>");
    }
    page.raw("</figcaption>\n<svg class=\"")
        .raw(match chart.x {
            Across::Time { .. } => "time",
            Across::Marks { .. } | Across::Rarity => "whole",
        })
        .raw("\" viewBox=\"0 0 ")
        .text(&format!("{WIDE} {HIGH}"))
        .raw("\" role=\"img\"");
    // What can be pointed at can be reached by keys.
    if axis.is_some() {
        page.raw(" tabindex=\"0\"");
    }
    page.raw("><title>")
        .text(&chart.title)
        .raw("</title><desc>")
        .text(&description(chart))
        .raw("</desc>\n");
    match &axis {
        Some(axis) => vertical(&mut page, chart, axis),
        None => no_data(&mut page),
    }
    plot(&mut page, chart, axis.as_ref());
    words(&mut page, chart, axis.as_ref());
    page.raw("</svg></figure>\n");
    page.into_text()
}

const fn dashes(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Solid => "",
        Stroke::Dashed => " dashed",
    }
}

/// What the chart shows, for those who do not see it.
fn description(chart: &Chart<'_>) -> String {
    let shown = |value| chart.unit.shown(value);
    let line = |line: &Line<'_>| {
        let seen = || line.values.iter().flatten().copied();
        match seen().last() {
            None => format!("{}: no data.", line.name),
            last => format!(
                "{}: last {}, most {}.",
                line.name,
                shown(last),
                shown(seen().max_by(f64::total_cmp))
            ),
        }
    };
    let limits = chart
        .limits
        .iter()
        .map(|limit| format!("Limit: {}.", limit.words));
    let sentences: Vec<String> = chart.lines.iter().map(line).chain(limits).collect();
    sentences.join(" ")
}

/// The y axis: its lines and its numbers.
fn vertical(page: &mut Html, chart: &Chart<'_>, axis: &Axis) {
    for tick in &axis.ticks {
        let y = TOP + TALL * (1.0 - axis.place(*tick));
        let ends = [("x1", LEFT), ("x2", LEFT + INNER), ("y1", y), ("y2", y)];
        tag(page, "<line class=\"grid\"", &ends);
        tag(
            page,
            "/><text class=\"y\"",
            &[("x", LEFT - 6.0), ("y", y + 4.0)],
        );
        page.raw(">")
            .text(&chart.unit.shown(Some(*tick)))
            .raw("</text>\n");
    }
}

fn no_data(page: &mut Html) {
    let frame = [("x", LEFT), ("y", TOP), ("width", INNER), ("height", TALL)];
    tag(page, "<rect class=\"frame\"", &frame);
    let middle = [("x", LEFT + INNER / 2.0), ("y", TOP + TALL / 2.0 + 4.0)];
    tag(page, "/><text class=\"x\"", &middle);
    page.raw(">no data</text>\n");
}

/// What is stretched when a part of it is looked at.
fn plot(page: &mut Html, chart: &Chart<'_>, axis: Option<&Axis>) {
    let (wide, high) = (FINE * INNER, FINE * TALL);
    let place = [
        ("x", LEFT),
        ("y", TOP - MARGIN / FINE),
        ("width", INNER),
        ("height", TALL + 2.0 * MARGIN / FINE),
    ];
    tag(page, "<svg class=\"plot\"", &place);
    page.raw(" viewBox=\"0 ")
        .text(&format!("{} {wide} {}", -MARGIN, high + 2.0 * MARGIN))
        .raw("\" preserveAspectRatio=\"none\"");
    if axis.is_some() {
        let xs: Vec<String> = chart
            .at
            .iter()
            .map(|at| format!("{:.0}", across(chart, *at)))
            .collect();
        let names: Vec<String> = chart
            .names()
            .iter()
            .map(|name| plain(name).into_owned())
            .collect();
        page.raw(" data-x=\"")
            .text(&xs.join(" "))
            .raw("\" data-names=\"")
            .text(&names.join("\n"))
            .raw("\"");
    }
    page.raw(">\n");
    bands(page, chart);
    let full = |x| [("x1", x), ("x2", x), ("y1", 0.0), ("y2", high)];
    if chart.x == Across::Rarity && axis.is_some() {
        for (x, _) in chart.marks() {
            tag(page, "<line class=\"grid\"", &full(across(chart, x)));
            page.raw("/>");
        }
    }
    if let Some(axis) = axis {
        for line in &chart.lines {
            trace(page, chart, axis, line);
        }
        limits(page, chart, axis);
        // Where the pointer is, and what it has drawn a frame around.
        let frame = [("y", 0.0), ("height", high)];
        tag(page, "<rect class=\"drag\"", &frame);
        tag(page, "/><line class=\"hair\"", &full(0.0));
        page.raw("/>");
    }
    page.raw("</svg>\n");
}

fn limits(page: &mut Html, chart: &Chart<'_>, axis: &Axis) {
    for limit in &chart.limits {
        let (from, until) = limit.span;
        let y = down(axis, limit.value);
        let (from, until) = (across(chart, from), across(chart, until));
        let ends = [("x1", from), ("x2", until), ("y1", y), ("y2", y)];
        tag(page, "<line class=\"limit\"", &ends);
        page.raw("><title>")
            .text(limit.words)
            .raw("</title></line>\n");
    }
}

fn bands(page: &mut Html, chart: &Chart<'_>) {
    let high = FINE * TALL;
    let rect = |page: &mut Html, open, (from, until): (f64, f64)| {
        let x = across(chart, from);
        let width = (across(chart, until) - x).max(FINE);
        tag(
            page,
            open,
            &[("x", x), ("y", 0.0), ("width", width), ("height", high)],
        );
    };
    for band in &chart.bands {
        let open = match band.counts {
            Counts::Measured => "<rect class=\"band measured\"",
            Counts::Beside => "<rect class=\"band\"",
        };
        rect(page, open, band.span);
        page.raw("><title>").text(band.name).raw("</title></rect>");
        let x = across(chart, band.span.0);
        if x > 0.0 {
            let ends = [("x1", x), ("x2", x), ("y1", 0.0), ("y2", high)];
            tag(page, "<line class=\"grid\"", &ends);
            page.raw("/>\n");
        }
    }
    for still in &chart.stills {
        rect(page, "<rect class=\"still\"", *still);
        page.raw("><title>the generator stood still</title></rect>\n");
    }
}

/// Lines break where a value is missing; a value alone between two gaps is a dot.
fn trace(page: &mut Html, chart: &Chart<'_>, axis: &Axis, line: &Line<'_>) {
    let (mut path, mut dots) = (String::new(), String::new());
    let place = |at: usize| {
        let value = line
            .values
            .get(at)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())?;
        Some((across(chart, *chart.at.get(at)?), down(axis, value)))
    };
    let mut joins = false;
    for at in 0..chart.at.len() {
        let Some((x, y)) = place(at) else {
            joins = false;
            continue;
        };
        // Writing to a string cannot fail.
        let _ = if joins {
            write!(path, "L{x:.0} {y:.0}")
        } else if place(at + 1).is_some() {
            write!(path, "M{x:.0} {y:.0}")
        } else {
            write!(dots, "M{x:.0} {y:.0}h0")
        };
        joins = true;
    }
    let shown = line.values.iter().map(|value| chart.unit.shown(*value));
    page.raw("<path class=\"line ")
        .raw(line.ink.class())
        .raw(dashes(line.stroke))
        .raw("\" data-name=\"")
        .text(line.name)
        .raw("\" data-values=\"")
        .text(&shown.collect::<Vec<String>>().join("\n"))
        .raw("\" d=\"")
        .text(&path)
        .raw("\"/>\n");
    if !dots.is_empty() {
        page.raw("<path class=\"dot ")
            .raw(line.ink.class())
            .raw("\" d=\"")
            .text(&dots)
            .raw("\"/>\n");
    }
}
