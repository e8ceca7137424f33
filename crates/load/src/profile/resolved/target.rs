//! The table `[target]` and those under it.

use std::fmt;
use std::fmt::Write;

use super::super::Profile;
use super::super::mock::MockSettings;
use super::super::route::{Http, Lookups, Route};
use super::super::rules::SessionRules;
use super::super::target::{
    ConnectionUse, Limited, Place, Preconnect, Resumption, Scheme, TlsSettings, Trust,
};
use super::{absolute, dialect, span, text};
use trtc_base::units::Micros;

pub(super) fn write(profile: &Profile, out: &mut String) -> fmt::Result {
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
    let hosts: Vec<_> = target
        .allow_hosts
        .entries()
        .map(|host| text(&host))
        .collect();
    writeln!(
        out,
        "connection = \"{connection}\"\npreconnect = {}",
        target.preconnect == Preconnect::Yes
    )?;
    writeln!(out, "allow_hosts = [{}]", hosts.join(", "))?;
    writeln!(out, "beyond_limits = {}", target.limits == Limited::Ignored)?;
    write_route(&target.route, out)?;
    write_rules(&target.rules, out)?;
    if is_encrypted(profile) {
        write_tls(&target.tls, out)?;
    }
    match &target.place {
        Place::Mock(mock) => write_mock(mock, out),
        Place::Url(_) => Ok(()),
    }
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

fn write_rules(rules: &SessionRules, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "policy = \"{}\"\nweb_instances = {}\nnative_instances = {}\nkicked_while_away = \"{}\"\nclock_skew = {}",
        rules.devices.policy.name(),
        rules.devices.web_instances,
        rules.devices.native_instances,
        rules.offline_kick.name(),
        span(rules.clock_skew)
    )
}

/// Whether anything in the run is spoken over TLS.
fn is_encrypted(profile: &Profile) -> bool {
    let target = match &profile.target.place {
        Place::Mock(_) => None,
        Place::Url(url) => Some(url),
    };
    let server = profile.usersig.as_ref().map(|server| &server.url);
    let mut urls = target.into_iter().chain(server);
    urls.any(|url| url.scheme == Scheme::Https)
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
    writeln!(out, "notice_by = {}", text(mock.notice_by.name()))?;
    if let Some(at) = mock.cut_channels {
        writeln!(out, "cut_channels = {}", span(at))?;
    }
    for (key, set) in [
        ("ping_every", mock.ping_every),
        ("pong_limit", mock.pong_limit),
        ("broadcast_after", mock.broadcast_after),
    ] {
        if let Some(set) = set {
            writeln!(out, "{key} = {}", span(set))?;
        }
    }
    writeln!(
        out,
        "cut_before = {}\ncut_after = {}",
        mock.cut_before, mock.cut_after
    )
}
