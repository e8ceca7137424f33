//! Values of a chart as people read them, the same on its axis and beside the pointer.

use crate::figure::{MISSING, whole};

/// What the values of a chart are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Things in each second.
    PerSecond,
    /// Milliseconds; seconds from 1,000 on.
    Millis,
}

impl Unit {
    /// `1.2 M`, `340 k/s`, `85 ms`, `2.30 s`; a dash where there is none.
    #[must_use]
    pub fn shown(self, value: Option<f64>) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            return MISSING.to_owned();
        };
        match self {
            Self::Count => short(value),
            Self::PerSecond => format!("{}/s", short(value)),
            Self::Millis if value >= 999.5 => format!("{} s", seconds(value / 1e3)),
            Self::Millis => format!("{} ms", significant(value)),
        }
    }
}

/// The first number that three digits show as the next unit's.
fn short(value: f64) -> String {
    match value {
        999_500.0.. => format!("{} M", significant(value / 1e6)),
        9_999.5.. => format!("{} k", significant(value / 1e3)),
        99.95.. => whole(value),
        _ => significant(value),
    }
}

fn seconds(value: f64) -> String {
    let text = match value {
        99.95.. => format!("{value:.0}"),
        9.995.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    let whole = text.strip_suffix(".00").or(text.strip_suffix(".0"));
    whole.unwrap_or(&text).to_owned()
}

/// Three significant digits, and no zeros that say nothing; at most four decimals.
fn significant(value: f64) -> String {
    let decimals = match value.abs() {
        99.95.. => 0,
        9.995.. => 1,
        0.999_5.. => 2,
        0.099_95.. => 3,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_three_digits_and_the_unit_that_a_person_would_choose() {
        for (unit, value, shown) in [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 0.5, "0.5"),
            (Unit::Count, 12.0, "12"),
            (Unit::Count, 1_234.0, "1,234"),
            (Unit::Count, 25_000.0, "25 k"),
            (Unit::Count, 340_499.0, "340 k"),
            (Unit::Count, 999_600.0, "1 M"),
            (Unit::Count, 1_200_000.0, "1.2 M"),
            (Unit::PerSecond, 99.96, "100/s"),
            (Unit::PerSecond, 9.996, "10/s"),
            (Unit::PerSecond, 1_500_000.0, "1.5 M/s"),
            (Unit::Millis, 0.0, "0 ms"),
            (Unit::Millis, 0.85, "0.85 ms"),
            (Unit::Millis, 85.0, "85 ms"),
            (Unit::Millis, 999.4, "999 ms"),
            (Unit::Millis, 999.9, "1 s"),
            (Unit::Millis, 2_300.0, "2.30 s"),
            (Unit::Millis, 75_000.0, "75 s"),
        ] {
            assert_eq!(unit.shown(Some(value)), shown, "{value}");
        }
    }

    #[test]
    fn what_is_missing_is_a_dash_and_not_zero() {
        for value in [None, Some(f64::NAN), Some(f64::INFINITY)] {
            assert_eq!(Unit::Count.shown(value), MISSING);
        }
    }
}
