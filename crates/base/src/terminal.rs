//! Text for a terminal: colours with a meaning, and lines that fit.

use std::env;
use std::io::IsTerminal;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::shown::plain;

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// With ANSI colours.
    Colour,
    /// As it stands.
    Plain,
}

/// A colour with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it should be.
    Good,
    /// As it must not be.
    Bad,
    /// Nobody knows.
    Doubtful,
    /// A heading.
    Title,
}

impl Paint {
    /// Colours only where standard output is a terminal and `NO_COLOR` is unset or empty (no-color.org).
    #[must_use]
    pub fn for_stdout() -> Self {
        let is_refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if std::io::stdout().is_terminal() && !is_refused {
            Self::Colour
        } else {
            Self::Plain
        }
    }

    /// `text` in that colour.
    #[must_use]
    pub fn on(self, text: &str, tone: Tone) -> String {
        let code = match tone {
            Tone::Good => "1;32",
            Tone::Bad => "1;31",
            Tone::Doubtful => "1;33",
            Tone::Title => "1",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// Columns that a terminal takes for `text`: two for a character of East Asia, none for a mark over another.
#[must_use]
pub fn columns_of(text: &str) -> usize {
    text.width()
}

/// At most `columns` columns; what does not fit ends in an ellipsis. What would drive the terminal is written out.
pub fn fit(text: &str, columns: usize) -> String {
    let text = plain(text);
    if columns_of(&text) <= columns {
        return text.into_owned();
    }
    let mut room = columns.saturating_sub(1);
    let is_room = |c: &char| {
        let left = room.checked_sub(c.width().unwrap_or(0));
        room = left.unwrap_or(0);
        left.is_some()
    };
    let kept = text.chars().take_while(is_room);
    kept.chain(['\u{2026}']).collect()
}

/// Lines of at most `columns` columns, broken at spaces where there are some.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let word = fit(word, columns);
        match lines.last_mut() {
            Some(line) if columns_of(line) + 1 + columns_of(&word) <= columns => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_target_says_cannot_move_the_cursor_or_the_margin() {
        assert_eq!(fit("a\u{1b}[2Jb", 80), "a\\u{1b}[2Jb");
        assert_eq!(fit("txt.\u{202e}exe", 80), "txt.\\u{202e}exe");
        assert_eq!(wrap("a \u{1b}[2J", 80), ["a \\u{1b}[2J"]);
        assert_eq!(fit("abcdef", 4), "abc\u{2026}");
        assert_eq!(fit("abcd", 4), "abcd");
    }

    #[test]
    fn a_long_reason_is_broken_at_its_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 4), ["abc\u{2026}"]);
        assert!(wrap("", 4).is_empty());
    }

    #[test]
    fn plain_text_has_no_escapes() {
        assert_eq!(Paint::Plain.on("x", Tone::Bad), "x");
        assert_eq!(Paint::Colour.on("x", Tone::Bad), "\u{1b}[1;31mx\u{1b}[0m");
    }

    #[test]
    fn a_character_of_east_asia_takes_two_columns() {
        assert_eq!(columns_of("登录abc"), 7);
        assert_eq!(fit("登录场景", 5), "登录\u{2026}");
        assert_eq!(fit("登录场景", 4), "登\u{2026}");
        assert_eq!(wrap("登录 场景", 5), ["登录", "场景"]);
    }
}
