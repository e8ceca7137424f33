//! Numbers as people read them, and as machines do: one place for both.
//!
//! In: plain values. Out: text, or JSON numbers. A value that is missing is a dash here and `null` there, never 0.

use serde::{Serialize, Serializer};

use crate::units::Micros;

/// What stands for a value that is not there.
pub const MISSING: &str = "\u{2013}";

/// A duration that machines read as milliseconds with three decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub Micros);

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.0.as_millis_f64())
    }
}

impl Millis {
    /// As a cell of a CSV file.
    pub fn cell(self) -> String {
        format!("{:.3}", self.0.as_millis_f64())
    }
}

/// What a budget limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A duration.
    Time(Millis),
    /// A share in 0..=1.
    Share(f64),
}

impl Serialize for Amount {
    /// The bare number; its unit is a field of its own.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Time(time) => time.serialize(to),
            Self::Share(share) => to.serialize_f64(*share),
        }
    }
}

/// An amount for people; a dash where there is none.
pub fn amount(value: Option<Amount>) -> String {
    match value {
        None => MISSING.to_owned(),
        Some(Amount::Time(value)) => time(Some(value)),
        Some(Amount::Share(value)) => share(Some(value)),
    }
}

/// A duration for people; a dash where there is none.
pub fn time(value: Option<Millis>) -> String {
    value.map_or_else(|| MISSING.to_owned(), |Millis(micros)| micros.to_string())
}

/// A count for people, in groups of three digits: `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count for people; a dash where there is none.
pub fn count_or_dash(value: Option<u64>) -> String {
    value.map_or_else(|| MISSING.to_owned(), count)
}

/// An expected count for people: the nearest whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float-to-integer cast saturates, and an expected count is not negative"
)]
pub fn whole(value: f64) -> String {
    count(value.round() as u64)
}

/// A share in 0..=1 for people, as a percentage that never rounds to 0% or 100% what is neither.
pub fn share(value: Option<f64>) -> String {
    let Some(value) = value else {
        return MISSING.to_owned();
    };
    let percent = value * 100.0;
    let text = format!("{percent:.2}");
    let is_hidden = (text == "0.00" && percent > 0.0) || (text == "100.00" && percent < 100.0);
    match text.as_str() {
        "0.00" if is_hidden => "<0.01%".to_owned(),
        "100.00" if is_hidden => ">99.99%".to_owned(),
        _ => format!("{}%", text.trim_end_matches('0').trim_end_matches('.')),
    }
}

/// A rate or another number for people: three significant digits below 100, whole above.
pub fn number(value: Option<f64>) -> String {
    match value {
        None => MISSING.to_owned(),
        Some(value) if value.abs() >= 100.0 => format!("{value:.0}"),
        Some(value) if value.abs() >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

/// A part of a whole in 0..=1; none where there is no whole.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a run are far below 2^53, where floats stop counting by one"
)]
pub fn part(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Several things as a sentence names them: `a`, `a and b`, `a, b and c`.
pub fn listed<S: AsRef<str>>(names: &[S]) -> String {
    let mut text = String::new();
    for (nth, name) in names.iter().enumerate() {
        if nth > 0 {
            let is_last = nth + 1 == names.len();
            text += if is_last { " and " } else { ", " };
        }
        text += name.as_ref();
    }
    text
}

/// Bytes in MiB.
#[expect(clippy::cast_precision_loss, reason = "exact up to 8 PiB")]
pub fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_things_follows_an_and() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b"]), "a and b");
        assert_eq!(listed(&["a", "b", "c"]), "a, b and c");
    }

    #[test]
    fn digits_stand_in_groups_of_three() {
        for (value, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (65_536, "65,536"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(value), text);
        }
    }

    #[test]
    fn a_percentage_never_hides_that_something_is_there_or_missing() {
        for (value, text) in [
            (0.0, "0%"),
            (0.000_01, "<0.01%"),
            (0.005, "0.5%"),
            (0.123_4, "12.34%"),
            (0.999_999, ">99.99%"),
            (1.0, "100%"),
        ] {
            assert_eq!(share(Some(value)), text, "{value}");
        }
    }

    #[test]
    fn what_is_missing_is_a_dash_and_never_a_zero() {
        assert_eq!(time(None), MISSING);
        assert_eq!(count_or_dash(None), MISSING);
        assert_eq!(share(part(0, 0)), MISSING);
        assert_eq!(number(None), MISSING);
    }

    #[test]
    fn milliseconds_keep_every_microsecond() {
        assert_eq!(Millis(Micros(12_345)).cell(), "12.345");
        assert_eq!(serde_json::to_string(&Millis(Micros(1))).unwrap(), "0.001");
    }
}
