//! What docs/dialects.md says of placeholders, held against the program: which file is refused, and what stands on the wire
//! where one is accepted. A value is right by what the other side knows: what it issued, to whom, and how it is signed.

mod listener;
mod values;

use std::fs;

use crate::program::Place;
use crate::turn;
use listener::Listener;
use trtc_load::dialect::{Dialect, FaultKind};
use trtc_load::error::Explain;
use values::Right;

const DOCS: &str = include_str!("../../../docs/dialects.md");

/// Where a placeholder can stand.
const SPOTS: [&str; 4] = ["path", "query", "header", "body"];

/// A request of a dialect: its table, the column of the documents that tells of it, and the keys that it must have.
struct Table {
    head: &'static str,
    column: &'static str,
    keys: &'static str,
}

const fn table(head: &'static str, column: &'static str, keys: &'static str) -> Table {
    Table { head, column, keys }
}

/// What a device sends.
const DEVICES: &[Table] = &[
    table("operations.register", "register", ""),
    table(
        "operations.login",
        "login",
        "take = { token = \"/token\", user_id = \"/user_id\" }\n",
    ),
    table(
        "operations.self_info",
        "later",
        "take = { user_id = \"/user_id\" }\n",
    ),
    table(
        "operations.switch",
        "later",
        "take = { token = \"/token\" }\n",
    ),
    table("operations.provoke", "later", ""),
    table(
        "operations.reconnect",
        "later",
        "take = { token = \"/token\" }\n",
    ),
    table("operations.logout", "later", ""),
];

/// What opens or is its push channel.
const PUSHES: &[Table] = &[
    table(
        "push",
        "later",
        "kind = \"websocket\"\nevents = [{ pointer = \"/e\", equals = \"k\", means = \"kicked\" }]\n",
    ),
    table(
        "push",
        "later",
        "kind = \"sse\"\nevents = [{ event = \"k\", means = \"kicked\" }]\n",
    ),
    table(
        "push",
        "later",
        "kind = \"poll\"\nevery = \"100ms\"\nevents = [{ pointer = \"/e\", equals = \"k\", means = \"kicked\" }]\n",
    ),
    table(
        "push",
        "long poll",
        "kind = \"long_poll\"\nlimit = \"5s\"\nevents = [{ pointer = \"/e\", equals = \"k\", means = \"kicked\" }]\n",
    ),
];

const ISSUER: Table = table(
    "operations.usersig",
    "usersig",
    "take = { user_sig = \"/user_sig\" }\n",
);

/// What an administrator sends, in a file without a login.
const ADMINISTRATORS: &[Table] = &[
    table("operations.register", "administrator", ""),
    table("operations.account_check", "administrator", ""),
    table("operations.status", "administrator", ""),
    table("operations.provoke", "administrator", ""),
];

const CALLBACK: Table = table("operations.callback", "callback", "");

/// The same, of a dialect that tells of rooms.
const ROOM_CALLBACK: Table = table("operations.callback", "room callback", "");

