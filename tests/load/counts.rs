//! Two sets of books, kept by two processes that share no code for it: what the program says it did, and what the mock
//! says was done to it. They agree to the unit.

use serde_json::{Value, json};

use crate::mock::{APP, Mock};
use crate::program::Place;
use crate::turn;
use trtc_load::dialect::wire::Stats;
use trtc_load::recorder::{Ended, Recording, StageSet, Unsent};
use trtc_load::session::{Cause, Class, Code, Operation};

/// The operations that are a login on the wire.
const LOGINS: [Operation; 4] = [
    Operation::Login,
    Operation::Relogin,
    Operation::Provoke,
    Operation::Switch,
];
/// The operations that are a request on the wire.
const REQUESTS: [Operation; 8] = [
    Operation::Login,
    Operation::Relogin,
    Operation::Provoke,
    Operation::Switch,
    Operation::SelfInfo,
    Operation::Watch,
    Operation::InFlight,
    Operation::Logout,
];

const ALL_SCENARIOS: &str = r#"
[[scenarios]]
name = "login"
weight = 4
dwell = { exponential = "300ms", max = "1500ms" }
logout = 0.4
[[scenarios]]
name = "switch"
weight = 2
dwell = "300ms"
logout = 0.3
[[scenarios]]
name = "kicked"
weight = 3
dwell = "300ms"
reaction = "200ms"
in_flight = 0.5
relogin = 0.8
fights = 1
logout = 0.3
[[scenarios]]
name = "expired"
weight = 1
dwell = "200ms"
"#;

const LOGIN_ONLY: &str = r#"
[[scenarios]]
name = "login"
dwell = "0s"
"#;

fn kicked_only(relogin: &str, fights: u32) -> String {
    format!(
        "[[scenarios]]\nname = \"kicked\"\ndwell = \"100ms\"\nreaction = \"100ms\"\nin_flight = 0.3\n\
         relogin = {relogin}\nfights = {fights}\n"
    )
}

/// What both sides wrote down of one run.
struct Books {
    ours: Recording,
    theirs: Stats,
}

/// Steps that failed, timed out or were throttled.
fn errors(ours: &Recording) -> u64 {
    let of = |operation| ours.by_class(operation, StageSet::All);
    let classes = Class::ALL.into_iter().filter(|class| class.is_error());
    let places: Vec<usize> = classes.map(Class::index).collect();
    let sums = Operation::ALL.into_iter().map(|operation| {
        places
            .iter()
            .map(|place| of(operation)[*place])
            .sum::<u64>()
    });
    sums.sum()
}

/// Plays `scenarios` at `rate` a second for `seconds`, over `accounts`, against a mock with `faults`.
fn played(scenarios: &str, (rate, seconds, accounts): (u32, u32, u32), faults: &[&str]) -> Books {
    let _turn = turn::shared();
    let mock = Mock::start(faults);
    let place = Place::new();
    let profile = format!(
        "version = 1\nseed = 11\nbudgets = []\n[target]\nurl = \"mock\"\n\
         [[apps]]\nsdk_app_id = {APP}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = {accounts}\n{scenarios}\
         [[stages]]\nname = \"peak\"\nfor = \"{seconds}s\"\nrate = {rate}\n[limits]\ndrain = \"20s\"\n"
    );
    let ended = place.run_profile(&profile, &["--target", &mock.url()]);
    let ours = Recording::read(&place.run_folder()).expect("the run has a recording");
    // How well the generator fared (exit 4) is not asked here, and nothing is promised; only errors break a run unasked.
    let is_broken = ended.code == Some(1) && errors(&ours) > 0;
    let is_well = matches!(ended.code, Some(0 | 4));
    assert!(is_well || is_broken, "{}", ended.said());
    assert_eq!(*ours.ended(), Ended::Completed);
    assert_eq!(ours.not_started(StageSet::All), 0);
    assert_eq!(ours.breaches().len(), 0, "{:?}", ours.breaches());
    let theirs = mock.books();
    let foretold = place.run(&["plan", "--profile", "test.toml", "--output", "json"]);
    let foretold: Value = serde_json::from_str(&foretold.stdout).expect("a plan is JSON");
    let books = Books { ours, theirs };
    books.assert_the_plan_adds_up(&foretold);
    books
}

