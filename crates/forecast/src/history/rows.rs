//! The rows of a delimited text, one by one and in bounded memory.
//!
//! In: text. Out: the cells of each row, with its line. Quotes are those of RFC 4180. Never here: what a cell means.

use std::io::{self, BufRead, BufReader, Read};
use std::mem;

use memchr::{memchr_iter, memchr3};

/// The longest row, in bytes. A quote that is never closed ends here instead of in all memory.
pub(super) const ROW_BYTES: usize = 65_536;
/// The most columns of a row.
const COLUMNS: usize = 1_024;

/// Reads rows.
pub(super) struct Rows<R> {
    input: BufReader<R>,
    /// What the row before this one has in the buffer.
    used: usize,
    delimiter: u8,
    /// For rows with quotes, and for those that the buffer does not hold whole. It counts the lines of all.
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// A row: its cells until the next one is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    text: &'a [u8],
    ends: &'a [usize],
    /// The bytes between two cells.
    between: usize,
    /// The line that it begins on, from 1.
    pub(super) line: u64,
    /// The line breaks inside its quotes.
    pub(super) breaks: u64,
}

impl<'a> Row<'a> {
    /// The cell of a column, counted from 0; none where the row is too short.
    pub(super) fn cell(self, column: usize) -> Option<&'a [u8]> {
        let end = *self.ends.get(column)?;
        let start = match column {
            0 => 0,
            _ => self.ends[column - 1] + self.between,
        };
        self.text.get(start..end)
    }

    /// All cells as text.
    pub(super) fn texts(self) -> Vec<String> {
        let cells = (0..self.ends.len()).filter_map(|column| self.cell(column));
        cells
            .map(|cell| String::from_utf8_lossy(cell.trim_ascii()).into_owned())
            .collect()
    }
}

/// Why there is no next row.
#[derive(Debug)]
pub(super) enum RowFault {
    /// Reading failed after this line.
    Io(u64, io::Error),
    /// The row that begins on this line does not end.
    Endless(u64),
}

impl<R: Read> Rows<R> {
    pub(super) fn new(input: R, delimiter: u8) -> Self {
        Self {
            input: BufReader::with_capacity(1 << 18, input),
            used: 0,
            delimiter,
            parser: csv_core::ReaderBuilder::new().delimiter(delimiter).build(),
            text: vec![0; ROW_BYTES],
            ends: vec![0; COLUMNS],
        }
    }

    /// The next row; none at the end. Blank lines are no rows.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, RowFault> {
        self.input.consume(mem::take(&mut self.used));
        self.skip_line_ends()?;
        let line = self.parser.line();
        if let Some((length, columns)) = self.plain() {
            self.used = length;
            return Ok(Some(Row {
                text: &self.input.buffer()[..length],
                ends: &self.ends[..columns],
                between: 1,
                line,
                breaks: 0,
            }));
        }
        self.parsed(line)
    }

    /// The length and the columns of a row without quotes that the buffer holds whole: most rows, and three times as fast.
    fn plain(&mut self) -> Option<(usize, usize)> {
        let buffer = self.input.buffer();
        let length = memchr3(b'\n', b'\r', b'"', buffer)?;
        if buffer[length] == b'"' || length > ROW_BYTES {
            return None;
        }
        let mut columns = 0;
        for end in memchr_iter(self.delimiter, &buffer[..length]).chain([length]) {
            *self.ends.get_mut(columns)? = end;
            columns += 1;
        }
        Some((length, columns))
    }

    fn parsed(&mut self, line: u64) -> Result<Option<Row<'_>>, RowFault> {
        let (mut text, mut ends, mut last) = (0, 0, 0);
        loop {
            let input = self
                .input
                .fill_buf()
                .map_err(|fault| RowFault::Io(line, fault))?;
            let (found, read, written, ended) =
                self.parser
                    .read_record(input, &mut self.text[text..], &mut self.ends[ends..]);
            last = read.checked_sub(1).map_or(last, |at| input[at]);
            self.input.consume(read);
            text += written;
            ends += ended;
            match found {
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::OutputFull
                | csv_core::ReadRecordResult::OutputEndsFull => {
                    return Err(RowFault::Endless(line));
                }
                csv_core::ReadRecordResult::End => return Ok(None),
                csv_core::ReadRecordResult::Record => break,
            }
        }
        let breaks = self.parser.line() - line - u64::from(last == b'\n');
        Ok(Some(Row {
            text: &self.text[..text],
            ends: &self.ends[..ends],
            between: 0,
            line,
            breaks,
        }))
    }

    /// The parser would count them to the row that follows, which would then begin on the wrong line.
    fn skip_line_ends(&mut self) -> Result<(), RowFault> {
        loop {
            let line = self.parser.line();
            let input = self
                .input
                .fill_buf()
                .map_err(|fault| RowFault::Io(line, fault))?;
            match input.first() {
                Some(b'\n') => self.parser.set_line(line + 1),
                Some(b'\r') => {}
                _ => return Ok(()),
            }
            self.input.consume(1);
        }
    }
}

