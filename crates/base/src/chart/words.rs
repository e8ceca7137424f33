//! The words of a chart around its plot: labels, names, limits.

use super::axis::Axis;
use super::frame::{FINE, HIGH, INNER, LEFT, TOP, across, down, tag};
use super::{Across, Band, Chart, Limit};
use crate::page::Html;
use crate::shown::plain;

/// The width of a letter of a label, and of the same on a phone.
const LETTER: f64 = 6.3;
const LARGE_LETTER: f64 = 9.6;
/// Between two labels, at least.
const GAP: f64 = 6.0;
/// The least distance between two lines of words, and on a phone.
const LEADING: f64 = 13.0;
const LARGE_LEADING: f64 = 19.0;

/// What stands around and over the plot, and goes while a part of it is looked at.
pub(super) fn words(page: &mut Html, chart: &Chart<'_>, axis: Option<&Axis>) {
    page.raw("<g class=\"fixed\">");
    if axis.is_some() || matches!(chart.x, Across::Time { .. }) {
        labels(page, chart);
    }
    for (nth, band) in chart.bands.iter().enumerate() {
        // The last name may run on: nothing stands to its right.
        let next = chart.bands.get(nth + 1);
        let until = next.map_or(chart.until(), |next| next.span.0);
        band_name(page, chart, band, until);
    }
    if let Some(axis) = axis {
        limits(page, chart, axis);
    }
    page.raw("</g>\n");
    // The ends of what is looked at then.
    let below = ("y", HIGH - 8.0);
    tag(page, "<text class=\"end from\"", &[("x", LEFT), below]);
    tag(
        page,
        "></text><text class=\"end until\"",
        &[("x", LEFT + INNER), below],
    );
    page.raw("></text>\n");
}

/// The x axis' words: those that would touch the one before are left out, on a phone more of them.
fn labels(page: &mut Html, chart: &Chart<'_>) {
    let (mut free, mut free_of_large) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for (at, words) in chart.marks() {
        let x = LEFT + across(chart, at) / FINE;
        let half = |letter| letter * words.chars().count() as f64 / 2.0;
        if x - half(LETTER) < free {
            continue;
        }
        free = x + half(LETTER) + GAP;
        let is_large = x - half(LARGE_LETTER) >= free_of_large;
        let open = if is_large {
            "<text class=\"x\""
        } else {
            "<text class=\"x minor\""
        };
        if is_large {
            free_of_large = x + half(LARGE_LETTER) + GAP;
        }
        tag(page, open, &[("x", x), ("y", HIGH - 8.0)]);
        page.raw(">").text(&words).raw("</text>");
    }
}

/// A band's name, cut to the room above it.
fn band_name(page: &mut Html, chart: &Chart<'_>, band: &Band<'_>, until: f64) {
    let x = across(chart, band.span.0) / FINE;
    let room = across(chart, until) / FINE - x - 3.0;
    let name = plain(band.name);
    let Some(name) = fitting(&name, room) else {
        return;
    };
    // In a phone's letters the cut may not be enough: nothing leaves the inner drawing.
    let place = [
        ("x", LEFT + x),
        ("y", 0.0),
        ("width", room),
        ("height", TOP),
    ];
    tag(page, "<svg", &place);
    tag(page, "><text", &[("x", 3.0), ("y", TOP - 7.0)]);
    page.raw(">").text(&name).raw("</text></svg>\n");
}

/// As much of a name as there is room for; none where that would be three letters or less.
fn fitting(name: &str, room: f64) -> Option<String> {
    let fits = |letters: usize| letters as f64 * LETTER <= room;
    if fits(name.chars().count()) {
        return Some(name.to_owned());
    }
    let letters = (4..name.chars().count())
        .take_while(|letters| fits(*letters))
        .last()?;
    let cut: String = name.chars().take(letters - 1).collect();
    Some(format!("{cut}\u{2026}"))
}

/// The words of limits, over their lines, where they stand clear of each other.
fn limits(page: &mut Html, chart: &Chart<'_>, axis: &Axis) {
    let mut taken: Vec<f64> = Vec::new();
    for limit in &chart.limits {
        let line = down(axis, limit.value) / FINE;
        // Under the line where there is no room above it.
        let y = if line < LEADING {
            line + LEADING
        } else {
            line - 4.0
        };
        let clear = taken.iter().map(|other| (other - y).abs());
        let clear = clear.fold(f64::INFINITY, f64::min);
        if clear < LEADING {
            continue;
        }
        taken.push(y);
        let size = if clear < LARGE_LEADING { " minor" } else { "" };
        limit_words(page, chart, limit, (TOP + y, size));
    }
}

/// Towards the wider side of the chart.
fn limit_words(
    page: &mut Html,
    chart: &Chart<'_>,
    limit: &Limit<'_>,
    (y, size): (f64, &'static str),
) {
    let (from, until) = limit.span;
    let (from, until) = (across(chart, from) / FINE, across(chart, until) / FINE);
    let (side, x) = if from > INNER / 2.0 {
        (" right", until - 3.0)
    } else {
        ("", from + 3.0)
    };
    page.raw("<text class=\"words").raw(side).raw(size);
    tag(page, "\"", &[("x", LEFT + x), ("y", y)]);
    page.raw(">").text(limit.words).raw("</text>\n");
}
