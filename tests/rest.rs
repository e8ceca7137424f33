//! The server REST API's commands, against the mock's own books: what was asked, what was imported, what a kick ends.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

#[path = "support/mock.rs"]
mod mock;
#[path = "support/program.rs"]
mod program;
#[path = "support/turn.rs"]
mod turn;

use mock::APP;
use mock::Mock;
use program::Ended;
use program::Place;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::Recording;
use trtc_load::recorder::StageSet;
use trtc_load::session::Class;
use trtc_load::session::Operation;

fn profile(scenarios: &str, target: &str, rate: u32) -> String {
    format!(
        "version = 1\nseed = 3\nbudgets = []\n[target]\nurl = \"mock\"\ndialect = \"tencent-rest\"\n{target}\n\
         [admin]\nusersig_valid_for = \"2s\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n[population]\naccounts = 600\n\
         {scenarios}\n[[stages]]\nname = \"peak\"\nfor = \"5s\"\nrate = {rate}\nspacing = \"even\"\n"
    )
}

const ACCOUNT: &str = "[[scenarios]]\nname = \"account\"\nkind = \"requests\"\n\
    steps = [\"register\", \"account_check\", \"status\", \"provoke\"]\nbatch = 500\n";

fn run(scenarios: &str, target: &str, rate: u32) -> (Ended, Place, Stats) {
    let _turn = turn::turn();
    let mock = Mock::start(&["--service-time", "1ms"]);
    let place = Place::new();
    let text = profile(scenarios, target, rate);
    let ended = place.run_profile(&text, &["--target", &mock.url()]);
    let books = mock.books();
    (ended, place, books)
}

#[test]
fn every_command_is_in_both_books_and_the_administrators_user_sig_never_expires() {
    let (ended, place, theirs) = run(ACCOUNT, "", 20);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    for (operation, command) in [
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
    let (ended, _, theirs) = run(ACCOUNT, "beyond_limits = true", 101);
    assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
    assert_eq!(theirs.rest["im_open_login_svc/account_check"].attempts, 505);
}

#[test]
fn a_batch_longer_than_the_service_takes_is_refused_before_anything_is_sent() {
    let (ended, _, theirs) = run(&ACCOUNT.replace("500", "501"), "", 1);
    assert_eq!(ended.code, Some(2), "{}", ended.said());
    assert!(
        ended.stderr.contains("at most 500 accounts"),
        "{}",
        ended.said()
    );
    assert!(theirs.rest.is_empty());
}
