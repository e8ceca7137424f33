//! Where things stand in a chart: its size, its plot, and the places of values.

use super::Chart;
use super::axis::Axis;
use crate::page::Html;

/// The drawing in its own units: about the pixels of a chart that has half a page.
pub(super) const WIDE: f64 = 560.0;
pub(super) const HIGH: f64 = 200.0;
/// The plot's left upper corner and its size; around it is room for words in a phone's large letters.
pub(super) const LEFT: f64 = 62.0;
pub(super) const TOP: f64 = 22.0;
pub(super) const INNER: f64 = 480.0;
pub(super) const TALL: f64 = 150.0;
/// The plot counts in tenths of a unit, so that a whole number says where a point is.
pub(super) const FINE: f64 = 10.0;
/// Room above and below the plot for half of a line's width, in tenths.
pub(super) const MARGIN: f64 = 20.0;

/// A tag with numbers, left open.
pub(super) fn tag(page: &mut Html, open: &'static str, numbers: &[(&'static str, f64)]) {
    page.raw(open);
    for (name, value) in numbers {
        let text = format!("{value:.1}");
        page.raw(" ")
            .raw(name)
            .raw("=\"")
            .text(text.strip_suffix(".0").unwrap_or(&text))
            .raw("\"");
    }
}

/// Where something stands across the plot, in tenths.
pub(super) fn across(chart: &Chart<'_>, x: f64) -> f64 {
    FINE * INNER * (x / chart.until()).clamp(0.0, 1.0)
}

/// How far down the plot a value stands, in tenths.
pub(super) fn down(axis: &Axis, value: f64) -> f64 {
    FINE * TALL * (1.0 - axis.place(value))
}
