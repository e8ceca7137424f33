//! A secret that stands where it should not, in a profile or in the arguments, is not repeated by what complains about it.

use super::marks::Marks;
use super::{key, marks};
use crate::program::Ended;
use crate::run_folder::profile;

/// A token that is no key by its looks.
fn token() -> String {
    marks::invented(3)
}

/// A UserSig for alice, as `usersig sign` prints it.
fn signed() -> String {
    let line = [
        "usersig",
        "sign",
        "--sdk-app-id",
        "1400000001",
        "--user-id",
        "alice",
    ];
    let ended = marks::run(&marks::place(), &line, &[("TRTC_LOAD_KEY", &key())]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    ended.stdout.trim().to_owned()
}

fn marks() -> Marks {
    let marks = Marks::default();
    marks.add("the app's key", &key());
    marks.add("a token", &token());
    marks
}

/// Checks that `arguments` are refused with `code`, and that nothing says a secret.
fn refused(marks: &Marks, given: &str, arguments: &[&str], code: i32) {
    let place = marks::place();
    marks::give(&place, "test.toml", given);
    let ended = marks::run(&place, arguments, &[("TRTC_LOAD_KEY", &key())]);
    assert_eq!(
        ended.code,
        Some(code),
        "{arguments:?} {given} {}",
        ended.said()
    );
    marks.assert_in_nothing(&place, &ended);
}

#[test]
fn a_profile_with_a_secret_in_the_wrong_place_is_refused_without_it() {
    let marks = marks();
    let good = profile("[]", "{}", (50, 1));
    let source = "{ env = \"TRTC_LOAD_KEY\" }";
    let url = "url = \"mock\"\nmock = {}";
    let (key, token) = (key(), token());
    let usersig = format!("[usersig]\nurl = \"http://127.0.0.1:9/sig?token={token}\"\n[[apps]]");
    let webhook =
        format!("dialect = \"tencent-webhook\"\n[webhook]\npath = \"/cb?token={token}\"\n[[apps]]");
    for wrong in [
        // In place of what names it.
        good.replace(source, &format!("\"{key}\"")),
        good.replace(source, &format!("{{ envv = \"{key}\" }}")),
        good.replace(source, &format!("{{ text = \"{key}\" ")),
        good.replace(source, &format!("{{ env = \"{key}\" }}")),
        good.replace(source, &format!("{{ env = \"{}\" }}", key.to_uppercase())),
        good.replace(source, &format!("{{ env = \"{token}\" }}")),
        good.replace(source, &format!("{{ file = \"{key}\" }}")),
        good.replace(source, &format!("{{ file = \"{token}\" }}")),
        good.replace(source, &format!("{{ command = [\"{token}\"] }}")),
        good.replace(source, &format!("{{ command = [\"cat\", \"{key}\"] }}")),
        good.replace(source, &format!("{{ {key} = \"\" }}")),
        // In place of anything else.
        good.replace("version", &format!("{key} = 1\nversion")),
        good.replace("\"login\"", &format!("\"{key}\"")),
        good.replace("\"200ms\"", &format!("\"{key}\"")),
        good.replace("rate = 50", &format!("rate = \"{key}\"")),
        good.replace("rate = 50", &format!("rate = {key}")),
        good.replace("budgets = []", &format!("budgets = [\"{key}\"]")),
        good.replace(
            "accounts = 5000",
            &format!("accounts = 5000\nprefix = \"{key}\""),
        ),
        // In an address.
        good.replace(url, &format!("url = \"http://bob:{token}@127.0.0.1:9\"")),
        good.replace(url, &format!("url = \"bob:{token}@127.0.0.1:9\"")),
        good.replace(url, &format!("url = \"http://127.0.0.1:9/?token={token}\"")),
        good.replace(
            url,
            &format!("{url}\nproxy = \"http://bob:{token}@127.0.0.1:9\""),
        ),
        good.replace(
            url,
            &format!("{url}\nallow_hosts = [\"bob:{token}@127.0.0.1\"]"),
        ),
        good.replace(
            url,
            &format!("{url}\ndialect = \"http://bob:{token}@127.0.0.1\""),
        ),
        good.replace("[[apps]]", &usersig),
        good.replace("mock = {}\n[[apps]]", &webhook),
    ] {
        assert_ne!(wrong, good, "nothing is wrong with it");
        refused(&marks, &wrong, &["--profile", "given/test.toml"], 2);
    }
}

#[test]
fn an_argument_that_is_a_secret_is_refused_without_it() {
    let marks = marks();
    let (key, with_password) = (key(), format!("http://bob:{}@127.0.0.1:9", token()));
    let (of_key, in_place_of_a_name) = (format!("1400000001={key}"), format!("--key-env={key}"));
    let good = profile("[]", "{}", (50, 1));
    let bob = ["--sdk-app-id", "1400000001", "--user-id", "bob"];
    for (arguments, code) in [
        (
            vec!["--profile", "given/test.toml", "--target", &with_password],
            2,
        ),
        (
            vec![
                "plan",
                "--profile",
                "given/test.toml",
                "--target",
                &with_password,
            ],
            2,
        ),
        (vec!["--profile", &key], 2),
        (vec!["--profile", "given/test.toml", "--seed", &key], 2),
        (vec!["--profile", "given/test.toml", &key], 2),
        (vec!["report", &key], 2),
        (vec!["mock", "--app", &key], 2),
        (vec!["mock", "--app", &of_key], 2),
        (vec!["mock", "--app", "1400000001", &in_place_of_a_name], 2),
        (
            vec!["usersig", "sign", "--sdk-app-id", &key, "--user-id", "bob"],
            2,
        ),
        (
            vec!["usersig", "sign", "--sdk-app-id", "1", "--user-id", &key],
            2,
        ),
        (
            [&["usersig", "sign", &in_place_of_a_name][..], &bob].concat(),
            2,
        ),
        (
            [&["usersig", "sign", "--expire", &key][..], &bob].concat(),
            2,
        ),
    ] {
        refused(&marks, &good, &arguments, code);
    }
}

#[test]
fn a_user_sig_that_is_refused_is_not_repeated() {
    let marks = marks();
    let sig = signed();
    marks.add("a UserSig", &sig);
    let bob = ["--sdk-app-id", "1400000001", "--user-id", "bob"];
    for (arguments, code) in [
        // Another account's, a part of one, one too many, and one in place of a number.
        ([&["usersig", "verify", &sig][..], &bob].concat(), 1),
        ([&["usersig", "verify", &sig[..60]][..], &bob].concat(), 1),
        ([&["usersig", "verify", &sig, &sig][..], &bob].concat(), 2),
        (
            vec![
                "usersig",
                "verify",
                "--sdk-app-id",
                &sig,
                "--user-id",
                "bob",
                &sig,
            ],
            2,
        ),
    ] {
        refused(&marks, "", &arguments, code);
    }
}

/// The one secret that the program prints, because it is asked for it: the UserSig that `usersig sign` makes.
#[test]
fn the_user_sig_that_is_asked_for_is_printed_and_the_key_that_signs_it_is_not() {
    let (marks, sig) = (marks(), signed());
    marks.assert_not_in("the UserSig", sig.as_bytes());
    marks.add("a UserSig", &sig);
    let place = marks::place();
    let line = [
        "usersig",
        "verify",
        "--sdk-app-id",
        "1400000001",
        "--user-id",
        "alice",
        &sig,
    ];
    let ended: Ended = marks::run(&place, &line, &[("TRTC_LOAD_KEY", &key())]);
    assert_eq!(ended.code, Some(0), "{}", ended.said());
    marks.assert_in_nothing(&place, &ended);
}
