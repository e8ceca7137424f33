//! Charts read back from their markup.

use super::*;

const HOSTILE: &str = "</title><script>alert('x')</script>\" onload=\"\u{202e}";

fn line(values: &[Option<f64>]) -> Line<'static> {
    Line {
        name: "a line",
        ink: Ink::Blue,
        stroke: Stroke::Solid,
        values: values.to_vec(),
    }
}

fn over_time(values: &[Option<f64>]) -> Chart<'static> {
    Chart {
        title: "a chart".to_owned(),
        at: (0..values.len()).map(|at| at as f64 + 0.5).collect(),
        x: Across::Time {
            every: 1.0,
            until: values.len() as f64,
        },
        unit: Unit::Count,
        scale: Scale::Linear,
        reach: Vec::new(),
        lines: vec![line(values)],
        bands: Vec::new(),
        stills: Vec::new(),
        limits: Vec::new(),
    }
}

/// What stands between the first `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).unwrap().0
}

/// The points of a path, each piece for itself.
fn points(path: &str) -> Vec<Vec<(f64, f64)>> {
    let pieces = path.split('M').skip(1);
    let point = |text: &str| {
        let (x, y) = text.trim_end_matches("h0").split_once(' ').unwrap();
        (x.parse().unwrap(), y.parse().unwrap())
    };
    pieces
        .map(|piece| piece.split('L').map(point).collect())
        .collect()
}

#[test]
fn a_drawn_line_has_its_values_where_the_axes_say() {
    let values = [0.0, 3.0, 7.3, 1.25].map(Some);
    let figure = over_time(&values).figure();
    let path = points(between(&figure, "d=\"", "\""));
    assert_eq!(path.len(), 1);
    for (at, ((x, y), value)) in path[0].iter().zip(values).enumerate() {
        // 4,800 tenths are the 4 seconds, 1,500 the axis from 0 to 8; a whole number is off by a half at most.
        assert!((x / 4_800.0 * 4.0 - (at as f64 + 0.5)).abs() <= 0.5 / 1_200.0);
        let back = (1.0 - y / 1_500.0) * 8.0;
        assert!(
            (back - value.unwrap()).abs() <= 0.5 * 8.0 / 1_500.0,
            "{back}"
        );
    }
    assert!(
        figure.contains(">8</text>") && figure.contains(">0</text>"),
        "{figure}"
    );
}

#[test]
fn a_log_chart_has_equal_steps_for_equal_factors() {
    let chart = Chart {
        scale: Scale::Log,
        unit: Unit::Millis,
        ..over_time(&[1.0, 10.0, 100.0, 1_000.0].map(Some))
    };
    let figure = chart.figure();
    let path = points(between(&figure, "d=\"", "\""));
    let heights: Vec<f64> = path[0].iter().map(|(_, y)| *y).collect();
    assert_eq!(heights, [1_500.0, 1_000.0, 500.0, 0.0]);
    assert!(figure.contains(">1 ms</text>") && figure.contains(">1 s</text>"));
}

#[test]
fn a_missing_value_breaks_the_line_and_one_alone_is_a_dot() {
    let values = [
        Some(1.0),
        Some(2.0),
        None,
        Some(2.0),
        None,
        Some(1.0),
        Some(1.0),
    ];
    let figure = over_time(&values).figure();
    let pieces = points(between(&figure, "d=\"", "\""));
    assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    let dots = points(between(&figure, "class=\"dot blue\" d=\"", "\""));
    assert_eq!(dots, [[(2_400.0, 0.0)]]);
}

#[test]
fn what_the_pointer_says_is_each_value_with_its_unit_and_a_dash_for_none() {
    let chart = Chart {
        unit: Unit::Millis,
        ..over_time(&[Some(85.0), None, Some(2_300.0)])
    };
    let figure = chart.figure();
    assert_eq!(
        between(&figure, "data-values=\"", "\""),
        "85 ms\n\u{2013}\n2.30 s"
    );
    assert_eq!(between(&figure, "data-names=\"", "\""), "0:00\n0:01\n0:02");
    assert_eq!(between(&figure, "data-x=\"", "\""), "800 2400 4000");
    assert_eq!(
        between(&figure, "<desc>", "<"),
        "a line: last 2.30 s, most 2.30 s."
    );
}

