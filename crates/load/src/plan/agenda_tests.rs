//! What each scenario sends, written down by hand.

use super::Plan;
use crate::profile::{Overrides, Profile, Source};
use crate::scenario::Agenda;
use crate::session::{Operation, Operation as O};
use trtc_usersig::Platform;

/// What the first arrival of such a scenario sends.
fn agenda(dialect: &str, scenario: &str) -> Vec<(Operation, u16)> {
    let text = format!(
        "version = 1\nbudgets = []\n[target]\nurl = \"http://127.0.0.1:1\"\ndialect = \"{dialect}\"\n\
         [[apps]]\nsdk_app_id = 1\nkey = {{ text = \"k\" }}\n[population]\naccounts = 500\n\
         platforms = {{ android = 1 }}\n[[scenarios]]\ndwell = \"1s\"\n{scenario}\n\
         [[stages]]\nname = \"peak\"\nfor = \"10s\"\nrate = 1\nspacing = \"even\"\n"
    );
    let source = Source {
        file: "x.toml".into(),
        name: "x".into(),
        dir: ".".into(),
    };
    let profile = Profile::parse(&text, &source, &Overrides::default()).unwrap();
    let plan = Plan::new(&profile).unwrap();
    let arrival = plan.arrivals().next().unwrap();
    let dialect = &profile.target().dialect;
    let agenda = arrival
        .itinerary
        .agenda(&plan.scenarios()[0], dialect, Platform::Android);
    agenda.iter().collect()
}

/// Dialect, scenario, and what it sends. Each login is followed by who is logged in and by a channel; a token that is over is
/// tried by both.
const STORIES: &[(&str, &str, &str)] = &[
    (
        "session",
        "name = 'login'\nlogout = 1\nwatch = 1",
        "login 1, self_info 2, watch 1, push 2, logout 1",
    ),
    (
        "session",
        "name = 'login'\nself_info = false\npush = false",
        "login 1",
    ),
    (
        "session-status",
        "name = 'login'\nwatch = 0",
        "login 1, self_info 1",
    ),
    (
        "session",
        "name = 'switch'\nwatch = 1",
        "login 1, self_info 3, watch 2, push 3, switch 1",
    ),
    (
        "session",
        "name = 'kicked'\nreaction = '1s'\nfights = 1\nwatch = 1",
        "login 1, self_info 7, watch 4, push 7, provoke 1, kick_notice 3, relogin 2",
    ),
    (
        "session",
        "name = 'kicked'\nreaction = '0s'\nrelogin = 0\nwatch = 1",
        "login 1, self_info 3, watch 2, push 3, provoke 1, kick_notice 1",
    ),
    // The rival's request ends its own session too.
    (
        "matrix",
        "name = 'kicked'\nreaction = '1s'\nfights = 0\nwatch = 0",
        "login 2, self_info 3, provoke 1, kick_notice 1, relogin 1",
    ),
    (
        "session",
        "name = 'expired'\nwatch = 0",
        "login 1, self_info 2, push 1, relogin 1",
    ),
    (
        "session",
        "name = 'expired'\nnoticed_by = 'client'\nwatch = 0",
        "self_info 2, push 1, relogin 1",
    ),
    ("session", "name = 'refused'", "login 1"),
    (
        "session",
        "name = 'reconnect'\naway = '1s'\nwatch = 0",
        "login 1, self_info 2, push 2, reconnect 1",
    ),
    // A dual app: the second browser ends the first one's session. It is asked after each login, of the kicked one, of both
    // at the end, of the one that outlives, and after both logouts.
    (
        "session",
        "name = 'devices'\ndevices = ['android', 'web', 'web']\npause = '1s'\nlogout = 1\nwatch = 0",
        "login 3, self_info 9, push 4, kick_notice 1, logout 2",
    ),
];

#[test]
fn each_scenario_sends_what_its_story_says() {
    for (dialect, scenario, want) in STORIES {
        let steps = agenda(dialect, scenario);
        let said: Vec<_> = steps
            .iter()
            .map(|(operation, times)| format!("{operation} {times}"))
            .collect();
        assert_eq!(said.join(", "), *want, "{dialect} {scenario}");
    }
}

#[test]
fn what_is_taken_off_is_due_no_more() {
    let mut agenda = Agenda::of(O::Login, 2);
    assert!(agenda.take(O::Login) && agenda.take(O::Login));
    assert!(!agenda.take(O::Login) && !agenda.take(O::Push));
    assert_eq!(agenda, Agenda::default());
}
