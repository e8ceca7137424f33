//! A checked profile as TOML again: every default written out, every secret redacted.

mod scenario;
mod target;

use std::fmt::{self, Write};

use super::admin::AdminAccount;
use super::budget::Budget;
use super::scenario::Spread;
use super::stage::{Spacing, Stage, StageKind};
use super::usersig::{UsersigServer, Verify};
use super::webhook::{Sdk, Webhook};
use super::{App, Freshness, KeySource, Profile};
use trtc_base::units::Micros;

/// What stands for a secret.
const REDACTED: &str = "redacted";

pub(super) fn toml(profile: &Profile) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write_all(profile, &mut out);
    out
}

fn write_all(profile: &Profile, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "# The profile {} as it ran: defaults written out, secrets redacted.",
        profile.name
    )?;
    writeln!(out, "version = 1\nseed = {}\nbudgets = [", profile.seed)?;
    let own = |budget: &&Budget| !budget.origin.is_implied();
    for budget in profile.budgets.iter().filter(own) {
        writeln!(out, "    {},", text(&budget.sentence))?;
    }
    writeln!(out, "]")?;
    target::write(profile, out)?;
    if let Some(server) = &profile.usersig {
        write_usersig(server, out)?;
    }
    write_admin(&profile.admin, out)?;
    if profile.target.dialect.is_webhook() {
        write_webhook(&profile.webhook, out)?;
    }
    for app in &profile.apps {
        write_app(app, out)?;
    }
    let population = &profile.population;
    writeln!(out, "\n[population]\naccounts = {}", population.accounts)?;
    writeln!(out, "prefix = {}", text(&population.prefix))?;
    writeln!(
        out,
        "fresh = {}",
        population.freshness == Freshness::NewEveryRun
    )?;
    let platforms = population
        .platforms
        .iter()
        .map(|(platform, share)| format!("{platform} = {share}"));
    writeln!(
        out,
        "platforms = {{ {} }}",
        platforms.collect::<Vec<_>>().join(", ")
    )?;
    for scenario in &profile.scenarios {
        scenario::write(scenario, out)?;
    }
    for stage in &profile.stages {
        write_stage(stage, out)?;
    }
    write_rest(profile, out)
}

fn write_usersig(server: &UsersigServer, out: &mut String) -> fmt::Result {
    let dialect = dialect(&server.named);
    writeln!(
        out,
        "\n[usersig]\nurl = {}\ndialect = {}\nverify = {}",
        text(&server.url.to_string()),
        text(&dialect),
        server.verify == Verify::Each
    )
}

fn write_admin(admin: &AdminAccount, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n[admin]\nidentifier = {}\nusersig_valid_for = {}",
        text(admin.identifier.as_str()),
        span(admin.valid_for)
    )
}

/// What names a dialect wherever the file is read.
fn dialect(named: &str) -> String {
    match trtc_wire::dialect::Dialect::shipped(named) {
        Some(_) => named.to_owned(),
        None => absolute(named.as_ref()),
    }
}

fn write_webhook(webhook: &Webhook, out: &mut String) -> fmt::Result {
    writeln!(out, "\n[webhook]\npath = {}", text(&webhook.path))?;
    if let Some(token) = &webhook.token {
        writeln!(out, "token = {}", secret(token))?;
    }
    let legacy = webhook.sdk == Sdk::Legacy;
    writeln!(out, "retries = {}\nlegacy_sdk = {legacy}", webhook.retries)
}

/// Where a secret comes from, and never what it is.
fn secret(source: &KeySource) -> String {
    let from = match source {
        KeySource::Env(name) => format!("env = {}", text(name)),
        KeySource::File(path) => format!("file = {}", text(&absolute(path))),
        KeySource::Command(_) => format!("command = [\"{REDACTED}\"]"),
        KeySource::Inline(_) => format!("text = \"{REDACTED}\""),
    };
    format!("{{ {from} }}")
}

fn write_app(app: &App, out: &mut String) -> fmt::Result {
    writeln!(out, "\n[[apps]]\nsdk_app_id = {}", app.sdk_app_id)?;
    if let Some(key) = &app.key {
        writeln!(out, "key = {}", secret(key))?;
    }
    writeln!(out, "share = {}", app.share)
}

fn write_stage(stage: &Stage, out: &mut String) -> fmt::Result {
    let kind = match stage.kind {
        StageKind::WarmUp => "warm-up",
        StageKind::Measured => "measured",
        StageKind::CoolDown => "cool-down",
    };
    let spacing = match stage.spacing {
        Spacing::Even => "even",
        Spacing::Poisson => "poisson",
    };
    let (from, to) = stage.rate;
    writeln!(
        out,
        "\n[[stages]]\nname = {}\nkind = \"{kind}\"\nfor = {}",
        text(&stage.name),
        span(stage.length)
    )?;
    writeln!(
        out,
        "rate = {{ from = {from}, to = {to} }}\nspacing = \"{spacing}\""
    )
}

fn write_rest(profile: &Profile, out: &mut String) -> fmt::Result {
    writeln!(out, "\n[limits]\nslots = {}", profile.limits.slots)?;
    if let Some(drain) = profile.limits.drain {
        writeln!(out, "drain = {}", span(drain))?;
    }
    let least_coverage = profile.limits.least_coverage;
    writeln!(out, "least_coverage = {least_coverage}")?;
    writeln!(out, "\n[caps]")?;
    let caps = profile.caps;
    for (key, cap) in [
        ("max_mau", caps.max_mau),
        ("max_registered_accounts", caps.max_registered_accounts),
    ] {
        if let Some(cap) = cap {
            writeln!(out, "{key} = {cap}")?;
        }
    }
    match profile.breaker {
        None => writeln!(out, "\n[safety]\nbreaker = false")?,
        Some(rule) => writeln!(
            out,
            "\n[safety]\nbreaker = {{ errors = {}, for = \"{}s\" }}",
            rule.errors, rule.seconds
        )?,
    }
    let activity = profile.activity;
    writeln!(out, "\n[activity]\ndaily_share = {}", activity.daily_share)?;
    writeln!(
        out,
        "concentration = {}\ndays = {}",
        activity.concentration, activity.days
    )
}

/// A path that means the same wherever the file is read.
fn absolute(path: &std::path::Path) -> String {
    std::path::absolute(path)
        .unwrap_or_else(|_| path.to_owned())
        .display()
        .to_string()
}

/// A TOML string.
fn text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A span in the longest unit that shows it exactly.
fn span(span: Micros) -> String {
    match span.0 {
        micros if micros % 1_000_000 == 0 => format!("\"{}s\"", micros / 1_000_000),
        micros if micros % 1_000 == 0 => format!("\"{}ms\"", micros / 1_000),
        micros => format!("\"{micros}us\""),
    }
}

fn spread(spread: Spread) -> String {
    match spread {
        Spread::Constant(length) => span(length),
        Spread::Uniform { from, to } => format!("{{ uniform = [{}, {}] }}", span(from), span(to)),
        Spread::Exponential { mean, max } => {
            format!("{{ exponential = {}, max = {} }}", span(mean), span(max))
        }
    }
}