#[test]
fn a_chart_without_a_value_says_so_and_invents_no_axis() {
    let figure = Chart {
        unit: Unit::Millis,
        ..over_time(&[None, Some(f64::NAN)])
    }
    .figure();
    assert!(figure.contains(">no data</text>"), "{figure}");
    for axis in ["class=\"y\"", " ms", "tabindex", "data-x"] {
        assert!(!figure.contains(axis), "{axis}: {figure}");
    }
    let rare = Chart {
        x: Across::Rarity,
        ..over_time(&[])
    };
    assert!(!rare.figure().contains(">p50<"));
}

#[test]
fn bands_stand_over_their_seconds_and_a_long_name_is_cut() {
    let band = |name, counts, span| Band { name, counts, span };
    let chart = Chart {
        bands: vec![
            band("warm-up", Counts::Beside, (0.0, 5.0)),
            band("a name that is far too long", Counts::Measured, (5.0, 7.0)),
            band("end", Counts::Beside, (7.0, 10.0)),
        ],
        stills: vec![(2.0, 3.0)],
        ..over_time(&[Some(1.0); 10])
    };
    let figure = chart.figure();
    let measured =
        "<rect class=\"band measured\" x=\"2400\" y=\"0\" width=\"960\" height=\"1500\">";
    assert!(figure.contains(measured), "{figure}");
    assert!(figure.contains("<rect class=\"still\" x=\"960\" y=\"0\" width=\"480\""));
    assert!(figure.contains(">warm-up</text>") && figure.contains(">end</text>"));
    // 93 units of room are 14 letters of 6.3.
    assert!(figure.contains(">a name that i\u{2026}</text>"), "{figure}");
    assert!(figure.contains("<title>a name that is far too long</title>"));
}

#[test]
fn a_limit_stands_at_its_value_and_the_axis_reaches_it() {
    let chart = Chart {
        limits: vec![Limit {
            words: "below 20",
            value: 20.0,
            span: (1.0, 2.0),
        }],
        ..over_time(&[Some(1.0); 4])
    };
    let figure = chart.figure();
    let drawn = "<line class=\"limit\" x1=\"1200\" x2=\"2400\" y1=\"0\" y2=\"0\">";
    assert!(figure.contains(drawn), "{figure}");
    assert!(figure.contains(">20</text>") && figure.contains(">below 20</text>"));
}

#[test]
fn labels_that_would_touch_are_left_out() {
    let marks = (0..100).map(|at| (at, format!("mark {at}"))).collect();
    let names = (0..100).map(|at| at.to_string()).collect();
    let chart = Chart {
        at: (0..100).map(f64::from).collect(),
        x: Across::Marks { marks, names },
        ..over_time(&[Some(1.0); 100])
    };
    let figure = chart.figure();
    // 7 letters of 6.3 and the gap are 50 of 480 units.
    let shown = figure.matches(">mark ").count();
    assert!((8..=10).contains(&shown), "{shown}");
}

#[test]
fn no_text_leaves_its_place() {
    let chart = Chart {
        title: HOSTILE.to_owned(),
        x: Across::Marks {
            marks: vec![(0, HOSTILE.to_owned())],
            names: vec![format!("{HOSTILE}\nsecond"), HOSTILE.to_owned()],
        },
        lines: vec![Line {
            name: HOSTILE,
            ..line(&[Some(1.0), Some(2.0)])
        }],
        bands: vec![Band {
            name: HOSTILE,
            counts: Counts::Measured,
            span: (0.0, 1.0),
        }],
        limits: vec![Limit {
            words: HOSTILE,
            value: 1.0,
            span: (0.0, 1.0),
        }],
        ..over_time(&[Some(1.0), Some(2.0)])
    };
    let figure = chart.figure();
    for act in ["<script", "alert('", "\" onload", "\u{202e}"] {
        assert!(!figure.contains(act), "{act}: {figure}");
    }
    // A line's end in a name does not make it two.
    assert_eq!(between(&figure, "data-names=\"", "\"").lines().count(), 2);
}
