//! The built-in mock has every key: as a run's child, and as a command of its own.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use super::marks::Marks;
use super::{key, marks};
use crate::program::within;
use crate::run_folder::{profile, summary};
use crate::turn;

#[test]
fn a_key_is_found_nowhere_wherever_it_came_from() {
    let _turn = turn::shared();
    let marks = Marks::default();
    marks.add("the app's key", &key());
    let text = format!("key = {{ text = \"{}\" }}", key());
    for source in [
        "key = { env = \"MARKED_KEY\" }",
        "key = { file = \"key.txt\" }",
        "key = { command = [\"cat\", \"given/key.txt\"] }",
        &text,
    ] {
        let place = marks::place();
        let whole =
            profile("[]", "{}", (50, 1)).replace("key = { env = \"TRTC_LOAD_KEY\" }", source);
        marks::give(&place, "secret.toml", &whole);
        marks::give(&place, "key.txt", &key());
        let run = ["--profile", "given/secret.toml", "--out", "runs"];
        let running = place.start(marks::command(&place, &run, &[("MARKED_KEY", &key())]));
        // The run and its mock.
        let arguments = within(Duration::from_secs(10), || {
            let all = arguments_of_all(running.child.id());
            let has_mock = all.windows(11).any(|window| window == b"config-from");
            has_mock.then_some(all)
        });
        marks.assert_not_in(
            "a process's arguments",
            &arguments.expect("the run has a mock"),
        );
        let ended = running.finish(Duration::from_secs(60));
        assert!(matches!(ended.code, Some(0 | 4)), "{}", ended.said());
        assert_eq!(
            summary(&place.run_folder())["operations"][0]["measured"]["classes"]["success"],
            50,
            "the key was used"
        );
        marks.assert_in_nothing(&place, &ended);
    }
}

/// The arguments of a process and of those that it started. Other tests give the program keys on purpose meanwhile.
fn arguments_of_all(run: u32) -> Vec<u8> {
    let processes = fs::read_dir("/proc")
        .expect("the system lists its processes")
        .filter_map(Result::ok);
    let is_of_it = |process: &Path| {
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        // The number, the name in parentheses, the state, the parent's number.
        let parent = stat
            .rsplit_once(") ")
            .and_then(|(_, rest)| rest.split(' ').nth(1));
        process.ends_with(run.to_string()) || parent == Some(&run.to_string())
    };
    processes
        .map(|entry| entry.path())
        .filter(|process| is_of_it(process))
        .filter_map(|process| fs::read(process.join("cmdline")).ok())
        .flatten()
        .collect()
}

#[test]
fn the_mock_tells_its_key_to_nobody_who_asks() {
    let (place, marks) = (marks::place(), Marks::default());
    marks.add("the app's key", &key());
    let sig = marks::invented(7);
    marks.add("a UserSig", &sig);
    let arguments = ["mock", "--app", "1400000001=MARKED_KEY"];
    let mut running = place.start(marks::command(
        &place,
        &arguments,
        &[("MARKED_KEY", &key())],
    ));
    let address = within(Duration::from_secs(10), || {
        let said = fs::read_to_string(place.path().join("stdout")).ok()?;
        let line = said.lines().next()?.to_owned();
        Some(line.strip_prefix("listening on http://")?.to_owned())
    });
    let address = address.expect("the mock listens");
    let body = format!(
        "{{\"sdk_app_id\":1400000001,\"user_id\":\"a\",\"user_sig\":\"{sig}\",\"platform\":\"web\",\"device_id\":\"a.0\"}}"
    );
    for (path, body) in [
        ("/v1/login", &*body),
        ("/v1/nowhere", "{"),
        ("/v1/login", "{"),
    ] {
        let mut stream = TcpStream::connect(&address).expect("the mock is there");
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: mock\r\nAuthorization: Bearer {sig}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream
            .write_all(request.as_bytes())
            .expect("the mock reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the mock answers");
        assert!(answer.starts_with(b"HTTP/1.1 "), "there is an answer");
        marks.assert_not_in("the mock's answer", &answer);
    }
    running
        .child
        .kill()
        .expect("it runs until it is told to end");
    marks.assert_in_nothing(&place, &running.finish(Duration::from_secs(10)));
}
