//! A table, written as text for a terminal, as HTML for a page, and as the rows of a CSV file.
//!
//! In: columns and rows of cells. Out: text. Never here: what the numbers are.

use std::fmt::Write;

use crate::shown::plain;
use crate::terminal::{Paint, Tone, columns_of, fit};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A word or a name, from the left.
    Text,
    /// A sentence, from the left, which keeps some room in a narrow window.
    Long,
    /// A number with its unit, from the right.
    Number,
}

/// A column of a table: its head, and what it holds.
pub type Column = (&'static str, Kind);

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words or a number, as the column says.
    Plain(String),
    /// Words with a remark below them.
    Remarked(String, String),
    /// One of this program's own words for a state, which is also its style class.
    State(&'static str),
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Plain(text.into())
    }
}

impl Cell {
    /// Its words, without a remark.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Remarked(text, _) => text,
            Self::State(state) => state,
        }
    }

    /// What stands below it.
    pub(crate) fn remark(&self) -> Option<&str> {
        match self {
            Self::Remarked(_, remark) => Some(remark),
            Self::Plain(_) | Self::State(_) => None,
        }
    }
}

/// Columns, and rows of as many cells or fewer.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Kind)>,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// The colour of its first cell, in a terminal.
    tone: Option<Tone>,
    cells: Vec<Cell>,
}

impl Table {
    /// One with these columns. In a terminal the first head is the table's title.
    #[must_use]
    pub fn new(columns: &[(&str, Kind)]) -> Self {
        Self {
            columns: columns
                .iter()
                .map(|(head, kind)| ((*head).to_owned(), *kind))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// The same with `title` in the place of its first head.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        if let Some((head, _)) = self.columns.first_mut() {
            title.clone_into(head);
        }
        self
    }

