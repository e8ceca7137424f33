//! 1,000 random tickets in each direction between us and the official Python library.

use std::fmt::Write;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use trtc_load::units::UnixSeconds;
use trtc_load::usersig::{Key, SdkAppId, SigFault, UserId, sign, verify};

use crate::python::python;

const PACKAGE: &str = "tls-sig-api-v2==1.1";
const TICKETS: usize = 1_000;

#[derive(Clone, Debug)]
struct Claims {
    app: u32,
    user: String,
    key: String,
    time: u64,
    expire: i64,
    user_buf: Option<Vec<u8>>,
}

impl Claims {
    fn request(&self, what: &str, usersig: &str) -> Value {
        json!({
            "do": what, "app": self.app, "user": self.user, "key": self.key, "time": self.time,
            "expire": self.expire, "usersig": usersig,
            "userbuf": self.user_buf.as_ref().map(|bytes| STANDARD.encode(bytes)),
        })
    }
}

/// The same tickets in every run: the runner's seed is fixed.
fn claims() -> Vec<Claims> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        prop::test_runner::TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    let one = (
        any::<u32>(),
        "[a-zA-Z0-9_-]{1,32}",
        "[!-~]{1,80}",
        0..=u64::from(u32::MAX),
        // Also such as were over when they were signed, and such as end in their own second.
        prop_oneof![-400_000_000..400_000_000_i64, Just(0), Just(-1), Just(-5)],
        prop::option::of(prop::collection::vec(any::<u8>(), 0..100)),
    )
        .prop_map(|(app, user, key, time, expire, user_buf)| Claims {
            app,
            user,
            key,
            time,
            expire,
            user_buf,
        });
    (0..TICKETS)
        .map(|_| one.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Asks one Python process everything, in one go.
fn ask(python: &Path, requests: &[Value]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/usersig/official.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut text = String::new();
    for request in requests {
        writeln!(text, "{request}").unwrap();
    }
    // Written beside the reading: both pipes are shorter than what goes through them. Dropping the input ends Python.
    let writer = thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What we sign for the same claims.
fn ours(one: &Claims) -> String {
    let user = UserId::new(&one.user).unwrap();
    let (app, key) = (SdkAppId(one.app), Key::new(&one.key));
    sign(app, &user, &key, UnixSeconds(one.time), one.expire)
}

#[test]
fn the_official_python_library_and_we_accept_each_others_tickets() {
    let Some(python) = python(&[PACKAGE]) else {
        return;
    };
    let all = claims();
    let requests: Vec<Value> = all
        .iter()
        .flat_map(|one| [one.request("sign", ""), one.request("verify", &ours(one))])
        .collect();
    let answers = ask(&python, &requests);
    assert_eq!(answers.len(), requests.len());
    let mut over = 0;
    for (one, answer) in all.iter().zip(answers.chunks(2)) {
        let theirs = answer[0]["usersig"].as_str().unwrap();
        let end = i128::from(one.time) + i128::from(one.expire);
        let now = UnixSeconds(u64::try_from(end.max(0)).unwrap());
        let read = verify(
            theirs,
            SdkAppId(one.app),
            &one.user,
            &Key::new(&one.key),
            now,
        );
        assert_eq!(answer[1]["valid"], true, "{one:?}");
        if one.expire < 0 {
            assert!(
                matches!(read, Err(SigFault::Expired { .. })),
                "{read:?}: {one:?}"
            );
            over += 1;
            continue;
        }
        let ticket = read
            .map(|read| read.ticket)
            .map_err(|fault| format!("{fault}: {one:?}"))
            .unwrap();
        assert_eq!(ticket.user_buf, one.user_buf, "{one:?}");
        // The official Go verifier: it has expired once now is later than its end.
        let key = Key::new(&one.key);
        let late = verify(
            theirs,
            SdkAppId(one.app),
            &one.user,
            &key,
            UnixSeconds(now.0 + 1),
        );
        assert!(
            matches!(late, Err(SigFault::Expired { .. })),
            "{late:?}: {one:?}"
        );
    }
    assert!(
        (100..TICKETS - 100).contains(&over),
        "{over} of less than nothing"
    );
}
