//! The server REST API's commands, against the mock's own books: what was asked, what was imported, what a kick ends.

mod wire;

use std::collections::BTreeSet;

use crate::mock::{APP, Mock};
use crate::program::{Ended, Place};
use crate::turn;
use serde_json::Value;
use trtc_load::dialect::Dialect;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::{Recording, StageSet};
use trtc_load::session::{Class, Operation};

fn profile(scenarios: &str, target: &str, rate: u32) -> String {
    format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\ndialect = \"tencent-rest\"\n{target}\n\
         [admin]\nusersig_valid_for = \"2s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n[population]\naccounts = 600\n\
         {scenarios}\n[[stages]]\nname = \"peak\"\nfor = \"5s\"\nrate = {rate}\nspacing = \"even\"\n"
    )
}

const ACCOUNT: &str = "[[scenarios]]\nname = \"account\"\nkind = \"requests\"\n\
    steps = [\"register\", \"account_check\", \"status\", \"provoke\"]\n";

/// One query of as many accounts as it may name.
const ONLINE: &str = "[[scenarios]]\nname = \"online\"\nkind = \"requests\"\n\
    steps = [\"status\"]\nbatch = 500\n";

/// As many accounts at once as the service takes: imported, and looked for.
const MANY: &str = "[[scenarios]]\nname = \"many\"\nkind = \"requests\"\n\
    steps = [\"register_many\", \"account_check\"]\nbatch = 100\n";

fn run(scenarios: &str, target: &str, rate: u32) -> (Ended, Place, Stats) {
    let _turn = turn::shared();
    let mock = Mock::start(&["--service-time", "1ms"]);
    let place = Place::new();
    let text = profile(scenarios, target, rate);
    let ended = place.run_profile(&text, &["--target", &mock.url()]);
    let books = mock.books();
    (ended, place, books)
}

#[test]
fn every_command_is_in_both_books_and_the_administrators_user_sig_never_expires() {
    let and_the_count = ACCOUNT.replace("\"provoke\"", "\"provoke\", \"app_info\"");
    let (ended, place, theirs) = run(&and_the_count, "", 20);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    for (operation, command) in [
        (Operation::AppInfo, "openconfigsvr/getappinfo"),
        (Operation::Register, "im_open_login_svc/account_import"),
        (Operation::AccountCheck, "im_open_login_svc/account_check"),
        (Operation::Status, "openim/query_online_status"),
        (Operation::Provoke, "im_open_login_svc/kick"),
    ] {
        let by_class = ours.by_class(operation, StageSet::All);
        assert_eq!(
            by_class[Class::Success.index()],
            100,
            "{operation}: {}",
            ended.said()
        );
        assert_eq!(by_class.iter().sum::<u64>(), 100, "{operation}");
        let books = theirs.rest[command];
        assert_eq!((books.attempts, books.successes), (100, 100), "{command}");
    }
    // A UserSig of 2 s served a run of 5 s: none was refused, neither as expired nor for anything else.
    assert_eq!(theirs.refused.len(), 0, "{:?}", theirs.refused);
    assert_eq!(theirs.imported, 100, "100 arrivals of 100 accounts");
    // Nobody has logged in anywhere.
    assert_eq!((theirs.login.attempts, ours.accounts()), (0, 0));
}

#[test]
fn a_plan_beyond_the_documented_limits_is_refused_unless_it_is_meant() {
    let (ended, place, theirs) = run(ACCOUNT, "", 101);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    for words in [
        "101 account_check a second",
        "documented limit 100",
        "beyond_limits = true",
    ] {
        assert!(ended.stderr.contains(words), "{words}: {}", ended.said());
    }
    assert!(theirs.rest.is_empty() && !place.path().join("runs").exists());
    let (ended, place, theirs) = run(ACCOUNT, "beyond_limits = true", 101);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    // On a busy machine some arrivals find no slot, or are not over when the run is.
    let due = ours.started(StageSet::All) + ours.not_started(StageSet::All);
    assert_eq!(due, 505);
    let asked = theirs.rest["im_open_login_svc/account_check"].attempts;
    let sent = ours.counts().exchanges[&Operation::AccountCheck].attempts;
    assert!(asked == sent && asked > 0, "{asked} came, {sent} went");
}

