//! The page's tables, one function each.

use crate::report::digest::{AppRow, Behaved, BudgetRow, Digest, Quantiles, Steps};
use trtc_base::figure;
use trtc_base::figure::Millis;
use trtc_base::page::Html;
use trtc_base::table::Kind::{Long, Number, Text};
use trtc_base::table::{Cell, Column};

pub(super) fn budgets(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("state", Text),
        ("budget", Long),
        ("measured", Number),
        ("limit", Number),
        ("samples", Number),
        ("needed", Number),
    ];
    page.raw("<section><h2>Budgets</h2>\n");
    if digest.budgets.iter().all(|row| row.implied) {
        page.raw("<p>The profile sets none: nothing was promised. Errors never pass in silence all the same.</p>\n");
    }
    let rows = digest.budgets.iter().map(|row| {
        let mut remarks = Vec::new();
        if row.implied {
            remarks.push("the profile does not write it".to_owned());
        }
        if let Some(second) = row.broken_since_s {
            remarks.push(format!("first broken in second {second}"));
        }
        let sentence = row.sentence.clone();
        vec![
            Cell::State(row.state),
            if remarks.is_empty() {
                Cell::Plain(sentence)
            } else {
                Cell::Remarked(sentence, remarks.join(", "))
            },
            measured(row),
            row.limit_text().into(),
            figure::count(row.samples).into(),
            figure::count(row.needed).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

fn measured(row: &BudgetRow) -> Cell {
    let amount = figure::amount(row.measured);
    if row.is_preliminary() {
        Cell::Remarked(amount, "preliminary".to_owned())
    } else {
        Cell::Plain(amount)
    }
}

pub(super) fn operations(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("operation", Text),
        ("count", Number),
        ("ok", Number),
        ("expected", Number),
        ("timeout", Number),
        ("throttled", Number),
        ("failed", Number),
        ("cut", Number),
        ("felt p50", Number),
        ("p95", Number),
        ("p99", Number),
        ("p99.9", Number),
        ("max", Number),
        ("served p50", Number),
        ("p99", Number),
    ];
    page.raw("<section><h2>Operations</h2>\n<p>The measured stages together. ");
    page.raw("Latencies are of successes, timeouts and arrivals that no slot took: what budgets see.</p>\n");
    let whole = digest
        .operations
        .iter()
        .map(|row| steps(row.operation.into(), &row.measured));
    let by_scenario = digest.scenarios.iter().map(|row| {
        let name = Cell::Remarked(row.operation.to_owned(), format!("in {}", row.scenario));
        steps(name, &row.steps)
    });
    page.table(COLUMNS, whole.chain(by_scenario));
    page.raw("</section>\n");
}

fn steps(name: Cell, steps: &Steps) -> Vec<Cell> {
    let felt =
        |point: fn(&Quantiles) -> Millis| figure::time(steps.felt.as_ref().map(point)).into();
    let served =
        |point: fn(&Quantiles) -> Millis| figure::time(steps.served.as_ref().map(point)).into();
    vec![
        name,
        figure::count(steps.count).into(),
        figure::count(steps.classes.success).into(),
        figure::count(steps.classes.expected).into(),
        figure::count(steps.classes.timeout).into(),
        figure::count(steps.classes.throttled).into(),
        figure::count(steps.classes.failed).into(),
        figure::count(steps.classes.cut).into(),
        felt(|all| all.p50),
        felt(|all| all.p95),
        felt(|all| all.p99),
        felt(|all| all.p999),
        felt(|all| all.max),
        served(|all| all.p50),
        served(|all| all.p99),
    ]
}

pub(super) fn causes(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("count", Number),
        ("operation", Text),
        ("class", Text),
        ("cause", Long),
        ("what to do", Long),
    ];
    page.raw("<section><h2>Why steps did not succeed</h2>\n<p>In all stages, warm-up and cool-down too.</p>\n");
    if digest.causes.is_empty() {
        page.raw(match digest.peaks.steps {
            0 => "<p>No step ended at all.</p></section>\n",
            _ => "<p>Every step succeeded.</p></section>\n",
        });
        return;
    }
    let rows = digest.causes.iter().map(|row| {
        vec![
            figure::count(row.count).into(),
            row.operation.unwrap_or(figure::MISSING).into(),
            row.class.unwrap_or(figure::MISSING).into(),
            match row.meaning {
                Some(meaning) => Cell::Remarked(row.cause.clone(), meaning.to_owned()),
                None => row.cause.clone().into(),
            },
            row.remedy.unwrap_or(figure::MISSING).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

pub(super) fn arrivals(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("stage", Text),
        ("started", Number),
        ("not started", Number),
        ("account busy", Number),
        ("told to wait", Number),
        ("cap reserved", Number),
        ("no slot", Number),
        ("run stopped", Number),
    ];
    let arrivals = &digest.arrivals;
    page.raw("<section><h2>Arrivals</h2>\n<p>").text(&format!(
        "{} came due, {} were started ({}), {} were given up. They waited for a free slot: p50 {}, p99 {}.",
        figure::count(arrivals.due),
        figure::count(arrivals.started),
        figure::share(arrivals.started_share),
        figure::count(arrivals.not_started),
        figure::time(arrivals.blocked.map(|all| all.p50)),
        figure::time(arrivals.blocked.map(|all| all.p99)),
    ));
    page.raw("</p>\n");
    let stages = arrivals.stages.iter().map(|stage| {
        let mut row: Vec<Cell> = vec![
            stage.stage.clone().into(),
            figure::count(stage.started).into(),
            figure::count(stage.not_started).into(),
        ];
        let reasons = stage.not_started_by_reason.iter();
        row.extend(reasons.map(|reason| figure::count(reason.count).into()));
        row
    });
    page.table(COLUMNS, stages);
    page.raw("</section>\n");
}

pub(super) fn invariants(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[
        ("state", Text),
        ("session rule", Long),
        ("checks", Number),
        ("breaches", Number),
    ];
    page.raw("<section><h2>Session rules</h2>\n<p>A rule that nothing in the run checked says nothing, and decides nothing.</p>\n");
    let rows = digest.invariants.iter().map(|row| {
        let stories: Vec<String> = row
            .stories
            .iter()
            .map(|one| format!("at {:.1} s: {}", one.at_s, one.story))
            .collect();
        vec![
            Cell::State(row.state),
            if stories.is_empty() {
                row.invariant.into()
            } else {
                Cell::Remarked(row.invariant.to_owned(), stories.join("; "))
            },
            figure::count_or_dash(row.checks).into(),
            figure::count(row.breaches).into(),
        ]
    });
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}

/// A table of names and values.
pub(super) fn values(page: &mut Html, rows: Vec<(&'static str, String)>) {
    const COLUMNS: &[Column] = &[("what", Text), ("value", Number)];
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![name.into(), value.into()]);
    page.table(COLUMNS, rows);
}

/// Where there are several.
fn apps(page: &mut Html, apps: &[AppRow]) {
    const APPS: &[Column] = &[
        ("SDKAppID", Text),
        ("distinct accounts", Number),
        ("logins", Number),
    ];
    if apps.len() > 1 {
        let rows = apps.iter().map(|app| {
            vec![
                app.sdk_app_id.to_string().into(),
                figure::count(app.accounts).into(),
                figure::count(app.logins).into(),
            ]
        });
        page.table(APPS, rows);
    }
}

/// The month if the app behaved as the run did.
fn month_as_observed(page: &mut Html, month: &Behaved) {
    values(
        page,
        vec![
            (
                "as observed, in a month: accounts that get in",
                figure::whole(month.monthly),
            ),
            (
                "successful logins in that month",
                figure::whole(month.logins),
            ),
            (
                "logins for each arrival",
                figure::number(Some(month.logins_per_arrival)),
            ),
            (
                "share of logins that get in",
                figure::share(Some(month.let_in)),
            ),
        ],
    );
}

pub(super) fn mau(page: &mut Html, digest: &Digest) {
    let (observed, month) = (&digest.mau.as_observed, &digest.mau.as_configured);
    page.raw("<section><h2>Monthly active users</h2>\n<p>");
    page.raw("As observed: accounts with at least one successful login in this run, each counted once in its app. ");
    page.raw("As configured: an account's chance to be active on a day is drawn once from a Beta distribution with ");
    page.raw("the profile's mean and concentration; expected are the accounts active on at least one day of the ");
    page.raw(
        "month. It follows from the profile, not from this run. As observed in a month: the same days, each like one arrival \
         of this run, with its failures and its relogins.</p>\n<div class=\"pair\"><div>",
    );
    values(
        page,
        vec![
            (
                "as observed: distinct accounts",
                figure::count(observed.accounts),
            ),
            (
                "their share of the month as configured",
                figure::share(observed.share_of_month),
            ),
            ("successful logins", figure::count(observed.logins)),
            (
                "logins for each account",
                figure::number(observed.logins_per_account),
            ),
            (
                "logins beyond the documented rules",
                figure::count(observed.logins_beyond_rules),
            ),
        ],
    );
    page.raw("</div><div>");
    values(
        page,
        vec![
            (
                "as configured: accounts active in a month",
                figure::whole(month.monthly),
            ),
            ("accounts active on a day", figure::whole(month.daily)),
            ("population", figure::count(month.population)),
            ("days of the month", month.days.to_string()),
        ],
    );
    if let Some(behaved) = &digest.mau.month_as_observed {
        month_as_observed(page, behaved);
    }
    page.raw("</div></div>\n");
    apps(page, &observed.apps);
    page.raw("</section>\n");
}

pub(super) fn run(page: &mut Html, digest: &Digest) {
    const COLUMNS: &[Column] = &[("what", Text), ("value", Text)];
    let run = &digest.run;
    let ended = run.ended_by.as_ref().map_or_else(
        || run.ended.to_owned(),
        |why| format!("{}: {why}", run.ended),
    );
    let mut rows: Vec<(String, String)> = [
        ("profile", run.profile.clone()),
        ("target", run.target.clone()),
        ("dialect", run.dialect.clone()),
        ("seed", run.seed.to_string()),
        (
            "shard",
            run.shard
                .clone()
                .unwrap_or_else(|| "none: the whole plan".to_owned()),
        ),
        ("plan", run.plan_sha256.chars().take(12).collect()),
        ("ended", ended),
        ("a step may take", format!("{} s", run.timeout_s)),
        (
            "a kick notice may take",
            format!("{} s", run.notice_limit_s),
        ),
        ("accounts in each app", figure::count(run.accounts_per_app)),
        (
            "version",
            format!("{} {}", digest.program.name, digest.program.version),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let labels = run.labels.iter();
    rows.extend(labels.map(|label| (format!("label {}", label.name), label.value.clone())));
    page.raw("<section><h2>This run</h2>\n");
    let rows = rows
        .into_iter()
        .map(|(name, value)| vec![name.into(), value.into()]);
    page.table(COLUMNS, rows);
    page.raw("</section>\n");
}
