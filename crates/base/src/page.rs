//! HTML in the making. Markup is written in this program; everything else is text and is escaped.

use crate::shown::plain;
use crate::table::{Cell, Column, Kind, Table};

/// The page is its own and loads nothing.
pub const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>"#;

/// How the page looks.
pub const STYLE: &str = include_str!("page.css");

/// A page or a part of it.
#[derive(Default)]
pub struct Html(String);

impl Html {
    /// Markup of this program's own: no text that comes from outside has a static life.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text from anywhere, also inside a quoted attribute.
    pub fn text(&mut self, text: &str) -> &mut Self {
        // Whole lines at a time: a line's end is layout here.
        for (nth, line) in text.split('\n').enumerate() {
            if nth > 0 {
                self.0.push('\n');
            }
            self.line(&plain(line));
        }
        self
    }

    fn line(&mut self, line: &str) {
        for c in line.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// A drawing of this program's own, which has escaped what it says.
    pub fn drawn(&mut self, figure: &str) -> &mut Self {
        self.0.push_str(figure);
        self
    }

    /// JSON inside a script block that the browser does not run: no `<` is left that could end the block.
    pub fn json(&mut self, json: &str) -> &mut Self {
        for c in json.chars() {
            match c {
                '<' => self.0.push_str("\\u003c"),
                '>' => self.0.push_str("\\u003e"),
                '&' => self.0.push_str("\\u0026"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Numbers at a glance, each with its words.
    pub fn tiles(&mut self, tiles: impl IntoIterator<Item = (String, &'static str)>) {
        self.raw("<div class=\"tiles\">");
        for (value, words) in tiles {
            self.raw("<div class=\"tile\"><b>")
                .text(&value)
                .raw("</b><span>")
                .raw(words)
                .raw("</span></div>");
        }
        self.raw("</div>\n");
    }

    /// A table that scrolls by itself where the window is narrow.
    pub fn table(&mut self, columns: &[Column], rows: impl IntoIterator<Item = Vec<Cell>>) {
        let mut table = Table::new(columns);
        rows.into_iter().for_each(|row| table.row(row));
        self.put(&table);
    }

    /// The same of a table that there is.
    pub fn put(&mut self, table: &Table) {
        self.raw("<div class=\"scroll\"><table><thead><tr>");
        for (head, kind) in table.columns() {
            self.raw(opening_head(kind)).text(head).raw("</th>");
        }
        self.raw("</tr></thead><tbody>");
        for cells in table.cells() {
            self.raw("<tr>");
            for ((_, kind), cell) in table.columns().zip(cells) {
                self.raw(opening_cell(kind));
                self.cell(cell);
                self.raw("</td>");
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody></table></div>\n");
    }

    fn cell(&mut self, cell: &Cell) {
        match cell {
            Cell::Plain(_) | Cell::Remarked(..) => {
                self.text(cell.words());
            }
            Cell::State(state) => {
                self.raw("<span class=\"state ").raw(state).raw("\">");
                self.raw(state).raw("</span>");
            }
        }
        if let Some(remark) = cell.remark() {
            self.raw("<small>").text(remark).raw("</small>");
        }
    }

    /// The finished text.
    pub fn into_text(self) -> String {
        self.0
    }
}

const fn opening_head(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Long => "<th>",
        Kind::Number => "<th class=\"n\">",
    }
}

const fn opening_cell(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "<td>",
        Kind::Long => "<td class=\"long\">",
        Kind::Number => "<td class=\"n\">",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_leave_its_place() {
        let mut html = Html::default();
        html.text("<script>alert('1')</script> & \"x\" \u{202e}\u{1b}");
        assert_eq!(
            html.into_text(),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot; \\u{202e}\\u{1b}"
        );
    }

    #[test]
    fn json_cannot_end_its_block_and_stays_the_same_json() {
        let hostile = "</script><!--<script>&";
        let json = serde_json::to_string(hostile).unwrap();
        let mut html = Html::default();
        html.json(&json);
        let text = html.into_text();
        assert!(!text.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), hostile);
    }
}
