//! A month as a person reads it: at most 100 columns.

use std::fmt::Write;
use std::path::Path;

use super::MonthFindings;
use super::digest::{Compared, Digest, Month, Peak, PolicyRow};
use trtc_base::figure::{self, MISSING, whole};
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
    let title = format!(
        "{:<44}{:>16}{:>16}{:>14}",
        month_title(month),
        "simulated",
        "in closed form",
        "within"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
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
        writeln!(
            out,
            "{name:<44}{:>16}{:>16}{within:>14}",
            figure::count(row.simulated),
            whole(row.expected)
        )?;
    }
    let also = [
        ("DAU, highest day", month.highest_dau),
        ("guests among the MAU", month.of_guests),
        ("second accounts among the MAU", month.of_second_accounts),
    ];
    for (name, count) in also {
        writeln!(out, "{name:<44}{:>16}", figure::count(count))?;
    }
    Ok(())
}

fn month_title(month: &Month) -> String {
    fit(&format!("THE MONTH, {}", month.policy), 43)
}

fn peaks(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    let title = format!(
        "{:<28}{:<24}{:>16}{:>14}",
        "BUSIEST", "at", "logins", "a second"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
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
        writeln!(
            out,
            "{name:<28}{:<24}{:>16}{:>14.1}",
            at.unwrap_or(&peak.at),
            figure::count(peak.count),
            peak.per_second
        )?;
    }
    let online = &month.most_online;
    writeln!(
        out,
        "{:<28}{:<24}{:>16}",
        "most sessions online",
        online.at,
        figure::count(online.count)
    )
}

fn logins(out: &mut String, month: &Month, paint: Paint) -> std::fmt::Result {
    let title = format!("{:<28}{:>16}", "LOGINS BY CAUSE", "");
    writeln!(out, "\n{}", paint.on(title.trim_end(), Tone::Title))?;
    for (cause, count) in &month.by_cause {
        if *count > 0 {
            writeln!(out, "{cause:<28}{:>16}", figure::count(*count))?;
        }
    }
    writeln!(out, "{:<28}{:>16}", "in all", figure::count(month.logins))?;
    let also = [
        ("failed among them", month.logins_failed),
        ("kicks", month.kicks),
        ("reconnects without a login", month.reconnects),
        ("UserSigs issued", month.usersigs_issued),
        ("UserSigs found expired", month.usersigs_found_expired),
    ];
    for (name, count) in also {
        writeln!(out, "{name:<28}{:>16}", figure::count(count))?;
    }
    Ok(())
}

fn policies(out: &mut String, rows: &[PolicyRow], paint: Paint) -> std::fmt::Result {
    if rows.len() < 2 {
        return Ok(());
    }
    let title = format!(
        "{:<26}{:>12}{:>13}{:>15}{:>9}{:>12}{:>13}",
        "POLICIES", "MAU", "difference", "logins", "peak/s", "bill", "difference"
    );
    writeln!(out, "\n{}", paint.on(&title, Tone::Title))?;
    for row in rows {
        writeln!(
            out,
            "{:<26}{:>12}{:>13}{:>15}{:>9.1}{:>12}{:>13}",
            fit(&row.policy, 25),
            figure::count(row.mau),
            signed(row.mau_difference),
            figure::count(row.logins),
            row.peak_logins_per_second,
            row.bill.as_deref().unwrap_or(MISSING),
            row.bill_difference.as_deref().unwrap_or(MISSING)
        )?;
        for reason in &row.because {
            for line in wrap(reason, COLUMNS - 4) {
                writeln!(out, "    {line}")?;
            }
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
