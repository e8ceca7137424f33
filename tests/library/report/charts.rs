//! The charts of a run's page: drawn without a script, from the numbers of the files beside it.

use super::sample::Sample;
use super::{SMALL, SMALL_RUN, folder, read};

/// What stands between the first `before` and the next `after`.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(before)?;
    Some(rest.split_once(after)?.0)
}

fn figures(page: &str) -> impl Iterator<Item = &str> {
    page.split("<figure class=\"chart\">").skip(1)
}

/// The line of a chart: what is said of its points, and where they are drawn.
fn line<'p>(page: &'p str, title: &str, name: &str) -> (Vec<&'p str>, Vec<f64>) {
    let title = format!("<figcaption><b>{title}</b>");
    let figure = figures(page).find(|one| one.starts_with(&title)).unwrap();
    let path = figure
        .split("<path class=\"line ")
        .find(|one| one.contains(&format!("data-name=\"{name}\"")))
        .unwrap();
    let said = between(path, "data-values=\"", "\"")
        .unwrap()
        .lines()
        .collect();
    let drawn = between(path, " d=\"", "\"")
        .unwrap()
        .split(['M', 'L'])
        .skip(1);
    let heights = drawn.map(|point| point.split_once(' ').unwrap().1.parse().unwrap());
    (said, heights.collect())
}

#[test]
fn a_chart_says_and_draws_the_numbers_of_the_timeline() {
    let (files, _) = &*SMALL_RUN;
    let page = files.text("report.html");
    let mut csv = csv::Reader::from_reader(files.text("timeline.csv").as_bytes());
    let header = csv.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    let column = |name: &str| -> Vec<f64> {
        let column = header.iter().position(|one| one == name).unwrap();
        rows.iter()
            .map(|row| row[column].parse().unwrap())
            .collect()
    };
    for (title, name, of, unit) in [
        ("Arrivals", "started", "started", "/s"),
        ("Arrivals", "due", "due", "/s"),
        ("Errors", "failed", "failed", "/s"),
        ("Sessions online", "online", "online_peak", ""),
        ("Distinct accounts so far (MAU)", "accounts", "accounts", ""),
    ] {
        let (said, heights) = line(page, title, name);
        let values = column(of);
        assert_eq!(values.len(), 23);
        let words: Vec<String> = values
            .iter()
            .map(|value| format!("{value}{unit}"))
            .collect();
        assert_eq!(said, words, "{title}");
        // The largest value stands highest, at a share of the axis; the others at the same share of theirs.
        let most = values.iter().copied().fold(0.0, f64::max);
        let scale = values
            .iter()
            .zip(&heights)
            .find(|(value, _)| (**value - most).abs() < 1e-9);
        let top = 1_500.0 - scale.unwrap().1;
        for (value, height) in values.iter().zip(&heights) {
            assert!(
                (1_500.0 - height - top * value / most).abs() <= 1.0,
                "{title}: {value} at {height}"
            );
        }
    }
}

#[test]
fn every_chart_is_drawn_without_a_script_and_has_words_for_who_does_not_see_it() {
    let (files, _) = &*SMALL_RUN;
    let page = files.text("report.html");
    assert_eq!(page.matches("<script").count(), 1);
    let (before, _) = page.split_once("<script>").unwrap();
    // Six over time, and the five operations of the sample.
    assert_eq!(figures(before).count(), 11);
    for figure in figures(before) {
        let points = between(figure, "data-x=\"", "\"")
            .unwrap()
            .split(' ')
            .count();
        for path in figure.split("data-values=\"").skip(1) {
            let (said, rest) = path.split_once('"').unwrap();
            assert_eq!(said.lines().count(), points);
            assert!(rest.starts_with(" d=\"M"), "{rest}");
        }
        assert!(figure.contains("role=\"img\" tabindex=\"0\"><title>"));
        assert!(
            between(figure, "<desc>", "</desc>")
                .unwrap()
                .contains(": last ")
        );
        let mut attributes = figure.split('"').filter(|one| one.ends_with('='));
        let handler = attributes.find(|one| one.trim_start().starts_with("on"));
        assert_eq!(handler, None);
    }
}

#[test]
fn a_budget_on_what_a_login_feels_is_drawn_where_it_holds() {
    let (files, _) = &*SMALL_RUN;
    let page = files.text("report.html");
    let limits = |title: &str| {
        let title = format!("<figcaption><b>{title}</b>");
        let figure = figures(page).find(|one| one.starts_with(&title)).unwrap();
        let limits = figure.split("<line class=\"limit\" ").skip(1);
        limits
            .map(|one| between(one, "<title>", "<").unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(limits("Felt by a login"), ["login p99 &lt; 250ms in peak"]);
    assert_eq!(
        limits("login"),
        [
            "login p99 &lt; 250ms in peak",
            "login p50 served &lt; 100ms"
        ]
    );
    assert!(limits("Arrivals").is_empty() && limits("self_info").is_empty());
}

#[test]
fn a_page_of_an_hour_is_small() {
    let hour = Sample {
        rate: 2,
        peak: 1_800,
        ..SMALL
    };
    let (folder, _) = folder(hour);
    let page = read(folder.path(), "report.html");
    let points = between(&page, "data-x=\"", "\"")
        .unwrap()
        .split(' ')
        .count();
    assert!((800..=1_000).contains(&points), "{points}");
    assert!(page.len() < 1_000_000, "{}", page.len());
}