impl Table {
    /// What its file says beside its requests.
    fn tells(&self) -> &'static str {
        if self.column == "room callback" {
            "tells = \"rooms\"\n"
        } else {
            ""
        }
    }

    fn has_body(&self) -> bool {
        !self.keys.contains("websocket") && !self.keys.contains("sse")
    }

    fn is_long_poll(&self) -> bool {
        self.keys.contains("long_poll")
    }

    /// Its name on the wire.
    fn name(&self) -> &str {
        self.head.trim_start_matches("operations.")
    }

    /// The table with these placeholders at these spots, one line for each.
    fn with(&self, placeholders: &[(&str, &str)]) -> String {
        let at = |wanted: &str| {
            let of_spot = placeholders.iter().filter(move |(_, spot)| *spot == wanted);
            of_spot.map(|(name, _)| *name).collect::<Vec<_>>()
        };
        let path: String = at("path")
            .iter()
            .map(|name| format!("/{name}/{{{name}}}"))
            .collect();
        let query = at("query")
            .iter()
            .map(|name| format!("&{name}={{{name}}}"))
            .collect::<String>();
        let headers = at("header")
            .iter()
            .map(|name| format!("X-{} = \"{{{name}}}\"", name.replace('_', "-")))
            .collect::<Vec<_>>();
        let mut text = format!(
            "[{}]\n{}path = \"/op/{}{path}?x=1{query}\"\n",
            self.head,
            self.keys,
            self.name()
        );
        if self.column == "room callback" {
            text = text.replace("\"/op", "\"{webhook_path}/op");
        } else if self.name() == "callback" {
            text = text.replace("\"/op", "\"{webhook_path}/op").replace(
                &format!("?x=1{query}\""),
                &format!("?x=1{query}{{signature}}\""),
            );
        }
        if !headers.is_empty() {
            text += &format!("headers = {{ {} }}\n", headers.join(", "));
        }
        if self.has_body() {
            let members: String = at("body").iter().map(|name| member(name)).collect();
            text += &format!("method = \"POST\"\nbody = '{{\"x\":1{members}}}'\n");
        }
        if placeholders.iter().any(|(name, _)| *name == "user_ids") {
            text += "batch = 5\n";
        }
        if self.is_long_poll() && placeholders.iter().any(|(name, _)| *name == "cursor") {
            text += "cursor = \"/next\"\nfirst_cursor = \"c 0\"\n";
        }
        text
    }

    /// The same with all that the documents say has a value, at every spot.
    fn full(&self, credential: &str) -> String {
        let names = placeholders()
            .into_iter()
            .filter(|name| has(name, self.column));
        let names = names.filter(|name| {
            *name
                != if credential == "password" {
                    "user_sig"
                } else {
                    "password"
                }
        });
        let pairs = names.flat_map(|name| SPOTS.map(|spot| (name, spot)));
        let pairs =
            pairs.filter(|(name, spot)| stands(name, spot) && (*spot != "body" || self.has_body()));
        // Its slashes would part it; it begins the path anyway.
        let pairs = pairs.filter(|pair| *pair != ("webhook_path", "path"));
        self.with(&pairs.collect::<Vec<_>>())
    }
}

/// A member of a JSON body. Lists are JSON themselves, and a member that may be missing brings its own name.
fn member(name: &str) -> String {
    match name {
        "user_ids" => ",\"user_ids\":{user_ids}".to_owned(),
        "kicked_devices" | "custom_status" => format!("{{{name}}}"),
        "event_info" => ",\"event_info\":{event_info}".to_owned(),
        name => format!(",\"{name}\":\"{{{name}}}\""),
    }
}

/// Whether a placeholder that has a value may stand there: a list only where JSON does.
fn stands(name: &str, spot: &str) -> bool {
    match name {
        "user_ids" | "kicked_devices" | "custom_status" | "event_info" => spot == "body",
        // It is made of the body.
        "body_sign" => spot != "body",
        _ => true,
    }
}

/// The cells of the documents' table of placeholders, row by row.
fn rows() -> impl Iterator<Item = Vec<&'static str>> {
    let rows = DOCS.lines().filter(|line| line.starts_with("| "));
    let cells = rows.map(|line| {
        line.trim_matches('|')
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
    });
    cells.filter(|cells| cells.len() == 9)
}

fn placeholders() -> Vec<&'static str> {
    let names = rows().map(|row| row[0]);
    let names = names.filter_map(|name| name.strip_prefix("`{")?.strip_suffix("}`"));
    names.collect()
}

/// Whether the documents say that the placeholder has a value in requests of that column.
fn has(name: &str, column: &str) -> bool {
    let head = rows().next().expect("the table has a head");
    let at = head
        .iter()
        .position(|title| *title == column)
        .expect("a column");
    let row = rows().find(|row| row[0] == format!("`{{{name}}}`"));
    row.expect("a row")[at] == "yes"
}

fn head(credential: &str) -> String {
    format!("version = 1\nname = \"every\"\ncredential = \"{credential}\"\n")
}

