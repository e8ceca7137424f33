//! Text from elsewhere, shown and not obeyed: by a terminal, a page or a spreadsheet.
//!
//! In: what a file, a target or a person wrote. Out: the same, with what would move the cursor, turn the line round, be
//! invisible or be calculated written out. Never here: what may be a secret.

use std::borrow::Cow;
use std::fmt::Display;

/// `text` with its control characters, and those that a reader cannot see or that reorder what he sees, written out.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character does something where it should be seen. Sources: Unicode 16, UAX 9 (directional formatting) and
/// the general categories Cc, Cf, Zl and Zp.
const fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// A cell of a CSV file. A text that a spreadsheet would calculate gets an apostrophe before it; a number stays one.
/// Source: OWASP, "CSV Injection".
#[must_use]
pub fn cell(text: &str) -> Cow<'_, str> {
    let shown = plain(text);
    let first = shown.trim_start().chars().next();
    let is_formula = matches!(
        first,
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
    );
    if is_formula && !is_number(&shown) {
        return Cow::Owned(format!("'{shown}"));
    }
    shown
}

/// Digits with a sign, a point and an exponent at most: no `inf`, no `nan`.
fn is_number(text: &str) -> bool {
    let belongs =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    text.bytes().all(belongs) && text.parse::<f64>().is_ok()
}

/// Rows of cells as a CSV file.
///
/// # Errors
/// Where a row has another number of cells than the first.
pub fn csv<R, C>(rows: impl IntoIterator<Item = R>) -> Result<Vec<u8>, String>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    fn told(fault: impl Display) -> String {
        fault.to_string()
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    for row in rows {
        for text in row {
            let shown = cell(text.as_ref());
            csv.write_field(shown.as_bytes()).map_err(told)?;
        }
        csv.write_record(None::<&[u8]>).map_err(told)?;
    }
    csv.into_inner().map_err(told)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_would_act_on_the_reader_is_written_out() {
        for (text, shown) in [
            ("plain ü 张 😀", "plain ü 张 😀"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("two\r\nlines\t", "two\\r\\nlines\\t"),
            ("txt.\u{202e}exe", "txt.\\u{202e}exe"),
            ("\u{2066}a\u{2069}\u{200f}", "\\u{2066}a\\u{2069}\\u{200f}"),
            (
                "pay\u{200b}pal\u{feff}\u{ad}",
                "pay\\u{200b}pal\\u{feff}\\u{ad}",
            ),
            (
                "\u{9b}31m\u{2028}\u{e0041}",
                "\\u{9b}31m\\u{2028}\\u{e0041}",
            ),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn a_cell_is_text_or_a_number_and_never_a_formula() {
        for (text, shown) in [
            ("login", "login"),
            ("=1+1", "'=1+1"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1+1", "' =1+1"),
            ("＝1+1", "'＝1+1"),
            ("\t=1+1", "\\t=1+1"),
            ("\r@x", "\\r@x"),
            ("-", "'-"),
            ("-inf", "'-inf"),
            ("-5", "-5"),
            ("+5.25", "+5.25"),
            ("-1.5e-3", "-1.5e-3"),
            ("", ""),
            ("a=b", "a=b"),
        ] {
            assert_eq!(cell(text), shown);
        }
    }

    #[test]
    fn rows_are_written_as_csv_reads_them() {
        let file = csv([["name", "n"], ["a,\"b\"", "-3"], ["=x\ny", ""]]).unwrap();
        let text = String::from_utf8(file).unwrap();
        assert_eq!(text, "name,n\n\"a,\"\"b\"\"\",-3\n'=x\\ny,\n");
        assert!(csv([vec!["a"], vec!["b", "c"]]).is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left_of_any_text(text in any::<String>()) {
            prop_assert!(!plain(&text).contains(char::is_control));
            let first = cell(&text).chars().next();
            let is_harmless = !matches!(first, Some('=' | '+' | '-' | '@')) || text.parse::<f64>().is_ok();
            prop_assert!(is_harmless);
            let shown = plain(&text);
            prop_assert_eq!(plain(&shown), &*shown);
        }
    }
}
