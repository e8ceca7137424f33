//! A month profile from a log, for `trtc-load month --profile`.

use std::fmt::Write;

use super::LogFindings;
use crate::history::Fit;
use trtc_base::figure;

/// Four digits: more than a log of a month can tell.
const DIGITS: usize = 4;

pub(super) fn write(found: &LogFindings<'_>, fit: &Fit) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail, so the results below carry nothing.
    let _ = head(&mut out, found, fit);
    let _ = activity(&mut out, found, fit);
    let _ = shape(&mut out, found, fit);
    let _ = behaviour(&mut out, fit);
    out
}

fn head(out: &mut String, found: &LogFindings<'_>, fit: &Fit) -> std::fmt::Result {
    let span = found.span;
    let month = span.as_of.strftime("%Y-%m");
    writeln!(
        out,
        "# The month after {month}, like {month} as a login log shows it up to {}.",
        span.as_of
    )?;
    if found.log.apps().len() > 1 {
        writeln!(
            out,
            "# All {} apps of the log together: an account of two apps is two.",
            found.log.apps().len()
        )?;
    }
    writeln!(
        out,
        "# Nothing is carried forward: raise `mau` and `dau` by the growth that you expect."
    )?;
    writeln!(
        out,
        "version = 1\n\n[month]\nmonth = \"{}\"",
        fit.month.strftime("%Y-%m")
    )?;
    writeln!(out, "time_zone = \"{}\"", found.zone_name())
}

fn activity(out: &mut String, found: &LogFindings<'_>, fit: &Fit) -> std::fmt::Result {
    let span = found.span;
    let is_over = span.as_of == span.as_of.last_of_month();
    let how = if is_over {
        "counted"
    } else {
        "projected to the month's end"
    };
    writeln!(
        out,
        "\n[activity]\n# Accounts with a login: {how}.\nmau = {:.1}",
        fit.mau
    )?;
    writeln!(
        out,
        "# Their mean on the days up to {}.\ndau = {:.1}",
        span.as_of, fit.dau
    )?;
    match fit.concentration {
        Some(concentration) => {
            writeln!(
                out,
                "# a + b of the Beta that fits on how many days accounts were active."
            )?;
            writeln!(out, "concentration = {concentration:.3}")?;
        }
        None => writeln!(
            out,
            "# The days active do not tell `concentration`: the month's default stands in."
        )?,
    }
    match fit.new_per_day {
        Some(new) => {
            writeln!(
                out,
                "# Accounts that no earlier month of the log has, less those that were only idle."
            )?;
            writeln!(out, "new_accounts_per_day = {new:.0}")?;
        }
        None => writeln!(
            out,
            "# The log does not tell new accounts from old ones: `new_accounts_per_day` is 0."
        )?,
    }
    writeln!(
        out,
        "# Rows of the month for each account and day.\nstarts_per_day = {:.3}",
        fit.starts_per_day
    )?;
    Ok(())
}

fn shape(out: &mut String, found: &LogFindings<'_>, fit: &Fit) -> std::fmt::Result {
    if let Some(weekdays) = fit.weekdays {
        writeln!(
            out,
            "# Accounts active on each weekday, Monday first, in the last eight weeks at most."
        )?;
        writeln!(out, "weekdays = [{}]", numbers(&weekdays))?;
    }
    match fit.hours {
        Some(hours) => {
            let most = hours.iter().copied().fold(0.0, f64::max);
            writeln!(
                out,
                "# Rows by hour of {}; the busiest has {}.",
                found.zone_name(),
                figure::share(Some(most))
            )?;
            writeln!(out, "hours = [{}]", numbers(&hours))
        }
        None => writeln!(
            out,
            "# The log has dates alone: the month's default stands in for `hours`."
        ),
    }
}

/// In the log every row is a login, so every app start of the month is to be one that succeeds.
fn behaviour(out: &mut String, fit: &Fit) -> std::fmt::Result {
    writeln!(
        out,
        "\n[behaviour]\n# A log shows logins and not app starts: here the two are one.\nneeds_rtc = 1.0"
    )?;
    writeln!(
        out,
        "# Second accounts have rows of their own.\nsecond_account = 0.0"
    )?;
    let failures = figure::share(Some(fit.failures));
    writeln!(
        out,
        "# The numbers above are of logins that succeeded; {failures} of all rows are failures beside them."
    )?;
    writeln!(out, "ticket_errors = 0.0\nother_errors = 0.0")
}

fn numbers(values: &[f64]) -> String {
    let shown: Vec<String> = values
        .iter()
        .map(|value| format!("{value:.*}", DIGITS))
        .collect();
    shown.join(", ")
}