#[test]
fn a_placeholder_is_accepted_exactly_where_the_documents_say_that_it_has_a_value() {
    assert_eq!(placeholders().len(), 27);
    let mut tried = [0, 0];
    let devices = DEVICES.iter().chain(PUSHES).map(|table| (table, true));
    let others = ADMINISTRATORS
        .iter()
        .chain([&ISSUER, &CALLBACK, &ROOM_CALLBACK])
        .map(|table| (table, false));
    for (table, with_login) in devices.chain(others) {
        for name in placeholders() {
            let credential = if name == "password" {
                "password"
            } else {
                "user_sig"
            };
            for spot in SPOTS {
                if spot == "body" && !table.has_body() {
                    continue;
                }
                let login = DEVICES[1].with(&[]);
                let before = if with_login && table.head != DEVICES[1].head {
                    login
                } else {
                    String::new()
                };
                let text =
                    head(credential) + table.tells() + &before + &table.with(&[(name, spot)]);
                let should = has(name, table.column) && stands(name, spot);
                let case = format!("{name} in the {spot} of\n{text}");
                let line = 1 + text
                    .lines()
                    .position(|line| line.contains(&format!("{{{name}}}")))
                    .unwrap();
                match Dialect::parse(&text, "x.toml") {
                    Ok(_) => assert!(should, "accepted: {case}"),
                    Err(faults) => {
                        assert!(!should, "{faults:?}: {case}");
                        let told = faults.iter().find(|fault| fault.line() == line);
                        let told = told.unwrap_or_else(|| panic!("{faults:?}: {case}"));
                        assert_eq!(told.kind(), FaultKind::PlaceholderElsewhere, "{case}");
                        assert!(!told.remedy().is_empty());
                    }
                }
                tried[usize::from(should)] += 1;
            }
        }
    }
    // Seven operations and four channels of a device, two of them without a body; seven other requests.
    let all = (7 + 2 + 7) * 27 * 4 + 2 * 27 * 3;
    assert_eq!(tried.iter().sum::<usize>(), all);
    assert!(tried.iter().all(|count| *count > 100), "{tried:?}");
}

/// Plays `scenarios` with the dialect `text`, and gives what was heard.
fn heard(text: &str, more: &str, scenarios: &str) -> Vec<listener::Heard> {
    let _turn = turn::shared();
    let listener = Listener::start();
    let place = Place::new();
    fs::write(place.path().join("every.toml"), text).expect("the folder is writable");
    let more = more.replace("URL", listener.url());
    let profile = format!(
        "version = 1\nseed = 5\nbudgets = []\n\
         [target]\nurl = \"{}\"\ndialect = \"./every.toml\"\ntimeout = \"2s\"\nnotice_limit = \"300ms\"\n{more}\
         [[apps]]\nsdk_app_id = {}\nkey = {{ env = \"TRTC_LOAD_KEY\" }}\n\
         [population]\naccounts = 2000\nprefix = \"Load_\"\n{scenarios}\
         [[stages]]\nname = \"peak\"\nfor = \"1s\"\nrate = 20\nspacing = \"even\"\n[limits]\ndrain = \"20s\"\n",
        listener.url(),
        values::APP.0,
    );
    let ended = place.run_profile(&profile, &[]);
    // Whether the target kept its promises is not asked here: it kicks nobody.
    assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
    listener.heard()
}

const SESSIONS: &str = "[[scenarios]]\nname = \"login\"\ndwell = \"300ms\"\nlogout = 1\nself_info = true\n\
    [[scenarios]]\nname = \"switch\"\ndwell = \"200ms\"\n\
    [[scenarios]]\nname = \"kicked\"\ndwell = \"200ms\"\nreaction = \"50ms\"\n\
    [[scenarios]]\nname = \"reconnect\"\ndwell = \"200ms\"\naway = \"50ms\"\n";

/// Every request of a device with every placeholder at every spot, over one kind of push channel.
fn check_sessions(credential: &str, push: &Table) {
    let tables: String = DEVICES.iter().map(|table| table.full(credential)).collect();
    let text = head(credential) + &tables + &push.full(credential);
    let heard = heard(&text, "", SESSIONS);
    let names = DEVICES.iter().map(Table::name).chain(["push"]);
    Right::of(&heard).check(names, &|name| columns(name, push, credential));
}

