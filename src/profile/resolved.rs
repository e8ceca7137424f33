//! A checked profile as TOML again: every default written out, every secret redacted.

use std::fmt::{self, Write};

use super::admin::AdminAccount;
use super::budget::Budget;
use super::route::{Http, Lookups, Route};
use super::scenario::{Cut, NoticedBy, Play, PushUse, Scenario, SelfInfoCheck, Spread};
use super::stage::{Spacing, Stage, StageKind};
use super::target::{
    ConnectionUse, Limited, MockSettings, Place, Preconnect, Resumption, TlsSettings, Trust,
};
use super::usersig::{UsersigServer, Verify};
use super::webhook::{Sdk, Webhook};
use super::{App, Freshness, KeySource, Profile};
use crate::units::Micros;

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
    let own = |budget: &&Budget| budget.implied_by.is_none();
    for budget in profile.budgets.iter().filter(own) {
        writeln!(out, "    {},", text(&budget.sentence))?;
    }
    writeln!(out, "]")?;
    write_target(profile, out)?;
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
        write_scenario(scenario, out)?;
    }
    for stage in &profile.stages {
        write_stage(stage, out)?;
    }
    write_rest(profile, out)
}

fn write_target(profile: &Profile, out: &mut String) -> fmt::Result {
    let target = &profile.target;
    let url = match &target.place {
        Place::Mock(_) => "mock".to_owned(),
        Place::Url(url) => url.to_string(),
    };
    let dialect = dialect(&profile.dialect);
    writeln!(
        out,
        "\n[target]\nurl = {}\ndialect = {}",
        text(&url),
        text(&dialect)
    )?;
    writeln!(
        out,
        "timeout = {}\nnotice_limit = {}\nheartbeat_limit = {}",
        span(target.timeout),
        span(target.notice_limit),
        span(target.heartbeat_limit)
    )?;
    let connection = match target.connection {
        ConnectionUse::Upgrade => "upgrade",
        ConnectionUse::Keep => "keep",
        ConnectionUse::Close => "close",
    };
    let hosts: Vec<_> = target.allow_hosts.iter().map(|host| text(host)).collect();
    writeln!(
        out,
        "connection = \"{connection}\"\npreconnect = {}",
        target.preconnect == Preconnect::Yes
    )?;
    writeln!(out, "allow_hosts = [{}]", hosts.join(", "))?;
    writeln!(out, "beyond_limits = {}", target.limits == Limited::Ignored)?;
    write_route(&target.route, out)?;
    write_tls(&target.tls, out)?;
    match &target.place {
        Place::Mock(mock) => write_mock(mock, out),
        Place::Url(_) => Ok(()),
    }
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

fn write_route(route: &Route, out: &mut String) -> fmt::Result {
    let http = match route.http {
        Http::One => "1.1",
        Http::Two => "2",
    };
    let dns = match route.dns {
        Lookups::Once => "once",
        Lookups::Each => "each",
    };
    let sources: Vec<_> = route
        .sources
        .iter()
        .map(|ip| text(&ip.to_string()))
        .collect();
    writeln!(
        out,
        "http = \"{http}\"\ndns = \"{dns}\"\nsource_addresses = [{}]",
        sources.join(", ")
    )?;
    match &route.proxy {
        Some(proxy) => writeln!(out, "proxy = {}", text(&proxy.to_string())),
        None => Ok(()),
    }
}

fn write_tls(tls: &TlsSettings, out: &mut String) -> fmt::Result {
    writeln!(out, "\n[target.tls]")?;
    match &tls.trust {
        Trust::System => {}
        Trust::File(path) => writeln!(out, "ca = {}", text(&absolute(path)))?,
        Trust::Nobody => writeln!(out, "insecure = true")?,
    }
    writeln!(out, "resumption = {}", tls.resumption == Resumption::On)
}

/// What names a dialect wherever the file is read.
fn dialect(named: &str) -> String {
    match crate::dialect::Dialect::shipped(named) {
        Some(_) => named.to_owned(),
        None => absolute(named.as_ref()),
    }
}

fn write_mock(mock: &MockSettings, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "\n[target.mock]\nservice_time = {}",
        span(mock.service_time)
    )?;
    writeln!(
        out,
        "error_rate = {}\nerror_code = {}",
        mock.error_rate, mock.error_code
    )?;
    let stall = |(at, length): &(Micros, Micros)| {
        format!("{{ at = {}, for = {} }}", span(*at), span(*length))
    };
    let stalls: Vec<String> = mock.stalls.iter().map(stall).collect();
    writeln!(out, "stalls = [{}]", stalls.join(", "))?;
    if let Some(most) = mock.max_logins_per_second {
        writeln!(out, "max_logins_per_second = {most}")?;
    }
    writeln!(
        out,
        "notice_lost = {:?}\nnotice_late = {:?}\nnotice_late_by = {}\nnotice_twice = {:?}",
        mock.notice_lost,
        mock.notice_late,
        span(mock.notice_late_by),
        mock.notice_twice
    )?;
    if let Some(at) = mock.cut_channels {
        writeln!(out, "cut_channels = {}", span(at))?;
    }
    writeln!(
        out,
        "cut_before = {}\ncut_after = {}",
        mock.cut_before, mock.cut_after
    )
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
    writeln!(
        out,
        "\n[[apps]]\nsdk_app_id = {}\nkey = {}\nshare = {}",
        app.sdk_app_id,
        secret(&app.key),
        app.share
    )
}

