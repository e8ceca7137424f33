//! Quantities as a person writes them, and the word that was probably meant.

use crate::units::Micros;

/// Units of a span of time, and their length in seconds. The longer suffix comes first where one ends in another.
const UNITS: &[(&str, f64)] = &[
    ("us", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("m", 60.0),
    ("h", 3600.0),
];

/// The longest span that a file may ask for: a week.
const LONGEST: f64 = 7.0 * 24.0 * 3600.0;

/// `250ms`, `1.5 s`, `2m`: a number of 0 or more and a unit out of us, ms, s, m, h. At most a week.
#[must_use]
pub fn parse_span(text: &str) -> Option<Micros> {
    let seconds = span_in_seconds(text)?;
    (seconds <= LONGEST).then(|| Micros::from_secs_f64(seconds))
}

/// The same, however long.
pub(super) fn span_in_seconds(text: &str) -> Option<f64> {
    let (suffix, unit) = UNITS.iter().find(|(suffix, _)| text.ends_with(suffix))?;
    let number = plain_number(text.strip_suffix(suffix)?.trim_end())?;
    Some(number * unit)
}

/// `2%` as 0.02. A number of 0 or more before the sign; above 100 % is for the caller to judge.
#[must_use]
pub fn parse_share(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%')?.trim_end();
    plain_number(number)?;
    // The nearest float to 0.999, which dividing that of 99.9 by 100 would miss.
    format!("{number}e-2").parse().ok()
}

/// Digits with at most one point: no sign, no exponent, no `inf`.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.parse().ok().filter(|_| plain)
}

/// The known word that `word` was probably meant to be: at most one edit in three letters away.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let far = (word.chars().count() / 3).clamp(1, 3);
    let fold = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let word = fold(word);
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &fold(candidate)),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= far)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_its_unit() {
        for (text, micros) in [
            ("0s", Some(0)),
            ("5s", Some(5_000_000)),
            ("1400ms", Some(1_400_000)),
            ("1.5 s", Some(1_500_000)),
            ("250us", Some(250)),
            ("2m", Some(120_000_000)),
            ("168h", Some(604_800_000_000)),
            ("169h", None),
            ("5", None),
            ("s", None),
            ("-5s", None),
            ("+5s", None),
            ("1e3s", None),
            ("infs", None),
            ("5sec", None),
            (" 5s", None),
            ("1.2.3s", None),
        ] {
            assert_eq!(parse_span(text), micros.map(Micros), "{text:?}");
        }
    }

    #[test]
    fn a_share_is_a_number_of_per_cent() {
        for (text, share) in [
            ("2%", Some(0.02)),
            ("0.1 %", Some(0.001)),
            ("99.9%", Some(0.999)),
            ("2", None),
            ("-2%", None),
            ("%", None),
        ] {
            assert_eq!(parse_share(text), share, "{text:?}");
        }
    }

    #[test]
    fn the_nearest_word_is_a_small_slip_away_or_there_is_none() {
        let known = ["accounts", "prefix", "platforms"];
        for (word, meant) in [
            ("acounts", Some("accounts")),
            ("Accounts", Some("accounts")),
            ("plattforms", Some("platforms")),
            ("x", None),
            ("", None),
            ("timeout", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word:?}");
        }
    }
}