/// What a request of that name must carry.
fn columns(name: &str, push: &Table, credential: &str) -> Vec<&'static str> {
    let table = DEVICES
        .iter()
        .chain([push])
        .find(|table| table.name() == name);
    let column = table.expect("a known request").column;
    carried(column, credential)
}

fn carried(column: &str, credential: &str) -> Vec<&'static str> {
    let other = if credential == "password" {
        "user_sig"
    } else {
        "password"
    };
    let names = placeholders().into_iter().filter(|name| *name != other);
    names.filter(|name| has(name, column)).collect()
}

#[test]
fn what_a_device_with_a_web_socket_sends_carries_every_value_at_every_spot() {
    check_sessions("user_sig", &PUSHES[0]);
}

#[test]
fn what_a_device_with_an_event_stream_sends_carries_every_value_at_every_spot() {
    check_sessions("user_sig", &PUSHES[1]);
}

#[test]
fn what_a_device_that_polls_sends_carries_every_value_at_every_spot() {
    check_sessions("password", &PUSHES[2]);
}

#[test]
fn what_a_device_with_a_long_poll_sends_carries_every_value_at_every_spot() {
    check_sessions("user_sig", &PUSHES[3]);
}

#[test]
fn what_asks_a_user_sig_server_carries_every_value_at_every_spot() {
    let place = head("user_sig") + &ISSUER.full("user_sig");
    let login = head("user_sig") + &DEVICES[1].full("user_sig");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let issuer = folder.path().join("issuer.toml");
    fs::write(&issuer, place).expect("the folder is writable");
    let more = format!(
        "[usersig]\nurl = \"URL\"\ndialect = \"{}\"\n",
        issuer.display()
    );
    let scenario = "[[scenarios]]\nname = \"login\"\ndwell = \"50ms\"\nlogout = 0\nself_info = false\npush = false\n";
    let heard = heard(&login, &more, scenario);
    Right::of(&heard).check(["usersig", "login"].into_iter(), &|name| {
        carried(name, "user_sig")
    });
}

#[test]
fn what_an_administrator_sends_carries_every_value_at_every_spot() {
    let tables: String = ADMINISTRATORS
        .iter()
        .map(|table| table.full("user_sig"))
        .collect();
    let scenario = "[[scenarios]]\nname = \"account\"\nkind = \"requests\"\nbatch = 3\n\
        steps = [\"register\", \"account_check\", \"status\", \"provoke\"]\n";
    let heard = heard(&(head("user_sig") + &tables), "", scenario);
    let names = ADMINISTRATORS.iter().map(Table::name);
    Right::of(&heard).check(names, &|_| carried("administrator", "user_sig"));
}

#[test]
fn what_tells_a_receiver_carries_every_value_at_every_spot() {
    let text = head("user_sig") + &CALLBACK.full("user_sig");
    let more = "[webhook]\npath = \"/hook\"\ntoken = { env = \"TRTC_LOAD_KEY\" }\n";
    let scenarios = "[[scenarios]]\nname = \"login\"\ndwell = \"100ms\"\n\
        [[scenarios]]\nname = \"kicked\"\ndwell = \"100ms\"\nreaction = \"50ms\"\n";
    let heard = heard(&text, more, scenarios);
    Right::of(&heard).check(["callback"].into_iter(), &|_| {
        carried("callback", "user_sig")
    });
}

#[test]
fn what_tells_a_receiver_of_rooms_carries_every_value_at_every_spot() {
    let text = head("user_sig") + ROOM_CALLBACK.tells() + &ROOM_CALLBACK.full("user_sig");
    let more = "[webhook]\npath = \"/hook\"\nretry = false\ntoken = { env = \"TRTC_LOAD_KEY\" }\n";
    let scenarios = "[[scenarios]]\nname = \"room\"\ndwell = \"100ms\"\npause = \"10ms\"\n";
    let heard = heard(&text, more, scenarios);
    Right::of(&heard).check(["callback"].into_iter(), &|_| {
        carried("room callback", "user_sig")
    });
}
