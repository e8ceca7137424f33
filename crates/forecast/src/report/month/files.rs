//! The files of a month's folder.

use std::fs;
use std::path::Path;

use super::digest::{Digest, PolicyRow};
use super::{MonthFindings, html};
use crate::month::Scenario;
use trtc_base::error::Problem;
use trtc_base::files::{replace, unwritten};
use trtc_base::shown::csv;

/// Writes `month.json`, `days.csv`, `minutes.csv`, `policies.csv` and `report.html` into `folder`, which is made where it
/// is missing.
///
/// # Errors
/// When one of them cannot be written.
pub fn write_month(folder: &Path, findings: &MonthFindings<'_>) -> Result<(), Problem> {
    let digest = Digest::of(findings);
    fs::create_dir_all(folder).map_err(|fault| unwritten(folder, &fault.to_string()))?;
    let files = [
        ("month.json", json(&digest)),
        ("days.csv", days(&digest)),
        ("minutes.csv", minutes(findings)),
        ("policies.csv", policies(&digest)),
        ("report.html", Ok(html::page(findings, &digest))),
    ];
    for (name, content) in files {
        let path = folder.join(name);
        content
            .and_then(|content| replace(&path, &content).map_err(|fault| fault.to_string()))
            .map_err(|fault| unwritten(&path, &fault))?;
    }
    Ok(())
}

fn json(digest: &Digest) -> Result<Vec<u8>, String> {
    let mut text = serde_json::to_vec_pretty(digest).map_err(|fault| fault.to_string())?;
    text.push(b'\n');
    Ok(text)
}

/// One row a day.
fn days(digest: &Digest) -> Result<Vec<u8>, String> {
    let header = [
        "date",
        "opened",
        "dau",
        "dau_expected",
        "mau_so_far",
        "logins",
        "most_online",
    ];
    let rows = digest.by_day.iter().map(|row| {
        vec![
            row.date.clone(),
            row.opened.to_string(),
            row.dau.to_string(),
            format!("{:.1}", row.dau_expected),
            row.mau_so_far.to_string(),
            row.logins.to_string(),
            row.most_online.to_string(),
        ]
    });
    table(&header, rows)
}

/// One row a minute of the first policy's month.
fn minutes(findings: &MonthFindings<'_>) -> Result<Vec<u8>, String> {
    let (calendar, tally) = (&findings.model.calendar, &findings.first.tally);
    let (logins, online) = (tally.logins(), tally.online());
    let arrivals = Scenario::ALL.map(|scenario| tally.arrivals(scenario));
    let header = [
        "minute",
        "logins",
        "logins_expected",
        "online",
        "login",
        "switch",
        "kicked",
        "expired",
        "reconnect",
    ];
    let expected = &findings.first.expected.logins;
    let rows = logins
        .iter()
        .zip(&online)
        .zip(0_u32..)
        .map(|((logins, online), minute)| {
            let at = minute as usize;
            let wall = calendar.wall(minute);
            let wall = wall.map_or_else(String::new, |wall| {
                wall.strftime("%Y-%m-%dT%H:%M%:z").to_string()
            });
            let expected = expected.get(at).copied().unwrap_or(0.0);
            let mut row = vec![
                wall,
                logins.to_string(),
                format!("{expected:.2}"),
                online.to_string(),
            ];
            row.extend(
                arrivals
                    .iter()
                    .map(|of| of.get(at).copied().unwrap_or(0).to_string()),
            );
            row
        });
    table(&header, rows)
}

fn policies(digest: &Digest) -> Result<Vec<u8>, String> {
    let header = [
        "policy",
        "mau",
        "mau_expected",
        "mau_difference",
        "logins",
        "logins_difference",
        "peak_logins_per_second",
        "kicks",
        "usersigs_issued",
        "bill",
        "bill_difference",
        "currency",
        "because",
    ];
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let row = |row: &PolicyRow| {
        vec![
            row.policy.clone(),
            row.mau.to_string(),
            format!("{:.1}", row.mau_expected),
            row.mau_difference.to_string(),
            row.logins.to_string(),
            row.logins_difference.to_string(),
            format!("{:.3}", row.peak_logins_per_second),
            row.kicks.to_string(),
            row.usersigs_issued.to_string(),
            optional(&row.bill),
            optional(&row.bill_difference),
            optional(&row.currency),
            row.because.join("; "),
        ]
    };
    table(&header, digest.policies.iter().map(row))
}

fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, String> {
    let header = header.iter().map(|&title| title.to_owned()).collect();
    csv(std::iter::once(header).chain(rows))
}
