//! `usersig sign` and `usersig verify`, from outside.

use crate::program::{KEY, Place};

#[test]
fn a_signed_ticket_verifies_for_its_account_and_for_nobody_else() {
    let place = Place::new();
    let alice = ["--sdk-app-id", "1400000001", "--user-id", "alice"];
    let signed = place.run(&[&["usersig", "sign"][..], &alice].concat());
    assert_eq!(
        (signed.code, signed.stderr.as_str()),
        (Some(0), ""),
        "{}",
        signed.said()
    );
    let ticket = signed.stdout.trim_end();
    assert!(!ticket.is_empty() && !ticket.contains(KEY));

    let verify = |whom: &[&str], ticket: &str| {
        place.run(&[&["usersig", "verify"][..], whom, &[ticket]].concat())
    };
    let valid = verify(&alice, ticket);
    assert_eq!(valid.code, Some(0), "{}", valid.said());

    let bob = ["--sdk-app-id", "1400000001", "--user-id", "bob"];
    let other_app = ["--sdk-app-id", "1400000002", "--user-id", "alice"];
    for (whom, ticket) in [
        (&bob, ticket),
        (&other_app, ticket),
        (&alice, "eJyrVrJSSgQAAAD"),
    ] {
        let refused = verify(whom, ticket);
        assert_eq!(refused.code, Some(1), "{whom:?}: {}", refused.said());
        assert!(refused.stderr.contains("try: "), "{}", refused.said());
        assert!(!refused.said().contains(KEY));
    }
    for arguments in [
        &[
            "usersig",
            "sign",
            "--sdk-app-id",
            "1400000001",
            "--user-id",
            "not a user id",
        ][..],
        &[
            "usersig",
            "sign",
            "--sdk-app-id",
            "1400000001",
            "--user-id",
            "a",
            "--key-env",
            "TRTC_LOAD_NO_SUCH_KEY",
        ],
        &["usersig", "verify", "--sdk-app-id", "1400000001"],
    ] {
        let refused = place.run(arguments);
        assert_eq!(refused.code, Some(2), "{}", refused.said());
        assert!(refused.stderr.starts_with("error: "), "{}", refused.said());
    }
}
