//! Profiles through their public face: the shipped ones, defaults, overrides, and what is written out again.

use std::path::PathBuf;

use trtc_load::config::FaultKind;
use trtc_load::error::Explain;
use trtc_load::forecast::month;
use trtc_load::profile::{
    Budget, BudgetOf, ConnectionUse, Fault, Freshness, HttpUrl, Origin, Overrides, Place,
    Preconnect, Profile, Quantile, SHIPPED, Source, Spacing, StageIx, StageKind, shipped,
};
use trtc_load::scenario::{Cut, Login, Play, PushUse, SelfInfoCheck, Spread};
use trtc_load::session::Operation;
use trtc_load::units::Micros;

fn source() -> Source {
    Source {
        file: "x.toml".into(),
        name: "x".into(),
        dir: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
    }
}

fn parsed(text: &str) -> Profile {
    with(text, &Overrides::default())
}

fn with(text: &str, overrides: &Overrides) -> Profile {
    Profile::parse(text, &source(), overrides).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

const SMALLEST: &str = r#"
version = 1
[target]
url = "mock"
[[apps]]
sdk_app_id = 7
key = { env = "KEY" }
[population]
accounts = 10
[[scenarios]]
name = "login"
[[stages]]
name = "peak"
for = "1m"
rate = 5
"#;

#[test]
fn every_shipped_profile_is_without_fault_and_begins_with_what_it_asks_and_how_long_it_takes() {
    for (name, text) in SHIPPED {
        parsed(text);
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("# Asks: "), "{name}");
        assert!(
            lines.next().unwrap().starts_with("# Takes about "),
            "{name}"
        );
        assert_eq!(shipped(name), Some(*text));
    }
    assert_eq!(shipped("nope"), None);
}

#[test]
fn every_file_of_profiles_is_shipped() {
    let dir = source().dir.join("profiles");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    // Month profiles are read by `trtc-load month`, and lie beside the others.
    let all = SHIPPED.iter().chain(month::SHIPPED);
    let mut shipped: Vec<_> = all.map(|(name, _)| format!("{name}.toml")).collect();
    files.sort();
    shipped.sort();
    assert_eq!(files, shipped);
}

#[test]
fn the_smallest_profile_has_the_documented_defaults() {
    let profile = parsed(SMALLEST);
    assert_eq!((profile.name(), profile.seed()), ("x", 1));
    let target = profile.target();
    let Place::Mock(mock) = &target.place else {
        panic!("no mock")
    };
    assert_eq!(
        (mock.service_time, mock.error_code, mock.stalls.len()),
        (Micros::from_millis(5), 70500, 0)
    );
    assert_eq!(
        (target.dialect.name(), target.timeout),
        ("session", Micros::from_secs(5))
    );
    assert_eq!(
        (target.notice_limit, target.connection),
        (Micros::from_secs(2), ConnectionUse::Upgrade)
    );
    assert_eq!(target.preconnect, Preconnect::No);
    assert!(target.is_loopback());
    let population = profile.population();
    assert_eq!(
        (population.prefix.as_str(), population.freshness),
        ("load_", Freshness::SameEveryRun)
    );
    let scenario = &profile.scenarios()[0];
    assert_eq!(
        (scenario.play.clone(), scenario.share, scenario.slots),
        (Play::Login(Login), 1.0, None)
    );
    assert_eq!(
        (scenario.dwell, scenario.reaction),
        (
            Spread::Constant(Micros::from_secs(10)),
            Spread::Constant(Micros::from_secs(2))
        )
    );
    assert_eq!(
        (scenario.self_info, scenario.push, scenario.logout_share),
        (SelfInfoCheck::Ask, PushUse::Open, 0.0)
    );
    let stage = &profile.stages()[0];
    assert_eq!(
        (stage.kind, stage.length, stage.rate),
        (StageKind::Measured, Micros::from_secs(60), (5.0, 5.0))
    );
    assert_eq!(stage.spacing, Spacing::Poisson);
    assert_eq!(
        (profile.limits().slots, profile.limits().drain),
        (20_000, None)
    );
    assert_eq!(
        (profile.caps().max_mau, profile.activity().days),
        (None, 30)
    );
    let mut budgets = profile.budgets().iter();
    assert!(budgets.all(|one| one.origin.is_implied()));
}

