//! What is wrong in a dialect file is told all at once, each fault with its line and a way out.

use proptest::prelude::*;
use trtc_load::dialect::Dialect;
use trtc_load::error::Explain;

/// The smallest dialect that another test can build on.
const GATEWAY: &str = "version = 1\nname = \"x\"\n[operations.login]\nmethod = \"POST\"\npath = \"/login\"\n\
    take = { token = \"/t\" }\n";

/// What is put into [`GATEWAY`] or follows it, and the fault that must come of it: its line, what, remedy.
const BAD: &[(&str, usize, &str, &str)] = &[
    (
        "colour = 1",
        7,
        "`operations.login.colour` is not a known key",
        "remove it; known here: as, method",
    ),
    (
        "headrs = {}",
        7,
        "`operations.login.headrs` is not a known key",
        "did you mean `headers`?",
    ),
    (
        "body = '{}'\nerror_code = \"code\"",
        8,
        "which is no JSON pointer",
        "after a slash",
    ),
    (
        "body = '{\"a\":{user_id}}'",
        7,
        "is not JSON",
        "text goes in quotes",
    ),
    (
        "body = '''\n{\n\"a\":\"{userid}\"}'''",
        9,
        "`{userid}` is not a known placeholder",
        "did you mean `{user_id}`?",
    ),
    (
        "body = '{\"a\":\"{token}\"}'",
        7,
        "`{token}` has no value here",
        "before the login there is no token",
    ),
    (
        "body = '{\"a\":\"{cursor}\"}'",
        7,
        "`{cursor}` has no value here",
        "long poll",
    ),
    (
        "body = '{\"a\":\"{password}\"}'",
        7,
        "`{password}` has no value here",
        "use `{user_sig}`",
    ),
    (
        "body = 'x'\nheaders = { Content-Type = \"text/plain\" }",
        7,
        "no rule for its placeholders",
        "JSON, or a form",
    ),
    (
        "headers = { Host = \"x\" }",
        7,
        "the client writes the header `Host` itself",
        "remove it",
    ),
    (
        "headers = { \"a b\" = \"x\" }",
        7,
        "\"a b\" is no header name",
        "letters",
    ),
    (
        "headers = { A = \"x\\r\\nB: c\" }",
        7,
        "control character",
        "one line",
    ),
    (
        "success = { pointer = \"/code\" }",
        7,
        "`pointer` and `equals` go together",
        "write both",
    ),
    (
        "success = { status = 99 }",
        7,
        "is 99, outside 100 to 599",
        "from 100 to 599",
    ),
    ("also_success = [1]", 7, "where the code is", "error_code"),
    (
        "[operations.logout]\npath = \"logout\"",
        8,
        "does not begin with `/`",
        "the path only",
    ),
    (
        "[operations.logout]\npath = \"/a b\"",
        8,
        "has ' ', which may not stand in a path",
        "%20",
    ),
    (
        "[operations.logout]\nmethod = \"POST\"",
        7,
        "`operations.logout.path` is missing",
        "add `path",
    ),
    (
        "[operations.logout]\npath = \"/x\"\nbody = \"{}\"",
        9,
        "a GET request has no body",
        "POST",
    ),
    (
        "[operations.logout]\nmethod = \"post\"\npath = \"/x\"",
        8,
        "is \"post\", which is not known",
        "`POST`",
    ),
    (
        "[operations.logout]\nas = \"login\"",
        8,
        "can only be \"login\", for switch and provoke",
        "own `method`",
    ),
    (
        "[operations.self_info]\npath = \"/me\"",
        7,
        "self_info must take the UserID",
        "take",
    ),
    (
        "[operations.relogin]\nas = \"login\"",
        7,
        "`relogin` has no request of its own",
        "remove it",
    ),
    (
        "[operations.kick_notice]\npath = \"/x\"",
        7,
        "`kick_notice` is no request",
        "[push]",
    ),
    (
        "[operations.logn]\npath = \"/x\"",
        7,
        "`operations.logn` is not a known key",
        "did you mean `login`?",
    ),
    (
        "[push]\nkind = \"carrier\"",
        8,
        "is \"carrier\", which is not known",
        "websocket, long_poll",
    ),
    (
        "[push]\nkind = \"websocket\"\npath = \"/e\"",
        7,
        "no event means anything",
        "add `events",
    ),
    (
        "[push]\nkind = \"long_poll\"\npath = \"/e\"",
        7,
        "`push.limit` is missing",
        "add `limit",
    ),
    (
        "[codes]\nfix = [1.5]",
        8,
        "`codes.fix[1]` is no error code",
        "70001",
    ),
    (
        "[codes]\nfix = [1]\nwait = [{ code = 1, for = \"1s\" }]",
        9,
        "the code 1 stands in two places",
        "one of them",
    ),
];

#[test]
fn each_fault_of_a_dialect_file_is_told_with_its_line_and_a_way_out() {
    for (text, line, what, remedy) in BAD {
        let text = format!("{GATEWAY}{text}\n");
        let faults = Dialect::parse(&text, "x.toml").unwrap_err();
        let told = faults.iter().any(|fault| {
            fault.place() == format!("x.toml:{line}")
                && fault.to_string().contains(what)
                && fault.remedy().contains(remedy)
        });
        assert!(told, "{text}\n{faults:#?}");
    }
}

#[test]
fn every_fault_of_a_file_is_told_at_once_by_line() {
    let text = "version = 2\nnam = \"x\"\ncredential = \"pin\"\n[operations.logout]\npath = 7\n";
    let faults = Dialect::parse(text, "x.toml").unwrap_err();
    let lines: Vec<_> = faults.iter().map(|fault| fault.place()).collect();
    // `name` and `operations.login` are missing: told where their tables begin.
    assert_eq!(
        lines,
        [
            "x.toml:1", "x.toml:1", "x.toml:2", "x.toml:3", "x.toml:4", "x.toml:5"
        ],
        "{faults:#?}"
    );
}

#[test]
fn a_request_with_a_token_needs_a_login_that_gives_one() {
    let text = "version = 1\nname = \"x\"\n[operations.login]\npath = \"/l\"\n[operations.logout]\npath = \"/{token}\"\n";
    let faults = Dialect::parse(text, "x.toml").unwrap_err();
    assert!(
        faults[0].to_string().contains("the login takes none"),
        "{faults:#?}"
    );
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_dialects_panic(text in "[a-z_\\[\\]{}=\"'/.0-9\n ]{0,200}") {
        let _ = Dialect::parse(&text, "x.toml");
        let _ = Dialect::parse(&format!("{GATEWAY}{text}"), "x.toml");
    }
}