#[test]
fn a_batch_longer_than_the_service_takes_is_refused_before_anything_is_sent() {
    let (ended, _, theirs) = run(&ONLINE.replace("500", "501"), "", 1);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(
        ended.stderr.contains("at most 500 accounts"),
        "{}",
        ended.said()
    );
    assert!(theirs.rest.is_empty());
}

/// The profile's table of a dialect that asks in the form that was documented first.
const OLDER: &str = "version = 1\nname = \"older\"\nlike = \"tencent-rest\"\n[operations.register_many]\n\
    method = \"POST\"\npath = \"/v4/im_open_login_svc/multiaccount_import?sdkappid={sdk_app_id}\
    &identifier={admin}&usersig={admin_sig}&random={random}&contenttype=json\"\n\
    body = '{\"Accounts\":{user_ids}}'\nbatch = 100\n\
    success = { pointer = \"/ErrorCode\", equals = 0, and = [{ pointer = \"/FailAccounts/0\", exists = false }] }\n\
    error_code = \"/ErrorCode\"\n";

#[test]
fn a_hundred_accounts_a_request_are_imported_by_both_documented_bodies_and_all_are_there() {
    for dialect in ["tencent-rest", "older.toml"] {
        let _turn = turn::shared();
        let mock = Mock::start(&["--service-time", "1ms"]);
        let place = Place::new();
        std::fs::write(place.path().join("older.toml"), OLDER).expect("the folder is writable");
        let text = profile(MANY, "", 20)
            .replace("\"tencent-rest\"", &format!("\"{dialect}\""))
            .replace("\"5s\"", "\"2s\"")
            .replace("accounts = 600", "accounts = 100");
        let ended = place.run_profile(&text, &["--target", &mock.url()]);
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
        let theirs = mock.books();
        let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
        for (operation, command) in [
            (
                Operation::RegisterMany,
                "im_open_login_svc/multiaccount_import",
            ),
            (Operation::AccountCheck, "im_open_login_svc/account_check"),
        ] {
            let by_class = ours.by_class(operation, StageSet::All);
            assert_eq!(
                by_class[Class::Success.index()],
                40,
                "{dialect}: {}",
                ended.said()
            );
            let books = theirs.rest[command];
            assert_eq!(
                (books.attempts, books.successes),
                (40, 40),
                "{dialect}: {command}"
            );
        }
        // Each request names all accounts that there are.
        assert_eq!(theirs.imported, 100, "{dialect}");
    }
}