#[test]
fn the_peak_is_as_its_comments_say() {
    let profile = parsed(shipped("peak").unwrap());
    let peak = profile
        .stages()
        .iter()
        .find(|stage| stage.name == "peak")
        .unwrap();
    let of = |name: &str| {
        profile
            .scenarios()
            .iter()
            .find(|scenario| scenario.name == name)
            .unwrap()
    };
    assert!(of("login").share * peak.rate.0 >= 500.0);
    let kicks = of("kicked").share * peak.rate.0 * peak.length.as_secs_f64();
    assert!(kicks >= 2_000.0, "{kicks}");
    // The mean of an exponential held below twice its mean by drawing again: m (1 - 2 / (e^2 - 1)).
    let Spread::Exponential { mean, max } = of("login").dwell else {
        panic!("not exponential")
    };
    assert_eq!(max.0, 2 * mean.0);
    let stay = mean.as_secs_f64() * (1.0 - 2.0 / (2.0_f64.exp() - 1.0));
    let online = peak.rate.0 * stay;
    assert!(online >= 5_000.0, "{online}");
    let Play::Kicked(kicked) = of("kicked").play else {
        panic!("not kicked")
    };
    assert_eq!(kicked.in_flight.to_bits(), 0.3_f64.to_bits());
    let steps: f64 = profile
        .scenarios()
        .iter()
        .map(|s| s.share * if s.accounts() == 2 { 2.0 } else { 1.0 })
        .sum();
    let busy =
        steps * peak.rate.0 * (max.as_secs_f64() * 2.0 + of("kicked").reaction.max().as_secs_f64());
    assert!(busy < 60_000.0, "{busy}");
}

fn budgets(sentences: &str) -> Vec<Budget> {
    let text = SMALLEST.replacen(
        "version = 1",
        &format!("version = 1\nbudgets = [{sentences}]"),
        1,
    );
    let stages = "[[stages]]\nname = \"warm-up\"\nfor = \"1s\"\nrate = 1\n";
    parsed(&format!("{text}{stages}")).budgets().to_vec()
}