impl Books {
    /// Arrivals that were played.
    fn arrivals(&self) -> u64 {
        self.ours.started(StageSet::All)
    }

    /// What was planned of `operations`: what was sent of it, and what was not.
    fn planned(&self, operations: &[Operation]) -> (u64, u64) {
        let counts = self.ours.counts();
        let sent = counts.as_planned.iter();
        let sent = sent.filter(|(operation, _)| operations.contains(operation));
        let unsent = counts.unsent.iter();
        let unsent = unsent.filter(|((operation, _), _)| operations.contains(operation));
        (
            sent.map(|(_, count)| count).sum(),
            unsent.map(|(_, count)| count).sum(),
        )
    }

    /// Whatever went wrong: what was sent and what was not is what `plan` foretold, and nobody counts a request twice.
    fn assert_the_plan_adds_up(&self, foretold: &Value) {
        let (sent, unsent) = self.planned(&LOGINS);
        assert_eq!(json!(sent + unsent), foretold["logins"], "{foretold}");
        let (sent, unsent) = self.planned(&[Operation::KickNotice]);
        assert_eq!(json!(sent + unsent), foretold["kicks"], "{foretold}");
        for operation in REQUESTS {
            let (sent, _) = self.planned(&[operation]);
            let attempts = self.attempts(&[operation]);
            assert!(sent <= attempts, "{operation}: {sent} of {attempts}");
        }
    }

    /// Why planned steps of `operation` were not sent.
    fn unsent(&self, operation: Operation) -> Vec<(Unsent, u64)> {
        let unsent = self.ours.counts().unsent.iter();
        let of = unsent.filter(|((unsent, _), _)| *unsent == operation);
        of.map(|((_, why), count)| (*why, *count)).collect()
    }

    /// Our steps of one class.
    fn of_class(&self, operation: Operation, class: Class) -> u64 {
        self.ours.by_class(operation, StageSet::All)[class.index()]
    }

    /// Our successes in all of `operations`.
    fn successes(&self, operations: &[Operation]) -> u64 {
        operations
            .iter()
            .map(|&operation| self.of_class(operation, Class::Success))
            .sum()
    }

    /// Our requests in all of `operations`.
    fn attempts(&self, operations: &[Operation]) -> u64 {
        self.exchanges(operations, |exchange| exchange.attempts)
    }

    /// The answers to them.
    fn answers(&self, operations: &[Operation]) -> u64 {
        self.exchanges(operations, |exchange| exchange.answers)
    }

    fn exchanges(
        &self,
        operations: &[Operation],
        of: fn(&trtc_load::recorder::Exchange) -> u64,
    ) -> u64 {
        let all = &self.ours.counts().exchanges;
        operations
            .iter()
            .filter_map(|operation| all.get(operation))
            .map(of)
            .sum()
    }

    /// Our steps whose cause is one of these.
    fn caused_by(&self, is_it: impl Fn(&Cause) -> bool) -> u64 {
        let causes = self.ours.counts().causes.iter();
        causes
            .filter(|((_, _, cause), _)| is_it(cause))
            .map(|(_, count)| count)
            .sum()
    }

    fn refused_with(&self, code: i64) -> u64 {
        self.caused_by(|cause| *cause == Cause::Code(Code::Number(code)))
    }

    fn assert_refusals_agree(&self) {
        // 70500 is the refusal by order, 70001 the expired ticket's, 6014 the dead token's.
        for code in [70_500, 70_001, 6_014] {
            assert!(
                self.theirs.refused[&code] > 10,
                "{code}: {:?}",
                self.theirs.refused
            );
            assert_eq!(
                self.refused_with(code),
                self.theirs.refused[&code],
                "refusals with {code}"
            );
        }
    }

