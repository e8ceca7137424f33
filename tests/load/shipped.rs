//! The shipped profiles as they are shipped: each is run by its name, beside the very program that its first lines name, and
//! what was counted on both sides agrees.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use trtc_load::recorder::Tally;
use trtc_load::session::{Class, Operation};

use crate::shipped_profile::{Beside, attempts, first_lines, of_class, ran};
use crate::turn;

/// The JSON document at `url`.
fn fetched(url: &str) -> BTreeMap<String, u64> {
    let (address, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .expect("an address and a path");
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .and_then(|()| stream.write_all(request.as_bytes()))
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("it answers in text");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    serde_json::from_str(body).expect("the books are JSON")
}

/// A profile that needs nothing beside it, and an operation that it is about.
fn runs_as_it_is(profile: &str, wanted: Operation) {
    let _turn = turn::shared();
    assert!(first_lines(profile).contains("Needs nothing"), "{profile}");
    let ours = ran(profile, &[]);
    assert!(of_class(&ours, wanted, Class::Success) > 0, "{profile}");
}

#[test]
fn reconnect_runs_as_it_is() {
    runs_as_it_is("reconnect", Operation::Reconnect);
}

#[test]
fn tencent_rest_runs_as_it_is() {
    runs_as_it_is("tencent-rest", Operation::Status);
}

#[test]
fn devices_runs_as_it_is() {
    runs_as_it_is("devices", Operation::KickNotice);
}

/// A profile's `usersig.url` stands in the file alone, so this takes the port that it names.
#[test]
fn usersig_server_runs_beside_the_server_that_it_names_and_both_count_the_same() {
    const PORT: u16 = 9101;
    let _turn = turn::shared();
    let free = TcpListener::bind(("127.0.0.1", PORT));
    drop(free.unwrap_or_else(|fault| {
        panic!("port {PORT}, which profiles/usersig-server.toml names, is taken: {fault}")
    }));
    let command = "tests/usersig_servers/start.sh --python";
    let Some(server) = Beside::start("usersig-server", command, &[]) else {
        return;
    };
    assert_eq!(server.url, format!("http://127.0.0.1:{PORT}"));
    let ours = ran("usersig-server", &[]);
    let theirs = fetched(&format!("{}/stats", server.url));
    let asked = attempts(&ours, Operation::Usersig);
    assert!(asked > 1_000, "{asked} UserSigs were asked for");
    assert_eq!((theirs["requests"], theirs["right"]), (asked, asked));
    let right = ours.counts().tallies.get(&Tally::UsersigRight).copied();
    assert_eq!(right, Some(asked));
}

#[test]
fn webhook_storm_runs_beside_the_receiver_that_it_names_and_both_count_the_same() {
    let _turn = turn::shared();
    let command = "tests/webhook/receiver.py";
    let Some(receiver) = Beside::start("webhook-storm", command, &["--port", "0"]) else {
        return;
    };
    let ours = ran("webhook-storm", &["--target", &receiver.url.clone()]);
    let heard: BTreeMap<String, u64> =
        serde_json::from_str(&receiver.last_words()).expect("what it heard is JSON");
    let told = attempts(&ours, Operation::Callback);
    assert!(told > 5_000, "{told} callbacks were sent");
    assert_eq!(heard["all"], told, "{heard:?}");
    let as_documented = [
        "Login/Register",
        "Disconnect/LinkClose",
        "Logout/Unregister",
        "CustomStatusChange/SetCustomStatus",
    ];
    let known: u64 = as_documented.iter().map(|kind| heard[*kind]).sum();
    assert_eq!(known, told, "nothing else was told: {heard:?}");
    // Who reads only the first entry of KickedDevice, or only its own platform's, is wrong often enough to notice.
    let seen = |what: &str| heard.get(what).copied().unwrap_or(0);
    assert!(seen("kicked two or more") > 20, "{heard:?}");
    assert!(seen("kicked another platform") > 50, "{heard:?}");
}
