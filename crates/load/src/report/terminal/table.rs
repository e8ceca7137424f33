//! A table that is as wide as its cells, and no wider than the narrowest usual terminal.

use std::fmt::Write;

use super::COLUMNS;
use trtc_base::terminal::{Paint, Tone, fit};

/// Rows under a title. Sentences stand at the left, numbers at the right.
pub(super) struct Table {
    heads: Vec<&'static str>,
    /// So many columns hold words.
    words: usize,
    rows: Vec<Row>,
}

struct Row {
    /// The colour of its first cell.
    tone: Option<Tone>,
    cells: Vec<String>,
}

impl Table {
    /// One whose first `words` columns hold words, with its heads; the first head is its title.
    pub(super) fn new(words: usize, heads: &[&'static str]) -> Self {
        Self {
            heads: heads.to_vec(),
            words,
            rows: Vec::new(),
        }
    }

    pub(super) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(Row { tone: None, cells });
    }

    pub(super) fn toned(&mut self, tone: Tone, cells: Vec<String>) {
        self.rows.push(Row {
            tone: Some(tone),
            cells,
        });
    }

    pub(super) fn write(&self, out: &mut String, paint: Paint) -> std::fmt::Result {
        let (widths, gap) = self.widths();
        let heads: Vec<String> = self.heads.iter().map(|&head| head.to_owned()).collect();
        let title = self.line(&heads, &widths, gap);
        writeln!(out, "\n{}", paint.on(&title.concat(), Tone::Title))?;
        for row in &self.rows {
            let mut line = self.line(&row.cells, &widths, gap);
            if let (Some(tone), Some(first)) = (row.tone, line.first_mut()) {
                *first = paint.on(first, tone);
            }
            writeln!(out, "{}", line.concat().trim_end())?;
        }
        Ok(())
    }

    /// Of each column, and between two of them. Where a row does not fit, its longest words are cut.
    fn widths(&self) -> (Vec<usize>, usize) {
        let longest = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            let cells = cells.map(|cell| cell.chars().count());
            let head = self.heads[column].chars().count();
            cells.max().unwrap_or(0).max(head)
        };
        let mut widths: Vec<usize> = (0..self.heads.len()).map(longest).collect();
        let gaps = widths.len().saturating_sub(1);
        let gap = if widths.iter().sum::<usize>() + 2 * gaps <= COLUMNS {
            2
        } else {
            1
        };
        let excess = (widths.iter().sum::<usize>() + gap * gaps).saturating_sub(COLUMNS);
        if let Some(widest) = widths[..self.words].iter_mut().max() {
            *widest = widest.saturating_sub(excess);
        }
        (widths, gap)
    }

    /// The cells of a line, each with what stands before it.
    fn line(&self, cells: &[String], widths: &[usize], gap: usize) -> Vec<String> {
        let cell = |(column, (cell, &width)): (usize, (&String, &usize))| {
            let before = if column == 0 { 0 } else { gap };
            let cell = fit(cell, width);
            if column < self.words {
                format!("{:before$}{cell:<width$}", "")
            } else {
                format!("{:before$}{cell:>width$}", "")
            }
        };
        cells.iter().zip(widths).enumerate().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(sentence: &str) -> String {
        let mut table = Table::new(2, &["RULES", "", "checks"]);
        table.row(vec!["kept".to_owned(), sentence.to_owned(), "7".to_owned()]);
        let mut out = String::new();
        table.write(&mut out, Paint::Plain).unwrap();
        out
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells_and_cuts_words_before_numbers() {
        assert_eq!(
            written("a rule"),
            "\nRULES          checks\nkept   a rule       7\n"
        );
        let long = written(&"x".repeat(200));
        let last = long.lines().last().unwrap();
        assert_eq!(last.chars().count(), COLUMNS);
        assert!(last.ends_with("\u{2026}      7"), "{last}");
    }
}
