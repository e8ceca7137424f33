//! A UserSig server as a process beside the program.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::program::KEY;
use crate::skip::skipped;
use trtc_load::child::Supervised;

/// Which official package signs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Language {
    Python,
    Node,
}

/// A running server. It ends when this is dropped.
pub(crate) struct Server {
    child: Supervised,
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
        let mut command = Command::new(script);
        command
            .args([flag, "--port", "0"])
            .args(arguments)
            .env("TRTC_LOAD_KEY", KEY);
        let (child, mut stdout) = Supervised::start(&mut command, Duration::from_secs(10))
            .expect("a script of this repository starts");
        let mut line = String::new();
        // pip and npm bound their own waits.
        let _ = stdout.read_line(&mut line);
        let mut server = Self {
            child,
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
        let ended = self.child.end_within(bound);
        assert!(ended.is_some(), "the server ends with its standard input");
        self.url.clone()
    }
}
