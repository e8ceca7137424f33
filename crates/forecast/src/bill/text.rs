//! An invoice as lines for a terminal, and as rows for a spreadsheet.

use std::fmt;
use std::fmt::Write as _;
use trtc_base::config::Named;
use trtc_base::table::{Kind, Table};
use trtc_base::terminal::Paint;

use super::{Invoice, Line, Measure, Refusal, Window};

/// What stands for a value that is not there.
const MISSING: &str = "\u{2013}";

/// The names of the columns of [`Invoice::rows`].
const COLUMNS: [&str; 10] = [
    "charge",
    "per",
    "tier",
    "used",
    "quota",
    "over",
    "block",
    "billed",
    "unit_price",
    "amount",
];

impl Invoice {
    /// The columns' names, a row for each line, and the total: cells of a CSV file. A missing value is empty.
    #[must_use]
    pub fn rows(&self) -> Vec<[String; 10]> {
        let mut rows = vec![COLUMNS.map(str::to_owned)];
        rows.extend(self.lines.iter().map(Line::row));
        let mut total = <[String; 10]>::default();
        "total".clone_into(&mut total[0]);
        total[9] = cell(self.total);
        rows.push(total);
        rows
    }
}

impl fmt::Display for Invoice {
    /// The bill as a person reads it: its lines in columns, the total, and what to know beside them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text)?;
        // What a policy's file says must not drive the reader's terminal.
        let is_plain = |c: &char| !c.is_control() || *c == '\n';
        text.chars()
            .map(|c| if is_plain(&c) { c } else { '\u{fffd}' })
            .try_for_each(|c| f.write_char(c))
    }
}

impl Invoice {
    fn write(&self, f: &mut String) -> fmt::Result {
        writeln!(
            f,
            "bill by \"{}\" in {}, {}",
            self.policy, self.currency, self.window
        )?;
        writeln!(f, "billable: {}\n", self.billable.words())?;
        let mut table = Table::new(&[
            ("charge", Kind::Text),
            ("used", Kind::Number),
            ("included", Kind::Number),
            ("beyond", Kind::Number),
            ("billed", Kind::Number),
            ("price", Kind::Number),
            ("amount", Kind::Number),
        ]);
        self.lines.iter().for_each(|line| table.row(line.cells()));
        let total = or_dash(cell(self.total));
        table.row(["total", "", "", "", "", "", &total]);
        f.push_str(&table.as_text(usize::MAX, Paint::Plain));
        if self.total.is_none() {
            let open = self.lines.iter().filter(|line| line.amount.is_none());
            let open: Vec<_> = open.map(|line| format!("`{}`", line.charge)).collect();
            let (known, currency, open) = (self.known, &self.currency, open.join(", "));
            writeln!(f, "at least {known} {currency}; not known: {open}")?;
        }
        for refusal in &self.refusals {
            writeln!(f, "\ninstead of a price: {refusal}")?;
        }
        f.push('\n');
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        if let Some(source) = &self.source {
            writeln!(
                f,
                "prices from {}, {}: check your contract",
                source.place, source.date
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CalendarMonth => f.write_str("for a calendar month"),
            Self::PackageFromDay(day) => write!(f, "for a month that begins on day {day}"),
            Self::PackageToSameDay(day) => {
                write!(f, "for a month from day {day} to day {day} of the next")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            quota, used, code, ..
        } = self;
        let words = self.per.words();
        write!(
            f,
            "logins fail with {code} above {quota} {words}; there would be {used}"
        )?;
        match (self.per, self.first_day) {
            (Measure::Mau, Some(day)) => write!(f, ", more than {quota} from day {day} on"),
            (Measure::PeakDau | Measure::PeakOnline, Some(day)) => {
                write!(f, ", and day {day} is the first with more than {quota}")
            }
            (_, None) => f.write_str(", from which day on is not known"),
        }
    }
}

impl Line {
    fn row(&self) -> [String; 10] {
        [
            self.charge.clone(),
            self.per.map_or("", Measure::name).to_owned(),
            cell(self.tier),
            cell(self.used),
            cell(self.quota),
            cell(self.over),
            cell(self.block),
            cell(self.billed),
            cell(self.unit_price),
            cell(self.amount),
        ]
    }

    fn cells(&self) -> [String; 7] {
        let charge = match self.tier {
            Some(tier) => format!("{}, tier {tier}", self.charge),
            None => self.charge.clone(),
        };
        let billed = match (self.billed, self.block) {
            (Some(billed), Some(block)) if block > 1 => format!("{billed} x {block}"),
            (billed, _) => cell(billed),
        };
        [
            charge,
            or_dash(cell(self.used)),
            or_dash(cell(self.quota)),
            or_dash(cell(self.over)),
            or_dash(billed),
            or_dash(cell(self.unit_price)),
            or_dash(cell(self.amount)),
        ]
    }
}

fn cell(value: Option<impl fmt::Display>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn or_dash(text: String) -> String {
    if text.is_empty() {
        MISSING.to_owned()
    } else {
        text
    }
}
