//! A month as a person reads it: at most 100 columns.

use std::fmt::Write;
use std::path::Path;

use super::MonthFindings;
use super::digest::{Compared, Digest, Month, Peak, PolicyRow};
use trtc_base::figure::{self, MISSING, whole};
use trtc_base::table::{Kind, Table};
use trtc_base::terminal::{Paint, Tone, fit, wrap};

/// The most columns of a line.
const COLUMNS: usize = 100;

/// The result of `trtc-load month`, whose files are in `folder`.
#[must_use]
pub fn month_terminal(findings: &MonthFindings<'_>, folder: &Path, paint: Paint) -> String {
    let digest = Digest::of(findings);
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = head(&mut out, &digest, paint);
    let _ = numbers(&mut out, &digest.month, paint);
    let _ = peaks(&mut out, &digest.month, paint);
    let _ = logins(&mut out, &digest.month, paint);
    let _ = policies(&mut out, &digest.policies, paint);
    let _ = bill(&mut out, &digest.month, paint);
    let _ = writeln!(out, "\nfiles        {}", folder.display());
    out
}

fn head(out: &mut String, digest: &Digest, paint: Paint) -> std::fmt::Result {
    let title = format!(
        "{}: {} to {}, {}",
        digest.name, digest.first_day, digest.last_day, digest.time_zone
    );
    writeln!(out, "{}", paint.on(&fit(&title, COLUMNS), Tone::Title))?;
    writeln!(
        out,
        "{} accounts at its start, {} in all; seed {}; {:.1} s",
        figure::count(digest.accounts_at_start),
        figure::count(digest.people),
        digest.seed,
        digest.took_s
    )?;
    for sentence in &digest.assumptions {
        for line in wrap(sentence, COLUMNS - 4) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

fn numbers(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    let mut table = Table::new(&[
        ("", Kind::Text),
        ("simulated", Kind::Number),
        ("in closed form", Kind::Number),
        ("within", Kind::Number),
    ])
    .titled(&month_title(month));
    let rows: [(&str, &Compared); 5] = [
        ("MAU: accounts that logged in", &month.mau),
        ("accounts that opened the app", &month.opened),
        ("DAU, mean of the days", &month.mean_dau),
        ("app starts", &month.app_starts),
        (
            "logins at starts and switches, with retries",
            &month.logins_of_starts_and_switches,
        ),
    ];
    for (name, row) in rows {
        let within = row
            .within
            .map_or_else(|| MISSING.to_owned(), |two| format!("+-{}", whole(two)));
        let (simulated, expected) = (figure::count(row.simulated), whole(row.expected));
        table.row([name.to_owned(), simulated, expected, within]);
    }
    let also = [
        ("DAU, highest day", month.highest_dau),
        ("guests among the MAU", month.of_guests),
        ("second accounts among the MAU", month.of_second_accounts),
    ];
    for (name, count) in also {
        table.row([name.to_owned(), figure::count(count)]);
    }
    put(out, &table, paint)
}

/// A table, an empty line before it.
fn put(out: &mut String, table: &Table, paint: Paint) -> std::fmt::Result {
    write!(out, "\n{}", table.as_text(COLUMNS, paint))
}

fn month_title(month: &Month) -> String {
    fit(&format!("THE MONTH, {}", month.policy), 44)
}

fn peaks(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    let mut table = Table::new(&[
        ("BUSIEST", Kind::Text),
        ("at", Kind::Text),
        ("logins", Kind::Number),
        ("a second", Kind::Number),
    ]);
    let rows: [(&str, &Peak); 3] = [
        ("minute", &month.busiest_minute),
        ("hour", &month.busiest_hour),
        ("day", &month.busiest_day),
    ];
    for (name, peak) in rows {
        let at = if name == "day" {
            peak.at.get(..10)
        } else {
            None
        };
        table.row([
            name.to_owned(),
            at.unwrap_or(&peak.at).to_owned(),
            figure::count(peak.count),
            format!("{:.1}", peak.per_second),
        ]);
    }
    let online = &month.most_online;
    let most = figure::count(online.count);
    table.row(["most sessions online", &online.at, &most]);
    put(out, &table, paint)
}

fn logins(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    let mut table = Table::new(&[("LOGINS BY CAUSE", Kind::Text), ("", Kind::Number)]);
    for (cause, count) in month.by_cause.iter().filter(|(_, count)| *count > 0) {
        table.row([(*cause).to_string(), figure::count(*count)]);
    }
    table.row(["in all".to_owned(), figure::count(month.logins)]);
    let also = [
        ("failed among them", month.logins_failed),
        ("kicks", month.kicks),
        ("reconnects without a login", month.reconnects),
        ("UserSigs issued", month.usersigs_issued),
        ("UserSigs found expired", month.usersigs_found_expired),
    ];
    for (name, count) in also {
        table.row([name.to_owned(), figure::count(count)]);
    }
    put(out, &table, paint)
}

fn policies(out: &mut String, rows: &[PolicyRow], paint: Paint) -> std::fmt::Result {
    if rows.len() < 2 {
        return Ok(());
    }
    let mut table = Table::new(&[
        ("POLICIES", Kind::Text),
        ("MAU", Kind::Number),
        ("difference", Kind::Number),
        ("logins", Kind::Number),
        ("peak/s", Kind::Number),
        ("bill", Kind::Number),
        ("difference", Kind::Number),
    ]);
    for row in rows {
        table.row([
            row.policy.clone(),
            figure::count(row.mau),
            signed(row.mau_difference),
            figure::count(row.logins),
            format!("{:.1}", row.peak_logins_per_second),
            row.bill.clone().unwrap_or_else(|| MISSING.to_owned()),
            row.bill_difference
                .clone()
                .unwrap_or_else(|| MISSING.to_owned()),
        ]);
    }
    put(out, &table, paint)?;
    for row in rows.iter().filter(|row| !row.because.is_empty()) {
        writeln!(out, "  {}", fit(&row.policy, COLUMNS - 2))?;
        for line in row
            .because
            .iter()
            .flat_map(|reason| wrap(reason, COLUMNS - 4))
        {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// A difference with its sign.
pub(super) fn signed(difference: i64) -> String {
    let size = figure::count(difference.unsigned_abs());
    match difference {
        0 => "0".to_owned(),
        1.. => format!("+{size}"),
        _ => format!("-{size}"),
    }
}

fn bill(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    match &month.bill {
        Some(invoice) => writeln!(
            out,
            "\n{}\n{}",
            paint.on("BILL", Tone::Title),
            invoice.to_string().trim_end()
        ),
        None => writeln!(
            out,
            "\nno bill: the profile names no billing policy (`bill = \"chat-standard\"`; `trtc-load bill --list`)"
        ),
    }
}