#[test]
fn a_latency_budget_brings_an_errors_budget_where_none_covers_it() {
    let one = |op| BudgetOf::Errors(op, 0.01);
    for (sentences, implied) in [
        (
            r#""login p99 < 1s""#,
            vec![(one(Operation::Login), None, Quantile::Share(0.99))],
        ),
        (r#""login p99 < 1s", "login errors < 5%""#, vec![]),
        (r#""login p99 < 1s in peak", "login errors < 5%""#, vec![]),
        // Other errors budgets do not reach where this one does.
        (
            r#""login p99 < 1s in warm-up", "login errors < 5%""#,
            vec![(
                one(Operation::Login),
                Some(StageIx(1)),
                Quantile::Share(0.99),
            )],
        ),
        // The one that the profile writes for the only measured stage replaces it there.
        (r#""login p99 < 1s", "login errors < 5% in peak""#, vec![]),
        (
            r#""login p99 < 1s", "self_info errors < 5%""#,
            vec![(one(Operation::Login), None, Quantile::Share(0.99))],
        ),
        // Two latency budgets bring one, which needs the fewer samples of the two.
        (
            r#""login p99.9 < 1s", "login p50 < 1s""#,
            vec![(one(Operation::Login), None, Quantile::Share(0.5))],
        ),
        (
            r#""login max < 1s", "login mean < 1s""#,
            vec![(one(Operation::Login), None, Quantile::Mean)],
        ),
        (r#""arrivals started > 9%""#, vec![]),
    ] {
        let found: Vec<_> = budgets(sentences)
            .into_iter()
            .filter_map(|budget| match budget.origin {
                Origin::Implied { beside } => Some((budget.of, budget.stage, beside?)),
                Origin::Written => None,
            })
            .collect();
        assert_eq!(found, implied, "{sentences}");
    }
    assert_eq!(
        budgets(r#""login p99 < 1s in peak""#)[1].sentence,
        "login errors < 1% in peak"
    );
}

#[test]
fn every_operation_of_the_run_has_a_budget_on_its_errors_in_every_measured_stage() {
    let used = [Operation::Login, Operation::SelfInfo];
    for (sentences, implied) in [
        ("", vec![(used[0], None), (used[1], None)]),
        (r#""login errors < 5%""#, vec![(used[1], None)]),
        // The only measured stage: whoever limits the errors there has said it all.
        (r#""login errors < 5% in peak""#, vec![(used[1], None)]),
        (
            r#""login errors < 5% in warm-up""#,
            vec![(used[0], None), (used[1], None)],
        ),
        (
            r#""login p99 < 1s in peak""#,
            vec![(used[0], Some(StageIx(0))), (used[1], None)],
        ),
    ] {
        let found: Vec<_> = budgets(sentences)
            .into_iter()
            .filter(|budget| budget.origin.is_implied())
            .filter_map(|budget| {
                let mut of = used.into_iter();
                let of = of.find(|one| budget.is_on_errors_of(*one))?;
                Some((of, budget.stage))
            })
            .collect();
        assert_eq!(found, implied, "{sentences}");
    }
}

#[test]
fn where_the_profile_limits_the_errors_of_one_measured_stage_the_others_keep_their_own_budget() {
    let text = SMALLEST.replacen(
        "version = 1",
        "version = 1\nbudgets = [\"login errors < 5% in peak\", \"login p99 < 1s\"]",
        1,
    );
    let stages = "[[stages]]\nname = \"more\"\nfor = \"1s\"\nrate = 1\n";
    let profile = parsed(&format!("{text}{stages}"));
    let on_login = |one: &&Budget| one.is_on_errors_of(Operation::Login);
    let found: Vec<_> = profile.budgets().iter().filter(on_login).collect();
    let said: Vec<_> = found.iter().map(|one| one.sentence.as_str()).collect();
    assert_eq!(
        said,
        ["login errors < 5% in peak", "login errors < 1% in more"]
    );
    let beside = Some(Quantile::Share(0.99));
    assert_eq!(found[1].origin, Origin::Implied { beside });
}

/// The smallest profile with a budget and with more in its `[target]`.
fn budgeted(sentence: &str, target: &str) -> Result<Profile, Vec<Fault>> {
    let text = SMALLEST.replacen(
        "version = 1",
        &format!("version = 1\nbudgets = [\"{sentence}\"]"),
        1,
    );
    let text = text.replacen("url = \"mock\"", &format!("url = \"mock\"\n{target}"), 1);
    Profile::parse(&text, &source(), &Overrides::default())
}

#[test]
fn a_lookup_has_a_budget_exactly_where_each_connection_has_one() {
    let kinds =
        |target| budgeted("login dns p99 < 80ms", target).map_err(|faults| faults[0].kind());
    assert!(kinds("dns = \"each\"").is_ok());
    assert_eq!(kinds("dns = \"once\"").err(), Some(FaultKind::BudgetPhase));
    assert_eq!(kinds("").err(), Some(FaultKind::BudgetPhase));
    // Where it is not known when names are looked up, that is the fault.
    let unknown = budgeted("login dns p99 < 80ms", "dns = \"sometimes\"").err();
    let unknown: Vec<_> = unknown.iter().flatten().map(Fault::kind).collect();
    assert_eq!(unknown, [FaultKind::UnknownName]);
}

#[test]
fn opening_a_push_channel_has_a_budget_exactly_where_a_channel_is_opened() {
    for (dialect, opens) in [
        ("session", true),
        ("session-sse", true),
        ("session-poll", false),
        ("session-status", false),
    ] {
        let found = budgeted("push p99 < 1s", &format!("dialect = \"{dialect}\""));
        let kind = found.err().map(|faults| faults[0].kind());
        let refused = (!opens).then_some(FaultKind::BudgetOperation);
        assert_eq!(kind, refused, "{dialect}");
    }
}

#[test]
fn a_lost_network_cuts_by_reset_where_connections_can_be_cut_so() {
    for (target, cut) in [
        ("", Cut::Reset),
        ("http = \"1.1\"", Cut::Reset),
        ("http = \"2\"", Cut::Fin),
    ] {
        let text = SMALLEST
            .replace(
                "url = \"mock\"",
                &format!("url = \"http://127.0.0.1:81\"\n{target}"),
            )
            .replace("name = \"login\"", "name = \"reconnect\"");
        let profile = parsed(&text);
        let Play::Reconnect(found) = &profile.scenarios()[0].play else {
            panic!("no reconnect")
        };
        assert_eq!(found.cut, cut, "{target}");
    }
}

#[test]
fn the_command_line_replaces_the_target_and_the_seed() {
    let overrides = Overrides {
        target: Some("http://127.0.0.1:81".into()),
        seed: Some(9),
    };
    let profile = with(shipped("quick").unwrap(), &overrides);
    let Place::Url(url) = &profile.target().place else {
        panic!("no address")
    };
    assert_eq!(
        (url, profile.seed()),
        (
            &HttpUrl {
                scheme: trtc_load::profile::Scheme::Http,
                host: "127.0.0.1".into(),
                port: 81
            },
            9
        )
    );
}

#[test]
fn a_bad_target_on_the_command_line_is_told_as_such() {
    let overrides = Overrides {
        target: Some("http://example.org".into()),
        seed: None,
    };
    let faults = Profile::parse(SMALLEST, &source(), &overrides).unwrap_err();
    assert_eq!(faults[0].place(), "--target");
    assert!(
        faults[0]
            .remedy()
            .contains("allow_hosts = [\"example.org\"]"),
        "{faults:#?}"
    );
}

/// What is said of the smallest profile without its app's key, and with these changes.
fn without_key(changes: &[(&str, &str)]) -> Vec<String> {
    let mut text = SMALLEST.replace("key = { env = \"KEY\" }\n", "");
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let faults = match Profile::parse(&text, &source(), &Overrides::default()) {
        Ok(profile) => {
            let resolved = profile.resolved_toml();
            assert_eq!(parsed(&resolved).resolved_toml(), resolved);
            Vec::new()
        }
        Err(faults) => faults,
    };
    for fault in &faults {
        assert_eq!(fault.kind(), FaultKind::Missing, "{fault}");
    }
    faults.iter().map(ToString::to_string).collect()
}

#[test]
fn an_apps_key_may_be_left_out_exactly_where_nothing_needs_it() {
    let url = ("url = \"mock\"", "url = \"http://127.0.0.1:81\"");
    let server = |more: &'static str| ("[[apps]]", more);
    let trusted = server("[usersig]\nurl = \"http://127.0.0.1:82\"\nverify = false\n[[apps]]");
    let checked = server("[usersig]\nurl = \"http://127.0.0.1:82\"\n[[apps]]");
    let expired = ("name = \"login\"", "name = \"expired\"");
    let never = (
        "rate = 5",
        "rate = 5\n[[scenarios]]\nname = \"expired\"\nweight = 0",
    );
    let webhook = (
        "url = \"mock\"",
        "url = \"http://127.0.0.1:81\"\ndialect = \"tencent-webhook\"",
    );
    let matrix = (
        "url = \"mock\"",
        "url = \"http://127.0.0.1:81\"\ndialect = \"matrix\"",
    );
    let rest = (
        "url = \"mock\"",
        "url = \"http://127.0.0.1:81\"\ndialect = \"tencent-rest\"",
    );
    let requests = (
        "name = \"login\"",
        "name = \"requests\"\nsteps = [\"status\"]",
    );
    let (mock, verify) = (
        "the built-in mock checks UserSigs with it",
        "`usersig.verify` checks what is issued with it",
    );
    let none = "without [usersig] UserSigs are signed with it";
    let old = "the scenario \"expired\" signs expired UserSigs with it";
    let admin = "the scenario \"requests\" signs the administrator's UserSig with it";
    let password = "passwords of the dialect matrix are made from it";
    for (changes, needs) in [
        (vec![webhook], None),
        (vec![webhook, expired], None),
        (vec![url, trusted], None),
        (vec![url, trusted, never], None),
        (vec![url, checked], Some(verify.to_owned())),
        (vec![url], Some(none.to_owned())),
        (vec![trusted], Some(mock.to_owned())),
        (vec![], Some(format!("{mock}; {none}"))),
        (vec![matrix], Some(password.to_owned())),
        (vec![url, trusted, expired], Some(old.to_owned())),
        (
            vec![url, checked, expired],
            Some(format!("{verify}; {old}")),
        ),
        (vec![rest, requests], Some(format!("{none}; {admin}"))),
        (vec![rest, trusted, requests], Some(admin.to_owned())),
    ] {
        let needs = needs.map(|needs| format!("`apps[1].key` is missing: {needs}"));
        let told = without_key(&changes);
        assert_eq!(told, Vec::from_iter(needs), "{changes:?}");
    }
}

#[test]
fn tls_settings_are_taken_where_something_is_encrypted_and_written_out_there_only() {
    let usersig = "[usersig]\nurl = \"https://127.0.0.1:82\"\n";
    for (url, more, over, kind) in [
        ("https://127.0.0.1:81", "", None, None),
        ("http://127.0.0.1:81", usersig, None, None),
        ("mock", usersig, None, None),
        ("http://127.0.0.1:81", "", None, Some(FaultKind::TlsUnused)),
        ("mock", "", None, Some(FaultKind::TlsUnused)),
        // The file's own target may be another one.
        (
            "https://127.0.0.1:81",
            "",
            Some("http://127.0.0.1:81"),
            None,
        ),
    ] {
        let tls = format!("url = \"{url}\"\n[target.tls]\nresumption = false\n{more}");
        let text = SMALLEST.replace("url = \"mock\"", &tls);
        let overrides = Overrides {
            target: over.map(str::to_owned),
            seed: None,
        };
        let found = Profile::parse(&text, &source(), &overrides);
        let told = found.as_ref().err().map(|faults| faults[0].kind());
        assert_eq!(told, kind, "{url} {more} {over:?}");
        if let Ok(profile) = found {
            let resolved = profile.resolved_toml();
            assert_eq!(resolved.contains("resumption = false"), over.is_none());
            assert_eq!(parsed(&resolved).resolved_toml(), resolved);
        }
    }
}

#[test]
fn a_webhook_is_not_told_to_the_mock_on_the_command_line_either() {
    let overrides = Overrides {
        target: Some("mock".into()),
        seed: None,
    };
    let text = shipped("webhook-storm").unwrap();
    let faults = Profile::parse(text, &source(), &overrides).unwrap_err();
    let kinds: Vec<_> = faults.iter().map(Fault::kind).collect();
    assert_eq!(kinds, [FaultKind::MockCannot]);
    assert_eq!(faults[0].place(), "--target");
    assert!(faults[0].remedy().contains("tests/webhook/receiver.py"));
}

#[test]
fn an_allowed_host_may_be_loaded_with_a_key_that_is_not_in_the_file() {
    let text = SMALLEST.replace(
        "\"mock\"",
        "\"http://gate.example.org:8080\"\nallow_hosts = [\"Gate.example.org\"]",
    );
    assert!(!parsed(&text).target().is_loopback());
}

#[test]
fn a_dialect_file_is_read_from_the_profiles_folder_and_its_faults_come_after_the_profiles_own() {
    let dir = tempfile::tempdir().unwrap();
    let text = SMALLEST.replace("url = \"mock\"", "url = \"mock\"\ndialect = \"own.toml\"");
    let source = Source {
        dir: dir.path().to_owned(),
        ..source()
    };
    let parse = |text: &str| Profile::parse(text, &source, &Overrides::default());
    let own = trtc_load::dialect::Dialect::shipped("session").unwrap();
    std::fs::write(dir.path().join("own.toml"), own).unwrap();
    assert_eq!(parse(&text).unwrap().target().dialect.name(), "session");
    std::fs::write(dir.path().join("own.toml"), "version = 2\n").unwrap();
    let faults = parse(&text).unwrap_err();
    assert_eq!(faults[0].place(), "x.toml:5");
    assert!(faults[1].place().ends_with("own.toml:1"), "{faults:#?}");
    std::fs::remove_file(dir.path().join("own.toml")).unwrap();
    let missing = parse(&text).unwrap_err();
    assert!(
        missing[0].to_string().contains("cannot be read"),
        "{missing:#?}"
    );
}