    /// One more row.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.push(None, cells);
    }

    /// One more row, whose first cell has a colour in a terminal.
    pub fn toned<C: Into<Cell>>(&mut self, tone: Tone, cells: impl IntoIterator<Item = C>) {
        self.push(Some(tone), cells);
    }

    fn push<C: Into<Cell>>(&mut self, tone: Option<Tone>, cells: impl IntoIterator<Item = C>) {
        let cells = cells.into_iter().map(Into::into).collect();
        self.rows.push(Row { tone, cells });
    }

    /// As text, its heads first. It is as wide as its cells, and at most `most` columns where words can be cut; numbers never
    /// are.
    #[must_use]
    pub fn as_text(&self, most: usize, paint: Paint) -> String {
        let (widths, gap) = self.widths(most);
        let heads: Vec<&str> = self.columns.iter().map(|(head, _)| head.as_str()).collect();
        let title = self.line(&heads, &widths, gap).concat();
        let mut text = format!("{}\n", paint.on(title.trim_end(), Tone::Title));
        for row in &self.rows {
            let words: Vec<&str> = row.cells.iter().map(Cell::words).collect();
            let mut line = self.line(&words, &widths, gap);
            if let (Some(tone), Some(first)) = (row.tone, line.first_mut()) {
                *first = paint.on(first, tone);
            }
            // Writing to a string does not fail.
            let _ = writeln!(text, "{}", line.concat().trim_end());
        }
        text
    }

    /// Of each column, and between two of them. Where a row does not fit, its longest words are cut.
    fn widths(&self, most: usize) -> (Vec<usize>, usize) {
        let longest = |(column, (head, _)): (usize, &(String, Kind))| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            let cells = cells.map(|cell| columns_of(&plain(cell.words())));
            cells.max().unwrap_or(0).max(columns_of(head))
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(longest).collect();
        let gaps = widths.len().saturating_sub(1);
        let gap = if widths.iter().sum::<usize>() + 2 * gaps <= most {
            2
        } else {
            1
        };
        let excess = (widths.iter().sum::<usize>() + gap * gaps).saturating_sub(most);
        let words = widths.iter_mut().zip(&self.columns);
        let words = words.filter(|(_, (_, kind))| *kind != Kind::Number);
        if let Some(widest) = words.map(|(width, _)| width).max() {
            *widest = widest.saturating_sub(excess).max(1);
        }
        (widths, gap)
    }

    /// The cells of a line, each with what stands before it.
    fn line(&self, cells: &[&str], widths: &[usize], gap: usize) -> Vec<String> {
        let columns = self.columns.iter().zip(widths).zip(cells);
        let mut line = Vec::with_capacity(cells.len());
        for (((_, kind), &width), words) in columns {
            let before = if line.is_empty() { 0 } else { gap };
            line.push(match kind {
                Kind::Text | Kind::Long => {
                    let words = fit(words, width);
                    let after = width.saturating_sub(columns_of(&words));
                    format!("{:before$}{words}{:after$}", "", "")
                }
                Kind::Number => {
                    let before = before + width.saturating_sub(columns_of(words));
                    format!("{:before$}{words}", "")
                }
            });
        }
        line
    }

    /// Its columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.columns
            .iter()
            .map(|(head, kind)| (head.as_str(), *kind))
    }

    /// The cells of its rows.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &[Cell]> {
        self.rows.iter().map(|row| row.cells.as_slice())
    }

    /// Heads and rows as plain text: what a CSV file is made of.
    pub fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        let heads = self.columns.iter().map(|(head, _)| head.clone());
        let rows = self.rows.iter().map(|row| {
            let cells = row.cells.iter().map(|cell| cell.words().to_owned());
            cells.collect()
        });
        std::iter::once(heads.collect()).chain(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Html;

    const WIDE: usize = 80;

    fn rules(sentence: &str) -> Table {
        let heads = [
            ("RULES", Kind::Text),
            ("", Kind::Long),
            ("checks", Kind::Number),
        ];
        let mut table = Table::new(&heads);
        table.row(["kept", sentence, "7"]);
        table
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells_and_cuts_words_before_numbers() {
        assert_eq!(
            rules("a rule").as_text(WIDE, Paint::Plain),
            "RULES          checks\nkept   a rule       7\n"
        );
        let long = rules(&"x".repeat(200)).as_text(WIDE, Paint::Plain);
        let last = long.lines().last().unwrap();
        assert_eq!(last.chars().count(), WIDE);
        assert!(last.ends_with("\u{2026}      7"), "{last}");
    }

    #[test]
    fn numbers_of_any_size_never_run_together() {
        let heads = [("A", Kind::Text), ("b", Kind::Number), ("c", Kind::Number)];
        let mut table = Table::new(&heads);
        table.row(["x".repeat(90), "9".repeat(30), "8".repeat(30)]);
        let text = table.as_text(WIDE, Paint::Plain);
        let cells: Vec<&str> = text.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(cells.len(), 3, "{text}");
        assert_eq!(cells[1..], ["9".repeat(30), "8".repeat(30)]);
    }

    #[test]
    fn names_of_east_asia_leave_the_columns_where_they_are() {
        let mut table = Table::new(&[("N", Kind::Text), ("n", Kind::Number)]);
        table.row(["登录", "1"]);
        table.row(["abcd", "2"]);
        let text = table.as_text(WIDE, Paint::Plain);
        assert_eq!(text, "N     n\n登录  1\nabcd  2\n");
    }

    #[test]
    fn one_table_says_the_same_as_text_as_html_and_as_rows() {
        let table = rules("a <rule>");
        let mut page = Html::default();
        page.put(&table);
        let page = page.into_text();
        assert!(page.contains("<td class=\"long\">a &lt;rule&gt;</td><td class=\"n\">7</td>"));
        let rows: Vec<_> = table.lines().collect();
        assert_eq!(rows, [["RULES", "", "checks"], ["kept", "a <rule>", "7"]]);
    }
}
