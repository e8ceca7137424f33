//! Charts as plain SVG: lines and bars over the days or minutes of a month, without a script.

use std::fmt::Write;
use trtc_base::shown::plain;

use trtc_base::figure;

/// A chart's inside, in its own units.
const WIDE: f64 = 560.0;
const HIGH: f64 = 150.0;
/// Room for the labels of the axes.
const LEFT: f64 = 58.0;
const BELOW: f64 = 22.0;

/// A line of a chart.
pub(super) struct Line<'v> {
    pub(super) name: &'static str,
    /// A colour of the page's palette.
    pub(super) ink: &'static str,
    pub(super) values: &'v [f64],
}

/// A chart: its lines share both axes.
pub(super) struct Chart<'v> {
    pub(super) title: String,
    pub(super) lines: Vec<Line<'v>>,
    /// Where along the values a label stands, and its words.
    pub(super) marks: Vec<(usize, String)>,
}

/// The chart as a `figure`. Numbers and this program's own words only, but for the marks and the title, which are dates.
pub(super) fn figure(chart: &Chart<'_>) -> String {
    let most = chart
        .lines
        .iter()
        .flat_map(|line| line.values)
        .copied()
        .fold(0.0, f64::max);
    let top = round_up(most);
    let mut out = format!("<figure><figcaption><b>{}</b>", escaped(&chart.title));
    for line in &chart.lines {
        let _ = write!(
            out,
            "<span class=\"key\" style=\"--ink: var(--{})\">{}</span>",
            line.ink, line.name
        );
    }
    let _ = write!(
        out,
        "</figcaption><svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
        LEFT + WIDE + 12.0,
        HIGH + BELOW + 8.0,
        escaped(&chart.title)
    );
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        let y = height(value, top);
        let _ = write!(
            out,
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT + WIDE,
            LEFT - 6.0,
            y + 4.0,
            short(value)
        );
    }
    let points = chart
        .lines
        .iter()
        .map(|line| line.values.len())
        .max()
        .unwrap_or(0);
    for (at, words) in &chart.marks {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            across(*at, points),
            HIGH + BELOW,
            escaped(words)
        );
    }
    for line in &chart.lines {
        out.push_str(&drawn(line, top));
    }
    out.push_str("</svg></figure>\n");
    out
}

fn drawn(line: &Line<'_>, top: f64) -> String {
    let points = line.values.len();
    let mut path = String::with_capacity(points * 12);
    for (at, value) in line.values.iter().enumerate() {
        let command = if at == 0 { 'M' } else { 'L' };
        let _ = write!(
            path,
            "{command}{:.1} {:.1}",
            across(at, points),
            height(*value, top)
        );
    }
    format!(
        "<path d=\"{path}\" fill=\"none\" stroke=\"var(--{})\" stroke-width=\"1.5\"/>",
        line.ink
    )
}

fn across(at: usize, points: usize) -> f64 {
    let steps = points.saturating_sub(1).max(1) as f64;
    LEFT + WIDE * at as f64 / steps
}

fn height(value: f64, top: f64) -> f64 {
    6.0 + HIGH * (1.0 - value / top)
}

/// The next of 1, 2, 2.5, 4, 5, 8 times a power of ten: a top whose quarters are short numbers.
fn round_up(most: f64) -> f64 {
    if most <= 0.0 {
        return 4.0;
    }
    let power = 10_f64.powf(most.log10().floor());
    let steps = [1.0, 2.0, 2.4, 4.0, 6.0, 8.0, 10.0];
    let step = steps.iter().find(|step| **step * power >= most);
    step.unwrap_or(&10.0) * power
}

/// `1.2 M`, `340 k`, `12`.
fn short(value: f64) -> String {
    let scaled = |scale: f64, unit: &str| {
        let text = format!("{:.2}", value / scale);
        let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
        format!("{text}{unit}")
    };
    match value {
        1e6.. => scaled(1e6, " M"),
        1e4.. => scaled(1e3, " k"),
        100.0.. => figure::whole(value),
        _ => scaled(1.0, ""),
    }
}

fn escaped(text: &str) -> String {
    plain(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_at_a_short_number_above_the_largest_value() {
        for (most, top) in [
            (0.0, 4.0),
            (7.3, 8.0),
            (1_000.0, 1_000.0),
            (1_234.0, 2_000.0),
            (56_000.0, 60_000.0),
        ] {
            assert!((round_up(most) - top).abs() < 1e-9 * top, "{most}");
        }
        assert_eq!(short(1_500_000.0), "1.5 M");
        assert_eq!(short(25_000.0), "25 k");
        assert_eq!(short(0.5), "0.5");
    }

    #[test]
    fn no_text_leaves_its_place() {
        let chart = Chart {
            title: "<b>\"&".to_owned(),
            lines: vec![Line {
                name: "a",
                ink: "blue",
                values: &[1.0, 2.0],
            }],
            marks: vec![(0, "<".to_owned())],
        };
        let figure = figure(&chart);
        assert!(
            !figure.contains("<b>\"&") && figure.contains("&lt;b>&quot;&amp;"),
            "{figure}"
        );
    }
}
