//! `report.html` of a month: one file that opens anywhere and is whole without its script.

use super::MonthFindings;
use super::charts::charts;
use super::digest::{Compared, Digest, Month, PolicyRow};
use trtc_base::figure::{self as figures, MISSING, whole};
use trtc_base::page::{HEAD, Html};
use trtc_base::table::Kind::{Long, Number, Text};
use trtc_base::table::{Cell, Column};

pub(super) fn page(findings: &MonthFindings<'_>, digest: &Digest) -> Vec<u8> {
    let mut page = Html::default();
    page.raw(HEAD)
        .text(&digest.name)
        .raw(" \u{b7} ")
        .text(&digest.first_day)
        .raw("</title>\n<style>\n")
        .raw(trtc_base::page::STYLE)
        .raw("</style>\n</head>\n<body>\n");
    banner(&mut page, digest);
    tiles(&mut page, &digest.month);
    numbers(&mut page, &digest.month);
    policies(&mut page, &digest.policies);
    charts(&mut page, findings, digest);
    logins(&mut page, &digest.month);
    bill(&mut page, &digest.month);
    days(&mut page, digest);
    page.raw("<footer>The numbers behind this page: month.json, days.csv, minutes.csv, policies.csv.</footer>\n<script>\n")
        .raw(trtc_base::chart::SCRIPT)
        .raw("</script>\n</body>\n</html>\n");
    page.into_text().into_bytes()
}

fn banner(page: &mut Html, digest: &Digest) {
    page.raw("<header class=\"banner kept\"><p class=\"word\">")
        .text(&figures::count(digest.month.mau.simulated))
        .raw("<small>MAU</small></p><div><h1>")
        .text(&digest.name)
        .raw("</h1><p class=\"reason\">")
        .text(&format!(
            "{} to {}, {}",
            digest.first_day, digest.last_day, digest.time_zone
        ))
        .raw("</p><p class=\"about\">")
        .text(&format!(
            "policy \"{}\" \u{b7} {} accounts at the start, {} in all \u{b7} seed {}",
            digest.month.policy,
            figures::count(digest.accounts_at_start),
            figures::count(digest.people),
            digest.seed
        ))
        .raw("</p></div></header>\n");
    if digest.assumptions.is_empty() {
        return;
    }
    page.raw("<section><h2>Assumed and solved for</h2><ul class=\"reasons\">");
    for sentence in &digest.assumptions {
        page.raw("<li>").text(sentence).raw("</li>");
    }
    page.raw("</ul></section>\n");
}

fn tiles(page: &mut Html, month: &Month) {
    let bill = month.bill.as_ref().and_then(|bill| {
        let total = bill.total?;
        Some(format!("{total} {}", bill.currency))
    });
    let tiles = [
        (
            figures::count(month.mean_dau.simulated),
            "DAU, mean of the days",
        ),
        (figures::count(month.highest_dau), "DAU, highest day"),
        (figures::count(month.logins), "logins"),
        (
            format!("{:.1}", month.busiest_minute.per_second),
            "logins a second in the busiest minute",
        ),
        (
            figures::count(month.most_online.count),
            "sessions online at once",
        ),
        (figures::count(month.kicks), "kicks"),
        (bill.unwrap_or_else(|| MISSING.to_owned()), "the bill"),
    ];
    page.tiles(tiles);
}

fn numbers(page: &mut Html, month: &Month) {
    const COLUMNS: &[Column] = &[
        ("", Text),
        ("simulated", Number),
        ("in closed form", Number),
        ("within", Number),
    ];
    page.raw("<section><h2>The month, simulated and in closed form</h2>\n<p>The closed form is the mean over all seeds; ");
    page.raw("one seed's MAU lies within two standard deviations of it 19 times in 20.</p>\n");
    let row = |name: &'static str, both: &Compared| -> Vec<Cell> {
        let within = both
            .within
            .map_or_else(|| MISSING.to_owned(), |two| format!("\u{b1}{}", whole(two)));
        vec![
            name.into(),
            figures::count(both.simulated).into(),
            whole(both.expected).into(),
            within.into(),
        ]
    };
    let rows = [
        row("MAU: accounts that logged in", &month.mau),
        row("accounts that opened the app", &month.opened),
        row("DAU, mean of the days", &month.mean_dau),
        row("app starts", &month.app_starts),
        row(
            "logins at starts and switches, with retries",
            &month.logins_of_starts_and_switches,
        ),
    ];
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

fn policies(page: &mut Html, rows: &[PolicyRow]) {
    const COLUMNS: &[Column] = &[
        ("policy", Long),
        ("MAU", Number),
        ("difference", Number),
        ("logins", Number),
        ("peak logins/s", Number),
        ("kicks", Number),
        ("bill", Number),
        ("difference", Number),
    ];
    if rows.len() < 2 {
        return;
    }
    page.raw("<section><h2>Login policies</h2>\n<p>The same accounts and the same luck under each; differences are to the first.</p>\n");
    let cells = rows.iter().map(|row| {
        let policy = if row.because.is_empty() {
            Cell::Plain(row.policy.clone())
        } else {
            Cell::Remarked(row.policy.clone(), row.because.join("; "))
        };
        let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| MISSING.to_owned());
        vec![
            policy,
            figures::count(row.mau).into(),
            super::terminal::signed(row.mau_difference).into(),
            figures::count(row.logins).into(),
            format!("{:.1}", row.peak_logins_per_second).into(),
            figures::count(row.kicks).into(),
            optional(&row.bill).into(),
            optional(&row.bill_difference).into(),
        ]
    });
    page.table(COLUMNS, cells);
    page.raw("</section>\n");
}

fn logins(page: &mut Html, month: &Month) {
    page.raw("<section><h2>Logins by cause</h2>\n");
    let causes = month.by_cause.iter().filter(|(_, count)| *count > 0);
    let mut rows: Vec<Vec<Cell>> = causes
        .map(|(cause, count)| vec![(*cause).into(), figures::count(*count).into()])
        .collect();
    for (name, count) in [
        ("in all", month.logins),
        ("failed among them", month.logins_failed),
        ("reconnects without a login", month.reconnects),
        ("UserSigs issued", month.usersigs_issued),
        ("UserSigs found expired", month.usersigs_found_expired),
    ] {
        rows.push(vec![name.into(), figures::count(count).into()]);
    }
    page.table(&[("cause", Text), ("logins", Number)], rows);
    page.raw("</section>\n");
}

fn bill(page: &mut Html, month: &Month) {
    let Some(invoice) = &month.bill else {
        return;
    };
    page.raw("<section><h2>The bill</h2>\n<pre>")
        .text(&invoice.to_string())
        .raw("</pre></section>\n");
}

fn days(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("day", Text),
        ("opened the app", Number),
        ("DAU", Number),
        ("in closed form", Number),
        ("MAU so far", Number),
        ("logins", Number),
        ("most online", Number),
    ];
    page.raw("<section><h2>By day</h2>\n");
    let rows = digest.by_day.iter().map(|row| {
        vec![
            row.date.clone().into(),
            figures::count(row.opened).into(),
            figures::count(row.dau).into(),
            whole(row.dau_expected).into(),
            figures::count(row.mau_so_far).into(),
            figures::count(row.logins).into(),
            figures::count(row.most_online).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}