fn write_scenario(scenario: &Scenario, out: &mut String) -> fmt::Result {
    let kind = kind(&scenario.play);
    writeln!(
        out,
        "\n[[scenarios]]\nname = {}\nkind = \"{kind}\"\nweight = {}",
        text(&scenario.name),
        scenario.share
    )?;
    writeln!(out, "dwell = {}", spread(scenario.dwell))?;
    writeln!(out, "logout = {}", scenario.logout_share)?;
    writeln!(
        out,
        "self_info = {}",
        scenario.self_info == SelfInfoCheck::Ask
    )?;
    writeln!(out, "push = {}", scenario.push == PushUse::Open)?;
    if let Some(slots) = scenario.slots {
        writeln!(out, "slots = {slots}")?;
    }
    match &scenario.play {
        // What an absence takes is the target's heartbeat limit.
        Play::Login | Play::Switch | Play::Absent { .. } => Ok(()),
        Play::Requests {
            steps,
            batch,
            pause,
        } => {
            let steps: Vec<_> = steps.iter().map(|step| text(step.name())).collect();
            writeln!(out, "steps = [{}]\nbatch = {batch}", steps.join(", "))?;
            writeln!(out, "pause = {}", spread(*pause))
        }
        Play::Reconnect { cut, away } => {
            let cut = match cut {
                Cut::Reset => "rst",
                Cut::Fin => "fin",
            };
            writeln!(out, "cut = \"{cut}\"\naway = {}", spread(*away))
        }
        Play::Kicked {
            in_flight,
            relogin,
            fights,
        } => {
            writeln!(
                out,
                "reaction = {}\nin_flight = {in_flight}\nrelogin = {relogin}\nfights = {fights}",
                spread(scenario.reaction)
            )
        }
        Play::Expired { noticed_by } => {
            let who = match noticed_by {
                NoticedBy::Target => "target",
                NoticedBy::Client => "client",
            };
            writeln!(out, "noticed_by = \"{who}\"")
        }
    }
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

/// A scenario's kind, as the profile spells it.
const fn kind(play: &Play) -> &'static str {
    match play {
        Play::Login => "login",
        Play::Switch => "switch",
        Play::Kicked { .. } => "kicked",
        Play::Expired { .. } => "expired",
        Play::Reconnect { .. } => "reconnect",
        Play::Absent { .. } => "absent",
        Play::Requests { .. } => "requests",
    }
}
