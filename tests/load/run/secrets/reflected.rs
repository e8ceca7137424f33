//! A target that repeats every secret that it gets, in each dialect: the run's whole folder and all that the commands say
//! are searched for what the target heard and issued.

use crate::turn;
use std::fs;

use super::echo::Echo;
use super::marks::Marks;
use super::{key, marks};

/// What differs between the runs.
struct Case {
    dialect: &'static str,
    /// The app's key, as the profile says where it is.
    key: &'static str,
    /// More of `[target]`, and tables after it.
    more: &'static str,
    scenarios: &'static str,
    /// The kinds of secrets that the target must have heard or issued, or the run shows nothing.
    heard: &'static [&'static str],
}

const FROM_ENV: &str = "{ env = \"MARKED_KEY\" }";
const FROM_FILE: &str = "{ file = \"key.txt\" }";
const FROM_COMMAND: &str = "{ command = [\"cat\", \"given/key.txt\"] }";

const SESSIONS: &str = "
[[scenarios]]
name = \"login\"
dwell = \"200ms\"
logout = \"50%\"
[[scenarios]]
name = \"switch\"
dwell = \"200ms\"
[[scenarios]]
name = \"kicked\"
dwell = \"200ms\"
reaction = \"100ms\"
in_flight = \"50%\"
[[scenarios]]
name = \"expired\"
dwell = \"100ms\"
[[scenarios]]
name = \"reconnect\"
dwell = \"200ms\"
away = \"100ms\"
";

const OF_SESSIONS: &[&str] = &["a UserSig", "a session token"];

#[test]
fn a_session_service_that_repeats_secrets_gets_them_into_no_output() {
    Case {
        dialect: "session",
        key: FROM_ENV,
        more: "",
        scenarios: SESSIONS,
        heard: OF_SESSIONS,
    }
    .check();
}

#[test]
fn a_stream_of_events_that_repeats_secrets_gets_them_into_no_output() {
    Case {
        dialect: "session-sse",
        key: FROM_FILE,
        more: "",
        scenarios: SESSIONS,
        heard: OF_SESSIONS,
    }
    .check();
}

#[test]
fn a_polled_service_that_repeats_secrets_gets_them_into_no_output() {
    Case {
        dialect: "session-poll",
        key: FROM_COMMAND,
        more: "",
        scenarios: SESSIONS,
        heard: OF_SESSIONS,
    }
    .check();
}

#[test]
fn a_homeserver_that_repeats_secrets_gets_them_into_no_output() {
    Case {
        dialect: "matrix",
        key: FROM_ENV,
        more: "",
        scenarios: "[[scenarios]]\nname = \"login\"\ndwell = \"200ms\"\nlogout = \"50%\"\n\
                    [[scenarios]]\nname = \"kicked\"\ndwell = \"200ms\"\nreaction = \"100ms\"\n",
        heard: &["a password", "a session token"],
    }
    .check();
}

#[test]
fn a_rest_api_that_repeats_the_administrators_user_sig_gets_it_into_no_output() {
    Case {
        dialect: "tencent-rest",
        key: FROM_FILE,
        more: "",
        scenarios: "[[scenarios]]\nname = \"account\"\nkind = \"requests\"\n\
                    steps = [\"register\", \"account_check\", \"status\", \"provoke\"]\n",
        heard: &["an administrator's UserSig"],
    }
    .check();
}

#[test]
fn a_webhook_receiver_that_repeats_the_digest_gets_it_into_no_output() {
    Case {
        dialect: "tencent-webhook",
        key: FROM_ENV,
        more: "[webhook]\npath = \"/hook\"\ntoken = { file = \"token.txt\" }\n",
        scenarios: "[[scenarios]]\nname = \"login\"\ndwell = \"200ms\"\n\
                    [[scenarios]]\nname = \"kicked\"\ndwell = \"200ms\"\nreaction = \"100ms\"\n",
        heard: &["a Sign digest"],
    }
    .check();
}

#[test]
fn a_user_sig_server_that_repeats_what_it_issued_gets_it_into_no_output() {
    Case {
        dialect: "session",
        key: FROM_ENV,
        more: "[usersig]\nurl = \"URL\"\n",
        scenarios: SESSIONS,
        heard: &["a UserSig", "a session token", "an issued UserSig"],
    }
    .check();
}

impl Case {
    fn profile(&self, url: &str) -> String {
        let (dialect, key) = (self.dialect, self.key);
        let more = self.more.replace("URL", url);
        format!(
            "version = 1\nbudgets = []\n[target]\nurl = \"{url}\"\ndialect = \"{dialect}\"\n\
             timeout = \"1s\"\nnotice_limit = \"500ms\"\n{more}\
             [[apps]]\nsdk_app_id = 1400000001\nkey = {key}\n\
             [population]\naccounts = 5000\n{}\
             [[stages]]\nname = \"peak\"\nfor = \"1500ms\"\nrate = 60\nspacing = \"even\"\n",
            self.scenarios
        )
    }

    fn check(&self) {
        let _turn = turn::shared();
        let (place, marks) = (marks::place(), Marks::default());
        let (key, token) = (key(), marks::invented(1 << 40));
        marks.add("the app's key", &key);
        marks.add("the webhook's token", &token);
        let echo = Echo::start(&marks, &key);
        marks::give(&place, "test.toml", &self.profile(&echo.url));
        marks::give(&place, "key.txt", &key);
        marks::give(&place, "token.txt", &token);
        let secrets = [("MARKED_KEY", &*key)];
        let planned = ["plan", "--profile", "given/test.toml"];
        for output in [["--output", "text"], ["--output", "json"]] {
            let ended = marks::run(&place, &[&planned[..], &output].concat(), &secrets);
            assert_eq!(ended.code, Some(0), "{}", ended.said());
            marks.assert_in_nothing(&place, &ended);
        }
        let run = ["--profile", "given/test.toml", "--out", "runs"];
        let ended = marks::run(&place, &run, &secrets);
        assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
        for what in self.heard {
            assert!(marks.count(what) > 0, "{what} was never there");
        }
        let folder = place.run_folder();
        let summary = fs::read_to_string(folder.join("summary.json")).expect("the run has one");
        assert!(
            summary.contains("[redacted]"),
            "nothing was repeated: {summary}"
        );
        marks.assert_in_nothing(&place, &ended);
        let folder = folder.display().to_string();
        for output in [["--output", "text"], ["--output", "json"]] {
            let ended = marks::run(&place, &[&["report", &folder], &output[..]].concat(), &[]);
            assert!(matches!(ended.code, Some(0 | 1 | 4)), "{}", ended.said());
            marks.assert_in_nothing(&place, &ended);
        }
    }
}
