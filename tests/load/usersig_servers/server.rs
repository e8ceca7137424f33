//! A UserSig server as a process beside the program.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use crate::program::{KEY, within};
use crate::skip::skipped;

/// Which official package signs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    Python,
    Node,
}

/// A running server. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    leash: Option<ChildStdin>,
    /// As a profile names it.
    pub(crate) url: String,
}

impl Server {
    /// Starts one on a free port. None, said loudly, where its interpreter or its package cannot be had.
    pub(crate) fn start(language: Language, arguments: &[&str]) -> Option<Self> {
        let flag = match language {
            Language::Python => "--python",
            Language::Node => "--node",
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/usersig_servers/start.sh");
        let mut child = Command::new(script)
            .args([flag, "--port", "0"])
            .args(arguments)
            .env("TRTC_LOAD_KEY", KEY)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a script of this repository starts");
        let leash = child.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // pip and npm bound their own waits.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let mut server = Self {
            child,
            leash,
            url: String::new(),
        };
        let Some(url) = line.trim().strip_prefix("listening on ") else {
            skipped(&format!(
                "a UserSig server on {language:?}: the interpreter or its package is missing"
            ));
            return None;
        };
        url.clone_into(&mut server.url);
        Some(server)
    }

    /// What it was asked and what it issued.
    pub(crate) fn books(&self) -> BTreeMap<String, u64> {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .expect("a timeout can be set");
        let request =
            format!("GET /stats HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .expect("the server reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the server answers in text");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        serde_json::from_str(body).expect("the books are JSON")
    }

    /// Ends it, and gives the address at which nobody listens any more.
    pub(crate) fn gone(mut self, bound: Duration) -> String {
        self.leash = None;
        let ended = within(bound, || self.child.try_wait().ok().flatten());
        assert!(ended.is_some(), "the server ends with its standard input");
        self.url.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.leash = None;
        let ended = within(Duration::from_secs(10), || {
            self.child.try_wait().ok().flatten()
        });
        if ended.is_none() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