#[test]
fn an_account_that_is_not_there_is_no_success_though_its_check_is_answered() {
    let check = ACCOUNT.replace(
        "\"register\", \"account_check\", \"status\", \"provoke\"",
        "\"account_check\"",
    );
    let (ended, place, theirs) = run(&check, "", 20);
    assert_eq!(ended.code, Some(1), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    let by_class = ours.by_class(Operation::AccountCheck, StageSet::All);
    assert_eq!(
        (
            by_class[Class::Failed.index()],
            by_class.iter().sum::<u64>()
        ),
        (100, 100)
    );
    // The service thinks that it did well.
    assert_eq!(
        theirs.rest["im_open_login_svc/account_check"].successes,
        100
    );
    let words = "/ResultItem/*/AccountStatus is \"NotImported\"";
    // The terminal wraps a long cause.
    let said = ended
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(said.contains(words), "{}", ended.said());
}

/// Where an app can live. Source: trtc.io/document/34620. Nothing is sent there.
const REGIONS: [(&str, &str); 7] = [
    ("china", "console.tim.qq.com"),
    ("singapore", "adminapisgp.im.qcloud.com"),
    ("seoul", "adminapikr.im.qcloud.com"),
    ("tokyo", "adminapijpn.im.qcloud.com"),
    ("frankfurt", "adminapiger.im.qcloud.com"),
    ("silicon-valley", "adminapiusa.im.qcloud.com"),
    ("jakarta", "adminapiidn.im.qcloud.com"),
];

/// `plan` of a profile, which sends nothing.
fn planned(text: &str, arguments: &[&str]) -> Ended {
    let place = Place::new();
    std::fs::write(place.path().join("test.toml"), text).expect("the folder is writable");
    place.run(&[&["plan", "--profile", "test.toml"], arguments].concat())
}

#[test]
fn every_region_leads_to_its_documented_host_and_only_where_that_is_allowed() {
    let file = Dialect::shipped("tencent-rest").expect("it is shipped");
    let dialect = Dialect::parse(file, "tencent-rest").expect("it is without fault");
    let known: BTreeSet<_> = dialect.regions().collect();
    assert_eq!(known, REGIONS.map(|(region, _)| region).into());
    for (region, host) in REGIONS {
        let there = |allowed: &str| {
            let target = format!("region = \"{region}\"\nallow_hosts = [{allowed}]");
            profile(ACCOUNT, &target, 20).replace("url = \"mock\"\n", "")
        };
        let ended = planned(&there(&format!("\"{host}\"")), &[]);
        assert_eq!(ended.code, Some(0), "{region}: {}", ended.said());
        let ended = planned(&there("\"adminapi.example.com\""), &[]);
        assert_eq!(ended.code, Some(2), "{region}: {}", ended.said());
        assert!(ended.stderr.contains(host), "{region}: {}", ended.said());
    }
}

#[test]
fn a_plan_says_which_stage_is_beyond_a_limit_of_one_app() {
    let words = "peak: 101 account_check a second, documented limit 100 for an app";
    let ended = planned(&profile(ACCOUNT, "", 101), &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    let line = ended
        .stdout
        .lines()
        .find(|line| line.starts_with("beyond a limit"));
    assert!(
        line.is_some_and(|line| line.ends_with(words)),
        "{}",
        ended.said()
    );
    let ended = planned(&profile(ACCOUNT, "", 101), &["--output", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).expect("it is JSON");
    assert_eq!(document["beyond_limits"], serde_json::json!([words]));
    let ended = planned(&profile(ACCOUNT, "", 100), &[]);
    assert!(!ended.stdout.contains("beyond a limit"), "{}", ended.said());
}

/// The name belongs to nobody by its definition (RFC 6761 section 6.4), and nobody is asked, so nothing is sent.
#[test]
fn kicks_elsewhere_are_asked_about_and_a_plan_beyond_limits_is_refused_before() {
    let elsewhere = "allow_hosts = [\"nohost.invalid\"]";
    let kicks = ACCOUNT.replace(
        "[\"register\", \"account_check\", \"status\", \"provoke\"]",
        "[\"provoke\"]",
    );
    let run = |scenarios: &str, rate: u32| {
        let text = profile(scenarios, elsewhere, rate);
        Place::new().run_profile(&text, &["--target", "http://nohost.invalid"])
    };
    let ended = run(&kicks, 20);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    let words = "this run can end the sessions of 100 accounts at http://nohost.invalid:80";
    assert!(ended.stderr.contains(words), "{}", ended.said());
    let ended = run(ACCOUNT, 20);
    let words = "register 100 accounts and end the sessions of 100 accounts";
    assert!(ended.stderr.contains(words), "{}", ended.said());
    let ended = run(ACCOUNT, 101);
    assert_eq!(ended.code, Some(3), "{}", ended.said());
    assert!(
        ended.stderr.contains("target.beyond_limits") && !ended.stderr.contains("--yes"),
        "{}",
        ended.said()
    );
}