    /// A notice is booked for each kick that a device hears of in its round. The mock counts a kick as announced when
    /// it has written it to the victim's channel. A kick can also end a session that has no channel (an account's
    /// second device that left without a logout is still known to the mock when the account comes again): the mock
    /// counts that as a kick and not as announced, and nobody hears of it. And an act whose answer was lost kicks all
    /// the same; its victim hears of it, and books it. So what is announced is what is heard, always.
    fn assert_kicks_agree(&self) {
        let heard = self.of_class(Operation::KickNotice, Class::Success);
        assert_eq!(
            heard, self.theirs.kicks_announced,
            "kicks heard and announced"
        );
        assert_eq!(
            self.of_class(Operation::KickNotice, Class::Timeout),
            0,
            "every accepted act's notice came"
        );
        assert!(self.theirs.kicks >= heard);
    }
}

#[test]
fn every_request_success_account_and_kick_is_in_both_books() {
    let books = played(
        ALL_SCENARIOS,
        (125, 20, 5000),
        &[
            "--error-rate",
            "0.02",
            "--service-time",
            "5ms",
            "--seed",
            "3",
        ],
    );
    let theirs = &books.theirs;
    assert!(books.arrivals() > 2_300, "{}", books.arrivals());
    for (name, operations, tally) in [
        ("logins", &LOGINS[..], theirs.login),
        (
            "self_info",
            &[Operation::SelfInfo, Operation::Watch, Operation::InFlight],
            theirs.self_info,
        ),
        ("logouts", &[Operation::Logout], theirs.logout),
    ] {
        assert!(tally.attempts > 300, "{name}: {tally:?}");
        assert_eq!(
            books.attempts(operations),
            tally.attempts,
            "{name}: attempts"
        );
        assert_eq!(
            books.successes(operations),
            tally.successes,
            "{name}: successes"
        );
        // All of them were answered, with a refusal at the worst.
        assert_eq!(books.answers(operations), tally.attempts, "{name}: answers");
    }
    assert_eq!(
        books.ours.accounts(),
        theirs.accounts[&APP],
        "distinct accounts"
    );
    assert_eq!(
        books.ours.logins(),
        theirs.login.successes,
        "logins that count for MAU"
    );
    books.assert_refusals_agree();
    books.assert_kicks_agree();
    assert!(
        theirs.kicks_announced > 500 && theirs.kicks_in_flight > 50,
        "{theirs:?}"
    );
    // Every session had a push channel, and all channels are closed.
    assert_eq!(theirs.live_sessions, 0, "sessions that did not end");
    assert_eq!(
        books.ours.seconds().last().map(|second| second.online),
        Some(0)
    );
    // 125 a second that stay for 0.4 s or longer.
    assert!(books.ours.online_peak() > 50);
}

#[test]
fn what_was_cut_on_the_way_is_missing_where_it_was_cut() {
    let faults = [
        "--error-rate",
        "0.02",
        "--cut-before",
        "0.01",
        "--cut-after",
        "0.01",
        "--seed",
        "5",
    ];
    let books = played(ALL_SCENARIOS, (200, 6, 5000), &faults);
    let theirs = &books.theirs;
    assert!(
        theirs.cut_before > 20 && theirs.cut_after > 20,
        "{theirs:?}"
    );
    let read = theirs.login.attempts + theirs.self_info.attempts + theirs.logout.attempts;
    let attempts = books.attempts(&REQUESTS);
    assert_eq!(attempts - read, theirs.cut_before, "what they never read");
    let unanswered = attempts - books.answers(&REQUESTS);
    assert_eq!(
        unanswered,
        theirs.cut_before + theirs.cut_after,
        "what they never answered"
    );
    // A request in flight when its session is kicked may end with its connection: that is a cut too.
    let cut = books.caused_by(|cause| matches!(cause, Cause::Transport(_) | Cause::CutByKick));
    assert_eq!(
        cut,
        unanswered,
        "each has its cause: {:?}",
        books.ours.counts().causes
    );
    // Accounts and successes whose answer was cut are theirs alone.
    assert!(theirs.accounts[&APP] >= books.ours.accounts());
    let succeeded = theirs.login.successes + theirs.self_info.successes + theirs.logout.successes;
    let lost = succeeded - books.successes(&REQUESTS);
    assert!(
        lost <= theirs.cut_after,
        "{lost} successes without an answer, {} answers cut",
        theirs.cut_after
    );
    books.assert_kicks_agree();
}