/// The delimiter of a text by its first line: the one it has most of outside of quotes, else a comma.
pub(super) fn delimiter(front: &[u8]) -> u8 {
    let start = front
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))
        .unwrap_or(0);
    let mut counts = [(b',', 0), (b'\t', 0), (b';', 0), (b'|', 0)];
    let mut is_quoted = false;
    for byte in &front[start..] {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => counts
                .iter_mut()
                .filter(|(one, _)| one == byte)
                .for_each(|(_, count)| *count += 1),
        }
    }
    // Of equal counts the first of the list: the sort is stable.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts[0].0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Found = Vec<(u64, u64, Vec<String>)>;

    fn read_by(text: &str, buffer: usize) -> Found {
        let mut rows = Rows::new(text.as_bytes(), b',');
        rows.input = BufReader::with_capacity(buffer, text.as_bytes());
        let mut found = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            found.push((row.line, row.breaks, row.texts()));
        }
        found
    }

    /// Rows do not depend on where buffers end.
    fn read(text: &str) -> Found {
        let whole = read_by(text, 1 << 12);
        for buffer in 1..9 {
            assert_eq!(read_by(text, buffer), whole, "{buffer}: {text}");
        }
        whole
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_csv_crate(text in "[ab,\"\r\n]{0,60}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
            let want: Vec<Vec<String>> =
                reader.records().map(|row| row.unwrap().iter().map(str::trim).map(str::to_owned).collect()).collect();
            let got: Vec<Vec<String>> = read(&text).into_iter().map(|(.., cells)| cells).collect();
            prop_assert_eq!(got, want);
        }
    }

    #[test]
    fn a_row_knows_the_line_it_begins_on_whatever_ends_lines() {
        let cells = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "", "\"c,d\",e", "\"f", "g\",h", "i,j"].join(end);
            let want = [
                (1, 0, cells("a,b")),
                (3, 0, vec!["c,d".to_owned(), "e".to_owned()]),
                (4, 1, vec![format!("f{end}g"), "h".to_owned()]),
                (6, 0, cells("i,j")),
            ];
            assert_eq!(read(&text), want);
            assert_eq!(read(&(text + end)), want);
        }
        assert!(read("").is_empty());
        assert!(read("\n\n").is_empty());
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading_at_its_line() {
        let text = format!("a,b\n\"c,{}", "x\n".repeat(ROW_BYTES));
        let mut rows = Rows::new(text.as_bytes(), b',');
        assert!(rows.next().unwrap().is_some());
        assert!(matches!(rows.next(), Err(RowFault::Endless(2))));
    }

    #[test]
    fn the_delimiter_is_the_commonest_outside_of_quotes() {
        for (front, want) in [
            ("a,b;c,d\n;;;;", b','),
            ("\n\"x,y,z\";b\n", b';'),
            ("a\tb\tc,d", b'\t'),
            ("a|b", b'|'),
            ("a|b,c", b','),
            ("alone", b','),
            ("", b','),
        ] {
            assert_eq!(delimiter(front.as_bytes()), want, "{front}");
        }
    }
}