#[test]
fn a_refusal_that_names_no_expired_ticket_is_never_answered_by_another_login() {
    let books = played(ALL_SCENARIOS, (100, 3, 5000), &["--always", "70003"]);
    assert_eq!(books.theirs.login.attempts, books.arrivals());
    assert_eq!(books.attempts(&LOGINS), books.arrivals());
    assert_eq!(books.refused_with(70_003), books.arrivals());
    assert_eq!(books.ours.accounts(), 0);
    // Each arrival planned to ask who is logged in, and more that it did not come to.
    for operation in [Operation::SelfInfo, Operation::Push, Operation::Switch] {
        let (sent, unsent) = books.planned(&[operation]);
        assert_eq!(sent, 0, "{operation}");
        assert_eq!(books.unsent(operation), [(Unsent::RefusedBefore, unsent)]);
    }
}

#[test]
fn an_expired_ticket_is_answered_by_one_more_login_and_never_by_a_third() {
    let books = played(ALL_SCENARIOS, (100, 3, 5000), &["--always", "70001"]);
    assert_eq!(books.theirs.login.attempts, 2 * books.arrivals());
    for operation in [Operation::Login, Operation::Relogin] {
        assert_eq!(
            books.attempts(&[operation]),
            books.arrivals(),
            "{operation}"
        );
    }
    assert_eq!(books.successes(&LOGINS), 0);
}

#[test]
fn an_account_turned_away_once_comes_in_with_a_new_ticket_and_later_at_once() {
    // 100 accounts and 400 arrivals one after the other: each account comes about four times.
    let books = played(LOGIN_ONLY, (100, 4, 100), &["--first", "70001"]);
    let (ours, theirs) = (&books.ours, &books.theirs);
    assert_eq!(theirs.accounts[&APP], 100);
    assert_eq!(theirs.refused[&70_001], 100);
    assert_eq!(books.refused_with(70_001), 100);
    assert_eq!(books.successes(&[Operation::Relogin]), 100);
    assert_eq!(books.attempts(&[Operation::Relogin]), 100);
    assert_eq!(books.successes(&[Operation::Login]), books.arrivals() - 100);
    assert_eq!(ours.logins(), books.arrivals());
    assert_eq!(ours.accounts(), 100);
}

#[test]
fn the_kicked_one_comes_back_once_where_the_scenario_says_so_and_devices_never_fight_by_themselves()
{
    // The first kick; the return kicks back; each fight is one kick more, and a login beyond the documented rules.
    for (relogin, fights, kicks, beyond) in [
        ("1.0", 0, 2, 0),
        ("0.0", 0, 1, 0),
        ("1.0", 2, 4, 2),
        ("0.0", 2, 1, 0),
    ] {
        let books = played(&kicked_only(relogin, fights), (50, 4, 5000), &[]);
        let (arrivals, name) = (
            books.arrivals(),
            format!("relogin {relogin}, fights {fights}"),
        );
        assert!(arrivals > 150, "{arrivals}");
        assert_eq!(books.theirs.kicks, kicks * arrivals, "{name}: kicks");
        // No account comes twice here, so no kick meets a session without a channel.
        assert_eq!(
            books.theirs.kicks_announced,
            kicks * arrivals,
            "{name}: announced"
        );
        books.assert_kicks_agree();
        assert_eq!(
            books.successes(&[Operation::Provoke]),
            arrivals,
            "{name}: provoked"
        );
        assert_eq!(
            books.successes(&[Operation::Relogin]),
            (kicks - 1) * arrivals,
            "{name}: returns"
        );
        assert_eq!(
            books.ours.counts().logins_beyond_rules,
            beyond * arrivals,
            "{name}: beyond the rules"
        );
        assert_eq!(
            books.theirs.login.attempts,
            (1 + kicks) * arrivals,
            "{name}: logins"
        );
    }
}
